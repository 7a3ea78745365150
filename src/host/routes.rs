//! Where this host sends packets: the IPv4 routes of the kernel (`/proc/net/route`,
//! proc_net(5)).

use ipnetwork::{IpNetwork, Ipv4Network};
use std::fs;
use std::net::Ipv4Addr;

/// A route to a part of the address space.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostRoute {
    pub network: IpNetwork,
    /// The link that it leaves by.
    pub interface: String,
}

/// Every route that leads to a part of the address space; those of everything (a
/// default route, the halves that a VPN routes) say nothing about what is taken.
pub fn ipv4() -> Vec<HostRoute> {
    read(&fs::read_to_string("/proc/net/route").unwrap_or_default())
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
}
