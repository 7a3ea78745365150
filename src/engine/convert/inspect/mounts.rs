//! Mounts and the last results of the health check.

use crate::engine::wire::Inspect;
use crate::model::container::{HealthResult, Mount};
use crate::model::timestamp::Timestamp;
use crate::model::volume::{MountedVolume, VolumeOrigin};
use serde_json::Value;

/// Everything mounted into the container, named, anonymous, and in memory, by
/// destination (`Mounts` and `HostConfig.Tmpfs` of the raw inspect answer).
pub(in crate::engine) fn mounts(inspect: &Value, volumes: &[MountedVolume]) -> Vec<Mount> {
    let unnamed = |target: &str| {
        volumes.iter().any(|volume| {
            let is_unnamed = matches!(
                volume.origin,
                VolumeOrigin::Anonymous | VolumeOrigin::Replaced
            );
            volume.target == target && is_unnamed
        })
    };
    let mut mounts: Vec<Mount> = inspect
        .get("Mounts")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .map(|mount| {
            let part = |key| {
                mount
                    .get(key)
                    .and_then(Value::as_str)
                    .unwrap_or("")
                    .to_owned()
            };
            let (kind, name) = (part("Type"), part("Name"));
            let is_volume = kind == "volume";
            Mount {
                source: if is_volume {
                    name.clone()
                } else {
                    part("Source")
                },
                destination: part("Destination"),
                read_only: mount.get("RW").and_then(Value::as_bool) == Some(false),
                anonymous: is_volume && unnamed(&part("Destination")),
                kind,
            }
        })
        .collect();
    let in_memory = inspect
        .pointer("/HostConfig/Tmpfs")
        .and_then(Value::as_object);
    for (destination, options) in in_memory.into_iter().flatten() {
        if mounts.iter().any(|mount| mount.destination == *destination) {
            continue;
        }
        let options = options.as_str().unwrap_or("");
        mounts.push(Mount {
            kind: "tmpfs".to_owned(),
            source: String::new(),
            destination: destination.clone(),
            read_only: options.split(',').any(|option| option == "ro"),
            anonymous: false,
        });
    }
    mounts.sort_by(|a, b| a.destination.cmp(&b.destination));
    mounts
}

/// Newest last, as the engine keeps them (five).
pub(in crate::engine) fn health_log(inspect: &Inspect) -> Vec<HealthResult> {
    let log = inspect
        .state
        .health
        .as_ref()
        .map(|health| health.log.as_slice());
    log.unwrap_or_default()
        .iter()
        .map(|result| HealthResult {
            started_at: Timestamp::parse(&result.start),
            ended_at: Timestamp::parse(&result.end),
            exit_code: result.exit_code,
            output: result.output.clone(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn volumes_bind_mounts_and_tmpfs_are_read_from_inspect() {
        let generated = "ab".repeat(32);
        let inspect = json!({
            "Mounts": [
                {"Type":"volume","Name":"data","Source":"/var/lib/docker/volumes/data/_data","Destination":"/data","RW":true},
                {"Type":"volume","Name":generated,"Destination":"/cache","RW":true},
                {"Type":"bind","Source":"/etc/x","Destination":"/etc/x","RW":false}
            ],
            "HostConfig": {"Binds": ["data:/data"], "Tmpfs": {"/tmp": "ro,size=1m", "/data": ""}}
        });
        let typed: Inspect = serde_json::from_value(inspect.clone()).unwrap();
        let found = mounts(&inspect, &super::super::mounted_volumes(&typed));
        let rows: Vec<_> = found
            .iter()
            .map(|m| {
                (
                    m.destination.as_str(),
                    m.kind.as_str(),
                    m.source.as_str(),
                    m.read_only,
                    m.anonymous,
                )
            })
            .collect();
        assert_eq!(
            rows,
            [
                ("/cache", "volume", generated.as_str(), false, true),
                ("/data", "volume", "data", false, false),
                ("/etc/x", "bind", "/etc/x", true, false),
                ("/tmp", "tmpfs", "", true, false),
            ]
        );
        assert_eq!(mounts(&json!({"Mounts": null}), &[]), []);
    }
}
