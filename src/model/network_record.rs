//! What DockerMate itself knows of a network: reserved ranges, and what its user
//! said about its size. Kept by the network's name, so that a network which is
//! recreated keeps it.

use super::timestamp::Timestamp;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;
use utoipa::ToSchema;

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct NetworkRecord {
    pub reservations: Vec<ReservedRange>,
    /// When somebody accepted that it is larger than this host should have.
    pub oversized_acknowledged_at: Option<Timestamp>,
}

/// A range of addresses that is kept for something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReservedRange {
    pub id: String,
    #[schema(value_type = String)]
    pub first: IpAddr,
    #[schema(value_type = String)]
    pub last: IpAddr,
    /// "Media Services".
    pub label: String,
    #[serde(default)]
    pub description: String,
    /// A color of the palette: `blue`, `green` …
    pub color: String,
    /// Addresses in it are only given out when the range is named.
    pub prevent_auto_assign: bool,
    pub created_at: Timestamp,
}

impl NetworkRecord {
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}
