//! Networks, containers and published ports as a drawing: what stands where, and what
//! is joined to what.

use serde::Serialize;
use utoipa::ToSchema;

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Topology {
    /// Of the whole drawing, in pixels.
    pub width: u32,
    pub height: u32,
    pub nodes: Vec<TopologyNode>,
    pub edges: Vec<TopologyEdge>,
}

/// A rectangle of the drawing. No two of them overlap.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct TopologyNode {
    /// What edges name it by.
    pub id: String,
    pub kind: TopologyKind,
    pub label: String,
    /// A second line: a subnet, an image, the addresses of ports.
    pub detail: String,
    /// Of a container.
    pub running: Option<bool>,
    pub x: u32,
    pub y: u32,
    pub width: u32,
    pub height: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TopologyKind {
    Host,
    /// The published ports of one container.
    Ports,
    Container,
    Network,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct TopologyEdge {
    pub from: String,
    pub to: String,
    /// The address of the container on the network.
    pub label: Option<String>,
}
