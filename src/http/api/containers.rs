//! Containers: the list, one, what the user says of it, and the actions.

use crate::domain::containers::{
    Action, ActionOptions, BulkRequest, ContainerUpdate, ListQuery, list,
};
use crate::domain::creation::CreateOptions;
use crate::domain::images::Pull;
use crate::domain::operations::Started;
use crate::domain::recreate::Recreate;
use crate::error::Result;
use crate::http::call::{Call, Query};
use crate::http::reply::{self, Reply};
use crate::model::spec::ContainerSpec;
use hyper::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

pub const LIST: &[&str] = &[
    "q",
    "state",
    "health",
    "environment",
    "stack",
    "label",
    "tag",
    "sort",
    "page",
    "per_page",
];
pub const CREATE: &[&str] = &[
    "start",
    "pull",
    "keep_annotations",
    "acknowledge",
    "dry_run",
];
pub const RECREATE: &[&str] = &["confirm", "acknowledge", "dry_run"];
pub const ACT: &[&str] = &["confirm", "dry_run"];
pub const DELETE: &[&str] = &["force", "volumes", "keep_annotations", "confirm", "dry_run"];

/// The answer to `Prefer: respond-async` (RFC 7240).
#[derive(Debug, Serialize, ToSchema)]
pub struct Accepted {
    /// Id of the operation that has begun.
    pub operation: String,
}

pub async fn list(call: Call) -> Result<Reply> {
    let query = call.query(LIST)?;
    let (sort, descending) = list::Sort::parse(query.get("sort").unwrap_or("name"))?;
    let wanted = ListQuery {
        text: query.get("q").map(ToOwned::to_owned),
        states: list::words("state", &query.all("state"))?,
        healths: list::words("health", &query.all("health"))?,
        environments: query.all("environment"),
        stacks: query.all("stack"),
        labels: query.all("label"),
        tags: query.all("tag"),
        sort,
        descending,
        page: query.number("page")?.unwrap_or(1),
        per_page: query.number("per_page")?.unwrap_or(1000),
    };
    reply::json(&call.context.containers.list(&wanted)?)
}

pub async fn get(call: Call) -> Result<Reply> {
    reply::json(&call.context.containers.detail(call.param("id")?).await?)
}

pub async fn put(mut call: Call) -> Result<Reply> {
    let query = call.query(ACT)?;
    let change: ContainerUpdate = call.json().await?;
    let id = call.param("id")?;
    let containers = &call.context.containers;
    if query.flag("dry_run", false)? {
        return reply::json(&containers.plan_change(id, &change).await?);
    }
    reply::json(&containers.change(id, change, query.get("confirm")).await?)
}

pub async fn create(mut call: Call) -> Result<Reply> {
    let query = call.query(CREATE)?;
    let options = CreateOptions {
        start: query.flag("start", true)?,
        pull: Pull::parse(query.get("pull").unwrap_or("missing"))?,
        keep_annotations: query.flag("keep_annotations", true)?,
        acknowledged: query.all("acknowledge"),
    };
    let spec: ContainerSpec = call.json().await?;
    let creation = &call.context.creation;
    if query.flag("dry_run", false)? {
        return reply::json(&creation.plan_create(spec, &options).await?);
    }
    let started = creation.create(spec, &options).await?;
    finish(&call, started).await
}

pub async fn recreate(mut call: Call) -> Result<Reply> {
    let query = call.query(RECREATE)?;
    let request: Recreate = call.json_or_default().await?;
    let id = call.param("id")?;
    let service = &call.context.recreate;
    let risks = query.all("acknowledge");
    if query.flag("dry_run", false)? {
        return reply::json(&service.plan(id, &request).await?);
    }
    let confirm = query.get("confirm");
    let started = service.recreate(id, request, confirm, &risks).await?;
    finish(&call, started).await
}

pub async fn bulk(mut call: Call) -> Result<Reply> {
    let query = call.query(ACT)?;
    let request: BulkRequest = call.json().await?;
    let containers = &call.context.containers;
    if query.flag("dry_run", false)? {
        return reply::json(&containers.plan_bulk(&request)?);
    }
    let started = containers.bulk(request, query.get("confirm"))?;
    finish(&call, started).await
}

pub async fn validate_name(call: Call) -> Result<Reply> {
    let query = call.query(&["name", "environment"])?;
    let name = query.get("name").unwrap_or("");
    let containers = &call.context.containers;
    reply::json(&containers.validate_name(name, query.get("environment"))?)
}

pub async fn choices(call: Call) -> Result<Reply> {
    reply::json(&call.context.creation.choices()?)
}

pub async fn spec(call: Call) -> Result<Reply> {
    let query = call.query(&["duplicate"])?;
    let id = call.param("id")?;
    let spec = call.context.containers.spec(id).await?;
    if query.flag("duplicate", false)? {
        return reply::json(&call.context.creation.duplicate(spec));
    }
    reply::json(&spec)
}

pub async fn start(call: Call) -> Result<Reply> {
    act(call, Action::Start).await
}

pub async fn stop(call: Call) -> Result<Reply> {
    act(call, Action::Stop).await
}

pub async fn restart(call: Call) -> Result<Reply> {
    act(call, Action::Restart).await
}

pub async fn pause(call: Call) -> Result<Reply> {
    act(call, Action::Pause).await
}

pub async fn unpause(call: Call) -> Result<Reply> {
    act(call, Action::Unpause).await
}

pub async fn kill(call: Call) -> Result<Reply> {
    act(call, Action::Kill).await
}

async fn act(mut call: Call, action: Action) -> Result<Reply> {
    let query = call.query(ACT)?;
    let options: ActionOptions = call.json_or_default().await?;
    perform(call, action, options, &query).await
}

pub async fn delete(call: Call) -> Result<Reply> {
    let query = call.query(DELETE)?;
    let options = ActionOptions {
        force: query.flag("force", false)?,
        volumes: query.flag("volumes", false)?,
        keep_annotations: query.flag("keep_annotations", false)?,
        ..ActionOptions::default()
    };
    perform(call, Action::Delete, options, &query).await
}

/// The plan, the operation's end, or its beginning: as the caller prefers.
async fn perform(
    call: Call,
    action: Action,
    options: ActionOptions,
    query: &Query,
) -> Result<Reply> {
    let id = call.param("id")?;
    let containers = &call.context.containers;
    if query.flag("dry_run", false)? {
        return reply::json(&containers.plan(id, action, &options)?);
    }
    let started = containers.act(id, action, options, query.get("confirm"))?;
    finish(&call, started).await
}

pub(super) async fn finish(call: &Call, started: Started) -> Result<Reply> {
    let asynchronous = call
        .header("prefer")
        .is_some_and(|prefer| prefer.to_ascii_lowercase().contains("respond-async"));
    if asynchronous {
        let accepted = Accepted {
            operation: started.id,
        };
        return reply::json_status(StatusCode::ACCEPTED, &accepted);
    }
    reply::json(&started.finished().await?)
}

pub async fn commands(call: Call) -> Result<Reply> {
    let query = call.query(&["action"])?;
    let action = query.get("action").unwrap_or("inspect");
    let id = call.param("id")?;
    reply::json(&call.context.containers.commands(id, action).await?)
}
