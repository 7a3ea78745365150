//! ConnectionPlaces for connections. When all are taken, the oldest connection of a client
//! that has not logged in gives up its own, so that clients that hold on to
//! theirs cannot keep the owner out.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

#[derive(Debug, Clone)]
pub struct ConnectionPlaces {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    most: usize,
    held: Mutex<Held>,
    freed: Notify,
}

#[derive(Debug, Default)]
struct Held {
    next: u64,
    /// The oldest first.
    places: BTreeMap<u64, Shared>,
}

#[derive(Debug, Clone)]
struct Shared {
    known: Arc<AtomicBool>,
    leave: CancellationToken,
}

/// The place of one connection; free again when dropped.
#[derive(Debug)]
pub struct ConnectionPlace {
    inner: Arc<Inner>,
    number: u64,
    shared: Shared,
}

impl ConnectionPlaces {
    pub fn new(most: usize) -> Self {
        Self {
            inner: Arc::new(Inner {
                most: most.max(1),
                held: Mutex::default(),
                freed: Notify::new(),
            }),
        }
    }

    /// Waits for a place. Where only known clients hold them, one of those must go
    /// by itself.
    pub async fn take(&self, is_known: bool) -> ConnectionPlace {
        loop {
            let freed = self.inner.freed.notified();
            {
                let mut held = self.inner.held();
                if held.places.len() < self.inner.most {
                    let number = held.next;
                    held.next += 1;
                    let shared = Shared {
                        known: Arc::new(AtomicBool::new(is_known)),
                        leave: CancellationToken::new(),
                    };
                    held.places.insert(number, shared.clone());
                    return ConnectionPlace {
                        inner: Arc::clone(&self.inner),
                        number,
                        shared,
                    };
                }
                let leaves = held.places.values().any(|one| one.leave.is_cancelled());
                let oldest = held
                    .places
                    .values()
                    .find(|one| !one.known.load(Ordering::Acquire));
                if let Some(oldest) = oldest.filter(|_| !leaves) {
                    oldest.leave.cancel();
                }
            }
            freed.await;
        }
    }
}

impl Inner {
    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ConnectionPlace {
    /// Set once the client has proved a session.
    pub fn known(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.shared.known)
    }

    /// Cancelled when another connection needs the place.
    pub fn leave(&self) -> CancellationToken {
        self.shared.leave.clone()
    }
}

impl Drop for ConnectionPlace {
    fn drop(&mut self) {
        self.inner.held().places.remove(&self.number);
        self.inner.freed.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;
    use tokio::time::timeout;

    const SOON: Duration = Duration::from_millis(50);

    #[tokio::test]
    async fn oldest_unknown_connection_leaves_when_a_place_is_wanted() {
        let places = ConnectionPlaces::new(3);
        let owner = places.take(true).await;
        let first = places.take(false).await;
        let second = places.take(false).await;
        let wanted = {
            let places = places.clone();
            tokio::spawn(async move { places.take(false).await })
        };
        timeout(SOON * 20, first.leave().cancelled()).await.unwrap();
        assert!(!second.leave().is_cancelled() && !owner.leave().is_cancelled());
        drop(first);
        let third = wanted.await.unwrap();
        // One that has logged in meanwhile stays.
        second.known().store(true, Ordering::Release);
        let wanted = {
            let places = places.clone();
            tokio::spawn(async move { places.take(false).await })
        };
        timeout(SOON * 20, third.leave().cancelled()).await.unwrap();
        assert!(!second.leave().is_cancelled());
        drop(third);
        drop(wanted.await.unwrap());
    }

    #[tokio::test]
    async fn connections_of_known_clients_are_never_ended_for_another() {
        let places = ConnectionPlaces::new(2);
        let held = [places.take(true).await, places.take(true).await];
        assert!(timeout(SOON, places.take(true)).await.is_err());
        assert!(held.iter().all(|place| !place.leave().is_cancelled()));
    }
}
