//! The processor and memory limits of the control group this process is in,
//! versions 1 and 2, found through `/proc/self/cgroup` and `mountinfo`.
//!
//! A limit anywhere up the tree holds, so the smallest one on the way to the
//! root counts.

use super::{Found, read};
use std::path::Path;

#[derive(Debug, Default)]
pub(super) struct Limits {
    pub cpus: Option<Found<u32>>,
    pub memory_bytes: Option<Found<u64>>,
}

/// Version 1 says "no limit" with a number near the top of `i64`.
const UNLIMITED: u64 = 1 << 60;

pub(super) fn limits(root: &Path) -> Limits {
    let mut limits = Limits::default();
    let (Some(groups), Some(mounts)) = (
        read(root, "/proc/self/cgroup"),
        read(root, "/proc/self/mountinfo"),
    ) else {
        return limits;
    };
    for group in groups.lines().filter_map(Group::parse) {
        let Some(mount) = mounts
            .lines()
            .filter_map(Mount::parse)
            .find(|mount| mount.holds(&group))
        else {
            continue;
        };
        for folder in folders(&mount, group.path) {
            if group.controllers.is_empty() {
                let file = format!("{folder}/cpu.max");
                keep_least(
                    &mut limits.cpus,
                    read(root, &file).and_then(|text| cpu_max(&text)),
                    file,
                );
                let file = format!("{folder}/memory.max");
                keep_least(
                    &mut limits.memory_bytes,
                    read(root, &file).and_then(|text| text.trim().parse().ok()),
                    file,
                );
            }
            if group.has("cpu") {
                let file = format!("{folder}/cpu.cfs_quota_us");
                let cpus = read(root, &file).and_then(|quota| {
                    let period = read(root, &format!("{folder}/cpu.cfs_period_us"))?;
                    whole_cpus(quota.trim().parse().ok()?, period.trim().parse().ok()?)
                });
                keep_least(&mut limits.cpus, cpus, file);
            }
            if group.has("memory") {
                let file = format!("{folder}/memory.limit_in_bytes");
                let bytes = read(root, &file)
                    .and_then(|text| text.trim().parse().ok())
                    .filter(|&bytes: &u64| bytes < UNLIMITED);
                keep_least(&mut limits.memory_bytes, bytes, file);
            }
        }
    }
    limits
}

fn keep_least<T: PartialOrd>(kept: &mut Option<Found<T>>, value: Option<T>, how: String) {
    if let Some(value) = value
        && kept.as_ref().is_none_or(|kept| value < kept.value)
    {
        *kept = Some(Found { value, how });
    }
}

/// `200000 100000` is two processors, `max 100000` means unlimited.
fn cpu_max(text: &str) -> Option<u32> {
    let (quota, period) = text.trim().split_once(' ')?;
    whole_cpus(quota.parse().ok()?, period.parse().ok()?)
}

/// Half a processor still is one to run on.
fn whole_cpus(quota: i64, period: i64) -> Option<u32> {
    if quota <= 0 || period <= 0 {
        return None;
    }
    let whole = (quota / period) + i64::from(quota % period != 0);
    u32::try_from(whole).ok()
}

/// A line of `/proc/self/cgroup`: `4:memory:/docker/ab12`, `0::/system.slice`.
pub(in crate::host) struct Group<'a> {
    pub controllers: &'a str,
    pub path: &'a str,
}

impl<'a> Group<'a> {
    pub fn parse(line: &'a str) -> Option<Self> {
        let mut parts = line.splitn(3, ':').skip(1);
        Some(Self {
            controllers: parts.next()?,
            path: parts.next()?,
        })
    }

    pub fn has(&self, controller: &str) -> bool {
        self.controllers.split(',').any(|name| name == controller)
    }
}

/// A control group mount of `/proc/self/mountinfo` (proc_pid_mountinfo(5)).
pub(in crate::host) struct Mount<'a> {
    /// The group that shows at the mount point.
    pub top: &'a str,
    pub point: &'a str,
    kind: &'a str,
    options: &'a str,
}

impl<'a> Mount<'a> {
    pub fn parse(line: &'a str) -> Option<Self> {
        let (before, after) = line.split_once(" - ")?;
        let mut before = before.split(' ').skip(3);
        let (top, point) = (before.next()?, before.next()?);
        let mut after = after.split(' ');
        let kind = after.next()?;
        let options = after.nth(1).unwrap_or_default();
        kind.starts_with("cgroup").then_some(Self {
            top,
            point,
            kind,
            options,
        })
    }

    pub fn holds(&self, group: &Group<'_>) -> bool {
        if group.controllers.is_empty() {
            return self.kind == "cgroup2";
        }
        self.kind == "cgroup"
            && group
                .controllers
                .split(',')
                .all(|name| self.options.split(',').any(|option| option == name))
    }
}

/// The group's folder below its mount and every folder above it.
fn folders(mount: &Mount<'_>, path: &str) -> Vec<String> {
    // In a container the mount shows the container's own group at its top,
    // while the path may be written as the host sees it.
    let below = path
        .strip_prefix(mount.top.trim_end_matches('/'))
        .filter(|rest| rest.is_empty() || rest.starts_with('/'))
        .unwrap_or_default();
    let mut folder = format!("{}{}", mount.point, below.trim_end_matches('/'));
    let mut folders = Vec::new();
    while folder.len() > mount.point.len() {
        folders.push(folder.clone());
        let Some(cut) = folder.rfind('/') else { break };
        folder.truncate(cut);
    }
    folders.push(mount.point.to_owned());
    folders
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cpu_quota_is_rounded_up_to_whole_cpus_and_max_means_unlimited() {
        assert_eq!(cpu_max("200000 100000\n"), Some(2));
        assert_eq!(cpu_max("50000 100000"), Some(1));
        assert_eq!(cpu_max("150000 100000"), Some(2));
        assert_eq!(cpu_max("max 100000"), None);
        assert_eq!(whole_cpus(-1, 100_000), None);
    }

    #[test]
    fn cgroup_folders_are_listed_from_the_group_up_to_the_mount_point() {
        let line = "30 23 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw,nsdelegate";
        let mount = Mount::parse(line).unwrap();
        assert_eq!(
            folders(&mount, "/system.slice/docker-1.scope"),
            [
                "/sys/fs/cgroup/system.slice/docker-1.scope",
                "/sys/fs/cgroup/system.slice",
                "/sys/fs/cgroup"
            ]
        );
    }

    #[test]
    fn container_cgroup_is_at_the_mount_point_of_its_controller() {
        let line = "5 1 0:30 /docker/ab /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory";
        let mount = Mount::parse(line).unwrap();
        assert!(mount.holds(&Group::parse("4:memory:/docker/ab").unwrap()));
        assert!(!mount.holds(&Group::parse("3:cpu,cpuacct:/docker/ab").unwrap()));
        assert_eq!(folders(&mount, "/docker/ab"), ["/sys/fs/cgroup/memory"]);
        // A name that only begins alike is another group.
        assert_eq!(folders(&mount, "/docker/abc"), ["/sys/fs/cgroup/memory"]);
    }
}
