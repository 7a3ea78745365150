//! Households as the kernel describes them.

use super::*;
use if_addrs::{IfAddr, IfOperStatus, Ifv4Addr, Ifv6Addr};
use std::net::Ipv4Addr;

fn entry(name: &str, cidr: &str) -> if_addrs::Interface {
    let network: IpNetwork = cidr.parse().unwrap();
    let addr = match network {
        IpNetwork::V4(v4) => IfAddr::V4(Ifv4Addr {
            ip: v4.ip(),
            netmask: v4.mask(),
            prefixlen: v4.prefix(),
            broadcast: None,
        }),
        IpNetwork::V6(v6) => IfAddr::V6(Ifv6Addr {
            ip: v6.ip(),
            netmask: v6.mask(),
            prefixlen: v6.prefix(),
            broadcast: None,
        }),
    };
    if_addrs::Interface {
        name: name.to_owned(),
        addr,
        index: Some(index(name)),
        oper_status: IfOperStatus::Up,
        is_p2p: false,
    }
}

/// `eth0` is 2.
fn index(name: &str) -> u32 {
    let names = ["lo", "eth0", "wlan0", "docker0", "br-0123456789ab"];
    let at = names.iter().position(|known| *known == name);
    u32::try_from(at.unwrap_or(1) + 1).unwrap()
}

fn lan(entries: &[(&str, &str)]) -> Lan {
    lan_under(entries, tempfile::tempdir().unwrap().path())
}

fn lan_under(entries: &[(&str, &str)], root: &Path) -> Lan {
    let entries = entries.iter().map(|(name, cidr)| entry(name, cidr));
    Lan::from_addresses(entries.collect(), root)
}

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn household() -> Lan {
    lan(&[
        ("lo", "127.0.0.1/8"),
        ("lo", "::1/128"),
        ("eth0", "2001:db8:1:2::10/64"),
        ("eth0", "fe80::1/64"),
        ("eth0", "192.168.1.20/24"),
        ("wlan0", "10.0.0.7/24"),
        ("docker0", "172.17.0.1/16"),
        ("br-0123456789ab", "172.18.0.1/16"),
        ("br-0123456789ab", "fe80::42/64"),
    ])
}

#[test]
fn addresses_are_those_of_lan_links_with_ipv4_first() {
    assert_eq!(
        household().addresses(),
        [ip("192.168.1.20"), ip("10.0.0.7"), ip("2001:db8:1:2::10")]
    );
}

#[test]
fn caller_is_local_only_when_from_loopback_or_an_own_network() {
    let lan = household();
    for caller in [
        "127.0.0.1",
        "127.8.0.1",
        "::1",
        "::ffff:127.0.0.1",
        "192.168.1.77",
        "::ffff:192.168.1.77",
        "10.0.0.200",
        "2001:db8:1:2::99",
        "192.168.1.20",
    ] {
        assert!(lan.is_local_caller(ip(caller), 0), "{caller}");
    }
    for caller in [
        "8.8.8.8",
        "192.168.2.1",
        "172.17.0.1",
        "172.17.0.5",
        "172.18.3.4",
        "::ffff:172.18.3.4",
        "2001:db8:1:3::1",
        "2001:db8:ffff::1",
        "10.1.0.1",
    ] {
        assert!(!lan.is_local_caller(ip(caller), 0), "{caller}");
    }
}

/// Link-local addresses are the same on each link (RFC 4291, 2.5.6): a container on a
/// bridge with IPv6, or a program of this machine through it, does not count.
#[test]
fn link_local_caller_is_judged_by_the_link_that_it_came_by() {
    let lan = household();
    for (link, is_local) in [
        ("eth0", true),
        ("wlan0", true),
        ("docker0", false),
        ("br-0123456789ab", false),
    ] {
        for caller in ["fe80::abcd", "fe80::42"] {
            let found = lan.is_local_caller(ip(caller), index(link));
            assert_eq!(found, is_local, "{caller}%{link}");
        }
    }
    assert!(!lan.is_local_caller(ip("fe80::abcd"), 0), "an unknown link");
    for own in ["fe80::42", "172.17.0.1", "192.168.1.20", "::1"] {
        assert!(lan.is_this_machine(ip(own)), "{own}");
    }
    assert!(!lan.is_this_machine(ip("fe80::abcd")));
}

#[test]
fn host_with_only_public_addresses_has_no_local_network() {
    let lan = lan(&[("eth0", "203.0.113.5/24"), ("eth0", "2001:db8:9::5/64")]);
    assert!(!lan.is_local_caller(ip("203.0.113.9"), 0));
    assert!(!lan.is_local_caller(ip("2001:db8:9::6"), 0));
    // It may call itself.
    assert!(lan.is_local_caller(ip("203.0.113.5"), 0));
    assert!(lan.own_networks().is_empty());
}

#[test]
fn engine_bridge_subnet_within_the_lan_subnet_is_not_local() {
    let lan = lan(&[
        ("eth0", "172.18.1.2/12"),
        ("br-0123456789ab", "172.18.0.1/24"),
    ]);
    assert!(lan.is_local_caller(ip("172.20.0.9"), 0));
    assert!(!lan.is_local_caller(ip("172.18.0.9"), 0));
}

#[test]
fn inside_an_engine_container_its_network_is_not_local() {
    let root = tempfile::tempdir().unwrap();
    let eth0 = root.path().join("sys/class/net/eth0");
    fs::create_dir_all(&eth0).unwrap();
    fs::write(eth0.join("ifindex"), "4\n").unwrap();
    fs::write(eth0.join("iflink"), "5\n").unwrap();
    let entries = [("eth0", "172.17.0.2/16")];
    // LXC and network namespaces: a whole small machine on the house's bridge.
    assert!(lan_under(&entries, root.path()).is_local_caller(ip("172.17.0.1"), 0));
    fs::write(root.path().join(".dockerenv"), "").unwrap();
    let inside = lan_under(&entries, root.path());
    assert!(!inside.is_local_caller(ip("172.17.0.1"), 0));
    assert_eq!(inside.addresses(), [ip("172.17.0.2")]);
}

#[test]
fn temporary_ipv6_address_is_not_listed_or_announced_but_is_an_own_address() {
    let root = tempfile::tempdir().unwrap();
    fs::create_dir_all(root.path().join("proc/net")).unwrap();
    fs::write(
        root.path().join("proc/net/if_inet6"),
        "20010db8000100020000000000000010 02 40 00 00     eth0\n\
         20010db800010002abcdef0123456789 02 40 00 01     eth0\n\
         20010db80001000200000000000000de 02 40 00 20     eth0\n\
         fe800000000000000000000000000001 02 40 20 80     eth0\n",
    )
    .unwrap();
    let lan = lan_under(
        &[
            ("eth0", "2001:db8:1:2::10/64"),
            ("eth0", "2001:db8:1:2:abcd:ef01:2345:6789/64"),
            ("eth0", "2001:db8:1:2::de/64"),
            ("eth0", "fe80::1/64"),
        ],
        root.path(),
    );
    assert_eq!(lan.addresses(), [ip("2001:db8:1:2::10")]);
    assert!(lan.announces("eth0", ip("2001:db8:1:2::10")));
    assert!(lan.announces("eth0", ip("fe80::1")));
    assert!(!lan.announces("eth0", ip("2001:db8:1:2:abcd:ef01:2345:6789")));
    assert!(lan.is_own_address(ip("2001:db8:1:2:abcd:ef01:2345:6789")));
}

#[test]
fn only_addresses_of_lan_links_are_announced() {
    let lan = household();
    assert!(lan.announces("eth0", ip("192.168.1.20")));
    assert!(!lan.announces("docker0", ip("172.17.0.1")));
    assert!(!lan.announces("lo", ip("127.0.0.1")));
    assert!(!lan.announces("br-0123456789ab", ip("fe80::42")));
    assert!(lan.is_own_address(ip("10.0.0.7")));
    assert!(!lan.is_own_address(ip("172.17.0.1")));
}

#[test]
fn tunnel_address_is_listed_but_its_network_is_not_local_or_announced() {
    let root = tempfile::tempdir().unwrap();
    let wg0 = root.path().join("sys/class/net/wg0");
    fs::create_dir_all(&wg0).unwrap();
    fs::write(wg0.join("type"), "65534\n").unwrap();
    let lan = lan_under(&[("wg0", "10.8.0.2/16")], root.path());
    assert_eq!(lan.addresses(), [IpAddr::V4(Ipv4Addr::new(10, 8, 0, 2))]);
    assert!(!lan.is_local_caller(ip("10.8.0.3"), 0));
    assert!(!lan.announces("wg0", ip("10.8.0.2")));
}

#[test]
fn interface_that_is_not_operationally_up_is_ignored() {
    let mut down = entry("eth0", "192.168.1.20/24");
    down.oper_status = IfOperStatus::Unknown;
    let lan = Lan::from_addresses(vec![down], tempfile::tempdir().unwrap().path());
    assert!(lan.interfaces.is_empty());
}
