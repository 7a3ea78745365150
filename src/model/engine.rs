//! The container engine: is it there, since when, and what is it.

use super::timestamp::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

/// Whether the engine answers. `since` is when it came into this state.
#[derive(Debug, Clone, Serialize, PartialEq, Eq, ToSchema)]
pub struct EngineStatus {
    pub state: EngineState,
    pub since: Timestamp,
    /// Where we look (`unix:///var/run/docker.sock`), once one is chosen.
    pub endpoint: Option<String>,
    /// Why it does not answer and what to do, in a sentence.
    pub error: Option<String>,
    /// When the next try is due, while it does not answer.
    pub next_try: Option<Timestamp>,
    /// Present once connected.
    pub info: Option<EngineInfo>,
}

#[derive(Debug, Clone, Copy, Serialize, PartialEq, Eq, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum EngineState {
    /// The first try is under way.
    Connecting,
    Up,
    Down,
}

#[derive(Debug, Clone, Serialize, PartialEq, Eq, ToSchema)]
pub struct EngineInfo {
    /// `Docker Engine`, `Podman Engine` …
    pub product: String,
    pub version: String,
    /// Negotiated, at most what this program knows.
    pub api_version: String,
    pub min_api_version: Option<String>,
    /// The engine's own highest.
    pub max_api_version: String,
    pub os: String,
    pub kernel: String,
    pub architecture: String,
    /// Storage driver (`overlay2`).
    pub storage_driver: String,
    pub root_dir: String,
    pub cgroup_version: String,
    pub cgroup_driver: String,
    pub rootless: bool,
    pub memory_limit: bool,
    pub swap_limit: bool,
    pub swarm: bool,
    /// The engine's warnings ("No swap limit support" …).
    pub warnings: Vec<String>,
    pub cpus: u32,
    pub memory_bytes: u64,
    pub name: String,
}
