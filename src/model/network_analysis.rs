//! What the size of a network costs on this host, and what it is used for.

use super::network::Oversized;
use super::network_record::UsePeak;
use serde::Serialize;
use utoipa::ToSchema;

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct NetworkAnalysis {
    /// In CIDR notation.
    pub subnet: String,
    pub usable_ips: u64,
    /// Containers on it, and how many of them run.
    pub containers: usize,
    pub running: usize,
    /// Addresses in use now.
    pub used: u64,
    /// The most that were in use at once, as far as was noted.
    pub peak: Option<UsePeak>,
    /// None where the size fits this host.
    pub oversized: Option<Oversized>,
    /// None where the host's own tables cannot be read from here: DockerMate runs in a
    /// container, or the engine is on another machine.
    pub host: Option<NeighborTables>,
    pub firewall: FirewallRules,
    /// A smaller subnet with room for all, if there is one.
    pub recommended_subnet: Option<String>,
    /// Containers with a fixed address that keep it there.
    pub kept_addresses: usize,
    /// What it comes to, in plain sentences.
    pub findings: Vec<String>,
}

/// The kernel's tables of the network's link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct NeighborTables {
    /// The link (`br-1a2b3c4d5e6f`).
    pub link: String,
    /// Entries of the IPv4 neighbor table by this link, and of the whole host.
    pub neighbors: u64,
    pub neighbors_of_host: u64,
    /// The most that the kernel keeps (`net.ipv4.neigh.default.gc_thresh3`).
    pub neighbor_limit: u64,
    /// Entries of the bridge's forwarding table (MAC addresses).
    pub forwarding: u64,
}

/// Rules that the engine adds; the size of a network adds none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FirewallRules {
    /// Ports that its running containers publish.
    pub published_ports: usize,
    /// About how many rules it comes to: of the network itself, and of each port.
    pub estimate: usize,
}
