//! Every value in its long form, with what is wrong in the short ones.

mod commands;
mod devices;
mod lists;
mod mounted;
mod parts;
mod published;
mod service;

use super::fault::ComposeFault;
use super::mounts::clean;
use super::node::{Entry, Node, Value};
use super::units;

/// Brings a file that has the right shapes to its long forms. Long ones stay as they are.
pub fn canonical(file: &mut Node, faults: &mut Vec<ComposeFault>) {
    for (group, each) in [
        (
            "services",
            service::service as fn(&mut Node, &str, &mut Vec<ComposeFault>),
        ),
        ("networks", network),
        ("volumes", volume),
        ("secrets", resource),
        ("configs", resource),
    ] {
        let Some(Node {
            value: Value::Map(entries),
            ..
        }) = file.get_mut(group)
        else {
            continue;
        };
        for Entry { key, node, .. } in entries {
            each(node, &format!("{group}.{key}"), faults);
        }
    }
}

fn network(node: &mut Node, path: &str, faults: &mut Vec<ComposeFault>) {
    resource(node, path, faults);
    if let Some(ipam) = node.get_mut("ipam") {
        print_values(ipam, "options");
        if let Some(Node {
            value: Value::List(pools),
            ..
        }) = ipam.get_mut("config")
        {
            for pool in pools {
                print_values(pool, "aux_addresses");
            }
        }
    }
}

fn volume(node: &mut Node, path: &str, faults: &mut Vec<ComposeFault>) {
    resource(node, path, faults);
    let is_external = node.get("external").and_then(Node::as_bool) == Some(true);
    if !is_external {
        return;
    }
    let more = node.entries().iter().find(|entry| {
        !matches!(entry.key.as_str(), "name" | "external") && !entry.key.starts_with("x-")
    });
    if let Some(entry) = more {
        faults.push(ComposeFault::new(
            entry.at,
            format!(
                "{path} is external: it is there already, and {} cannot be chosen.",
                entry.key
            ),
        ));
    }
}

fn resource(node: &mut Node, path: &str, faults: &mut Vec<ComposeFault>) {
    pairs(node, "labels", true);
    print_values(node, "driver_opts");
    let Some(external) = node.get("external") else {
        return;
    };
    let at = external.at;
    if external.as_map().is_some() {
        let name = external.get("name").cloned();
        faults.push(ComposeFault::warning(
            at,
            format!("{path}.external.name is obsolete. Write external: true, and name beside it."),
        ));
        node.set("external", Node::new(Value::Bool(true), at));
        if let Some(name) = name {
            node.set("name", name);
        }
    }
}

/// Single values by key as texts; nothing becomes an empty one, or stays.
pub fn pairs(node: &mut Node, key: &str, fills: bool) {
    let Some(found) = node.get_mut(key) else {
        return;
    };
    *found = super::short::pairs(found.clone());
    let Value::Map(entries) = &mut found.value else {
        return;
    };
    for entry in entries {
        match entry.node.printed() {
            Some(text) => entry.node.value = Value::Text(text),
            None if fills => entry.node.value = Value::Text(String::new()),
            None => {}
        }
    }
}

pub fn print_values(node: &mut Node, key: &str) {
    pairs(node, key, true);
}

/// A text, or a list, as a list of texts.
pub fn texts(node: &mut Node, key: &str) {
    let Some(found) = node.get_mut(key) else {
        return;
    };
    *found = super::short::listed(found.clone());
    if let Value::List(items) = &mut found.value {
        for item in items {
            if let Some(text) = item.printed() {
                item.value = Value::Text(text);
            }
        }
    }
}

pub fn duration(node: &mut Node, key: &str, path: &str, faults: &mut Vec<ComposeFault>) {
    let Some(found) = node.get_mut(key) else {
        return;
    };
    let Some(text) = found.as_text() else {
        return;
    };
    match units::duration(text) {
        Some(duration) => found.value = Value::Text(units::printed_duration(duration)),
        None => faults.push(
            ComposeFault::new(
                found.at,
                format!("{path}.{key}: {text:?} is not a duration with its unit."),
            )
            .hint(Some("Write it as 30s, 1m30s or 500ms.".to_owned())),
        ),
    }
}

/// Bytes, as a text of digits.
pub fn size(node: &mut Node, key: &str, path: &str, faults: &mut Vec<ComposeFault>) {
    let Some(found) = node.get_mut(key) else {
        return;
    };
    let Some(text) = found.printed() else {
        return;
    };
    match units::size(&text) {
        Some(bytes) => found.value = Value::Text(bytes.to_string()),
        None => faults.push(
            ComposeFault::new(found.at, format!("{path}.{key}: {text:?} is not a size.")).hint(
                Some("Write it as 512m, 1.5g or a number of bytes.".to_owned()),
            ),
        ),
    }
}

/// A number in quotes as a number.
pub fn number(node: &mut Node, key: &str, path: &str, faults: &mut Vec<ComposeFault>) {
    let Some(found) = node.get_mut(key) else {
        return;
    };
    let Some(text) = found.as_text() else {
        return;
    };
    match text.trim().parse() {
        Ok(number) => found.value = Value::Int(number),
        Err(_) => faults.push(ComposeFault::new(
            found.at,
            format!("{path}.{key} takes a whole number, and not {text:?}."),
        )),
    }
}

pub fn cleaned(node: &mut Node, key: &str) {
    if let Some(found) = node.get_mut(key)
        && let Some(text) = found.as_text()
    {
        found.value = Value::Text(clean(text));
    }
}
