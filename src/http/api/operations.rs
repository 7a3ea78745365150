//! Operations, running and past.

use crate::error::Result;
use crate::http::call::Call;
use crate::http::preview::{self, preview};
use crate::http::query::{Parameter, number};
use crate::http::reply::{self, Reply};
use crate::model::operation::Operation;
use serde::Serialize;
use utoipa::ToSchema;

pub const LIMIT: Parameter = number("limit", (1, 200), 50, "The most operations to list.");

#[derive(Debug, Serialize, ToSchema)]
pub struct OperationList {
    pub items: Vec<Operation>,
}

pub async fn list(call: Call) -> Result<Reply> {
    let most = call.query.number(&LIMIT);
    let items = call.context.operations.list(most)?;
    reply::json(&OperationList { items })
}

pub async fn get(call: Call) -> Result<Reply> {
    reply::json(&call.context.operations.get(call.param("id")?)?)
}

pub async fn discard(call: Call) -> Result<Reply> {
    let id = call.param("id")?;
    let operations = &call.context.operations;
    if preview::wanted(&call) {
        return preview(&call, operations.plan_discard(id)?, None);
    }
    reply::json(&operations.discard(id).await?)
}

pub async fn cancel(call: Call) -> Result<Reply> {
    let id = call.param("id")?;
    let operations = &call.context.operations;
    if preview::wanted(&call) {
        return reply::json(&operations.plan_cancel(id)?);
    }
    reply::json(&operations.cancel(id)?)
}
