//! What a container may use of its host.

use super::{Object, field};
use crate::error::{Error, Result};
use crate::model::spec::{ContainerSpec, parse_rate, ulimit};
use serde_json::{Value, json};

pub(super) fn resources(out: &mut Object, spec: &ContainerSpec) -> Result<()> {
    out.some("Memory", spec.memory.as_ref());
    out.some("MemorySwap", spec.memory_swap.as_ref());
    out.some("MemoryReservation", spec.memory_reservation.as_ref());
    out.some("MemorySwappiness", spec.memory_swappiness.as_ref());
    out.some("KernelMemory", spec.kernel_memory.as_ref());
    if let Some(cpus) = spec.cpus {
        if !(0.0..=100_000.0).contains(&cpus) {
            return Err(Error::invalid(
                "cpus",
                "The number of CPUs must be zero or more.",
            ));
        }
        out.set("NanoCpus", (cpus * 1e9).round() as i64);
    }
    out.some("CpuShares", spec.cpu_shares.as_ref());
    out.some("CpuPeriod", spec.cpu_period.as_ref());
    out.some("CpuQuota", spec.cpu_quota.as_ref());
    out.some("CpuRealtimePeriod", spec.cpu_rt_period.as_ref());
    out.some("CpuRealtimeRuntime", spec.cpu_rt_runtime.as_ref());
    out.some("CpusetCpus", spec.cpuset_cpus.as_ref());
    out.some("CpusetMems", spec.cpuset_mems.as_ref());
    out.some("PidsLimit", spec.pids_limit.as_ref());
    out.some("OomKillDisable", spec.oom_kill_disable.as_ref());
    out.some("OomScoreAdj", spec.oom_score_adj.as_ref());
    out.some("BlkioWeight", spec.blkio_weight.as_ref());
    let mut limits = Vec::new();
    for text in &spec.ulimits {
        let (name, soft, hard) = field("ulimits", ulimit(text))?;
        limits.push(json!({ "Name": name, "Soft": soft, "Hard": hard }));
    }
    if !limits.is_empty() {
        out.set("Ulimits", limits);
    }
    device_list(
        out,
        "BlkioWeightDevice",
        "blkio_weight_device",
        &spec.blkio_weight_device,
        |path, value| {
            let weight: u16 = value
                .parse()
                .map_err(|_| format!("{value:?} is not a weight; weights are 10 to 1000."))?;
            Ok(json!({ "Path": path, "Weight": weight }))
        },
    )?;
    for (key, name, list) in [
        (
            "BlkioDeviceReadBps",
            "device_read_bps",
            &spec.device_read_bps,
        ),
        (
            "BlkioDeviceWriteBps",
            "device_write_bps",
            &spec.device_write_bps,
        ),
        (
            "BlkioDeviceReadIOps",
            "device_read_iops",
            &spec.device_read_iops,
        ),
        (
            "BlkioDeviceWriteIOps",
            "device_write_iops",
            &spec.device_write_iops,
        ),
    ] {
        device_list(out, key, name, list, |path, value| {
            Ok(json!({ "Path": path, "Rate": parse_rate(value)? }))
        })?;
    }
    Ok(())
}

/// `path:value` entries of a device list.
fn device_list(
    out: &mut Object,
    key: &str,
    name: &'static str,
    list: &[String],
    entry: impl Fn(&str, &str) -> Result<Value, String>,
) -> Result<()> {
    let mut entries = Vec::new();
    for text in list {
        let split = text
            .rsplit_once(':')
            .filter(|(path, _)| path.starts_with('/'))
            .ok_or_else(|| {
                format!("{text:?} is not a device with a value. Write it like /dev/sda:10mb.")
            });
        entries.push(field(
            name,
            split.and_then(|(path, value)| entry(path, value)),
        )?);
    }
    if !entries.is_empty() {
        out.set(key, entries);
    }
    Ok(())
}
