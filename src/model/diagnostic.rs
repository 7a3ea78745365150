//! What was noticed in a text that somebody wrote: where it stands, how bad
//! it is, and what to do about it.
//!
//! Places count from one, in characters, so that an editor can mark them.

use serde::Serialize;
use utoipa::ToSchema;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Cannot be used as it is.
    Error,
    /// Can be used, but may not be what was meant.
    Warning,
    /// Notes.
    Info,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Diagnostic {
    pub severity: Severity,
    /// What it is and what to do, in plain sentences.
    pub message: String,
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
    /// In characters.
    pub length: usize,
    /// What stands there, shortened when it is long.
    pub text: String,
    /// The flag it is about (`--env-file`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flag: Option<String>,
    /// The value to fill in: its key in `variables` of the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variable: Option<String>,
    /// The file whose content is needed: its key in `files` of the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
}
