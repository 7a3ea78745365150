//! From a create request to what a person would call it: the inverse of
//! `create`. Values that the engine fills in by itself are left out, so that
//! what remains is what somebody chose; keys without a field of their own are
//! kept in the engine's words.

mod limits;

use super::super::inspect::{Defaults, is_blank};
use super::create::CreateBody;
use crate::model::spec::{
    ContainerSpec, DeviceRequest, EngineKeys, HealthSpec, MountKind, MountSpec, MountSyntax,
    NetworkSpec, PortSpec, duration_text,
};
use crate::model::volume::UNNAMED_LABEL;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Everything that was set. The name is the caller's to add.
pub(in crate::engine) fn spec_of(body: &CreateBody, defaults: &Defaults) -> ContainerSpec {
    let mut config = Taken(body.config.clone());
    let mut host = Taken(body.host_config.clone());
    let mut spec = ContainerSpec {
        platform: body.platform.clone(),
        ..ContainerSpec::default()
    };
    networks(&mut spec, body, &mut host, &mut config);
    from_config(&mut spec, &mut config);
    storage(&mut spec, &mut host, &mut config);
    ports(&mut spec, &mut host, &mut config);
    process(&mut spec, &mut host, defaults);
    limits::resources(&mut spec, &mut host);
    security(&mut spec, &mut host);
    config.forget(&["AttachStdin", "AttachStdout", "AttachStderr", "StdinOnce"]);
    host.forget(&["ContainerIDFile", "ConsoleSize", "Cgroup"]);
    spec.engine = EngineKeys {
        config: config.rest(),
        host_config: host.rest(),
    };
    spec
}

/// Those among keys in the engine's words that have a field of their own: there
/// they would pass by its checks.
pub fn typed_keys(keys: &EngineKeys) -> Vec<String> {
    let body = CreateBody {
        config: keys.config.clone(),
        host_config: keys.host_config.clone(),
        ..CreateBody::default()
    };
    let free = spec_of(&body, &Defaults::default()).engine;
    let typed = |part: &str, all: &Map<String, Value>, free: &Map<String, Value>| {
        all.keys()
            .filter(|key| !free.contains_key(*key))
            .map(|key| format!("{part}.{key}"))
            .collect::<Vec<_>>()
    };
    let mut found = typed("config", &keys.config, &free.config);
    found.extend(typed("host_config", &keys.host_config, &free.host_config));
    found
}

/// Lists of `HostConfig` of which an empty one is a choice: nothing is hidden.
const PATH_LISTS: [&str; 2] = ["MaskedPaths", "ReadonlyPaths"];

/// A JSON object from which keys are taken; what remains is unknown to us.
struct Taken(Map<String, Value>);

impl Taken {
    fn take(&mut self, key: &str) -> Option<Value> {
        self.0.remove(key).filter(|value| !is_blank(value))
    }

    fn text(&mut self, key: &str) -> Option<String> {
        self.take(key)?.as_str().map(ToOwned::to_owned)
    }

    /// A text that is not one of the usual ones.
    fn unusual(&mut self, key: &str, usual: &[&str]) -> Option<String> {
        self.text(key)
            .filter(|text| !usual.contains(&text.as_str()))
    }

    fn number(&mut self, key: &str) -> Option<i64> {
        self.take(key)?.as_i64()
    }

    fn flag(&mut self, key: &str) -> bool {
        self.take(key) == Some(Value::Bool(true))
    }

    fn list(&mut self, key: &str) -> Vec<String> {
        texts(&self.take(key).unwrap_or_default())
    }

    /// A list where an empty one says something else than none.
    fn argv(&mut self, key: &str) -> Option<Vec<String>> {
        match self.0.remove(key)? {
            Value::Array(list) if list.is_empty() && key == "Cmd" => None,
            Value::Array(list) => Some(texts(&Value::Array(list))),
            Value::String(line) => Some(vec![line]),
            _ => None,
        }
    }

    fn map(&mut self, key: &str) -> BTreeMap<String, String> {
        map(&self.take(key).unwrap_or_default())
    }

    fn objects(&mut self, key: &str) -> Vec<Map<String, Value>> {
        match self.take(key) {
            Some(Value::Array(list)) => list
                .into_iter()
                .filter_map(|entry| entry.as_object().cloned())
                .collect(),
            _ => Vec::new(),
        }
    }

    /// Forgets what tells nothing about the container.
    fn forget(&mut self, keys: &[&str]) {
        for key in keys {
            self.0.remove(*key);
        }
    }

    fn is_empty_list(&self, key: &str) -> bool {
        self.0
            .get(key)
            .and_then(Value::as_array)
            .is_some_and(Vec::is_empty)
    }

    fn rest(self) -> Map<String, Value> {
        self.0
            .into_iter()
            .filter(|(key, value)| match value {
                Value::Array(_) if PATH_LISTS.contains(&key.as_str()) => true,
                _ => !is_blank(value),
            })
            .collect()
    }
}

fn texts(value: &Value) -> Vec<String> {
    value
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(ToOwned::to_owned)
        .collect()
}

fn map(value: &Value) -> BTreeMap<String, String> {
    value
        .as_object()
        .into_iter()
        .flatten()
        .map(|(key, value)| {
            let text = value
                .as_str()
                .map_or_else(|| value.to_string(), ToOwned::to_owned);
            (key.clone(), text)
        })
        .collect()
}

fn part<'a>(map: &'a Map<String, Value>, key: &str) -> &'a str {
    map.get(key).and_then(Value::as_str).unwrap_or("")
}

fn from_config(spec: &mut ContainerSpec, config: &mut Taken) {
    spec.image = config.text("Image").unwrap_or_default();
    spec.command = config.argv("Cmd");
    spec.entrypoint = config.argv("Entrypoint");
    spec.env = config.list("Env");
    spec.working_dir = config.text("WorkingDir");
    spec.user = config.text("User");
    spec.tty = config.flag("Tty");
    spec.stdin_open = config.flag("OpenStdin");
    spec.stop_signal = config.text("StopSignal");
    spec.stop_timeout = config
        .0
        .remove("StopTimeout")
        .and_then(|value| value.as_i64());
    spec.hostname = config.text("Hostname");
    spec.domainname = config.text("Domainname");
    spec.labels = config.map("Labels");
    // A note of ours, made again from what is mounted.
    spec.labels.remove(UNNAMED_LABEL);
    if let Some(Value::Object(check)) = config.take("Healthcheck") {
        let time = |key: &str| {
            check
                .get(key)
                .and_then(Value::as_i64)
                .filter(|ns| *ns > 0)
                .map(duration_text)
        };
        let read = HealthSpec {
            test: check.get("Test").map(texts).unwrap_or_default(),
            interval: time("Interval"),
            timeout: time("Timeout"),
            start_period: time("StartPeriod"),
            start_interval: time("StartInterval"),
            retries: check
                .get("Retries")
                .and_then(Value::as_u64)
                .and_then(|n| u32::try_from(n).ok())
                .filter(|n| *n > 0),
        };
        spec.healthcheck = (read != HealthSpec::default()).then_some(read);
    }
}

fn networks(spec: &mut ContainerSpec, body: &CreateBody, host: &mut Taken, config: &mut Taken) {
    let mode = host.text("NetworkMode").unwrap_or_default();
    let mac = config.text("MacAddress");
    if mode == "host" || mode == "none" || mode.starts_with("container:") {
        spec.network_mode = Some(mode);
        return;
    }
    spec.networks = body
        .networks
        .iter()
        .map(|(name, endpoint)| network(name, endpoint))
        .collect();
    if let Some(mac) = mac {
        if spec.networks.is_empty() {
            spec.networks.push(network("bridge", &Map::new()));
        }
        spec.networks[0].mac = Some(mac);
    }
    let usual = matches!(mode.as_str(), "default" | "bridge" | "");
    if spec.networks.is_empty() && !usual {
        spec.networks.push(network(&mode, &Map::new()));
    }
    // The plain default bridge is what the engine does by itself.
    if usual && spec.networks.len() == 1 && spec.networks[0] == network("bridge", &Map::new()) {
        spec.networks.clear();
    }
}

fn network(name: &str, endpoint: &Map<String, Value>) -> NetworkSpec {
    let ipam = |key: &str| {
        endpoint
            .get("IPAMConfig")
            .and_then(|ipam| ipam.get(key))
            .filter(|value| !is_blank(value))
            .cloned()
    };
    let address = |key: &str| ipam(key).and_then(|value| value.as_str().map(ToOwned::to_owned));
    NetworkSpec {
        name: name.to_owned(),
        aliases: endpoint.get("Aliases").map(texts).unwrap_or_default(),
        ipv4: address("IPv4Address"),
        ipv6: address("IPv6Address"),
        link_local_ips: ipam("LinkLocalIPs").as_ref().map(texts).unwrap_or_default(),
        mac: Some(part(endpoint, "MacAddress").to_owned()).filter(|mac| !mac.is_empty()),
        links: endpoint.get("Links").map(texts).unwrap_or_default(),
        driver_opts: endpoint.get("DriverOpts").map(map).unwrap_or_default(),
        gw_priority: endpoint
            .get("GwPriority")
            .and_then(Value::as_i64)
            .filter(|n| *n != 0),
    }
}

fn storage(spec: &mut ContainerSpec, host: &mut Taken, config: &mut Taken) {
    for bind in host.list("Binds") {
        if let Ok(mount) = MountSpec::parse_short(&bind) {
            spec.mounts.push(mount);
            continue;
        }
        // A form that this program does not know (Windows paths) is kept.
        let kept = host
            .0
            .entry("Binds")
            .or_insert_with(|| Value::Array(Vec::new()));
        if let Value::Array(list) = kept {
            list.push(bind.into());
        }
    }
    for mut entry in host.objects("Mounts") {
        let kind = match part(&entry, "Type") {
            "bind" => MountKind::Bind,
            "tmpfs" => MountKind::Tmpfs,
            "image" => MountKind::Image,
            "cluster" => MountKind::Cluster,
            "npipe" => MountKind::Npipe,
            _ => MountKind::Volume,
        };
        let mount = MountSpec {
            kind,
            source: part(&entry, "Source").to_owned(),
            target: part(&entry, "Target").to_owned(),
            read_only: entry.get("ReadOnly") == Some(&Value::Bool(true)),
            syntax: Some(MountSyntax::Mount),
            options: Vec::new(),
            engine: {
                for key in ["Type", "Source", "Target", "ReadOnly"] {
                    entry.remove(key);
                }
                entry
                    .into_iter()
                    .filter(|(_, value)| !is_blank(value))
                    .collect()
            },
        };
        spec.mounts.push(mount);
    }
    for (target, options) in host.map("Tmpfs") {
        if let Ok(mut mount) = MountSpec::parse_tmpfs(&format!("{target}:{options}")) {
            mount.read_only = mount.options.iter().any(|option| option == "ro");
            mount.options.retain(|option| option != "ro");
            mount.syntax = None;
            spec.mounts.push(mount);
        }
    }
    for target in config.map("Volumes").into_keys() {
        if !spec.mounts.iter().any(|mount| mount.target == target) {
            spec.mounts.push(MountSpec {
                target,
                ..MountSpec::default()
            });
        }
    }
    spec.volumes_from = host.list("VolumesFrom");
    spec.volume_driver = host.unusual("VolumeDriver", &["local"]);
    spec.read_only = host.flag("ReadonlyRootfs");
    spec.shm_size = host
        .number("ShmSize")
        .filter(|size| ![67_108_864, 65_536_000].contains(size));
    spec.storage_opt = host.map("StorageOpt");
}

fn ports(spec: &mut ContainerSpec, host: &mut Taken, config: &mut Taken) {
    let bindings = host.take("PortBindings").unwrap_or_default();
    for (key, list) in bindings.as_object().into_iter().flatten() {
        let (port, protocol) = key.split_once('/').unwrap_or((key, "tcp"));
        let Ok(container_port) = port.parse() else {
            continue;
        };
        for binding in list
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_object)
        {
            let some =
                |key: &str| Some(part(binding, key).to_owned()).filter(|text| !text.is_empty());
            spec.ports.push(PortSpec {
                container_port,
                protocol: protocol.to_owned(),
                host_port: some("HostPort").filter(|port| port != "0"),
                host_ip: some("HostIp"),
            });
        }
    }
    spec.ports.sort();
    let published = |key: &String| {
        bindings
            .get(key.as_str())
            .is_some_and(|list| !is_blank(list))
    };
    spec.expose = config
        .map("ExposedPorts")
        .into_keys()
        .filter(|key| !published(key))
        .map(|key| {
            key.strip_suffix("/tcp")
                .map_or(key.clone(), ToOwned::to_owned)
        })
        .collect();
    spec.publish_all = host.flag("PublishAllPorts");
    spec.dns = host.list("Dns");
    spec.dns_search = host.list("DnsSearch");
    spec.dns_options = host.list("DnsOptions");
    spec.extra_hosts = host.list("ExtraHosts");
    spec.links = host.list("Links");
}

fn process(spec: &mut ContainerSpec, host: &mut Taken, defaults: &Defaults) {
    if let Some(policy) = host.take("RestartPolicy") {
        let name = policy.get("Name").and_then(Value::as_str).unwrap_or("");
        let retries = policy
            .get("MaximumRetryCount")
            .and_then(Value::as_i64)
            .unwrap_or(0);
        spec.restart = match (name, retries) {
            ("" | "no", _) => None,
            ("on-failure", 1..) => Some(format!("on-failure:{retries}")),
            (name, _) => Some(name.to_owned()),
        };
    }
    spec.auto_remove = host.flag("AutoRemove");
    spec.init = host.0.remove("Init").and_then(|value| value.as_bool());
    if let Some(log) = host.take("LogConfig") {
        let driver = log.get("Type").and_then(Value::as_str).unwrap_or("");
        let usual = defaults.logging_driver.as_deref().unwrap_or("json-file");
        spec.log_options = log.get("Config").map(map).unwrap_or_default();
        if !driver.is_empty() && (driver != usual || !spec.log_options.is_empty()) {
            spec.log_driver = Some(driver.to_owned());
        }
    }
    spec.annotations = host.map("Annotations");
    let runtime = defaults.runtime.as_deref().unwrap_or("runc");
    spec.runtime = host.unusual("Runtime", &[runtime]);
    spec.isolation = host.unusual("Isolation", &["default"]);
    spec.cgroup_parent = host.text("CgroupParent");
    let cgroupns = if defaults.cgroup_v2 {
        "private"
    } else {
        "host"
    };
    spec.cgroupns = host.unusual("CgroupnsMode", &[cgroupns]);
    spec.sysctls = host.map("Sysctls");
}

fn security(spec: &mut ContainerSpec, host: &mut Taken) {
    spec.privileged = host.flag("Privileged");
    spec.cap_add = host.list("CapAdd");
    spec.cap_drop = host.list("CapDrop");
    spec.security_opt = host.list("SecurityOpt");
    if PATH_LISTS.iter().all(|key| host.is_empty_list(key)) {
        // Of a privileged one nothing is hidden anyway.
        if !spec.privileged {
            spec.security_opt.push("systempaths=unconfined".to_owned());
        }
        host.forget(&PATH_LISTS);
    }
    // Where nothing is kept apart, the engine gives the label option by itself.
    let shared = |key: &str| host.0.get(key).is_some_and(|mode| mode == "host");
    if spec.privileged || shared("PidMode") || shared("IpcMode") {
        spec.security_opt.retain(|option| option != "label=disable");
    }
    spec.group_add = host.list("GroupAdd");
    spec.userns = host.text("UsernsMode");
    spec.pid = host.unusual("PidMode", &["private"]);
    spec.ipc = host.unusual("IpcMode", &["private"]);
    spec.uts = host.unusual("UTSMode", &["private"]);
    spec.device_cgroup_rules = host.list("DeviceCgroupRules");
    for device in host.objects("Devices") {
        let (outside, inside, mode) = (
            part(&device, "PathOnHost"),
            part(&device, "PathInContainer"),
            part(&device, "CgroupPermissions"),
        );
        spec.devices.push(match (inside == outside, mode) {
            (true, "rwm" | "") => outside.to_owned(),
            (false, "rwm" | "") => format!("{outside}:{inside}"),
            _ => format!("{outside}:{inside}:{mode}"),
        });
    }
    for request in host.objects("DeviceRequests") {
        if part(&request, "Driver") == "cdi" {
            spec.devices
                .extend(request.get("DeviceIDs").map(texts).unwrap_or_default());
            continue;
        }
        spec.device_requests.push(DeviceRequest {
            driver: part(&request, "Driver").to_owned(),
            count: request
                .get("Count")
                .and_then(Value::as_i64)
                .filter(|n| *n != 0),
            device_ids: request.get("DeviceIDs").map(texts).unwrap_or_default(),
            capabilities: request
                .get("Capabilities")
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
                .map(texts)
                .collect(),
            options: request.get("Options").map(map).unwrap_or_default(),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn custom_path_lists_are_kept_and_two_empty_ones_become_systempaths_unconfined() {
        let read = |host: Value| {
            let body = CreateBody {
                host_config: host.as_object().cloned().unwrap_or_default(),
                ..CreateBody::default()
            };
            spec_of(&body, &Defaults::default())
        };
        let own = serde_json::json!({ "MaskedPaths": [], "ReadonlyPaths": ["/proc/bus"] });
        let spec = read(own.clone());
        assert_eq!(Value::Object(spec.engine.host_config), own);
        assert!(spec.security_opt.is_empty());
        let spec = read(serde_json::json!({ "MaskedPaths": [], "ReadonlyPaths": [] }));
        assert!(spec.engine.host_config.is_empty());
        assert_eq!(spec.security_opt, ["systempaths=unconfined"]);
    }

    #[test]
    fn shareable_ipc_mode_is_kept_in_spec_and_default_private_is_left_out() {
        let ipc = |mode: &str| {
            let host = serde_json::json!({ "IpcMode": mode });
            let body = CreateBody {
                host_config: host.as_object().cloned().unwrap_or_default(),
                ..CreateBody::default()
            };
            spec_of(&body, &Defaults::default()).ipc
        };
        assert_eq!(ipc("shareable").as_deref(), Some("shareable"));
        assert_eq!(ipc("private"), None);
    }
}
