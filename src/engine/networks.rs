//! One network as the engine tells it when it is asked for by itself, with who
//! has which address; and connecting containers to networks.

use super::convert;
use super::error::EngineError;
use super::handle::Engine;
use super::transport::REQUEST;
use super::wire::{encode, or_default, parse};
use crate::model::network::Network;
use hyper::Method;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::net::IpAddr;

/// A network, and the addresses in use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NetworkDetails {
    pub network: Network,
    /// The container that has each.
    pub addresses: BTreeMap<IpAddr, String>,
}

#[derive(Debug, Deserialize)]
struct Row {
    #[serde(flatten)]
    network: convert::NetworkRow,
    #[serde(rename = "Containers", default, deserialize_with = "or_default")]
    containers: BTreeMap<String, Member>,
}

#[derive(Debug, Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct Member {
    #[serde(deserialize_with = "or_default")]
    name: String,
    #[serde(rename = "IPv4Address", deserialize_with = "or_default")]
    ipv4: String,
    #[serde(rename = "IPv6Address", deserialize_with = "or_default")]
    ipv6: String,
}

impl Engine {
    /// One network by name or id, with the addresses in use; `None` when there is none.
    pub async fn network(&self, name: &str) -> Result<Option<NetworkDetails>, EngineError> {
        let client = self.shared.client()?;
        let path = format!("/networks/{}", encode(self.network_name(name)));
        match self
            .ask(&client, Method::GET, &path, None, REQUEST, name)
            .await
        {
            Err(EngineError::Engine { status: 404, .. }) => Ok(None),
            Err(error) => Err(error),
            Ok(answer) => Ok(Some(details(parse(&answer)?))),
        }
    }

    /// The name that this engine takes for a network.
    pub(super) fn network_name<'a>(&self, name: &'a str) -> &'a str {
        if self.is_podman() {
            convert::podman_network_name(name)
        } else {
            name
        }
    }

    /// `POST /networks/{name}/connect`.
    pub async fn connect_network(
        &self,
        network: &str,
        id: &str,
        endpoint: &Map<String, Value>,
    ) -> Result<(), EngineError> {
        let client = self.shared.client()?;
        let path = format!("/networks/{}/connect", encode(self.network_name(network)));
        let body = json!({ "Container": id, "EndpointConfig": endpoint });
        self.ask(&client, Method::POST, &path, Some(&body), REQUEST, id)
            .await?;
        self.refresh_after_change(id).await;
        Ok(())
    }

    /// `POST /networks/{name}/disconnect`.
    pub async fn disconnect_network(&self, network: &str, id: &str) -> Result<(), EngineError> {
        let client = self.shared.client()?;
        let path = format!(
            "/networks/{}/disconnect",
            encode(self.network_name(network))
        );
        let body = json!({ "Container": id, "Force": false });
        self.ask(&client, Method::POST, &path, Some(&body), REQUEST, id)
            .await?;
        self.refresh_after_change(id).await;
        Ok(())
    }
}

fn details(row: Row) -> NetworkDetails {
    let mut addresses = BTreeMap::new();
    for member in row.containers.into_values() {
        for text in [&member.ipv4, &member.ipv6] {
            if let Ok(address) = text.split('/').next().unwrap_or("").parse() {
                addresses.insert(address, member.name.clone());
            }
        }
    }
    NetworkDetails {
        network: convert::network(row.network),
        addresses,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn network_details_include_the_addresses_in_use() {
        let answer = r#"{"Name":"lan","Id":"6afc","Driver":"bridge","Internal":true,"Created":"",
          "IPAM":{"Config":[{"Subnet":"10.44.7.0/24","Gateway":"10.44.7.1"}]},"Labels":{"a":"b"},
          "Containers":{"8646":{"Name":"web","IPv4Address":"10.44.7.2/24","IPv6Address":""}}}"#;
        let read = details(parse(answer.as_bytes()).unwrap());
        assert!(read.network.internal);
        assert_eq!(read.network.subnets[0].gateway, "10.44.7.1".parse().ok());
        let address: IpAddr = "10.44.7.2".parse().unwrap();
        assert_eq!(read.addresses[&address], "web");
        let bare = details(parse(br#"{"Id":"1","Containers":null}"#).unwrap());
        assert!(bare.addresses.is_empty());
    }
}
