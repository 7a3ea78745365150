//! What can go wrong between us and the engine, and how it is told to a person.
//!
//! The engine's own message is kept word for word: it is often the only text
//! that names the port, the mount or the container in the way. Only the program that
//! it could not start is named as it may be written down.

use super::explain::{Explanation, explain};
use crate::error::{Error, Kind, OUTCOME_UNKNOWN};
use crate::model::program::without_values;
use std::io;

/// A failed call to the engine.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EngineError {
    /// No such container (404). Holds what was asked for.
    #[error("there is no container \"{0}\"")]
    NotFound(String),
    /// Another container that this one needs does not exist (404): whose network,
    /// namespace or volumes it uses. Holds what the engine calls it.
    #[error("the container \"{0}\", which this one needs, does not exist")]
    PartnerMissing(String),
    /// The beginning of an id fits several containers. `matches` holds their names.
    #[error("\"{reference}\" fits more than one container: {}", matches.join(", "))]
    Ambiguous {
        reference: String,
        matches: Vec<String>,
    },
    /// The state of the container, or another one, is in the way (409).
    #[error("{0}")]
    Conflict(String),
    /// The engine does not accept the request (400).
    #[error("{0}")]
    Invalid(String),
    /// The engine cannot be reached. A sentence with the way out.
    #[error("{0}")]
    Unavailable(String),
    /// The connection ended after the request was sent; what was asked may have happened.
    #[error("{0}")]
    BrokeOff(String),
    /// The engine did not answer in time; what was asked may still happen.
    #[error("the engine did not answer within {seconds} seconds")]
    Timeout { seconds: u64 },
    /// The container's logging driver keeps nothing that can be read.
    #[error("the logs of this container cannot be read: {0}")]
    LogsUnreadable(String),
    /// The engine cannot read a log to its end. A sentence with the way out.
    #[error("{0}")]
    LogDamaged(String),
    /// The engine has no such endpoint (404 without a word about a container, an
    /// image or a network).
    #[error("this engine does not offer that ({0})")]
    NotOffered(String),
    /// A proxy in front of the engine does not let the request through. A
    /// sentence with the way out.
    #[error("{0}")]
    Filtered(String),
    /// Any other answer of the engine.
    #[error("{message}")]
    Engine { status: u16, message: String },
    /// An answer that is larger than any sensible one; it was not read.
    #[error("the engine's answer to {path} is larger than {megabytes} MB, and was not read")]
    TooLarge { path: String, megabytes: usize },
    /// An answer that could not be understood.
    #[error("the engine's answer was not understood: {0}")]
    Protocol(String),
}

impl EngineError {
    /// From an HTTP status and the engine's message
    /// (the error responses of the Docker Engine API).
    pub(super) fn from_status(status: u16, message: String, what: &str) -> Self {
        let message = without_values(&message);
        match status {
            // Engine 28 answers 409 where the network partner of a container is gone.
            409 | 500
                if missing(&message).is_some_and(|named| {
                    message.contains("No such container") && !is_same(named, what)
                }) =>
            {
                Self::PartnerMissing(missing(&message).unwrap_or_default().to_owned())
            }
            404 if message.contains("No such container")
                || message.contains("no such container") =>
            {
                match missing(&message) {
                    Some(named) if !is_same(named, what) => Self::PartnerMissing(named.to_owned()),
                    _ => Self::NotFound(what.to_owned()),
                }
            }
            // Docker's and Podman's routers.
            404 if matches!(message.as_str(), "page not found" | "Not Found") => {
                Self::NotOffered(message)
            }
            400 => Self::Invalid(message),
            409 => Self::Conflict(message),
            // Docker's two sentences, and Podman's of the driver `none`.
            _ if [
                "logging driver does not support reading",
                "not support reading logs",
                "is not logging output",
            ]
            .iter()
            .any(|said| message.contains(said)) =>
            {
                Self::LogsUnreadable(message)
            }
            _ => Self::Engine { status, message },
        }
    }

    /// `what` is the container that the call was about.
    pub(super) fn from_bollard(error: bollard::errors::Error, what: &str) -> Self {
        use bollard::errors::Error as B;
        match error {
            B::DockerResponseServerError {
                status_code,
                message,
            } => Self::from_status(status_code, message, what),
            B::IOError { err } => Self::carried(&err).unwrap_or_else(|| Self::from_io(&err)),
            B::HyperResponseError { err } => {
                Self::BrokeOff(format!("The connection to the engine broke off ({err})."))
            }
            B::RequestTimeoutError => Self::Timeout { seconds: 30 },
            other => Self::Protocol(other.to_string()),
        }
    }

    /// The error that the transport handed through bollard.
    pub(super) fn carried(error: &io::Error) -> Option<Self> {
        error.get_ref()?.downcast_ref::<Self>().cloned()
    }

    pub(super) fn from_io(error: &io::Error) -> Self {
        Self::Unavailable(format!("The engine cannot be reached ({error})."))
    }

    /// As an error with the way out, if what the engine says is a known failure.
    fn explained(&self, told: &str) -> Option<Error> {
        let (Self::Engine { message, .. } | Self::Conflict(message) | Self::Invalid(message)) =
            self
        else {
            return None;
        };
        let Explanation { code, sentence } = explain(message)?;
        let kind = if code == "engine_disk_full" {
            Kind::StorageFull
        } else {
            Kind::Conflict
        };
        let error = Error::new(kind, format!("{sentence} The engine said: {told}"));
        Some(error.code(code).detail(message.clone()))
    }

    /// Whether it says something about the engine rather than about the request.
    pub(super) fn is_about_the_connection(&self) -> bool {
        matches!(
            self,
            Self::Unavailable(_) | Self::BrokeOff(_) | Self::Timeout { .. }
        )
    }
}

impl From<EngineError> for Error {
    fn from(error: EngineError) -> Self {
        let told = sentence(&error.to_string());
        if let Some(explained) = error.explained(&told) {
            return explained.source(error);
        }
        match &error {
            EngineError::NotFound(_) => Self::not_found(format!(
                "{told} It may have been removed or renamed; reload the list."
            ))
            .code("container_not_found"),
            EngineError::PartnerMissing(_) => Self::conflict(format!(
                "{told} It shares its network, a namespace or volumes, or is linked to it. Recreate this container without it, or with another one."
            ))
            .code("partner_missing"),
            EngineError::Ambiguous { .. } => Self::new(
                Kind::Conflict,
                format!("{told} Give more digits of the id, or the full name."),
            )
            .code("ambiguous_reference"),
            EngineError::Conflict(_) => Self::conflict(told).code("engine_conflict"),
            EngineError::Invalid(_) => Self::bad_request(told).code("engine_refused"),
            EngineError::Unavailable(_) => {
                Self::new(Kind::EngineUnavailable, told).code("engine_unavailable")
            }
            EngineError::BrokeOff(_) => Self::new(
                Kind::EngineUnavailable,
                format!("{told} It may have carried the request out: look at the container before trying again."),
            )
            .code(OUTCOME_UNKNOWN[0]),
            EngineError::Timeout { .. } => Self::new(
                Kind::EngineUnavailable,
                format!("{told} It may still be busy with the request: look at the container before trying again."),
            )
            .code(OUTCOME_UNKNOWN[1]),
            EngineError::LogsUnreadable(_) => Self::conflict(format!(
                "{told} Recreate it with the logging driver json-file, local or journald to read its logs here."
            ))
            .code("logs_unreadable"),
            EngineError::LogDamaged(_) => Self::conflict(told).code("log_damaged"),
            EngineError::NotOffered(_) => Self::conflict(told).code("engine_lacks"),
            EngineError::Filtered(_) => {
                Self::new(Kind::EngineUnavailable, told).code("engine_filtered")
            }
            EngineError::Engine { status, .. } => {
                // A 5xx of the engine mostly tells of the container (a port in use,
                // a missing mount), so it is a conflict for the person, not our fault.
                let code = "engine_error";
                Self::conflict(told)
                    .code(code)
                    .detail(format!("the engine answered with status {status}"))
            }
            EngineError::TooLarge { .. } => Self::conflict(told).code("engine_answer_too_large"),
            EngineError::Protocol(_) => Self::internal(told).code("engine_protocol"),
        }
        .source(error)
    }
}

/// The container that a message says does not exist: `No such container: web`,
/// or Podman's `no container with name or ID "web" found: no such container`.
fn missing(message: &str) -> Option<&str> {
    let quoted = || message.split('"').nth(1);
    let named = message
        .split_once("o such container:")
        .map(|(_, rest)| rest)
        .or_else(quoted)?;
    let named = named.trim().trim_matches(['"', '.', '/']);
    (!named.is_empty() && !named.contains(' ')).then_some(named)
}

/// Whether two references are one container's: the same text, or an id and the
/// beginning of it.
fn is_same(one: &str, other: &str) -> bool {
    let other = other.trim_start_matches('/');
    let is_id = |text: &str| text.len() >= 12 && text.bytes().all(|b| b.is_ascii_hexdigit());
    one == other
        || (is_id(one) && is_id(other) && (one.starts_with(other) || other.starts_with(one)))
        // Asked for by name, answered with the id: it cannot be told, and is mostly the same.
        || (is_id(one) && !is_id(other) && !other.is_empty())
}

/// Starts with a capital and ends with a full stop.
fn sentence(text: &str) -> String {
    let text = text.trim();
    let mut chars = text.chars();
    let mut out: String = match chars.next() {
        Some(first) => first.to_uppercase().chain(chars).collect(),
        None => "The engine gave no reason".to_owned(),
    };
    if !out.ends_with(['.', '!', '?']) {
        out.push('.');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn engine_message_is_preserved_in_the_reported_error() {
        let text = "driver failed programming external connectivity: Bind for 0.0.0.0:80 failed: port is already allocated";
        let error = Error::from(EngineError::from_status(500, text.to_owned(), "web"));
        assert_eq!(error.kind, Kind::Conflict);
        assert_eq!(error.code, Some("port_taken"));
        assert!(error.message.starts_with("Port 80 of this host is used"));
        assert!(
            error
                .message
                .contains("Bind for 0.0.0.0:80 failed: port is already allocated.")
        );
    }

    #[test]
    fn engine_status_and_message_determine_the_error_kind() {
        let kind = |status, text: &str| {
            Error::from(EngineError::from_status(status, text.into(), "x")).kind
        };
        assert_eq!(kind(404, "No such container: x"), Kind::NotFound);
        assert_eq!(kind(404, "no such image"), Kind::Conflict);
        assert_eq!(kind(409, "is paused"), Kind::Conflict);
        assert_eq!(kind(400, "bad"), Kind::Invalid { field: None });
    }

    #[test]
    fn not_found_endpoint_is_reported_as_not_offered() {
        for message in ["Not Found", "page not found"] {
            let error = EngineError::from_status(404, message.into(), "x");
            assert!(matches!(error, EngineError::NotOffered(_)), "{message}");
            assert_eq!(Error::from(error).code, Some("engine_lacks"));
        }
    }

    #[test]
    fn missing_partner_container_is_distinguished_from_the_requested_one() {
        let id = "16fbb3ab00dc".repeat(5);
        let error = |text: &str, what: &str| EngineError::from_status(404, text.into(), what);
        let missing = |text: &str| matches!(error(text, &id), EngineError::NotFound(_));
        assert!(missing(&format!("No such container: {id}")));
        assert!(missing(&format!(
            "no container with name or ID \"{id}\" found: no such container"
        )));
        assert!(missing("No such container"));
        let other = "a".repeat(64);
        assert_eq!(
            error(&format!("No such container: {other}"), &id),
            EngineError::PartnerMissing(other.clone())
        );
        assert_eq!(
            EngineError::from_status(
                409,
                format!("joining network namespace of container: No such container: {other}"),
                &id
            ),
            EngineError::PartnerMissing(other)
        );
        assert_eq!(
            Error::from(error("No such container: db", "")).code,
            Some("partner_missing")
        );
    }

    #[test]
    fn unreadable_logging_driver_is_reported_as_logs_unreadable() {
        let error = EngineError::from_status(
            501,
            "configured logging driver does not support reading".into(),
            "x",
        );
        assert!(matches!(error, EngineError::LogsUnreadable(_)));
        assert_eq!(Error::from(error).code, Some("logs_unreadable"));
    }

    #[test]
    fn sentence_is_capitalized_and_punctuated_with_a_fallback_for_empty_text() {
        assert_eq!(sentence("no such thing"), "No such thing.");
        assert_eq!(sentence("Done!"), "Done!");
        assert_eq!(sentence(""), "The engine gave no reason.");
    }
}
