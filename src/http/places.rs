//! Places for connections. When all are taken, one of those that have proved
//! nothing gives up its own, so that clients that hold on to theirs cannot keep
//! the owner out: one of an address that holds more than its share, else an unknown
//! one before one from a known address or device; of the address that holds most,
//! and of its connections the oldest.

use crate::domain::security::network;
use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::sync::atomic::{AtomicU8, Ordering};
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
    holder: IpAddr,
    rank: Rank,
    leave: CancellationToken,
}

/// What the client of a connection has shown so far.
#[derive(Debug, Clone)]
pub struct Rank(Arc<AtomicU8>);

const UNKNOWN: u8 = 0;
const KNOWN: u8 = 1;
const PROVED: u8 = 2;
/// Connections without a session that an address may have when places are short: some
/// browsers of a household.
const SHARE: usize = 32;

impl Rank {
    /// It has proved a session.
    pub fn prove(&self) {
        self.0.store(PROVED, Ordering::Release);
    }

    /// It comes from a device that has logged in. Programs on other ports of this
    /// host receive that cookie too, so it proves little.
    pub fn recognize(&self) {
        self.0.fetch_max(KNOWN, Ordering::AcqRel);
    }

    fn get(&self) -> u8 {
        self.0.load(Ordering::Acquire)
    }
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

    /// Waits for a place. Where only clients hold them that have proved
    /// themselves, one of those must go by itself.
    pub async fn take(&self, address: IpAddr, is_known_address: bool) -> ConnectionPlace {
        loop {
            let freed = self.inner.freed.notified();
            {
                let mut held = self.inner.held();
                if held.places.len() < self.inner.most {
                    let number = held.next;
                    held.next += 1;
                    let rank = if is_known_address { KNOWN } else { UNKNOWN };
                    let shared = Shared {
                        holder: network(address),
                        rank: Rank(Arc::new(AtomicU8::new(rank))),
                        leave: CancellationToken::new(),
                    };
                    held.places.insert(number, shared.clone());
                    return ConnectionPlace {
                        inner: Arc::clone(&self.inner),
                        number,
                        shared,
                    };
                }
                if let Some(leaves) = held.leaves_next() {
                    leaves.cancel();
                }
            }
            freed.await;
        }
    }
}

impl Held {
    /// Who gives up its place, unless somebody is about to.
    fn leaves_next(&self) -> Option<&CancellationToken> {
        if self.places.values().any(|one| one.leave.is_cancelled()) {
            return None;
        }
        let count = |fits: &dyn Fn(u8) -> bool| {
            let mut holds: HashMap<IpAddr, usize> = HashMap::new();
            for one in self.places.values().filter(|one| fits(one.rank.get())) {
                *holds.entry(one.holder).or_default() += 1;
            }
            holds
        };
        let unproved = |rank: u8| rank < PROVED;
        let ranks = self.places.values().map(|one| one.rank.get());
        let lowest = ranks.min().filter(|rank| unproved(*rank))?;
        let all = count(&unproved);
        let exceeds = all.values().any(|holds| *holds > SHARE);
        let fits = |rank: u8| {
            if exceeds {
                unproved(rank)
            } else {
                rank == lowest
            }
        };
        let candidates = || self.places.values().filter(|one| fits(one.rank.get()));
        let holds = if exceeds { all } else { count(&fits) };
        let most = holds.values().max()?;
        candidates()
            .find(|one| holds.get(&one.holder) == Some(most))
            .map(|one| &one.leave)
    }
}

impl Inner {
    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ConnectionPlace {
    pub fn rank(&self) -> Rank {
        self.shared.rank.clone()
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

    fn at(last: u8) -> IpAddr {
        IpAddr::from([192, 0, 2, last])
    }

    /// Asks for one more place, and gives the connection that leaves for it.
    async fn leaves(places: &ConnectionPlaces, held: &[&ConnectionPlace]) -> Option<usize> {
        let asked = timeout(SOON, places.take(at(99), false)).await;
        assert!(asked.is_err(), "there was a place");
        held.iter().position(|place| place.leave().is_cancelled())
    }

    #[tokio::test]
    async fn oldest_connection_of_the_address_that_holds_most_leaves() {
        let places = ConnectionPlaces::new(4);
        let visitor = places.take(at(1), false).await;
        let (first, second) = (
            places.take(at(2), false).await,
            places.take(at(2), false).await,
        );
        let last = places.take(at(3), false).await;
        assert_eq!(
            leaves(&places, &[&visitor, &first, &second, &last]).await,
            Some(1)
        );
        drop(first);
        let next = timeout(SOON * 20, places.take(at(4), false)).await.unwrap();
        assert_eq!(
            leaves(&places, &[&visitor, &second, &last, &next]).await,
            Some(0)
        );
    }

    #[tokio::test]
    async fn known_address_leaves_after_unknown_ones_and_a_proved_client_never() {
        let places = ConnectionPlaces::new(3);
        let known = places.take(at(1), true).await;
        let owner = places.take(at(1), true).await;
        owner.rank().prove();
        let unknown = places.take(at(2), false).await;
        assert_eq!(leaves(&places, &[&known, &owner, &unknown]).await, Some(2));
        unknown.rank().prove();
        drop(unknown);
        let third = places.take(at(3), false).await;
        third.rank().prove();
        assert_eq!(leaves(&places, &[&known, &owner, &third]).await, Some(0));
        known.rank().prove();
        drop(known);
        let fourth = places.take(at(4), false).await;
        fourth.rank().prove();
        assert_eq!(leaves(&places, &[&owner, &third, &fourth]).await, None);
    }

    /// The cookie of a device reaches programs on other ports of this host, too.
    #[tokio::test]
    async fn client_that_holds_more_than_its_share_leaves_first_although_its_device_is_known() {
        let places = ConnectionPlaces::new(SHARE + 2);
        let owner = places.take(at(1), false).await;
        let mut held = vec![&owner];
        let mut many = Vec::new();
        for _ in 0..=SHARE {
            many.push(places.take(at(2), false).await);
        }
        for one in &many {
            one.rank().recognize();
        }
        held.extend(&many);
        assert_eq!(leaves(&places, &held).await, Some(1));
        drop(many.remove(0));
        let last = timeout(SOON * 20, places.take(at(3), false)).await.unwrap();
        let mut held = vec![&owner, &last];
        held.extend(&many);
        assert_eq!(leaves(&places, &held).await, Some(0), "the unknown one");
    }
}
