//! Containers: the list, one, what the user says of it, and the actions.

mod parameters;

pub use parameters::{
    ACKNOWLEDGE, ACT, ACTION, CONFIRM, CREATE, DELETE, DUPLICATE, LIST, RECREATE, RESTORE,
    VALIDATE_NAME,
};

use crate::domain::containers::{
    Action, ActionOptions, BulkRequest, ContainerUpdate, ListQuery, list,
};
use crate::domain::creation::CreateOptions;
use crate::domain::images::Pull;
use crate::domain::operations::Started;
use crate::domain::recreate::Recreate;
use crate::error::Result;
use crate::http::call::Call;
use crate::http::preview;
use crate::http::reply::{self, Reply};
use crate::model::spec::ContainerSpec;
use hyper::StatusCode;
use parameters::{
    ENVIRONMENT, FORCE, HEALTH, KEEP_ANNOTATIONS, KEEP_OLD_ANNOTATIONS, LABEL, NAME,
    NAME_ENVIRONMENT, PAGE, PER_PAGE, PULL, Q, SORT, STACK, START, STATE, STATUS, TAG, VOLUMES,
};
use serde::Serialize;
use utoipa::ToSchema;

/// The answer to `Prefer: respond-async` (RFC 7240).
#[derive(Debug, Serialize, ToSchema)]
pub struct Accepted {
    /// Id of the operation that has begun.
    pub operation: String,
}

pub async fn list(call: Call) -> Result<Reply> {
    let query = &call.query;
    let (sort, descending) = list::Sort::parse(query.word(&SORT).unwrap_or_default())?;
    let wanted = ListQuery {
        text: query.text(&Q).map(ToOwned::to_owned),
        states: list::words("state", &query.all(&STATE))?,
        statuses: list::words("status", &query.all(&STATUS))?,
        healths: list::words("health", &query.all(&HEALTH))?,
        environments: query.all(&ENVIRONMENT),
        stacks: query.all(&STACK),
        labels: query.all(&LABEL),
        tags: query.all(&TAG),
        sort,
        descending,
        page: query.number(&PAGE),
        per_page: query.number(&PER_PAGE),
    };
    reply::json(&call.context.containers.list(&wanted)?)
}

pub async fn get(call: Call) -> Result<Reply> {
    reply::json(&call.context.containers.detail(call.param("id")?).await?)
}

pub async fn put(mut call: Call) -> Result<Reply> {
    let change: ContainerUpdate = call.json().await?;
    let id = call.param("id")?;
    let containers = &call.context.containers;
    if preview::wanted(&call) {
        return reply::json(&containers.plan_change(id, &change).await?);
    }
    reply::json(
        &containers
            .change(id, change, call.query.text(&CONFIRM))
            .await?,
    )
}

pub async fn create(mut call: Call) -> Result<Reply> {
    let query = &call.query;
    let options = CreateOptions {
        start: query.flag(&START),
        pull: Pull::parse(query.word(&PULL).unwrap_or_default())?,
        keep_annotations: query.flag(&KEEP_OLD_ANNOTATIONS),
        acknowledged: query.all(&ACKNOWLEDGE),
    };
    let spec: ContainerSpec = call.json().await?;
    let creation = &call.context.creation;
    if preview::wanted(&call) {
        return reply::json(&creation.plan_create(spec, &options).await?);
    }
    let started = creation.create(spec, &options).await?;
    finish(&call, started).await
}

pub async fn recreate(mut call: Call) -> Result<Reply> {
    let request: Recreate = call.json_or_default().await?;
    let id = call.param("id")?;
    let service = &call.context.recreate;
    let risks = call.query.all(&ACKNOWLEDGE);
    if preview::wanted(&call) {
        return reply::json(&service.plan(id, &request).await?);
    }
    let confirm = call.query.text(&CONFIRM);
    let started = service.recreate(id, request, confirm, &risks).await?;
    finish(&call, started).await
}

pub async fn bulk(mut call: Call) -> Result<Reply> {
    let request: BulkRequest = call.json().await?;
    let containers = &call.context.containers;
    if preview::wanted(&call) {
        return reply::json(&containers.plan_bulk(&request)?);
    }
    let started = containers.bulk(request, call.query.text(&CONFIRM))?;
    finish(&call, started).await
}

pub async fn validate_name(call: Call) -> Result<Reply> {
    let name = call.query.text(&NAME).unwrap_or("");
    let containers = &call.context.containers;
    reply::json(&containers.validate_name(name, call.query.text(&NAME_ENVIRONMENT))?)
}

pub async fn choices(call: Call) -> Result<Reply> {
    reply::json(&call.context.creation.choices()?)
}

pub async fn spec(call: Call) -> Result<Reply> {
    let id = call.param("id")?;
    let spec = call.context.containers.spec(id).await?;
    if call.query.flag(&DUPLICATE) {
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
    let options: ActionOptions = call.json_or_default().await?;
    perform(call, action, options).await
}

pub async fn delete(call: Call) -> Result<Reply> {
    let query = &call.query;
    let options = ActionOptions {
        force: query.flag(&FORCE),
        volumes: query.flag(&VOLUMES),
        keep_annotations: query.flag(&KEEP_ANNOTATIONS),
        ..ActionOptions::default()
    };
    perform(call, Action::Delete, options).await
}

/// The plan, the operation's end, or its beginning: as the caller prefers.
async fn perform(call: Call, action: Action, options: ActionOptions) -> Result<Reply> {
    let id = call.param("id")?;
    let containers = &call.context.containers;
    if preview::wanted(&call) {
        return reply::json(&containers.plan(id, action, &options)?);
    }
    let started = containers.act(id, action, options, call.query.text(&CONFIRM))?;
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
    let action = call.query.word(&ACTION).unwrap_or_default();
    let id = call.param("id")?;
    reply::json(&call.context.containers.commands(id, action).await?)
}
