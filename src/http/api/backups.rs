//! Saved configurations.

use super::containers::{ACKNOWLEDGE, finish};
use crate::domain::saved_configurations::Backup;
use crate::error::Result;
use crate::http::call::Call;
use crate::http::preview;
use crate::http::query::{Parameter, text};
use crate::http::reply::{self, Reply};
use serde::Serialize;
use utoipa::ToSchema;

pub const LIST: &[Parameter] = &[CONTAINER];
const CONTAINER: Parameter = text("container", "Only those of the container of this name.");

#[derive(Debug, Serialize, ToSchema)]
pub struct BackupList {
    /// Newest first.
    pub items: Vec<Backup>,
}

pub async fn list(call: Call) -> Result<Reply> {
    let items = call.context.saved.list(call.query.text(&CONTAINER))?;
    reply::json(&BackupList { items })
}

pub async fn get(call: Call) -> Result<Reply> {
    reply::json(&call.context.saved.get(call.param("id")?)?)
}

pub async fn restore(call: Call) -> Result<Reply> {
    let id = call.param("id")?;
    let creation = &call.context.creation;
    if preview::wanted(&call) {
        return reply::json(&creation.plan_restore(id).await?);
    }
    let started = creation.restore(id, &call.query.all(&ACKNOWLEDGE)).await?;
    finish(&call, started).await
}

pub async fn delete(call: Call) -> Result<Reply> {
    let id = call.param("id")?;
    let saved = &call.context.saved;
    if preview::wanted(&call) {
        return reply::json(&saved.plan_delete(id)?);
    }
    saved.delete(id).await?;
    Ok(reply::no_content())
}
