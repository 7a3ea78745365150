//! An engine that answers: the way to it, the API version agreed on, and what
//! it says of itself.

use super::transport::Transport;
use crate::model::engine::EngineInfo;
use bollard::Docker;
use ipnetwork::IpNetwork;

/// An engine that answers, with the API version agreed on.
#[derive(Debug, Clone)]
pub(super) struct Client {
    pub docker: Docker,
    pub transport: Transport,
    /// The version that requests name.
    pub api: (usize, usize),
    pub info: EngineInfo,
    /// `LoggingDriver` and `DefaultRuntime` of `GET /info`.
    pub logging_driver: Option<String>,
    pub default_runtime: Option<String>,
    /// What it takes the subnets of new networks from by itself, where it was set.
    pub address_pools: Vec<IpNetwork>,
    /// What tells it from another engine; `None` where `GET /info` is not allowed.
    pub identity: Option<String>,
    /// The engine's own clock when it answered, seconds since the epoch.
    pub clock: Option<i64>,
}
