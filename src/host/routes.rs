//! Where this host sends packets: the routes of the kernel (`/proc/net/route` and
//! `/proc/net/ipv6_route`, proc_net(5)).

use ipnetwork::{IpNetwork, Ipv4Network, Ipv6Network};
use std::fs;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A route to a part of the address space.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostRoute {
    pub network: IpNetwork,
    /// The link that it leaves by.
    pub interface: String,
}

/// Every route that leads to a part of the address space; those of everything (a
/// default route, the halves that a VPN routes) say nothing about what is taken.
pub fn all() -> Vec<HostRoute> {
    let table = |path: &str| fs::read_to_string(path).unwrap_or_default();
    let mut routes = read(&table("/proc/net/route"));
    routes.extend(read_ipv6(&table("/proc/net/ipv6_route")));
    routes
}

/// Where the rest goes: the router, and the link that it is on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RouterAddress {
    pub address: IpAddr,
    pub interface: String,
}

/// The routers of the default routes (IPv4).
pub fn routers() -> Vec<RouterAddress> {
    read_routers(&fs::read_to_string("/proc/net/route").unwrap_or_default())
}

fn read_routers(table: &str) -> Vec<RouterAddress> {
    let number = |field: &str| u32::from_str_radix(field, 16).ok();
    let router = |line: &str| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let (interface, to, by) = (fields.first()?, fields.get(1)?, fields.get(2)?);
        let mask = fields.get(7)?;
        let by = number(by)?;
        (number(to)? == 0 && number(mask)? == 0 && by != 0).then(|| RouterAddress {
            address: Ipv4Addr::from(by.to_ne_bytes()).into(),
            interface: (*interface).to_owned(),
        })
    };
    table.lines().skip(1).filter_map(router).collect()
}

/// Without routes to single addresses, link-local ones and multicast.
fn read_ipv6(table: &str) -> Vec<HostRoute> {
    let route = |line: &str| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let (to, size, interface) = (fields.first()?, fields.get(1)?, fields.get(9)?);
        let address = Ipv6Addr::from(u128::from_str_radix(to, 16).ok()?);
        let prefix = u8::from_str_radix(size, 16).ok()?;
        let network = Ipv6Network::new(address, prefix).ok()?;
        let is_special = address.is_unicast_link_local() || address.is_multicast();
        ((8..128).contains(&prefix) && !is_special && *interface != "lo").then(|| HostRoute {
            network: IpNetwork::V6(network),
            interface: (*interface).to_owned(),
        })
    };
    table.lines().filter_map(route).collect()
}

fn read(table: &str) -> Vec<HostRoute> {
    let number = |field: &str| u32::from_str_radix(field, 16).ok();
    let route = |line: &str| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let (interface, to, mask) = (fields.first()?, fields.get(1)?, fields.get(7)?);
        // The numbers stand in the byte order of the host.
        let address = Ipv4Addr::from(number(to)?.to_ne_bytes());
        let mask = Ipv4Addr::from(number(mask)?.to_ne_bytes());
        let network = Ipv4Network::with_netmask(address, mask).ok()?;
        (network.prefix() > 7).then(|| HostRoute {
            network: IpNetwork::V4(network),
            interface: (*interface).to_owned(),
        })
    };
    table.lines().skip(1).filter_map(route).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ipv6_routes_are_read_without_single_and_link_local_addresses() {
        let none = "00000000000000000000000000000000 00 00000000000000000000000000000000 00000400 00000002 00000000 00000003";
        let table = format!(
            "fd123456789a00010000000000000000 40 {none} wg0\n\
             fe800000000000000000000000000000 40 {none} eth0\n\
             00000000000000000000000000000000 00 {none} eth0\n\
             fd123456789a00010000000000000002 80 {none} lo\n\
             bad line\n"
        );
        let told: Vec<_> = read_ipv6(&table)
            .into_iter()
            .map(|route| (route.network.to_string(), route.interface))
            .collect();
        assert_eq!(
            told,
            [("fd12:3456:789a:1::/64".to_owned(), "wg0".to_owned())]
        );
    }

    #[test]
    fn routes_are_read_without_those_of_everything() {
        let table = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n\
            eth0\t00000000\t0101A8C0\t0003\t0\t0\t100\t00000000\t0\t0\t0\n\
            tun0\t00000080\t00000000\t0001\t0\t0\t0\t00000080\t0\t0\t0\n\
            eth0\t0001A8C0\t00000000\t0001\t0\t0\t100\t00FFFFFF\t0\t0\t0\n\
            wg0\t000D0D0A\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n\
            bad line\n";
        let told: Vec<_> = read(table)
            .into_iter()
            .map(|route| (route.network.to_string(), route.interface))
            .collect();
        let pair = |network: &str, link: &str| (network.to_owned(), link.to_owned());
        assert_eq!(
            told,
            [pair("192.168.1.0/24", "eth0"), pair("10.13.13.0/24", "wg0")]
        );
    }

    #[test]
    fn router_is_the_one_of_the_default_route() {
        let table = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\n\
            eth0\t00000000\t0101A8C0\t0003\t0\t0\t100\t00000000\n\
            eth0\t0001A8C0\t00000000\t0001\t0\t0\t100\t00FFFFFF\n\
            wg0\t00000000\t00000000\t0001\t0\t0\t0\t00000000\n\
            bad line\n";
        let told = read_routers(table);
        assert_eq!(told.len(), 1);
        assert_eq!(told[0].address.to_string(), "192.168.1.1");
        assert_eq!(told[0].interface, "eth0");
    }
}
