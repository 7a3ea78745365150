//! Mounts of a service: short where that says the same.

use super::service_keys::Service;
use super::writing::Yaml;
use crate::model::spec::{ContainerSpec, MountKind, MountSpec, MountSyntax};
use serde_json::{Map, Value};

pub fn mounts(service: &mut Service, spec: &ContainerSpec) {
    let mut volumes = Vec::new();
    let mut tmpfs = Vec::new();
    for mount in &spec.mounts {
        if mount.kind == MountKind::Volume && !mount.source.is_empty() {
            let driver = driver_of(mount).or_else(|| spec.volume_driver.clone());
            service.volumes.push((mount.source.clone(), driver));
        }
        match mount.syntax() {
            MountSyntax::Tmpfs => tmpfs.push(in_memory(mount)),
            MountSyntax::Volume if is_short(mount) => volumes.push(Yaml::text(mount.short())),
            _ => {
                let long = long(service, mount);
                volumes.push(long);
            }
        }
    }
    if !volumes.is_empty() {
        service.set("volumes", Yaml::List(volumes));
    }
    service.texts("tmpfs", &tmpfs);
    if !spec.volumes_from.is_empty() {
        let all = spec
            .volumes_from
            .iter()
            .map(|from| format!("container:{from}"));
        service.set("volumes_from", Yaml::texts(all));
    }
    service.flag("read_only", spec.read_only);
    if !spec.storage_opt.is_empty() {
        let options = spec.storage_opt.iter();
        service.set(
            "storage_opt",
            Yaml::map(options.map(|(key, text)| (key.clone(), Yaml::text(text)))),
        );
    }
}

/// A volume of one letter would be taken for a drive, and a short form has no word for
/// every option.
fn is_short(mount: &MountSpec) -> bool {
    const KNOWN: [&str; 10] = [
        "z", "Z", "nocopy", "private", "rprivate", "shared", "rshared", "slave", "rslave", "ro",
    ];
    mount.source.len() != 1
        && !mount.source.contains(':')
        && !mount.target.contains(':')
        && mount
            .options
            .iter()
            .all(|option| KNOWN.contains(&option.as_str()))
}

fn in_memory(mount: &MountSpec) -> String {
    let mut options = mount.options.clone();
    if mount.read_only {
        options.insert(0, "ro".to_owned());
    }
    if options.is_empty() {
        mount.target.clone()
    } else {
        format!("{}:{}", mount.target, options.join(","))
    }
}

fn driver_of(mount: &MountSpec) -> Option<String> {
    let config = mount.engine.get("VolumeOptions")?.get("DriverConfig")?;
    config.get("Name")?.as_str().map(str::to_owned)
}

fn long(service: &mut Service, mount: &MountSpec) -> Yaml {
    let kind = match mount.kind {
        MountKind::Bind => "bind",
        MountKind::Volume => "volume",
        MountKind::Tmpfs => "tmpfs",
        MountKind::Image => "image",
        MountKind::Cluster => "cluster",
        MountKind::Npipe => "npipe",
    };
    let mut keys = vec![("type".to_owned(), Yaml::text(kind))];
    if !mount.source.is_empty() {
        keys.push(("source".to_owned(), Yaml::text(&mount.source)));
    }
    keys.push(("target".to_owned(), Yaml::text(&mount.target)));
    if mount.read_only {
        keys.push(("read_only".to_owned(), Yaml::Plain("true".to_owned())));
    }
    if let Some(text) = mount.engine.get("Consistency").and_then(Value::as_str) {
        keys.push(("consistency".to_owned(), Yaml::text(text)));
    }
    let mut options = options(service, mount);
    if mount.kind == MountKind::Bind && mount.syntax() == MountSyntax::Mount {
        // Where the folder is missing, `--mount` is an error.
        let makes = mount
            .engine
            .get("BindOptions")
            .and_then(|options| options.get("CreateMountpoint"))
            .and_then(Value::as_bool)
            .unwrap_or(false);
        options.push((
            "create_host_path".to_owned(),
            Yaml::Plain(makes.to_string()),
        ));
    }
    if !options.is_empty() {
        keys.push((kind.to_owned(), Yaml::Map(options)));
    }
    Yaml::Map(keys)
}

fn options(service: &mut Service, mount: &MountSpec) -> Vec<(String, Yaml)> {
    let mut keys = Vec::new();
    for option in &mount.options {
        match option.as_str() {
            "z" | "Z" => keys.push(("selinux".to_owned(), Yaml::text(option))),
            "nocopy" => keys.push(("nocopy".to_owned(), Yaml::Plain("true".to_owned()))),
            other if other.trim_start_matches('r').len() > 3 && other.ends_with(['e', 'd']) => {
                keys.push(("propagation".to_owned(), Yaml::text(other)));
            }
            other => service.warn(other, "a Compose file has no such option of a mount"),
        }
    }
    let empty = Map::new();
    for (group, of) in &mount.engine {
        let of = of.as_object().unwrap_or(&empty);
        for (key, value) in of {
            let written = match (group.as_str(), key.as_str()) {
                ("BindOptions", "Propagation") => Some(("propagation", scalar(value))),
                ("BindOptions", "CreateMountpoint") | ("VolumeOptions", "DriverConfig") => continue,
                ("BindOptions", "NonRecursive") => Some(("recursive", Yaml::text("disabled"))),
                ("BindOptions", "ReadOnlyNonRecursive") => {
                    Some(("recursive", Yaml::text("writable")))
                }
                ("BindOptions", "ReadOnlyForceRecursive") => {
                    Some(("recursive", Yaml::text("readonly")))
                }
                ("VolumeOptions", "NoCopy") => Some(("nocopy", scalar(value))),
                ("VolumeOptions" | "ImageOptions", "Subpath") => Some(("subpath", scalar(value))),
                ("VolumeOptions", "Labels") => Some(("labels", labels(value))),
                ("TmpfsOptions", "SizeBytes") => Some(("size", scalar(value))),
                ("TmpfsOptions", "Mode") => Some(("mode", scalar(value))),
                _ => None,
            };
            match written {
                Some((name, value)) => keys.push((name.to_owned(), value)),
                None => service.warn(key, "a Compose file has no attribute for it"),
            }
        }
    }
    keys
}

fn scalar(value: &Value) -> Yaml {
    match value {
        Value::String(text) => Yaml::text(text),
        other => Yaml::Plain(other.to_string()),
    }
}

fn labels(value: &Value) -> Yaml {
    let pairs = value.as_object().into_iter().flatten();
    Yaml::map(pairs.map(|(key, value)| (key.clone(), scalar(value))))
}
