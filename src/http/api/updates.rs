//! Updates: what there is, looking for it, and what one would bring.

use super::containers::finish;
use super::containers::{ACKNOWLEDGE, CONFIRM};
use crate::domain::updates::{UpdateAllRequest, UpdateRequest};
use crate::error::Result;
use crate::http::call::Call;
use crate::http::preview::{self, DRY_RUN};
use crate::http::query::{Parameter, text};
use crate::http::reply::{self, Reply};
use crate::model::update_history::UpdateHistory;
use crate::model::update_policy::UpdateRules;

pub const CHECK: &[Parameter] = &[CONTAINER, DRY_RUN];
pub const REVIEW: &[Parameter] = &[TAG];
pub const APPLY: &[Parameter] = &[CONFIRM, ACKNOWLEDGE, DRY_RUN];
pub const APPLY_ALL: &[Parameter] = &[CONFIRM, DRY_RUN];
pub const POLICY: &[Parameter] = &[DRY_RUN];
pub const HISTORY: &[Parameter] = &[OF_CONTAINER];
const OF_CONTAINER: Parameter = text("container", "Only updates of the container with this name.");
const CONTAINER: Parameter = text(
    "container",
    "Name, id or id prefix of the only container whose image is looked up.",
);
const TAG: Parameter = text(
    "tag",
    "The tag to compare with. Without one: what the container's own tag is now, or the next newer version when that is the same.",
);

pub async fn list(call: Call) -> Result<Reply> {
    reply::json(&call.context.updates.overview()?)
}

pub async fn check(call: Call) -> Result<Reply> {
    let updates = &call.context.updates;
    let container = call.query.text(&CONTAINER);
    if preview::wanted(&call) {
        let plan = updates.plan_check(container)?;
        return preview::preview(&call, plan, None);
    }
    let started = updates.start_check(container)?;
    finish(&call, started).await
}

pub async fn review(call: Call) -> Result<Reply> {
    let container = call.param("container")?;
    let tag = call.query.text(&TAG);
    reply::json(&call.context.updates.review(container, tag).await?)
}

pub async fn available(call: Call) -> Result<Reply> {
    reply::json(&call.context.updates.available()?)
}

pub async fn apply(mut call: Call) -> Result<Reply> {
    let request: UpdateRequest = call.json().await?;
    let updater = &call.context.updater;
    if preview::wanted(&call) {
        return reply::json(&updater.plan(&request).await?);
    }
    let confirm = call.query.text(&CONFIRM);
    let risks = call.query.all(&ACKNOWLEDGE);
    let started = updater.start(request, confirm, &risks).await?;
    finish(&call, started).await
}

pub async fn apply_all(mut call: Call) -> Result<Reply> {
    let request: UpdateAllRequest = call.json_or_default().await?;
    let updater = &call.context.updater;
    if preview::wanted(&call) {
        let plan = updater.plan_all(&request)?;
        let body = serde_json::to_value(&request).ok();
        return preview::preview(&call, plan, body);
    }
    let started = updater.start_all(request, call.query.text(&CONFIRM))?;
    finish(&call, started).await
}

pub async fn policy(call: Call) -> Result<Reply> {
    let container = call.param("container")?;
    reply::json(&call.context.updates.policy(container)?)
}

pub async fn set_policy(mut call: Call) -> Result<Reply> {
    let (rules, body) = preview::body::<UpdateRules>(&mut call).await?;
    let container = call.param("container")?;
    let updates = &call.context.updates;
    if preview::wanted(&call) {
        let plan = updates.plan_policy(container, &rules)?;
        return preview::preview(&call, plan, Some(body));
    }
    reply::json(&updates.set_policy(container, rules).await?)
}

pub async fn history(call: Call) -> Result<Reply> {
    let container = call.query.text(&OF_CONTAINER);
    let items = call.context.updater.history(container)?;
    reply::json(&UpdateHistory { items })
}

pub async fn rollback(call: Call) -> Result<Reply> {
    let id = call.param("id")?;
    let updater = &call.context.updater;
    if preview::wanted(&call) {
        return reply::json(&updater.plan_rollback(id).await?);
    }
    let confirm = call.query.text(&CONFIRM);
    let risks = call.query.all(&ACKNOWLEDGE);
    let started = updater.start_rollback(id, confirm, &risks).await?;
    finish(&call, started).await
}
