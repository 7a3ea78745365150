//! From an inspect answer back to the create request that makes the same
//! container again.
//!
//! An inspect answer mixes what the person set with what the image of that
//! time and the engine filled in. What came from the image is taken out, so
//! that a newer image's defaults take effect; what the engine generated (a
//! host name, an address, a MAC, a short-id alias) is taken out; all else is
//! carried on untouched, known to this program or not.

mod networks;
#[cfg(test)]
mod tests;

pub(in crate::engine) use networks::keep_assigned;

use self::networks::{is_generated_mac, networks, shows_generated_mac};
use super::super::inspect::{MASKED, READONLY, is_blank};
use super::create::CreateBody;
use super::podman;
use crate::model::volume::{UNNAMED_LABEL, is_generated};
use serde_json::{Map, Value, json};
use std::collections::{BTreeSet, HashSet};

/// Facts of the engine that tell its own values from the person's.
#[derive(Debug, Clone, Default)]
pub(in crate::engine) struct EngineFacts {
    pub api: (usize, usize),
    /// `25.0.1`.
    pub version: String,
    pub podman: bool,
    /// The engine host's name, which a container on the host network shows.
    pub host_name: String,
}

/// The create request of a container as it is. `image` is the `Config` of the
/// image it was made from, `None` when that is gone: then nothing can be told
/// apart, and all is kept.
pub(in crate::engine) fn body_of(
    inspect: &Value,
    image: Option<&Value>,
    facts: &EngineFacts,
) -> CreateBody {
    let normalized;
    let inspect = if facts.podman {
        normalized = podman::normalized(inspect, image);
        &normalized
    } else {
        inspect
    };
    let mut config = object(inspect, "/Config");
    let mut host = object(inspect, "/HostConfig");
    if let Some(image) = image {
        subtract_image(&mut config, image, &host);
    }
    let mode = text(&host, "NetworkMode").to_owned();
    host_names(&mut config, &host, &mode, inspect, facts);
    let mac = config.remove("MacAddress").filter(|mac| {
        !(is_blank(mac) || shows_generated_mac(facts) && is_generated_mac(mac, inspect))
    });
    for key in ["OnBuild", "ArgsEscaped", "NetworkDisabled"] {
        if config.get(key).is_some_and(is_blank) {
            config.remove(key);
        }
    }
    for (key, usual) in [("MaskedPaths", MASKED), ("ReadonlyPaths", READONLY)] {
        match host.get(key) {
            Some(Value::Array(paths)) if !usual.is_default(paths) => {}
            _ => {
                host.remove(key);
            }
        }
    }
    links(&mut host);
    attach_anonymous(&mut config, &mut host, inspect);
    let networks = networks(inspect, &mode, mac.as_ref(), &mut config, facts);
    let own = mode != "host" && mode != "none" && !mode.starts_with("container:");
    CreateBody {
        config,
        host_config: host,
        detached: own && networks.is_empty(),
        networks,
        platform: None,
    }
}

fn object(value: &Value, pointer: &str) -> Map<String, Value> {
    value
        .pointer(pointer)
        .and_then(Value::as_object)
        .cloned()
        .unwrap_or_default()
}

fn text<'a>(map: &'a Map<String, Value>, key: &str) -> &'a str {
    map.get(key).and_then(Value::as_str).unwrap_or("")
}

/// Takes out what `merge` of moby's daemon (`daemon/commit.go`) had put in.
fn subtract_image(config: &mut Map<String, Value>, image: &Value, host: &Map<String, Value>) {
    let null = Value::Null;
    let theirs = |key: &str| image.get(key).unwrap_or(&null);
    let same = |a: &Value, b: &Value| a == b || (is_blank(a) && is_blank(b));

    // The image's command counts only where its entrypoint does too.
    let entrypoint = config.get("Entrypoint").cloned().unwrap_or(Value::Null);
    let command = config.get("Cmd").cloned().unwrap_or(Value::Null);
    if same(&entrypoint, theirs("Entrypoint")) {
        if same(&command, theirs("Cmd")) {
            config.remove("Cmd");
            config.remove("Entrypoint");
            config.remove("ArgsEscaped");
        } else if !is_blank(&command) {
            config.remove("Entrypoint");
        }
    } else if is_blank(&entrypoint) {
        // An empty list says: no entrypoint, whatever the image has.
        config.insert("Entrypoint".to_owned(), json!([]));
        if same(&command, theirs("Cmd")) {
            config.remove("Cmd");
        }
    }
    for key in ["User", "WorkingDir", "StopSignal", "Shell", "ArgsEscaped"] {
        if config.get(key).is_some_and(|own| same(own, theirs(key))) {
            config.remove(key);
        }
    }
    if let Some(Value::Array(own)) = config.get_mut("Env") {
        let image_env = theirs("Env").as_array().into_iter().flatten();
        let image_env: HashSet<&str> = image_env.filter_map(Value::as_str).collect();
        own.retain(|entry| !entry.as_str().is_some_and(|text| image_env.contains(text)));
    }
    if let (Some(Value::Object(own)), Some(image_labels)) =
        (config.get_mut("Labels"), theirs("Labels").as_object())
    {
        own.retain(|key, value| image_labels.get(key) != Some(value));
    }
    let published = host.get("PortBindings").and_then(Value::as_object);
    for key in ["ExposedPorts", "Volumes"] {
        let (Some(Value::Object(own)), Some(image_keys)) =
            (config.get_mut(key), theirs(key).as_object())
        else {
            continue;
        };
        own.retain(|name, _| {
            !image_keys.contains_key(name)
                || (key == "ExposedPorts"
                    && published.is_some_and(|ports| ports.contains_key(name)))
        });
    }
    let check = theirs("Healthcheck");
    if let Some(own) = config.get("Healthcheck").cloned() {
        if same(&own, check) {
            config.remove("Healthcheck");
        } else if let (Value::Object(mut own), Some(check)) = (own, check.as_object()) {
            own.retain(|key, value| check.get(key) != Some(value));
            config.insert("Healthcheck".to_owned(), Value::Object(own));
        }
    }
}

/// A host name is carried on only if somebody chose it.
fn host_names(
    config: &mut Map<String, Value>,
    host: &Map<String, Value>,
    mode: &str,
    inspect: &Value,
    facts: &EngineFacts,
) {
    let id = inspect.get("Id").and_then(Value::as_str).unwrap_or("");
    let name = text(config, "Hostname");
    let generated = name.len() == 12 && id.starts_with(name);
    let others = mode.starts_with("container:") || text(host, "UTSMode") == "host";
    let hosts = mode == "host" && (name == facts.host_name || name.is_empty());
    if generated || others || hosts || name.is_empty() {
        config.remove("Hostname");
    }
    if others || text(config, "Domainname").is_empty() {
        config.remove("Domainname");
    }
    if mode.starts_with("container:") {
        // Refused beside another's network, and without effect before.
        config.remove("ExposedPorts");
    }
}

/// The engine shows `/db:/web/db` and takes `db:db`.
fn links(host: &mut Map<String, Value>) {
    let Some(Value::Array(links)) = host.get_mut("Links") else {
        return;
    };
    for link in links {
        let Some((target, alias)) = link.as_str().and_then(|text| text.split_once(':')) else {
            continue;
        };
        let alias = alias.rsplit('/').next().unwrap_or(alias);
        *link = format!("{}:{alias}", target.trim_start_matches('/')).into();
    }
}

/// A volume that nobody named belongs to the data: the next container gets the
/// same one at the same place.
fn attach_anonymous(
    config: &mut Map<String, Value>,
    host: &mut Map<String, Value>,
    inspect: &Value,
) {
    let mounts = inspect
        .get("Mounts")
        .and_then(Value::as_array)
        .cloned()
        .unwrap_or_default();
    let labels = object(inspect, "/Config/Labels");
    let before: Vec<&str> = text(&labels, UNNAMED_LABEL).split(',').collect();
    let mut unnamed: Vec<String> = Vec::new();
    let from_others = host.get("VolumesFrom").is_some_and(|from| !is_blank(from));
    for mount in mounts {
        let part = |key: &str| mount.get(key).and_then(Value::as_str).unwrap_or("");
        let (name, target) = (part("Name"), part("Destination"));
        if part("Type") != "volume" || name.is_empty() || target.is_empty() {
            continue;
        }
        if is_generated(name) && before.contains(&name) {
            unnamed.push(name.to_owned());
        }
        if let Some(entry) = host
            .get_mut("Mounts")
            .and_then(Value::as_array_mut)
            .into_iter()
            .flatten()
            .filter_map(Value::as_object_mut)
            .find(|entry| same_path(text(entry, "Target"), target))
        {
            if text(entry, "Source").is_empty() && text(entry, "Type") == "volume" {
                entry.insert("Source".to_owned(), name.into());
                unnamed.push(name.to_owned());
            }
            continue;
        }
        let bound = host
            .get("Binds")
            .and_then(Value::as_array)
            .is_some_and(|binds| {
                binds
                    .iter()
                    .filter_map(Value::as_str)
                    .filter_map(|bind| bind.split(':').nth(1))
                    .any(|bound| same_path(bound, target))
            });
        // Without a declaration of its own it comes from another container, with `VolumesFrom`.
        let own = object(inspect, "/Config/Volumes")
            .keys()
            .any(|declared| same_path(declared, target));
        if bound || (from_others && !own) {
            continue;
        }
        unnamed.push(name.to_owned());
        let read_only = mount.get("RW") == Some(&Value::Bool(false));
        let bind = format!("{name}:{target}{}", if read_only { ":ro" } else { "" });
        match host.get_mut("Binds") {
            Some(Value::Array(binds)) => binds.push(bind.into()),
            _ => {
                host.insert("Binds".to_owned(), json!([bind]));
            }
        }
    }
    if config.get("Volumes").is_some_and(is_blank) {
        config.remove("Volumes");
    }
    if let Some(Value::Object(labels)) = config.get_mut("Labels") {
        labels.remove(UNNAMED_LABEL);
    }
    add_unnamed(config, unnamed);
}

/// Notes that nobody named these volumes, which are attached by their names.
pub(in crate::engine) fn add_unnamed(
    config: &mut Map<String, Value>,
    names: impl IntoIterator<Item = String>,
) {
    let noted = config
        .get("Labels")
        .and_then(|labels| labels.get(UNNAMED_LABEL));
    let noted = noted.and_then(Value::as_str).unwrap_or("").split(',');
    let mut all: BTreeSet<String> = noted.map(ToOwned::to_owned).chain(names).collect();
    all.retain(|name| is_generated(name));
    if all.is_empty() {
        return;
    }
    let all: Value = all.into_iter().collect::<Vec<_>>().join(",").into();
    match config.get_mut("Labels") {
        Some(Value::Object(labels)) => {
            labels.insert(UNNAMED_LABEL.to_owned(), all);
        }
        _ => {
            config.insert("Labels".to_owned(), json!({ UNNAMED_LABEL: all }));
        }
    }
}

/// The engine shows paths without the slash at the end that somebody wrote.
fn same_path(written: &str, shown: &str) -> bool {
    written == shown || written.trim_end_matches('/') == shown.trim_end_matches('/')
}
