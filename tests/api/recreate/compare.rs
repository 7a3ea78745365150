//! Two inspect answers side by side. What may differ is taken out first: ids,
//! times, addresses that were assigned, and that a volume without a name is
//! attached by its name afterwards, which a label notes. The volume itself must be the same.

use crate::support::engine::{Engine, is_podman};
use serde_json::{Map, Value};

/// An inspect answer without what may differ.
#[derive(Debug, Clone)]
pub struct Snapshot {
    pub id: String,
    pub value: Value,
}

impl Snapshot {
    #[track_caller]
    pub fn of(engine: &Engine, name: &str) -> Self {
        let raw = engine.inspect(name);
        let id = raw["Id"].as_str().unwrap().to_owned();
        let mut text = raw.to_string();
        text = text.replace(&id, "<self>").replace(&id[..12], "<self>");
        let others = engine.docker(&["ps", "-a", "--no-trunc", "--format", "{{.ID}} {{.Names}}"]);
        for line in others.lines() {
            if let Some((other, name)) = line.split_once(' ') {
                // Of several names (links) the own one comes without a slash.
                let name = name
                    .split(',')
                    .find(|name| !name.contains('/'))
                    .unwrap_or(name);
                text = text.replace(other, &format!("<{name}>"));
            }
        }
        let mut value: Value = serde_json::from_str(&text).unwrap();
        normalise(&mut value);
        Self { id, value }
    }

    /// Where they differ, a line each.
    pub fn differences(&self, other: &Self) -> Vec<String> {
        let mut found = Vec::new();
        compare("", &self.value, &other.value, &mut found);
        found
    }
}

fn is_generated(name: &str) -> bool {
    name.len() == 64 && name.bytes().all(|b| b.is_ascii_hexdigit())
}

fn normalise(value: &mut Value) {
    let remove = |value: &mut Value, keys: &[&str]| {
        if let Some(map) = value.as_object_mut() {
            for key in keys {
                map.remove(*key);
            }
        }
    };
    remove(
        value,
        &[
            "Id",
            "Created",
            "ResolvConfPath",
            "HostnamePath",
            "HostsPath",
            "LogPath",
            "GraphDriver",
            "ExecIDs",
            "SizeRw",
        ],
    );
    // One that never ran and one that has ended are both stopped.
    let status = value["State"]["Status"].as_str().unwrap_or("").to_owned();
    let stopped = matches!(status.as_str(), "created" | "exited");
    value["State"] = if stopped {
        "stopped".into()
    } else {
        status.into()
    };
    if value["AppArmorProfile"] == "unconfined" {
        // Known only once it has started.
        remove(value, &["AppArmorProfile"]);
    }
    // Sets that are written as objects: only their keys count.
    for set in ["ExposedPorts", "Volumes"] {
        if let Some(map) = value["Config"][set].as_object() {
            value["Config"][set] = map.keys().cloned().collect();
        }
    }
    // The other's name, in another's network; links come in no order.
    let mode = &value["HostConfig"]["NetworkMode"];
    if mode
        .as_str()
        .is_some_and(|mode| mode.starts_with("container:"))
    {
        remove(&mut value["Config"], &["Hostname"]);
    }
    if is_podman()
        && let Some(variables) = value["Config"]["Env"].as_array_mut()
    {
        // It lists them in another order at each inspect.
        variables.sort_by_key(Value::to_string);
    }
    if let Some(links) = value["HostConfig"]["Links"].as_array_mut() {
        links.sort_by_key(Value::to_string);
    }
    let own_mac = value["Config"]["MacAddress"]
        .as_str()
        .is_some_and(|mac| !mac.is_empty());
    let settings = &mut value["NetworkSettings"];
    remove(
        settings,
        &[
            "SandboxID",
            "SandboxKey",
            "EndpointID",
            "IPAddress",
            "GlobalIPv6Address",
            "MacAddress",
            "Gateway",
            "IPPrefixLen",
            "IPv6Gateway",
            "GlobalIPv6PrefixLen",
        ],
    );
    for network in settings["Networks"]
        .as_object_mut()
        .into_iter()
        .flat_map(Map::values_mut)
    {
        remove(network, &["EndpointID"]);
        if !own_mac {
            remove(network, &["MacAddress"]);
        }
        for (configured, assigned) in [
            ("IPv4Address", "IPAddress"),
            ("IPv6Address", "GlobalIPv6Address"),
        ] {
            if network["IPAMConfig"][configured]
                .as_str()
                .is_none_or(str::is_empty)
            {
                remove(network, &[assigned]);
            }
        }
        if stopped {
            // Known only from the first start on.
            if let Some(aliases) = network["Aliases"].as_array_mut() {
                aliases.retain(|alias| alias != "<self>");
            }
            remove(
                network,
                &[
                    // Written at each start, from the name that it then has.
                    "DNSNames",
                    "NetworkID",
                    "Gateway",
                    "IPPrefixLen",
                    "IPv6Gateway",
                    "GlobalIPv6PrefixLen",
                    "MacAddress",
                    "IPAddress",
                    "GlobalIPv6Address",
                ],
            );
        }
    }
    random_ports(value);
    if stopped {
        remove(&mut value["NetworkSettings"], &["Ports"]);
    }
    anonymous_volumes(value);
}

/// A host port that the engine chose is another one each time.
fn random_ports(value: &mut Value) {
    let fixed: Vec<(String, String)> = value["HostConfig"]["PortBindings"]
        .as_object()
        .into_iter()
        .flatten()
        .flat_map(|(key, list)| {
            list.as_array().into_iter().flatten().map(|binding| {
                (
                    key.clone(),
                    binding["HostPort"].as_str().unwrap_or("").to_owned(),
                )
            })
        })
        .collect();
    let ports = value["NetworkSettings"]["Ports"].as_object_mut();
    for (key, list) in ports.into_iter().flatten() {
        for binding in list.as_array_mut().into_iter().flatten() {
            let port = binding["HostPort"].as_str().unwrap_or("").to_owned();
            if !fixed.contains(&(key.clone(), port)) {
                binding["HostPort"] = "random".into();
            }
        }
    }
}

fn anonymous_volumes(value: &mut Value) {
    let mut targets = Vec::new();
    if let Some(labels) = value["Config"]["Labels"].as_object_mut() {
        labels.remove("dockermate.unnamed-volumes");
    }
    if let Some(mounts) = value["Mounts"].as_array_mut() {
        mounts.sort_by_key(|mount| mount["Destination"].as_str().unwrap_or("").to_owned());
        for mount in mounts {
            if mount["Name"].as_str().is_some_and(is_generated) {
                targets.push(mount["Destination"].as_str().unwrap_or("").to_owned());
                mount["Mode"] = Value::Null;
            }
        }
    }
    if let Some(binds) = value["HostConfig"]["Binds"].as_array_mut() {
        binds.retain(|bind| {
            let mut parts = bind.as_str().unwrap_or("").split(':');
            let source = parts.next().unwrap_or("");
            let target = parts.next().unwrap_or("");
            !(is_generated(source) && targets.iter().any(|known| known == target))
        });
    }
    if let Some(mounts) = value["HostConfig"]["Mounts"].as_array_mut() {
        for mount in mounts {
            if mount["Source"].as_str().is_some_and(is_generated)
                && let Some(map) = mount.as_object_mut()
            {
                map.remove("Source");
            }
        }
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(list) => list.is_empty(),
        Value::Object(map) => map.is_empty(),
        _ => false,
    }
}

fn compare(path: &str, a: &Value, b: &Value, found: &mut Vec<String>) {
    match (a, b) {
        (Value::Object(a), Value::Object(b)) => {
            let mut keys: Vec<_> = a.keys().chain(b.keys()).collect();
            keys.sort();
            keys.dedup();
            for key in keys {
                compare(
                    &format!("{path}/{key}"),
                    a.get(key).unwrap_or(&Value::Null),
                    b.get(key).unwrap_or(&Value::Null),
                    found,
                );
            }
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            for (at, (a, b)) in a.iter().zip(b).enumerate() {
                compare(&format!("{path}/{at}"), a, b, found);
            }
        }
        _ if a == b || (is_empty(a) && is_empty(b)) => {}
        _ => found.push(format!("{path}: {a} became {b}")),
    }
}

/// A comparison that finds nothing proves nothing unless it can find something.
#[test]
fn comparison_of_two_containers_finds_every_difference() {
    let a = serde_json::json!({"A": [1, {"B": "x"}], "C": null});
    let b = serde_json::json!({"A": [1, {"B": "y"}], "C": [], "D": 1});
    let mut found = Vec::new();
    compare("", &a, &b, &mut found);
    assert_eq!(found, [r#"/A/1/B: "x" became "y""#, "/D: null became 1"]);
}
