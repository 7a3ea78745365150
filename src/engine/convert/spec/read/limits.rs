//! What a container may use of its host.

use super::{Taken, part};
use crate::model::spec::{ContainerSpec, bytes_text};
use serde_json::Value;

pub(super) fn resources(spec: &mut ContainerSpec, host: &mut Taken) {
    spec.memory = host.number("Memory");
    // The engine fills in twice the memory when only that is limited.
    spec.memory_swap = host
        .number("MemorySwap")
        .filter(|swap| spec.memory.map(|memory| memory.saturating_mul(2)) != Some(*swap));
    spec.memory_reservation = host.number("MemoryReservation");
    spec.memory_swappiness = host
        .0
        .remove("MemorySwappiness")
        .and_then(|v| v.as_i64())
        .filter(|n| *n >= 0);
    spec.kernel_memory = host.number("KernelMemory");
    spec.cpus = host.number("NanoCpus").map(|nano| nano as f64 / 1e9);
    spec.cpu_shares = host.number("CpuShares");
    spec.cpu_period = host.number("CpuPeriod");
    spec.cpu_quota = host.number("CpuQuota");
    spec.cpu_rt_period = host.number("CpuRealtimePeriod");
    spec.cpu_rt_runtime = host.number("CpuRealtimeRuntime");
    spec.cpuset_cpus = host.text("CpusetCpus");
    spec.cpuset_mems = host.text("CpusetMems");
    spec.pids_limit = host.number("PidsLimit").filter(|limit| *limit > 0);
    spec.oom_kill_disable = host.flag("OomKillDisable").then_some(true);
    spec.oom_score_adj = host.number("OomScoreAdj");
    spec.blkio_weight = host.number("BlkioWeight");
    for limit in host.objects("Ulimits") {
        let number = |key: &str| limit.get(key).and_then(Value::as_i64).unwrap_or(0);
        spec.ulimits.push(format!(
            "{}={}:{}",
            part(&limit, "Name"),
            number("Soft"),
            number("Hard")
        ));
    }
    let mut devices = |key: &str, value: &str| -> Vec<String> {
        host.objects(key)
            .iter()
            .map(|entry| {
                let amount = entry.get(value).and_then(Value::as_i64).unwrap_or(0);
                let amount = if key.ends_with("Bps") {
                    bytes_text(amount)
                } else {
                    amount.to_string()
                };
                format!("{}:{amount}", part(entry, "Path"))
            })
            .collect()
    };
    spec.blkio_weight_device = devices("BlkioWeightDevice", "Weight");
    spec.device_read_bps = devices("BlkioDeviceReadBps", "Rate");
    spec.device_write_bps = devices("BlkioDeviceWriteBps", "Rate");
    spec.device_read_iops = devices("BlkioDeviceReadIOps", "Rate");
    spec.device_write_iops = devices("BlkioDeviceWriteIOps", "Rate");
}
