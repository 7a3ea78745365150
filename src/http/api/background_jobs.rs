//! The background jobs: what they did last, and a run on request.

use crate::error::Result;
use crate::http::call::Call;
use crate::http::preview::{self, preview};
use crate::http::reply::{self, Reply};
use crate::model::job::JobStatus;
use serde::Serialize;
use utoipa::ToSchema;

#[derive(Debug, Serialize, ToSchema)]
pub struct JobList {
    pub items: Vec<JobStatus>,
}

pub async fn list(call: Call) -> Result<Reply> {
    let items = call.context.background_jobs.list();
    reply::json(&JobList { items })
}

pub async fn run(call: Call) -> Result<Reply> {
    let id = call.param("id")?;
    let jobs = &call.context.background_jobs;
    if preview::wanted(&call) {
        return preview(&call, jobs.plan_run(id)?, None);
    }
    reply::json(&jobs.run_now(id)?)
}
