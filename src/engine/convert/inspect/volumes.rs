//! The volumes of a container, and how each got there.
//!
//! The engine does not say which of them nobody named. What it goes by itself, when a
//! container is removed with its anonymous volumes, is whether the request named a
//! source (`removeMountPoints` of moby's daemon), and that stands in the inspect answer.

use crate::engine::wire::Inspect;
use crate::model::volume::{MountedVolume, UNNAMED_LABEL, VolumeOrigin, is_generated};

pub(in crate::engine) fn mounted_volumes(inspect: &Inspect) -> Vec<MountedVolume> {
    let replaced: Vec<&str> = inspect
        .config
        .labels
        .kept
        .get(UNNAMED_LABEL)
        .map(|names| names.split(',').filter(|name| is_generated(name)).collect())
        .unwrap_or_default();
    inspect
        .mounts
        .iter()
        .filter(|mount| mount.kind == "volume" && !mount.name.is_empty())
        .map(|mount| MountedVolume {
            name: mount.name.clone(),
            target: mount.destination.clone(),
            origin: match origin(inspect, &mount.destination) {
                VolumeOrigin::Named | VolumeOrigin::Others
                    if replaced.contains(&mount.name.as_str()) =>
                {
                    VolumeOrigin::Replaced
                }
                origin => origin,
            },
        })
        .collect()
}

/// Podman shows each volume as if it had been named, and goes by how the volume was made.
pub(in crate::engine) fn podman_volumes(volumes: &mut [MountedVolume]) {
    for volume in volumes {
        if is_generated(&volume.name) {
            volume.origin = VolumeOrigin::Anonymous;
        }
    }
}

fn origin(inspect: &Inspect, target: &str) -> VolumeOrigin {
    let host = &inspect.host_config;
    let by_source = |is_named| {
        if is_named {
            VolumeOrigin::Named
        } else {
            VolumeOrigin::Anonymous
        }
    };
    if let Some(mount) = host.mounts.iter().find(|m| same_path(&m.target, target)) {
        return by_source(!mount.source.is_empty());
    }
    for bind in &host.binds {
        let (source, rest) = bind.split_once(':').unwrap_or(("", bind));
        let bound = rest.split(':').next().unwrap_or(rest);
        if same_path(bound, target) {
            return by_source(!source.is_empty());
        }
    }
    let mut declared = inspect.config.volumes.keys();
    // What the image declares gives way to a volume of another container.
    if !host.volumes_from.is_empty() && !declared.any(|path| same_path(path, target)) {
        return VolumeOrigin::Others;
    }
    VolumeOrigin::Anonymous
}

/// The engine shows paths without the slash at the end that somebody wrote.
fn same_path(written: &str, shown: &str) -> bool {
    written.trim_end_matches('/') == shown.trim_end_matches('/')
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn origins(value: serde_json::Value) -> Vec<(String, VolumeOrigin)> {
        mounted_volumes(&serde_json::from_value(value).unwrap())
            .into_iter()
            .map(|volume| (volume.target, volume.origin))
            .collect()
    }

    #[test]
    fn volume_is_anonymous_by_how_it_was_asked_for_and_not_by_its_name() {
        let generated = "ab".repeat(32);
        let mount =
            |target: &str| json!({"Type": "volume", "Name": generated, "Destination": target});
        let mut inspect = json!({
            "Config": {"Volumes": {"/declared/": {}}},
            "HostConfig": {
                "Binds": [format!("{generated}:/bound:ro"), "/alone"],
                "Mounts": [
                    {"Type": "volume", "Target": "/mount"},
                    {"Type": "volume", "Source": generated, "Target": "/source"},
                ],
            },
            "Mounts": [mount("/declared"), mount("/bound"), mount("/alone"), mount("/mount"), mount("/source"),
                {"Type": "bind", "Source": "/srv", "Destination": "/srv"}],
        });
        let origin_of = |inspect: &serde_json::Value| {
            origins(inspect.clone())
                .into_iter()
                .map(|(_, origin)| origin)
                .collect::<Vec<_>>()
        };
        use VolumeOrigin::{Anonymous, Named, Replaced};
        assert_eq!(
            origin_of(&inspect),
            [Anonymous, Named, Anonymous, Anonymous, Named]
        );
        inspect["Config"]["Labels"] = json!({UNNAMED_LABEL: format!("data,{generated}")});
        assert_eq!(
            origin_of(&inspect),
            [Anonymous, Replaced, Anonymous, Anonymous, Replaced]
        );
    }

    #[test]
    fn volume_of_another_container_is_neither_named_nor_anonymous() {
        let inspect = json!({
            "HostConfig": {"VolumesFrom": ["own"]},
            "Config": {"Volumes": {"/mine": {}}},
            "Mounts": [
                {"Type": "volume", "Name": "a", "Destination": "/theirs"},
                {"Type": "volume", "Name": "b", "Destination": "/mine"},
            ],
        });
        assert_eq!(
            origins(inspect),
            [
                ("/theirs".to_owned(), VolumeOrigin::Others),
                ("/mine".to_owned(), VolumeOrigin::Anonymous),
            ]
        );
    }
}
