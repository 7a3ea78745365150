"""Manages a container with the client generated from the API description, as a
script would: every answer is of the type that the description promises.

    python3 use_client.py URL CA-CERTIFICATE PASSWORD NAME
"""

import ssl
import sys
import time

from dockermate_client import AuthenticatedClient, Client
from dockermate_client.api.auth import log_in, log_out
from dockermate_client.api.containers import (
    create_container,
    delete_container,
    get_container,
    get_container_logs,
    list_containers,
    start_container,
    stop_container,
)
from dockermate_client.api.operations import get_operation
from dockermate_client.api.system import check_health, get_ca_certificate
from dockermate_client.models import (
    Accepted,
    Alive,
    ContainerDetail,
    ContainerPage,
    ContainerSpec,
    LoginRequest,
    LoginResult,
    Operation,
    OperationState,
    Plan,
    Problem,
    State,
)
from dockermate_client.models.list_containers_sort import ListContainersSort
from dockermate_client.models.list_containers_state_item import ListContainersStateItem

url, ca, password, name = sys.argv[1:]


def expect(kind, answer):
    """The answer, which is of this type."""
    assert isinstance(answer, kind), f"not a {kind.__name__}: {answer!r}"
    return answer


def succeeded(answer):
    operation = expect(Operation, answer)
    assert operation.state == OperationState.SUCCEEDED, operation
    return operation


def problem(answer, status, code):
    answer = expect(Problem, answer)
    assert (answer.status, answer.error) == (status, code), answer
    return answer


options = {
    "base_url": url,
    "verify_ssl": ssl.create_default_context(cafile=ca),
    "raise_on_unexpected_status": True,
}
with Client(**options) as anonymous:
    assert expect(Alive, check_health.sync(client=anonymous)).status == "ok"
    with open(ca, encoding="ascii") as known:
        assert get_ca_certificate.sync(client=anonymous) == known.read()
    wrong = log_in.sync(client=anonymous, body=LoginRequest(password="not the password"))
    problem(wrong, 401, "invalid_password")
    login = expect(
        LoginResult,
        log_in.sync(client=anonymous, body=LoginRequest(password=password)),
    )

with AuthenticatedClient(token=login.session_token, **options) as client:
    page = expect(ContainerPage, list_containers.sync(client=client, per_page=5))
    assert name not in [container.name for container in page.items]

    spec = ContainerSpec(image="bb:1", name=name, environment="DEV", env=["GREETING=hello"])
    plan = expect(Plan, create_container.sync(client=client, body=spec, dry_run=True))
    assert plan.steps, plan
    succeeded(create_container.sync(client=client, body=spec))
    detail = expect(ContainerDetail, get_container.sync(name, client=client))
    assert detail.state == State.RUNNING and detail.name == name, detail

    succeeded(stop_container.sync(name, client=client))
    page = expect(
        ContainerPage,
        list_containers.sync(
            client=client,
            q=name,
            state=[ListContainersStateItem.EXITED, ListContainersStateItem.DEAD],
            sort=ListContainersSort.CREATED_AT_DESCENDING,
        ),
    )
    assert [container.name for container in page.items] == [name], page

    # Asked not to wait, it answers with the operation's id.
    started = start_container.sync(name, client=client, prefer="respond-async")
    accepted = expect(Accepted, started)
    deadline = time.monotonic() + 60
    while True:
        operation = expect(Operation, get_operation.sync(accepted.operation, client=client))
        if operation.state == OperationState.SUCCEEDED:
            break
        assert time.monotonic() < deadline, operation
        time.sleep(0.05)
    log = get_container_logs.sync(name, client=client, tail=1)
    assert isinstance(log, str) and log.startswith("tick"), log

    taken = create_container.sync(client=client, body=spec)
    assert problem(taken, 400, "name_taken").field == "name", taken
    running = delete_container.sync(name, client=client)
    assert expect(Problem, running).status == 409, running
    succeeded(delete_container.sync(name, client=client, force=True))
    missing = problem(get_container.sync(name, client=client), 404, "container_not_found")
    assert missing.detail and missing.type_ == "urn:dockermate:problem:container_not_found"

    assert log_out.sync_detailed(client=client).status_code == 204
    problem(list_containers.sync(client=client), 401, "unauthenticated")

print("all as described")
