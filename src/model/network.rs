//! A network, as the engine lists it, and as the product shows it.

use super::network_record::SizeDismissal;
use super::network_size::NetworkSize;
use super::timestamp::Timestamp;
use ipnetwork::IpNetwork;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;
use utoipa::ToSchema;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Network {
    pub id: String,
    pub name: String,
    pub driver: String,
    /// `local`, `global` or `swarm`.
    pub scope: String,
    /// Without external access.
    pub internal: bool,
    /// Containers that are not part of a swarm service may join by hand.
    pub attachable: bool,
    pub ipv6: bool,
    pub subnets: Vec<Subnet>,
    /// Options of the driver (`parent`, `com.docker.network.driver.mtu` …).
    pub options: BTreeMap<String, String>,
    pub labels: BTreeMap<String, String>,
    pub created_at: Option<Timestamp>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Subnet {
    /// In CIDR notation.
    #[schema(value_type = String)]
    pub network: IpNetwork,
    #[schema(value_type = Option<String>)]
    pub gateway: Option<IpAddr>,
    /// The part that the engine assigns addresses from.
    #[schema(value_type = Option<String>)]
    pub range: Option<IpNetwork>,
    /// Addresses that are kept for something else, by what they are for.
    pub reserved: BTreeMap<String, String>,
}

/// A network with who is on it, and what DockerMate knows of it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct NetworkView {
    #[serde(flatten)]
    pub network: Arc<Network>,
    /// It belongs to the engine, which does not remove it.
    pub is_predefined: bool,
    /// Compose project (`com.docker.compose.project`).
    pub stack: Option<String>,
    /// The containers on it, by name, stopped ones too.
    pub members: Vec<NetworkMember>,
    /// Of its IPv4 subnet; none without one.
    pub usage: Option<AddressUsage>,
    /// What is wrong with its addresses, as sentences.
    pub warnings: Vec<String>,
    /// It is larger than this host needs.
    pub oversized: Option<Oversized>,
}

/// A container on a network.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct NetworkMember {
    pub id: String,
    pub name: String,
    pub running: bool,
    pub ipv4: Option<String>,
    pub ipv6: Option<String>,
    pub mac: Option<String>,
    pub aliases: Vec<String>,
    /// Addresses that were chosen for it; it has them whenever it runs.
    pub fixed: Vec<String>,
    /// Of the container; none on a MIXED host without a tag.
    pub environment: Option<String>,
}

/// How many addresses of a subnet are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct AddressUsage {
    /// Without the network's own and the broadcast address.
    pub usable: u64,
    /// By containers, the gateway and what is kept for something else.
    pub used: u64,
    /// Within reserved ranges, and not used.
    pub reserved: u64,
    pub free: u64,
}

/// Why a network is larger than it should be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Oversized {
    pub impact: SizeImpact,
    /// Usable addresses that this host's containers leave unused, percent.
    pub unused_percent: u8,
    /// Containers that this host should have at most.
    pub max_containers: Option<u32>,
    /// What would be enough.
    pub recommended: NetworkSize,
    /// The warning was dismissed, and is not due yet.
    pub dismissed: Option<SizeDismissal>,
}

/// How much a size beyond the hardware's limit matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum SizeImpact {
    Low,
    Moderate,
    High,
}

/// What an address of a subnet is at the moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AddressState {
    /// The first one: it stands for the subnet itself.
    Network,
    Broadcast,
    Gateway,
    /// Kept for something else when the network was created.
    Auxiliary,
    /// A container has it.
    Used,
    /// The fixed address of a container that does not run.
    Waiting,
    /// In a reserved range, and free.
    Reserved,
    Free,
}

/// One address of a subnet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct AddressRow {
    #[schema(value_type = String)]
    pub address: IpAddr,
    pub state: AddressState,
    /// Who has it, or what it is kept for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// The id of the reserved range that it is in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reservation: Option<String>,
}

impl Network {
    /// The networks that every engine has, and those that a swarm cannot do without.
    pub fn is_predefined(&self) -> bool {
        match self.name.as_str() {
            "bridge" | "host" | "none" | "docker_gwbridge" => true,
            "ingress" => self.scope == "swarm",
            _ => false,
        }
    }

    /// It is a part of a network that a link of the host leads to.
    pub fn shares_link(&self) -> bool {
        shares_link(&self.driver)
    }

    pub fn ipv4(&self) -> Option<&Subnet> {
        self.subnets.iter().find(|subnet| subnet.network.is_ipv4())
    }
}

/// Whether the networks of a driver are part of one that a link of the host leads to.
pub fn shares_link(driver: &str) -> bool {
    matches!(driver, "macvlan" | "ipvlan")
}

/// What a form for a new network starts with.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct NetworkProposal {
    /// A free private subnet, in CIDR notation.
    pub subnet: String,
    pub gateway: Option<String>,
    /// A free /64 of this host's own prefix.
    pub ipv6_subnet: Option<String>,
    /// Links of the host that a macvlan or ipvlan network can share.
    pub links: Vec<HostLink>,
}

/// A link of the host that leads to the network of the house.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct HostLink {
    pub name: String,
    /// Its addresses, in CIDR notation.
    pub networks: Vec<String>,
    /// The router there, where the host's default route leads to it.
    #[schema(value_type = Option<String>)]
    pub gateway: Option<IpAddr>,
}

/// The containers on a network.
#[derive(Debug, Serialize, ToSchema)]
pub struct NetworkMembers {
    pub items: Vec<NetworkMember>,
}
