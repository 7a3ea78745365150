//! How large a network has to be, and which sizes a host may have.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A size that a network can have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NetworkSize {
    /// `/27`.
    pub cidr: String,
    pub prefix: u8,
    pub total_ips: u32,
    /// Without the network's own and the broadcast address.
    pub usable_ips: u32,
    /// Containers with one address each.
    pub containers: u32,
    /// Containers with four addresses each.
    pub containers_with_four: u32,
    pub fit: SizeFit,
}

/// Whether a size is right for what is needed and for this host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SizeFit {
    /// It has fewer addresses than are needed.
    TooSmall,
    /// The smallest that is large enough.
    Recommended,
    /// Larger than needed, and within what this host should have.
    Fits,
    /// The largest that this host should have.
    AtLimit,
    /// Larger than this host should have: it must be acknowledged.
    Oversized,
}

/// The answer to `GET /api/networks/calculate-size`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct SizeRecommendation {
    pub max_containers: u32,
    pub ips_per_container: u32,
    pub buffer_percent: u32,
    /// Addresses that are needed, with the buffer.
    pub required_ips: u32,
    /// `/27`.
    pub recommended_cidr: String,
    pub usable_ips: u32,
    /// The largest that this host should have, `/25`.
    pub hardware_limit: String,
    /// The recommended size is larger than the hardware limit.
    pub exceeds_hardware: bool,
    /// Every size that can be chosen, smallest first.
    pub sizes: Vec<NetworkSize>,
}

/// `/27`.
pub fn prefix_text(prefix: u8) -> String {
    format!("/{prefix}")
}

impl NetworkSize {
    /// Of an IPv4 network with this prefix, 30 at most.
    pub fn of(prefix: u8, fit: SizeFit) -> Self {
        let total_ips = 1_u32 << (32 - u32::from(prefix));
        let usable_ips = total_ips - 2;
        Self {
            cidr: prefix_text(prefix),
            prefix,
            total_ips,
            usable_ips,
            containers: usable_ips,
            containers_with_four: usable_ips / 4,
            fit,
        }
    }
}
