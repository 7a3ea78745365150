//! Ports of the host, and who has them.

use serde::Serialize;
use utoipa::ToSchema;

/// A port of this host that a container publishes or a program listens on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct HostPortView {
    pub port: u16,
    /// `tcp`, `udp` or `sctp`.
    pub protocol: String,
    /// The addresses of this host that it is on; none stands for all.
    pub addresses: Vec<String>,
    /// None for a program of the host itself.
    pub container: Option<PortHolder>,
    /// Of the container.
    pub container_port: Option<u16>,
    /// Who else wants it, in a sentence.
    pub conflict: Option<String>,
}

/// The container that publishes a port.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct PortHolder {
    pub id: String,
    pub name: String,
    /// The port is published only while it runs.
    pub running: bool,
    /// None on a MIXED host without a tag.
    pub environment: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct HostPortList {
    /// By port.
    pub items: Vec<HostPortView>,
    /// Programs of the host are listed too. They are not where DockerMate runs in a
    /// container, or the engine is on another machine.
    pub sees_host: bool,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct FreePort {
    /// None when there is none above.
    pub port: Option<u16>,
    pub protocol: String,
}
