//! Saved configurations.

use super::containers::finish;
use crate::domain::saved_configurations::Backup;
use crate::error::Result;
use crate::http::call::Call;
use crate::http::reply::{self, Reply};
use serde::Serialize;
use utoipa::ToSchema;

pub const RESTORE: &[&str] = &["acknowledge", "dry_run"];

#[derive(Debug, Serialize, ToSchema)]
pub struct BackupList {
    /// Newest first.
    pub items: Vec<Backup>,
}

pub async fn list(call: Call) -> Result<Reply> {
    let query = call.query(&["container"])?;
    let items = call.context.saved.list(query.get("container"))?;
    reply::json(&BackupList { items })
}

pub async fn get(call: Call) -> Result<Reply> {
    reply::json(&call.context.saved.get(call.param("id")?)?)
}

pub async fn restore(call: Call) -> Result<Reply> {
    let query = call.query(RESTORE)?;
    let id = call.param("id")?;
    let creation = &call.context.creation;
    if query.flag("dry_run", false)? {
        return reply::json(&creation.plan_restore(id).await?);
    }
    let started = creation.restore(id, &query.all("acknowledge")).await?;
    finish(&call, started).await
}

pub async fn delete(call: Call) -> Result<Reply> {
    let query = call.query(&["dry_run"])?;
    let id = call.param("id")?;
    let saved = &call.context.saved;
    if query.flag("dry_run", false)? {
        return reply::json(&saved.plan_delete(id)?);
    }
    saved.delete(id).await?;
    Ok(reply::no_content())
}
