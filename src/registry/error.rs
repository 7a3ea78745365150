//! Why a registry did not give what was asked for. What a registry says itself
//! is untrusted and not repeated; what is told is what it means.

use crate::model::characters::one_line;
use crate::model::timestamp::Timestamp;

/// Of a reason: the names in a certificate are in it, and whoever made that wrote them.
const LONGEST: usize = 300;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RegistryError {
    /// Also for what does not exist, which many registries do not tell from it.
    #[error("{registry} requires a login for {repository}, or does not have it")]
    LoginNeeded {
        registry: String,
        repository: String,
    },
    #[error(
        "{registry} refuses the login that is stored for it, or it does not allow access to {repository}"
    )]
    LoginRefused {
        registry: String,
        repository: String,
    },
    #[error("{registry} has reached its rate limit for this address or login")]
    RateLimited {
        registry: String,
        /// When it may be asked again, where it says so.
        retry_at: Option<Timestamp>,
    },
    #[error("{registry} does not have {what}")]
    NotFound { registry: String, what: String },
    #[error("{registry} cannot be reached: {why}")]
    Unreachable { registry: String, why: String },
    #[error("{registry} gave an answer that is not valid: {why}")]
    InvalidAnswer { registry: String, why: String },
    #[error("{registry} gave an answer that is too large: {what} is over {limit} bytes")]
    TooLarge {
        registry: String,
        what: &'static str,
        limit: usize,
    },
}

impl RegistryError {
    pub(super) fn invalid(registry: &str, why: impl Into<String>) -> Self {
        Self::InvalidAnswer {
            registry: registry.to_owned(),
            why: one_line(&why.into(), LONGEST),
        }
    }

    pub(super) fn unreachable(registry: &str, why: impl Into<String>) -> Self {
        Self::Unreachable {
            registry: registry.to_owned(),
            why: one_line(&why.into(), LONGEST),
        }
    }

    /// Whatever else is asked for in the same way meets the same.
    pub(super) fn is_general(&self) -> bool {
        matches!(self, Self::Unreachable { .. } | Self::RateLimited { .. })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reason_is_one_line_of_bounded_length_whatever_a_certificate_names() {
        let names = format!(
            "not valid for \u{202e}x\n{}",
            "evil.example ".repeat(10_000)
        );
        for error in [
            RegistryError::unreachable("a", names.as_str()),
            RegistryError::invalid("a", names.as_str()),
        ] {
            let told = error.to_string();
            assert!(told.chars().count() < 400, "{}", told.len());
            assert!(!told.contains(['\n', '\u{202e}']), "{told}");
        }
    }
}
