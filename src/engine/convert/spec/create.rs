//! From what a container should be to the engine's create request (Docker
//! Engine API, `ContainerCreate`).
//!
//! Only what the person set is written, so that everything else stays the
//! engine's and the image's to decide.

mod devices;
mod limits;

use crate::error::{Error, Result};
use crate::model::spec::{
    ContainerSpec, HealthSpec, MountKind, MountSpec, MountSyntax, NetworkSpec, PortRange,
    parse_duration, restart_policy,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::borrow::Cow;

/// From this API on the MAC address belongs to the endpoint, and a container
/// can be made with several networks at once.
pub(in crate::engine) const MAC_PER_ENDPOINT: (usize, usize) = (1, 44);

/// A create request in parts. Plain JSON, so that nothing an engine knows and
/// this program does not is lost on the way.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct CreateBody {
    pub config: Map<String, Value>,
    pub host_config: Map<String, Value>,
    /// By name, the primary one first. The others are connected afterwards:
    /// engines before API 1.44 accept one.
    pub networks: Vec<(String, Map<String, Value>)>,
    /// It has left every network, the one that it was made on too.
    pub detached: bool,
    /// `linux/arm64`.
    pub platform: Option<String>,
}

impl CreateBody {
    /// The JSON of the request: with the primary network only, where the others
    /// can be connected afterwards.
    pub fn request(&self, api: (usize, usize)) -> Value {
        let mut body = self.config.clone();
        body.insert(
            "HostConfig".to_owned(),
            Value::Object(self.host_config.clone()),
        );
        let count = if self.at_once(api) { usize::MAX } else { 1 };
        let endpoints: Map<String, Value> = self
            .networks
            .iter()
            .take(count)
            .map(|(name, endpoint)| (name.clone(), Value::Object(endpoint.clone())))
            .collect();
        if !endpoints.is_empty() {
            body.insert(
                "NetworkingConfig".to_owned(),
                json!({ "EndpointsConfig": endpoints }),
            );
        }
        Value::Object(body)
    }

    /// Whether it is given a volume by name.
    pub fn names_volumes(&self) -> bool {
        let list = |key: &str| self.host_config.get(key).and_then(Value::as_array);
        let binds = list("Binds").into_iter().flatten();
        let mounts = list("Mounts").into_iter().flatten();
        binds
            .filter_map(Value::as_str)
            .any(|bind| !bind.starts_with('/') && bind.contains(':'))
            || mounts.into_iter().any(|mount| {
                mount["Type"] == "volume" && mount["Source"].as_str().is_some_and(|s| !s.is_empty())
            })
    }

    /// Networks that the create request itself must carry: engines from API 1.44
    /// to 1.53 take no MAC address when they connect one afterwards.
    pub(in crate::engine) fn at_once(&self, api: (usize, usize)) -> bool {
        let mut others = self.networks.iter().skip(1);
        api >= MAC_PER_ENDPOINT && others.any(|(_, on)| on.contains_key("MacAddress"))
    }

    /// A text of `Config` or nothing.
    pub fn config_text(&self, key: &str) -> &str {
        self.config.get(key).and_then(Value::as_str).unwrap_or("")
    }

    /// The value of a label.
    pub fn label(&self, key: &str) -> Option<&str> {
        self.config.get("Labels")?.get(key)?.as_str()
    }

    /// A text of `HostConfig` or nothing.
    pub fn host_text(&self, key: &str) -> &str {
        self.host_config
            .get(key)
            .and_then(Value::as_str)
            .unwrap_or("")
    }
}

/// The create request for an engine of this API version.
///
/// # Errors
/// Names the field that cannot be read.
pub fn create_body(spec: &ContainerSpec, api: (usize, usize)) -> Result<CreateBody> {
    let mut networks: Vec<_> = spec
        .networks
        .iter()
        .map(|network| (network.name.clone(), endpoint(network, api)))
        .collect();
    if spec.network_mode.is_some() {
        networks.clear();
    }
    Ok(CreateBody {
        config: config(spec, api)?,
        host_config: host_config(spec)?,
        networks,
        detached: false,
        platform: spec.platform.clone(),
    })
}

/// A JSON object under construction: what is empty is left out.
#[derive(Default)]
struct Object(Map<String, Value>);

impl Object {
    fn set(&mut self, key: &str, value: impl Into<Value>) {
        self.0.insert(key.to_owned(), value.into());
    }

    fn some<T: Clone + Into<Value>>(&mut self, key: &str, value: Option<&T>) {
        if let Some(value) = value {
            self.set(key, value.clone());
        }
    }

    fn list(&mut self, key: &str, list: &[String]) {
        if !list.is_empty() {
            self.set(key, list.to_vec());
        }
    }

    fn map(&mut self, key: &str, map: &std::collections::BTreeMap<String, String>) {
        if !map.is_empty() {
            self.set(key, json!(map));
        }
    }

    fn flag(&mut self, key: &str, value: bool) {
        if value {
            self.set(key, true);
        }
    }
}

fn field<T>(name: impl Into<Cow<'static, str>>, value: Result<T, String>) -> Result<T> {
    value.map_err(|why| Error::invalid(name, why))
}

fn config(spec: &ContainerSpec, api: (usize, usize)) -> Result<Map<String, Value>> {
    let mut out = Object::default();
    out.set("Image", spec.image.as_str());
    out.some("Cmd", spec.command.as_ref());
    out.some("Entrypoint", spec.entrypoint.as_ref());
    out.list("Env", &spec.env);
    out.some("WorkingDir", spec.working_dir.as_ref());
    out.some("User", spec.user.as_ref());
    out.flag("Tty", spec.tty);
    out.flag("OpenStdin", spec.stdin_open);
    out.some("StopSignal", spec.stop_signal.as_ref());
    out.some("StopTimeout", spec.stop_timeout.as_ref());
    out.some("Hostname", spec.hostname.as_ref());
    out.some("Domainname", spec.domainname.as_ref());
    out.map("Labels", &spec.labels);
    if let Some(check) = &spec.healthcheck {
        out.set("Healthcheck", health(check)?);
    }
    let mut exposed = field("expose", exposed_ports(&spec.expose))?;
    for port in &spec.ports {
        exposed.insert(
            format!("{}/{}", port.container_port, port.protocol),
            json!({}),
        );
    }
    if !exposed.is_empty() {
        out.set("ExposedPorts", exposed);
    }
    let volumes: Map<_, _> = spec
        .mounts
        .iter()
        .filter(|mount| is_anonymous(mount))
        .map(|mount| (mount.target.clone(), json!({})))
        .collect();
    if !volumes.is_empty() {
        out.set("Volumes", volumes);
    }
    if api < MAC_PER_ENDPOINT
        && let Some(mac) = spec
            .networks
            .first()
            .and_then(|network| network.mac.as_ref())
    {
        out.set("MacAddress", mac.as_str());
    }
    out.0.extend(spec.engine.config.clone());
    Ok(out.0)
}

/// `-v /path`: a volume that the engine names.
fn is_anonymous(mount: &MountSpec) -> bool {
    mount.kind == MountKind::Volume
        && mount.source.is_empty()
        && mount.syntax() == MountSyntax::Volume
}

/// `53/udp`, `8000-8010` as the keys of `ExposedPorts`. Ranges are merged before
/// they are expanded: many of them may name the same ports.
fn exposed_ports(texts: &[String]) -> Result<Map<String, Value>, String> {
    let mut ranges = Vec::with_capacity(texts.len());
    for text in texts {
        if text.contains(':') {
            return Err(format!(
                "{text:?} publishes a port; expose takes only the container's."
            ));
        }
        ranges.push(PortRange::parse(text)?);
    }
    let mut ranges: Vec<_> = ranges
        .iter()
        .map(|range| (range.protocol(), range.container_ports()))
        .collect();
    ranges.sort_by_key(|(protocol, ports)| (*protocol, *ports.start()));
    let mut exposed = Map::new();
    let mut before = ("", 0);
    for (protocol, ports) in ranges {
        let done: u16 = if before.0 == protocol { before.1 } else { 0 };
        for port in (*ports.start()).max(done.saturating_add(1))..=*ports.end() {
            exposed.insert(format!("{port}/{protocol}"), json!({}));
        }
        before = (protocol, done.max(*ports.end()));
    }
    Ok(exposed)
}

fn health(check: &HealthSpec) -> Result<Value> {
    let mut out = Object::default();
    out.list("Test", &check.test);
    for (key, name, value) in [
        ("Interval", "interval", &check.interval),
        ("Timeout", "timeout", &check.timeout),
        ("StartPeriod", "start_period", &check.start_period),
        ("StartInterval", "start_interval", &check.start_interval),
    ] {
        if let Some(text) = value {
            let time = field(format!("healthcheck.{name}"), parse_duration(text))?;
            if time != 0 && time < 1_000_000 {
                return Err(Error::invalid(
                    format!("healthcheck.{name}"),
                    "The engine takes nothing shorter than one millisecond.",
                ));
            }
            out.set(key, time);
        }
    }
    out.some("Retries", check.retries.as_ref());
    Ok(Value::Object(out.0))
}

fn host_config(spec: &ContainerSpec) -> Result<Map<String, Value>> {
    let mut out = Object::default();
    process(&mut out, spec)?;
    network(&mut out, spec);
    storage(&mut out, spec);
    limits::resources(&mut out, spec)?;
    security(&mut out, spec);
    out.0.extend(spec.engine.host_config.clone());
    Ok(out.0)
}

fn process(out: &mut Object, spec: &ContainerSpec) -> Result<()> {
    if let Some(text) = &spec.restart {
        let (name, retries) = field("restart", restart_policy(text))?;
        out.set(
            "RestartPolicy",
            json!({ "Name": name, "MaximumRetryCount": retries }),
        );
    }
    out.flag("AutoRemove", spec.auto_remove);
    out.some("Init", spec.init.as_ref());
    if spec.log_driver.is_some() || !spec.log_options.is_empty() {
        out.set(
            "LogConfig",
            json!({ "Type": spec.log_driver.as_deref().unwrap_or(""), "Config": spec.log_options }),
        );
    }
    out.map("Annotations", &spec.annotations);
    out.some("Runtime", spec.runtime.as_ref());
    out.some("Isolation", spec.isolation.as_ref());
    out.some("CgroupParent", spec.cgroup_parent.as_ref());
    out.some("CgroupnsMode", spec.cgroupns.as_ref());
    out.map("Sysctls", &spec.sysctls);
    Ok(())
}

fn network(out: &mut Object, spec: &ContainerSpec) {
    let mode = spec
        .network_mode
        .as_deref()
        .or_else(|| spec.networks.first().map(|network| network.name.as_str()));
    if let Some(mode) = mode {
        out.set("NetworkMode", mode);
    }
    let mut bindings: Map<String, Value> = Map::new();
    for port in &spec.ports {
        let binding = json!({
            "HostIp": port.host_ip.as_deref().unwrap_or(""),
            "HostPort": port.host_port.as_deref().unwrap_or(""),
        });
        let key = format!("{}/{}", port.container_port, port.protocol);
        if let Value::Array(list) = bindings.entry(key).or_insert_with(|| json!([])) {
            list.push(binding);
        }
    }
    if !bindings.is_empty() {
        out.set("PortBindings", bindings);
    }
    out.flag("PublishAllPorts", spec.publish_all);
    out.list("Dns", &spec.dns);
    out.list("DnsSearch", &spec.dns_search);
    out.list("DnsOptions", &spec.dns_options);
    out.list("ExtraHosts", &spec.extra_hosts);
    out.list("Links", &spec.links);
}

fn storage(out: &mut Object, spec: &ContainerSpec) {
    let mut binds = Vec::new();
    let mut tmpfs = Map::new();
    let mut mounts = Vec::new();
    for mount in &spec.mounts {
        match mount.syntax() {
            _ if is_anonymous(mount) => {}
            MountSyntax::Volume => binds.push(mount.short()),
            MountSyntax::Tmpfs => {
                let mut options = mount.options.clone();
                if mount.read_only {
                    options.insert(0, "ro".to_owned());
                }
                tmpfs.insert(mount.target.clone(), options.join(",").into());
            }
            MountSyntax::Mount => {
                let mut entry = Object(mount.engine.clone());
                entry.set("Type", mount.kind.as_str());
                if !mount.source.is_empty() {
                    entry.set("Source", mount.source.as_str());
                }
                entry.set("Target", mount.target.as_str());
                entry.flag("ReadOnly", mount.read_only);
                mounts.push(Value::Object(entry.0));
            }
        }
    }
    out.list("Binds", &binds);
    if !tmpfs.is_empty() {
        out.set("Tmpfs", tmpfs);
    }
    if !mounts.is_empty() {
        out.set("Mounts", mounts);
    }
    out.list("VolumesFrom", &spec.volumes_from);
    out.some("VolumeDriver", spec.volume_driver.as_ref());
    out.flag("ReadonlyRootfs", spec.read_only);
    out.some("ShmSize", spec.shm_size.as_ref());
    out.map("StorageOpt", &spec.storage_opt);
}

fn security(out: &mut Object, spec: &ContainerSpec) {
    out.flag("Privileged", spec.privileged);
    out.list("CapAdd", &spec.cap_add);
    out.list("CapDrop", &spec.cap_drop);
    let mut options = Vec::new();
    for option in &spec.security_opt {
        // The CLI takes this one apart itself; the engine knows no such option.
        if option == "systempaths=unconfined" {
            out.set("MaskedPaths", json!([]));
            out.set("ReadonlyPaths", json!([]));
        } else {
            options.push(option.clone());
        }
    }
    out.list("SecurityOpt", &options);
    out.list("GroupAdd", &spec.group_add);
    out.some("UsernsMode", spec.userns.as_ref());
    out.some("PidMode", spec.pid.as_ref());
    out.some("IpcMode", spec.ipc.as_ref());
    out.some("UTSMode", spec.uts.as_ref());
    out.list("DeviceCgroupRules", &spec.device_cgroup_rules);
    let devices: Vec<_> = spec
        .devices
        .iter()
        .filter_map(|text| devices::device(text))
        .collect();
    if !devices.is_empty() {
        out.set("Devices", devices);
    }
    let mut requests: Vec<Value> = spec
        .device_requests
        .iter()
        .map(|request| {
            json!({
                "Driver": request.driver,
                "Count": request.count.unwrap_or(0),
                "DeviceIDs": request.device_ids,
                "Capabilities": request.capabilities,
                "Options": request.options,
            })
        })
        .collect();
    let cdi: Vec<&String> = spec
        .devices
        .iter()
        .filter(|text| devices::is_cdi(text))
        .collect();
    if !cdi.is_empty() {
        requests.push(json!({ "Driver": "cdi", "DeviceIDs": cdi }));
    }
    if !requests.is_empty() {
        out.set("DeviceRequests", requests);
    }
}

/// A place on a network, without what the engine fills in.
pub(super) fn endpoint(network: &NetworkSpec, api: (usize, usize)) -> Map<String, Value> {
    let mut out = Object::default();
    let mut ipam = Object::default();
    ipam.some("IPv4Address", network.ipv4.as_ref());
    ipam.some("IPv6Address", network.ipv6.as_ref());
    ipam.list("LinkLocalIPs", &network.link_local_ips);
    if !ipam.0.is_empty() {
        out.set("IPAMConfig", ipam.0);
    }
    out.list("Aliases", &network.aliases);
    out.list("Links", &network.links);
    out.map("DriverOpts", &network.driver_opts);
    if api >= MAC_PER_ENDPOINT {
        out.some("MacAddress", network.mac.as_ref());
    }
    out.some("GwPriority", network.gw_priority.as_ref());
    out.0
}
