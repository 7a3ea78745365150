//! What came of a command that was run in a container.

use serde::Serialize;
use utoipa::ToSchema;

#[derive(Debug, Clone, Serialize, PartialEq, Eq, ToSchema)]
pub struct ExecResult {
    /// `null` when it had not ended in time, or its output broke off.
    pub exit_code: Option<i64>,
    /// What it wrote; bytes that are not UTF-8 are replaced.
    pub stdout: String,
    pub stderr: String,
    /// It wrote more than is kept.
    pub output_truncated: bool,
    pub duration_ms: u64,
    pub timed_out: bool,
    /// Its output broke off before it was seen to end, so there is no exit code.
    pub interrupted: bool,
    /// What became of a command that did not end in time, or whose output broke
    /// off, in a sentence.
    pub note: Option<String>,
}
