//! What a form needs to offer: what is there to make a container with, and a
//! copy of one that can stand beside it.

use super::Creation;
use crate::domain::containers::{malformed, numbered};
use crate::error::Result;
use crate::model::network::Network;
use crate::model::spec::{ContainerSpec, MountKind};
use crate::model::volume::is_generated;
use serde::Serialize;
use utoipa::ToSchema;

/// What a new container can be made with.
#[derive(Debug, Serialize, ToSchema)]
pub struct Choices {
    /// References of the images on this host.
    pub images: Vec<String>,
    pub networks: Vec<NetworkChoice>,
    /// Names of volumes; those that the engine named are left out.
    pub volumes: Vec<String>,
    /// Published ports, and by whom.
    pub ports: Vec<PortInUse>,
    /// How many containers there are, and how many this host keeps steady.
    pub containers: usize,
    pub max_containers: Option<u32>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct NetworkChoice {
    pub name: String,
    pub driver: String,
    pub internal: bool,
    /// In CIDR notation.
    pub subnets: Vec<String>,
    /// A fixed address can be asked for.
    pub fixed_addresses: bool,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct PortInUse {
    pub port: u16,
    pub protocol: String,
    pub container: String,
}

impl From<&Network> for NetworkChoice {
    fn from(network: &Network) -> Self {
        Self {
            fixed_addresses: network.name != "bridge" && !network.subnets.is_empty(),
            subnets: network
                .subnets
                .iter()
                .map(|subnet| subnet.network.to_string())
                .collect(),
            name: network.name.clone(),
            driver: network.driver.clone(),
            internal: network.internal,
        }
    }
}

impl Creation {
    /// From memory: the engine is not asked.
    pub fn choices(&self) -> Result<Choices> {
        let all = self.engine.containers()?;
        let mut ports: Vec<PortInUse> = all
            .iter()
            .flat_map(|container| {
                container.ports.iter().filter_map(|port| {
                    Some(PortInUse {
                        port: port.host_port?,
                        protocol: port.protocol.clone(),
                        container: container.name.clone(),
                    })
                })
            })
            .collect();
        ports.sort_by_key(|used| used.port);
        ports.dedup_by(|a, b| {
            a.port == b.port && a.protocol == b.protocol && a.container == b.container
        });
        let listed = self.engine.images()?;
        let tags = listed.iter().flat_map(|image| image.tags.clone());
        let mut images: Vec<String> = tags.collect();
        images.sort();
        images.dedup();
        Ok(Choices {
            images,
            networks: self
                .engine
                .networks()?
                .iter()
                .filter(|network| !matches!(network.name.as_str(), "host" | "none"))
                .map(|network| NetworkChoice::from(network.as_ref()))
                .collect(),
            volumes: self
                .engine
                .volumes()?
                .iter()
                .map(|volume| volume.name.clone())
                .filter(|name| !is_generated(name))
                .collect(),
            ports,
            containers: all.len(),
            max_containers: self.profile.max_containers,
        })
    }

    /// A copy that can stand beside the original: another name, and without
    /// what can exist only once (fixed addresses, MACs, host ports, volumes
    /// that the engine named, the marks of Compose).
    pub fn duplicate(&self, mut spec: ContainerSpec) -> ContainerSpec {
        let name = spec.name.take().unwrap_or_default();
        let free = numbered(&name, |name| self.containers.is_taken(name))
            .filter(|name| malformed(name).is_none());
        spec.name = free;
        for network in &mut spec.networks {
            network.ipv4 = None;
            network.ipv6 = None;
            network.mac = None;
            network.link_local_ips.clear();
        }
        for port in &mut spec.ports {
            port.host_port = None;
        }
        for mount in &mut spec.mounts {
            if mount.kind == MountKind::Volume && is_generated(&mount.source) {
                mount.source.clear();
            }
        }
        spec.labels
            .retain(|key, _| !key.starts_with("com.docker.compose."));
        spec.hostname = None;
        spec
    }
}
