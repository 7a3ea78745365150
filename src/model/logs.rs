//! Lines that a container wrote.

use serde::Serialize;
use utoipa::ToSchema;

/// One line of a container's log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct LogLine {
    /// When the engine received it, RFC 3339 with nanoseconds as the engine wrote it.
    #[serde(rename = "t")]
    pub time: String,
    /// `stdout` or `stderr`; a container with a terminal has only `stdout`.
    #[serde(rename = "s")]
    pub stream: LogSource,
    /// The text without its line end, lossily decoded from UTF-8.
    #[serde(rename = "m")]
    pub message: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum LogSource {
    Stdout,
    Stderr,
}

/// How far a log was read: the moment of a line, and its number among those of
/// that very moment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct LogPosition {
    pub ns: i128,
    pub line: u32,
}

impl LogPosition {
    /// The position of the next line, which is of this moment.
    #[must_use]
    pub fn next(self, ns: i128) -> Self {
        let line = if ns == self.ns {
            self.line.saturating_add(1)
        } else {
            1
        };
        Self { ns, line }
    }
}

/// What to read of a log.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LogQuery {
    /// Last lines only; `None` is all.
    pub tail: Option<u64>,
    /// Nanoseconds since the epoch, inclusive. To continue after a line, one more
    /// than its time.
    pub since_ns: Option<i128>,
    pub until_ns: Option<i128>,
    pub stdout: bool,
    pub stderr: bool,
    pub follow: bool,
}
