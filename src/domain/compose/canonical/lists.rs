//! Hosts, environment files, secrets and configs of a service in their long form.

use super::super::fault::ComposeFault;
use super::super::node::{Node, Value};
use super::super::short;

pub(super) fn env_files(node: &mut Node, path: &str, faults: &mut Vec<ComposeFault>) {
    let Some(found) = node.get_mut("env_file") else {
        return;
    };
    *found = short::listed(found.clone());
    let Value::List(items) = &mut found.value else {
        return;
    };
    for item in items {
        let at = item.at;
        if item.as_text().is_some() {
            let path = item.clone();
            item.value = Value::Map(Vec::new());
            item.set("path", path);
        }
        if item.get("required").is_none() {
            item.set("required", Node::new(Value::Bool(true), at));
        }
        if let Some(format) = item.get("format")
            && !matches!(format.as_text(), Some("" | "raw"))
        {
            faults.push(ComposeFault::new(
                format.at,
                format!("{path}.env_file: the format is raw, or is left out."),
            ));
        }
    }
}

pub(super) fn files(node: &mut Node, key: &str, path: &str, faults: &mut Vec<ComposeFault>) {
    let Some(Node {
        value: Value::List(items),
        ..
    }) = node.get_mut(key)
    else {
        return;
    };
    for item in items {
        if item.as_text().is_some() {
            let source = item.clone();
            item.value = Value::Map(Vec::new());
            item.set("source", source);
        }
        let Some(mode) = item.get_mut("mode") else {
            continue;
        };
        let number = match &mode.value {
            Value::Int(number) => Some(*number),
            Value::Text(text) => i64::from_str_radix(text.trim_start_matches("0o"), 8).ok(),
            _ => None,
        };
        match number.filter(|mode| (0..=0o7777).contains(mode)) {
            Some(number) => mode.value = Value::Text(format!("0{number:o}")),
            None => faults.push(
                ComposeFault::new(mode.at, format!("{path}.{key}.mode is not a file mode."))
                    .hint(Some("Write it as 0440.".to_owned())),
            ),
        }
    }
}

pub(super) fn hosts(node: &mut Node, path: &str, faults: &mut Vec<ComposeFault>) {
    let Some(found) = node.get_mut("extra_hosts") else {
        return;
    };
    *found = short::hosts(found.clone());
    let Value::List(items) = &mut found.value else {
        return;
    };
    for item in items {
        let Some(text) = item.as_text() else {
            continue;
        };
        let pair = text.split_once('=').or_else(|| text.split_once(':'));
        match pair {
            Some((host, address)) if !host.is_empty() && !address.is_empty() => {
                let bare = address
                    .strip_prefix('[')
                    .and_then(|rest| rest.strip_suffix(']'));
                let text = format!("{host}={}", bare.unwrap_or(address));
                item.value = Value::Text(text);
            }
            _ => faults.push(ComposeFault::new(
                item.at,
                format!("{path}.extra_hosts: {text:?} has no address. Write host=address."),
            )),
        }
    }
}
