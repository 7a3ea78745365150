//! The security log: who came in, who tried to, what changed.

use crate::error::Result;
use crate::model::security::SecurityEvent;
use crate::model::timestamp::Timestamp;
use crate::store::Store;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Events kept at most, however many there are within their 90 days.
const KEEP: u64 = 5000;
/// Blocked tries are written at most this often.
const SPARSE: Duration = Duration::from_mins(1);

/// A device that has logged in before, by an id that tells nothing else.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Device(pub(super) String);

/// What one client holds: whoever has one IPv6 address has all of its network, a
/// household's /64 of the internet, and as many as it likes of the local ones.
pub fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(six) => IpAddr::V6((u128::from(six) >> 64 << 64).into()),
        four => four,
    }
}

/// Where a request comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Client {
    pub ip: IpAddr,
    /// As sent, cut to a sane length, control characters removed.
    pub user_agent: String,
    /// Whether a browser sent it. Programs do not say so.
    pub is_browser: bool,
    /// The device, if it has logged in before and says so.
    pub device: Option<Device>,
    /// The address is that of a proxy which did not say for whom it asks.
    pub is_vague: bool,
}

impl Client {
    pub fn new(ip: IpAddr, user_agent: &str, is_browser: bool) -> Self {
        Self {
            ip: ip.to_canonical(),
            is_browser,
            device: None,
            is_vague: false,
            user_agent: user_agent
                .chars()
                .filter(|c| !c.is_control())
                .take(200)
                .collect(),
        }
    }

    /// This program, by its own schedule.
    pub fn program() -> Self {
        Self::new(IpAddr::from([127, 0, 0, 1]), "DockerMate", false)
    }

    /// The console of this machine.
    pub fn console() -> Self {
        Self::new(IpAddr::from([127, 0, 0, 1]), "console", false)
    }
}

/// The same without a runtime, for the command line.
pub fn record_blocking(store: &Store, client: &Client, event_type: &str) {
    let outcome = store.add_security_event_blocking(&event(client, event_type, true, ""), KEEP);
    if let Err(error) = outcome {
        tracing::error!(%error, "the security event was not stored");
    }
}

fn event(client: &Client, event_type: &str, success: bool, details: &str) -> SecurityEvent {
    SecurityEvent {
        id: 0,
        event_type: event_type.to_owned(),
        ip_address: client.ip.to_string(),
        user_agent: client.user_agent.clone(),
        success,
        details: details.to_owned(),
        created_at: Timestamp::now(),
    }
}

#[derive(Debug, Clone)]
pub struct SecurityLog {
    store: Store,
    last_sparse: Arc<Mutex<Option<Instant>>>,
}

impl SecurityLog {
    pub fn new(store: Store) -> Self {
        Self {
            store,
            last_sparse: Arc::default(),
        }
    }

    /// Writes an event. A full disk must not keep the owner from logging in, so
    /// a failure to write is only logged.
    pub async fn add(&self, client: &Client, event_type: &str, success: bool, details: &str) {
        let event = event(client, event_type, success, details);
        tracing::info!(event = event_type, address = %client.ip, success, details, "security");
        if let Err(error) = self.store.add_security_event(event, KEEP).await {
            tracing::error!(%error, "the security event was not stored");
        }
    }

    /// For events that anonymous clients can cause without limit.
    pub async fn add_sparsely(&self, client: &Client, event_type: &str) {
        {
            let mut last = self
                .last_sparse
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            if last.is_some_and(|at| at.elapsed() < SPARSE) {
                return;
            }
            *last = Some(Instant::now());
        }
        self.add(
            client,
            event_type,
            false,
            "more within the same minute are not listed",
        )
        .await;
    }

    /// The newest `most`, newest first.
    pub fn list(&self, most: usize) -> Result<Vec<SecurityEvent>> {
        Ok(self.store.security_events(most)?)
    }
}
