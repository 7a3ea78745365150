//! Containers: the list, actions, changes, logs, exec, terminal and statistics.

use super::route::Access::Session;
use super::route::AnswerKind::{Events, Json, Operation, Socket};
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
use crate::model::command::Commands;
use crate::model::container::{ContainerDetail, ContainerView};
use crate::model::exec::ExecResult;
use crate::model::spec::ContainerSpec;
use crate::model::stats::{ContainerSample, StatsSnapshot};

pub(super) const CONTAINERS: &[Route] = &[
    route("GET", "/api/containers", Session, |c| Box::pin(containers::list(c)), Json(shape::<ContainerPage>), "List containers, filtered, sorted and paged.").query(containers::LIST),
    route("GET", "/api/containers/{id}", Session, |c| Box::pin(containers::get(c)), Json(shape::<ContainerDetail>), "Get one container by name, id or id prefix."),
    route("POST", "/api/containers", Session, |c| Box::pin(containers::create(c)), Operation, "Create a container and start it (unless start=false). A missing image is pulled. Accept risks with acknowledge=limit,mounts.").query(containers::CREATE).body(shape::<ContainerSpec>),
    route("GET", "/api/containers/validate-name", Session, |c| Box::pin(containers::validate_name(c)), Json(shape::<NameCheck>), "Check whether a name is valid and free, and suggest similar free names.").query(&["name", "environment"]),
    route("GET", "/api/containers/choices", Session, |c| Box::pin(containers::choices(c)), Json(shape::<Choices>), "List what a new container can use: images, networks, volumes, runtimes, and the ports already in use."),
    route("POST", "/api/containers/bulk", Session, |c| Box::pin(containers::bulk(c)), Operation, "Run one action on several containers, with a result for each.").query(containers::ACT).body(shape::<BulkRequest>),
    route("PUT", "/api/containers/{id}", Session, |c| Box::pin(containers::put(c)), Json(shape::<ContainerView>), "Update a container without recreating it: notes, name, limits and restart policy.").query(containers::ACT).body(shape::<ContainerUpdate>),
    route("GET", "/api/containers/{id}/spec", Session, |c| Box::pin(containers::spec(c)), Json(shape::<ContainerSpec>), "Get the configuration of a container, ready for POST /api/containers; with duplicate=true under a free name and without what must be unique.").query(&["duplicate"]),
    route("POST", "/api/containers/{id}/recreate", Session, |c| Box::pin(containers::recreate(c)), Operation, "Recreate a container, with or without changes; roll back on failure.").query(containers::RECREATE).body(shape::<Recreate>),
    route("DELETE", "/api/containers/{id}", Session, |c| Box::pin(containers::delete(c)), Operation, "Delete a container. Its image and volumes are kept; anonymous volumes are deleted only on request.").query(containers::DELETE),
    action("/api/containers/{id}/start", |c| Box::pin(containers::start(c)), "Start a container."),
    action("/api/containers/{id}/stop", |c| Box::pin(containers::stop(c)), "Stop a container, gracefully first."),
    action("/api/containers/{id}/restart", |c| Box::pin(containers::restart(c)), "Restart a container."),
    action("/api/containers/{id}/pause", |c| Box::pin(containers::pause(c)), "Pause all processes in a container."),
    action("/api/containers/{id}/unpause", |c| Box::pin(containers::unpause(c)), "Resume all processes in a container."),
    action("/api/containers/{id}/kill", |c| Box::pin(containers::kill(c)), "Send a signal to a container, SIGKILL by default."),
    route("GET", "/api/containers/{id}/logs", Session, |c| Box::pin(logs::logs(c)), Events, "Get the log as `text/plain`, or stream it as a resumable `text/event-stream`.").query(logs::QUERY),
    route("GET", "/api/containers/{id}/commands", Session, |c| Box::pin(containers::commands(c)), Json(shape::<Commands>), "Get the commands for an action in three modes; `run` reproduces the container.").query(&["action"]),
    route("POST", "/api/containers/{id}/exec", Session, |c| Box::pin(exec::run(c)), Json(shape::<ExecResult>), "Run a command in a container and wait for it to end; with dry_run=true get the plan.").query(&["dry_run"]).body(shape::<ExecRequest>),
    route("GET", "/api/containers/{id}/terminal", Session, |c| Box::pin(terminal::open(c)), Socket, "Open a shell in a container over a WebSocket: binary messages are bytes, text messages are JSON (`resize`, `ack`; `exit`, `error`).").query(terminal::QUERY),
    route("GET", "/api/containers/{id}/stats", Session, |c| Box::pin(stats::one(c)), Json(shape::<ContainerSample>), "Get one sample of a container's resource usage; live as `text/event-stream` (`sample`, and `end` when it stops).").query(stats::QUERY),
    route("GET", "/api/stats", Session, |c| Box::pin(stats::all(c)), Json(shape::<StatsSnapshot>), "Get one sample of every running container's resource usage; live as `text/event-stream` (`samples`).").query(stats::QUERY),
];

/// An action on one container.
const fn action(path: &'static str, handler: Handler, doc: &'static str) -> Route {
    route("POST", path, Session, handler, Operation, doc)
        .query(containers::ACT)
        .body(shape::<ActionOptions>)
}
