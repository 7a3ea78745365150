//! The snapshot of a container that is to be made again.

use super::client::Client;
use super::convert::{self, CreateBody, Defaults, EngineFacts};
use super::error::EngineError;
use super::handle::Engine;
use crate::model::container::Container;
use crate::model::spec::ContainerSpec;
use serde_json::Value;
use std::sync::Arc;

/// A container as it is, ready to be made again.
#[derive(Debug, Clone)]
pub struct Snapshot {
    pub container: Arc<Container>,
    pub inspect: Value,
    /// The image it was made from still exists, so its defaults were told apart.
    pub image_known: bool,
    pub body: CreateBody,
    /// The same in a person's words, without what the engine filled in.
    pub spec: ContainerSpec,
    /// What the engine does not tell, and what becomes of it in a replacement.
    pub uncertain: Option<String>,
    /// Why its volumes of other containers are attached by their own names now.
    pub kept_volumes: Option<String>,
    /// The pod of Podman that it is a member of.
    pub pod: Option<String>,
}

/// The platform of an image (`linux/arm64/v8`) that is not of the engine's
/// architecture (`x86_64`): somebody asked for it.
fn foreign(image: &str, engine: &str) -> Option<String> {
    let own = match engine {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        "i386" | "i686" => "386",
        arm if arm.starts_with("armv") => "arm",
        other => other,
    };
    let architecture = image.split('/').nth(1).unwrap_or("");
    let both_known = !own.is_empty() && !architecture.is_empty();
    (both_known && architecture != own).then(|| image.to_owned())
}

impl Engine {
    /// What somebody would write to get this request.
    pub fn spec_of(&self, body: &CreateBody) -> Result<ContainerSpec, EngineError> {
        let client = self.shared.client()?;
        Ok(convert::spec_of(body, &defaults(&client)))
    }

    /// Everything that is needed to make this container again.
    pub async fn snapshot(&self, reference: &str) -> Result<Snapshot, EngineError> {
        let (inspect, container) = self.inspect_container(reference).await?;
        let client = self.shared.client()?;
        let image = self
            .image_of_container(&inspect, &container.image_id)
            .await?;
        let config = image.as_ref().map(|image| &image.config);
        let mut body = convert::body_of(&inspect, config, &facts(&client));
        let own = super::images::platform_of_container(&inspect);
        body.platform = own
            .as_ref()
            .or(image.as_ref().map(|image| &image.platform))
            .and_then(|platform| foreign(platform, &client.info.architecture));
        let kept_volumes = self.keep_volumes_of_others(&mut body, &inspect).await?;
        let mut spec = convert::spec_of(&body, &defaults(&client));
        spec.name = Some(container.name.clone());
        let pod = self.pod_of(&container.id).await;
        let uncertain = convert::keep_assigned(&mut body, &inspect, &facts(&client));
        Ok(Snapshot {
            container,
            inspect,
            image_known: image.is_some(),
            body,
            spec,
            uncertain,
            kept_volumes,
            pod,
        })
    }
}

pub(super) fn defaults(client: &Client) -> Defaults {
    Defaults {
        cgroup_v2: client.info.cgroup_version == "2",
        logging_driver: client.logging_driver.clone(),
        runtime: client.default_runtime.clone(),
    }
}

pub(super) fn facts(client: &Client) -> EngineFacts {
    EngineFacts {
        api: client.api,
        version: client.info.version.clone(),
        podman: client.info.product.contains("Podman"),
        host_name: client.info.name.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn platform_is_kept_only_if_it_differs_from_the_engine_architecture() {
        for (image, engine, wanted) in [
            ("linux/amd64", "x86_64", None),
            ("linux/arm64/v8", "aarch64", None),
            ("linux/arm/v6", "armv7l", None),
            ("linux/amd64", "aarch64", Some("linux/amd64")),
            ("linux/arm/v7", "aarch64", Some("linux/arm/v7")),
            ("linux/386", "x86_64", Some("linux/386")),
            ("/", "x86_64", None),
            ("linux/amd64", "", None),
        ] {
            assert_eq!(
                foreign(image, engine).as_deref(),
                wanted,
                "{image} on {engine}"
            );
        }
    }
}
