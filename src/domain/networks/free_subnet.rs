//! A subnet that nothing uses: proposed for a new network, or checked when one was
//! typed. Pure, but for who reads what is taken.

use super::space::number;
use crate::host::interfaces::{Lan, LinkKind};
use crate::host::routes::HostRoute;
use crate::model::network::Network;
use ipnetwork::{IpNetwork, Ipv4Network};
use std::net::Ipv4Addr;
use std::sync::Arc;

/// Who uses a part of the address space, and how much that matters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Taken {
    pub network: IpNetwork,
    /// "the network media (172.20.0.0/26)".
    pub by: String,
    /// It is used now: another network there would not work.
    pub is_used: bool,
}

/// Where networks are proposed, first to last. Not where engines take their own from,
/// and not where routers and VPNs usually are.
const PRIVATE: [&str; 3] = ["10.20.0.0/14", "10.64.0.0/10", "172.16.0.0/16"];
/// Networks are placed this far apart, so that one can be recreated larger.
const STEP: u8 = 24;
/// What engines take subnets from when they are not told otherwise (Docker's
/// `default-address-pools`), and Podman's.
const POOLS: [(&str, &str); 4] = [
    ("172.17.0.0/16", "Docker"),
    ("172.18.0.0/15", "Docker"),
    ("192.168.0.0/16", "Docker"),
    ("10.88.0.0/15", "Podman"),
];
const MORE_POOLS: [(&str, &str); 2] = [("172.20.0.0/14", "Docker"), ("172.24.0.0/13", "Docker")];
/// What VPNs and clusters of the home use.
const USUAL: [(&str, &str); 8] = [
    ("100.64.0.0/10", "Tailscale and carriers"),
    ("10.8.0.0/24", "OpenVPN"),
    ("10.6.0.0/24", "PiVPN"),
    ("10.13.13.0/24", "WireGuard"),
    ("10.42.0.0/15", "k3s"),
    ("10.96.0.0/12", "Kubernetes"),
    ("10.244.0.0/16", "Kubernetes"),
    ("169.254.0.0/16", "link-local addresses"),
];

/// Everything that is taken, or is likely to be.
/// `pools` are the engine's own, where it tells them.
pub(super) fn taken(
    networks: &[Arc<Network>],
    lan: &Lan,
    routes: &[HostRoute],
    pools: &[IpNetwork],
) -> Vec<Taken> {
    let mut all = Vec::new();
    for network in networks {
        all.extend(network.subnets.iter().map(|subnet| Taken {
            network: subnet.network,
            by: by(&network.name, subnet.network),
            is_used: true,
        }));
    }
    let others = lan
        .interfaces
        .iter()
        .filter(|one| !matches!(one.kind, LinkKind::Engine | LinkKind::Loopback));
    for interface in others {
        all.extend(interface.addresses.iter().map(|address| Taken {
            network: address.network,
            by: format!(
                "the interface {} of this host ({})",
                interface.name, address.network
            ),
            is_used: true,
        }));
    }
    // The route of a network of the engine, or of an interface, was told with it; one
    // that leads to more was not.
    let routed = routes.iter().filter(|route| {
        let covers = |one: &Taken| {
            overlap(one.network, route.network) && one.network.prefix() <= route.network.prefix()
        };
        !all.iter().any(covers)
    });
    let routed: Vec<Taken> = routed
        .map(|route| Taken {
            network: route.network,
            by: format!(
                "a route of this host by {} ({})",
                route.interface, route.network
            ),
            is_used: true,
        })
        .collect();
    all.extend(routed);
    let usual = |list: &[(&str, &str)], what: fn(&str) -> String| {
        let read = list.iter().filter_map(|(network, who)| {
            Some(Taken {
                network: network.parse().ok()?,
                by: what(who),
                is_used: false,
            })
        });
        read.collect::<Vec<_>>()
    };
    let pool = |who: &str| format!("the addresses that {who} takes networks from by itself");
    all.extend(pools.iter().map(|network| Taken {
        network: *network,
        by: "the addresses that this engine takes networks from by itself".to_owned(),
        is_used: false,
    }));
    // What one that tells none has by default.
    if pools.is_empty() {
        all.extend(usual(&POOLS, pool));
        all.extend(usual(&MORE_POOLS, pool));
    }
    all.extend(usual(&USUAL, |who| {
        format!("the addresses that {who} usually has")
    }));
    all
}

/// How a network is named in what a subnet collides with.
pub(super) fn by(name: &str, subnet: IpNetwork) -> String {
    format!("the network {name} ({subnet})")
}

/// The first private subnet of this size that nothing has.
pub(super) fn propose(prefix: u8, taken: &[Taken]) -> Option<IpNetwork> {
    let mut blocked: Vec<(u128, u128)> = taken
        .iter()
        .filter(|one| one.network.is_ipv4())
        .map(|one| ends(one.network))
        .collect();
    blocked.sort_unstable();
    let size = 1_u128 << (32 - u32::from(prefix));
    let step = size.max(1 << (32 - u32::from(STEP)));
    PRIVATE.iter().find_map(|space| {
        let (from, to) = ends(space.parse().ok()?);
        let mut at = from.next_multiple_of(step);
        while at + size - 1 <= to {
            let end = at + size - 1;
            match blocked.iter().find(|(b, e)| *b <= end && at <= *e) {
                None => {
                    let address = Ipv4Addr::from(u32::try_from(at).ok()?);
                    return Ipv4Network::new(address, prefix).ok().map(IpNetwork::V4);
                }
                Some((_, last)) => at = (last + 1).next_multiple_of(step),
            }
        }
        None
    })
}

/// The first free /64 of this host's own prefix (RFC 4193).
pub(super) fn propose_ipv6(prefix: [u8; 5], taken: &[Taken]) -> Option<IpNetwork> {
    (1..=u16::MAX).find_map(|number| {
        let mut bytes = [0_u8; 16];
        bytes[0] = 0xfd;
        bytes[1..6].copy_from_slice(&prefix);
        bytes[6..8].copy_from_slice(&number.to_be_bytes());
        let network = IpNetwork::new(std::net::Ipv6Addr::from(bytes).into(), 64).ok()?;
        let is_free = !taken.iter().any(|one| overlap(one.network, network));
        is_free.then_some(network)
    })
}

pub(super) fn overlap(a: IpNetwork, b: IpNetwork) -> bool {
    let ((a_first, a_last), (b_first, b_last)) = (ends(a), ends(b));
    a.is_ipv4() == b.is_ipv4() && a_first <= b_last && b_first <= a_last
}

fn ends(network: IpNetwork) -> (u128, u128) {
    (number(network.network()), number(network.broadcast()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Instant;

    fn used(text: &str) -> Taken {
        Taken {
            network: text.parse().unwrap(),
            by: text.to_owned(),
            is_used: true,
        }
    }

    #[test]
    fn proposed_subnets_overlap_with_nothing_and_leave_room_to_grow() {
        let mut all = taken(&[], &Lan::default(), &[], &[]);
        let first = propose(27, &all).unwrap();
        assert_eq!(first.to_string(), "10.20.0.0/27");
        all.push(used("10.20.0.0/27"));
        assert_eq!(propose(27, &all).unwrap().to_string(), "10.20.1.0/27");
        assert_eq!(propose(16, &all).unwrap().to_string(), "10.21.0.0/16");
        all.push(used("10.0.0.0/8"));
        assert_eq!(propose(27, &all).unwrap().to_string(), "172.16.0.0/27");
        all.push(used("172.16.0.0/12"));
        assert_eq!(propose(27, &all), None);
    }

    #[test]
    fn route_that_leads_to_more_than_its_interface_is_avoided() {
        let route = HostRoute {
            network: "10.0.0.0/9".parse().unwrap(),
            interface: "wg0".to_owned(),
        };
        let interface = crate::host::interfaces::Interface {
            name: "wg0".to_owned(),
            index: 7,
            kind: LinkKind::Tunnel,
            trusted: false,
            addresses: vec![crate::host::interfaces::Address {
                network: "10.8.0.2/24".parse().unwrap(),
                fleeting: false,
            }],
        };
        let lan = Lan {
            interfaces: vec![interface],
        };
        let all = taken(&[], &lan, &[route], &[]);
        assert_eq!(propose(27, &all).unwrap().to_string(), "172.16.0.0/27");
        assert!(
            all.iter()
                .any(|one| one.by.contains("a route of this host by wg0"))
        );
    }

    #[test]
    fn pools_that_the_engine_tells_stand_for_its_usual_ones() {
        let pool: IpNetwork = "10.20.0.0/14".parse().unwrap();
        let all = taken(&[], &Lan::default(), &[], &[pool]);
        let found = propose(24, &all).unwrap();
        assert!(!overlap(found, pool), "{found}");
        assert!(all.iter().any(|one| one.network == pool && !one.is_used));
        assert!(!all.iter().any(|one| one.by.contains("Podman takes")));
    }

    #[test]
    fn subnet_is_chosen_among_200_networks_in_under_ten_milliseconds() {
        let mut all = taken(&[], &Lan::default(), &[], &[]);
        for number in 0..200_u32 {
            all.push(used(&format!("10.20.{number}.0/24")));
        }
        let began = Instant::now();
        let found = propose(24, &all).unwrap();
        assert_eq!(found.to_string(), "10.20.200.0/24");
        assert!(began.elapsed().as_millis() < 10, "{:?}", began.elapsed());
    }

    #[test]
    fn ipv6_subnets_count_up_within_the_prefix_of_this_host() {
        let prefix = [0x12, 0x34, 0x56, 0x78, 0x9a];
        let first = propose_ipv6(prefix, &[]).unwrap();
        assert_eq!(first.to_string(), "fd12:3456:789a:1::/64");
        let next = propose_ipv6(prefix, &[used("fd12:3456:789a:1::/64")]).unwrap();
        assert_eq!(next.to_string(), "fd12:3456:789a:2::/64");
    }
}
