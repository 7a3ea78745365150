//! What a container should be: everything that a person can set when it is
//! made, in the words of the `docker run` flags and the Compose specification.
//!
//! One type for the form, the API, a pasted run line, a template, and the
//! command that reproduces a container. What the engine takes and this type
//! does not know is kept in [`ContainerSpec::engine`], so that reading a
//! container and making it again loses nothing.

mod health;
mod image;
mod mount;
mod network;
mod port;
mod quantity;
mod serde_forms;
#[cfg(test)]
pub mod strategy;

pub use health::HealthSpec;
pub use image::image_reference;
pub use mount::{MountKind, MountSpec, MountSyntax};
pub use network::NetworkSpec;
pub use port::{PortRange, PortSpec, parse_ports};
pub use quantity::{
    bytes_said, bytes_text, duration_text, memory_said, parse_bytes, parse_duration, parse_rate,
};
pub use serde_forms::{restart_policy, ulimit};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// A container to be made. Only `image` is required.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ContainerSpec {
    /// `nginx:1.27`, `ghcr.io/owner/app@sha256:…`, or an image's id.
    pub image: String,
    /// Unique on the engine; the engine invents one when it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What it is for, in your words; kept by DockerMate. At most 500 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Code of an environment; kept by DockerMate. Required on a MIXED host.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub environment: Option<String>,

    /// Arguments of the entrypoint. A text is split as a shell would.
    #[serde(
        skip_serializing_if = "Option::is_none",
        deserialize_with = "serde_forms::argv"
    )]
    pub command: Option<Vec<String>>,
    /// Replaces the image's entrypoint; one empty word clears it.
    #[serde(
        skip_serializing_if = "Option::is_none",
        deserialize_with = "serde_forms::argv"
    )]
    pub entrypoint: Option<Vec<String>>,
    /// `KEY=value`, in order. An object does as well.
    #[serde(
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "serde_forms::pairs"
    )]
    pub env: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub working_dir: Option<String>,
    /// Name or number, with `:group` if wanted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    #[serde(
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "serde_forms::list"
    )]
    pub group_add: Vec<String>,
    #[serde(skip_serializing_if = "is_false")]
    pub tty: bool,
    /// Keeps standard input open.
    #[serde(skip_serializing_if = "is_false")]
    pub stdin_open: bool,
    /// A small init process reaps children; the engine's default when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub init: Option<bool>,
    /// `no`, `always`, `unless-stopped`, `on-failure` or `on-failure:3`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub restart: Option<String>,
    /// The engine removes it, and its anonymous volumes, when it stops.
    #[serde(skip_serializing_if = "is_false")]
    pub auto_remove: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stop_signal: Option<String>,
    /// Seconds between the stop signal and SIGKILL; -1 waits without end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stop_timeout: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub healthcheck: Option<HealthSpec>,

    /// Objects, or texts as after `-p` (`8080:80/tcp`, `127.0.0.1:53:53/udp`,
    /// `8000-8010:8000-8010`).
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "port::list")]
    pub ports: Vec<PortSpec>,
    /// `80`, `53/udp`: known to others, not published.
    #[serde(
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "serde_forms::list"
    )]
    pub expose: Vec<String>,
    /// Publishes every exposed port on a random one.
    #[serde(skip_serializing_if = "is_false")]
    pub publish_all: bool,
    /// `host`, `none` or `container:<name>`, instead of `networks`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub network_mode: Option<String>,
    /// The first is the primary one. None and no mode: the engine's default bridge.
    #[serde(
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "network::list"
    )]
    pub networks: Vec<NetworkSpec>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hostname: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub domainname: Option<String>,
    #[serde(
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "serde_forms::list"
    )]
    pub dns: Vec<String>,
    #[serde(
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "serde_forms::list"
    )]
    pub dns_search: Vec<String>,
    #[serde(
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "serde_forms::list"
    )]
    pub dns_options: Vec<String>,
    /// `name:address`.
    #[serde(
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "serde_forms::list"
    )]
    pub extra_hosts: Vec<String>,
    /// `container:alias`, legacy.
    #[serde(
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "serde_forms::list"
    )]
    pub links: Vec<String>,

    /// Objects, or texts as after `-v` (`/srv/data:/data:ro`, `name:/data`).
    #[serde(
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "mount::list"
    )]
    pub mounts: Vec<MountSpec>,
    /// `container`, `container:ro`.
    #[serde(
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "serde_forms::list"
    )]
    pub volumes_from: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub volume_driver: Option<String>,
    /// The root file system is read-only.
    #[serde(skip_serializing_if = "is_false")]
    pub read_only: bool,
    /// Bytes, or a text such as `64m`.
    #[serde(
        skip_serializing_if = "Option::is_none",
        deserialize_with = "quantity::bytes"
    )]
    #[schema(value_type = Option<i64>)]
    pub shm_size: Option<i64>,
    #[serde(
        skip_serializing_if = "BTreeMap::is_empty",
        deserialize_with = "serde_forms::texts"
    )]
    pub storage_opt: BTreeMap<String, String>,

    /// Bytes, or a text such as `512m`.
    #[serde(
        skip_serializing_if = "Option::is_none",
        deserialize_with = "quantity::bytes"
    )]
    #[schema(value_type = Option<i64>)]
    pub memory: Option<i64>,
    /// Memory and swap together; -1 means unlimited.
    #[serde(
        skip_serializing_if = "Option::is_none",
        deserialize_with = "quantity::bytes"
    )]
    #[schema(value_type = Option<i64>)]
    pub memory_swap: Option<i64>,
    #[serde(
        skip_serializing_if = "Option::is_none",
        deserialize_with = "quantity::bytes"
    )]
    #[schema(value_type = Option<i64>)]
    pub memory_reservation: Option<i64>,
    /// 0 to 100; -1 is the engine's default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory_swappiness: Option<i64>,
    #[serde(
        skip_serializing_if = "Option::is_none",
        deserialize_with = "quantity::bytes"
    )]
    #[schema(value_type = Option<i64>)]
    pub kernel_memory: Option<i64>,
    /// 1.5 is one and a half CPUs.
    #[serde(
        skip_serializing_if = "Option::is_none",
        deserialize_with = "quantity::decimal"
    )]
    #[schema(value_type = Option<f64>)]
    pub cpus: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cpu_shares: Option<i64>,
    /// Microseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cpu_period: Option<i64>,
    /// Microseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cpu_quota: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cpu_rt_period: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cpu_rt_runtime: Option<i64>,
    /// `0-3`, `0,2`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cpuset_cpus: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cpuset_mems: Option<String>,
    /// -1 means unlimited.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pids_limit: Option<i64>,
    /// `nofile=1024:2048`.
    #[serde(
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "serde_forms::list"
    )]
    pub ulimits: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub oom_kill_disable: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub oom_score_adj: Option<i64>,
    /// 10 to 1000.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub blkio_weight: Option<i64>,
    /// `/dev/sda:500`.
    #[serde(
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "serde_forms::list"
    )]
    pub blkio_weight_device: Vec<String>,
    /// `/dev/sda:10mb`: bytes a second.
    #[serde(
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "serde_forms::list"
    )]
    pub device_read_bps: Vec<String>,
    #[serde(
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "serde_forms::list"
    )]
    pub device_write_bps: Vec<String>,
    /// `/dev/sda:100`: operations a second.
    #[serde(
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "serde_forms::list"
    )]
    pub device_read_iops: Vec<String>,
    #[serde(
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "serde_forms::list"
    )]
    pub device_write_iops: Vec<String>,

    /// Full access to the machine.
    #[serde(skip_serializing_if = "is_false")]
    pub privileged: bool,
    #[serde(
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "serde_forms::list"
    )]
    pub cap_add: Vec<String>,
    #[serde(
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "serde_forms::list"
    )]
    pub cap_drop: Vec<String>,
    #[serde(
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "serde_forms::list"
    )]
    pub security_opt: Vec<String>,
    /// `/dev/ttyUSB0`, `/dev/dri:/dev/dri:rwm`.
    #[serde(
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "serde_forms::list"
    )]
    pub devices: Vec<String>,
    /// GPUs and other devices by driver (`--gpus`).
    #[serde(
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "serde_forms::list"
    )]
    pub device_requests: Vec<DeviceRequest>,
    /// `c 13:* rwm`.
    #[serde(
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "serde_forms::list"
    )]
    pub device_cgroup_rules: Vec<String>,
    #[serde(
        skip_serializing_if = "BTreeMap::is_empty",
        deserialize_with = "serde_forms::texts"
    )]
    pub sysctls: BTreeMap<String, String>,
    /// `host`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub userns: Option<String>,
    /// `host`, `container:<name>`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pid: Option<String>,
    /// `none`, `private`, `shareable`, `host`, `container:<name>`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ipc: Option<String>,
    /// `host`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uts: Option<String>,
    /// `host`, `private`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cgroupns: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cgroup_parent: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub runtime: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub isolation: Option<String>,
    /// `linux/arm64`: which of a multi-platform image's variants.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub platform: Option<String>,

    /// `KEY=value` texts or an object.
    #[serde(
        skip_serializing_if = "BTreeMap::is_empty",
        deserialize_with = "serde_forms::map"
    )]
    pub labels: BTreeMap<String, String>,
    #[serde(
        skip_serializing_if = "BTreeMap::is_empty",
        deserialize_with = "serde_forms::map"
    )]
    pub annotations: BTreeMap<String, String>,
    /// `json-file`, `local`, `journald`, `syslog`, `none` …
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log_driver: Option<String>,
    #[serde(
        skip_serializing_if = "BTreeMap::is_empty",
        deserialize_with = "serde_forms::map"
    )]
    pub log_options: BTreeMap<String, String>,

    /// What the engine takes beyond all this, in its own words.
    #[serde(skip_serializing_if = "EngineKeys::is_empty")]
    pub engine: EngineKeys,
}

/// Keys of the engine's create request that have no field of their own
/// (Docker Engine API, `ContainerCreate`). They are passed on untouched.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct EngineKeys {
    #[serde(skip_serializing_if = "Map::is_empty")]
    #[schema(value_type = Object)]
    pub config: Map<String, Value>,
    #[serde(skip_serializing_if = "Map::is_empty")]
    #[schema(value_type = Object)]
    pub host_config: Map<String, Value>,
}

impl EngineKeys {
    pub fn is_empty(&self) -> bool {
        self.config.is_empty() && self.host_config.is_empty()
    }
}

/// A request for devices by driver (`DeviceRequest` of the Docker Engine API).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct DeviceRequest {
    /// `nvidia`, `cdi`; empty lets the engine choose by the capabilities.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub driver: String,
    /// -1 is all of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count: Option<i64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub device_ids: Vec<String>,
    /// Any of the lists must be met in all its words.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub capabilities: Vec<Vec<String>>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub options: BTreeMap<String, String>,
}

impl ContainerSpec {
    /// Whether it has a network namespace of its own, and so a host name,
    /// published ports and DNS settings of its own.
    pub fn has_own_network(&self) -> bool {
        !self
            .network_mode
            .as_deref()
            .is_some_and(|mode| mode == "host" || mode.starts_with("container:"))
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
fn is_false(value: &bool) -> bool {
    !value
}
