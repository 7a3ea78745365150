//! What others do while a container is recreated.

use super::{again, known, nothing_left, succeeded};
use crate::support::app::App;
use crate::support::engine::{Engine, number};
use crate::support::proxy::{Proxy, When};
use crate::support::wait::{SOON, until};
use serde_json::json;

/// The command line, for somebody else to call.
fn docker(engine: &Engine, arguments: &[&str]) -> impl FnOnce() + Send + 'static {
    let mut command = engine.client();
    command.args(arguments);
    move || assert!(command.output().unwrap().status.success())
}

#[test]
fn container_started_or_stopped_during_a_recreate_keeps_that_state() {
    let engine = Engine::isolated();
    let proxy = Proxy::start(engine.socket());
    let (_app, client) = App::ready(&proxy.host());
    let name = engine.name("m");
    engine.docker(&["create", "--name", &name, "bb:1"]);
    for (deed, state) in [("start", "running"), ("stop", "exited")] {
        known(&client, engine, &name);
        // The first request makes the new one.
        proxy.arm(1, When::Along, docker(engine, &[deed, &name]));
        let answer = again(&client, &name);
        assert!(!proxy.disarm(), "it was done in the middle");
        succeeded(&answer);
        let expected = if state == "exited" { "created" } else { state };
        assert_eq!(engine.inspect(&name)["State"]["Status"], expected, "{deed}");
        nothing_left(engine, &name);
    }
}

#[test]
fn container_with_its_backup_name_cannot_be_changed_by_others() {
    let engine = Engine::isolated();
    let (_app, client) = App::ready(&engine.host());
    let name = engine.name("m");
    let other = engine.name("m");
    engine.docker(&["run", "-d", "--name", &name, "bb:1"]);
    engine.docker(&["create", "--name", &other, "bb:1"]);
    known(&client, engine, &name);
    known(&client, engine, &other);
    let accepted = client.send(
        "POST",
        &format!("/api/containers/{name}/recreate"),
        &[
            ("Content-Type", "application/json"),
            ("Prefer", "respond-async"),
        ],
        json!({"stable_seconds": 12, "pull": "never"})
            .to_string()
            .as_bytes(),
    );
    assert_eq!(accepted.status, 202, "{}", accepted.text());
    let aside = until("the old one is aside", SOON, || {
        let all = client.get("/api/containers").json();
        let names = all["items"].as_array()?.iter();
        names
            .filter_map(|one| one["name"].as_str())
            .find(|other| other.starts_with(&format!("{name}.old-")))
            .map(ToOwned::to_owned)
    });
    let bulk = json!({"action": "start", "containers": [aside, other]});
    for answer in [
        client.post(&format!("/api/containers/{aside}/start"), &json!({})),
        client.delete(&format!("/api/containers/{aside}?force=true")),
        client.post("/api/containers/bulk", &bulk),
        client.json(
            "PUT",
            &format!("/api/containers/{other}"),
            &json!({"name": format!("{name}.new-{:08x}", number())}),
        ),
    ] {
        assert_eq!(answer.problem(), "operation_running", "{}", answer.text());
    }
    let path = format!(
        "/api/operations/{}",
        accepted.json()["operation"].as_str().unwrap()
    );
    let ended = until("it is done", SOON, || {
        let operation = client.get(&path).json();
        (operation["state"] != "running").then_some(operation)
    });
    assert_eq!(ended["state"], "succeeded", "{ended}");
    nothing_left(engine, &name);
}
