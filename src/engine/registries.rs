//! How the engine was told to reach registries (`RegistryConfig` of `GET /info`).

use super::error::EngineError;
use super::handle::Engine;
use super::transport::REQUEST;
use super::wire::{or_default, parse};
use crate::model::registry::RegistryPolicy;
use hyper::Method;
use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Info {
    #[serde(deserialize_with = "or_default")]
    registry_config: RegistryConfig,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct RegistryConfig {
    #[serde(deserialize_with = "or_default")]
    mirrors: Vec<String>,
    #[serde(rename = "InsecureRegistryCIDRs", deserialize_with = "or_default")]
    insecure_networks: Vec<String>,
    #[serde(deserialize_with = "or_default")]
    index_configs: BTreeMap<String, IndexConfig>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct IndexConfig {
    secure: Option<bool>,
}

impl Engine {
    /// Mirrors and insecure registries, as the engine knows them.
    pub async fn registry_policy(&self) -> Result<RegistryPolicy, EngineError> {
        let client = self.shared.client()?;
        let answer = self
            .ask(&client, Method::GET, "/info", None, REQUEST, "")
            .await?;
        read(&answer)
    }
}

fn read(answer: &[u8]) -> Result<RegistryPolicy, EngineError> {
    let config = parse::<Info>(answer)?.registry_config;
    let insecure = config
        .index_configs
        .into_iter()
        .filter(|(_, index)| index.secure == Some(false));
    Ok(RegistryPolicy {
        mirrors: config.mirrors,
        insecure_hosts: insecure.map(|(name, _)| name).collect(),
        insecure_networks: config
            .insecure_networks
            .iter()
            .filter_map(|network| network.parse().ok())
            .collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mirrors_and_insecure_registries_are_read_from_the_info_of_the_engine() {
        let info = br#"{"RegistryConfig": {"Mirrors": ["https://mirror.lan/"],
            "InsecureRegistryCIDRs": ["10.0.0.0/8", "127.0.0.0/8", "no network"],
            "IndexConfigs": {"docker.io": {"Secure": true}, "nas:5000": {"Secure": false}}}}"#;
        let policy = read(info).unwrap();
        assert_eq!(policy.mirrors, ["https://mirror.lan/"]);
        assert_eq!(policy.insecure_hosts, ["nas:5000"]);
        assert_eq!(policy.insecure_networks.len(), 2);
        for info in [&b"{}"[..], br#"{"RegistryConfig": null}"#] {
            assert_eq!(read(info).unwrap(), RegistryPolicy::default());
        }
    }
}
