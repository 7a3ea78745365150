//! Whether what a model names is there, and whether its parts agree.

use super::super::fault::ComposeFault;
use super::super::node::{Entry, Node, Value};
use super::super::reader::Loader;
use super::references::{cycles, references};
use std::collections::{BTreeMap, BTreeSet};

pub fn check(loader: &mut Loader<'_>, file: &Node, disabled: &BTreeSet<String>) {
    let services = file.get("services").map(Node::entries).unwrap_or_default();
    let mut faults = Vec::new();
    for entry in services {
        image(entry, &mut faults);
        conflicts(entry, &mut faults);
        limits(entry, &mut faults);
        mounts(entry, &mut faults);
        references(entry, file, disabled, &mut faults);
        warnings(entry, &mut faults);
    }
    container_names(services, &mut faults);
    cycles(services, &mut faults);
    sources(file, &mut faults);
    loader.faults.extend(faults);
}

fn is_set(service: &Node, key: &str) -> bool {
    service
        .get(key)
        .is_some_and(|node| !node.is_null() && node.as_text() != Some(""))
}

fn image(entry: &Entry, faults: &mut Vec<ComposeFault>) {
    let service = &entry.node;
    if ["image", "build", "provider"]
        .iter()
        .all(|key| !is_set(service, key))
    {
        let at = service.get("image").map_or(entry.at, |image| image.at);
        faults.push(ComposeFault::new(
            at,
            format!(
                "services.{} needs an image, or a build context (build).",
                entry.key
            ),
        ));
    }
}

fn conflicts(entry: &Entry, faults: &mut Vec<ComposeFault>) {
    let (service, path) = (&entry.node, format!("services.{}", entry.key));
    if let Some(mode) = service.get("network_mode")
        && mode.as_text() != Some("")
        && service
            .get("networks")
            .is_some_and(|all| !all.entries().is_empty())
    {
        faults.push(ComposeFault::new(
            mode.at,
            format!("{path} takes network_mode or networks, and not both."),
        ));
    }
    if let Some(name) = service.get("container_name")
        && !is_container_name(name.as_text().unwrap_or_default())
    {
        faults.push(ComposeFault::new(
            name.at,
            format!(
                "{path}.container_name: {:?} is not a name: use letters and digits, and _ . - after the first.",
                name.as_text().unwrap_or_default()
            ),
        ));
    }
    if let (Some(platform), Some(build)) = (service.get("platform"), service.get("build")) {
        let platforms = build.get("platforms").map(Node::items).unwrap_or_default();
        let wanted = platform.as_text();
        if !platforms.is_empty() && !platforms.iter().any(|one| one.as_text() == wanted) {
            faults.push(ComposeFault::new(
                platform.at,
                format!("{path}.platform is not one of its build.platforms."),
            ));
        }
    }
    if let Some(build) = service.get("build") {
        let inline = build.get("dockerfile_inline");
        if let (Some(inline), Some(_)) = (inline, build.get("dockerfile")) {
            faults.push(ComposeFault::new(
                inline.at,
                format!("{path}.build takes dockerfile or dockerfile_inline, and not both."),
            ));
        }
    }
    let number = |node: Option<&Node>| match node.map(|node| &node.value) {
        Some(Value::Int(number)) => Some(*number),
        _ => None,
    };
    let replicas = service
        .get("deploy")
        .and_then(|deploy| deploy.get("replicas"));
    if let (Some(scale), Some(wanted)) = (number(service.get("scale")), number(replicas))
        && scale != wanted
    {
        let at = service.get("scale").map_or(entry.at, |node| node.at);
        faults.push(ComposeFault::new(
            at,
            format!("{path}: scale ({scale}) and deploy.replicas ({wanted}) differ."),
        ));
    }
    let copies = number(service.get("scale")).or_else(|| number(replicas));
    if let Some(name) = service.get("container_name")
        && copies.is_some_and(|copies| copies > 1)
    {
        faults.push(ComposeFault::new(
            name.at,
            format!("{path}.container_name: only one container can have the name, and the service has several."),
        ));
    }
}

/// `[a-zA-Z0-9][a-zA-Z0-9_.-]+`, anywhere in the text: so much Compose asks for.
fn is_container_name(text: &str) -> bool {
    let pairs = text.as_bytes().windows(2);
    let is_more = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
    pairs
        .into_iter()
        .any(|pair| pair[0].is_ascii_alphanumeric() && is_more(pair[1]))
}

/// A limit of the service beside those of `deploy`.
fn limits(entry: &Entry, faults: &mut Vec<ComposeFault>) {
    let service = &entry.node;
    let part = |name: &str| service.get("deploy")?.get("resources")?.get(name);
    let pairs = [
        ("cpus", "limits", "cpus"),
        ("mem_limit", "limits", "memory"),
        ("pids_limit", "limits", "pids"),
        ("mem_reservation", "reservations", "memory"),
    ];
    for (own, group, other) in pairs {
        let (Some(value), Some(limits)) = (service.get(own), part(group)) else {
            continue;
        };
        let printed = |node: &Node| node.printed().unwrap_or_default();
        let there = limits.get(other).map(printed);
        if there.as_deref() != Some(&*printed(value)) {
            faults.push(ComposeFault::new(
                value.at,
                format!(
                    "services.{}: {own} and deploy.resources.{group}.{other} differ. Keep one of them.",
                    entry.key
                ),
            ));
        }
    }
}

fn mounts(entry: &Entry, faults: &mut Vec<ComposeFault>) {
    let service = &entry.node;
    let mut targets: BTreeMap<String, &str> = BTreeMap::new();
    let list = |key: &str| service.get(key).map(Node::items).unwrap_or_default();
    for mount in list("volumes") {
        if let Some(target) = mount.get("target").and_then(Node::as_text) {
            targets.insert(target.to_owned(), "volumes");
        }
    }
    for tmpfs in list("tmpfs") {
        let text = tmpfs.as_text().unwrap_or_default();
        let target = super::super::mounts::clean(text.split(':').next().unwrap_or_default());
        if let Some(first) = targets.get(&target) {
            faults.push(ComposeFault::new(
                tmpfs.at,
                format!(
                    "services.{}.tmpfs: {target} is mounted already, by {first}.",
                    entry.key
                ),
            ));
        }
    }
}

/// What Compose lets through although it is surely wrong.
fn warnings(entry: &Entry, faults: &mut Vec<ComposeFault>) {
    let (name, service) = (&entry.key, &entry.node);
    let text = |key: &str| service.get(key).and_then(Node::as_text);
    let mut warn = |key: &str, why: String| {
        let at = service.get(key).map_or(entry.at, |node| node.at);
        faults.push(ComposeFault::warning(
            at,
            format!("services.{name}.{key}: {why}"),
        ));
    };
    if let Some(restart) = text("restart") {
        let policy = restart.split(':').next().unwrap_or_default();
        if !matches!(
            policy,
            "no" | "always" | "on-failure" | "unless-stopped" | ""
        ) {
            warn(
                "restart",
                format!(
                    "{restart:?} is not a policy: use no, always, on-failure or unless-stopped."
                ),
            );
        }
    }
    if let Some(mode) = text("network_mode")
        && !matches!(mode, "host" | "none" | "bridge" | "default" | "")
        && !mode.contains(':')
    {
        warn(
            "network_mode",
            format!(
                "{mode:?} is the name of a network that must be there already. Was networks meant?"
            ),
        );
    }
}

fn container_names(services: &[Entry], faults: &mut Vec<ComposeFault>) {
    let mut names: BTreeMap<&str, &str> = BTreeMap::new();
    for entry in services {
        let Some(node) = entry.node.get("container_name") else {
            continue;
        };
        let name = node.as_text().unwrap_or_default();
        if let Some(other) = names.insert(name, &entry.key)
            && !name.is_empty()
        {
            faults.push(ComposeFault::new(
                node.at,
                format!(
                    "services.{}.container_name: {name} is also the name of services.{other}.",
                    entry.key
                ),
            ));
        }
    }
}

/// A secret or a config has one source.
fn sources(file: &Node, faults: &mut Vec<ComposeFault>) {
    for (group, keys) in [
        ("secrets", &["file", "environment"][..]),
        ("configs", &["file", "environment", "content"][..]),
    ] {
        for entry in file.get(group).map(Node::entries).unwrap_or_default() {
            let is_elsewhere = entry.node.get("external").and_then(Node::as_bool) == Some(true)
                || entry.node.get("driver").is_some();
            let given = keys
                .iter()
                .filter(|key| entry.node.get(key).is_some())
                .count();
            let why = match given {
                1 => continue,
                0 if is_elsewhere => continue,
                0 => "needs one of",
                _ => "takes only one of",
            };
            faults.push(ComposeFault::new(
                entry.at,
                format!("{group}.{} {why} {}.", entry.key, keys.join(", ")),
            ));
        }
    }
}
