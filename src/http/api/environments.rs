//! Environments: the list with its rules, and what the owner makes of it.

use crate::domain::environments::{EnvironmentOrder, EnvironmentPatch};
use crate::error::Result;
use crate::http::call::Call;
use crate::http::preview::{self, DRY_RUN, preview};
use crate::http::query::{Parameter, text};
use crate::http::reply::{self, Reply};
use crate::model::environment::{Environment, Frequency};
use crate::model::profile::Profile;
use hyper::StatusCode;
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;

pub const DELETE: &[Parameter] = &[MOVE_TO, DRY_RUN];
const MOVE_TO: Parameter = text(
    "move_to",
    "Code of the environment that its containers move to.",
);

/// In the order in which they are shown.
#[derive(Debug, Serialize, ToSchema)]
pub struct EnvironmentList {
    #[schema(value_type = Vec<Environment>)]
    pub items: Arc<[Environment]>,
    pub health_intervals: HealthIntervals,
}

/// What a frequency is on this host, in seconds between two looks.
#[derive(Debug, Serialize, ToSchema)]
pub struct HealthIntervals {
    pub high: u64,
    pub medium: u64,
    pub low: u64,
}

pub fn intervals(profile: &Profile) -> HealthIntervals {
    let seconds = |frequency: Frequency| frequency.interval(profile).as_secs();
    HealthIntervals {
        high: seconds(Frequency::High),
        medium: seconds(Frequency::Medium),
        low: seconds(Frequency::Low),
    }
}

fn all(call: &Call) -> EnvironmentList {
    EnvironmentList {
        items: call.context.environments.list(),
        health_intervals: intervals(call.context.system.profile),
    }
}

pub async fn list(call: Call) -> Result<Reply> {
    reply::json(&all(&call))
}

pub async fn post(mut call: Call) -> Result<Reply> {
    let dry_run = preview::wanted(&call);
    let (patch, body): (EnvironmentPatch, _) = preview::body(&mut call).await?;
    let environments = &call.context.environments;
    if dry_run {
        return preview(&call, environments.plan_add(patch)?, Some(body));
    }
    reply::json_status(StatusCode::CREATED, &environments.add(patch).await?)
}

pub async fn put(mut call: Call) -> Result<Reply> {
    let dry_run = preview::wanted(&call);
    let (patch, body): (EnvironmentPatch, _) = preview::body(&mut call).await?;
    let environments = &call.context.environments;
    let code = call.param("code")?;
    if dry_run {
        return preview(&call, environments.plan_change(code, patch)?, Some(body));
    }
    reply::json(&environments.change(code, patch).await?)
}

pub async fn order(mut call: Call) -> Result<Reply> {
    let dry_run = preview::wanted(&call);
    let (order, body): (EnvironmentOrder, _) = preview::body(&mut call).await?;
    let environments = &call.context.environments;
    if dry_run {
        return preview(&call, environments.plan_order(&order)?, Some(body));
    }
    environments.order(&order).await?;
    reply::json(&all(&call))
}

pub async fn delete(call: Call) -> Result<Reply> {
    let (code, move_to) = (call.param("code")?, call.query.text(&MOVE_TO));
    let containers = &call.context.containers;
    if preview::wanted(&call) {
        return preview(&call, containers.plan_retire(code, move_to)?, None);
    }
    containers.retire(code, move_to).await?;
    Ok(reply::no_content())
}
