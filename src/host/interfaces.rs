//! The host's own addresses and networks: which links lead to people, and which
//! belong to the engine and must neither be announced nor trusted.
//!
//! A snapshot ([`Lan`]) is read at start and after the kernel says that an
//! address or a link changed (`watch`); nothing polls while nothing changes.

mod link;
mod watch;

pub use link::LinkKind;
pub use watch::{follow, fresh};

use ipnetwork::IpNetwork;
use link::Links;
use std::collections::BTreeMap;
use std::fs;
use std::net::{IpAddr, Ipv6Addr};
use std::path::Path;

/// A link that is up and has an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interface {
    pub name: String,
    pub index: u32,
    pub kind: LinkKind,
    /// The other machines on the link count as this machine's own network. Not
    /// so for the bridge of an engine that we ourselves run in: outside
    /// callers arrive there with the bridge's own address.
    pub trusted: bool,
    pub addresses: Vec<Address>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Address {
    /// Address and prefix length.
    pub network: IpNetwork,
    /// An IPv6 privacy address, which changes daily, or one that is not
    /// (or not yet) to be used for new connections.
    pub fleeting: bool,
}

impl Address {
    pub fn ip(self) -> IpAddr {
        self.network.ip()
    }

    fn is_link_local_v6(self) -> bool {
        matches!(self.ip(), IpAddr::V6(ip) if ip.is_unicast_link_local())
    }
}

/// Every interface that is up, as of one moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lan {
    pub interfaces: Vec<Interface>,
}

impl Lan {
    /// Asks the kernel. Costs well under a millisecond.
    pub fn read() -> Self {
        let addresses = if_addrs::get_if_addrs().unwrap_or_else(|error| {
            tracing::warn!(%error, "the addresses of this host cannot be read");
            Vec::new()
        });
        Self::from_addresses(addresses, Path::new("/"))
    }

    /// `root` holds `sys/class/net` and `proc/net/if_inet6`.
    fn from_addresses(addresses: Vec<if_addrs::Interface>, root: &Path) -> Self {
        let links = Links::under(root);
        let fleeting =
            fleeting(&fs::read_to_string(root.join("proc/net/if_inet6")).unwrap_or_default());
        let mut found: BTreeMap<String, Interface> = BTreeMap::new();
        for entry in addresses {
            let (ip, prefix) = match &entry.addr {
                if_addrs::IfAddr::V4(v4) => (IpAddr::V4(v4.ip), v4.prefixlen),
                if_addrs::IfAddr::V6(v6) => (IpAddr::V6(v6.ip), v6.prefixlen),
            };
            let Ok(network) = IpNetwork::new(ip, prefix) else {
                continue;
            };
            // "Running" in the kernel's sense: set up by an administrator and
            // with a carrier.
            if !entry.is_oper_up() {
                continue;
            }
            let interface = found.entry(entry.name.clone()).or_insert_with(|| {
                let link = links.read(&entry.name);
                Interface {
                    kind: link.kind(&entry.name, entry.is_p2p()),
                    trusted: !links.inside_engine || !link.pair,
                    index: entry.index.unwrap_or(0),
                    name: entry.name,
                    addresses: Vec::new(),
                }
            });
            interface.addresses.push(Address {
                network,
                fleeting: fleeting.contains(&ip),
            });
        }
        let mut interfaces: Vec<_> = found.into_values().collect();
        for interface in &mut interfaces {
            interface.addresses.sort_unstable();
            interface.addresses.dedup();
        }
        Self { interfaces }
    }

    /// Links of the local network.
    pub fn lan(&self) -> impl Iterator<Item = &Interface> {
        self.of_kind(LinkKind::Lan)
    }

    fn of_kind(&self, kind: LinkKind) -> impl Iterator<Item = &Interface> {
        self.interfaces.iter().filter(move |i| i.kind == kind)
    }

    /// Addresses that a person can type: those of the local network and of
    /// tunnels (a VPN into the house), without link-local and privacy ones.
    /// IPv4 first. For the certificate, the console and the `Host` check.
    pub fn addresses(&self) -> Vec<IpAddr> {
        let mut addresses: Vec<IpAddr> = self
            .of_kind(LinkKind::Lan)
            .chain(self.of_kind(LinkKind::Tunnel))
            .flat_map(|interface| &interface.addresses)
            .filter(|address| !address.fleeting && !address.is_link_local_v6())
            .map(|address| address.ip())
            .collect();
        addresses.sort_by_key(IpAddr::is_ipv6);
        let mut seen = std::collections::HashSet::new();
        addresses.retain(|ip| seen.insert(*ip));
        addresses
    }

    /// Whether this program runs in a network of an engine's own: nobody outside can
    /// use the addresses that it sees.
    pub fn is_behind_engine(&self) -> bool {
        let mut links = self
            .of_kind(LinkKind::Lan)
            .chain(self.of_kind(LinkKind::Engine))
            .peekable();
        links.peek().is_some() && links.all(|interface| !interface.trusted)
    }

    /// Every address by which this machine can be meant, link-local and
    /// fleeting ones and the loopback included; never the engine's bridges'.
    pub fn is_own_address(&self, ip: IpAddr) -> bool {
        let ip = ip.to_canonical();
        ip.is_loopback()
            || self
                .interfaces
                .iter()
                .filter(|interface| interface.kind != LinkKind::Engine)
                .flat_map(|interface| &interface.addresses)
                .any(|address| address.ip() == ip)
    }

    /// May mDNS speak on this link and announce this address?
    pub fn announces(&self, name: &str, ip: IpAddr) -> bool {
        self.lan().any(|interface| {
            interface.name == name
                && interface
                    .addresses
                    .iter()
                    .any(|address| address.ip() == ip && !address.fleeting)
        })
    }

    /// The subnets whose machines are this machine's neighbours: the private
    /// ones of the local network (RFC 1918, ULA, link-local), and a global
    /// IPv6 prefix only on a link that also has a private IPv4 subnet, where
    /// it reaches the same neighbours.
    pub fn own_networks(&self) -> Vec<IpNetwork> {
        let mut networks = Vec::new();
        for interface in self.lan().filter(|interface| interface.trusted) {
            let private_v4 = interface
                .addresses
                .iter()
                .any(|address| address.network.is_ipv4() && is_private(address.ip()));
            for address in &interface.addresses {
                let network = address.network;
                let same_link = private_v4 && network.is_ipv6() && network.prefix() >= 64;
                if is_private(network.ip()) || same_link {
                    networks.push(subnet(network));
                }
            }
        }
        networks.sort_unstable();
        networks.dedup();
        networks
    }

    /// Every address of this machine, those of an engine's bridges included.
    pub fn is_this_machine(&self, ip: IpAddr) -> bool {
        let ip = ip.to_canonical();
        let mut addresses = self.interfaces.iter().flat_map(|one| &one.addresses);
        ip.is_loopback() || addresses.any(|address| address.ip() == ip)
    }

    /// Does the call come from this machine or its own network? An engine
    /// bridge's subnet never counts, even where it overlaps. Link-local addresses
    /// are the same on every link: `scope` is the index of the one it came by.
    pub fn is_local_caller(&self, ip: IpAddr, scope: u32) -> bool {
        let ip = ip.to_canonical();
        if ip.is_loopback() {
            return true;
        }
        if matches!(ip, IpAddr::V6(ip) if ip.is_unicast_link_local()) {
            return self
                .lan()
                .any(|interface| interface.trusted && interface.index == scope);
        }
        let is_in = |network: &IpNetwork| subnet(*network).contains(ip);
        let engines = self
            .of_kind(LinkKind::Engine)
            .flat_map(|interface| &interface.addresses)
            .filter(|address| !address.is_link_local_v6());
        if engines.into_iter().any(|address| is_in(&address.network)) {
            return false;
        }
        // A machine calling its own LAN address comes from that address.
        self.own_networks().iter().any(is_in)
            || self
                .lan()
                .filter(|interface| interface.trusted)
                .flat_map(|interface| &interface.addresses)
                .any(|address| address.ip() == ip)
    }
}

/// The network without the host part, which `IpNetwork` keeps.
fn subnet(network: IpNetwork) -> IpNetwork {
    IpNetwork::new(network.network(), network.prefix()).unwrap_or(network)
}

fn is_private(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => ip.is_private() || ip.is_link_local(),
        IpAddr::V6(ip) => ip.is_unique_local() || ip.is_unicast_link_local(),
    }
}

/// The addresses of `/proc/net/if_inet6` that are temporary (0x01), failed
/// duplicate detection (0x08), deprecated (0x20) or tentative (0x40).
fn fleeting(table: &str) -> Vec<IpAddr> {
    table
        .lines()
        .filter_map(|line| {
            let mut fields = line.split_whitespace();
            let address = u128::from_str_radix(fields.next()?, 16).ok()?;
            let flags = u32::from_str_radix(fields.nth(3)?, 16).ok()?;
            (flags & 0x69 != 0).then(|| IpAddr::V6(Ipv6Addr::from_bits(address)))
        })
        .collect()
}

#[cfg(test)]
mod tests;
