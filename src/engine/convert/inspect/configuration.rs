//! The settings of a container in groups, each with where it comes from: the
//! user, the image, or the engine's own defaults.
//!
//! It reads the raw inspect answer, not a typed one, so a setting of an engine
//! newer than this program is shown too. Invariant: every key of `Config` and
//! `HostConfig` whose value is not empty appears exactly once.

use super::host::{endpoints, from_host};
use super::rules::{CONFIG, Group, HEALTH};
use super::secrets::looks_secret;
use super::settings::{Defaults, Found, named, object, rule_of};
use super::show::{is_blank, scalar};
use crate::model::container::{Level, Setting, SettingGroup, SettingSource};
use serde_json::{Map, Value};
use std::collections::HashSet;

/// `inspect` is the answer of `GET /containers/{id}/json`; `image` is the
/// `Config` of the image's own inspect answer, when the image still exists.
pub(in crate::engine) fn configuration(
    inspect: &Value,
    image: Option<&Value>,
    defaults: &Defaults,
) -> Vec<SettingGroup> {
    let mut found = Found::default();
    let config = object(inspect.get("Config"));
    let host = object(inspect.get("HostConfig"));
    let id = inspect.get("Id").and_then(Value::as_str).unwrap_or("");

    from_config(&mut found, config, image, id);
    from_host(&mut found, host, defaults);
    endpoints(
        &mut found,
        object(inspect.pointer("/NetworkSettings/Networks")),
    );
    found.into_groups()
}

fn from_config(found: &mut Found, config: &Map<String, Value>, image: Option<&Value>, id: &str) {
    let nothing = Value::Null;
    for (key, value) in config {
        let theirs = image.and_then(|image| image.get(key)).unwrap_or(&nothing);
        match key.as_str() {
            "Env" => environment(found, value, theirs),
            "Labels" => labels(found, value, theirs),
            "Healthcheck" => health(found, value, theirs),
            _ if is_blank(value) => {
                // An image's command that was switched off is a choice worth showing.
                if let Some(rule) = rule_of(CONFIG, key)
                    && !is_blank(theirs)
                    && matches!(key.as_str(), "Entrypoint" | "Cmd" | "User" | "WorkingDir")
                {
                    found.rule(
                        rule,
                        &Value::String("(cleared)".to_owned()),
                        SettingSource::User,
                    );
                }
            }
            "Hostname" if id.starts_with(scalar(value).as_str()) && scalar(value).len() == 12 => {
                named(found, CONFIG, key, value, SettingSource::Engine);
            }
            "ExposedPorts" | "Volumes" => split_by_image(found, key, value, theirs),
            _ => {
                let source = if value == theirs {
                    SettingSource::Image
                } else {
                    SettingSource::User
                };
                named(found, CONFIG, key, value, source);
            }
        }
    }
}

/// Maps whose keys come partly from the image: the two parts apart.
fn split_by_image(found: &mut Found, key: &str, value: &Value, theirs: &Value) {
    let Value::Object(map) = value else {
        named(found, CONFIG, key, value, SettingSource::User);
        return;
    };
    let (from_image, from_user): (Vec<_>, Vec<_>) = map
        .iter()
        .partition(|(name, _)| theirs.get(name.as_str()).is_some());
    for (part, source) in [
        (from_user, SettingSource::User),
        (from_image, SettingSource::Image),
    ] {
        if !part.is_empty() {
            let part: Map<_, _> = part
                .into_iter()
                .map(|(k, v)| (k.clone(), v.clone()))
                .collect();
            named(found, CONFIG, key, &Value::Object(part), source);
        }
    }
}

/// One setting a variable, so that source and secret are told for each.
fn environment(found: &mut Found, value: &Value, theirs: &Value) {
    let theirs: HashSet<&str> = theirs
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    for entry in value.as_array().into_iter().flatten() {
        let text = scalar(entry);
        let (name, given) = text.split_once('=').unwrap_or((&text, ""));
        let source = if theirs.contains(text.as_str()) {
            SettingSource::Image
        } else if is_podmans(name, given) {
            SettingSource::Engine
        } else {
            SettingSource::User
        };
        found.add(
            Group::Environment,
            Setting {
                name: "env".to_owned(),
                label: name.to_owned(),
                values: vec![given.to_owned()],
                level: if source == SettingSource::User {
                    Level::Beginner
                } else {
                    Level::Intermediate
                },
                source,
                secret: looks_secret(name, given),
            },
        );
    }
}

/// Variables that Podman writes into every container's configuration.
fn is_podmans(name: &str, given: &str) -> bool {
    match name {
        "container" => matches!(given, "podman" | "oci"),
        "TERM" => given == "xterm",
        "HOSTNAME" => given.len() == 12 && given.bytes().all(|b| b.is_ascii_hexdigit()),
        "PATH" => given == "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        _ => false,
    }
}

fn labels(found: &mut Found, value: &Value, theirs: &Value) {
    for (name, given) in object(Some(value)) {
        let from_image = theirs.get(name) == Some(given);
        let text = scalar(given);
        found.add(
            Group::Labels,
            Setting {
                name: "label".to_owned(),
                label: name.clone(),
                secret: looks_secret(name, &text),
                values: vec![text],
                source: if from_image {
                    SettingSource::Image
                } else {
                    SettingSource::User
                },
                level: Level::Intermediate,
            },
        );
    }
}

fn health(found: &mut Found, value: &Value, theirs: &Value) {
    for (key, part) in object(Some(value)) {
        if is_blank(part) {
            continue;
        }
        let source = if theirs.get(key) == Some(part) {
            SettingSource::Image
        } else {
            SettingSource::User
        };
        named(found, HEALTH, key, part, source);
    }
}

#[cfg(test)]
mod tests {
    use super::super::rules::HOST;
    use super::*;
    use serde_json::json;

    fn groups(inspect: Value, image: Option<Value>) -> Vec<SettingGroup> {
        configuration(
            &inspect,
            image.as_ref(),
            &Defaults {
                cgroup_v2: true,
                ..Defaults::default()
            },
        )
    }

    fn find<'a>(groups: &'a [SettingGroup], group: &str, label: &str) -> &'a Setting {
        groups
            .iter()
            .find(|g| g.name == group)
            .and_then(|g| {
                g.settings
                    .iter()
                    .find(|s| s.label == label || s.name == label)
            })
            .unwrap_or_else(|| panic!("{group}/{label} is missing in {groups:#?}"))
    }

    #[test]
    fn settings_are_attributed_to_user_image_or_engine() {
        let groups = groups(
            json!({
                "Id": "0123456789abcdef",
                "Config": {"Hostname": "0123456789ab", "Env": ["PATH=/bin", "TZ=UTC", "DB_PASSWORD=x"], "Cmd": ["nginx"],
                    "Labels": {"maintainer": "them", "mine": "1"}, "StopSignal": "SIGQUIT", "ExposedPorts": {"80/tcp": {}, "9/tcp": {}}},
                "HostConfig": {"RestartPolicy": {"Name": "no", "MaximumRetryCount": 0}, "NetworkMode": "default", "Memory": 536_870_912, "MemorySwap": 1_073_741_824,
                    "ShmSize": 67_108_864, "IpcMode": "private", "CgroupnsMode": "host", "LogConfig": {"Type": "json-file", "Config": {}}, "Privileged": true}
            }),
            Some(
                json!({"Env": ["PATH=/bin"], "Cmd": ["nginx"], "Labels": {"maintainer": "them"}, "StopSignal": "SIGTERM", "ExposedPorts": {"80/tcp": {}}}),
            ),
        );
        let source = |group, label| find(&groups, group, label).source;
        assert_eq!(source("Environment", "PATH"), SettingSource::Image);
        assert_eq!(source("Environment", "TZ"), SettingSource::User);
        assert!(find(&groups, "Environment", "DB_PASSWORD").secret);
        assert_eq!(source("Process", "command"), SettingSource::Image);
        assert_eq!(source("Process", "stop-signal"), SettingSource::User);
        assert_eq!(source("Labels", "maintainer"), SettingSource::Image);
        assert_eq!(source("Labels", "mine"), SettingSource::User);
        assert_eq!(source("Network", "hostname"), SettingSource::Engine);
        assert_eq!(source("Process", "restart"), SettingSource::Engine);
        assert_eq!(source("Resources", "memory"), SettingSource::User);
        assert_eq!(source("Resources", "memory-swap"), SettingSource::Engine);
        assert_eq!(source("Storage", "shm-size"), SettingSource::Engine);
        assert_eq!(source("Runtime", "cgroupns"), SettingSource::User);
        assert_eq!(source("Logging", "log-driver"), SettingSource::Engine);
        assert_eq!(source("Security", "privileged"), SettingSource::User);
        let exposed: Vec<_> = groups
            .iter()
            .flat_map(|g| &g.settings)
            .filter(|s| s.name == "expose")
            .map(|s| (s.values.clone(), s.source))
            .collect();
        assert_eq!(
            exposed,
            [
                (vec!["9/tcp".to_owned()], SettingSource::User),
                (vec!["80/tcp".to_owned()], SettingSource::Image)
            ]
        );
    }

    #[test]
    fn readonly_paths_missing_an_engine_default_are_attributed_to_the_user() {
        let host = json!({"HostConfig": {"ReadonlyPaths": ["/proc/bus"]}});
        let groups = groups(host, None);
        let setting = find(&groups, "Security", "readonly-paths");
        assert_eq!(setting.source, SettingSource::User);
    }

    #[test]
    fn unknown_fields_are_listed_under_other_and_known_ones_in_their_group() {
        let groups = groups(
            json!({
                "Config": {"NewIdea": {"a": 1}, "Image": "x"},
                "HostConfig": {"Ulimits": [{"Name":"nofile","Soft":1,"Hard":2}], "SomethingNew": ["x"], "ConsoleSize": [0, 0], "Empty": null,
                    "MaskedPaths": [], "ReadonlyPaths": ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"], "DeviceRequests": [{"Driver":"nvidia","Count":-1}],
                    "LogConfig": {"Type": "syslog", "Config": {"tag": "x"}}, "Sysctls": {"net.core.somaxconn": "1024"}},
                "NetworkSettings": {"Networks": {"shop": {"IPAMConfig": {"IPv4Address": "172.20.0.9"}, "Aliases": ["db"]}}}
            }),
            None,
        );
        assert_eq!(find(&groups, "Other", "NewIdea").values, ["{\"a\":1}"]);
        assert_eq!(find(&groups, "Other", "SomethingNew").values, ["\"x\""]);
        assert_eq!(find(&groups, "Security", "masked-paths").values, ["(none)"]);
        assert_eq!(
            find(&groups, "Security", "readonly-paths").source,
            SettingSource::Engine
        );
        assert_eq!(find(&groups, "Resources", "ulimit").values, ["nofile=1:2"]);
        assert_eq!(find(&groups, "Logging", "log-opt").values, ["tag=x"]);
        assert_eq!(
            find(&groups, "Network", "Network shop").values,
            ["ip=172.20.0.9", "alias=db"]
        );
        assert!(
            groups
                .iter()
                .flat_map(|g| &g.settings)
                .all(|s| s.name != "console-size")
        );
    }

    #[test]
    fn cleared_image_entrypoint_is_shown_and_password_argument_is_secret() {
        let groups = groups(
            json!({"Config": {"Entrypoint": null, "Cmd": ["--db.password", "hunter2"]}}),
            Some(json!({"Entrypoint": ["/init"]})),
        );
        assert_eq!(find(&groups, "Process", "entrypoint").values, ["(cleared)"]);
        assert!(find(&groups, "Process", "command").secret);
    }

    #[test]
    fn variables_added_by_podman_are_attributed_to_the_engine() {
        let groups = groups(
            json!({"Config": {"Env": ["container=podman", "HOSTNAME=0123456789ab", "TERM=vt100"]}}),
            None,
        );
        let source = |label| find(&groups, "Environment", label).source;
        assert_eq!(source("container"), SettingSource::Engine);
        assert_eq!(source("HOSTNAME"), SettingSource::Engine);
        assert_eq!(source("TERM"), SettingSource::User);
    }

    #[test]
    fn rule_keys_are_unique_within_each_table() {
        for rules in [CONFIG, HOST, HEALTH] {
            let mut keys: Vec<_> = rules.iter().map(|r| r.key).collect();
            keys.sort_unstable();
            let before = keys.len();
            keys.dedup();
            assert_eq!(before, keys.len());
        }
    }
}
