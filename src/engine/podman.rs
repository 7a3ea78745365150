//! What only Podman has, or does otherwise than Docker: pods, and settings that
//! it accepts and ignores.

use super::handle::Engine;
use super::transport::REQUEST;
use super::wire::{or_default, parse};
use hyper::Method;
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Pod {
    name: String,
    #[serde(default, deserialize_with = "or_default")]
    containers: Vec<PodMember>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PodMember {
    id: String,
}

impl Engine {
    /// The name of the pod that a container is a member of (Podman API,
    /// `PodListLibpod`: the Docker-compatible answers do not tell).
    pub async fn pod_of(&self, id: &str) -> Option<String> {
        if !self.is_podman() {
            return None;
        }
        let client = self.shared.client().ok()?;
        let path = "/libpod/pods/json";
        let asked = self.ask(&client, Method::GET, path, None, REQUEST, id);
        let pods = match asked.await.and_then(|answer| parse::<Vec<Pod>>(&answer)) {
            Ok(pods) => pods,
            Err(error) => {
                tracing::warn!(%error, "the pods of the engine could not be read");
                return None;
            }
        };
        let holds = |pod: &Pod| pod.containers.iter().any(|member| member.id == id);
        pods.into_iter().find(holds).map(|pod| pod.name)
    }

    /// A warning for what Podman accepted in a create request and ignored.
    pub(super) async fn ignored(&self, id: &str, request: &Value) -> Option<String> {
        const REQUESTS: &str = "/HostConfig/DeviceRequests";
        const DEVICES: &str = "/HostConfig/Devices";
        let count = |value: &Value, path: &str| {
            let list = value.pointer(path).and_then(Value::as_array);
            list.map_or(0, Vec::len)
        };
        if !self.is_podman() || count(request, REQUESTS) == 0 {
            return None;
        }
        let client = self.shared.client().ok()?;
        let path = format!("/containers/{id}/json");
        let asked = self.ask(&client, Method::GET, &path, None, REQUEST, id);
        let made: Value = parse(&asked.await.ok()?).ok()?;
        // What it understands becomes a device.
        let ignored =
            count(&made, REQUESTS) == 0 && count(&made, DEVICES) <= count(request, DEVICES);
        ignored.then(|| {
            "The engine ignored the request for devices (gpus): the container was created without them. Podman takes a GPU as a device, such as nvidia.com/gpu=all.".to_owned()
        })
    }
}
