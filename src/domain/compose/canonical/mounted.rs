//! Mounts in their long form.

use super::super::fault::ComposeFault;
use super::super::mounts;
use super::super::node::{Node, SourcePlace, Value};
use super::{cleaned, pairs, size};

pub(super) fn volumes(node: &mut Node, path: &str, faults: &mut Vec<ComposeFault>) {
    let Some(Node {
        value: Value::List(items),
        ..
    }) = node.get_mut("volumes")
    else {
        return;
    };
    for item in items {
        if let Some(text) = item.as_text() {
            match mounts::parse(text) {
                Ok(mount) => {
                    for unknown in &mount.unknown {
                        faults.push(ComposeFault::warning(
                            item.at,
                            format!("{path}.volumes: the option {unknown:?} means nothing and is ignored."),
                        ));
                    }
                    *item = long_mount(&mount, item.at);
                }
                Err(why) => {
                    faults.push(ComposeFault::new(item.at, format!("{path}.volumes: {why}")));
                }
            }
            continue;
        }
        checked_mount(item, path, faults);
    }
}

fn checked_mount(item: &mut Node, path: &str, faults: &mut Vec<ComposeFault>) {
    cleaned(item, "target");
    let kind = item.get("type").and_then(Node::as_text);
    if kind == Some("bind") && item.get("source").is_none() {
        faults.push(ComposeFault::new(
            item.at,
            format!("{path}.volumes: a bind needs a source."),
        ));
    }
    if let Some(volume) = item.get_mut("volume") {
        pairs(volume, "labels", true);
    }
    if let Some(tmpfs) = item.get_mut("tmpfs") {
        size(tmpfs, "size", &format!("{path}.volumes.tmpfs"), faults);
    }
}

fn long_mount(mount: &mounts::ShortMount, at: SourcePlace) -> Node {
    let empty = || Node::new(Value::Map(Vec::new()), at);
    let yes = || Node::new(Value::Bool(true), at);
    let mut long = empty();
    let kind = if mount.is_bind { "bind" } else { "volume" };
    long.set("type", Node::text(kind, at));
    if let Some(source) = &mount.source {
        long.set("source", Node::text(source, at));
    }
    long.set("target", Node::text(&mount.target, at));
    if mount.read_only {
        long.set("read_only", yes());
    }
    // Labels of SELinux and propagation are of the bind also where a volume has them.
    let mut bind = empty();
    if mount.is_bind {
        bind.set("create_host_path", yes());
    }
    if let Some(propagation) = &mount.propagation {
        bind.set("propagation", Node::text(propagation, at));
    }
    if let Some(selinux) = &mount.selinux {
        bind.set("selinux", Node::text(selinux, at));
    }
    if !bind.entries().is_empty() {
        long.set("bind", bind);
    }
    if !mount.is_bind {
        let mut volume = empty();
        if mount.nocopy {
            volume.set("nocopy", yes());
        }
        long.set("volume", volume);
    }
    long
}
