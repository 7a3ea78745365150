//! A service of a model as a container's configuration.

use super::around::Around;
use super::fields::{flag, map, maps, number, pairs, text, texts};
use super::spec_limits::limits;
use super::spec_mounts::mounts;
use super::spec_network::network;
use crate::domain::compose::Node;
use crate::model::spec::{ContainerSpec, HealthSpec};

pub fn spec(name: &str, service: &Node, around: &mut Around<'_>) -> ContainerSpec {
    let mut spec = ContainerSpec {
        image: text(service, "image").unwrap_or_else(|| format!("{}-{name}", around.project)),
        platform: text(service, "platform"),
        name: Some((around.container_of)(name)),
        command: words(service, "command"),
        entrypoint: words(service, "entrypoint"),
        env: pairs(service, "environment")
            .into_iter()
            .map(|(key, value)| match value {
                Some(value) => format!("{key}={value}"),
                None => key,
            })
            .collect(),
        working_dir: text(service, "working_dir"),
        user: text(service, "user"),
        group_add: texts(service, "group_add"),
        tty: flag(service, "tty"),
        stdin_open: flag(service, "stdin_open"),
        init: service.get("init").and_then(Node::as_bool),
        restart: restart(service),
        stop_signal: text(service, "stop_signal"),
        stop_timeout: seconds(service, "stop_grace_period"),
        healthcheck: service.get("healthcheck").map(health),
        hostname: text(service, "hostname"),
        domainname: text(service, "domainname"),
        labels: map(service, "labels"),
        annotations: map(service, "annotations"),
        ..ContainerSpec::default()
    };
    if let Some(logging) = service.get("logging") {
        spec.log_driver = text(logging, "driver");
        spec.log_options = map(logging, "options");
    }
    network(&mut spec, service, around);
    mounts(&mut spec, name, service, around);
    limits(&mut spec, service);
    unsaid(name, service, around);
    spec
}

/// An empty list clears the image's own.
fn words(service: &Node, key: &str) -> Option<Vec<String>> {
    let words: Vec<String> = service
        .get(key)?
        .as_list()?
        .iter()
        .filter_map(Node::printed)
        .collect();
    match (words.is_empty(), key) {
        (true, "entrypoint") => Some(vec![String::new()]),
        (true, _) => None,
        _ => Some(words),
    }
}

/// `deploy.restart_policy` comes before `restart`.
fn restart(service: &Node) -> Option<String> {
    let policy = service
        .get("deploy")
        .and_then(|one| one.get("restart_policy"));
    let Some(policy) = policy else {
        return text(service, "restart");
    };
    let most = number(policy, "max_attempts");
    Some(match (text(policy, "condition").as_deref(), most) {
        (Some("none"), _) => "no".to_owned(),
        (Some("on-failure"), Some(most)) => format!("on-failure:{most}"),
        (Some("on-failure"), None) => "on-failure".to_owned(),
        _ => "always".to_owned(),
    })
}

/// Whole seconds, at least one where there are any.
fn seconds(service: &Node, key: &str) -> Option<i64> {
    let nanoseconds = crate::domain::compose::duration(&text(service, key)?)?;
    Some((nanoseconds + 999_999_999) / 1_000_000_000)
}

fn health(node: &Node) -> HealthSpec {
    let test = if flag(node, "disable") {
        vec!["NONE".to_owned()]
    } else {
        texts(node, "test")
    };
    HealthSpec {
        test,
        interval: text(node, "interval"),
        timeout: text(node, "timeout"),
        start_period: text(node, "start_period"),
        start_interval: text(node, "start_interval"),
        retries: number(node, "retries").and_then(|number| u32::try_from(number).ok()),
    }
}

/// What a command does not say.
fn unsaid(name: &str, service: &Node, around: &mut Around<'_>) {
    if service.get("build").is_some() {
        around.warn(
            name,
            "its image is built from a folder, which a run command does not do",
        );
    }
    for (key, why) in [
        ("post_start", "post_start is not run"),
        ("pre_stop", "pre_stop is not run"),
        ("pre_start", "pre_start is not run"),
        ("models", "models need Docker Model Runner"),
        ("provider", "a provider is a program of its own"),
    ] {
        if service.get(key).is_some() {
            around.warn(name, why);
        }
    }
    for entry in service
        .get("depends_on")
        .map(Node::entries)
        .unwrap_or_default()
    {
        let condition = text(&entry.node, "condition").unwrap_or_default();
        if condition != "service_started" {
            around.warn(
                name,
                &format!(
                    "the command does not wait until {} is {condition}",
                    entry.key
                ),
            );
        }
    }
    for group in ["secrets", "configs"] {
        for file in maps(service, group) {
            let source = text(file, "source").unwrap_or_default();
            let of = around.model.get(group).and_then(|all| all.get(&source));
            if of.is_none_or(|of| of.get("file").is_none()) {
                let why = format!("{group}: {source} does not come from a file, and is left out");
                around.warn(name, &why);
            }
        }
    }
}
