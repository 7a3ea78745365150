//! Background jobs as the settings page and the API show them.

use super::timestamp::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

/// A background job: when it runs, and how it last went.
#[derive(Debug, Clone, Serialize, PartialEq, Eq, ToSchema)]
pub struct JobStatus {
    pub id: &'static str,
    pub title: &'static str,
    /// What it does, in a sentence.
    pub description: &'static str,
    /// When it runs: `Every hour`, `When needed`.
    pub schedule: String,
    pub running: bool,
    /// Since DockerMate started; `null` before the first run has ended.
    pub last_run: Option<JobRun>,
    /// `null` while it runs, and when nothing is planned.
    pub next_run_at: Option<Timestamp>,
    /// How often it failed since it last succeeded.
    pub failures: u32,
}

/// How a run of a job went.
#[derive(Debug, Clone, Serialize, PartialEq, Eq, ToSchema)]
pub struct JobRun {
    pub started_at: Timestamp,
    pub duration_ms: u64,
    /// What it did, in a sentence; empty when it failed.
    pub result: String,
    /// Why it failed; `null` when it succeeded.
    pub error: Option<String>,
}
