//! Containers: the list, actions, changes, logs, exec, terminal and statistics.

use super::route::Access::Session;
use super::route::AnswerKind::{Json, Log, Operation, Sample, Socket};
use super::route::Handler;
use super::route::{Route, route};
use crate::domain::containers::{
    ActionOptions, BulkRequest, ContainerPage, ContainerUpdate, NameCheck,
};
use crate::domain::creation::Choices;
use crate::domain::exec::ExecRequest;
use crate::domain::recreate::Recreate;
use crate::http::api::{containers, exec, logs, stats, terminal};
use crate::http::openapi::shape;
use crate::http::preview::DRY_RUN;
use crate::model::command::Commands;
use crate::model::container::{ContainerDetail, ContainerView};
use crate::model::exec::ExecResult;
use crate::model::spec::ContainerSpec;
use crate::model::stats::{ContainerSample, StatsSnapshot};
use crate::model::stats_history::StatsHistory;

pub(super) const CONTAINERS: &[Route] = &[
    route("list_containers", "GET", "/api/containers", Session, |c| Box::pin(containers::list(c)), Json(shape::<ContainerPage>), "List containers, filtered, sorted and paged.").errors(&[503]).query(containers::LIST),
    route("get_container", "GET", "/api/containers/{id}", Session, |c| Box::pin(containers::get(c)), Json(shape::<ContainerDetail>), "Get one container by name, id or id prefix.").errors(&[503]),
    route("create_container", "POST", "/api/containers", Session, |c| Box::pin(containers::create(c)), Operation, "Create a container and start it (unless start=false). A missing image is pulled. Accept risks with acknowledge=limit,mounts.").errors(&[502, 503, 507]).query(containers::CREATE).body(shape::<ContainerSpec>),
    route("check_container_name", "GET", "/api/containers/validate-name", Session, |c| Box::pin(containers::validate_name(c)), Json(shape::<NameCheck>), "Check whether a name is valid and free, and suggest similar free names.").errors(&[503]).query(containers::VALIDATE_NAME),
    route("get_container_choices", "GET", "/api/containers/choices", Session, |c| Box::pin(containers::choices(c)), Json(shape::<Choices>), "List what a new container can use: images, networks, volumes, runtimes, and the ports already in use.").errors(&[503]),
    route("act_on_containers", "POST", "/api/containers/bulk", Session, |c| Box::pin(containers::bulk(c)), Operation, "Run one action on several containers, with a result for each.").errors(&[404, 503, 507]).query(containers::ACT).body(shape::<BulkRequest>),
    route("update_container", "PUT", "/api/containers/{id}", Session, |c| Box::pin(containers::put(c)), Json(shape::<ContainerView>), "Update a container without recreating it: notes, name, limits and restart policy.").errors(&[503, 507]).query(containers::ACT).body(shape::<ContainerUpdate>),
    route("get_container_spec", "GET", "/api/containers/{id}/spec", Session, |c| Box::pin(containers::spec(c)), Json(shape::<ContainerSpec>), "Get the configuration of a container, ready for POST /api/containers; with duplicate=true under a free name and without what must be unique.").errors(&[503]).query(&[containers::DUPLICATE]),
    route("recreate_container", "POST", "/api/containers/{id}/recreate", Session, |c| Box::pin(containers::recreate(c)), Operation, "Recreate a container, with or without changes; roll back on failure.").errors(&[502, 503, 507]).query(containers::RECREATE).optional_body(shape::<Recreate>),
    route("delete_container", "DELETE", "/api/containers/{id}", Session, |c| Box::pin(containers::delete(c)), Operation, "Delete a container. Its image and volumes are kept; anonymous volumes are deleted only on request.").errors(&[503, 507]).query(containers::DELETE),
    action("start_container", "/api/containers/{id}/start", |c| Box::pin(containers::start(c)), "Start a container."),
    action("stop_container", "/api/containers/{id}/stop", |c| Box::pin(containers::stop(c)), "Stop a container, gracefully first."),
    action("restart_container", "/api/containers/{id}/restart", |c| Box::pin(containers::restart(c)), "Restart a container."),
    action("pause_container", "/api/containers/{id}/pause", |c| Box::pin(containers::pause(c)), "Pause all processes in a container."),
    action("unpause_container", "/api/containers/{id}/unpause", |c| Box::pin(containers::unpause(c)), "Resume all processes in a container."),
    action("kill_container", "/api/containers/{id}/kill", |c| Box::pin(containers::kill(c)), "Send a signal to a container, SIGKILL by default."),
    route("get_container_logs", "GET", "/api/containers/{id}/logs", Session, |c| Box::pin(logs::logs(c)), Log, "Get the log as `text/plain`, control characters included, or stream it as a resumable `text/event-stream` (`lines`, and `end` when the container stops, with an `error` when the log cannot be read further).").errors(&[503]).query(logs::QUERY),
    route("get_container_commands", "GET", "/api/containers/{id}/commands", Session, |c| Box::pin(containers::commands(c)), Json(shape::<Commands>), "Get the commands for an action in three modes; `run` reproduces the container.").errors(&[503]).query(&[containers::ACTION]),
    route("exec_in_container", "POST", "/api/containers/{id}/exec", Session, |c| Box::pin(exec::run(c)), Json(shape::<ExecResult>), "Run a command in a container and wait for it to end; with dry_run=true get the plan.").errors(&[503]).query(&[DRY_RUN]).body(shape::<ExecRequest>),
    route("open_container_terminal", "GET", "/api/containers/{id}/terminal", Session, |c| Box::pin(terminal::open(c)), Socket, "Open a shell in a container over a WebSocket: binary messages are bytes, text messages are JSON (`resize`, `ack`; `exit`, `error`). `shell` names a program of the container; without it the usual ones are tried.").errors(&[503]).query(terminal::QUERY),
    route("get_container_stats", "GET", "/api/containers/{id}/stats", Session, |c| Box::pin(stats::one(c)), Sample(shape::<ContainerSample>), "Get one sample of a container's resource usage; live as `text/event-stream` (`sample`, and `end` when it stops).").errors(&[503]).query(&[stats::STREAM]),
    route("get_container_stats_history", "GET", "/api/containers/{id}/stats/history", Session, |c| Box::pin(stats::history(c)), Json(shape::<StatsHistory>), "Get the resource usage of a container over the last 5 minutes, hour or day, also when it is stopped. Kept in memory since DockerMate was started.").errors(&[503]).query(&[stats::SPAN]),
    route("get_stats", "GET", "/api/stats", Session, |c| Box::pin(stats::all(c)), Sample(shape::<StatsSnapshot>), "Get one sample of every running container's resource usage; live as `text/event-stream` (`history` with the last figures of each, then `samples`).").errors(&[503]).query(&[stats::STREAM]),
];

/// An action on one container.
const fn action(
    name: &'static str,
    path: &'static str,
    handler: Handler,
    doc: &'static str,
) -> Route {
    route(name, "POST", path, Session, handler, Operation, doc)
        .query(containers::ACT)
        .optional_body(shape::<ActionOptions>)
        .errors(&[503, 507])
}
