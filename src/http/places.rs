//! Places for connections. When all are taken, or all of a network's, or all of those
//! that have proved no session (which is a bound on the memory that they can make this
//! process hold), one of those that have proved nothing gives up its own, so that clients that hold on to theirs
//! cannot keep the owner out. For a network it is the oldest of that network that
//! shows no device. Else: one of a network that holds more than its share, else an
//! unknown one before one from a known address or device; of the network that holds
//! most, and of its connections the oldest. Those of proxies that have proved none have a
//! bound of their own: the oldest that is idle leaves.

use super::rank::{ConnectionOrigin, KNOWN_DEVICE, PROVED, Rank};
use super::share::Traffic;
use crate::domain::security::network;
use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
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
}

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

    /// The same of those of proxies: one that answers nobody, if there is one.
    fn proxied_leaves_next(&self) -> Option<&CancellationToken> {
        let all = || {
            let all = self.places.values();
            all.filter(|one| one.is_proxy && !one.rank.is_proved())
        };
        if all().any(|one| one.leave.is_cancelled()) {
            return None;
        }
        let idle = all().find(|one| !one.traffic.is_busy());
        idle.or_else(|| all().next()).map(|one| &one.leave)
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
mod tests {
    use super::*;
    use std::time::Duration;
    use tokio::time::timeout;

    const SOON: Duration = Duration::from_millis(50);

    fn at(last: u8) -> IpAddr {
        IpAddr::from([192, 0, 2, last])
    }

    async fn take(
        places: &ConnectionPlaces,
        from: u8,
        origin: ConnectionOrigin,
    ) -> ConnectionPlace {
        let taken = timeout(SOON * 20, places.take(at(from), origin)).await;
        taken.unwrap().unwrap()
    }

    /// Asks for one more place, and gives the connection that leaves for it.
    async fn leaves(places: &ConnectionPlaces, held: &[&ConnectionPlace]) -> Option<usize> {
        let asked = timeout(SOON, places.take(at(99), ConnectionOrigin::Unknown)).await;
        assert!(asked.is_err(), "there was a place");
        held.iter().position(|place| place.leave().is_cancelled())
    }

    #[tokio::test]
    async fn oldest_connection_of_the_address_that_holds_most_leaves() {
        let places = ConnectionPlaces::new(4, usize::MAX);
        let visitor = take(&places, 1, ConnectionOrigin::Unknown).await;
        let (first, second) = (
            take(&places, 2, ConnectionOrigin::Unknown).await,
            take(&places, 2, ConnectionOrigin::Unknown).await,
        );
        let last = take(&places, 3, ConnectionOrigin::Unknown).await;
        assert_eq!(
            leaves(&places, &[&visitor, &first, &second, &last]).await,
            Some(1)
        );
        drop(first);
        let next = take(&places, 4, ConnectionOrigin::Unknown).await;
        assert_eq!(
            leaves(&places, &[&visitor, &second, &last, &next]).await,
            Some(0)
        );
    }

    #[tokio::test]
    async fn known_address_leaves_after_unknown_ones_and_a_proved_client_never() {
        let places = ConnectionPlaces::new(3, usize::MAX);
        let known = take(&places, 1, ConnectionOrigin::KnownAddress).await;
        let owner = take(&places, 1, ConnectionOrigin::KnownAddress).await;
        owner.rank().prove();
        let unknown = take(&places, 2, ConnectionOrigin::Unknown).await;
        assert_eq!(leaves(&places, &[&known, &owner, &unknown]).await, Some(2));
        unknown.rank().prove();
        drop(unknown);
        let third = take(&places, 3, ConnectionOrigin::Unknown).await;
        third.rank().prove();
        assert_eq!(leaves(&places, &[&known, &owner, &third]).await, Some(0));
        known.rank().prove();
        drop(known);
        let fourth = take(&places, 4, ConnectionOrigin::Unknown).await;
        fourth.rank().prove();
        assert_eq!(leaves(&places, &[&owner, &third, &fourth]).await, None);
    }

    /// The cookie of a device reaches programs on other ports of this host, too.
    #[tokio::test]
    async fn client_that_holds_more_than_its_share_leaves_first_although_its_device_is_known() {
        let places = ConnectionPlaces::new(4 * SHARE, usize::MAX);
        let mut sessions = Vec::new();
        for other in 0..3 * SHARE - 2 {
            let session = take(
                &places,
                100 + u8::try_from(other).unwrap(),
                ConnectionOrigin::Unknown,
            )
            .await;
            session.rank().prove();
            sessions.push(session);
        }
        let owner = take(&places, 1, ConnectionOrigin::Unknown).await;
        let mut held = vec![&owner];
        let mut many = Vec::new();
        for _ in 0..=SHARE {
            many.push(take(&places, 2, ConnectionOrigin::Unknown).await);
        }
        for one in &many {
            one.rank().recognize();
        }
        held.extend(&many);
        assert_eq!(leaves(&places, &held).await, Some(1));
        drop(many.remove(0));
        let last = take(&places, 3, ConnectionOrigin::Unknown).await;
        let mut held = vec![&owner, &last];
        held.extend(&many);
        assert_eq!(leaves(&places, &held).await, Some(0), "the unknown one");
    }

    #[tokio::test]
    async fn oldest_connection_without_a_session_leaves_once_its_network_has_all_it_may_have() {
        let places = ConnectionPlaces::new(32, usize::MAX);
        let owner = take(&places, 1, ConnectionOrigin::KnownAddress).await;
        owner.rank().prove();
        let device = take(&places, 1, ConnectionOrigin::KnownAddress).await;
        device.rank().recognize();
        let mut silent = Vec::new();
        for _ in 0..14 {
            silent.push(take(&places, 1, ConnectionOrigin::KnownAddress).await);
        }
        assert!(silent.iter().all(|one| !one.leave().is_cancelled()));
        assert!(silent[0].is_in_crowd() && !owner.is_in_crowd());
        for gone in 0..14 {
            silent.push(take(&places, 1, ConnectionOrigin::KnownAddress).await);
            let left = silent.iter().map(|one| one.leave().is_cancelled());
            assert_eq!(left.filter(|left| *left).count(), gone + 1);
            assert!(silent[gone].leave().is_cancelled(), "{gone}");
        }
        assert!(!owner.leave().is_cancelled() && !device.leave().is_cancelled());
        let elsewhere = take(&places, 2, ConnectionOrigin::Unknown).await;
        assert!(!elsewhere.is_in_crowd());
    }

    #[tokio::test]
    async fn sessions_and_devices_of_a_network_have_a_bound_of_their_own() {
        let places = ConnectionPlaces::new(32, usize::MAX);
        let mut held = Vec::new();
        for _ in 0..16 {
            held.push(take(&places, 1, ConnectionOrigin::Unknown).await);
        }
        for one in &held {
            one.rank().recognize();
        }
        // A neighbor may have sent the cookie of the device.
        let last = take(&places, 1, ConnectionOrigin::Unknown).await;
        assert!(held[0].leave().is_cancelled());
        held.remove(0);
        held.push(last);
        for one in &held {
            one.rank().prove();
        }
        assert!(
            places
                .take(at(1), ConnectionOrigin::Unknown)
                .await
                .is_none()
        );
        assert!(held.iter().all(|one| !one.leave().is_cancelled()));
        // Many clients share the address of a proxy.
        let _proxied = take(&places, 1, ConnectionOrigin::Proxy).await;
    }

    #[tokio::test]
    async fn connections_of_a_proxy_have_a_bound_of_their_own_and_the_oldest_idle_one_leaves() {
        let places = ConnectionPlaces::new(32, 2);
        let mut held = Vec::new();
        for _ in 0..4 {
            held.push(take(&places, 1, ConnectionOrigin::Proxy).await);
        }
        let clients = [
            take(&places, 2, ConnectionOrigin::Unknown).await,
            take(&places, 2, ConnectionOrigin::Unknown).await,
        ];
        let _busy = [0, 1, 3].map(|at: usize| held[at].traffic().begin(None));
        let more = async || {
            let asked = places.take(at(1), ConnectionOrigin::Proxy);
            assert!(timeout(SOON, asked).await.is_err(), "there was a place");
        };
        let left = |held: &[ConnectionPlace]| {
            let mut all = held.iter();
            all.position(|one| one.leave().is_cancelled())
        };
        more().await;
        assert_eq!(left(&held), Some(2));
        drop(held.remove(2));
        // Sessions do not count.
        held[0].rank().prove();
        let two = [
            take(&places, 1, ConnectionOrigin::Proxy).await,
            take(&places, 1, ConnectionOrigin::Proxy).await,
        ];
        let _busy_too = two.each_ref().map(|one| one.traffic().begin(None));
        more().await;
        assert_eq!(left(&held), Some(1), "the oldest of those that are busy");
        assert_eq!(left(&clients), None);
        // Nor does a proxy's connection leave for a client where it makes no room for it.
        assert_eq!(leaves(&places, &[&clients[0], &held[2]]).await, Some(0));
    }
}
