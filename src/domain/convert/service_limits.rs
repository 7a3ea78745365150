//! Limits, devices and rights of a service.

use super::service_keys::Service;
use super::writing::Yaml;
use crate::model::spec::{ContainerSpec, DeviceRequest};

pub fn limits(service: &mut Service, spec: &ContainerSpec) {
    rights(service, spec);
    devices(service, spec);
    for (key, bytes) in [
        ("mem_limit", spec.memory),
        ("memswap_limit", spec.memory_swap),
        ("mem_reservation", spec.memory_reservation),
        ("shm_size", spec.shm_size),
    ] {
        if let Some(bytes) = bytes {
            service.set(key, Yaml::Plain(size(bytes)));
        }
    }
    if let Some(cpus) = spec.cpus {
        service.set("cpus", Yaml::Plain(cpus.to_string()));
    }
    for (key, number) in [
        ("mem_swappiness", spec.memory_swappiness),
        ("cpu_shares", spec.cpu_shares),
        ("cpu_period", spec.cpu_period),
        ("cpu_quota", spec.cpu_quota),
        ("cpu_rt_period", spec.cpu_rt_period),
        ("cpu_rt_runtime", spec.cpu_rt_runtime),
        ("pids_limit", spec.pids_limit),
        ("oom_score_adj", spec.oom_score_adj),
    ] {
        if let Some(number) = number {
            service.set(key, Yaml::Plain(number.to_string()));
        }
    }
    if let Some(cpus) = &spec.cpuset_cpus {
        service.set("cpuset", Yaml::Quoted(cpus.clone()));
    }
    service.flag("oom_kill_disable", spec.oom_kill_disable == Some(true));
    if spec.cpuset_mems.is_some() {
        service.warn("--cpuset-mems", "a Compose file has no attribute for it");
    }
    if spec.kernel_memory.is_some() {
        service.warn("--kernel-memory", "a Compose file has no attribute for it");
    }
    ulimits(service, &spec.ulimits);
    blkio(service, spec);
}

/// `512m` where that is the same.
fn size(bytes: i64) -> String {
    for (unit, power) in [('g', 30), ('m', 20), ('k', 10)] {
        let of = 1_i64 << power;
        if bytes > 0 && bytes % of == 0 {
            return format!("{}{unit}", bytes / of);
        }
    }
    bytes.to_string()
}

fn rights(service: &mut Service, spec: &ContainerSpec) {
    service.flag("privileged", spec.privileged);
    service.texts("cap_add", &spec.cap_add);
    service.texts("cap_drop", &spec.cap_drop);
    service.texts("security_opt", &spec.security_opt);
    for (key, text) in [
        ("userns_mode", &spec.userns),
        ("pid", &spec.pid),
        ("ipc", &spec.ipc),
        ("uts", &spec.uts),
        ("cgroup", &spec.cgroupns),
        ("cgroup_parent", &spec.cgroup_parent),
        ("runtime", &spec.runtime),
        ("isolation", &spec.isolation),
    ] {
        service.text(key, text.as_ref());
    }
    if !spec.sysctls.is_empty() {
        let all = spec.sysctls.iter();
        service.set(
            "sysctls",
            Yaml::map(all.map(|(key, text)| (key.clone(), super::writing::value(text)))),
        );
    }
}

fn devices(service: &mut Service, spec: &ContainerSpec) {
    service.texts("devices", &spec.devices);
    service.texts("device_cgroup_rules", &spec.device_cgroup_rules);
    let is_all = |request: &DeviceRequest| {
        *request
            == DeviceRequest {
                driver: String::new(),
                count: Some(-1),
                device_ids: Vec::new(),
                capabilities: vec![vec!["gpu".to_owned()]],
                options: std::collections::BTreeMap::new(),
            }
    };
    match &spec.device_requests[..] {
        [] => {}
        [one] if is_all(one) => service.set("gpus", Yaml::text("all")),
        requests => {
            let all = requests.iter().map(request).collect();
            service.set("gpus", Yaml::List(all));
        }
    }
}

fn request(request: &DeviceRequest) -> Yaml {
    let mut keys: Vec<(String, Yaml)> = Vec::new();
    if !request.driver.is_empty() {
        keys.push(("driver".to_owned(), Yaml::text(&request.driver)));
    }
    if let Some(count) = request.count.filter(|_| request.device_ids.is_empty()) {
        keys.push(("count".to_owned(), Yaml::Plain(count.to_string())));
    }
    if !request.device_ids.is_empty() {
        let ids = request.device_ids.iter().map(|id| Yaml::Quoted(id.clone()));
        keys.push(("device_ids".to_owned(), Yaml::List(ids.collect())));
    }
    let capabilities: Vec<&String> = request.capabilities.iter().flatten().collect();
    if !capabilities.is_empty() {
        let all = capabilities.into_iter().map(Yaml::text);
        keys.push(("capabilities".to_owned(), Yaml::Flow(all.collect())));
    }
    if !request.options.is_empty() {
        let all = request.options.iter();
        keys.push((
            "options".to_owned(),
            Yaml::map(all.map(|(key, text)| (key.clone(), Yaml::text(text)))),
        ));
    }
    Yaml::Map(keys)
}

fn ulimits(service: &mut Service, all: &[String]) {
    let mut keys: Vec<(String, Yaml)> = Vec::new();
    for text in all {
        let Some((name, limit)) = text.split_once('=') else {
            continue;
        };
        let own = match limit.split_once(':') {
            Some((soft, hard)) if soft != hard => Yaml::map([
                ("soft", Yaml::Plain(soft.to_owned())),
                ("hard", Yaml::Plain(hard.to_owned())),
            ]),
            Some((both, _)) => Yaml::Plain(both.to_owned()),
            None => Yaml::Plain(limit.to_owned()),
        };
        keys.push((name.to_owned(), own));
    }
    if !keys.is_empty() {
        service.set("ulimits", Yaml::Map(keys));
    }
}

fn blkio(service: &mut Service, spec: &ContainerSpec) {
    let mut keys: Vec<(String, Yaml)> = Vec::new();
    if let Some(weight) = spec.blkio_weight {
        keys.push(("weight".to_owned(), Yaml::Plain(weight.to_string())));
    }
    for (key, what, all) in [
        ("weight_device", "weight", &spec.blkio_weight_device),
        ("device_read_bps", "rate", &spec.device_read_bps),
        ("device_write_bps", "rate", &spec.device_write_bps),
        ("device_read_iops", "rate", &spec.device_read_iops),
        ("device_write_iops", "rate", &spec.device_write_iops),
    ] {
        let one = |text: &String| {
            let (path, number) = text.rsplit_once(':')?;
            let number = Yaml::Plain(number.to_owned());
            Some(Yaml::map([("path", Yaml::text(path)), (what, number)]))
        };
        let list: Vec<Yaml> = all.iter().filter_map(one).collect();
        if !list.is_empty() {
            keys.push((key.to_owned(), Yaml::List(list)));
        }
    }
    if !keys.is_empty() {
        service.set("blkio_config", Yaml::Map(keys));
    }
}
