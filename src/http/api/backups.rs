//! Configurations that were put by before a change.

use super::containers::finish;
use crate::domain::containers::Backup;
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
    let items = call.context.containers.backups(query.get("container"))?;
    reply::json(&BackupList { items })
}

pub async fn get(call: Call) -> Result<Reply> {
    reply::json(&call.context.containers.backup(call.param("id")?)?)
}

pub async fn restore(call: Call) -> Result<Reply> {
    let query = call.query(RESTORE)?;
    let id = call.param("id")?;
    let containers = &call.context.containers;
    if query.flag("dry_run", false)? {
        return reply::json(&containers.plan_restore(id).await?);
    }
    let started = containers.restore(id, &query.all("acknowledge")).await?;
    finish(&call, started).await
}

pub async fn delete(call: Call) -> Result<Reply> {
    let query = call.query(&["dry_run"])?;
    let id = call.param("id")?;
    let containers = &call.context.containers;
    if query.flag("dry_run", false)? {
        return reply::json(&containers.plan_delete_backup(id)?);
    }
    containers.delete_backup(id).await?;
    Ok(reply::no_content())
}
