//! Mounts of a service as those of a container.

use super::around::Around;
use super::fields::{flag, map, maps, number, text, texts};
use crate::domain::compose::Node;
use crate::model::spec::{ContainerSpec, MountKind, MountSpec, MountSyntax};
use serde_json::{Map, Value, json};

pub fn mounts(spec: &mut ContainerSpec, name: &str, service: &Node, around: &mut Around<'_>) {
    for mount in maps(service, "volumes") {
        spec.mounts.push(one(mount, around));
    }
    for text in texts(service, "tmpfs") {
        let (target, options) = text.split_once(':').unwrap_or((&text, ""));
        spec.mounts.push(MountSpec {
            kind: MountKind::Tmpfs,
            target: target.to_owned(),
            syntax: Some(MountSyntax::Tmpfs),
            options: options
                .split(',')
                .filter(|one| !one.is_empty())
                .map(str::to_owned)
                .collect(),
            ..MountSpec::default()
        });
    }
    for (group, folder) in [("secrets", "/run/secrets/"), ("configs", "/")] {
        for file in maps(service, group) {
            if let Some(mount) = from_file(file, group, folder, around) {
                spec.mounts.push(mount);
            }
        }
    }
    spec.volumes_from = texts(service, "volumes_from")
        .iter()
        .map(|from| {
            if let Some(container) = from.strip_prefix("container:") {
                return container.to_owned();
            }
            let (other, mode) = from.split_once(':').unwrap_or((from, ""));
            let container = (around.container_of)(other);
            if mode.is_empty() {
                container
            } else {
                format!("{container}:{mode}")
            }
        })
        .collect();
    spec.read_only = flag(service, "read_only");
    spec.storage_opt = map(service, "storage_opt");
    let twice = spec.mounts.iter().enumerate().find(|(at, one)| {
        spec.mounts[..*at]
            .iter()
            .any(|other| other.target == one.target)
    });
    if let Some((_, mount)) = twice {
        around.warn(name, &format!("{} is mounted twice", mount.target));
    }
}

fn one(node: &Node, around: &Around<'_>) -> MountSpec {
    let kind = match text(node, "type").as_deref() {
        Some("bind") => MountKind::Bind,
        Some("tmpfs") => MountKind::Tmpfs,
        Some("image") => MountKind::Image,
        Some("cluster") => MountKind::Cluster,
        Some("npipe") => MountKind::Npipe,
        _ => MountKind::Volume,
    };
    let source = text(node, "source").unwrap_or_default();
    let mut mount = MountSpec {
        kind,
        source: match kind {
            MountKind::Volume if !source.is_empty() => around.real_name("volumes", &source),
            _ => source,
        },
        target: text(node, "target").unwrap_or_default(),
        read_only: flag(node, "read_only"),
        ..MountSpec::default()
    };
    let empty = Node::new(crate::domain::compose::Value::Map(Vec::new()), node.at);
    let part = |key: &str| node.get(key).unwrap_or(&empty);
    let mut engine = Map::new();
    match kind {
        MountKind::Bind => bind(&mut mount, part("bind"), &mut engine),
        MountKind::Volume => {
            let volume = part("volume");
            if flag(volume, "nocopy") {
                mount.options.push("nocopy".to_owned());
            }
            if let Some(path) = text(volume, "subpath") {
                engine.insert("VolumeOptions".to_owned(), json!({"Subpath": path}));
            }
        }
        MountKind::Tmpfs => {
            let tmpfs = part("tmpfs");
            if let Some(size) = text(tmpfs, "size") {
                mount.options.push(format!("size={size}"));
            }
            if let Some(mode) = number(tmpfs, "mode") {
                mount.options.push(format!("mode={mode:o}"));
            }
        }
        MountKind::Image => {
            if let Some(path) = text(part("image"), "subpath") {
                engine.insert("ImageOptions".to_owned(), json!({"Subpath": path}));
            }
        }
        _ => {}
    }
    if !engine.is_empty() {
        mount.syntax = Some(MountSyntax::Mount);
        mount.options.clear();
        mount.engine = engine;
    }
    mount
}

fn bind(mount: &mut MountSpec, bind: &Node, engine: &mut Map<String, Value>) {
    if let Some(selinux) = text(bind, "selinux") {
        mount.options.push(selinux);
    }
    if let Some(propagation) = text(bind, "propagation") {
        mount.options.push(propagation);
    }
    let is_recursive = text(bind, "recursive");
    if is_recursive.as_deref() == Some("disabled") {
        engine.insert("BindOptions".to_owned(), json!({"NonRecursive": true}));
    }
    if bind.get("create_host_path").and_then(Node::as_bool) == Some(false) {
        // `--mount` makes no folder.
        mount.syntax = Some(MountSyntax::Mount);
        if let Some(propagation) = text(bind, "propagation") {
            engine.insert(
                "BindOptions".to_owned(),
                json!({"Propagation": propagation}),
            );
        }
        mount.options.clear();
    }
}

fn from_file(file: &Node, group: &str, folder: &str, around: &Around<'_>) -> Option<MountSpec> {
    let source = text(file, "source")?;
    let of = around.model.get(group)?.get(&source)?;
    let target = text(file, "target").unwrap_or(source);
    let target = if target.starts_with('/') {
        target
    } else {
        format!("{folder}{target}")
    };
    Some(MountSpec {
        kind: MountKind::Bind,
        source: text(of, "file")?,
        target,
        read_only: true,
        ..MountSpec::default()
    })
}
