//! What is written before a network is recreated: everything that creates the old
//! one again and puts its containers back. How far it went is read off the engine.

use crate::domain::operations::EntryKind;
use crate::engine::NetworkBody;
use ipnetwork::IpNetwork;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::net::IpAddr;

pub(super) const KIND: EntryKind = EntryKind {
    name: "network_migration",
    version: 1,
};

/// The stages, in order. Until [`Stage::Committed`] everything is rolled back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Stage {
    /// The engine is asked whether it takes the new subnet.
    Trying,
    /// The old network is replaced by the new one.
    Replacing,
    /// Every container is on the new one.
    Committed,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Content {
    pub stage: Stage,
    /// The engine that they are on, if that is known.
    pub engine: Option<String>,
    pub name: String,
    pub old_id: String,
    /// Of the network with which the new subnet is tried.
    pub temporary_name: String,
    pub old: NetworkBody,
    pub new: NetworkBody,
    pub old_subnet: IpNetwork,
    pub new_subnet: IpNetwork,
    pub new_id: Option<String>,
    /// What a rollback has created in place of the old one.
    pub restored_id: Option<String>,
    /// Those with a fixed address first.
    pub members: Vec<Moved>,
    /// The new size is beyond what the host should have, and that was accepted.
    pub acknowledged: bool,
}

/// A container that is moved.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(in super::super) struct Moved {
    pub id: String,
    pub name: String,
    pub running: bool,
    /// Its place on the old network, as it was asked for.
    pub old: Map<String, Value>,
    pub new: Map<String, Value>,
    /// Its fixed IPv4 address there.
    pub address: Option<IpAddr>,
}
