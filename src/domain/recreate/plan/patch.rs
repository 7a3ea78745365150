//! From what is to be different to the create request of the new container:
//! nobody else's part of the old one's is touched.

use crate::engine::CreateBody;
use crate::error::{Error, Result};
use crate::model::read;
use crate::model::spec::ContainerSpec;
use crate::model::volume::UNNAMED_LABEL;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// The specification with a merge patch laid over it.
pub(super) fn patched(old: &ContainerSpec, changes: &Map<String, Value>) -> Result<ContainerSpec> {
    let mut value = serde_json::to_value(old).map_err(|error| {
        Error::internal("The specification could not be written.").source(error)
    })?;
    merge(&mut value, &Value::Object(changes.clone()));
    read::from_value(value).map_err(|fault| {
        let field = fault
            .field
            .map_or_else(|| "changes".to_owned(), |field| format!("changes.{field}"));
        Error::invalid(field, fault.message)
    })
}

/// RFC 7396.
fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    if let Value::Object(target) = target {
        for (key, value) in patch {
            if value.is_null() {
                target.remove(key);
            } else {
                merge(target.entry(key.clone()).or_insert(Value::Null), value);
            }
        }
    }
}

/// The names of the fields that differ.
pub(super) fn changed_fields(old: &ContainerSpec, new: &ContainerSpec) -> Vec<String> {
    // Thousands of ports are compared as they are: as JSON they take many times the memory.
    let is_other_ports = old.ports != new.ports;
    let object = |spec: &ContainerSpec| {
        let mut rest = spec.clone();
        rest.ports = Vec::new();
        match serde_json::to_value(rest) {
            Ok(Value::Object(map)) => map,
            _ => Map::new(),
        }
    };
    let (old, new) = (object(old), object(new));
    let keys: BTreeSet<_> = old.keys().chain(new.keys()).collect();
    let mut changed: Vec<String> = keys
        .into_iter()
        .filter(|key| old.get(*key) != new.get(*key))
        .cloned()
        .collect();
    if is_other_ports {
        changed.push("ports".to_owned());
        changed.sort();
    }
    changed
}

/// The request of the container as it is, with exactly those keys changed that
/// differ between the old and the new request. All others stay byte for byte,
/// whether this program understands them or not.
pub(super) fn changed_body(is: &CreateBody, old: &CreateBody, new: CreateBody) -> CreateBody {
    let mut body = is.clone();
    let elsewhere = old.host_text("NetworkMode") != new.host_text("NetworkMode");
    difference(&mut body.config, &old.config, new.config);
    keep_unnamed(&mut body.config, &is.config);
    difference(&mut body.host_config, &old.host_config, new.host_config);
    if old.networks != new.networks || elsewhere {
        body.networks = new
            .networks
            .iter()
            .map(|(name, endpoint)| {
                let same = old.networks.iter().any(|(n, e)| n == name && e == endpoint);
                let kept = is.networks.iter().find(|(n, _)| n == name && same);
                (
                    name.clone(),
                    kept.map_or(endpoint, |(_, endpoint)| endpoint).clone(),
                )
            })
            .collect();
        body.detached = false;
        if new.networks.is_empty() && !body.host_config.contains_key("NetworkMode") {
            body.host_config
                .insert("NetworkMode".to_owned(), "default".into());
        }
    }
    body.platform = new.platform;
    body
}

/// The note of volumes that nobody named is part of no specification.
fn keep_unnamed(config: &mut Map<String, Value>, is: &Map<String, Value>) {
    let note = |config: &Map<String, Value>| config.get("Labels")?.get(UNNAMED_LABEL).cloned();
    if let Some(note) = note(is) {
        let labels = config.entry("Labels").or_insert_with(|| json!({}));
        if let Value::Object(labels) = labels {
            labels.insert(UNNAMED_LABEL.to_owned(), note);
        }
    }
}

/// What the engine made of what was set goes with what was set.
pub(super) fn follow(body: &mut CreateBody, old: &ContainerSpec, new: &ContainerSpec) {
    // Memory alone makes it add as much swap, which would be too little or too
    // much for another amount.
    if old.memory != new.memory && new.memory_swap.is_none() {
        body.host_config.remove("MemorySwap");
    }
    // A volume without a name stands where it was declared and where it is attached.
    if let Some(Value::Object(declared)) = body.config.get_mut("Volumes") {
        let has = |spec: &ContainerSpec, target: &str| {
            let plain = |path: &str| path.trim_end_matches('/').to_owned();
            spec.mounts
                .iter()
                .any(|mount| plain(&mount.target) == plain(target))
        };
        declared.retain(|target, _| has(new, target) || !has(old, target));
    }
}

fn difference(
    target: &mut Map<String, Value>,
    old: &Map<String, Value>,
    mut new: Map<String, Value>,
) {
    let keys: BTreeSet<_> = old.keys().chain(new.keys()).cloned().collect();
    for key in keys {
        match new.remove(&key) {
            value if value.as_ref() == old.get(&key) => {}
            Some(value) => {
                target.insert(key, value);
            }
            None => {
                target.remove(&key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(value: Value) -> ContainerSpec {
        read::from_value(value).unwrap()
    }

    #[test]
    fn changed_fields_are_named_in_order_with_the_ports_among_them() {
        let old = spec(json!({"image": "a:1", "ports": ["80:80"], "env": ["A=1"]}));
        let new = spec(json!({"image": "a:1", "ports": ["81:80"], "env": ["A=2"], "user": "1"}));
        assert_eq!(changed_fields(&old, &new), ["env", "ports", "user"]);
        assert!(changed_fields(&old, &old).is_empty());
    }

    #[test]
    fn patch_with_more_ports_than_are_read_is_refused_with_its_field() {
        let old = spec(json!({"image": "a:1"}));
        let Value::Object(changes) = json!({"ports": ["1-65535:1-65535"]}) else {
            unreachable!()
        };
        let error = patched(&old, &changes).unwrap_err();
        assert!(error.message.contains("at most 20000 ports"), "{error}");
    }
}
