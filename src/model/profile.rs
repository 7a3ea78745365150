//! The hardware profile: the one table of everything that depends on the host
//! (section 5 of the design, its missing cells filled in the same spirit).
//!
//! No other place in the program has a number that depends on the machine.
//! How the host is recognised is in `host::hardware`; this is what follows.

mod view;

pub use view::{ProfileValue, ProfileView};
pub(crate) use view::{spell, table_values};

use super::hash_cost::HashCost;
use serde::{Deserialize, Serialize};
use std::num::NonZeroUsize;
use std::time::Duration;
use utoipa::ToSchema;

#[derive(Debug, Clone, Copy, Serialize, Deserialize, PartialEq, Eq, ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ProfileName {
    RaspberryPi,
    LowEnd,
    MediumServer,
    HighEnd,
    Enterprise,
}

impl ProfileName {
    pub const ALL: [Self; 5] = [
        Self::RaspberryPi,
        Self::LowEnd,
        Self::MediumServer,
        Self::HighEnd,
        Self::Enterprise,
    ];

    /// As the design and the API write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::RaspberryPi => "RASPBERRY_PI",
            Self::LowEnd => "LOW_END",
            Self::MediumServer => "MEDIUM_SERVER",
            Self::HighEnd => "HIGH_END",
            Self::Enterprise => "ENTERPRISE",
        }
    }

    /// Reads `RASPBERRY_PI`, `raspberry-pi` and the like.
    pub fn parse(text: &str) -> Option<Self> {
        let wanted = text.trim().replace('-', "_").to_ascii_uppercase();
        Self::ALL.into_iter().find(|name| name.as_str() == wanted)
    }

    pub const fn profile(self) -> &'static Profile {
        match self {
            Self::RaspberryPi => &PROFILES[0],
            Self::LowEnd => &PROFILES[1],
            Self::MediumServer => &PROFILES[2],
            Self::HighEnd => &PROFILES[3],
            Self::Enterprise => &PROFILES[4],
        }
    }
}

impl std::fmt::Display for ProfileName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// When logs are analysed. On every profile a person may ask for one
/// container; the setting says what the program offers beyond that.
#[derive(Debug, Clone, Copy, Serialize, PartialEq, Eq, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LogAnalysis {
    /// One container on a click, nothing else.
    Off,
    /// Any number of containers on a click.
    OnDemand,
    /// Also in the background, when switched on.
    Continuous,
}

/// Where the number of containers changes from fine to warned to blocked.
#[derive(Debug, Clone, Copy, Serialize, PartialEq, Eq, ToSchema)]
pub struct ContainerLimits {
    pub max: u32,
    /// From this many on: "approaching the limit".
    pub approaching_from: u32,
    /// From this many on: "at the limit", still allowed.
    pub at_limit_from: u32,
    /// From this many on: blocked until the user takes the risk.
    pub blocked_from: u32,
}

impl ContainerLimits {
    /// Approaching from three quarters (rounded up); at the limit in the last
    /// tenth (rounded down, at least the last one); blocked above the maximum.
    /// 15 gives 12, 15, 16 and 50 gives 38, 46, 51.
    pub const fn of(max: u32) -> Self {
        let tenth = if max < 20 { 1 } else { max / 10 };
        Self {
            max,
            approaching_from: (max * 3).div_ceil(4),
            at_limit_from: max - tenth + 1,
            blocked_from: max + 1,
        }
    }

    /// What having `count` containers means.
    pub const fn level(self, count: u32) -> LimitLevel {
        if count >= self.blocked_from {
            LimitLevel::Blocked
        } else if count >= self.at_limit_from {
            LimitLevel::AtLimit
        } else if count >= self.approaching_from {
            LimitLevel::Approaching
        } else {
            LimitLevel::Fine
        }
    }
}

#[derive(Debug, Clone, Copy, Serialize, PartialEq, Eq, PartialOrd, Ord, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LimitLevel {
    Fine,
    Approaching,
    AtLimit,
    Blocked,
}

/// One row of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    pub name: ProfileName,
    pub title: &'static str,
    pub summary: &'static str,
    /// Shown once where the profile takes something away.
    pub warning: Option<&'static str>,
    /// The largest host that still belongs here; `None` for the last row.
    pub cpu_cores_max: Option<u32>,
    pub memory_gib_max: Option<u32>,

    /// `None`: the program sets no limit.
    pub max_containers: Option<u32>,
    pub update_check_interval: Duration,
    /// Questions to one registry at the same time while updates are looked for.
    pub update_check_concurrency: usize,
    pub health_check_interval: Duration,
    /// Time between two searches for records that are no longer kept.
    pub cleanup_interval: Duration,
    pub continuous_monitoring: bool,
    pub log_analysis: LogAnalysis,
    /// Whether automatic updates may be switched on.
    pub auto_update: bool,
    /// Prefix length of the largest network offered without asking for larger
    /// ones: room for four addresses a container and a fifth more.
    pub network_prefix_min: u8,
    pub reduced_motion: bool,

    /// Upper bound; see [`Profile::worker_threads`].
    pub worker_threads_max: usize,
    /// First size of the database's address space; it grows by itself.
    pub map_size_bytes: usize,
    pub hash_cost: HashCost,
    pub concurrent_hashes: usize,
    pub max_connections: usize,
    /// Open event and log streams together.
    pub max_streams: usize,
    /// Open terminals of containers together.
    pub max_terminals: usize,
    /// Inspect calls that run at once when the inventory is filled.
    pub engine_concurrency: usize,
    /// Events kept for a browser that comes back.
    pub event_ring: usize,
    /// Time between two figures of the host while somebody watches.
    pub host_sample_interval: Duration,
    /// The same for the containers.
    pub container_sample_interval: Duration,
    /// Time between two figures of a container that are kept, watched or not. A
    /// minute is a multiple of it.
    pub history_interval: Duration,
}

/// Containers whose figures are kept where the program sets no limit.
const MOST_HISTORIES: usize = 2000;

impl Profile {
    pub fn limits(&self) -> Option<ContainerLimits> {
        self.max_containers.map(ContainerLimits::of)
    }

    /// Containers whose figures of the last day are kept: twice the limit, because
    /// one may be over it, and those that were deleted are kept for a while.
    pub fn most_histories(&self) -> usize {
        let limit = self
            .max_containers
            .and_then(|max| usize::try_from(max).ok());
        limit.map_or(MOST_HISTORIES, |max| max * 2)
    }

    /// Threads of the runtime on a host with this many cores.
    pub fn worker_threads(&self, cores: u32) -> NonZeroUsize {
        let cores = usize::try_from(cores).unwrap_or(usize::MAX);
        NonZeroUsize::new(cores.min(self.worker_threads_max)).unwrap_or(NonZeroUsize::MIN)
    }
}

const MIB: usize = 1024 * 1024;

/// The profiles, smallest first.
static PROFILES: [Profile; 5] = [
    Profile {
        name: ProfileName::RaspberryPi,
        title: "Raspberry Pi",
        summary: "Conservative limits, no heavy background work.",
        warning: Some("Limited resources detected. Some features disabled."),
        cpu_cores_max: Some(4),
        memory_gib_max: Some(8),
        max_containers: Some(15),
        update_check_interval: Duration::from_hours(12),
        update_check_concurrency: 10,
        health_check_interval: Duration::from_mins(15),
        cleanup_interval: Duration::from_hours(6),
        continuous_monitoring: false,
        log_analysis: LogAnalysis::Off,
        auto_update: false,
        network_prefix_min: 25,
        reduced_motion: true,
        worker_threads_max: 2,
        map_size_bytes: 64 * MIB,
        hash_cost: HashCost::MIB_32,
        concurrent_hashes: 1,
        max_connections: 256,
        max_streams: 64,
        max_terminals: 8,
        engine_concurrency: 2,
        event_ring: 256,
        host_sample_interval: Duration::from_secs(5),
        container_sample_interval: Duration::from_secs(2),
        history_interval: Duration::from_secs(30),
    },
    Profile {
        name: ProfileName::LowEnd,
        title: "Low-end",
        summary: "Basic features, heavy work only on request.",
        warning: None,
        cpu_cores_max: Some(4),
        memory_gib_max: Some(16),
        max_containers: Some(25),
        update_check_interval: Duration::from_hours(8),
        update_check_concurrency: 16,
        health_check_interval: Duration::from_mins(10),
        cleanup_interval: Duration::from_hours(3),
        continuous_monitoring: false,
        log_analysis: LogAnalysis::OnDemand,
        auto_update: true,
        network_prefix_min: 25,
        reduced_motion: false,
        worker_threads_max: 2,
        map_size_bytes: 128 * MIB,
        hash_cost: HashCost::MIB_64,
        concurrent_hashes: 1,
        max_connections: 512,
        max_streams: 128,
        max_terminals: 16,
        engine_concurrency: 4,
        event_ring: 512,
        host_sample_interval: Duration::from_secs(3),
        container_sample_interval: Duration::from_secs(1),
        history_interval: Duration::from_secs(10),
    },
    Profile {
        name: ProfileName::MediumServer,
        title: "Medium server",
        summary: "All features, balanced monitoring.",
        warning: None,
        cpu_cores_max: Some(16),
        memory_gib_max: Some(64),
        max_containers: Some(50),
        update_check_interval: Duration::from_hours(6),
        update_check_concurrency: 32,
        health_check_interval: Duration::from_mins(5),
        cleanup_interval: Duration::from_hours(1),
        continuous_monitoring: true,
        log_analysis: LogAnalysis::OnDemand,
        auto_update: true,
        network_prefix_min: 24,
        reduced_motion: false,
        worker_threads_max: 4,
        map_size_bytes: 256 * MIB,
        hash_cost: HashCost::MIB_128,
        concurrent_hashes: 2,
        max_connections: 1024,
        max_streams: 256,
        max_terminals: 32,
        engine_concurrency: 8,
        event_ring: 1024,
        host_sample_interval: Duration::from_secs(2),
        container_sample_interval: Duration::from_secs(1),
        history_interval: Duration::from_secs(10),
    },
    Profile {
        name: ProfileName::HighEnd,
        title: "High-end",
        summary: "All features, near real-time monitoring.",
        warning: None,
        cpu_cores_max: Some(32),
        memory_gib_max: Some(128),
        max_containers: Some(100),
        update_check_interval: Duration::from_hours(3),
        update_check_concurrency: 200,
        health_check_interval: Duration::from_mins(2),
        cleanup_interval: Duration::from_hours(1),
        continuous_monitoring: true,
        log_analysis: LogAnalysis::Continuous,
        auto_update: true,
        network_prefix_min: 23,
        reduced_motion: false,
        worker_threads_max: 8,
        map_size_bytes: 512 * MIB,
        hash_cost: HashCost::MIB_128,
        concurrent_hashes: 2,
        max_connections: 2048,
        max_streams: 512,
        max_terminals: 64,
        engine_concurrency: 16,
        event_ring: 2048,
        host_sample_interval: Duration::from_secs(2),
        container_sample_interval: Duration::from_secs(1),
        history_interval: Duration::from_secs(10),
    },
    Profile {
        name: ProfileName::Enterprise,
        title: "Enterprise",
        summary: "No limits by DockerMate, continuous monitoring.",
        warning: None,
        cpu_cores_max: None,
        memory_gib_max: None,
        // The design says "Unlimited": no number is made up, and the
        // interface says "no limit".
        max_containers: None,
        update_check_interval: Duration::from_hours(2),
        update_check_concurrency: 200,
        health_check_interval: Duration::from_mins(1),
        cleanup_interval: Duration::from_hours(1),
        continuous_monitoring: true,
        log_analysis: LogAnalysis::Continuous,
        auto_update: true,
        network_prefix_min: 16,
        reduced_motion: false,
        worker_threads_max: 16,
        map_size_bytes: 1024 * MIB,
        hash_cost: HashCost::MIB_128,
        concurrent_hashes: 4,
        max_connections: 4096,
        max_streams: 1024,
        max_terminals: 128,
        engine_concurrency: 32,
        event_ring: 4096,
        host_sample_interval: Duration::from_secs(1),
        container_sample_interval: Duration::from_secs(1),
        history_interval: Duration::from_secs(10),
    },
];

#[cfg(test)]
mod tests;
