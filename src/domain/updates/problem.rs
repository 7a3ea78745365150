//! What a registry's refusal means for the person, and what to do. Pure.

use crate::error::{Error, Kind};
use crate::model::reference::DOCKER_HUB;
use crate::model::timestamp::Timestamp;
use crate::model::update::UnknownReason;
use crate::registry::RegistryError;
use crate::store::ProblemRecord;
use std::time::Duration;

/// Until a registry is asked again that has reached its limit and does not say when.
const LIMITED: Duration = Duration::from_mins(15);

pub(super) fn problem(error: &RegistryError) -> ProblemRecord {
    let (reason, message) = match error {
        RegistryError::LoginNeeded {
            registry,
            repository,
        } => (
            UnknownReason::Login,
            format!(
                "{registry} does not show {repository} without a login, or does not have it. \
                 Check the name, or enter a login for {} under Registries.",
                server(registry)
            ),
        ),
        RegistryError::LoginRefused {
            registry,
            repository,
        } => (
            UnknownReason::Login,
            format!(
                "{registry} does not accept the login that is used for {repository}. \
                 Test or replace the login for {} under Registries.",
                server(registry)
            ),
        ),
        RegistryError::RateLimited { registry, .. } => (
            UnknownReason::RateLimited,
            format!(
                "{registry} has reached its limit of requests for this address or login. It is asked again later."
            ),
        ),
        RegistryError::NotFound { registry, what } => (
            UnknownReason::NotFound,
            format!(
                "{registry} does not have {what}. The tag was removed, or the image was built on this host."
            ),
        ),
        RegistryError::Unreachable { registry, why } => (
            UnknownReason::Unreachable,
            format!("{registry} cannot be asked: {why}. Check the network and DNS of this host."),
        ),
        RegistryError::InvalidAnswer { registry, why } => (
            UnknownReason::InvalidAnswer,
            format!("{registry} gave an answer that cannot be used: {why}."),
        ),
        RegistryError::TooLarge {
            registry,
            what,
            limit,
        } => (
            UnknownReason::InvalidAnswer,
            format!(
                "{registry} gave an answer that cannot be used: {what} is larger than {limit} bytes."
            ),
        ),
    };
    ProblemRecord {
        reason,
        message,
        retry_at: retry_at(error),
    }
}

fn retry_at(error: &RegistryError) -> Option<Timestamp> {
    match error {
        RegistryError::RateLimited { retry_at, .. } => {
            Some(retry_at.unwrap_or_else(|| Timestamp::now().plus(LIMITED)))
        }
        _ => None,
    }
}

/// As the page calls it.
fn server(registry: &str) -> &str {
    if registry == DOCKER_HUB {
        "Docker Hub"
    } else {
        registry
    }
}

/// The same as an answer to a request.
pub(super) fn refusal(error: RegistryError) -> Error {
    let problem = problem(&error);
    let (kind, code) = match problem.reason {
        UnknownReason::Login => (Kind::Conflict, "image_denied"),
        UnknownReason::NotFound => (Kind::Conflict, "image_not_found"),
        UnknownReason::RateLimited => (Kind::RegistryUnavailable, "registry_rate_limited"),
        UnknownReason::Unreachable => (Kind::RegistryUnavailable, "registry_unavailable"),
        _ => (Kind::RegistryUnavailable, "registry_invalid_answer"),
    };
    Error::new(kind, problem.message).code(code).source(error)
}
