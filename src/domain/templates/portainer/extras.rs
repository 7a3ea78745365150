//! What template files of Portainer, Yacht and their relatives say beyond the
//! common fields: hosts, capabilities, sysctls and devices.

use super::{list, scalar};
use crate::domain::templates::sanitize::line;
use crate::model::spec::ContainerSpec;
use serde_json::Value;

pub(super) fn apply(entry: &Value, spec: &mut ContainerSpec, remarks: &mut Vec<String>) {
    for (key, field) in [
        // Portainer: lines of /etc/hosts, as `name:address`.
        ("hosts", &mut spec.extra_hosts),
        ("cap_add", &mut spec.cap_add),
        ("cap_drop", &mut spec.cap_drop),
        ("devices", &mut spec.devices),
    ] {
        for one in list(entry, key) {
            match one.as_str().map(str::trim).filter(|text| is_plain(text)) {
                Some(text) => field.push(text.to_owned()),
                None => remarks.push(format!(
                    "An entry of `{key}` was left out: it is not a text."
                )),
            }
        }
    }
    if !spec.cap_add.is_empty() {
        remarks.push(format!(
            "It requests additional capabilities on this host: {}.",
            line(&spec.cap_add.join(", "), 200)
        ));
    }
    if !spec.devices.is_empty() {
        remarks.push(format!(
            "It gets access to devices of this host: {}.",
            line(&spec.devices.join(", "), 200)
        ));
    }
    sysctls(entry, spec, remarks);
}

/// An object, or a list of objects or of `name=value`.
fn sysctls(entry: &Value, spec: &mut ContainerSpec, remarks: &mut Vec<String>) {
    let parts: Vec<&Value> = match entry.get("sysctls") {
        Some(Value::Array(parts)) => parts.iter().collect(),
        Some(part @ Value::Object(_)) => vec![part],
        _ => Vec::new(),
    };
    for part in parts {
        let pairs: Vec<(String, Option<String>)> = match part {
            Value::Object(map) => map
                .iter()
                .map(|(name, value)| (name.clone(), scalar(Some(value))))
                .collect(),
            Value::String(text) => match text.split_once('=') {
                Some((name, value)) => vec![(name.to_owned(), Some(value.to_owned()))],
                None => vec![(text.clone(), None)],
            },
            other => vec![(other.to_string(), None)],
        };
        for (name, value) in pairs {
            match value.filter(|value| is_plain(value) && is_plain(&name)) {
                Some(value) => {
                    spec.sysctls.insert(name, value);
                }
                None => remarks.push(format!(
                    "The sysctl {:?} was left out: its value is not a text or a number.",
                    line(&name, 100)
                )),
            }
        }
    }
}

fn is_plain(text: &str) -> bool {
    !text.is_empty() && text.len() <= 500 && !text.chars().any(char::is_control)
}
