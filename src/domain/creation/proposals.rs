//! What an image's own configuration proposes for a container: its ports, the
//! folders that it keeps data in, and its variables.

use super::Creation;
use crate::domain::commands;
use crate::domain::images::Pull;
use crate::domain::operations::Started;
use crate::engine::Image;
use crate::error::{Error, Result};
use crate::model::operation::{Target, TargetKind};
use crate::model::plan::Plan;
use crate::model::spec::image_reference;
use serde::Serialize;
use serde_json::Value;
use std::collections::HashSet;
use utoipa::ToSchema;

/// What a container of an image can be given. Nothing of it is set by itself.
#[derive(Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct ImageProposals {
    /// Whether the image is on this host. If not, its configuration is known only
    /// after a pull.
    pub is_here: bool,
    /// The first 50.
    pub ports: Vec<ProposedPort>,
    /// How many more it exposes: ranges, for calls or file transfers.
    pub more_ports: usize,
    /// Paths in the container that the image keeps data in.
    pub volumes: Vec<String>,
    /// Variables with the values that the image gives them.
    pub variables: Vec<ProposedVariable>,
}

/// A port that the image exposes.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ProposedPort {
    pub container_port: u16,
    pub protocol: String,
    /// A port of the host that nothing is known to use.
    pub host_port: Option<u16>,
}

#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ProposedVariable {
    pub name: String,
    pub value: String,
}

/// Nobody publishes more one by one.
const MOST_PORTS: usize = 50;
/// Variables that images carry for their own build and start.
const OWN: [&str; 6] = ["PATH", "HOME", "LANG", "LC_ALL", "GPG_KEY", "GOPATH"];
const OWN_ENDS: [&str; 6] = [
    "_VERSION",
    "_SHA256",
    "_SHA",
    "_GPG_KEYS",
    "_DIGEST",
    "_HOME",
];

impl Creation {
    /// From the image on this host, without asking a registry.
    pub async fn proposals(&self, reference: &str) -> Result<ImageProposals> {
        image_reference(reference).map_err(|why| Error::invalid("image", why))?;
        Ok(match self.engine.image(reference).await? {
            Some(image) => {
                let in_use = self.checks.ports_in_use();
                read(&image, |port, protocol| {
                    in_use.as_ref()?.free_near(port, protocol)
                })
            }
            None => ImageProposals::default(),
        })
    }

    pub fn plan_pull(&self, reference: &str) -> Result<Plan> {
        image_reference(reference).map_err(|why| Error::invalid("image", why))?;
        Ok(Plan {
            title: format!("Pull {reference}"),
            steps: vec![format!(
                "Download {reference}, or what is new of it, from its registry."
            )],
            keeps: vec!["Containers keep the image that they were created from.".to_owned()],
            commands: Some(commands::pull(
                reference,
                self.engine.cli_endpoint().as_deref(),
            )),
            ..Plan::default()
        })
    }

    /// Pulls an image, as an operation.
    pub fn pull(&self, reference: &str) -> Result<Started> {
        image_reference(reference).map_err(|why| Error::invalid("image", why))?;
        let target = Target::new(TargetKind::Image, reference);
        let reserved = self.operations.reserve(std::slice::from_ref(&target))?;
        let (images, reference) = (self.images.clone(), reference.to_owned());
        Ok(self.operations.start_task(
            "image.pull",
            format!("Pull {reference}"),
            target,
            true,
            move |task| async move {
                let _reserved = reserved;
                images
                    .provide(&task, &reference, None, Pull::Always)
                    .await?;
                Ok(format!("{reference} was pulled."))
            },
        ))
    }
}

/// `free` gives the first port above one that nothing is known to use.
fn read(image: &Image, free: impl Fn(u16, &str) -> Option<u16>) -> ImageProposals {
    let keys = |name: &str| -> Vec<&str> {
        let map = image.config.get(name).and_then(Value::as_object);
        map.into_iter()
            .flatten()
            .map(|(key, _)| key.as_str())
            .collect()
    };
    let mut exposed: Vec<(u16, &str)> = keys("ExposedPorts")
        .into_iter()
        .filter_map(|key| {
            let (port, protocol) = key.split_once('/').unwrap_or((key, "tcp"));
            let port: u16 = port.parse().ok()?;
            (port > 0).then_some((port, protocol))
        })
        .collect();
    exposed.sort_unstable();
    let mut given: HashSet<(u16, &str)> = HashSet::new();
    let ports = exposed.iter().take(MOST_PORTS).map(|(port, protocol)| {
        let mut at = usual(*port) - 1;
        let host_port = loop {
            match free(at, protocol) {
                Some(found) if !given.insert((found, protocol)) => at = found,
                found => break found,
            }
        };
        ProposedPort {
            container_port: *port,
            protocol: (*protocol).to_owned(),
            host_port,
        }
    });
    let ports = ports.collect();
    let mut volumes: Vec<String> = keys("Volumes").into_iter().map(ToOwned::to_owned).collect();
    volumes.sort();
    let env = image.config.get("Env").and_then(Value::as_array);
    let variables = env
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.as_str()?.split_once('='))
        .filter(|(name, _)| !OWN.contains(name) && !OWN_ENDS.iter().any(|end| name.ends_with(end)))
        .map(|(name, value)| ProposedVariable {
            name: name.to_owned(),
            value: value.to_owned(),
        })
        .collect();
    ImageProposals {
        is_here: true,
        ports,
        more_ports: exposed.len().saturating_sub(MOST_PORTS),
        volumes,
        variables,
    }
}

/// The port of the host that a port of a container mostly gets: those of the web
/// and of SSH are the host's own.
fn usual(port: u16) -> u16 {
    match port {
        80 => 8080,
        443 => 8443,
        22 => 2222,
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn exposed_ports_volumes_and_variables_of_an_image_are_proposed() {
        let image = Image {
            id: "sha256:a".to_owned(),
            platform: "linux/amd64".to_owned(),
            config: json!({
                "ExposedPorts": {"443/tcp": {}, "80/tcp": {}, "53/udp": {}, "odd": {}},
                "Volumes": {"/var/lib/data": {}, "/cache": {}},
                "Env": ["PATH=/bin", "PG_VERSION=16", "PGDATA=/var/lib/data", "EMPTY="],
            }),
        };
        // 8080 is in use.
        let free = |above: u16, _: &str| Some(if above == 8079 { 8081 } else { above + 1 });
        let found = read(&image, free);
        let ports: Vec<_> = found
            .ports
            .iter()
            .map(|one| (one.container_port, one.protocol.as_str(), one.host_port))
            .collect();
        assert_eq!(
            ports,
            [
                (53, "udp", Some(53)),
                (80, "tcp", Some(8081)),
                (443, "tcp", Some(8443))
            ]
        );
        assert_eq!(found.volumes, ["/cache", "/var/lib/data"]);
        let names: Vec<_> = found
            .variables
            .iter()
            .map(|one| one.name.as_str())
            .collect();
        assert_eq!(names, ["PGDATA", "EMPTY"]);
    }

    #[test]
    fn image_without_a_configuration_proposes_nothing() {
        let image = Image {
            id: String::new(),
            platform: String::new(),
            config: Value::Null,
        };
        let found = read(&image, |_, _| None);
        assert!(found.is_here && found.ports.is_empty() && found.volumes.is_empty());
    }
}
