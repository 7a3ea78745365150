//! The model as `docker compose config --format json` writes it.

use super::node::{Node, Value};
use serde_json::{Map, Number, Value as Json};

/// Mappings whose keys and values are the user's own.
const FREE: [&str; 9] = [
    "environment",
    "labels",
    "args",
    "options",
    "driver_opts",
    "annotations",
    "sysctls",
    "storage_opt",
    "aux_addresses",
];
/// False, zero and empty values that stay.
const KEPT: [&str; 14] = [
    "command",
    "entrypoint",
    "init",
    "attach",
    "scale",
    "retries",
    "replicas",
    "parallelism",
    "required",
    "enable_ipv4",
    "enable_ipv6",
    "ulimits",
    "soft",
    "hard",
];
/// What is worked into the rest.
const WORKED_IN: [&str; 4] = ["extends", "env_file", "label_file", "create_host_path"];

/// The whole model. Dollar signs are doubled, so that it can be read again.
pub fn json(file: &Node, name: &str) -> Json {
    let mut model = Map::new();
    model.insert("name".to_owned(), Json::String(name.to_owned()));
    for entry in file.entries() {
        let value = if entry.key.starts_with("x-") {
            Some(free(&entry.node))
        } else {
            written(&entry.node, &entry.key, 1)
        };
        if let Some(value) = value {
            model.insert(entry.key.clone(), value);
        }
    }
    model
        .entry("services")
        .or_insert_with(|| Json::Object(Map::new()));
    Json::Object(model)
}

fn written(node: &Node, key: &str, depth: usize) -> Option<Json> {
    if FREE.contains(&key) {
        let value = free(node);
        return (value.as_object().is_none_or(|map| !map.is_empty())).then_some(value);
    }
    // Below the groups at the top stand the user's own names.
    let is_group = depth == 1;
    let stays = KEPT.contains(&key);
    match &node.value {
        Value::Null => (matches!(key, "command" | "entrypoint")).then_some(Json::Null),
        Value::Bool(is) => (*is || stays).then_some(Json::Bool(*is)),
        Value::Int(number) => (*number != 0 || stays).then(|| Json::from(*number)),
        Value::Float(number) => (*number != 0.0 || stays).then(|| float(*number)),
        Value::Text(text) | Value::Timestamp(text) => {
            (!text.is_empty() || stays).then(|| Json::String(doubled(text)))
        }
        Value::List(items) => {
            let items: Vec<Json> = items
                .iter()
                .map(|item| written(item, "", depth + 1).unwrap_or_else(|| free(item)))
                .collect();
            (!items.is_empty() || stays).then_some(Json::Array(items))
        }
        Value::Map(entries) => {
            let own_names =
                is_group || matches!(key, "networks" | "depends_on" | "ulimits" | "models");
            let mut map = Map::new();
            for entry in entries {
                let name = entry.key.as_str();
                if !own_names && (name.starts_with("x-") || WORKED_IN.contains(&name)) {
                    continue;
                }
                let inner = if own_names && key == "ulimits" {
                    "ulimits"
                } else if own_names {
                    ""
                } else {
                    name
                };
                match written(&entry.node, inner, depth + 1) {
                    Some(value) => {
                        map.insert(doubled(name), value);
                    }
                    None if own_names => {
                        map.insert(doubled(name), Json::Object(Map::new()));
                    }
                    None => {}
                }
            }
            Some(Json::Object(map))
        }
    }
}

fn free(node: &Node) -> Json {
    match &node.value {
        Value::Null => Json::Null,
        Value::Bool(is) => Json::Bool(*is),
        Value::Int(number) => Json::from(*number),
        Value::Float(number) => float(*number),
        Value::Text(text) | Value::Timestamp(text) => Json::String(doubled(text)),
        Value::List(items) => Json::Array(items.iter().map(free).collect()),
        Value::Map(entries) => {
            let pairs = entries.iter();
            Json::Object(
                pairs
                    .map(|entry| (doubled(&entry.key), free(&entry.node)))
                    .collect(),
            )
        }
    }
}

fn float(number: f64) -> Json {
    Number::from_f64(number).map_or(Json::Null, Json::Number)
}

fn doubled(text: &str) -> String {
    text.replace('$', "$$")
}
