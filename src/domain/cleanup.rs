//! How long things are kept: sessions to their end, security events 90 days
//! (section 20.2 of the design).

use crate::error::Result;
use crate::model::timestamp::Timestamp;
use crate::store::Store;
use std::time::Duration;

const SECURITY_EVENTS: Duration = Duration::from_hours(24 * 90);

#[derive(Debug, Clone)]
pub struct Cleanup {
    store: Store,
}

impl Cleanup {
    pub fn new(store: Store) -> Self {
        Self { store }
    }

    /// Returns how many records went. Looks first, so that an idle box writes nothing.
    pub async fn run(&self) -> Result<u64> {
        let now = Timestamp::now();
        let before = now.minus(SECURITY_EVENTS);
        if !self.store.needs_sweep(now, before)? {
            return Ok(0);
        }
        Ok(self.store.sweep(now, before).await?)
    }
}
