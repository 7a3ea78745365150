//! The one error of the domain: what went wrong in a closed set of kinds, a
//! sentence for the person and what to do, and the cause for the log.
//!
//! Adapters keep their own small enums; domain turns them into this one; and
//! `http::error` has the only match from [`Kind`] to a status code.

use std::borrow::Cow;

/// The codes of errors after which the engine may have done what it was asked for.
pub const OUTCOME_UNKNOWN: [&str; 2] = ["engine_connection_lost", "engine_timeout"];

/// What went wrong, as far as a caller can act on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// The named thing does not exist.
    NotFound,
    /// The thing is in a state, or another thing is in the way, that forbids it.
    Conflict,
    /// The input is wrong; the field is named where there is one.
    Invalid { field: Option<Cow<'static, str>> },
    /// No valid session.
    Unauthenticated,
    /// A valid caller, but not for this.
    Forbidden,
    /// The first-start wizard has not been finished.
    SetupRequired,
    /// The caller must confirm: `confirm` says what to send.
    ConfirmationRequired { confirm: String },
    /// Too many tries; wait this many seconds.
    RateLimited { retry_after_s: u64 },
    /// At the limit of what this host does at once.
    Busy,
    /// The request body is larger than the limit in bytes.
    TooLarge { limit: u64 },
    /// The id of a request was sent with another request before.
    KeyReused,
    /// The request body took so long that another one needed its place.
    RequestTimeout,
    /// The method is not one of those the path knows (`Allow`).
    MethodNotAllowed { allow: String },
    /// The container engine cannot be reached.
    EngineUnavailable,
    /// A registry cannot be reached.
    RegistryUnavailable,
    /// A certificate authority cannot be reached, or does not work.
    AuthorityUnavailable,
    /// Nothing can be saved: the disk or the database is full, or the database was
    /// deleted. What was saved is not affected.
    StorageFull,
    /// A fault of ours.
    Internal,
}

/// An error that can be shown to a person.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    pub kind: Kind,
    /// What happened and what to do, in plain sentences.
    pub message: String,
    /// More for the log and the expert; never secrets.
    pub detail: Option<String>,
    #[source]
    pub source: Option<Box<dyn std::error::Error + Send + Sync>>,
    /// A stable code that says more than the kind does (`name_taken`, `protected_self` …).
    pub code: Option<&'static str>,
    /// What a container wrote last, where that explains the error. It may hold
    /// secrets: it is shown, and neither stored nor written to the program's log.
    log_lines: Option<Box<LogLines>>,
}

/// Apart, so that an error stays small.
#[derive(Debug)]
struct LogLines(Vec<String>);

pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            detail: None,
            source: None,
            code: None,
            log_lines: None,
        }
    }

    pub fn not_found(message: impl Into<String>) -> Self {
        Self::new(Kind::NotFound, message)
    }

    pub fn conflict(message: impl Into<String>) -> Self {
        Self::new(Kind::Conflict, message)
    }

    /// Wrong input in the named field.
    pub fn invalid(field: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Self::new(
            Kind::Invalid {
                field: Some(field.into()),
            },
            message,
        )
    }

    /// Wrong input that belongs to no single field.
    pub fn bad_request(message: impl Into<String>) -> Self {
        Self::new(Kind::Invalid { field: None }, message)
    }

    pub fn internal(message: impl Into<String>) -> Self {
        Self::new(Kind::Internal, message)
    }

    pub fn code(mut self, code: &'static str) -> Self {
        self.code = Some(code);
        self
    }

    pub fn with_log_lines(mut self, lines: &[String]) -> Self {
        self.log_lines = (!lines.is_empty()).then(|| Box::new(LogLines(lines.to_vec())));
        self
    }

    pub fn log_lines(&self) -> &[String] {
        self.log_lines.as_ref().map_or(&[], |lines| &lines.0)
    }

    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    pub fn source(mut self, source: impl std::error::Error + Send + Sync + 'static) -> Self {
        self.source = Some(Box::new(source));
        self
    }
}
