//! Settings and environments.

use crate::domain::environments;
use crate::domain::settings::SettingsPatch;
use crate::error::Result;
use crate::http::call::Call;
use crate::http::reply::{self, Reply};
use crate::model::environment::Environment;
use serde::Serialize;
use utoipa::ToSchema;

#[derive(Debug, Serialize, ToSchema)]
pub struct EnvironmentList {
    pub items: Vec<Environment>,
}

pub async fn get(call: Call) -> Result<Reply> {
    reply::json(&call.context.settings.get())
}

pub async fn patch(mut call: Call) -> Result<Reply> {
    let patch: SettingsPatch = call.json().await?;
    reply::json(&call.context.settings.patch(patch).await?)
}

pub async fn environments(_call: Call) -> Result<Reply> {
    reply::json(&EnvironmentList {
        items: environments::all(),
    })
}
