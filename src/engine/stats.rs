//! How busy a container is, as the engine counts: `ContainerStats` of the
//! Docker Engine API, one answer at a time. For where the kernel's own files
//! cannot be seen.
//!
//! A stream costs the engine more than it gives, and an ordinary single answer
//! takes a second because it looks twice. From API 1.41 on it can look once.

use super::error::EngineError;
use super::handle::Engine;
use super::wire::{or_default, parse};
use crate::model::container::{Container, State};
use crate::model::service::EnginePlace;
use crate::model::stats::{Counters, MemoryUse};
use crate::model::timestamp::nanoseconds;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::Arc;

/// From this API on, `one-shot`.
const ONE_SHOT: (usize, usize) = (1, 41);

/// A container that runs, and the number of its first process on the engine's
/// machine; 0 where that is unknown.
pub type Running = (Arc<Container>, u32);

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Answer {
    read: String,
    #[serde(deserialize_with = "or_default")]
    cpu_stats: CpuStats,
    #[serde(deserialize_with = "or_default")]
    memory_stats: MemoryStats,
    networks: Option<BTreeMap<String, Interface>>,
    #[serde(deserialize_with = "or_default")]
    blkio_stats: BlockStats,
    #[serde(deserialize_with = "or_default")]
    pids_stats: PidsStats,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct CpuStats {
    #[serde(deserialize_with = "or_default")]
    cpu_usage: CpuUsage,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct CpuUsage {
    total_usage: u64,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct MemoryStats {
    usage: Option<u64>,
    limit: Option<u64>,
    #[serde(deserialize_with = "or_default")]
    stats: BTreeMap<String, serde_json::Value>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Interface {
    rx_bytes: u64,
    tx_bytes: u64,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct BlockStats {
    io_service_bytes_recursive: Option<Vec<BlockEntry>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct BlockEntry {
    op: String,
    value: u64,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct PidsStats {
    current: Option<u64>,
}

impl Engine {
    /// Everything that runs or is paused, from memory.
    pub fn running(&self) -> Result<Vec<Running>, EngineError> {
        self.shared.client()?;
        let inventory = self.shared.inventory();
        Ok(inventory
            .records()
            .filter(|record| matches!(record.container.state, State::Running | State::Paused))
            .map(|record| (Arc::clone(&record.container), record.pid))
            .collect())
    }

    /// `GET /containers/{id}/stats`. `None` when it does not run.
    pub async fn counters(&self, id: &str) -> Result<Option<Counters>, EngineError> {
        let client = self.shared.client()?;
        let once = if client.api >= ONE_SHOT {
            "&one-shot=true"
        } else {
            ""
        };
        let path = format!("/containers/{id}/stats?stream=false{once}");
        let body = client.transport.get(&path, id).await?;
        let answer: Answer = parse(&body)?;
        Ok(counters(&answer))
    }

    /// The machine whose ports the engine opens.
    pub fn place(&self) -> EnginePlace {
        let endpoint = self.shared.status.borrow().endpoint.clone();
        let Some(rest) = endpoint.as_deref().and_then(|text| text.split_once("://")) else {
            return EnginePlace::Here;
        };
        let (scheme, address) = rest;
        let host = match address.strip_prefix('[') {
            Some(rest) => rest.split(']').next().unwrap_or_default(),
            None => address.split([':', '/']).next().unwrap_or_default(),
        };
        let is_loopback = host
            .parse::<std::net::IpAddr>()
            .is_ok_and(|ip| ip.is_loopback());
        match scheme {
            "unix" => EnginePlace::Here,
            _ if is_loopback || host == "localhost" => EnginePlace::Here,
            // A name without a dot is one of a container's network, most likely.
            _ if host.contains(['.', ':']) => EnginePlace::Elsewhere(host.to_owned()),
            _ => EnginePlace::Unknown,
        }
    }

    /// Whether the engine is on this machine, cores and memory of its host.
    pub fn host(&self) -> (bool, u32, u64) {
        let status = self.status();
        let local = status
            .endpoint
            .is_some_and(|endpoint| endpoint.starts_with("unix:"));
        let info = status.info;
        (
            local,
            info.as_ref().map_or(0, |info| info.cpus),
            info.as_ref().map_or(0, |info| info.memory_bytes),
        )
    }
}

fn counters(answer: &Answer) -> Option<Counters> {
    // For one that does not run the engine writes the year 1 and zeros.
    let clock_ns = nanoseconds(&answer.read).filter(|ns| *ns > 0)?;
    let memory = &answer.memory_stats;
    let cache = ["total_inactive_file", "inactive_file"]
        .iter()
        .find_map(|name| memory.stats.get(*name)?.as_u64())
        .unwrap_or(0);
    let block = answer.blkio_stats.io_service_bytes_recursive.as_ref();
    let sum = |word: &str| {
        block
            .into_iter()
            .flatten()
            .filter(|entry| entry.op.eq_ignore_ascii_case(word))
            .fold(0, |sum: u64, entry| sum.saturating_add(entry.value))
    };
    Some(Counters {
        clock_ns,
        cpu_ns: answer.cpu_stats.cpu_usage.total_usage,
        // Without the memory controller nothing is said, or nothing but zeros.
        memory: memory
            .usage
            .filter(|usage| *usage > 0)
            .map(|usage| MemoryUse {
                used: if cache < usage { usage - cache } else { usage },
                limit: memory.limit.filter(|limit| *limit > 0 && *limit < 1 << 60),
            }),
        network: answer.networks.as_ref().map(|all| {
            all.values().fold((0, 0), |sum: (u64, u64), one| {
                (
                    sum.0.saturating_add(one.rx_bytes),
                    sum.1.saturating_add(one.tx_bytes),
                )
            })
        }),
        block: Some((sum("read"), sum("write"))),
        pids: answer.pids_stats.current,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(value: serde_json::Value) -> Option<Counters> {
        counters(&serde_json::from_value(value).unwrap())
    }

    #[test]
    fn container_stats_are_read_from_cgroup_v1_and_v2_answers() {
        let answer = |cache: &str| {
            json!({
                "read": "2026-01-21T10:00:00.5Z", "preread": "0001-01-01T00:00:00Z",
                "pids_stats": {"current": 3, "limit": u64::MAX},
                "blkio_stats": {"io_service_bytes_recursive": [
                    {"major": 8, "minor": 0, "op": "Read", "value": 10}, {"major": 8, "minor": 0, "op": "write", "value": 4},
                    {"major": 8, "minor": 0, "op": "Total", "value": 14}, {"major": 8, "minor": 16, "op": "read", "value": 1}]},
                "cpu_stats": {"cpu_usage": {"total_usage": 99, "percpu_usage": null}, "online_cpus": 4},
                "memory_stats": {"usage": 1000, "limit": 4000, "stats": {cache: 300, "x": -1.5}},
                "networks": {"eth0": {"rx_bytes": 7, "tx_bytes": 8, "rx_packets": 1}, "eth1": {"rx_bytes": 1, "tx_bytes": 1}},
            })
        };
        for cache in ["total_inactive_file", "inactive_file"] {
            let found = read(answer(cache)).unwrap();
            assert_eq!(
                found,
                Counters {
                    clock_ns: 1_768_989_600_500_000_000,
                    cpu_ns: 99,
                    memory: Some(MemoryUse {
                        used: 700,
                        limit: Some(4000)
                    }),
                    network: Some((8, 9)),
                    block: Some((11, 4)),
                    pids: Some(3),
                }
            );
        }
    }

    #[test]
    fn missing_stats_are_unknown_and_stopped_container_has_no_counters() {
        let bare = json!({"read": "2026-01-21T10:00:00Z", "memory_stats": {}, "blkio_stats": {"io_service_bytes_recursive": null}, "networks": null, "cpu_stats": null});
        let found = read(bare).unwrap();
        assert_eq!(
            (found.memory, found.network, found.pids),
            (None, None, None)
        );
        assert_eq!(read(json!({"read": "0001-01-01T00:00:00Z"})), None);
    }
}
