//! What an address is, which one is next, and that none is given out twice.

use super::*;
use crate::model::timestamp::Timestamp;
use proptest::prelude::*;

fn subnet(text: &str) -> Subnet {
    let network: IpNetwork = text.parse().unwrap();
    Subnet {
        network,
        gateway: network.iter().nth(1),
        range: None,
        reserved: BTreeMap::new(),
    }
}

fn range(id: &str, first: &str, last: &str) -> ReservedRange {
    ReservedRange {
        id: id.to_owned(),
        first: first.parse().unwrap(),
        last: last.parse().unwrap(),
        label: id.to_owned(),
        description: String::new(),
        color: "blue".to_owned(),
        prevent_auto_assign: true,
        created_at: Timestamp::from_seconds(0),
    }
}

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

#[test]
fn next_address_is_the_lowest_that_nothing_has() {
    let media = range("media", "172.20.0.3", "172.20.0.5");
    let mut of = subnet("172.20.0.0/28");
    of.reserved
        .insert("nas".to_owned(), "172.20.0.6".to_owned());
    let mut space = AddressSpace::new(&of, &[media]);
    assert_eq!(space.next(Within::Anywhere), Some(ip("172.20.0.2")));
    space.use_address(ip("172.20.0.2"), "web");
    space.await_address(ip("172.20.0.7"), "stopped");
    assert_eq!(space.next(Within::Anywhere), Some(ip("172.20.0.8")));
    assert_eq!(
        space.next(Within::Reservation("media")),
        Some(ip("172.20.0.3"))
    );
    space.use_address(ip("172.20.0.3"), "jellyfin");
    space.await_address(ip("172.20.0.4"), "sonarr");
    assert_eq!(
        space.next(Within::Reservation("media")),
        Some(ip("172.20.0.5"))
    );
    space.use_address(ip("172.20.0.5"), "radarr");
    assert_eq!(space.next(Within::Reservation("media")), None);
    assert_eq!(space.next(Within::Reservation("other")), None);
}

#[test]
fn every_address_says_what_it_is() {
    let mut space = AddressSpace::new(
        &subnet("10.0.0.0/29"),
        &[range("db", "10.0.0.3", "10.0.0.4")],
    );
    space.use_address(ip("10.0.0.4"), "postgres");
    space.await_address(ip("10.0.0.5"), "stopped");
    // Who runs is not replaced by who waits.
    space.await_address(ip("10.0.0.4"), "stopped");
    use AddressState::*;
    let told: Vec<_> = space
        .rows(0, 100)
        .into_iter()
        .map(|row| (row.state, row.owner.unwrap_or_default()))
        .collect();
    let none = String::new;
    assert_eq!(
        told,
        [
            (Network, none()),
            (Gateway, none()),
            (Free, none()),
            (Reserved, none()),
            (Used, "postgres".to_owned()),
            (Waiting, "stopped".to_owned()),
            (Free, none()),
            (Broadcast, none()),
        ]
    );
    assert_eq!(space.rows(6, 100).len(), 2);
    assert!(space.rows(8, 100).is_empty());
    let usage = space.usage();
    assert_eq!((usage.usable, usage.used), (6, 3));
    assert_eq!((usage.reserved, usage.free), (1, 2));
}

#[test]
fn ipv6_subnets_and_the_smallest_ones_have_their_own_ends() {
    let space = AddressSpace::new(&subnet("fd00:1::/64"), &[]);
    assert_eq!(space.next(Within::Anywhere), Some(ip("fd00:1::2")));
    assert_eq!(space.usage().usable, u64::MAX);
    let whole = AddressSpace::new(&subnet("::/0"), &[]);
    assert_eq!(whole.rows(0, 2).len(), 2);
    let mut pair = AddressSpace::new(&subnet("10.0.0.0/31"), &[]);
    assert_eq!(pair.usage().usable, 2);
    assert_eq!(pair.next(Within::Anywhere), Some(ip("10.0.0.0")));
    pair.use_address(ip("10.0.0.0"), "a");
    assert_eq!(pair.next(Within::Anywhere), None);
    let end = AddressSpace::new(&subnet("255.255.255.252/30"), &[]);
    assert_eq!(end.next(Within::Anywhere), Some(ip("255.255.255.254")));
}

#[test]
fn gateway_that_the_engine_does_not_list_is_not_given_out() {
    let mut of = subnet("172.20.0.0/26");
    of.gateway = None;
    let space = AddressSpace::new(&of, &[]);
    assert_eq!(space.next(Within::Anywhere), Some(ip("172.20.0.2")));
    of.range = Some("172.20.0.32/27".parse().unwrap());
    let space = AddressSpace::new(&of, &[]);
    let state = |address: &str| space.look(ip(address)).unwrap().state;
    assert_eq!(state("172.20.0.32"), AddressState::Gateway);
    assert_eq!(state("172.20.0.1"), AddressState::Free);
}

#[test]
fn addresses_that_the_engine_gives_by_itself_are_given_out_last() {
    let mut of = subnet("172.20.0.0/29");
    of.range = Some("172.20.0.0/30".parse().unwrap());
    let mut space = AddressSpace::new(&of, &[]);
    assert_eq!(space.next(Within::Anywhere), Some(ip("172.20.0.4")));
    for end in 4..=6 {
        space.use_address(ip(&format!("172.20.0.{end}")), "c");
    }
    assert_eq!(space.next(Within::Anywhere), Some(ip("172.20.0.2")));
}

#[test]
fn range_that_the_subnet_has_in_part_keeps_that_part() {
    let half = range("half", "172.20.0.20", "172.20.0.40");
    let space = AddressSpace::new(&subnet("172.20.0.0/27"), &[half]);
    assert_eq!(space.used_in(&space.reservations()[0]), (0, 11));
    let state = space.look(ip("172.20.0.25")).unwrap().state;
    assert_eq!(state, AddressState::Reserved);
}

#[test]
fn addresses_outside_of_the_subnet_change_nothing() {
    let far = range("far", "10.9.0.1", "10.9.0.9");
    let mut space = AddressSpace::new(&subnet("10.0.0.0/29"), &[far]);
    space.use_address(ip("10.9.0.2"), "elsewhere");
    space.use_address(ip("fd00::1"), "elsewhere");
    assert!(space.reservations().is_empty());
    assert_eq!(space.usage().used, 1);
    assert_eq!(space.look(ip("10.9.0.2")), None);
}

proptest! {
    /// Whatever comes and goes: what is given out is inside, free, outside of
    /// reserved ranges, the lowest, and the subnet exhausts exactly.
    #[test]
    fn addresses_given_out_are_always_free_and_exhaust_exactly(
        prefix in 24_u8..=30,
        from in 0_u32..250,
        length in 0_u32..40,
        releases in proptest::collection::vec(any::<usize>(), 0..40),
    ) {
        let of = subnet(&format!("10.1.2.0/{prefix}"));
        let size = 1_u32 << (32 - prefix);
        let start = from % size;
        let end = (start + length).min(size - 1);
        let address = |at: u32| IpAddr::from(Ipv4Addr::from(0x0a01_0200 + at));
        let kept = ReservedRange {
            first: address(start),
            last: address(end),
            ..range("kept", "10.1.2.0", "10.1.2.0")
        };
        let mut used: Vec<IpAddr> = Vec::new();
        let build = |used: &[IpAddr]| {
            let mut space = AddressSpace::new(&of, std::slice::from_ref(&kept));
            for address in used {
                space.use_address(*address, "c");
            }
            space
        };
        let mut releases = releases.into_iter();
        loop {
            let space = build(&used);
            let Some(next) = space.next(Within::Anywhere) else { break };
            prop_assert_eq!(space.look(next).map(|row| row.state), Some(AddressState::Free));
            let lower = space
                .rows(0, 1000)
                .into_iter()
                .filter(|row| row.state == AddressState::Free && row.address < next)
                .count();
            prop_assert_eq!(lower, 0);
            used.push(next);
            if let Some(release) = releases.next() && release % 3 == 0 {
                used.swap_remove(release % used.len());
            }
        }
        let space = build(&used);
        prop_assert_eq!(space.usage().free, 0);
        let free = space.rows(0, 1000).into_iter().any(|row| row.state == AddressState::Free);
        prop_assert!(!free);
        let outside = (1..size - 1).filter(|at| *at != 1 && !(start..=end).contains(at)).count();
        prop_assert_eq!(used.len(), outside);
    }
}
