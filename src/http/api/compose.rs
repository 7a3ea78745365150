//! Compose files as they are typed, and made of commands and containers.

use crate::domain::compose::{self, ValidateRequest};
use crate::domain::convert::{self, ComposeInput, RunCommand};
use crate::error::Result;
use crate::http::call::Call;
use crate::http::reply::{self, Reply};
use serde::Deserialize;
use utoipa::ToSchema;

/// Containers that are to become a Compose file.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ContainerNames {
    /// Names or ids.
    pub containers: Vec<String>,
}

pub async fn validate(mut call: Call) -> Result<Reply> {
    let request: ValidateRequest = call.json().await?;
    reply::json(&compose::validate(&request))
}

pub async fn run_to_compose(mut call: Call) -> Result<Reply> {
    let command: RunCommand = call.json().await?;
    reply::json(&convert::run_to_compose(&command)?)
}

pub async fn containers_to_compose(mut call: Call) -> Result<Reply> {
    let named: ContainerNames = call.json().await?;
    let containers = &call.context.containers;
    reply::json(&convert::containers_to_compose(containers, &named.containers).await?)
}

pub async fn compose_to_run(mut call: Call) -> Result<Reply> {
    let input: ComposeInput = call.json().await?;
    let endpoint = call.context.containers.endpoint();
    reply::json(&convert::compose_to_run(&input, endpoint.as_deref())?)
}
