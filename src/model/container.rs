//! A container as the engine reports it, and as the product shows it.

use super::environment::EnvironmentSource;
use super::service::ServiceAddress;
use super::spec::ContainerSpec;
use super::status::ContainerStatus;
#[cfg(test)]
use super::status::StatusName;
use super::timestamp::Timestamp;
use super::update::UpdateStatus;
use super::volume::MountedVolume;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;
use utoipa::ToSchema;

/// The engine's facts about a container, as the inventory keeps them.
#[derive(Debug, Clone, Serialize, PartialEq, Eq, ToSchema)]
pub struct Container {
    /// 64 hexadecimal digits.
    pub id: String,
    /// Without the leading slash.
    pub name: String,
    /// The reference the container was made with (`Config.Image`), even when its tag moved on.
    pub image: String,
    /// `sha256:…` of the image configuration; of a manifest or an index with the
    /// containerd image store.
    pub image_id: String,
    /// `sha256:…` of the manifest for its platform, which only an engine with the
    /// containerd image store tells.
    pub image_manifest: Option<String>,
    pub state: State,
    /// From the health check, if there is one.
    pub health: Health,
    /// Checks failed in a row, 0 without a health check.
    pub failing_streak: u32,
    /// Of the last run, when it is not running.
    pub exit_code: Option<i64>,
    /// Somebody stopped or killed its last run, as far as that was seen.
    pub stop_requested: bool,
    /// The kernel killed it for memory.
    pub oom_killed: bool,
    /// What the engine says went wrong with the last start, if anything.
    pub error: Option<String>,
    pub created_at: Option<Timestamp>,
    pub started_at: Option<Timestamp>,
    pub finished_at: Option<Timestamp>,
    pub restart_count: u32,
    /// `no`, `always`, `unless-stopped`, `on-failure`.
    pub restart_policy: String,
    /// The engine removes it when it stops (`--rm`).
    pub auto_remove: bool,
    /// Entrypoint and command as one line, for reading only.
    pub command: String,
    /// `bridge`, `host`, `none`, `container:<id>`, or a network's name.
    pub network_mode: String,
    pub networks: Vec<Endpoint>,
    pub ports: Vec<Port>,
    pub labels: BTreeMap<String, String>,
    /// Labels that are too large to be kept in memory. Those are not in `labels`, and
    /// are kept when the container is recreated.
    pub labels_left_out: u32,
    /// Containers, by name or id, in whose namespaces it lives, whose volumes
    /// it uses, or that it is linked to.
    pub shares: Vec<String>,
    /// In the order of the engine.
    #[serde(skip)]
    pub volumes: Vec<MountedVolume>,
    /// Compose project (`com.docker.compose.project`).
    pub stack: Option<String>,
    /// Compose service (`com.docker.compose.service`).
    pub service: Option<String>,
    /// Another orchestrator owns it: shown, never recreated.
    pub orchestrator: Option<Orchestrator>,
    /// This is the container that DockerMate itself runs in.
    pub is_self: bool,
}

impl Container {
    /// The first 12 digits of the id, as the CLI shows it.
    pub fn short_id(&self) -> &str {
        self.id.get(..12).unwrap_or(&self.id)
    }
}

#[cfg(test)]
impl Container {
    /// One that runs, and of which nothing else is worth telling.
    pub fn running(name: &str) -> Self {
        Self {
            id: format!("{name:x<64}"),
            name: name.to_owned(),
            image: String::new(),
            image_id: String::new(),
            image_manifest: None,
            state: State::Running,
            health: Health::None,
            failing_streak: 0,
            exit_code: None,
            stop_requested: false,
            oom_killed: false,
            error: None,
            created_at: None,
            started_at: None,
            finished_at: None,
            restart_count: 0,
            restart_policy: "no".to_owned(),
            auto_remove: false,
            command: String::new(),
            network_mode: String::new(),
            networks: Vec::new(),
            ports: Vec::new(),
            labels: BTreeMap::new(),
            labels_left_out: 0,
            shares: Vec::new(),
            volumes: Vec::new(),
            stack: None,
            service: None,
            orchestrator: None,
            is_self: false,
        }
    }
}

/// The engine's container states.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, PartialEq, Eq, PartialOrd, Ord, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum State {
    Created,
    Running,
    Paused,
    Restarting,
    Removing,
    Exited,
    Dead,
    /// A state this version does not know.
    Unknown,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize, PartialEq, Eq, PartialOrd, Ord, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Health {
    /// No health check.
    None,
    Starting,
    Healthy,
    Unhealthy,
}

/// Who else manages a container.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, PartialEq, Eq, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Orchestrator {
    Swarm,
    Kubernetes,
    Nomad,
}

/// A container's place on one network.
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq, Eq, ToSchema)]
pub struct Endpoint {
    pub network: String,
    /// Empty where the engine does not tell it, as of a container that was never started.
    #[serde(skip)]
    pub network_id: String,
    pub ipv4: Option<String>,
    pub ipv6: Option<String>,
    pub mac: Option<String>,
    pub aliases: Vec<String>,
    /// Addresses that were chosen for it; it has them whenever it runs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fixed: Vec<String>,
}

/// A port that the container exposes, published or not.
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq, Eq, PartialOrd, Ord, ToSchema)]
pub struct Port {
    pub container_port: u16,
    /// `tcp`, `udp`, `sctp`.
    pub protocol: String,
    /// Absent when the port is exposed but not published.
    pub host_port: Option<u16>,
    pub host_ip: Option<String>,
}

/// A container with what DockerMate itself knows of it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ContainerView {
    #[serde(flatten)]
    pub container: Arc<Container>,
    /// What its state means, with a memory of its last runs.
    pub status: ContainerStatus,
    /// Where a browser finds its service, best first.
    pub addresses: Vec<ServiceAddress>,
    /// `PRD`, `UAT`, `DEV`, `SANDBOX`, or none on a MIXED host.
    pub environment: Option<String>,
    pub environment_source: EnvironmentSource,
    pub description: String,
    /// Words to find it by.
    pub tags: Vec<String>,
    /// Whether there is a newer image; `null` for a moment after it was created.
    pub update: Option<Arc<UpdateStatus>>,
}

#[cfg(test)]
impl ContainerView {
    /// Of one that runs, and of which nothing is noted.
    pub fn of(container: Container) -> Self {
        Self {
            container: Arc::new(container),
            status: ContainerStatus {
                name: StatusName::Running,
                group: StatusName::Running.group(),
                since: None,
                exit_code: None,
                restarts: 0,
                out_of_memory: false,
            },
            addresses: Vec::new(),
            environment: None,
            environment_source: EnvironmentSource::None,
            description: String::new(),
            tags: Vec::new(),
            update: None,
        }
    }
}

/// Everything about one container: the summary, and the configuration with
/// where each value comes from.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ContainerDetail {
    #[serde(flatten)]
    pub view: ContainerView,
    /// Your own notes on it.
    pub notes: String,
    /// Names of those that it needs to run: namespaces, volumes, links, Compose.
    pub depends_on: Vec<String>,
    /// Names of those that need it.
    pub used_by: Vec<String>,
    /// What it was made with, as a create request would say it.
    pub spec: ContainerSpec,
    /// The settings in groups, for reading.
    pub configuration: Vec<SettingGroup>,
    pub mounts: Vec<Mount>,
    /// `name@sha256:…` of its image, for each repository that it came from.
    pub image_digests: Vec<String>,
    /// The last results of the health check, newest last.
    pub health_log: Vec<HealthResult>,
    /// The engine's own inspect answer, untouched.
    #[schema(value_type = Object)]
    pub inspect: serde_json::Value,
}

/// A titled group of settings ("Process", "Network", "Limits" …).
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SettingGroup {
    pub name: String,
    pub settings: Vec<Setting>,
}

/// One setting of a container.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Setting {
    /// The flag's name without dashes (`restart`, `env`, `memory`).
    pub name: String,
    /// A person's word for it.
    pub label: String,
    /// One value a line.
    pub values: Vec<String>,
    pub source: SettingSource,
    /// Shown from this skill level on (a beginner sees how many are folded).
    pub level: Level,
    /// The value looks like a secret: the page masks it until asked.
    pub secret: bool,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize, PartialEq, Eq, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum SettingSource {
    /// Set when the container was created.
    User,
    /// From the image.
    Image,
    /// The engine's default.
    Engine,
}

/// The skill level from which a thing is shown unfolded.
#[derive(
    Debug, Clone, Copy, Serialize, Deserialize, PartialEq, Eq, PartialOrd, Ord, Default, ToSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    Beginner,
    #[default]
    Intermediate,
    Advanced,
}

impl Level {
    pub const ALL: [Self; 3] = [Self::Beginner, Self::Intermediate, Self::Advanced];

    pub fn title(self) -> &'static str {
        match self {
            Self::Beginner => "Beginner",
            Self::Intermediate => "Intermediate",
            Self::Advanced => "Advanced",
        }
    }

    /// Whom it suits, and what the pages look like with it.
    pub fn description(self) -> &'static str {
        match self {
            Self::Beginner => {
                "You are new to containers. States in plain words, the usual actions as buttons, \
                 and a sentence of explanation beside each part."
            }
            Self::Intermediate => {
                "You have used Docker before. Addresses, images and usage at a glance, and the \
                 settings that most people need."
            }
            Self::Advanced => {
                "You know Docker well. Everything unfolded in compact rows: raw states, exit \
                 codes, IDs and digests, and commands as scripts."
            }
        }
    }
}

#[derive(Debug, Clone, Serialize, PartialEq, Eq, ToSchema)]
pub struct Mount {
    /// `bind`, `volume`, `tmpfs`, `npipe`, `cluster`, `image`.
    pub kind: String,
    /// Host path or volume name; empty for tmpfs.
    pub source: String,
    pub destination: String,
    pub read_only: bool,
    /// A volume that no one named.
    pub anonymous: bool,
}

#[derive(Debug, Clone, Serialize, PartialEq, Eq, ToSchema)]
pub struct HealthResult {
    pub started_at: Option<Timestamp>,
    pub ended_at: Option<Timestamp>,
    pub exit_code: i64,
    pub output: String,
}

/// The name of a new container until it takes over, known by the operation that
/// creates it.
pub fn temporary_name(name: &str, operation: &str) -> String {
    format!("{name}.new-{}", tail(operation))
}

/// The name of a container that is being replaced by an operation.
pub fn backup_name(name: &str, operation: &str) -> String {
    format!("{name}.old-{}", tail(operation))
}

/// The end of an operation's id differs even between two in one millisecond.
fn tail(operation: &str) -> &str {
    operation
        .get(operation.len().saturating_sub(8)..)
        .unwrap_or(operation)
}

/// What tells which operation gave a name of [`temporary_name`]: the end of its id.
pub fn temporary_tail(name: &str) -> Option<&str> {
    let (lasting, tail) = name.rsplit_once(".new-")?;
    (lasting_name(name) == lasting).then_some(tail)
}

/// The name that a container has apart from ours: `web` of `web.old-1a2b3c4d`,
/// which it has only while it is being replaced.
pub fn lasting_name(name: &str) -> &str {
    let Some((lasting, tail)) = name.rsplit_once('.') else {
        return name;
    };
    let digits = tail
        .strip_prefix("new-")
        .or_else(|| tail.strip_prefix("old-"));
    match digits {
        Some(digits) if digits.len() == 8 && digits.bytes().all(|b| b.is_ascii_hexdigit()) => {
            lasting
        }
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn temporary_and_backup_names_are_distinguished_from_permanent_names() {
        for (name, lasting) in [
            ("web", "web"),
            ("web.old-1a2b3c4d", "web"),
            ("my.web.new-00000000", "my.web"),
            ("web.old-2", "web.old-2"),
            ("web.old-1a2b3c4z", "web.old-1a2b3c4z"),
        ] {
            assert_eq!(lasting_name(name), lasting);
        }
        let operation = "019000000000aabbccdd";
        assert_eq!(temporary_name("web", operation), "web.new-aabbccdd");
        assert_eq!(lasting_name(&backup_name("web", operation)), "web");
        assert_eq!(temporary_tail("web.new-aabbccdd"), Some("aabbccdd"));
        for name in ["web", "web.old-aabbccdd", "web.new-2", "web.new-aabbccdd.x"] {
            assert_eq!(temporary_tail(name), None);
        }
    }
}
