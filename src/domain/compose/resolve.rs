//! From the merged file to the model that is deployed: environments, what is implied,
//! names and paths, and whether everything that is named is there.

mod consistency;
mod environment;
mod references;

use super::node::{Entry, Node, SourcePlace, Value};
use super::reader::{Loader, Variables};
use super::short;
use std::collections::BTreeSet;

const GROUPS: [&str; 5] = ["networks", "volumes", "secrets", "configs", "models"];

/// What a model is made for.
pub struct Wanted<'a> {
    pub name: &'a str,
    pub profiles: &'a BTreeSet<String>,
    pub variables: &'a Variables,
}

/// Makes the model of a file in its long form with absolute paths. Findings go to the
/// loader.
pub fn resolve(loader: &mut Loader<'_>, file: &mut Node, wanted: &Wanted<'_>) {
    for group in ["services", "networks", "volumes"] {
        if file.get(group).is_none_or(Node::is_null) {
            file.set(
                group,
                Node::new(Value::Map(Vec::new()), SourcePlace::default()),
            );
        }
    }
    if let Some(version) = file.take("version") {
        loader.faults.push(super::fault::ComposeFault::warning(
            version.at,
            "The attribute version is obsolete and ignored.",
        ));
    }
    file.take("name");
    let disabled = take_disabled(file, wanted.profiles);
    for entry in services(file) {
        imply(&mut entry.node);
        defaults(&mut entry.node);
    }
    consistency::check(loader, file, &disabled);
    for entry in services(file) {
        environment::resolve(loader, &mut entry.node, &entry.key, wanted.variables);
    }
    use_default_network(file);
    drop_unused(file);
    names(file, wanted.name);
}

pub fn services(file: &mut Node) -> &mut [Entry] {
    match file.get_mut("services").map(|services| &mut services.value) {
        Some(Value::Map(entries)) => entries,
        _ => &mut [],
    }
}

/// Takes the services out that no active profile enables.
fn take_disabled(file: &mut Node, active: &BTreeSet<String>) -> BTreeSet<String> {
    let mut disabled = BTreeSet::new();
    if let Some(Node {
        value: Value::Map(entries),
        ..
    }) = file.get_mut("services")
    {
        entries.retain(|entry| {
            let profiles = entry
                .node
                .get("profiles")
                .map(Node::items)
                .unwrap_or_default();
            let mut names = profiles.iter().filter_map(Node::as_text);
            let is_on = profiles.is_empty()
                || active.contains("*")
                || names.any(|name| active.contains(name));
            if !is_on {
                disabled.insert(entry.key.clone());
            }
            is_on
        });
    }
    disabled
}

/// Dependencies that other attributes bring.
fn imply(service: &mut Node) {
    let mut implied: Vec<(String, SourcePlace, bool)> = Vec::new();
    for link in service.get("links").map(Node::items).unwrap_or_default() {
        let text = link.as_text().unwrap_or_default();
        let name = text.split(':').next().unwrap_or_default();
        implied.push((name.to_owned(), link.at, true));
    }
    for key in ["network_mode", "ipc", "pid", "uts", "cgroup"] {
        let Some(node) = service.get(key) else {
            continue;
        };
        if let Some(name) = node
            .as_text()
            .and_then(|text| text.strip_prefix("service:"))
        {
            implied.push((name.to_owned(), node.at, true));
        }
    }
    for from in service
        .get("volumes_from")
        .map(Node::items)
        .unwrap_or_default()
    {
        let text = from.as_text().unwrap_or_default();
        if !text.starts_with("container:") {
            let name = text.split(':').next().unwrap_or_default();
            implied.push((name.to_owned(), from.at, false));
        }
    }
    if implied.is_empty() {
        return;
    }
    if service.get("depends_on").is_none_or(Node::is_null) {
        let at = service.at;
        service.set("depends_on", Node::new(Value::Map(Vec::new()), at));
    }
    if let Some(all) = service.get_mut("depends_on") {
        for (name, at, restart) in implied {
            if all.get(&name).is_none() {
                all.set(&name, short::dependency(at, restart));
            }
        }
    }
}

fn defaults(service: &mut Node) {
    let at = service.at;
    if let Some(Node {
        value: Value::List(secrets),
        ..
    }) = service.get_mut("secrets")
    {
        for secret in secrets {
            if secret.get("target").is_none()
                && let Some(source) = secret.get("source").and_then(Node::as_text)
            {
                let target = format!("/run/secrets/{source}");
                secret.set("target", Node::text(target, secret.at));
            }
        }
    }
    if let Some(build) = service.get_mut("build") {
        if build.get("context").is_none() {
            build.set("context", Node::text(".", at));
        }
        let has_file =
            build.get("dockerfile").is_some() || build.get("dockerfile_inline").is_some();
        if !has_file {
            build.set("dockerfile", Node::text("Dockerfile", at));
        }
    }
}

/// A service that names no network is on the default one.
fn use_default_network(file: &mut Node) {
    for entry in services(file) {
        let service = &mut entry.node;
        let has_none = service
            .get("networks")
            .is_none_or(|networks| networks.entries().is_empty());
        if !has_none {
            continue;
        }
        service.take("networks");
        if service.get("network_mode").is_none() && service.get("provider").is_none() {
            let at = service.at;
            let mut networks = Node::new(Value::Map(Vec::new()), at);
            networks.set("default", Node::new(Value::Null, at));
            service.set("networks", networks);
        }
    }
}

/// Takes out what no service uses.
fn drop_unused(file: &mut Node) {
    let mut used: BTreeSet<(&str, String)> = BTreeSet::new();
    for entry in file.get("services").map(Node::entries).unwrap_or_default() {
        for (group, name, _) in named_by(&entry.node) {
            used.insert((group, name));
        }
    }
    let needs_default = used.contains(&("networks", "default".to_owned()));
    for group in GROUPS {
        if let Some(Node {
            value: Value::Map(entries),
            ..
        }) = file.get_mut(group)
        {
            entries.retain(|entry| used.contains(&(group, entry.key.clone())));
        }
    }
    if let Some(networks) = file.get_mut("networks")
        && needs_default
        && networks.get("default").is_none()
    {
        networks.set(
            "default",
            Node::new(Value::Map(Vec::new()), SourcePlace::default()),
        );
    }
}

/// The networks, volumes, secrets, configs and models that a service names.
pub fn named_by(service: &Node) -> Vec<(&'static str, String, SourcePlace)> {
    let mut all = Vec::new();
    for group in ["networks", "models"] {
        for entry in service.get(group).map(Node::entries).unwrap_or_default() {
            all.push((group, entry.key.clone(), entry.at));
        }
    }
    for mount in service.get("volumes").map(Node::items).unwrap_or_default() {
        let text = |key: &str| mount.get(key).and_then(Node::as_text);
        if let (Some("volume" | "cluster"), Some(source)) = (text("type"), text("source"))
            && !source.is_empty()
        {
            all.push(("volumes", source.to_owned(), mount.at));
        }
    }
    let of_build = service.get("build");
    for (group, of) in [
        ("secrets", Some(service)),
        ("configs", Some(service)),
        ("secrets", of_build),
    ] {
        let list = of.and_then(|of| of.get(group)).map(Node::items);
        for item in list.unwrap_or_default() {
            if let Some(source) = item.get("source").and_then(Node::as_text) {
                all.push((group, source.to_owned(), item.at));
            }
        }
    }
    all
}

/// The names that networks, volumes, secrets and configs have on the engine.
fn names(file: &mut Node, project: &str) {
    for group in ["networks", "volumes", "secrets", "configs"] {
        let Some(Node {
            value: Value::Map(entries),
            ..
        }) = file.get_mut(group)
        else {
            continue;
        };
        for Entry { key, node, at } in entries {
            if node.is_null() {
                *node = Node::new(Value::Map(Vec::new()), *at);
            }
            if node.get("name").is_some() {
                continue;
            }
            let is_external = node.get("external").and_then(Node::as_bool) == Some(true);
            let name = if is_external {
                key.clone()
            } else {
                format!("{project}_{key}")
            };
            node.set("name", Node::text(name, *at));
        }
    }
}
