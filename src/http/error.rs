//! The one match from [`Kind`] to a status and a stable code, and the problem
//! document (RFC 9457) that says it.

use super::reply::{self, Reply};
use crate::error::{Error, Kind};
use crate::model::timestamp::Timestamp;
use hyper::StatusCode;
use hyper::header::{ALLOW, CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use serde::Serialize;
use utoipa::ToSchema;

/// `application/problem+json`.
#[derive(Debug, Serialize, ToSchema)]
pub struct Problem {
    /// `urn:dockermate:problem:<code>`.
    #[serde(rename = "type")]
    pub kind: String,
    pub title: &'static str,
    pub status: u16,
    /// What happened and what to do.
    pub detail: String,
    /// Stable code, for programs.
    pub error: &'static str,
    /// The wrong field, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// What to send as `confirm`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confirm: Option<String>,
    /// Seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u64>,
    /// Since when the engine has not answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
    /// What a container wrote last, where that explains the problem.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub log_lines: Vec<String>,
}

/// Status, title and the code that stands when the error has none of its own.
fn classify(kind: &Kind) -> (StatusCode, &'static str, &'static str) {
    match kind {
        Kind::NotFound => (StatusCode::NOT_FOUND, "Not found", "not_found"),
        Kind::Conflict => (StatusCode::CONFLICT, "Conflict", "conflict"),
        Kind::Invalid { .. } => (StatusCode::BAD_REQUEST, "Invalid input", "invalid"),
        Kind::Unauthenticated => (
            StatusCode::UNAUTHORIZED,
            "Login required",
            "unauthenticated",
        ),
        Kind::Forbidden => (StatusCode::FORBIDDEN, "Not allowed", "forbidden"),
        Kind::SetupRequired => (StatusCode::CONFLICT, "Setup required", "setup_required"),
        Kind::ConfirmationRequired { .. } => (
            StatusCode::PRECONDITION_REQUIRED,
            "Confirmation required",
            "confirmation_required",
        ),
        Kind::RateLimited { .. } => (
            StatusCode::TOO_MANY_REQUESTS,
            "Too many attempts",
            "rate_limited",
        ),
        Kind::Busy => (StatusCode::SERVICE_UNAVAILABLE, "Busy", "busy"),
        Kind::TooLarge { .. } => (StatusCode::PAYLOAD_TOO_LARGE, "Too large", "too_large"),
        Kind::KeyReused => (
            StatusCode::UNPROCESSABLE_ENTITY,
            "Key used before",
            "idempotency_key_reused",
        ),
        Kind::RequestTimeout => (
            StatusCode::REQUEST_TIMEOUT,
            "Request timeout",
            "request_timeout",
        ),
        Kind::MethodNotAllowed { .. } => (
            StatusCode::METHOD_NOT_ALLOWED,
            "Method not allowed",
            "method_not_allowed",
        ),
        Kind::EngineUnavailable => (
            StatusCode::SERVICE_UNAVAILABLE,
            "Engine unavailable",
            "engine_unavailable",
        ),
        Kind::RegistryUnavailable => (
            StatusCode::BAD_GATEWAY,
            "Registry unavailable",
            "registry_unavailable",
        ),
        Kind::AuthorityUnavailable => (
            StatusCode::BAD_GATEWAY,
            "Certificate authority unavailable",
            "authority_unavailable",
        ),
        Kind::StorageFull => (
            StatusCode::INSUFFICIENT_STORAGE,
            "Not saved",
            "storage_full",
        ),
        Kind::Internal => (
            StatusCode::INTERNAL_SERVER_ERROR,
            "Internal error",
            "internal",
        ),
    }
}

pub fn problem(error: &Error) -> Problem {
    let (status, title, code) = classify(&error.kind);
    let code = error.code.unwrap_or(code);
    Problem {
        kind: format!("urn:dockermate:problem:{code}"),
        title,
        status: status.as_u16(),
        detail: error.message.clone(),
        error: code,
        field: match &error.kind {
            Kind::Invalid { field: Some(field) } => Some(field.to_string()),
            _ => None,
        },
        confirm: match &error.kind {
            Kind::ConfirmationRequired { confirm } => Some(confirm.clone()),
            _ => None,
        },
        retry_after: match error.kind {
            Kind::RateLimited { retry_after_s } => Some(retry_after_s),
            _ => None,
        },
        since: None,
        log_lines: error.log_lines().to_vec(),
    }
}

/// Headers that belong to the error whatever form its body has.
pub fn decorate(error: &Error, reply: &mut Reply) {
    let headers = reply.headers_mut();
    match &error.kind {
        Kind::RateLimited { retry_after_s } => {
            headers.insert(RETRY_AFTER, HeaderValue::from(*retry_after_s));
        }
        Kind::Busy | Kind::EngineUnavailable => {
            headers.insert(RETRY_AFTER, HeaderValue::from_static("5"));
        }
        Kind::MethodNotAllowed { allow } => {
            if let Ok(allow) = HeaderValue::from_str(allow) {
                headers.insert(ALLOW, allow);
            }
        }
        _ => {}
    }
}

/// Logs a failure of ours, here and nowhere else.
pub fn log(error: &Error, method: &hyper::Method, path: &str) {
    if error.kind != Kind::Internal {
        tracing::debug!(%method, path, %error, detail = error.detail, "refused");
        return;
    }
    let mut causes = String::new();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        causes.push_str(": ");
        causes.push_str(&cause.to_string());
        source = cause.source();
    }
    tracing::error!(%method, path, %error, detail = error.detail, causes, "failed");
}

/// The error as a problem document.
pub fn reply(error: &Error) -> Reply {
    reply_since(error, None)
}

/// The same, with the moment since when it is so.
pub fn reply_since(error: &Error, since: Option<Timestamp>) -> Reply {
    let problem = Problem {
        since,
        ..problem(error)
    };
    let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let bytes = serde_json::to_vec(&problem).unwrap_or_default();
    let mut reply = reply::with(status, "application/problem+json", bytes);
    reply.headers_mut().insert(
        CONTENT_TYPE,
        HeaderValue::from_static("application/problem+json"),
    );
    decorate(error, &mut reply);
    reply
}
