//! What is the same for every session: how to connect, for how long to wait,
//! where certificates and logins are.

use super::error::RegistryError;
use super::logins::LoginFiles;
use super::session::RegistrySession;
use crate::https::{Connector, Protocols, Proxies, Trust};
use crate::model::reference::Reference;
use crate::model::registry::RegistryPolicy;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// How long a registry is waited for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Timeouts {
    pub connect: Duration,
    /// From the request to the head of its answer.
    pub answer: Duration,
    /// From there to its end.
    pub body: Duration,
}

/// What the registry adapter is told at the start.
#[derive(Debug, Clone)]
pub struct RegistrySettings {
    pub logins: LoginFiles,
    /// A folder for each `host[:port]` with `*.crt`, `*.cert` and `*.key`, as the
    /// engine reads it.
    pub certificates: PathBuf,
    pub connect_timeout: Duration,
    pub answer_timeout: Duration,
    pub body_timeout: Duration,
}

impl RegistrySettings {
    pub fn from_environment(logins: LoginFiles) -> Self {
        Self {
            logins,
            certificates: PathBuf::from("/etc/docker/certs.d"),
            connect_timeout: Duration::from_secs(10),
            answer_timeout: Duration::from_secs(15),
            body_timeout: Duration::from_secs(30),
        }
    }
}

/// A handle: clones share nothing but settings. Nothing is open between sessions.
#[derive(Debug, Clone)]
pub struct RegistryClient {
    pub(super) inner: Arc<Inner>,
}

#[derive(Debug)]
pub(super) struct Inner {
    pub settings: RegistrySettings,
    pub timeouts: Timeouts,
    pub connector: Connector,
}

impl RegistryClient {
    pub fn new(settings: RegistrySettings) -> Self {
        let timeouts = Timeouts {
            connect: settings.connect_timeout,
            answer: settings.answer_timeout,
            body: settings.body_timeout,
        };
        let proxies = Arc::new(Proxies::from_environment());
        Self {
            inner: Arc::new(Inner {
                connector: Connector::new(proxies, timeouts.connect),
                settings,
                timeouts,
            }),
        }
    }

    /// Opens a session: connections and tokens are kept until it is dropped. Access
    /// to what is `expected` is asked for together where a registry allows that.
    ///
    /// # Errors
    /// When the list of trusted authorities cannot be used.
    pub async fn session(
        &self,
        policy: RegistryPolicy,
        expected: &[Reference],
    ) -> Result<RegistrySession, RegistryError> {
        let reading = tokio::task::spawn_blocking(|| Trust::new(&[], None, Protocols::Http2));
        let unusable = |why: String| RegistryError::unreachable("any registry", why);
        let trust = reading
            .await
            .map_err(|error| unusable(error.to_string()))?
            .map_err(|error| unusable(error.to_string()))?;
        Ok(RegistrySession::new(self.clone(), trust, policy, expected))
    }
}
