//! The long forms of a service.

use super::super::fault::ComposeFault;
use super::super::node::{Entry, Node, Value};
use super::super::short;
use super::commands::{command, develop, hooks};
use super::devices::{device_requests, devices};
use super::lists::{env_files, files, hosts};
use super::mounted::volumes;
use super::parts::{blkio, build, deploy, healthcheck};
use super::published::published;
use super::{duration, number, pairs, print_values, size, texts};

const NEVER_EMPTY: [&str; 6] = [
    "dns",
    "dns_search",
    "label_file",
    "tmpfs",
    "expose",
    "group_add",
];

pub fn service(node: &mut Node, path: &str, faults: &mut Vec<ComposeFault>) {
    for key in ["annotations", "labels", "sysctls"] {
        pairs(node, key, true);
    }
    pairs(node, "environment", false);
    for key in NEVER_EMPTY {
        texts(node, key);
    }
    for key in ["command", "entrypoint"] {
        command(node, key, path, faults);
    }
    for key in [
        "mem_limit",
        "mem_reservation",
        "memswap_limit",
        "mem_swappiness",
        "shm_size",
    ] {
        size(node, key, path, faults);
    }
    for key in ["cpu_period", "cpu_quota", "cpu_rt_period", "cpu_rt_runtime"] {
        number(node, key, path, faults);
    }
    duration(node, "stop_grace_period", path, faults);
    build(node, path, faults);
    healthcheck(node, path, faults);
    hosts(node, path, faults);
    named(node, "depends_on", path);
    named(node, "networks", path);
    named(node, "models", path);
    places(node);
    env_files(node, path, faults);
    published(node, path, faults);
    volumes(node, path, faults);
    devices(node, path, faults);
    device_requests(node.get_mut("gpus"), &format!("{path}.gpus"), faults);
    files(node, "secrets", path, faults);
    files(node, "configs", path, faults);
    logging(node);
    blkio(node, path, faults);
    deploy(node, path, faults);
    for key in ["post_start", "pre_stop"] {
        hooks(node, key, path, faults);
    }
    develop(node, path, faults);
    pull_policy(node, path, faults);
    provider(node);
    if let Some(gpus) = node.get_mut("gpus")
        && gpus.as_text() == Some("all")
    {
        let at = gpus.at;
        let mut all = Node::new(Value::Map(Vec::new()), at);
        all.set("count", Node::new(Value::Int(-1), at));
        gpus.value = Value::List(vec![all]);
    }
    print_plain(node, "storage_opt");
}

fn print_plain(node: &mut Node, key: &str) {
    pairs(node, key, true);
}

fn named(node: &mut Node, key: &str, path: &str) {
    if let Some(found) = node.get_mut(key) {
        let mut parts: Vec<String> = path.split('.').map(str::to_owned).collect();
        parts.truncate(2);
        parts.push(key.to_owned());
        *found = short::named(found.clone(), &parts);
        if key == "depends_on"
            && let Value::Map(entries) = &mut found.value
        {
            for Entry { node, .. } in entries {
                let at = node.at;
                if node.as_map().is_some() && node.get("required").is_none() {
                    node.set("required", Node::new(Value::Bool(true), at));
                }
            }
        }
    }
}

fn places(node: &mut Node) {
    if let Some(Node {
        value: Value::Map(places),
        ..
    }) = node.get_mut("networks")
    {
        for place in places {
            print_values(&mut place.node, "driver_opts");
        }
    }
}

fn logging(node: &mut Node) {
    if let Some(logging) = node.get_mut("logging") {
        print_values(logging, "options");
    }
}

fn pull_policy(node: &mut Node, path: &str, faults: &mut Vec<ComposeFault>) {
    let Some(policy) = node.get_mut("pull_policy") else {
        return;
    };
    let Some(text) = policy.as_text() else {
        return;
    };
    // The pattern of the specification is not anchored, which helps nobody.
    let is_known = matches!(
        text,
        "always"
            | "never"
            | "build"
            | "if_not_present"
            | "missing"
            | "refresh"
            | "daily"
            | "weekly"
    ) || text
        .strip_prefix("every_")
        .is_some_and(|every| super::units::duration(every).is_some());
    if text == "if_not_present" {
        policy.value = Value::Text("missing".to_owned());
    } else if !is_known {
        faults.push(ComposeFault::new(
            policy.at,
            format!(
                "{path}.pull_policy takes always, never, missing, build, daily, weekly or every_ with a duration, and not {text:?}."
            ),
        ));
    }
}

fn provider(node: &mut Node) {
    let options = node
        .get_mut("provider")
        .and_then(|one| one.get_mut("options"));
    if let Some(Node {
        value: Value::Map(entries),
        ..
    }) = options
    {
        for Entry { node, .. } in entries {
            *node = short::listed(node.clone());
            if let Value::List(items) = &mut node.value {
                for item in items {
                    if let Some(text) = item.printed() {
                        item.value = Value::Text(text);
                    }
                }
            }
        }
    }
}
