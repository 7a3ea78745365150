//! Addresses of one subnet in another.

use super::*;
use crate::model::timestamp::Timestamp;
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::net::Ipv4Addr;

fn net(text: &str) -> IpNetwork {
    text.parse().unwrap()
}

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn with_gateway(network: &str, gateway: &str) -> Subnet {
    Subnet {
        gateway: gateway.parse().ok(),
        ..bare(net(network))
    }
}

#[test]
fn addresses_stay_where_both_subnets_have_them() {
    let old = with_gateway("172.20.0.0/24", "172.20.0.1");
    let fixed = [ip("172.20.0.10"), ip("172.20.0.200"), ip("172.20.0.30")];
    let told = translate(&old, net("172.20.0.0/27"), &fixed, 3).unwrap();
    assert_eq!(told.subnet.gateway, Some(ip("172.20.0.1")));
    let wanted = ["172.20.0.10", "172.20.0.2", "172.20.0.30"].map(ip);
    assert_eq!(told.addresses, wanted);
}

#[test]
fn numbers_are_kept_in_another_subnet_and_a_gateway_without_a_place_is_the_first() {
    let mut old = with_gateway("172.20.0.0/24", "172.20.0.254");
    old.reserved
        .insert("nas".to_owned(), "172.20.0.5".to_owned());
    old.reserved
        .insert("far".to_owned(), "172.20.0.99".to_owned());
    old.range = Some(net("172.20.0.16/28"));
    let told = translate(&old, net("10.20.0.0/27"), &[ip("172.20.0.10")], 0).unwrap();
    assert_eq!(told.subnet.gateway, Some(ip("10.20.0.1")));
    assert_eq!(told.subnet.reserved["nas"], "10.20.0.5");
    assert_eq!(told.dropped, ["far"]);
    assert_eq!(told.subnet.range, Some(net("10.20.0.16/28")));
    assert_eq!(told.addresses, [ip("10.20.0.10")]);
    old.range = Some(net("172.20.0.128/25"));
    let told = translate(&old, net("10.20.0.0/27"), &[], 0).unwrap();
    assert_eq!(told.subnet.range, None);
}

#[test]
fn subnet_with_too_few_addresses_is_refused() {
    let old = with_gateway("172.20.0.0/24", "172.20.0.1");
    assert!(translate(&old, net("10.20.0.0/29"), &[], 5).is_some());
    assert!(translate(&old, net("10.20.0.0/29"), &[], 6).is_none());
}

#[test]
fn part_that_keeps_most_addresses_is_the_best() {
    let old = net("172.20.0.0/24");
    let part = |addresses: &[&str]| {
        let addresses: Vec<IpAddr> = addresses.iter().map(|text| ip(text)).collect();
        best_part(old, 27, &addresses).unwrap().to_string()
    };
    assert_eq!(part(&[]), "172.20.0.0/27");
    assert_eq!(part(&["172.20.0.1", "172.20.0.100"]), "172.20.0.0/27");
    assert_eq!(
        part(&["172.20.0.1", "172.20.0.100", "172.20.0.101"]),
        "172.20.0.96/27"
    );
}

#[test]
fn ranges_move_as_a_whole_or_stay() {
    let range = |first: &str, last: &str| ReservedRange {
        id: first.to_owned(),
        first: ip(first),
        last: ip(last),
        label: String::new(),
        description: String::new(),
        color: "blue".to_owned(),
        prevent_auto_assign: true,
        created_at: Timestamp::now(),
    };
    let mut record = NetworkRecord {
        reservations: vec![
            range("172.20.0.10", "172.20.0.19"),
            range("172.20.0.20", "172.20.0.49"),
        ],
        ..NetworkRecord::default()
    };
    let mut same = record.clone();
    move_ranges(&mut same, net("172.20.0.0/24"), net("172.20.0.0/27"));
    assert_eq!(same, record);
    move_ranges(&mut record, net("172.20.0.0/24"), net("10.20.0.0/27"));
    let ends: Vec<_> = record
        .reservations
        .iter()
        .map(|range| (range.first, range.last))
        .collect();
    assert_eq!(
        ends,
        [
            (ip("10.20.0.10"), ip("10.20.0.19")),
            (ip("172.20.0.20"), ip("172.20.0.49"))
        ]
    );
}

proptest! {
    #[test]
    fn every_fixed_address_gets_one_of_its_own(
        numbers in prop::collection::btree_set(2_u32..254, 0..40),
        prefix in 24_u8..=29,
        elsewhere in any::<bool>(),
        others in 0_usize..20,
    ) {
        let old = with_gateway("172.20.0.0/24", "172.20.0.1");
        let base = if elsewhere { Ipv4Addr::new(10, 20, 0, 0) } else { Ipv4Addr::new(172, 20, 0, 0) };
        let new = IpNetwork::new(base.into(), prefix).unwrap();
        let fixed: Vec<IpAddr> = numbers
            .iter()
            .map(|n| IpAddr::from(Ipv4Addr::from(u32::from(Ipv4Addr::new(172, 20, 0, 0)) + n)))
            .collect();
        let usable = (1_usize << (32 - prefix)) - 2;
        let fits = fixed.len() + others < usable;
        let told = translate(&old, new, &fixed, others);
        prop_assert_eq!(told.is_some(), fits);
        if let Some(told) = told {
            let unique: BTreeSet<IpAddr> = told.addresses.iter().copied().collect();
            prop_assert_eq!(unique.len(), fixed.len());
            for (before, after) in fixed.iter().zip(&told.addresses) {
                prop_assert!(new.contains(*after));
                prop_assert_ne!(*after, new.network());
                prop_assert_ne!(*after, new.broadcast());
                prop_assert_ne!(Some(*after), told.subnet.gateway);
                let is_usable = new.contains(*before) && *before != new.broadcast();
                prop_assert!(!is_usable || before == after);
            }
        }
    }
}
