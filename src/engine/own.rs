//! Which container is DockerMate itself running in, if any. It is shown like
//! the others, but it is never stopped under the program's own feet.

use crate::model::container::Container;
use std::fs;
use std::path::Path;

/// Reads `/proc` and the host name, and returns the full id of the container
/// that this process runs in, or its first 12 digits when only the host name
/// tells. `None` outside a container, or where the runtime leaves no trace.
pub fn detect() -> Option<String> {
    let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
    let inside = Path::new("/.dockerenv").exists() || Path::new("/run/.containerenv").exists();
    own_id(
        &read("/proc/self/mountinfo"),
        &read("/proc/self/cgroup"),
        inside.then(|| read("/proc/sys/kernel/hostname")).as_deref(),
    )
}

/// The rule behind [`detect`]: `mountinfo` and `cgroup` are the files of
/// `/proc/self` (proc(5), cgroups(7)); `hostname` is given only when a marker
/// file proves that this is a container.
pub fn own_id(mountinfo: &str, cgroup: &str, hostname: Option<&str>) -> Option<String> {
    from_mountinfo(mountinfo)
        .or_else(|| from_cgroup(cgroup))
        .or_else(|| {
            let name = hostname?.trim();
            (name.len() == 12 && is_hex(name)).then(|| name.to_owned())
        })
}

/// Engines mount `/etc/hostname` and its like from a folder named by the id.
fn from_mountinfo(text: &str) -> Option<String> {
    text.lines().find_map(|line| {
        let mut fields = line.split(' ');
        let root = fields.nth(3)?;
        let target = fields.next()?;
        if !matches!(target, "/etc/hostname" | "/etc/hosts" | "/etc/resolv.conf") {
            return None;
        }
        root.split('/').find(|part| is_id(part)).map(str::to_owned)
    })
}

/// `…/docker/<id>`, `…/docker-<id>.scope`, `…/libpod-<id>.scope`.
fn from_cgroup(text: &str) -> Option<String> {
    text.lines().find_map(|line| {
        let path = line.splitn(3, ':').nth(2)?;
        // Pods of Kubernetes carry an id too, but their engine is not ours to see.
        path.rsplit('/').find_map(|part| {
            let part = part.strip_suffix(".scope").unwrap_or(part);
            let part = part.rsplit('-').next().unwrap_or(part);
            is_id(part).then(|| part.to_owned())
        })
    })
}

fn is_id(text: &str) -> bool {
    text.len() == 64 && is_hex(text)
}

fn is_hex(text: &str) -> bool {
    text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

/// What tells our own containers from the rest.
#[derive(Debug, Clone, Default)]
pub(super) struct Identity {
    /// Full id or first digits of the container we run in.
    pub own: Option<String>,
    /// Host part of the engine's TCP address: a socket proxy that we live on.
    pub proxy: Option<String>,
}

impl Identity {
    /// Whether stopping this container would cut us off: it is the one we run
    /// in, or the socket proxy through which we reach the engine.
    pub fn owns(&self, container: &Container) -> bool {
        let own = self
            .own
            .as_deref()
            .is_some_and(|own| own.len() >= 12 && container.id.starts_with(own));
        own || self.proxy.as_deref().is_some_and(|proxy| {
            container.name == proxy
                || container.networks.iter().any(|end| {
                    end.ipv4.as_deref() == Some(proxy)
                        || end.ipv6.as_deref() == Some(proxy)
                        || end.aliases.iter().any(|alias| alias == proxy)
                })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    #[test]
    fn own_container_id_is_read_from_docker_mountinfo() {
        let text = format!(
            "1 2 0:3 / / rw - overlay overlay rw\n\
             756 741 254:1 /var/lib/docker/containers/{ID}/hostname /etc/hostname rw - ext4 /dev/vda1 rw\n"
        );
        assert_eq!(own_id(&text, "", None).as_deref(), Some(ID));
    }

    #[test]
    fn own_container_id_is_read_from_podman_mountinfo() {
        let text = format!(
            "7 6 0:30 /containers/storage/overlay-containers/{ID}/userdata/hosts /etc/hosts rw - tmpfs tmpfs rw\n"
        );
        assert_eq!(own_id(&text, "", None).as_deref(), Some(ID));
    }

    #[test]
    fn container_folder_mounted_elsewhere_is_not_taken_as_own_container_id() {
        let text = format!(
            "7 6 8:1 /var/lib/docker/containers/{ID}/hostname /backup/hostname rw - ext4 /dev/sda1 rw\n"
        );
        assert_eq!(own_id(&text, "", None), None);
    }

    #[test]
    fn own_container_id_is_read_from_cgroup_v1_and_v2_paths() {
        for line in [
            format!("12:pids:/docker/{ID}"),
            format!("0::/system.slice/docker-{ID}.scope"),
            format!("0::/machine.slice/libpod-{ID}.scope/container"),
        ] {
            assert_eq!(own_id("", &line, None).as_deref(), Some(ID), "{line}");
        }
        assert_eq!(own_id("", "0::/user.slice/session-3.scope", None), None);
    }

    #[test]
    fn host_name_is_used_as_own_container_id_only_if_it_is_a_short_id() {
        assert_eq!(
            own_id("", "", Some("0123456789ab\n")).as_deref(),
            Some("0123456789ab")
        );
        assert_eq!(own_id("", "", Some("raspberrypi")), None);
        assert_eq!(own_id("", "", None), None);
    }
}
