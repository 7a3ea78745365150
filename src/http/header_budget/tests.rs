//! Connections that hold much or little, some of which must end.

use super::*;
use crate::http::places::{ConnectionPlace, ConnectionPlaces};
use crate::http::rank::ConnectionOrigin;

struct Peer {
    place: ConnectionPlace,
    headers: Arc<ConnectionHeaders>,
}

async fn peers<const N: usize>(budget: &HeaderBudget, is_shared: bool) -> [Peer; N] {
    let places = ConnectionPlaces::new(8, 8);
    let mut peers = Vec::new();
    for last in 1.. {
        let address = std::net::IpAddr::from([192, 0, 2, last]);
        let place = places.take(address, ConnectionOrigin::Unknown).await;
        let place = place.unwrap();
        let headers = budget.connection(place.rank(), place.leave(), is_shared);
        peers.push(Peer { place, headers });
        if peers.len() == N {
            break;
        }
    }
    peers.try_into().ok().unwrap()
}

impl Peer {
    fn is_ended(&self) -> bool {
        self.place.leave().is_cancelled()
    }

    /// A request that does not end, and what comes for it.
    fn send(&self, bytes: usize) -> Arc<HeldRequest> {
        self.headers.arrive(Arrived { requests: 1, bytes });
        self.headers.hold_bytes(1, true)
    }

    fn holds(&self) -> usize {
        let state = self.headers.budget.state();
        state.connections[&self.headers.number].bytes()
    }
}

#[tokio::test]
async fn connection_without_a_session_that_holds_most_headers_ends_beyond_the_budget() {
    let budget = HeaderBudget::new(1000);
    let [owner, visitor, flood] = peers(&budget, false).await;
    owner.place.rank().prove();
    visitor.place.rank().recognize();
    let _held = [(&owner, 5000), (&visitor, 920)]
        .map(|(peer, bytes)| peer.headers.hold_bytes(bytes, false));
    drop(flood.headers.hold_bytes(79, false));
    // It holds less, but the other shows a device.
    let _flood = [40, 40].map(|bytes| flood.headers.hold_bytes(bytes, false));
    assert!(!flood.is_ended());
    let _one_more = visitor.headers.hold_bytes(1, false);
    assert!(flood.is_ended());
    assert!(!owner.is_ended() && !visitor.is_ended());
}

#[tokio::test]
async fn connection_whose_request_has_just_come_stays_where_another_holds_as_much() {
    let budget = HeaderBudget::new(1000);
    let [first, second, newest] = peers(&budget, false).await;
    let _first = [first.headers.hold_bytes(400, false)];
    let _second = second.headers.hold_bytes(400, false);
    let _newest = newest.headers.hold_bytes(400, false);
    assert!(first.is_ended() && !second.is_ended() && !newest.is_ended());
    let _more = newest.headers.hold_bytes(500, false);
    assert!(newest.is_ended() && !second.is_ended());
    // The cookie of a device does not protect one that holds more.
    drop(second);
    let [device, newest] = peers(&budget, false).await;
    device.place.rank().recognize();
    let _device = device.headers.hold_bytes(900, false);
    let _newest = newest.headers.hold_bytes(101, false);
    assert!(device.is_ended() && !newest.is_ended());
}

#[tokio::test]
async fn what_has_arrived_is_counted_until_no_request_of_the_connection_is_unended() {
    let budget = HeaderBudget::new(1000);
    let [peer] = peers(&budget, false).await;
    let first = peer.send(100);
    let second = peer.send(50);
    assert_eq!(peer.holds(), 152);
    first.body_ended();
    assert!(second.is_unended() && !first.is_unended());
    assert_eq!(peer.holds(), 152);
    drop(second);
    assert_eq!(peer.holds(), 1);
    // Nothing is kept of what comes for none, but a request may have begun.
    for (requests, bytes) in [(0, 70), (1, 60), (0, 50)] {
        peer.headers.arrive(Arrived { requests, bytes });
    }
    drop(first);
    assert_eq!(peer.holds(), 110);
    peer.headers.hold_bytes(1, false);
    assert_eq!(peer.holds(), 0);
    let proved = peer.send(80);
    proved.prove();
    assert_eq!(peer.holds(), 0);
}

#[tokio::test]
async fn requests_of_a_shared_connection_end_that_make_it_hold_most() {
    let budget = HeaderBudget::new(1000);
    let [shared, other] = peers(&budget, true).await;
    let owner = shared.send(10);
    owner.prove();
    let ended = shared.headers.hold_bytes(10, false);
    let (first, second) = (shared.send(300), shared.send(300));
    let elsewhere = other.send(300);
    let is_cut = |held: &HeldRequest| held.end().is_cancelled();
    assert!(!is_cut(&first) && !is_cut(&elsewhere));
    // One has begun whose headers are not whole yet.
    shared.headers.arrive(Arrived {
        requests: 1,
        bytes: 300,
    });
    assert!(is_cut(&first) && is_cut(&second));
    assert!(!is_cut(&owner) && !is_cut(&ended) && !is_cut(&elsewhere));
    assert!(is_cut(&shared.headers.hold_bytes(1, true)));
    assert!(!is_cut(&shared.send(10)));
    // Where none is unended, the largest.
    let large = other.headers.hold_bytes(700, false);
    assert!(is_cut(&elsewhere) && !is_cut(&large));
    let larger = shared.headers.hold_bytes(700, false);
    assert!(is_cut(&larger) && !is_cut(&large));
    assert!(!is_cut(&ended) && !shared.is_ended() && !other.is_ended());
}

#[tokio::test]
async fn requests_that_are_not_handed_on_are_forgotten() {
    let budget = HeaderBudget::new(1000);
    let [shared] = peers(&budget, true).await;
    let arrive = |requests, bytes| shared.headers.arrive(Arrived { requests, bytes });
    let is_cut = |held: &HeldRequest| held.end().is_cancelled();
    arrive(3, 300);
    let one = shared.headers.hold_bytes(1, true);
    drop(one);
    assert_eq!(shared.holds(), 300);
    shared.headers.handed_on(0);
    assert_eq!(shared.holds(), 0);
    // Of those that are to end, only the one whose headers are not whole is left.
    arrive(3, 1001);
    shared.headers.handed_on(1);
    arrive(1, 10);
    let [unfinished, next] = [(); 2].map(|()| shared.headers.hold_bytes(1, true));
    assert!(is_cut(&unfinished) && !is_cut(&next));
    arrive(1, 1001);
    shared.headers.handed_on(0);
    assert!(!is_cut(&shared.send(10)));
}

#[tokio::test]
async fn device_of_one_who_shares_a_connection_does_not_protect_it() {
    let budget = HeaderBudget::new(1000);
    let [shared] = peers(&budget, true).await;
    let [visitor] = peers(&budget, false).await;
    shared.place.rank().recognize();
    let large = shared.send(900);
    let _small = visitor.headers.hold_bytes(50, false);
    let _more = shared.headers.hold_bytes(60, false);
    assert!(large.end().is_cancelled() && !visitor.is_ended());
}

#[tokio::test]
async fn small_request_of_a_shared_connection_stays_where_large_ones_end() {
    let budget = HeaderBudget::new(1000);
    let [shared] = peers(&budget, true).await;
    let login = shared.send(10);
    // Little comes for each, and unpacked it is much.
    let large = || {
        let arrived = Arrived {
            requests: 1,
            bytes: 2,
        };
        shared.headers.arrive(arrived);
        shared.headers.hold_bytes(400, true)
    };
    let many: Vec<_> = (0..20).map(|_| large()).collect();
    let cut = |held: &HeldRequest| held.end().is_cancelled();
    assert!(!cut(&login));
    assert_eq!(many.iter().filter(|one| !cut(one)).count(), 2);
}

#[tokio::test]
async fn idle_shared_connection_does_not_stand_before_a_device_that_holds_too_much() {
    let budget = HeaderBudget::new(1000);
    let [shared] = peers(&budget, true).await;
    let [device] = peers(&budget, false).await;
    device.place.rank().recognize();
    let _held = device.headers.hold_bytes(1001, true);
    assert!(device.is_ended() && !shared.is_ended());
}
