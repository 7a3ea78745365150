//! What is the same for every session: how to connect, for how long to wait,
//! where certificates and logins are.

use super::answer::Room;
use super::error::RegistryError;
use super::logins::Logins;
use super::plain::PlainRegistries;
use super::pool::Timeouts;
use super::pools::Pools;
use super::session::{LoginCheck, RegistrySession};
use crate::https::{Connector, Protocols, Proxies, Trust};
use crate::model::reference::Reference;
use crate::model::registry::{RegistryLogin, RegistryPolicy};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// What the registry adapter is told at the start.
#[derive(Debug, Clone)]
pub struct RegistrySettings {
    pub logins: Logins,
    /// A folder for each `host[:port]` with `*.crt`, `*.cert` and `*.key`, as the
    /// engine reads it.
    pub certificates: PathBuf,
    pub connect_timeout: Duration,
    pub answer_timeout: Duration,
    pub body_timeout: Duration,
}

impl RegistrySettings {
    pub fn from_environment(logins: Logins) -> Self {
        Self {
            logins,
            certificates: PathBuf::from("/etc/docker/certs.d"),
            connect_timeout: Duration::from_secs(10),
            answer_timeout: Duration::from_secs(15),
            body_timeout: Duration::from_secs(30),
        }
    }
}

/// A handle. Nothing is open between sessions.
#[derive(Debug, Clone)]
pub struct RegistryClient {
    settings: Arc<RegistrySettings>,
    room: Room,
    plain: PlainRegistries,
}

impl RegistryClient {
    pub fn new(settings: RegistrySettings) -> Self {
        Self {
            settings: Arc::new(settings),
            room: Room::new(),
            plain: PlainRegistries::default(),
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
        let logins = self.settings.logins.clone();
        self.open(policy, logins, expected).await
    }

    /// Asks a registry whether it accepts a login: the one that is given, or the one
    /// that is used for it otherwise. It is shown to that registry and its token
    /// service, and to nobody that they redirect to.
    pub async fn check_login(
        &self,
        policy: RegistryPolicy,
        registry: &str,
        given: Option<RegistryLogin>,
    ) -> Result<LoginCheck, RegistryError> {
        let logins = match given {
            Some(login) => Logins::single(registry, login),
            None => self.settings.logins.clone(),
        };
        let session = self.open(policy, logins, &[]).await?;
        session.check_login(registry).await
    }

    async fn open(
        &self,
        policy: RegistryPolicy,
        logins: Logins,
        expected: &[Reference],
    ) -> Result<RegistrySession, RegistryError> {
        let reading = tokio::task::spawn_blocking(|| Trust::new(&[], None, Protocols::Http2));
        let unusable = |why: String| RegistryError::unreachable("any registry", why);
        let trust = reading
            .await
            .map_err(|error| unusable(error.to_string()))?
            .map_err(|error| unusable(error.to_string()))?;
        let settings = &self.settings;
        let timeouts = Timeouts {
            answer: settings.answer_timeout,
            body: settings.body_timeout,
        };
        let proxies = Arc::new(Proxies::from_environment());
        let connector = Connector::new(proxies, settings.connect_timeout);
        let certificates = settings.certificates.clone();
        let pools = Pools::new(
            connector,
            (timeouts, self.room.clone()),
            certificates,
            trust,
            policy,
        );
        Ok(RegistrySession::new(
            pools,
            logins,
            self.plain.clone(),
            expected,
        ))
    }
}
