//! A network, as the engine lists it.

use super::timestamp::Timestamp;
use ipnetwork::IpNetwork;
use serde::Serialize;
use std::collections::BTreeMap;
use std::net::IpAddr;
use utoipa::ToSchema;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Network {
    pub id: String,
    pub name: String,
    pub driver: String,
    /// `local`, `global` or `swarm`.
    pub scope: String,
    /// Without a way out.
    pub internal: bool,
    /// Containers that are not part of a swarm service may join by hand.
    pub attachable: bool,
    pub ipv6: bool,
    pub subnets: Vec<Subnet>,
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
