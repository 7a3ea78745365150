//! The parts of the engine's answers that the inventory reads.
//!
//! Not bollard's models: those have closed enums, so one container in a state
//! that they do not know would make the whole list unreadable. Here a field
//! that is missing, `null` or of an unknown value costs that field only
//! (Docker Engine API, `ContainerList` and `ContainerInspect`).

use super::error::EngineError;
use super::labels::Labels;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use std::collections::BTreeMap;

/// An answer's JSON.
pub(super) fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, EngineError> {
    serde_json::from_slice(bytes).map_err(|e| EngineError::Protocol(e.to_string()))
}

/// A part of a path or query.
pub(super) fn encode(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

/// `null` counts as absent: Podman and old engines write it freely.
pub(super) fn or_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

/// A row of `GET /containers/json`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Summary {
    #[serde(deserialize_with = "or_default")]
    pub id: String,
    #[serde(deserialize_with = "or_default")]
    pub names: Vec<String>,
    #[serde(deserialize_with = "or_default")]
    pub image: String,
    #[serde(rename = "ImageID", deserialize_with = "or_default")]
    pub image_id: String,
    #[serde(deserialize_with = "or_default")]
    pub command: String,
    /// Seconds since the epoch.
    #[serde(deserialize_with = "or_default")]
    pub created: serde_json::Value,
    #[serde(deserialize_with = "or_default")]
    pub labels: Labels,
    #[serde(deserialize_with = "or_default")]
    pub state: String,
    /// "Up 5 minutes (healthy)": the only place where the list tells the health.
    #[serde(deserialize_with = "or_default")]
    pub status: String,
}

/// `GET /containers/{id}/json`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Inspect {
    #[serde(deserialize_with = "or_default")]
    pub id: String,
    #[serde(deserialize_with = "or_default")]
    pub name: String,
    #[serde(deserialize_with = "or_default")]
    pub created: String,
    #[serde(deserialize_with = "or_default")]
    pub path: String,
    #[serde(deserialize_with = "or_default")]
    pub args: Vec<String>,
    #[serde(deserialize_with = "or_default")]
    pub image: String,
    #[serde(deserialize_with = "or_default")]
    pub image_manifest_descriptor: InspectManifest,
    #[serde(deserialize_with = "or_default")]
    pub restart_count: i64,
    #[serde(deserialize_with = "or_default")]
    pub state: InspectState,
    #[serde(deserialize_with = "or_default")]
    pub config: Config,
    #[serde(deserialize_with = "or_default")]
    pub host_config: HostConfig,
    #[serde(deserialize_with = "or_default")]
    pub network_settings: NetworkSettings,
    #[serde(deserialize_with = "or_default")]
    pub mounts: Vec<MountPoint>,
}

/// What is mounted, wherever it comes from.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct MountPoint {
    #[serde(rename = "Type", deserialize_with = "or_default")]
    pub kind: String,
    #[serde(deserialize_with = "or_default")]
    pub name: String,
    #[serde(deserialize_with = "or_default")]
    pub destination: String,
}

/// What was asked for with `--mount`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct MountRequest {
    #[serde(deserialize_with = "or_default")]
    pub source: String,
    #[serde(deserialize_with = "or_default")]
    pub target: String,
}

/// An OCI descriptor.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct InspectManifest {
    #[serde(deserialize_with = "or_default")]
    pub digest: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct InspectState {
    #[serde(deserialize_with = "or_default")]
    pub status: String,
    #[serde(deserialize_with = "or_default")]
    pub pid: i64,
    #[serde(rename = "OOMKilled", deserialize_with = "or_default")]
    pub oom_killed: bool,
    #[serde(deserialize_with = "or_default")]
    pub exit_code: i64,
    #[serde(deserialize_with = "or_default")]
    pub error: String,
    #[serde(deserialize_with = "or_default")]
    pub started_at: String,
    #[serde(deserialize_with = "or_default")]
    pub finished_at: String,
    pub health: Option<InspectHealth>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct InspectHealth {
    #[serde(deserialize_with = "or_default")]
    pub status: String,
    #[serde(deserialize_with = "or_default")]
    pub failing_streak: i64,
    #[serde(deserialize_with = "or_default")]
    pub log: Vec<InspectHealthResult>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct InspectHealthResult {
    #[serde(deserialize_with = "or_default")]
    pub start: String,
    #[serde(deserialize_with = "or_default")]
    pub end: String,
    #[serde(deserialize_with = "or_default")]
    pub exit_code: i64,
    #[serde(deserialize_with = "or_default")]
    pub output: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Config {
    #[serde(deserialize_with = "or_default")]
    pub image: String,
    #[serde(deserialize_with = "or_default")]
    pub tty: bool,
    #[serde(deserialize_with = "or_default")]
    pub labels: Labels,
    #[serde(deserialize_with = "or_default")]
    pub exposed_ports: BTreeMap<String, serde_json::Value>,
    #[serde(deserialize_with = "or_default")]
    pub volumes: BTreeMap<String, serde_json::Value>,
    /// Seconds; negative waits for ever.
    pub stop_timeout: Option<i64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct HostConfig {
    #[serde(deserialize_with = "or_default")]
    pub network_mode: String,
    #[serde(deserialize_with = "or_default")]
    pub ipc_mode: String,
    #[serde(deserialize_with = "or_default")]
    pub pid_mode: String,
    #[serde(deserialize_with = "or_default")]
    pub volumes_from: Vec<String>,
    #[serde(deserialize_with = "or_default")]
    pub links: Vec<String>,
    #[serde(deserialize_with = "or_default")]
    pub binds: Vec<String>,
    #[serde(deserialize_with = "or_default")]
    pub mounts: Vec<MountRequest>,
    #[serde(deserialize_with = "or_default")]
    pub auto_remove: bool,
    #[serde(deserialize_with = "or_default")]
    pub restart_policy: RestartPolicy,
    #[serde(deserialize_with = "or_default")]
    pub port_bindings: BTreeMap<String, Option<Vec<PortBinding>>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct RestartPolicy {
    #[serde(deserialize_with = "or_default")]
    pub name: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct PortBinding {
    #[serde(deserialize_with = "or_default")]
    pub host_ip: String,
    #[serde(deserialize_with = "or_default")]
    pub host_port: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct NetworkSettings {
    /// Only while it runs; `null` for a port that is not published.
    #[serde(deserialize_with = "or_default")]
    pub ports: BTreeMap<String, Option<Vec<PortBinding>>>,
    #[serde(deserialize_with = "or_default")]
    pub networks: BTreeMap<String, Option<EndpointSettings>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct EndpointSettings {
    #[serde(rename = "NetworkID", deserialize_with = "or_default")]
    pub network_id: String,
    #[serde(rename = "IPAddress", deserialize_with = "or_default")]
    pub ip_address: String,
    #[serde(rename = "GlobalIPv6Address", deserialize_with = "or_default")]
    pub global_ipv6_address: String,
    #[serde(deserialize_with = "or_default")]
    pub mac_address: String,
    #[serde(deserialize_with = "or_default")]
    pub aliases: Vec<String>,
    #[serde(rename = "IPAMConfig")]
    pub ipam_config: Option<ChosenAddresses>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct ChosenAddresses {
    #[serde(rename = "IPv4Address", deserialize_with = "or_default")]
    pub ipv4_address: String,
    #[serde(rename = "IPv6Address", deserialize_with = "or_default")]
    pub ipv6_address: String,
}
