//! The connections of a session, by origin, each with the certificates that count
//! there.

use super::answer::Room;
use super::certificates::OwnCertificates;
use super::error::RegistryError;
use super::pool::{Failure, Pool, Timeouts};
use crate::https::{ClientError, Connector, HttpOrigin, Protocols, Trust};
use crate::model::registry::RegistryPolicy;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

#[derive(Debug)]
pub(super) struct Pools {
    connector: Connector,
    timeouts: Timeouts,
    room: Room,
    /// A folder for each `host[:port]`.
    certificates: PathBuf,
    /// In the public authorities and the machine's.
    trust: Trust,
    pub policy: RegistryPolicy,
    by_origin: Mutex<HashMap<(HttpOrigin, bool), Arc<Pool>>>,
}

impl Pools {
    pub fn new(
        connector: Connector,
        (timeouts, room): (Timeouts, Room),
        certificates: PathBuf,
        trust: Trust,
        policy: RegistryPolicy,
    ) -> Self {
        Self {
            connector,
            timeouts,
            room,
            certificates,
            trust,
            policy,
            by_origin: Mutex::default(),
        }
    }

    /// The connections to an origin.
    pub fn pool(&self, origin: &HttpOrigin, is_insecure: bool) -> Result<Arc<Pool>, String> {
        let key = (origin.clone(), is_insecure);
        let mut pools = self
            .by_origin
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(pool) = pools.get(&key) {
            return Ok(Arc::clone(pool));
        }
        let trust = self.trust_for(origin, is_insecure)?;
        let connector = self.connector.clone();
        let pool = Pool::new(
            origin.clone(),
            connector,
            trust,
            self.timeouts,
            self.room.clone(),
        );
        let pool = Arc::new(pool);
        pools.insert(key, Arc::clone(&pool));
        Ok(pool)
    }

    /// Those to a token service.
    pub fn of_token_service(&self, origin: &HttpOrigin) -> Result<Arc<Pool>, String> {
        self.pool(origin, self.policy.is_insecure(&origin.authority()))
    }

    fn trust_for(&self, origin: &HttpOrigin, is_insecure: bool) -> Result<Trust, String> {
        let own = OwnCertificates::read(&self.certificates, &origin.authority())?;
        if own.is_none() && !is_insecure {
            return Ok(self.trust.clone());
        }
        let own = own.unwrap_or_default();
        let identity = own.identity.as_ref();
        let authorities: Vec<&Path> = own.authorities.iter().map(PathBuf::as_path).collect();
        // Authorities that were named for a registry are believed, on this machine too.
        let trust = if is_insecure && authorities.is_empty() {
            Trust::unverified(identity, Protocols::Http2)
        } else {
            Trust::new(&authorities, identity, Protocols::Http2)
        };
        trust.map_err(|error| error.to_string())
    }
}

/// What a failed exchange means.
pub(super) fn explain(failure: Failure, registry: &str) -> RegistryError {
    let error = match failure {
        Failure::Registry(error) => return error,
        Failure::Client(error) => error,
    };
    tracing::debug!(registry, %error, "a registry could not be asked");
    if let ClientError::Private { .. } = error {
        return RegistryError::invalid(
            registry,
            "it is on the internet and leads to an address of a private network",
        );
    }
    RegistryError::unreachable(registry, explained(&error))
}

fn explained(error: &ClientError) -> String {
    match error {
        ClientError::Silent { host } => format!("{host} did not answer in time"),
        ClientError::Connect { host, cause } => match cause.kind() {
            std::io::ErrorKind::ConnectionRefused => format!("{host} refuses connections"),
            std::io::ErrorKind::TimedOut => format!("{host} did not answer in time"),
            _ => format!("{host} could not be connected ({cause})"),
        },
        ClientError::Broken { host, cause } => {
            let source = std::error::Error::source(cause);
            let why = source.map_or_else(|| cause.to_string(), ToString::to_string);
            format!("the connection to {host} was lost ({why})")
        }
        other => other.to_string(),
    }
}
