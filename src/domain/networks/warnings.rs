//! What a network's page warns of: addresses that two containers want, or that the
//! engine may give away. Pure.

use crate::model::network::{AddressUsage, Network, NetworkMember};
use std::collections::BTreeMap;
use std::net::IpAddr;

/// Names in one sentence.
const MOST_NAMES: usize = 5;

pub(super) fn warnings(
    network: &Network,
    members: &[NetworkMember],
    usage: Option<AddressUsage>,
) -> Vec<String> {
    let mut owners: BTreeMap<IpAddr, Vec<&NetworkMember>> = BTreeMap::new();
    for member in members {
        let fixed = member.fixed.iter().filter_map(|text| text.parse().ok());
        fixed.for_each(|address| owners.entry(address).or_default().push(member));
    }
    let mut told = Vec::new();
    for (address, of) in owners.iter().filter(|(_, of)| of.len() > 1) {
        told.push(format!(
            "{} have the same fixed address {address}: only one of them can run.",
            names(of)
        ));
    }
    let is_automatic = |address: &IpAddr| {
        let mut subnets = network.subnets.iter();
        subnets.any(|one| one.range.unwrap_or(one.network).contains(*address))
    };
    let waiting: Vec<&NetworkMember> = owners
        .iter()
        .filter(|(address, of)| is_automatic(address) && of.iter().all(|one| !one.running))
        .flat_map(|(_, of)| of.iter().copied())
        .collect();
    if !waiting.is_empty() {
        let (whose, they) = match waiting.len() {
            1 => ("its fixed address", "does"),
            _ => ("their fixed addresses", "do"),
        };
        told.push(format!(
            "{} {they} not run: the engine may give {whose} to another container meanwhile. A network with a range for automatic addresses keeps them apart.",
            names(&waiting)
        ));
    }
    if usage.is_some_and(|usage| usage.free == 0 && usage.reserved == 0) {
        told.push(
            "Every address is taken: no other container can start on it. Recreate it with a larger subnet."
                .to_owned(),
        );
    }
    told
}

/// "a, b and 3 more".
fn names(of: &[&NetworkMember]) -> String {
    let mut all: Vec<&str> = of.iter().map(|one| &*one.name).collect();
    all.dedup();
    let more = all.len().saturating_sub(MOST_NAMES);
    all.truncate(MOST_NAMES);
    match (more, &all[..]) {
        (0, [first @ .., last]) if !first.is_empty() => format!("{} and {last}", first.join(", ")),
        (0, _) => all.join(", "),
        _ => format!("{} and {more} more", all.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::network::Subnet;

    fn member(name: &str, fixed: &str, running: bool) -> NetworkMember {
        NetworkMember {
            id: name.to_owned(),
            name: name.to_owned(),
            running,
            ipv4: running.then(|| fixed.to_owned()),
            ipv6: None,
            mac: None,
            aliases: Vec::new(),
            fixed: vec![fixed.to_owned()],
            environment: None,
        }
    }

    fn network(range: Option<&str>) -> Network {
        Network {
            id: "1".to_owned(),
            name: "media".to_owned(),
            driver: "bridge".to_owned(),
            scope: "local".to_owned(),
            internal: false,
            attachable: false,
            ipv6: false,
            subnets: vec![Subnet {
                network: "10.1.0.0/24".parse().unwrap(),
                gateway: None,
                range: range.map(|text| text.parse().unwrap()),
                reserved: BTreeMap::new(),
            }],
            options: BTreeMap::new(),
            labels: BTreeMap::new(),
            created_at: None,
        }
    }

    #[test]
    fn fixed_address_that_the_engine_may_give_away_is_named() {
        let members = [
            member("a", "10.1.0.5", false),
            member("b", "10.1.0.6", true),
        ];
        let told = warnings(&network(None), &members, None);
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(told[0].starts_with("a does not run"), "{told:?}");
        let apart = network(Some("10.1.0.128/25"));
        assert!(warnings(&apart, &members, None).is_empty());
    }

    #[test]
    fn same_fixed_address_of_two_and_a_full_network_are_named() {
        let members = [
            member("a", "10.1.0.5", true),
            member("b", "10.1.0.5", false),
        ];
        let full = AddressUsage {
            usable: 2,
            used: 2,
            reserved: 0,
            free: 0,
        };
        let told = warnings(&network(None), &members, Some(full));
        assert!(told[0].starts_with("a and b have the same"), "{told:?}");
        assert!(told[1].starts_with("Every address is taken"), "{told:?}");
    }
}
