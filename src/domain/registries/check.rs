//! What is entered for a registry: checked field by field. Pure.

use crate::error::{Error, Result};
use crate::model::registry::{RegistryLogin, registry_name};

const LONGEST_USERNAME: usize = 255;
/// Tokens of the large clouds have up to 5,000.
const LONGEST_SECRET: usize = 8192;

/// The one name of a registry.
///
/// # Errors
/// Names the field `registry`.
pub(super) fn registry(text: &str) -> Result<String> {
    registry_name(text).map_err(|why| Error::invalid("registry", why))
}

/// # Errors
/// Names the field, and never repeats what is in it.
pub(super) fn login(username: &str, secret: &str) -> Result<RegistryLogin> {
    let username = username.trim();
    if username.is_empty() {
        return Err(Error::invalid(
            "username",
            "Enter the user name. Where a registry has only tokens, its documentation says which name goes with them.",
        ));
    }
    if username.len() > LONGEST_USERNAME {
        return Err(Error::invalid(
            "username",
            format!("It is longer than {LONGEST_USERNAME} bytes. Enter only the user name."),
        ));
    }
    if username.chars().any(char::is_control) {
        return Err(Error::invalid(
            "username",
            "It contains a line break or another control character. Enter it again by hand.",
        ));
    }
    // RFC 7617: it ends the user name.
    if username.contains(':') {
        return Err(Error::invalid(
            "username",
            "It contains a colon. Enter only the user name, and the password or token in its own field.",
        ));
    }
    if secret.is_empty() {
        return Err(Error::invalid("secret", "Enter the password or token."));
    }
    if secret.len() > LONGEST_SECRET {
        return Err(Error::invalid(
            "secret",
            format!(
                "It is longer than {LONGEST_SECRET} bytes. Enter a password or an access token, not a file."
            ),
        ));
    }
    if secret.chars().any(char::is_control) {
        return Err(Error::invalid(
            "secret",
            "It contains a line break or another control character. Paste the password or token as one line.",
        ));
    }
    Ok(RegistryLogin {
        username: username.to_owned(),
        secret: secret.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Kind;

    #[test]
    fn user_name_is_trimmed_and_the_secret_is_kept_as_it_is() {
        let login = login(" me ", " a:b c ").unwrap();
        assert_eq!((&*login.username, &*login.secret), ("me", " a:b c "));
        assert!(super::login(&"u".repeat(255), &"s".repeat(8192)).is_ok());
    }

    #[test]
    fn hostile_fields_are_refused_by_name_and_not_repeated() {
        let large = "hunter2".repeat(150_000);
        for (username, secret, field) in [
            ("", "hunter2", "username"),
            ("  ", "hunter2", "username"),
            ("me:hunter2", "hunter2", "username"),
            ("hunter2\r\nX: y", "hunter2", "username"),
            (large.as_str(), "hunter2", "username"),
            ("me", "", "secret"),
            ("me", "hunter2\r\nX-Evil: 1", "secret"),
            ("me", "hunter2\n", "secret"),
            ("me", "hunter2\u{0}", "secret"),
            ("me", "hunter2\u{85}", "secret"),
            ("me", large.as_str(), "secret"),
        ] {
            let error = login(username, secret).unwrap_err();
            let Kind::Invalid { field: found } = &error.kind else {
                panic!("{error:?}");
            };
            assert_eq!(found.as_deref(), Some(field));
            assert!(!error.message.contains("hunter2"), "{error}");
        }
    }
}
