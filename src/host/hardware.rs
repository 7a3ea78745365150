//! What this host is, found once at start, and the profile that follows.
//!
//! Reading (`read_facts`) and deciding (`decide`) are apart: the rules of
//! detection run over plain facts, each of which says how it was found.
//! Only small files are read, no process is scanned: well under 5 ms.

pub(in crate::host) mod cgroup;

use crate::model::hash_cost::Hashing;
use crate::model::profile::{Profile, ProfileName, ProfileValue, ProfileView, table_values};
use crate::model::spec::memory_said;
use std::fs;
use std::path::Path;

const GIB: u64 = 1024 * 1024 * 1024;

/// A value and the file or setting that it was read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found<T> {
    pub value: T,
    pub how: String,
}

impl<T> Found<T> {
    fn new(value: T, how: impl Into<String>) -> Self {
        Self {
            value,
            how: how.into(),
        }
    }
}

/// What was read about the host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// The board's name, where the firmware tells.
    pub model: Option<Found<String>>,
    /// Logical cores that this process may use.
    pub cpu_cores: Found<u32>,
    /// Memory of the host.
    pub memory_bytes: Found<u64>,
    /// Memory that this process may use; 0 where that is not known.
    pub own_memory: u64,
    /// How we know that we run in a container, if we do.
    pub container: Option<String>,
}

/// The facts and the profile they lead to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hardware {
    pub facts: Facts,
    pub detected: ProfileName,
    pub how: String,
}

impl Hardware {
    /// Looks at this machine.
    pub fn detect() -> Self {
        Self::detect_under(Path::new("/"))
    }

    /// The same with `/proc` and `/sys` below another root.
    pub fn detect_under(root: &Path) -> Self {
        Self::from_facts(read_facts(root))
    }

    pub fn from_facts(facts: Facts) -> Self {
        let (detected, how) = decide(&facts);
        Self {
            facts,
            detected,
            how,
        }
    }

    /// The active profile: the user's choice before the detected one.
    pub fn profile(&self, chosen: Option<ProfileName>) -> &'static Profile {
        chosen.unwrap_or(self.detected).profile()
    }

    /// How passwords are hashed in the memory that this process may use.
    pub fn hashing(&self, profile: &Profile) -> Hashing {
        let (cost, at_once) = (profile.hash_cost, profile.concurrent_hashes);
        Hashing::within(self.facts.own_memory, cost, at_once)
    }

    /// What the wizard, the settings page and the API show.
    pub fn view(&self, chosen: Option<ProfileName>) -> ProfileView {
        let profile = self.profile(chosen);
        let how = match chosen {
            Some(name) => format!(
                "Set to {name} by the setting profile. Detected: {}, because of {}",
                self.detected, self.how
            ),
            None => self.how.clone(),
        };
        let mut values = vec![
            ProfileValue {
                key: "cpu_cores",
                label: "Processor cores",
                value: self.facts.cpu_cores.value.to_string(),
                source: self.facts.cpu_cores.how.clone(),
            },
            ProfileValue {
                key: "memory",
                label: "Memory",
                value: memory_said(self.facts.memory_bytes.value),
                source: self.facts.memory_bytes.how.clone(),
            },
        ];
        if let Some(model) = &self.facts.model {
            values.push(ProfileValue {
                key: "model",
                label: "Board",
                value: model.value.clone(),
                source: model.how.clone(),
            });
        }
        if let Some(how) = &self.facts.container {
            values.push(ProfileValue {
                key: "in_container",
                label: "Runs in a container",
                value: "yes, its limits count".to_owned(),
                source: how.clone(),
            });
        }
        values.extend(table_values(profile));
        ProfileView {
            name: profile.name,
            title: profile.title,
            summary: profile.summary,
            how,
            overridden: chosen.is_some(),
            detected: self.detected,
            in_container: self.facts.container.is_some(),
            cpu_cores: self.facts.cpu_cores.value,
            memory_bytes: self.facts.memory_bytes.value,
            model: self.facts.model.as_ref().map(|model| model.value.clone()),
            max_containers: profile.max_containers,
            limits: profile.limits(),
            update_check_interval_s: profile.update_check_interval.as_secs(),
            health_check_interval_s: profile.health_check_interval.as_secs(),
            continuous_monitoring: profile.continuous_monitoring,
            log_analysis: profile.log_analysis,
            auto_update: profile.auto_update,
            network_size_limit: profile.network_prefix_min,
            reduced_motion: profile.reduced_motion,
            warning: profile.warning,
            values,
        }
    }
}

/// The rules: a Raspberry Pi by its name, all others by the
/// first row of the table that holds both their cores and their memory.
pub fn decide(facts: &Facts) -> (ProfileName, String) {
    if let Some(model) = &facts.model
        && model.value.contains("Raspberry Pi")
    {
        let how = format!("{} says \"{}\".", model.how, model.value);
        return (ProfileName::RaspberryPi, how);
    }
    let cores = facts.cpu_cores.value;
    let memory = facts.memory_bytes.value;
    let has = format!("{cores} cores and {} of memory", memory_said(memory));
    for name in [
        ProfileName::LowEnd,
        ProfileName::MediumServer,
        ProfileName::HighEnd,
    ] {
        let row = name.profile();
        let (Some(core_max), Some(gib_max)) = (row.cpu_cores_max, row.memory_gib_max) else {
            continue;
        };
        if cores <= core_max && memory <= u64::from(gib_max) * GIB {
            let how = format!("{has}; this profile goes up to {core_max} cores and {gib_max} GiB.");
            return (name, how);
        }
    }
    let how = format!("{has}; more than 32 cores or 128 GiB.");
    (ProfileName::Enterprise, how)
}

/// Reads the facts below `root` (`/` on a real machine).
pub fn read_facts(root: &Path) -> Facts {
    let container = container(root);
    let mut cpu_cores = cores(root);
    let mut memory_bytes = memory(root);
    let limits = cgroup::limits(root);
    let own_limit = limits.memory_bytes.as_ref().map(|limit| limit.value);
    let own_memory = own_limit.map_or(memory_bytes.value, |limit| limit.min(memory_bytes.value));
    // A limit on a service unit is about this program, not about the host; the
    // limits of a container are all that we know of the host.
    if container.is_some() {
        if let Some(cpus) = limits.cpus
            && cpus.value < cpu_cores.value
        {
            cpu_cores = cpus;
        }
        if let Some(bytes) = limits.memory_bytes
            && bytes.value < memory_bytes.value
        {
            memory_bytes = bytes;
        }
    }
    Facts {
        model: model(root),
        cpu_cores,
        memory_bytes,
        own_memory,
        container,
    }
}

fn read(root: &Path, path: &str) -> Option<String> {
    let text = fs::read(root.join(path.trim_start_matches('/'))).ok()?;
    Some(String::from_utf8_lossy(&text).into_owned())
}

/// The device tree first. Engines hide `/sys/firmware` from containers; there
/// the kernel's `Model` line of `/proc/cpuinfo` still tells on a Pi.
fn model(root: &Path) -> Option<Found<String>> {
    for path in [
        "/proc/device-tree/model",
        "/sys/firmware/devicetree/base/model",
    ] {
        if let Some(text) = read(root, path) {
            let text = text.trim_end_matches('\0').trim();
            if !text.is_empty() {
                return Some(Found::new(text.to_owned(), path));
            }
        }
    }
    let cpuinfo = read(root, "/proc/cpuinfo")?;
    let line = cpuinfo.lines().find(|line| {
        line.split_once(':')
            .is_some_and(|(key, _)| key.trim() == "Model")
    })?;
    let (_, value) = line.split_once(':')?;
    Some(Found::new(value.trim().to_owned(), "/proc/cpuinfo"))
}

/// Cores that this process may run on, else those that are online.
fn cores(root: &Path) -> Found<u32> {
    let online = read(root, "/sys/devices/system/cpu/online").and_then(|list| count_list(&list));
    let allowed = read(root, "/proc/self/status").and_then(|status| {
        let list = status
            .lines()
            .find_map(|line| line.strip_prefix("Cpus_allowed_list:"))?;
        count_list(list)
    });
    match (online, allowed) {
        (Some(online), Some(allowed)) if allowed < online => {
            Found::new(allowed, "Cpus_allowed_list in /proc/self/status (affinity)")
        }
        (Some(online), _) => Found::new(online, "/sys/devices/system/cpu/online"),
        (None, Some(allowed)) => Found::new(allowed, "Cpus_allowed_list in /proc/self/status"),
        (None, None) => {
            let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
            Found::new(
                u32::try_from(cores).unwrap_or(u32::MAX),
                "sched_getaffinity",
            )
        }
    }
}

/// How many numbers a kernel list such as `0-3,8` names.
fn count_list(list: &str) -> Option<u32> {
    let mut count: u32 = 0;
    for part in list.trim().split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last): (u32, u32) = (first.parse().ok()?, last.parse().ok()?);
        count = count.checked_add(last.checked_sub(first)?.checked_add(1)?)?;
    }
    (count > 0).then_some(count)
}

fn memory(root: &Path) -> Found<u64> {
    let kib = read(root, "/proc/meminfo").and_then(|text| {
        let line = text
            .lines()
            .find_map(|line| line.strip_prefix("MemTotal:"))?;
        line.trim()
            .trim_end_matches("kB")
            .trim()
            .parse::<u64>()
            .ok()
    });
    match kib {
        Some(kib) => Found::new(kib.saturating_mul(1024), "MemTotal in /proc/meminfo"),
        // The smallest promise: nothing is sized for memory that may not be there.
        None => Found::new(0, "nothing: /proc/meminfo cannot be read"),
    }
}

/// How we know that we run in a container.
fn container(root: &Path) -> Option<String> {
    for marker in ["/.dockerenv", "/run/.containerenv"] {
        if root.join(marker.trim_start_matches('/')).exists() {
            return Some(format!("{marker} exists"));
        }
    }
    if let Some(kind) = read(root, "/run/systemd/container")
        && !kind.trim().is_empty()
    {
        return Some(format!("/run/systemd/container says {}", kind.trim()));
    }
    if let Some(environment) = read(root, "/proc/1/environ")
        && let Some(kind) = environment
            .split('\0')
            .find_map(|entry| entry.strip_prefix("container="))
    {
        return Some(format!("/proc/1/environ says {kind}"));
    }
    let groups = read(root, "/proc/self/cgroup")?;
    ["docker", "kubepods", "libpod", "lxc", "containerd"]
        .into_iter()
        .find(|kind| groups.lines().any(|line| names_container(line, kind)))
        .map(|kind| format!("/proc/self/cgroup names {kind}"))
}

/// `…:/docker/<id>`, `…/docker-<id>.scope`: not `docker.service`, which is the
/// engine's own unit on a plain machine.
fn names_container(line: &str, kind: &str) -> bool {
    let path = line.splitn(3, ':').nth(2).unwrap_or_default();
    path.split('/').any(|part| {
        part == kind
            || part
                .strip_prefix(kind)
                .and_then(|rest| rest.strip_suffix(".scope"))
                .is_some_and(|rest| rest.starts_with('-'))
    })
}

#[cfg(test)]
mod tests;
