//! From two looks at the counters to figures for a person. Pure.

use crate::model::container::Container;
use crate::model::stats::{ContainerSample, Counters, SampleSource};
use crate::model::timestamp::Timestamp;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// Says what a Raspberry Pi lacks as it is delivered.
pub(super) const NO_MEMORY: &str = "The kernel of this host does not count the memory of containers. On a Raspberry Pi add \
     cgroup_enable=memory cgroup_memory=1 to the one line of /boot/firmware/cmdline.txt and restart it.";
/// Looks closer together than this say nothing about a rate.
const CLOSE_NS: i128 = 20_000_000;
/// Containers that lean on one another's network, at most.
const LONGEST_CHAIN: usize = 8;

#[derive(Debug, Clone, Copy)]
pub(super) struct Host {
    pub cpus: u32,
    /// 0 when unknown.
    pub memory_bytes: u64,
}

pub(super) fn sample(
    container: &Container,
    at: Timestamp,
    source: SampleSource,
    now: &Counters,
    before: Option<&Counters>,
    host: Host,
) -> ContainerSample {
    // A counter that went back belongs to another run of the container.
    let before = before
        .filter(|before| now.clock_ns - before.clock_ns >= CLOSE_NS && now.cpu_ns >= before.cpu_ns);
    let seconds = before.map(|before| (now.clock_ns - before.clock_ns) as f64 / 1e9);
    let rate =
        |now: Option<u64>, before: Option<u64>| Some(now?.checked_sub(before?)? as f64 / seconds?);
    let of = |pick: fn(&Counters) -> Option<u64>| (pick(now), before.and_then(pick));
    let rx = of(|counters| counters.network.map(|network| network.0));
    let tx = of(|counters| counters.network.map(|network| network.1));
    let read = of(|counters| counters.block.map(|block| block.0));
    let written = of(|counters| counters.block.map(|block| block.1));
    let cpu = rate(Some(now.cpu_ns), before.map(|before| before.cpu_ns));
    let total = Some(host.memory_bytes).filter(|bytes| *bytes > 0);
    let limit = now.memory.and_then(|memory| {
        memory
            .limit
            .filter(|limit| total.is_none_or(|total| *limit < total))
            .or(total)
    });
    let used = now.memory.map(|memory| memory.used);
    ContainerSample {
        id: container.id.clone(),
        name: container.name.clone(),
        at,
        source,
        cpu_percent: cpu.map(|ns_per_s| tenths(ns_per_s / 1e9 * 100.0)),
        cpus: host.cpus,
        memory_used_bytes: used,
        memory_limit_bytes: limit,
        memory_percent: used
            .zip(limit)
            .map(|(used, limit)| tenths(used as f64 / limit as f64 * 100.0)),
        network_rx_bytes: rx.0,
        network_tx_bytes: tx.0,
        network_rx_per_s: rate(rx.0, rx.1).map(f64::round),
        network_tx_per_s: rate(tx.0, tx.1).map(f64::round),
        block_read_bytes: read.0,
        block_write_bytes: written.0,
        block_read_per_s: rate(read.0, read.1).map(f64::round),
        block_write_per_s: rate(written.0, written.1).map(f64::round),
        pids: now.pids,
        note: now.memory.is_none().then_some(NO_MEMORY),
    }
}

/// Two digits behind the point: more is noise on the wire.
fn tenths(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

/// Ids of those that use the host's network, themselves or through another
/// (`container:<id>`): the engine counts none for them, and neither do we.
pub(super) fn on_the_hosts_network(all: &[Arc<Container>]) -> HashSet<String> {
    let modes: HashMap<&str, &str> = all
        .iter()
        .flat_map(|c| {
            [
                (c.id.as_str(), c.network_mode.as_str()),
                (c.name.as_str(), c.network_mode.as_str()),
            ]
        })
        .collect();
    let leads_to_host = |container: &Container| {
        let mut mode = container.network_mode.as_str();
        for _ in 0..LONGEST_CHAIN {
            if mode == "host" {
                return true;
            }
            match mode.strip_prefix("container:").and_then(|id| modes.get(id)) {
                Some(next) => mode = next,
                None => return false,
            }
        }
        false
    };
    all.iter()
        .filter(|container| leads_to_host(container))
        .map(|container| container.id.clone())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::stats::MemoryUse;

    fn container(id: &str, network_mode: &str) -> Arc<Container> {
        Arc::new(Container {
            id: id.to_owned(),
            name: format!("{id}-name"),
            network_mode: network_mode.to_owned(),
            ..Container::running(id)
        })
    }

    const HOST: Host = Host {
        cpus: 4,
        memory_bytes: 1000,
    };

    fn counters(second: i128, cpu_ns: u64, bytes: u64) -> Counters {
        Counters {
            clock_ns: second * 1_000_000_000,
            cpu_ns,
            memory: Some(MemoryUse {
                used: 250,
                limit: Some(500),
            }),
            network: Some((bytes, bytes * 2)),
            block: Some((bytes * 3, bytes * 4)),
            pids: Some(1),
        }
    }

    fn take(now: &Counters, before: Option<&Counters>) -> ContainerSample {
        let at = Timestamp::from_seconds(0);
        let c = container("a", "bridge");
        sample(&c, at, SampleSource::Cgroup, now, before, HOST)
    }

    #[test]
    fn rates_are_computed_over_the_time_between_two_samples() {
        let sample = take(
            &counters(12, 5_000_000_000, 300),
            Some(&counters(10, 0, 100)),
        );
        assert_eq!(sample.cpu_percent, Some(250.0));
        assert_eq!(sample.memory_percent, Some(50.0));
        assert_eq!(
            (sample.network_rx_per_s, sample.network_tx_per_s),
            (Some(100.0), Some(200.0))
        );
        assert_eq!(
            (sample.block_read_per_s, sample.block_write_per_s),
            (Some(300.0), Some(400.0))
        );
        assert_eq!(sample.note, None);
    }

    #[test]
    fn first_sample_and_sample_after_a_counter_reset_have_no_rates() {
        let now = counters(10, 1_000_000_000, 1);
        assert_eq!(take(&now, None).cpu_percent, None);
        // Recreated in between: its counters began again.
        let other = counters(9, 2_000_000_000, 5);
        assert_eq!(take(&now, Some(&other)).cpu_percent, None);
        assert_eq!(take(&now, Some(&now)).network_rx_per_s, None);
    }

    #[test]
    fn memory_use_is_unknown_with_a_note_when_it_is_not_counted() {
        let now = Counters {
            memory: None,
            ..counters(1, 1, 1)
        };
        let sample = take(&now, None);
        assert_eq!(
            (
                sample.memory_used_bytes,
                sample.memory_percent,
                sample.memory_limit_bytes
            ),
            (None, None, None)
        );
        assert!(sample.note.unwrap().contains("cgroup_enable=memory"));
    }

    #[test]
    fn memory_limit_is_capped_at_the_memory_of_the_host() {
        let with = |limit| Counters {
            memory: Some(MemoryUse { used: 100, limit }),
            ..counters(1, 1, 1)
        };
        assert_eq!(take(&with(None), None).memory_limit_bytes, Some(1000));
        assert_eq!(take(&with(Some(5000)), None).memory_limit_bytes, Some(1000));
        assert_eq!(take(&with(Some(200)), None).memory_percent, Some(50.0));
    }

    #[test]
    fn containers_that_share_the_host_network_indirectly_are_found() {
        let all = [
            container("a", "bridge"),
            container("b", "host"),
            container("c", "container:b"),
            container("d", "container:c-name"),
            container("e", "container:a"),
            container("f", "container:f"),
            container("g", "container:gone"),
        ];
        let mut found: Vec<_> = on_the_hosts_network(&all).into_iter().collect();
        found.sort();
        assert_eq!(found, ["b", "c", "d"]);
    }
}
