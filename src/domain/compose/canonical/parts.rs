//! The larger parts of a service: build, healthcheck, deploy, blkio_config.

use super::super::fault::ComposeFault;
use super::super::node::{Node, Value};
use super::super::short;
use super::devices::device_requests;
use super::lists::{files, hosts};
use super::{duration, pairs, size, texts};

pub(super) fn build(node: &mut Node, path: &str, faults: &mut Vec<ComposeFault>) {
    let Some(found) = node.get_mut("build") else {
        return;
    };
    *found = short::build(found.clone());
    let path = format!("{path}.build");
    let build = found;
    for key in ["labels", "additional_contexts"] {
        pairs(build, key, true);
    }
    pairs(build, "args", false);
    size(build, "shm_size", &path, faults);
    hosts(build, &path, faults);
    files(build, "secrets", &path, faults);
    if let Some(ssh) = build.get_mut("ssh")
        && let Value::Map(entries) = &ssh.value
    {
        let texts = entries.iter().map(|entry| {
            let text = match entry.node.printed() {
                Some(value) => format!("{}={value}", entry.key),
                None => entry.key.clone(),
            };
            Node::text(text, entry.at)
        });
        ssh.value = Value::List(texts.collect());
    }
    for key in ["provenance", "sbom"] {
        if let Some(found) = build.get_mut(key)
            && let Some(text) = found.printed()
        {
            found.value = Value::Text(text);
        }
    }
    texts(build, "no_cache_filter");
}

pub(super) fn healthcheck(node: &mut Node, path: &str, faults: &mut Vec<ComposeFault>) {
    let path = format!("{path}.healthcheck");
    let Some(check) = node.get_mut("healthcheck") else {
        return;
    };
    for key in ["interval", "timeout", "start_period", "start_interval"] {
        duration(check, key, &path, faults);
    }
    let Some(test) = check.get_mut("test") else {
        return;
    };
    let at = test.at;
    if let Some(text) = test.as_text() {
        let text = text.to_owned();
        test.value = Value::List(vec![Node::text("CMD-SHELL", at), Node::text(text, at)]);
    }
    let first = test.items().first().and_then(Node::as_text);
    if !test.items().is_empty() && !matches!(first, Some("CMD" | "CMD-SHELL" | "NONE")) {
        faults.push(
            ComposeFault::new(
                at,
                format!("{path}.test begins with CMD, CMD-SHELL or NONE where it is a list."),
            )
            .hint(Some("Put \"CMD\" before the command.".to_owned())),
        );
    }
}

pub(super) fn deploy(node: &mut Node, path: &str, faults: &mut Vec<ComposeFault>) {
    let path = format!("{path}.deploy");
    let Some(deploy) = node.get_mut("deploy") else {
        return;
    };
    pairs(deploy, "labels", true);
    for key in ["update_config", "rollback_config"] {
        if let Some(config) = deploy.get_mut(key) {
            duration(config, "delay", &path, faults);
            duration(config, "monitor", &path, faults);
        }
    }
    if let Some(policy) = deploy.get_mut("restart_policy") {
        duration(policy, "delay", &path, faults);
        duration(policy, "window", &path, faults);
    }
    let Some(resources) = deploy.get_mut("resources") else {
        return;
    };
    for key in ["limits", "reservations"] {
        if let Some(part) = resources.get_mut(key) {
            let path = format!("{path}.resources.{key}");
            size(part, "memory", &path, faults);
            device_requests(part.get_mut("devices"), &format!("{path}.devices"), faults);
        }
    }
}

pub(super) fn blkio(node: &mut Node, path: &str, faults: &mut Vec<ComposeFault>) {
    let Some(blkio) = node.get_mut("blkio_config") else {
        return;
    };
    for key in [
        "device_read_bps",
        "device_read_iops",
        "device_write_bps",
        "device_write_iops",
    ] {
        if let Some(Node {
            value: Value::List(items),
            ..
        }) = blkio.get_mut(key)
        {
            for item in items {
                size(item, "rate", &format!("{path}.blkio_config.{key}"), faults);
            }
        }
    }
}
