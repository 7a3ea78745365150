//! Places for connections. When all are taken, or all of a network's, or all of those
//! that have proved no session (which is a bound on the memory that they can make this
//! process hold), one of those that have proved nothing gives up its own, so that clients that hold on to theirs
//! cannot keep the owner out. For a network it is the oldest of that network that
//! shows no device. Else: one of a network that holds more than its share, else an
//! unknown one before one from a known address or device; of the network that holds
//! most, and of its connections the oldest. Those of proxies that have proved none have a
//! bound of their own: the oldest that is idle leaves, one that has only just come last.

use super::rank::{ConnectionOrigin, KNOWN_DEVICE, PROVED, Rank};
use super::share::Traffic;
use crate::domain::security::network;
use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

#[derive(Debug, Clone)]
pub struct ConnectionPlaces {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    most: usize,
    /// Of those that have proved no session; a proxy's do not count.
    most_unproved: usize,
    /// Of a proxy's that have proved none.
    most_proxied: usize,
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
    is_proxy: bool,
    rank: Rank,
    leave: CancellationToken,
    traffic: Traffic,
    since: Instant,
}

/// A connection that has asked for nothing within this time is as idle as any; before,
/// its client may not have come to ask.
const FIRST_REQUEST: Duration = Duration::from_secs(5);

/// Connections without a session that an address may have when places are short: some
/// browsers of a household.
const SHARE: usize = 32;

/// The place of one connection; free again when dropped.
#[derive(Debug)]
pub struct ConnectionPlace {
    inner: Arc<Inner>,
    number: u64,
    shared: Shared,
}

impl ConnectionPlaces {
    pub fn new(most: usize, most_unproved: usize) -> Self {
        Self {
            inner: Arc::new(Inner {
                most: most.max(1),
                most_unproved: most_unproved.max(1),
                // They are of more people.
                most_proxied: most_unproved.max(1).saturating_mul(2),
                held: Mutex::default(),
                freed: Notify::new(),
            }),
        }
    }

    /// Waits for a place. Where only clients hold them that have proved
    /// themselves, one of those must go by itself. `None` where all those are of the
    /// network that asks, and are as many as one may have.
    pub async fn take(&self, address: IpAddr, origin: ConnectionOrigin) -> Option<ConnectionPlace> {
        let holder = network(address);
        let is_proxy = origin == ConnectionOrigin::Proxy;
        if !is_proxy && !self.inner.held().make_room_for(holder, &self.inner) {
            return None;
        }
        loop {
            let freed = self.inner.freed.notified();
            {
                let mut held = self.inner.held();
                let is_full = held.places.len() >= self.inner.most;
                let bound = if is_proxy {
                    self.inner.most_proxied
                } else {
                    self.inner.most_unproved
                };
                if !is_full && held.unproved(is_proxy) < bound {
                    let number = held.next;
                    held.next += 1;
                    let shared = Shared {
                        holder,
                        is_proxy,
                        rank: Rank::of(origin),
                        leave: CancellationToken::new(),
                        traffic: Traffic::default(),
                        since: Instant::now(),
                    };
                    held.places.insert(number, shared.clone());
                    return Some(ConnectionPlace {
                        inner: Arc::clone(&self.inner),
                        number,
                        shared,
                    });
                }
                let leaves = if is_full {
                    held.leaves_next(self.inner.share(), |_| true)
                } else if is_proxy {
                    held.proxied_leaves_next()
                } else {
                    held.leaves_next(self.inner.share(), |one| !one.is_proxy)
                };
                if let Some(leaves) = leaves {
                    leaves.cancel();
                }
            }
            freed.await;
        }
    }
}

impl Held {
    /// The connections of a network that stay, the oldest first.
    fn of_network(&self, holder: IpAddr) -> impl Iterator<Item = &Shared> {
        let all = self.places.values();
        all.filter(move |one| one.holder == holder && !one.is_proxy && !one.leave.is_cancelled())
    }

    fn unproved(&self, of_proxies: bool) -> usize {
        let all = self.places.values();
        all.filter(|one| one.is_proxy == of_proxies && !one.rank.is_proved())
            .count()
    }

    /// Lets another connection of a network in: if that has all it may have, its
    /// oldest one without a sign of the owner leaves. Known devices leave only
    /// beyond their own share, proved sessions never.
    fn make_room_for(&self, holder: IpAddr, limits: &Inner) -> bool {
        if self.of_network(holder).count() < limits.per_network() {
            return true;
        }
        let of_rank = |fits: fn(u8) -> bool| {
            let all = self.of_network(holder);
            all.filter(move |one| fits(one.rank.get()))
        };
        let devices = || of_rank(|rank| rank == KNOWN_DEVICE);
        let surplus = (devices().count() > limits.share())
            .then(|| devices().next())
            .flatten();
        let leaves = of_rank(|rank| rank < KNOWN_DEVICE).next().or(surplus);
        if let Some(one) = leaves {
            one.leave.cancel();
        }
        leaves.is_some()
    }

    /// Who of some gives up its place, unless one of them is about to.
    fn leaves_next(
        &self,
        share: usize,
        may: impl Fn(&Shared) -> bool,
    ) -> Option<&CancellationToken> {
        let all = || self.places.values().filter(|one| may(one));
        if all().any(|one| one.leave.is_cancelled()) {
            return None;
        }
        let count = |fits: &dyn Fn(u8) -> bool| {
            let mut holds: HashMap<IpAddr, usize> = HashMap::new();
            for one in all().filter(|one| fits(one.rank.get())) {
                *holds.entry(one.holder).or_default() += 1;
            }
            holds
        };
        let unproved = |rank: u8| rank < PROVED;
        let ranks = all().map(|one| one.rank.get());
        let lowest = Rank::is_known(ranks.min().filter(|rank| unproved(*rank))?);
        let by_network = count(&unproved);
        let exceeds = by_network.values().any(|holds| *holds > share);
        let fits = |rank: u8| unproved(rank) && (exceeds || Rank::is_known(rank) == lowest);
        let holds = if exceeds { by_network } else { count(&fits) };
        let most = holds.values().max()?;
        all()
            .filter(|one| fits(one.rank.get()))
            .find(|one| holds.get(&one.holder) == Some(most))
            .map(|one| &one.leave)
    }

    /// The same of those of proxies: the oldest that answers nobody, else the oldest;
    /// one that has only just come after all others.
    fn proxied_leaves_next(&self) -> Option<&CancellationToken> {
        let all = || {
            let all = self.places.values();
            all.filter(|one| one.is_proxy && !one.rank.is_proved())
        };
        if all().any(|one| one.leave.is_cancelled()) {
            return None;
        }
        let order = |one: &&Shared| (one.is_beginning(), one.traffic.is_busy());
        // The first of several.
        all().min_by_key(order).map(|one| &one.leave)
    }
}

impl Shared {
    fn is_beginning(&self) -> bool {
        !self.traffic.is_busy()
            && !self.traffic.has_answered()
            && self.since.elapsed() < FIRST_REQUEST
    }
}

impl Inner {
    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The connections that one network may have, sessions among them.
    fn per_network(&self) -> usize {
        (self.most / 2).max(8)
    }

    fn share(&self) -> usize {
        SHARE.min((self.most / 4).max(4))
    }
}

impl ConnectionPlace {
    pub fn rank(&self) -> Rank {
        self.shared.rank.clone()
    }

    pub fn is_proxy(&self) -> bool {
        self.shared.is_proxy
    }

    pub fn traffic(&self) -> Traffic {
        self.shared.traffic.clone()
    }

    /// Cancelled when another connection needs the place.
    pub fn leave(&self) -> CancellationToken {
        self.shared.leave.clone()
    }

    /// Whether it has proved no session, and its network holds most of what it may.
    pub fn is_in_crowd(&self) -> bool {
        let limits = &self.inner;
        !self.shared.rank.is_proved()
            && limits.held().of_network(self.shared.holder).count() > limits.per_network() / 2
    }
}

impl Drop for ConnectionPlace {
    fn drop(&mut self) {
        self.inner.held().places.remove(&self.number);
        self.inner.freed.notify_waiters();
    }
}

#[cfg(test)]
mod tests;
