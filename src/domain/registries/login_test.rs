//! Trying a login: the registry itself is asked, as `docker login` asks it.

use super::change::shown;
use super::{Registries, check};
use crate::error::{Error, Kind, Result};
use crate::model::registry::{RegistryLogin, SecretText};
use crate::model::timestamp::Timestamp;
use crate::registry::{LoginCheck, RegistryError};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use tokio::time::timeout;
use utoipa::ToSchema;

/// All requests of one test together.
const PATIENCE: Duration = Duration::from_secs(30);

/// What is to be tried; without both, the login that is used for the registry now.
// It has no `Debug`: its secret is in no log.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LoginTestRequest {
    pub username: Option<String>,
    #[schema(value_type = Option<String>, format = Password, write_only)]
    pub secret: Option<SecretText>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LoginTestOutcome {
    Accepted,
    Refused,
    /// The registry gave no answer from which it can be told.
    Unreachable,
    /// The registry asks nobody for a login, so this one was not looked at.
    NotAsked,
}

/// What the registry said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct LoginTestResult {
    pub registry: String,
    pub outcome: LoginTestOutcome,
    /// The outcome in a sentence, with what to do.
    pub message: String,
    /// When it may be asked again, where it has had too many requests and says so.
    pub retry_at: Option<Timestamp>,
}

impl Registries {
    /// # Errors
    /// Invalid fields; when there is nothing to try; when many are tried at once.
    pub async fn test(&self, registry: &str, request: LoginTestRequest) -> Result<LoginTestResult> {
        let registry = check::registry(registry)?;
        let given = given(request)?;
        let Ok(_permit) = self.tests.try_acquire() else {
            return Err(Error::new(
                Kind::Busy,
                "Several logins are being tested already. Try again in a moment.",
            ));
        };
        // What it was told of mirrors and insecure registries; without an engine nothing.
        let policy = self.engine.registry_policy().await.unwrap_or_default();
        let checking = self.client.check_login(policy, &registry, given);
        let Ok(checked) = timeout(PATIENCE, checking).await else {
            let why = format!("it did not answer within {} seconds", PATIENCE.as_secs());
            return Ok(unreachable(&registry, &why));
        };
        let shown = shown(&registry).to_owned();
        let (outcome, message) = match checked {
            Ok(LoginCheck::Missing) => {
                return Err(Error::not_found(format!(
                    "There is no login at {shown} to test. Enter one."
                ))
                .code("registry_login_not_found"));
            }
            Ok(LoginCheck::Accepted) => (
                LoginTestOutcome::Accepted,
                format!("{shown} accepts this login."),
            ),
            Ok(LoginCheck::Refused) => (
                LoginTestOutcome::Refused,
                format!(
                    "{shown} refuses this user name and secret. Check both; with two-factor authentication most registries want an access token instead of the password."
                ),
            ),
            Ok(LoginCheck::NotAsked) => (
                LoginTestOutcome::NotAsked,
                format!("{shown} answers without a login, so this one was not checked."),
            ),
            Err(error) => return Ok(failed(registry, &error)),
        };
        Ok(LoginTestResult {
            registry,
            outcome,
            message,
            retry_at: None,
        })
    }
}

fn given(request: LoginTestRequest) -> Result<Option<RegistryLogin>> {
    match (request.username, request.secret) {
        (None, None) => Ok(None),
        (Some(username), Some(secret)) => check::login(&username, &secret.0).map(Some),
        (Some(_), None) => Err(Error::invalid(
            "secret",
            "Enter the password or token too: a stored one is not used with another user name.",
        )),
        (None, Some(_)) => Err(Error::invalid("username", "Enter the user name too.")),
    }
}

fn failed(registry: String, error: &RegistryError) -> LoginTestResult {
    let (why, retry_at) = match error {
        RegistryError::RateLimited { retry_at, .. } => (
            "it has reached its limit of requests for this address or login".to_owned(),
            *retry_at,
        ),
        RegistryError::Unreachable { why, .. } | RegistryError::InvalidAnswer { why, .. } => {
            (why.clone(), None)
        }
        // It wants a login of another kind than a user name and a secret.
        RegistryError::LoginNeeded { .. } => (
            "it asks for a login of another kind than the one that is there".to_owned(),
            None,
        ),
        other => (other.to_string(), None),
    };
    LoginTestResult {
        retry_at,
        ..unreachable(&registry, &why)
    }
}

fn unreachable(registry: &str, why: &str) -> LoginTestResult {
    LoginTestResult {
        registry: registry.to_owned(),
        outcome: LoginTestOutcome::Unreachable,
        message: format!(
            "{} could not be asked, so the login was not checked: {why}. Check the name of the registry and the network of this host, and try again.",
            shown(registry)
        ),
        retry_at: None,
    }
}
