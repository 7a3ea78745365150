//! Limits, devices and rights of a service as those of a container.

use super::fields::{flag, map, maps, number, text, texts};
use crate::domain::compose::Node;
use crate::model::spec::{ContainerSpec, DeviceRequest};

pub fn limits(spec: &mut ContainerSpec, service: &Node) {
    let part = |name: &str| service.get("deploy")?.get("resources")?.get(name);
    let limit = |key: &str| part("limits").and_then(|limits| text(limits, key));
    let kept = part("reservations").and_then(|one| number(one, "memory"));
    let whole = |text: Option<String>| text.and_then(|text| text.parse().ok());
    spec.memory = whole(limit("memory")).or_else(|| number(service, "mem_limit"));
    spec.memory_reservation = kept.or_else(|| number(service, "mem_reservation"));
    spec.pids_limit = whole(limit("pids")).or_else(|| number(service, "pids_limit"));
    let cpus = limit("cpus").or_else(|| text(service, "cpus"));
    spec.cpus = cpus.and_then(|cpus| cpus.parse().ok());
    spec.memory_swap = number(service, "memswap_limit");
    spec.memory_swappiness = number(service, "mem_swappiness");
    spec.shm_size = number(service, "shm_size");
    spec.cpu_shares = number(service, "cpu_shares");
    spec.cpu_period = number(service, "cpu_period");
    spec.cpu_quota = number(service, "cpu_quota");
    spec.cpu_rt_period = number(service, "cpu_rt_period");
    spec.cpu_rt_runtime = number(service, "cpu_rt_runtime");
    spec.cpuset_cpus = text(service, "cpuset");
    spec.oom_kill_disable = service.get("oom_kill_disable").and_then(Node::as_bool);
    spec.oom_score_adj = number(service, "oom_score_adj");
    ulimits(spec, service);
    blkio(spec, service);
    spec.privileged = flag(service, "privileged");
    spec.cap_add = texts(service, "cap_add");
    spec.cap_drop = texts(service, "cap_drop");
    spec.security_opt = texts(service, "security_opt");
    spec.devices = maps(service, "devices").iter().map(device).collect();
    spec.device_cgroup_rules = texts(service, "device_cgroup_rules");
    spec.sysctls = map(service, "sysctls");
    spec.userns = text(service, "userns_mode");
    spec.cgroupns = text(service, "cgroup");
    spec.cgroup_parent = text(service, "cgroup_parent");
    spec.runtime = text(service, "runtime");
    spec.isolation = text(service, "isolation");
    let reserved = part("reservations")
        .map(|one| maps(one, "devices"))
        .unwrap_or_default();
    let requests = maps(service, "gpus").iter().map(|one| request(one, true));
    spec.device_requests = requests
        .chain(reserved.iter().map(|one| request(one, false)))
        .collect();
}

fn device(device: &Node) -> String {
    let field = |key: &str| text(device, key).unwrap_or_default();
    let (source, target, permissions) = (field("source"), field("target"), field("permissions"));
    match (source == target, permissions.as_str()) {
        (true, "" | "rwm") => source,
        (_, "" | "rwm") => format!("{source}:{target}"),
        (_, permissions) => format!("{source}:{target}:{permissions}"),
    }
}

fn request(node: &Node, is_gpu: bool) -> DeviceRequest {
    let mut capabilities = texts(node, "capabilities");
    if is_gpu && !capabilities.iter().any(|one| one == "gpu") {
        capabilities.push("gpu".to_owned());
    }
    DeviceRequest {
        driver: text(node, "driver").unwrap_or_default(),
        count: number(node, "count"),
        device_ids: texts(node, "device_ids"),
        capabilities: vec![capabilities],
        options: map(node, "options"),
    }
}

fn ulimits(spec: &mut ContainerSpec, service: &Node) {
    for entry in service
        .get("ulimits")
        .map(Node::entries)
        .unwrap_or_default()
    {
        let (soft, hard) = match entry.node.printed() {
            Some(both) => (both.clone(), both),
            None => (
                text(&entry.node, "soft").unwrap_or_default(),
                text(&entry.node, "hard").unwrap_or_default(),
            ),
        };
        spec.ulimits.push(format!("{}={soft}:{hard}", entry.key));
    }
}

fn blkio(spec: &mut ContainerSpec, service: &Node) {
    let Some(blkio) = service.get("blkio_config") else {
        return;
    };
    spec.blkio_weight = number(blkio, "weight");
    for (key, of, field) in [
        ("weight_device", "weight", &mut spec.blkio_weight_device),
        ("device_read_bps", "rate", &mut spec.device_read_bps),
        ("device_write_bps", "rate", &mut spec.device_write_bps),
        ("device_read_iops", "rate", &mut spec.device_read_iops),
        ("device_write_iops", "rate", &mut spec.device_write_iops),
    ] {
        let one = |node: &Node| Some(format!("{}:{}", text(node, "path")?, text(node, of)?));
        *field = maps(blkio, key).iter().filter_map(one).collect();
    }
}
