//! What creates a network again: made of its inspect answer, so that nothing the
//! engine knows of it is lost, whether this program understands it or not.

use super::error::EngineError;
use super::handle::Engine;
use super::transport::REQUEST;
use super::wire::{encode, parse};
use crate::model::network::Subnet;
use hyper::Method;
use ipnetwork::IpNetwork;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// Parts of an inspect answer that are parts of a create request too (Docker Engine
/// API, `NetworkCreate`).
const KEPT: [&str; 9] = [
    "Driver",
    "Internal",
    "Attachable",
    "Ingress",
    "EnableIPv4",
    "EnableIPv6",
    "IPAM",
    "Options",
    "Labels",
];
/// Names a link of the host, which only one network can have.
const LINK_NAME: &str = "com.docker.network.bridge.name";

/// The body of `POST /networks/create`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct NetworkBody(Map<String, Value>);

impl NetworkBody {
    /// The one that creates the network with this inspect answer.
    pub fn of(inspect: &Value) -> Self {
        let mut body = Map::new();
        for key in ["Name"].iter().chain(&KEPT) {
            if let Some(value) = inspect.get(*key).filter(|value| !value.is_null()) {
                body.insert((*key).to_owned(), value.clone());
            }
        }
        // Engines before API 1.44 allow two of one name otherwise.
        body.insert("CheckDuplicate".to_owned(), json!(true));
        Self(body)
    }

    /// The same beside the network itself: to see whether the engine takes it.
    #[must_use]
    pub fn named(mut self, name: &str) -> Self {
        self.0.insert("Name".to_owned(), json!(name));
        if let Some(Value::Object(options)) = self.0.get_mut("Options") {
            options.remove(LINK_NAME);
        }
        self
    }

    /// The same with another subnet in place of its IPv4 one.
    #[must_use]
    pub fn with_ipv4(mut self, subnet: &Subnet) -> Self {
        let pools = self
            .0
            .get_mut("IPAM")
            .and_then(|ipam| ipam.get_mut("Config"))
            .and_then(Value::as_array_mut);
        if let Some(pools) = pools {
            for pool in pools.iter_mut().filter(|pool| is_ipv4(pool)) {
                *pool = super::networks::pool(subnet);
            }
        }
        self
    }

    /// Whether this is the request that a network of this inspect answer was made by,
    /// as far as its subnets tell.
    pub fn has_subnets_of(&self, inspect: &Value) -> bool {
        let subnets = |of: Option<&Value>| {
            let pools = of.and_then(|ipam| ipam.get("Config"));
            let pools = pools.and_then(Value::as_array).into_iter().flatten();
            let mut all: Vec<String> = pools
                .filter_map(|pool| pool.get("Subnet")?.as_str().map(ToOwned::to_owned))
                .collect();
            all.sort();
            all
        };
        subnets(self.0.get("IPAM")) == subnets(inspect.get("IPAM"))
    }

    fn name(&self) -> &str {
        self.0.get("Name").and_then(Value::as_str).unwrap_or("")
    }
}

fn is_ipv4(pool: &Value) -> bool {
    let subnet = pool.get("Subnet").and_then(Value::as_str).unwrap_or("");
    subnet
        .parse()
        .is_ok_and(|subnet: IpNetwork| subnet.is_ipv4())
}

impl Engine {
    /// The inspect answer of a network by its id, or by its name; `None` when there is none.
    pub async fn inspect_network(&self, reference: &str) -> Result<Option<Value>, EngineError> {
        let client = self.shared.client()?;
        let path = format!("/networks/{}", encode(reference));
        let answer = match self
            .ask(&client, Method::GET, &path, None, REQUEST, reference)
            .await
        {
            Err(EngineError::Engine { status: 404, .. } | EngineError::NotFound(_)) => {
                return Ok(None);
            }
            other => other?,
        };
        let inspect: Value = parse(&answer)?;
        // An engine also takes the beginning of an id.
        let is_meant = ["Id", "Name"]
            .iter()
            .any(|key| inspect.get(*key).and_then(Value::as_str) == Some(reference));
        Ok(is_meant.then_some(inspect))
    }

    /// Creates it. Gives the id.
    ///
    /// # Errors
    /// The engine's reason, as when another network has a part of its addresses.
    pub async fn create_network_again(&self, body: &NetworkBody) -> Result<String, EngineError> {
        self.send_network(&Value::Object(body.0.clone()), body.name())
            .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inspect() -> Value {
        json!({
            "Name": "media", "Id": "6afc", "Created": "2026-01-01", "Scope": "local",
            "Driver": "bridge", "EnableIPv4": true, "EnableIPv6": true, "Internal": false,
            "IPAM": {"Driver": "default", "Options": null, "Config": [
                {"Subnet": "172.20.0.0/24", "Gateway": "172.20.0.1"}, {"Subnet": "fd00::/64"}]},
            "Options": {"com.docker.network.bridge.name": "media0", "x": "y"},
            "Labels": {"com.docker.compose.project": "media"}, "Containers": {},
            "ConfigFrom": {"Network": ""}
        })
    }

    #[test]
    fn network_is_created_again_with_all_that_its_inspect_answer_says() {
        let body = NetworkBody::of(&inspect());
        assert_eq!(
            serde_json::to_value(&body).unwrap(),
            json!({
                "Name": "media", "CheckDuplicate": true, "Driver": "bridge", "EnableIPv4": true,
                "EnableIPv6": true, "Internal": false,
                "IPAM": {"Driver": "default", "Options": null, "Config": [
                    {"Subnet": "172.20.0.0/24", "Gateway": "172.20.0.1"}, {"Subnet": "fd00::/64"}]},
                "Options": {"com.docker.network.bridge.name": "media0", "x": "y"},
                "Labels": {"com.docker.compose.project": "media"}
            })
        );
        assert!(body.has_subnets_of(&inspect()));
    }

    #[test]
    fn only_the_ipv4_subnet_is_replaced_and_a_second_name_leaves_the_link() {
        let subnet = Subnet {
            network: "10.20.0.0/27".parse().unwrap(),
            gateway: "10.20.0.1".parse().ok(),
            range: None,
            reserved: [("nas".to_owned(), "10.20.0.9".to_owned())].into(),
        };
        let body = NetworkBody::of(&inspect())
            .with_ipv4(&subnet)
            .named("media-2");
        let body = serde_json::to_value(&body).unwrap();
        assert_eq!(
            body["IPAM"]["Config"],
            json!([
                {"Subnet": "10.20.0.0/27", "Gateway": "10.20.0.1", "AuxiliaryAddresses": {"nas": "10.20.0.9"}},
                {"Subnet": "fd00::/64"}
            ])
        );
        assert_eq!(body["Name"], "media-2");
        assert_eq!(body["Options"], json!({"x": "y"}));
    }
}
