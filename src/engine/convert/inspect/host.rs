//! The part of the configuration that is about the machine: `HostConfig`, and
//! the networks.

use super::rules::{Group, HOST, KernelPaths, MASKED, READONLY};
use super::secrets::looks_secret;
use super::settings::{Defaults, Found, named, object};
use super::show::{Show, is_blank, scalar};
use crate::model::container::{Level, Setting, SettingSource};
use serde_json::{Map, Value};

/// All of `HostConfig`.
pub(super) fn from_host(found: &mut Found, host: &Map<String, Value>, defaults: &Defaults) {
    for (key, value) in host {
        match key.as_str() {
            "LogConfig" => logging(found, value, defaults),
            "MaskedPaths" => kernel_paths(found, key, value, &MASKED),
            "ReadonlyPaths" => kernel_paths(found, key, value, &READONLY),
            "ConsoleSize"
                if value
                    .as_array()
                    .is_some_and(|size| size.iter().all(is_blank)) => {}
            _ if is_blank(value) => {}
            "MemorySwap" => {
                // The engine fills in twice the memory when only the memory is limited.
                let twice = host
                    .get("Memory")
                    .and_then(Value::as_i64)
                    .map(|memory| memory.saturating_mul(2));
                let own = value.as_i64().is_some() && value.as_i64() == twice;
                let source = if own {
                    SettingSource::Engine
                } else {
                    SettingSource::User
                };
                named(found, HOST, key, value, source);
            }
            "CgroupnsMode" => {
                let usual = if defaults.cgroup_v2 {
                    "private"
                } else {
                    "host"
                };
                let source = if value == usual {
                    SettingSource::Engine
                } else {
                    SettingSource::User
                };
                named(found, HOST, key, value, source);
            }
            "Runtime" if defaults.runtime.as_deref().is_some_and(|own| value == own) => {
                named(found, HOST, key, value, SettingSource::Engine);
            }
            "ConsoleSize" => named(found, HOST, key, value, SettingSource::Engine),
            _ => named(found, HOST, key, value, SettingSource::User),
        }
    }
}

fn logging(found: &mut Found, value: &Value, defaults: &Defaults) {
    let driver = value.get("Type").map(scalar).unwrap_or_default();
    let options = object(value.get("Config"));
    if driver.is_empty() && options.is_empty() {
        return;
    }
    let usual = match defaults.logging_driver.as_deref() {
        Some(own) => own == driver,
        None => driver == "json-file",
    };
    let setting = |flag: &str, label: &str, values: Vec<String>, source, level| Setting {
        name: flag.to_owned(),
        label: label.to_owned(),
        secret: values.iter().any(|line| {
            let (name, given) = line.split_once('=').unwrap_or(("", line));
            looks_secret(name, given)
        }),
        values,
        source,
        level,
    };
    let source = if usual && options.is_empty() {
        SettingSource::Engine
    } else {
        SettingSource::User
    };
    found.add(
        Group::Logging,
        setting(
            "log-driver",
            "Logging driver",
            vec![driver],
            source,
            Level::Intermediate,
        ),
    );
    if !options.is_empty() {
        let lines = Show::Plain.lines(&Value::Object(options.clone()));
        found.add(
            Group::Logging,
            setting(
                "log-opt",
                "Options of the logging driver",
                lines,
                SettingSource::User,
                Level::Intermediate,
            ),
        );
    }
}

/// The engine's usual list is one quiet entry; nothing hidden at all is a
/// choice (`systempaths=unconfined`, or privileged) and is said.
fn kernel_paths(found: &mut Found, key: &str, value: &Value, usual: &KernelPaths) {
    let source = match value {
        Value::Null => return,
        Value::Array(paths) if paths.is_empty() => {
            named(
                found,
                HOST,
                key,
                &Value::String("(none)".to_owned()),
                SettingSource::User,
            );
            return;
        }
        Value::Array(paths) if usual.is_default(paths) => SettingSource::Engine,
        _ => SettingSource::User,
    };
    named(found, HOST, key, value, source);
}

/// What was asked for on each network; the addresses in use are in the summary.
pub(super) fn endpoints(found: &mut Found, networks: &Map<String, Value>) {
    for (network, settings) in networks {
        let mut values = Vec::new();
        let fixed = object(settings.get("IPAMConfig"));
        for (key, label) in [
            ("IPv4Address", "ip"),
            ("IPv6Address", "ip6"),
            ("LinkLocalIPs", "link-local-ip"),
        ] {
            for line in fixed
                .get(key)
                .filter(|v| !is_blank(v))
                .map(|v| Show::Plain.lines(v))
                .unwrap_or_default()
            {
                values.push(format!("{label}={line}"));
            }
        }
        for (key, label) in [
            ("Aliases", "alias"),
            ("Links", "link"),
            ("DriverOpts", "driver-opt"),
            ("GwPriority", "gw-priority"),
        ] {
            for line in settings
                .get(key)
                .filter(|v| !is_blank(v))
                .map(|v| Show::Plain.lines(v))
                .unwrap_or_default()
            {
                values.push(format!("{label}={line}"));
            }
        }
        let source = if values.is_empty() {
            SettingSource::Engine
        } else {
            SettingSource::User
        };
        found.add(
            Group::Network,
            Setting {
                name: "network".to_owned(),
                label: format!("Network {network}"),
                values,
                source,
                level: Level::Intermediate,
                secret: false,
            },
        );
    }
}
