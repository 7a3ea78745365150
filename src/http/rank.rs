//! What the client of a connection has shown of itself: the more, the later the
//! connection gives way to others.

use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, OnceLock};
use tokio::sync::Semaphore;

/// Where a connection comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConnectionOrigin {
    Unknown,
    /// Somebody has logged in from there.
    KnownAddress,
    /// It has the connections of all who come through it.
    Proxy,
}

/// What the client of a connection has shown so far.
#[derive(Debug, Clone)]
pub struct Rank {
    shown: Arc<AtomicU8>,
    /// What those wait for that have proved no session.
    waits: Arc<OnceLock<Arc<Semaphore>>>,
}

const UNKNOWN: u8 = 0;
const KNOWN_ADDRESS: u8 = 1;
pub const KNOWN_DEVICE: u8 = 2;
pub const PROVED: u8 = 3;

impl Rank {
    pub fn of(origin: ConnectionOrigin) -> Self {
        let rank = match origin {
            ConnectionOrigin::KnownAddress => KNOWN_ADDRESS,
            ConnectionOrigin::Unknown | ConnectionOrigin::Proxy => UNKNOWN,
        };
        Self {
            shown: Arc::new(AtomicU8::new(rank)),
            waits: Arc::default(),
        }
    }

    /// It has proved a session.
    pub fn prove(&self) {
        self.shown.store(PROVED, Ordering::Release);
        if let Some(permits) = self.waits.get() {
            permits.close();
        }
    }

    /// Nobody waits for these permits any more once a session is proved.
    pub fn when_proved_close(&self, permits: &Arc<Semaphore>) {
        self.waits.get_or_init(|| Arc::clone(permits));
        if self.is_proved() {
            permits.close();
        }
    }

    pub fn is_proved(&self) -> bool {
        self.get() == PROVED
    }

    /// It comes from a device that has logged in. Programs on other ports of this
    /// host receive that cookie too, so it proves little.
    pub fn recognize(&self) {
        self.shown.fetch_max(KNOWN_DEVICE, Ordering::AcqRel);
    }

    pub fn shows_device(&self) -> bool {
        self.get() == KNOWN_DEVICE
    }

    pub fn get(&self) -> u8 {
        self.shown.load(Ordering::Acquire)
    }

    /// Over all networks a device counts no more than an address.
    pub fn is_known(rank: u8) -> bool {
        rank > UNKNOWN
    }
}
