//! Mounts and graphics processors as the flags that make them.

use super::csv;
use crate::model::spec::{DeviceRequest, MountKind, MountSpec, MountSyntax, bytes_text};
use serde_json::{Map, Value};

/// The flag and its value; what it cannot say goes to `missing`.
pub(super) fn mount(mount: &MountSpec, missing: &mut Vec<String>) -> (&'static str, String) {
    match mount.syntax() {
        MountSyntax::Volume => {
            if mount.source.is_empty() && (mount.read_only || !mount.options.is_empty()) {
                missing.push(format!(
                    "options of {}: an anonymous volume has none",
                    mount.target
                ));
            }
            left_over(&mount.target, &mount.engine, missing);
            ("volume", mount.short())
        }
        MountSyntax::Tmpfs => {
            let mut options = mount.options.clone();
            if mount.read_only {
                options.insert(0, "ro".to_owned());
            }
            left_over(&mount.target, &mount.engine, missing);
            let value = if options.is_empty() {
                mount.target.clone()
            } else {
                format!("{}:{}", mount.target, options.join(","))
            };
            ("tmpfs", value)
        }
        MountSyntax::Mount => ("mount", long(mount, missing)),
    }
}

/// One sentence on what is seen where.
pub(super) fn meaning(mount: &MountSpec) -> String {
    let (source, target) = (&mount.source, &mount.target);
    let shown = match mount.kind {
        MountKind::Bind => format!("Mounts the host's {source} at {target}"),
        MountKind::Volume if source.is_empty() => {
            format!("Stores {target} in an anonymous volume")
        }
        MountKind::Volume => format!("Stores {target} in the volume {source}"),
        MountKind::Tmpfs => {
            format!("Keeps {target} in memory; it is lost when the container stops")
        }
        MountKind::Image => format!("Mounts the image {source} at {target}"),
        MountKind::Cluster | MountKind::Npipe => format!("Mounts {source} at {target}"),
    };
    if mount.read_only {
        format!("{shown}, read-only.")
    } else {
        format!("{shown}.")
    }
}

fn long(mount: &MountSpec, missing: &mut Vec<String>) -> String {
    let mut fields = vec![format!("type={}", mount.kind.as_str())];
    if !mount.source.is_empty() {
        fields.push(format!("source={}", mount.source));
    }
    fields.push(format!("target={}", mount.target));
    if mount.read_only {
        fields.push("readonly".to_owned());
    }
    let mut rest = mount.engine.clone();
    if let Some(Value::String(text)) = rest.remove("Consistency") {
        fields.push(format!("consistency={text}"));
    }
    let mut options = |key: &str| match rest.remove(key) {
        Some(Value::Object(map)) => map,
        _ => Map::new(),
    };
    let mut parts = Parts {
        fields,
        left: Map::new(),
    };
    let mut bind = options("BindOptions");
    parts.text(&mut bind, "Propagation", "bind-propagation");
    parts.flag(&mut bind, "NonRecursive", "bind-recursive=disabled");
    parts.flag(&mut bind, "ReadOnlyNonRecursive", "bind-recursive=writable");
    parts.flag(
        &mut bind,
        "ReadOnlyForceRecursive",
        "bind-recursive=readonly",
    );
    parts.flag(&mut bind, "CreateMountpoint", "bind-create-src");
    let mut volume = options("VolumeOptions");
    parts.flag(&mut volume, "NoCopy", "volume-nocopy");
    parts.text(&mut volume, "Subpath", "volume-subpath");
    parts.map(&mut volume, "Labels", "volume-label");
    if let Some(Value::Object(mut driver)) = volume.remove("DriverConfig") {
        parts.text(&mut driver, "Name", "volume-driver");
        parts.map(&mut driver, "Options", "volume-opt");
        parts.left.append(&mut driver);
    }
    let mut image = options("ImageOptions");
    parts.text(&mut image, "Subpath", "image-subpath");
    let mut memory = options("TmpfsOptions");
    if let Some(size) = memory.get("SizeBytes").and_then(Value::as_i64) {
        memory.remove("SizeBytes");
        parts
            .fields
            .push(format!("tmpfs-size={}", bytes_text(size)));
    }
    if let Some(mode) = memory.get("Mode").and_then(Value::as_u64) {
        memory.remove("Mode");
        parts.fields.push(format!("tmpfs-mode={mode:o}"));
    }
    for mut left in [bind, volume, image, memory, rest] {
        parts.left.append(&mut left);
    }
    left_over(&mount.target, &parts.left, missing);
    csv::join(&parts.fields)
}

struct Parts {
    fields: Vec<String>,
    left: Map<String, Value>,
}

impl Parts {
    fn text(&mut self, map: &mut Map<String, Value>, key: &str, name: &str) {
        if let Some(text) = map.get(key).and_then(Value::as_str).map(ToOwned::to_owned) {
            map.remove(key);
            if !text.is_empty() {
                self.fields.push(format!("{name}={text}"));
            }
        }
    }

    fn flag(&mut self, map: &mut Map<String, Value>, key: &str, said: &str) {
        if let Some(value) = map.get(key).and_then(Value::as_bool) {
            map.remove(key);
            if value {
                self.fields.push(said.to_owned());
            }
        }
    }

    fn map(&mut self, map: &mut Map<String, Value>, key: &str, name: &str) {
        if let Some(Value::Object(pairs)) = map.remove(key) {
            for (key, value) in pairs {
                let value = value.as_str().unwrap_or("").to_owned();
                self.fields.push(format!("{name}={key}={value}"));
            }
        }
    }
}

fn left_over(target: &str, left: &Map<String, Value>, missing: &mut Vec<String>) {
    for key in left.keys() {
        missing.push(format!("{key} of the mount {target}"));
    }
}

/// The value of `--gpus`.
pub(super) fn gpus(request: &DeviceRequest, missing: &mut Vec<String>) -> Option<String> {
    let words = match &request.capabilities[..] {
        [words] if words.last().is_some_and(|last| last == "gpu") => &words[..words.len() - 1],
        _ => {
            missing.push(format!(
                "the devices of the driver {:?}: --gpus asks only for graphics processors",
                request.driver
            ));
            return None;
        }
    };
    let mut fields = Vec::new();
    match request.count {
        Some(-1) => fields.push("all".to_owned()),
        Some(count) => fields.push(format!("count={count}")),
        None if request.device_ids.is_empty() => fields.push("count=0".to_owned()),
        None => {}
    }
    if !request.driver.is_empty() {
        fields.push(format!("driver={}", request.driver));
    }
    if !request.device_ids.is_empty() {
        fields.push(format!("device={}", request.device_ids.join(",")));
    }
    if !words.is_empty() {
        fields.push(format!("capabilities={}", words.join(",")));
    }
    if !request.options.is_empty() {
        let pairs: Vec<String> = request
            .options
            .iter()
            .map(|(key, value)| format!("{key}={value}"))
            .collect();
        fields.push(format!("options={}", csv::join(&pairs)));
    }
    Some(csv::join(&fields))
}
