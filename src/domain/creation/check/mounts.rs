//! Mounts: their form, whether the host's side is there, and whether it gives
//! away more than it should.

use super::{Checks, Findings};
use crate::error::{Error, Result};
use crate::model::spec::{ContainerSpec, MountKind, MountSpec, MountSyntax};
use std::collections::HashSet;
use std::path::{Component, Path};
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::timeout;

/// Folders of the system: whoever may write there owns the machine.
const SYSTEM: [&str; 10] = [
    "/etc",
    "/boot",
    "/usr",
    "/bin",
    "/sbin",
    "/lib",
    "/root",
    "/proc",
    "/dev",
    "/var/lib/docker",
];
/// Sockets through which the machine can be commanded.
const SOCKETS: [&str; 5] = [
    "/var/run/docker.sock",
    "/run/docker.sock",
    "/run/podman/podman.sock",
    "/run/containerd/containerd.sock",
    "/var/run/containerd/containerd.sock",
];

impl Checks {
    pub(super) async fn check_mounts(
        &self,
        spec: &ContainerSpec,
        findings: &mut Findings,
    ) -> Result<()> {
        let known = if spec
            .mounts
            .iter()
            .any(|mount| mount.kind == MountKind::Volume && !mount.source.is_empty())
        {
            self.engine.volumes()?
        } else {
            [].into()
        };
        let known: HashSet<&str> = known.iter().map(|volume| volume.name.as_str()).collect();
        let mut targets = HashSet::new();
        for (at, mount) in spec.mounts.iter().enumerate() {
            let field = format!("mounts[{at}]");
            form(&field, mount)?;
            if !targets.insert(tidy(&mount.target)) {
                return Err(Error::invalid(
                    format!("{field}.target"),
                    format!(
                        "Two mounts have the target {}. Leave one of them out.",
                        mount.target
                    ),
                ));
            }
            match mount.kind {
                MountKind::Volume if !mount.source.is_empty() => {
                    volume_name(&field, &mount.source)?;
                    if !known.contains(mount.source.as_str()) {
                        findings.new_volumes.insert(mount.source.clone());
                    }
                }
                MountKind::Bind => self.check_bind(&field, mount, findings).await?,
                _ => {}
            }
            if let Some(device) = device(mount) {
                let folder = MountSpec {
                    source: device.to_owned(),
                    read_only: mount.read_only,
                    ..MountSpec::default()
                };
                if let Some(message) = self.danger(&folder) {
                    findings.risk("mounts", message);
                }
            }
        }
        self.check_volumes_from(spec)
    }

    pub(super) fn check_volumes_from(&self, spec: &ContainerSpec) -> Result<()> {
        for from in &spec.volumes_from {
            let name = from.split(':').next().unwrap_or(from);
            self.engine.get(name).map_err(|_| {
                Error::invalid(
                    "volumes_from",
                    format!("There is no container {name:?} to take volumes from."),
                )
            })?;
        }
        Ok(())
    }

    async fn check_bind(
        &self,
        field: &str,
        mount: &MountSpec,
        findings: &mut Findings,
    ) -> Result<()> {
        let source = mount.source.as_str();
        if let Some(message) = self.danger(mount) {
            findings.risk("mounts", message);
        }
        if !self.containers.sees_the_host() {
            return Ok(());
        }
        match is_there(source).await {
            Some(true) => return Ok(()),
            Some(false) => {}
            None => {
                findings.warnings.push(format!(
                    "{source} does not answer, so whether it is there is not known. A network drive that is gone would hold the container up, too."
                ));
                return Ok(());
            }
        }
        let makes = mount
            .engine
            .get("BindOptions")
            .and_then(|options| options.get("CreateMountpoint"))
            == Some(&serde_json::Value::Bool(true));
        if mount.syntax() == MountSyntax::Mount && !makes {
            return Err(Error::invalid(
                format!("{field}.source"),
                format!("{source} does not exist on this machine. Make the folder first, or correct the path."),
            )
            .code("path_missing"));
        }
        findings.warnings.push(format!(
            "{source} does not exist on this machine: the engine will make an empty folder there that belongs to root. If it should hold something already, correct the path."
        ));
        Ok(())
    }

    /// Why a folder of the host is better not given to a container.
    fn danger(&self, mount: &MountSpec) -> Option<String> {
        let path = tidy(&mount.source);
        let reads = mount.read_only;
        if path == "/" {
            return Some(format!(
                "The whole file system of this machine{} is given to the container: whoever breaks into it {}. Give it only the folder that it needs.",
                if reads {
                    ", passwords and keys included,"
                } else {
                    ""
                },
                if reads {
                    "can read everything"
                } else {
                    "owns the machine"
                }
            ));
        }
        let own_socket = self.engine.status().endpoint.unwrap_or_default();
        let is_socket = SOCKETS.contains(&path.as_str())
            || own_socket.strip_prefix("unix://") == Some(path.as_str());
        if is_socket {
            return Some(format!(
                "{path} lets the container command the engine, and so the whole machine; read-only does not change that. Only programs that manage containers need it."
            ));
        }
        let data = tidy(&self.data_dir.to_string_lossy());
        if is_within(&path, &data) || is_within(&data, &path) {
            return Some(format!(
                "{path} holds DockerMate's own data ({data}), with its keys and password. No container needs that."
            ));
        }
        if path == "/var/run" || path == "/run" {
            return Some(format!(
                "{path} holds the sockets of this machine's services, the engine's among them. Give it only the one that it needs."
            ));
        }
        if SYSTEM.contains(&path.as_str()) && !reads {
            return Some(format!(
                "{path} belongs to the system, and the container may write there: it could take over the machine or break it. Mount it read-only, or only the file that it needs."
            ));
        }
        None
    }
}

/// The folder of the host that a new volume is a name for (the options `type`,
/// `o` and `device` of the driver `local`).
fn device(mount: &MountSpec) -> Option<&str> {
    let options = mount
        .engine
        .get("VolumeOptions")?
        .get("DriverConfig")?
        .get("Options")?;
    options
        .get("device")?
        .as_str()
        .filter(|device| device.starts_with('/'))
}

/// Whether there is something at a path; `None` when that cannot be found out:
/// a network drive that is gone holds whoever asks, for hours if need be.
async fn is_there(path: &str) -> Option<bool> {
    static ASKING: Semaphore = Semaphore::const_new(4);
    let permit = ASKING.try_acquire().ok()?;
    let path = path.to_owned();
    let asked = tokio::task::spawn_blocking(move || {
        let _permit = permit;
        std::fs::symlink_metadata(path)
    });
    let answer = timeout(Duration::from_secs(2), asked).await.ok()?.ok()?;
    Some(!answer.is_err_and(|error| error.kind() == std::io::ErrorKind::NotFound))
}

fn form(field: &str, mount: &MountSpec) -> Result<()> {
    let target = &mount.target;
    if !target.starts_with('/') {
        return Err(Error::invalid(
            format!("{field}.target"),
            format!("{target:?} must be an absolute path in the container, such as /data."),
        ));
    }
    if tidy(target) == "/" {
        return Err(Error::invalid(
            format!("{field}.target"),
            "The root of the container cannot be mounted over.",
        ));
    }
    let by_short_form = mount.syntax() != MountSyntax::Mount;
    if by_short_form && (mount.source.contains(':') || target.contains(':')) {
        return Err(Error::invalid(
            format!("{field}.target"),
            "A path with a colon can only be written with the syntax \"mount\".",
        ));
    }
    if target.contains('\0') || mount.source.contains('\0') {
        return Err(Error::invalid(
            field.to_owned(),
            "A path cannot hold a zero byte.",
        ));
    }
    match mount.kind {
        MountKind::Bind if !mount.source.starts_with('/') => Err(Error::invalid(
            format!("{field}.source"),
            format!(
                "{:?} must be an absolute path on the host, such as /srv/data. Without a slash it would be the name of a volume.",
                mount.source
            ),
        )),
        MountKind::Tmpfs if !mount.source.is_empty() => Err(Error::invalid(
            format!("{field}.source"),
            "A folder in memory has no source.",
        )),
        MountKind::Image if mount.source.is_empty() => Err(Error::invalid(
            format!("{field}.source"),
            "An image mount needs an image as its source.",
        )),
        _ => Ok(()),
    }
}

/// moby's `volume/service` names: `[a-zA-Z0-9][a-zA-Z0-9_.-]+`.
fn volume_name(field: &str, name: &str) -> Result<()> {
    let good = name.len() >= 2
        && name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-'));
    if good {
        return Ok(());
    }
    Err(Error::invalid(
        format!("{field}.source"),
        format!(
            "{name:?} is neither an absolute path nor the name of a volume. Names have at least two of a-z, A-Z, 0-9, _ . - and begin with a letter or digit."
        ),
    ))
}

/// The path without dots, double slashes and a slash at its end.
fn tidy(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for component in Path::new(path).components() {
        match component {
            Component::Normal(part) => parts.extend(part.to_str()),
            Component::ParentDir => {
                parts.pop();
            }
            _ => {}
        }
    }
    format!("/{}", parts.join("/"))
}

fn is_within(path: &str, folder: &str) -> bool {
    path == folder || (folder != "/" && path.starts_with(&format!("{folder}/")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mount_paths_are_normalized_and_compared_by_whole_components() {
        for (path, tidied) in [
            ("/", "/"),
            ("//etc/", "/etc"),
            ("/a/../etc/./x", "/etc/x"),
            ("/../..", "/"),
        ] {
            assert_eq!(tidy(path), tidied);
        }
        assert!(is_within("/var/lib/dockermate/tls", "/var/lib/dockermate"));
        assert!(!is_within("/var/lib/dockermate2", "/var/lib/dockermate"));
    }

    #[test]
    fn malformed_bind_mounts_and_volume_names_are_refused() {
        let bind = |source: &str, target: &str| MountSpec {
            kind: MountKind::Bind,
            source: source.to_owned(),
            target: target.to_owned(),
            ..MountSpec::default()
        };
        assert!(form("m", &bind("/a", "/b")).is_ok());
        for wrong in [
            bind("a", "/b"),
            bind("/a", "b"),
            bind("/a", "/"),
            bind("/a:b", "/b"),
            bind("/a", "/b/.."),
        ] {
            assert!(form("m", &wrong).is_err(), "{wrong:?}");
        }
        assert!(volume_name("m", "data").is_ok());
        for wrong in ["x", "-x", "a b", "a/b"] {
            assert!(volume_name("m", wrong).is_err(), "{wrong}");
        }
    }
}
