//! How busy a container is.

use super::timestamp::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

/// One look at a container. Rates are over the time since the look before and
/// `null` at the first one.
#[derive(Debug, Clone, Serialize, PartialEq, ToSchema)]
pub struct ContainerSample {
    pub id: String,
    pub name: String,
    pub at: Timestamp,
    pub source: SampleSource,
    /// Of one core, as `docker stats` counts: four busy cores are 400.
    pub cpu_percent: Option<f64>,
    /// Cores of the host.
    pub cpus: u32,
    /// Without the cache that the kernel can drop, as `docker stats` counts.
    /// `null` where the kernel does not count memory: see `note`.
    pub memory_used_bytes: Option<u64>,
    /// Its limit, or all the memory of the host.
    pub memory_limit_bytes: Option<u64>,
    pub memory_percent: Option<f64>,
    /// Since it was started; `null` when it uses the host's network.
    pub network_rx_bytes: Option<u64>,
    pub network_tx_bytes: Option<u64>,
    pub network_rx_per_s: Option<f64>,
    pub network_tx_per_s: Option<f64>,
    pub block_read_bytes: Option<u64>,
    pub block_write_bytes: Option<u64>,
    pub block_read_per_s: Option<f64>,
    pub block_write_per_s: Option<f64>,
    /// Processes and threads.
    pub pids: Option<u64>,
    /// What cannot be measured here and how to mend that.
    pub note: Option<&'static str>,
}

/// Where the figures come from.
#[derive(Debug, Clone, Copy, Serialize, PartialEq, Eq, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum SampleSource {
    /// The control group's own files.
    Cgroup,
    /// The engine's answer.
    Engine,
}

/// Everything that runs, at one moment.
#[derive(Debug, Clone, Serialize, PartialEq, ToSchema)]
pub struct StatsSnapshot {
    pub at: Timestamp,
    pub items: Vec<ContainerSample>,
}

/// What is counted, as adapters read it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counters {
    /// When, by a clock of the source's own, in nanoseconds.
    pub clock_ns: i128,
    /// Processor time used since the start.
    pub cpu_ns: u64,
    pub memory: Option<MemoryUse>,
    /// Received and sent, bytes.
    pub network: Option<(u64, u64)>,
    /// Read and written, bytes.
    pub block: Option<(u64, u64)>,
    pub pids: Option<u64>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct MemoryUse {
    pub used: u64,
    /// `None`: no limit.
    pub limit: Option<u64>,
}
