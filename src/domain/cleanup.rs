//! How long things are kept: sessions to their end, security events 90 days.
//!
//! A clock that was just set, or that may be set yet, removes nothing: a sweep
//! waits until it has run steadily for an hour.

use crate::error::{Error, Result};
use crate::host::clock;
use crate::model::clock_jump::JumpDetector;
use crate::model::timestamp::Timestamp;
use crate::store::{Age, Store};
use std::time::{Duration, Instant};

const SECURITY_EVENTS: Duration = Duration::from_hours(24 * 90);
/// A host without a battery is set soon after its network is up.
const STEADY: Duration = Duration::from_mins(55);

#[derive(Debug)]
pub struct Cleanup {
    store: Store,
    jumps: JumpDetector,
    steady_since: Instant,
}

impl Cleanup {
    pub fn new(store: Store) -> Self {
        Self {
            store,
            jumps: JumpDetector::new(),
            steady_since: Instant::now(),
        }
    }

    /// Returns how many records went. Looks first, so that an idle host writes nothing.
    pub async fn run(&mut self) -> Result<u64> {
        let store = self.store.clone();
        let kept = tokio::task::spawn_blocking(move || {
            store.release_readers();
            store.keep_reserve();
        })
        .await;
        kept.map_err(|error| Error::internal("The cleanup was interrupted.").source(error))?;
        if self.jumps.jumped().is_some() {
            self.steady_since = Instant::now();
        }
        let now = Timestamp::now();
        if self.steady_since.elapsed() < STEADY || !clock::is_plausible(now) {
            return Ok(0);
        }
        let age = Age {
            now,
            events_before: now.minus(SECURITY_EVENTS),
            plausible: clock::is_plausible,
        };
        if !self.store.needs_sweep(&age)? {
            return Ok(0);
        }
        Ok(self.store.sweep(age).await?)
    }
}
