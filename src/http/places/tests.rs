//! Who leaves when places are short.

use super::*;
use tokio::time::timeout;

const SOON: Duration = Duration::from_millis(50);

fn at(last: u8) -> IpAddr {
    IpAddr::from([192, 0, 2, last])
}

async fn take(places: &ConnectionPlaces, from: u8, origin: ConnectionOrigin) -> ConnectionPlace {
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
async fn proxy_that_has_only_just_come_leaves_last() {
    let places = ConnectionPlaces::new(32, 2);
    let mut held = Vec::new();
    for _ in 0..4 {
        held.push(take(&places, 1, ConnectionOrigin::Proxy).await);
    }
    drop(held[2].traffic().begin(None));
    let _busy = held[1].traffic().begin(None);
    for leaves in [2, 1] {
        let asked = places.take(at(1), ConnectionOrigin::Proxy);
        assert!(timeout(SOON, asked).await.is_err(), "there was a place");
        let left: Vec<_> = held.iter().map(|one| one.leave().is_cancelled()).collect();
        assert_eq!(left.iter().position(|left| *left), Some(leaves));
        drop(held.remove(leaves));
        held.push(take(&places, 1, ConnectionOrigin::Proxy).await);
    }
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
    drop(held[2].traffic().begin(None));
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
