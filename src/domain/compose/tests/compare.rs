//! Two models are the same where they differ only in what says nothing: the order of
//! sets, empty mappings, the name of the project.

use serde_json::{Map, Value};

const NAME: &str = "@NAME@";
const UNORDERED: [&str; 26] = [
    "ports",
    "volumes",
    "cap_add",
    "cap_drop",
    "expose",
    "extra_hosts",
    "devices",
    "secrets",
    "configs",
    "group_add",
    "profiles",
    "tags",
    "platforms",
    "tmpfs",
    "device_cgroup_rules",
    "aliases",
    "link_local_ips",
    "links",
    "external_links",
    "volumes_from",
    "security_opt",
    "capabilities",
    "device_ids",
    "ssh",
    "entitlements",
    "gpus",
];
const EMPTY_IS_ABSENT: [&str; 29] = [
    "ipam",
    "placement",
    "volume",
    "bind",
    "tmpfs",
    "image",
    "resources",
    "labels",
    "driver_opts",
    "options",
    "environment",
    "args",
    "depends_on",
    "annotations",
    "sysctls",
    "networks",
    "volumes",
    "secrets",
    "configs",
    "limits",
    "reservations",
    "deploy",
    "ports",
    "profiles",
    "logging",
    "storage_opt",
    "healthcheck",
    "ulimits",
    "extra_hosts",
];
const FREE: [&str; 8] = [
    "environment",
    "labels",
    "args",
    "options",
    "driver_opts",
    "annotations",
    "sysctls",
    "storage_opt",
];

pub struct Comparable;

impl Comparable {
    /// The form that the expected models have.
    pub fn of(mut model: Value, keeps_name: bool) -> Value {
        texts(&mut model, &|text| {
            let text = text.replace("$$", "$");
            marked(&text)
        });
        let name = model["name"].as_str().unwrap_or_default().to_owned();
        for group in ["networks", "volumes", "secrets", "configs"] {
            for resource in model[group]
                .as_object_mut()
                .into_iter()
                .flat_map(Map::values_mut)
            {
                let own = resource["name"]
                    .as_str()
                    .and_then(|text| text.strip_prefix(&format!("{name}_")));
                if let Some(own) = own {
                    resource["name"] = Value::String(format!("{NAME}_{own}"));
                }
            }
        }
        if !keeps_name && let Some(map) = model.as_object_mut() {
            map.remove("name");
        }
        pruned(model, "", false)
    }
}

/// Folders by their marks.
fn marked(text: &str) -> String {
    let mut text = text.to_owned();
    for (path, mark) in [
        (super::FOLDER, "@DIR@"),
        ("/srv/oracle-run", "@UP@"),
        (super::HOME, "@HOME@"),
    ] {
        let mut done = String::new();
        let mut rest = text.as_str();
        while let Some(at) = rest.find(path) {
            let after = &rest[at + path.len()..];
            let ends = after.is_empty() || after.starts_with(['/', ',', ':', ' ', '"', '\'']);
            done.push_str(&rest[..at]);
            done.push_str(if ends { mark } else { path });
            rest = after;
        }
        done.push_str(rest);
        text = done;
    }
    text
}

fn texts(value: &mut Value, change: &dyn Fn(&str) -> String) {
    match value {
        Value::String(text) => *text = change(text),
        Value::Array(items) => items.iter_mut().for_each(|item| texts(item, change)),
        Value::Object(map) => {
            let old = std::mem::take(map);
            for (key, mut value) in old {
                texts(&mut value, change);
                map.insert(key.replace("$$", "$"), value);
            }
        }
        _ => {}
    }
}

fn is_empty(value: &Value) -> bool {
    value.is_null()
        || value.as_object().is_some_and(Map::is_empty)
        || value.as_array().is_some_and(Vec::is_empty)
}

fn pruned(value: Value, key: &str, free: bool) -> Value {
    match value {
        Value::Object(map) => {
            let mut out = Map::new();
            for (name, value) in map {
                if free {
                    out.insert(name.clone(), pruned(value, &name, false));
                    continue;
                }
                if matches!(name.as_str(), "command" | "entrypoint") && value.is_null() {
                    continue;
                }
                let is_free = FREE.contains(&name.as_str()) || name.starts_with("x-");
                let value = pruned(value, &name, is_free);
                if EMPTY_IS_ABSENT.contains(&name.as_str()) && is_empty(&value) {
                    continue;
                }
                out.insert(name, value);
            }
            if matches!(
                key,
                "networks" | "models" | "volumes" | "secrets" | "configs"
            ) && !free
            {
                for value in out.values_mut().filter(|value| value.is_null()) {
                    *value = Value::Object(Map::new());
                }
            }
            Value::Object(out)
        }
        Value::Array(items) => Value::Array(
            items
                .into_iter()
                .map(|item| pruned(item, key, false))
                .collect(),
        ),
        other => other,
    }
}

pub fn differences(want: &Value, got: &Value) -> Vec<String> {
    diff(want, got, "", "")
}

fn diff(want: &Value, got: &Value, path: &str, key: &str) -> Vec<String> {
    match (want, got) {
        (Value::Object(want), Value::Object(got)) => {
            let mut out = Vec::new();
            for (name, value) in want {
                let path = format!("{path}.{name}");
                match got.get(name) {
                    Some(own) => out.extend(diff(value, own, &path, name)),
                    None => out.push(format!("{path}: missing {value}")),
                }
            }
            for (name, value) in got.iter().filter(|(name, _)| !want.contains_key(*name)) {
                let is_silent = name.starts_with("x-") && !path.is_empty()
                    || name == "models"
                    || name == "options" && key == "ipam";
                if !is_silent {
                    out.push(format!("{path}.{name}: unexpected {value}"));
                }
            }
            out
        }
        (Value::Array(want), Value::Array(got)) if UNORDERED.contains(&key) => {
            let mut left: Vec<&Value> = got.iter().collect();
            let mut out = Vec::new();
            for value in want {
                match left
                    .iter()
                    .position(|own| diff(value, own, "", "").is_empty())
                {
                    Some(at) => {
                        left.remove(at);
                    }
                    None => out.push(format!("{path}: missing element {value}")),
                }
            }
            out.extend(
                left.iter()
                    .map(|own| format!("{path}: unexpected element {own}")),
            );
            out
        }
        (Value::Array(want), Value::Array(got)) if want.len() == got.len() => {
            let pairs = want.iter().zip(got).enumerate();
            pairs
                .flat_map(|(at, (want, got))| diff(want, got, &format!("{path}[{at}]"), key))
                .collect()
        }
        (Value::Number(want), Value::Number(got)) => {
            let near = |a: f64, b: f64| (a - b).abs() < 1e-6 * a.abs().max(1.0);
            match (want.as_f64(), got.as_f64()) {
                (Some(a), Some(b)) if near(a, b) => Vec::new(),
                _ => vec![format!("{path}: want {want}, got {got}")],
            }
        }
        (want, got) if want == got => Vec::new(),
        (want, got) => vec![format!("{path}: want {want}, got {got}")],
    }
}
