//! Anything that takes longer than a blink: it has an id, it can be left and
//! found again, and it ends in a plain sentence.

use super::timestamp::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Debug, Clone, Serialize, Deserialize, PartialEq, ToSchema)]
pub struct Operation {
    /// Sorts by time.
    pub id: String,
    /// `container.start`, `container.stop` …
    pub kind: String,
    /// "Stop jellyfin".
    pub title: String,
    /// Name of the thing it is about.
    pub target: String,
    pub state: OperationState,
    pub started_at: Timestamp,
    pub finished_at: Option<Timestamp>,
    /// How it ended, as a sentence.
    pub message: Option<String>,
    /// Stable code of the problem when it failed.
    pub error: Option<String>,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize, PartialEq, Eq, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OperationState {
    Queued,
    Running,
    Succeeded,
    Failed,
    RolledBack,
    Cancelled,
}

impl OperationState {
    pub fn is_over(self) -> bool {
        !matches!(self, Self::Queued | Self::Running)
    }
}
