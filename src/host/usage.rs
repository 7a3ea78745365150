//! How busy a container is, from the kernel's own files: its control groups
//! (cgroups(7); version 1, version 2, and both mounted side by side) and its
//! network interfaces. A look at one takes a tenth of a millisecond, where the
//! engine takes a second.
//!
//! Invariant: a container is read only where its full id stands in the control
//! group of its first process, so a process number of another machine, or one
//! that has been given away since, is never taken for it.

mod parse;

use super::hardware::cgroup::{Group, Mount};
use crate::model::stats::{Counters, MemoryUse};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Looks at containers. Not for sharing: the caller keeps one.
#[derive(Debug)]
pub struct Usage {
    root: PathBuf,
    mountinfo: String,
    began: Instant,
}

/// Where a container's counters are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    pid: u32,
    id: String,
    cpu: Folder,
    memory: Option<Folder>,
    block: Option<Folder>,
    pids: Option<Folder>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Folder {
    V1(PathBuf),
    V2(PathBuf),
}

impl Default for Usage {
    fn default() -> Self {
        Self::below("/")
    }
}

impl Usage {
    /// `root` is `/` on a real machine.
    pub fn below(root: impl Into<PathBuf>) -> Self {
        let root = root.into();
        Self {
            mountinfo: read(&root.join("proc/self/mountinfo")).unwrap_or_default(),
            root,
            began: Instant::now(),
        }
    }

    /// Finds the control groups of a container by its first process. `None`
    /// where they cannot be seen: another machine, or a container of our own
    /// with neither the host's processes nor its control groups in it.
    pub fn locate(&self, pid: u32, id: &str) -> Option<Place> {
        if pid == 0 || id.len() != 64 {
            return None;
        }
        let groups = self.groups(pid)?;
        if !groups.contains(id) {
            return None;
        }
        let first = |controller: &str| self.folder(&groups, id, controller, Folder::V1);
        let second = || self.folder(&groups, id, "", Folder::V2);
        let any = |controller: &str, file: &str| {
            first(controller).or_else(|| second().filter(|folder| folder.has(file)))
        };
        Some(Place {
            pid,
            id: id.to_owned(),
            cpu: any("cpuacct", "cpu.stat")?,
            memory: any("memory", "memory.current"),
            block: any("blkio", "io.stat"),
            pids: any("pids", "pids.current"),
        })
    }

    /// One look. `None` when the container is gone. `with_network` is false for
    /// one that uses the host's.
    pub fn look(&self, place: &Place, with_network: bool) -> Option<Counters> {
        if !self.groups(place.pid)?.contains(&place.id) {
            return None;
        }
        let cpu_ns = match &place.cpu {
            Folder::V1(at) => parse::number(&read(&at.join("cpuacct.usage"))?)?,
            Folder::V2(at) => parse::value(&read(&at.join("cpu.stat"))?, "usage_usec")? * 1000,
        };
        let network = with_network
            .then(|| read(&self.root.join(format!("proc/{}/net/dev", place.pid))))
            .flatten()
            .map(|text| parse::interfaces(&text));
        Some(Counters {
            clock_ns: i128::try_from(self.began.elapsed().as_nanos()).ok()?,
            cpu_ns,
            memory: place.memory.as_ref().and_then(memory),
            network,
            block: place.block.as_ref().and_then(block),
            pids: place
                .pids
                .as_ref()
                .and_then(|folder| parse::number(&read(&folder.path().join("pids.current"))?)),
        })
    }

    fn groups(&self, pid: u32) -> Option<String> {
        read(&self.root.join(format!("proc/{pid}/cgroup")))
    }

    /// The container's folder in the hierarchy of a controller; without one,
    /// that of version 2.
    fn folder(
        &self,
        groups: &str,
        id: &str,
        controller: &str,
        of: fn(PathBuf) -> Folder,
    ) -> Option<Folder> {
        let group = groups.lines().filter_map(Group::parse).find(|group| {
            if controller.is_empty() {
                group.controllers.is_empty()
            } else {
                group.has(controller)
            }
        })?;
        let mount = self
            .mountinfo
            .lines()
            .filter_map(Mount::parse)
            .find(|mount| mount.holds(&group))?;
        let below = own_group(group.path, id)?
            .strip_prefix(mount.top.trim_end_matches('/'))
            .filter(|rest| rest.starts_with('/') && !rest.contains("/../"))?;
        let path = format!("{}{below}", mount.point);
        let path = self.root.join(path.trim_start_matches('/'));
        path.is_dir().then(|| of(path))
    }
}

impl Folder {
    fn path(&self) -> &Path {
        match self {
            Self::V1(path) | Self::V2(path) => path,
        }
    }

    fn has(&self, file: &str) -> bool {
        self.path().join(file).exists()
    }
}

/// The path down to the part that carries the id: a container with groups of
/// its own inside has its first process further down.
fn own_group<'a>(path: &'a str, id: &str) -> Option<&'a str> {
    let at = path.find(id)? + id.len();
    let end = path[at..].find('/').map_or(path.len(), |rest| at + rest);
    Some(&path[..end])
}

/// Used without what the kernel can drop, as `docker stats` counts (docker/cli,
/// `calculateMemUsageUnixNoCache`).
fn memory(folder: &Folder) -> Option<MemoryUse> {
    let (at, usage, cache, limit) = match folder {
        Folder::V1(at) => (
            at,
            "memory.usage_in_bytes",
            "total_inactive_file",
            "memory.limit_in_bytes",
        ),
        Folder::V2(at) => (at, "memory.current", "inactive_file", "memory.max"),
    };
    let usage = parse::number(&read(&at.join(usage))?)?;
    let cache = read(&at.join("memory.stat"))
        .and_then(|text| parse::value(&text, cache))
        .unwrap_or(0);
    Some(MemoryUse {
        used: if cache < usage { usage - cache } else { usage },
        // "max", and the number near the top of version 1, mean unlimited.
        limit: read(&at.join(limit))
            .and_then(|text| parse::number(&text))
            .filter(|limit| *limit < 1 << 60),
    })
}

/// The files that the engine reads, in its order (containerd/cgroups,
/// `blkio.go`): of the scheduler in use, else of the throttle.
fn block(folder: &Folder) -> Option<(u64, u64)> {
    match folder {
        Folder::V2(at) => read(&at.join("io.stat")).map(|text| parse::io_stat(&text)),
        Folder::V1(at) => [
            "blkio.bfq.io_service_bytes_recursive",
            "blkio.io_service_bytes_recursive",
            "blkio.throttle.io_service_bytes_recursive",
            "blkio.throttle.io_service_bytes",
        ]
        .iter()
        .filter_map(|file| read(&at.join(file)))
        .map(|text| parse::service_bytes(&text))
        .reduce(|found, next| if found == (0, 0) { next } else { found }),
    }
}

fn read(path: &Path) -> Option<String> {
    fs::read(path)
        .ok()
        .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests;
