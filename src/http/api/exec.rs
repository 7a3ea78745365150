//! One command in a container.

use crate::domain::exec::ExecRequest;
use crate::error::Result;
use crate::http::call::Call;
use crate::http::preview;
use crate::http::reply::{self, Reply};
use crate::http::sse;

pub async fn run(mut call: Call) -> Result<Reply> {
    let request: ExecRequest = call.json().await?;
    let exec = &call.context.exec;
    let id = call.param("id")?;
    if preview::wanted(&call) {
        return reply::json(&exec.plan(id, request)?);
    }
    // It holds a connection to the engine for as long as it runs.
    let _place = sse::permit(&call.context)?;
    reply::json(&exec.run(id, request, &call.client).await?)
}
