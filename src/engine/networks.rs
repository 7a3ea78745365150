//! Networks, as far as a container needs them: which there are, their subnets,
//! and who has which address.

use super::create::encode;
use super::error::EngineError;
use super::handle::Engine;
use super::transport::REQUEST;
use super::wire::parse;
use hyper::Method;
use ipnetwork::IpNetwork;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::net::IpAddr;

/// A network of the engine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Network {
    pub id: String,
    pub name: String,
    pub driver: String,
    /// No way out.
    pub internal: bool,
    pub ipv6: bool,
    pub subnets: Vec<Subnet>,
    /// Addresses in use, and the container that has each. Only of one network
    /// asked for by itself.
    pub addresses: BTreeMap<IpAddr, String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subnet {
    pub network: IpNetwork,
    pub gateway: Option<IpAddr>,
    /// The part that the engine assigns addresses from.
    pub range: Option<IpNetwork>,
    /// Addresses that are kept for something else.
    pub reserved: BTreeMap<String, String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[derive(Default)]
struct Row {
    id: String,
    name: String,
    driver: String,
    internal: bool,
    #[serde(rename = "EnableIPv6")]
    enable_ipv6: bool,
    #[serde(rename = "IPAM")]
    ipam: Option<Ipam>,
    containers: Option<BTreeMap<String, Member>>,
}

#[derive(Debug, Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct Ipam {
    config: Option<Vec<Pool>>,
}

#[derive(Debug, Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct Pool {
    subnet: String,
    gateway: String,
    #[serde(rename = "IPRange")]
    ip_range: String,
    #[serde(rename = "AuxiliaryAddresses")]
    auxiliary: Option<BTreeMap<String, String>>,
}

#[derive(Debug, Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct Member {
    name: String,
    #[serde(rename = "IPv4Address")]
    ipv4: String,
    #[serde(rename = "IPv6Address")]
    ipv6: String,
}

impl Engine {
    /// Every network, by name, without who is on it.
    pub async fn networks(&self) -> Result<Vec<Network>, EngineError> {
        let client = self.shared.client()?;
        let answer = self
            .ask(&client, Method::GET, "/networks", None, REQUEST, "")
            .await?;
        let rows: Vec<Row> = parse(&answer)?;
        let mut all: Vec<_> = rows.into_iter().map(network).collect();
        all.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(all)
    }

    /// One network by name or id, with the addresses in use; `None` when there is none.
    pub async fn network(&self, name: &str) -> Result<Option<Network>, EngineError> {
        let client = self.shared.client()?;
        let path = format!("/networks/{}", encode(name));
        match self
            .ask(&client, Method::GET, &path, None, REQUEST, name)
            .await
        {
            Err(EngineError::Engine { status: 404, .. }) => Ok(None),
            Err(error) => Err(error),
            Ok(answer) => Ok(Some(network(parse(&answer)?))),
        }
    }

    /// The names of every volume, sorted.
    pub async fn volume_names(&self) -> Result<Vec<String>, EngineError> {
        #[derive(Deserialize, Default)]
        #[serde(rename_all = "PascalCase", default)]
        struct Volume {
            name: String,
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Answer {
            volumes: Option<Vec<Volume>>,
        }
        let client = self.shared.client()?;
        let answer = self
            .ask(&client, Method::GET, "/volumes", None, REQUEST, "")
            .await?;
        let answer: Answer = parse(&answer)?;
        let mut names: Vec<_> = answer
            .volumes
            .unwrap_or_default()
            .into_iter()
            .map(|v| v.name)
            .collect();
        names.sort();
        Ok(names)
    }
}

fn network(row: Row) -> Network {
    let pools = row.ipam.and_then(|ipam| ipam.config).unwrap_or_default();
    let mut addresses = BTreeMap::new();
    for member in row.containers.unwrap_or_default().into_values() {
        for text in [&member.ipv4, &member.ipv6] {
            if let Ok(address) = text.split('/').next().unwrap_or("").parse() {
                addresses.insert(address, member.name.clone());
            }
        }
    }
    Network {
        id: row.id,
        name: row.name,
        driver: row.driver,
        internal: row.internal,
        ipv6: row.enable_ipv6,
        subnets: pools
            .into_iter()
            .filter_map(|pool| {
                Some(Subnet {
                    network: pool.subnet.parse().ok()?,
                    gateway: pool.gateway.split('/').next().unwrap_or("").parse().ok(),
                    range: pool.ip_range.parse().ok(),
                    reserved: pool.auxiliary.unwrap_or_default(),
                })
            })
            .collect(),
        addresses,
    }
}
