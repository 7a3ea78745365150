//! From a pasted command to what a container should be, and back.

use crate::domain::commands;
use crate::domain::images::Pull;
use crate::domain::run_line::{self, RunText};
use crate::error::Result;
use crate::http::call::Call;
use crate::http::reply::{self, Reply};
use crate::model::spec::ContainerSpec;
use serde::Deserialize;
use utoipa::ToSchema;

/// What the command is to make.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SpecText {
    pub spec: ContainerSpec,
    /// Also starts it; true when left out.
    pub start: Option<bool>,
}

pub async fn run_to_spec(mut call: Call) -> Result<Reply> {
    let text: RunText = call.json().await?;
    reply::json(&run_line::run_to_spec(&text))
}

pub async fn spec_to_run(mut call: Call) -> Result<Reply> {
    let wanted: SpecText = call.json().await?;
    let endpoint = call.context.containers.endpoint();
    let start = wanted.start.unwrap_or(true);
    reply::json(&commands::run(
        &wanted.spec,
        start,
        Pull::Missing,
        endpoint.as_deref(),
    ))
}
