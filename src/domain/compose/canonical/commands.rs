//! Command lines of a service, of its hooks and of `develop`.

use super::super::fault::ComposeFault;
use super::super::node::{Node, Value};
use super::super::words;
use super::{pairs, texts};

pub(super) fn hooks(node: &mut Node, key: &str, path: &str, faults: &mut Vec<ComposeFault>) {
    let path = format!("{path}.{key}");
    if let Some(Node {
        value: Value::List(items),
        ..
    }) = node.get_mut(key)
    {
        for item in items {
            command(item, "command", &path, faults);
            pairs(item, "environment", false);
        }
    }
}

pub(super) fn develop(node: &mut Node, path: &str, faults: &mut Vec<ComposeFault>) {
    let path = format!("{path}.develop.watch");
    let watch = node.get_mut("develop").and_then(|one| one.get_mut("watch"));
    if let Some(Node {
        value: Value::List(items),
        ..
    }) = watch
    {
        for item in items {
            texts(item, "ignore");
            texts(item, "include");
            if let Some(exec) = item.get_mut("exec") {
                command(exec, "command", &path, faults);
                pairs(exec, "environment", false);
            }
        }
    }
}

pub(super) fn command(node: &mut Node, key: &str, path: &str, faults: &mut Vec<ComposeFault>) {
    let Some(found) = node.get_mut(key) else {
        return;
    };
    let Some(text) = found.as_text() else {
        return;
    };
    let at = found.at;
    match words::split(text) {
        Ok(words) => {
            if words::is_cut(text) {
                faults.push(
                    ComposeFault::warning(
                        at,
                        format!("{path}.{key} is not read by a shell: what follows ; | & < or > is cut off."),
                    )
                    .hint(Some("Write [\"sh\", \"-c\", \"…\"] for a command line of a shell.".to_owned())),
                );
            }
            let items = words.into_iter().map(|word| Node::text(word, at));
            found.value = Value::List(items.collect());
        }
        Err(()) => faults.push(ComposeFault::new(
            at,
            format!("{path}.{key} is not a command line: a quote or parenthesis is open."),
        )),
    }
}
