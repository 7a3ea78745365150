//! One network as the engine tells it when it is asked for by itself, with who
//! has which address; and connecting containers to networks.

use super::convert;
use super::error::EngineError;
use super::handle::Engine;
use super::resources::Resource;
use super::transport::REQUEST;
use super::wire::{encode, or_default, parse};
use crate::model::network::{Network, Subnet};
use hyper::Method;
use ipnetwork::IpNetwork;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

/// Creating a network with a driver that takes its time (a plugin, an interface).
const CREATE: Duration = Duration::from_mins(1);

/// A network, and the addresses in use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NetworkDetails {
    pub network: Network,
    /// The container that has each.
    pub addresses: BTreeMap<IpAddr, String>,
}

/// A network that is to be created (`POST /networks/create`).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewNetwork {
    pub name: String,
    pub driver: String,
    pub internal: bool,
    pub attachable: bool,
    pub ipv6: bool,
    pub subnets: Vec<Subnet>,
    pub options: BTreeMap<String, String>,
    pub labels: BTreeMap<String, String>,
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

    /// `POST /networks/create`. Gives the id.
    ///
    /// # Errors
    /// [`EngineError::Conflict`] when there is one of that name already.
    pub async fn create_network(&self, new: &NewNetwork) -> Result<String, EngineError> {
        self.send_network(&creation(new), &new.name).await
    }

    pub(super) async fn send_network(
        &self,
        body: &Value,
        name: &str,
    ) -> Result<String, EngineError> {
        #[derive(Deserialize)]
        struct Created {
            #[serde(rename = "Id")]
            id: String,
        }
        let client = self.shared.client()?;
        let answer = self
            .ask(
                &client,
                Method::POST,
                "/networks/create",
                Some(body),
                CREATE,
                name,
            )
            .await?;
        let created: Created = parse(&answer)?;
        self.refresh_networks().await;
        Ok(created.id)
    }

    /// `DELETE /networks/{id}`. False when there is none.
    ///
    /// # Errors
    /// The engine's reason, when a container is on it.
    pub async fn remove_network(&self, id: &str) -> Result<bool, EngineError> {
        let client = self.shared.client()?;
        let path = format!("/networks/{}", encode(self.network_name(id)));
        let removed = match self
            .ask(&client, Method::DELETE, &path, None, CREATE, id)
            .await
        {
            Ok(_) => true,
            Err(EngineError::Engine { status: 404, .. }) => false,
            Err(error) => return Err(error),
        };
        self.refresh_networks().await;
        Ok(removed)
    }

    /// What the engine takes the subnets of new networks from by itself; nothing where
    /// it does not tell.
    pub fn address_pools(&self) -> Result<Vec<IpNetwork>, EngineError> {
        Ok(self.shared.client()?.address_pools.clone())
    }

    /// What is known of the networks is read again, so that who changed one sees it.
    pub async fn refresh_networks(&self) {
        let Ok(client) = self.shared.client() else {
            return;
        };
        let answer = self.shared.list(&client, Resource::Networks).await;
        if let Err(error) = self.shared.apply_list(Resource::Networks, answer) {
            tracing::debug!(%error, "the networks could not be listed");
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

/// A subnet as engines take it (`IPAMConfig`).
pub(super) fn pool(subnet: &Subnet) -> Value {
    let mut pool = Map::new();
    pool.insert("Subnet".to_owned(), json!(subnet.network.to_string()));
    if let Some(gateway) = subnet.gateway {
        pool.insert("Gateway".to_owned(), json!(gateway.to_string()));
    }
    if let Some(range) = subnet.range {
        pool.insert("IPRange".to_owned(), json!(range.to_string()));
    }
    if !subnet.reserved.is_empty() {
        pool.insert("AuxiliaryAddresses".to_owned(), json!(subnet.reserved));
    }
    Value::Object(pool)
}

/// The body of `NetworkCreate` (Docker Engine API).
fn creation(new: &NewNetwork) -> Value {
    let pools: Vec<Value> = new.subnets.iter().map(pool).collect();
    json!({
        "Name": new.name,
        // Engines before API 1.44 allow two of one name otherwise.
        "CheckDuplicate": true,
        "Driver": new.driver,
        "Internal": new.internal,
        "Attachable": new.attachable,
        "EnableIPv6": new.ipv6,
        "IPAM": {"Driver": "default", "Config": pools, "Options": {}},
        "Options": new.options,
        "Labels": new.labels,
    })
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
