//! Devices and requests of devices in their long form.

use super::super::fault::ComposeFault;
use super::super::node::{Node, Value};
use super::{number, pairs};

pub(super) fn devices(node: &mut Node, path: &str, faults: &mut Vec<ComposeFault>) {
    let Some(Node {
        value: Value::List(items),
        ..
    }) = node.get_mut("devices")
    else {
        return;
    };
    for item in items {
        let at = item.at;
        if let Some(text) = item.as_text() {
            let parts: Vec<&str> = text.split(':').collect();
            let (source, target, permissions) = match parts[..] {
                [source] => (source, source, "rwm"),
                [source, target] => (source, target, "rwm"),
                [source, target, permissions] => (source, target, permissions),
                _ => {
                    let why = format!("{path}.devices: {text:?} is not a device.");
                    faults.push(
                        ComposeFault::new(at, why)
                            .hint(Some("Write source:target:rwm.".to_owned())),
                    );
                    continue;
                }
            };
            let mut long = Node::new(Value::Map(Vec::new()), at);
            long.set("source", Node::text(source, at));
            long.set("target", Node::text(target, at));
            long.set("permissions", Node::text(permissions, at));
            *item = long;
            continue;
        }
        let source = item.get("source").cloned();
        if item.get("target").is_none()
            && let Some(source) = source
        {
            item.set("target", source);
        }
    }
}

pub(super) fn device_requests(list: Option<&mut Node>, path: &str, faults: &mut Vec<ComposeFault>) {
    let Some(Node {
        value: Value::List(items),
        ..
    }) = list
    else {
        return;
    };
    for item in items {
        let at = item.at;
        pairs(item, "options", true);
        match (item.get("count"), item.get("device_ids")) {
            (Some(_), Some(_)) => faults.push(ComposeFault::new(
                at,
                format!("{path} takes count or device_ids, and not both."),
            )),
            (None, None) => item.set("count", Node::new(Value::Int(-1), at)),
            _ => {}
        }
        if item.get("count").and_then(Node::as_text) == Some("all") {
            item.set("count", Node::new(Value::Int(-1), at));
        }
        number(item, "count", path, faults);
    }
}
