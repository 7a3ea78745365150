//! A Compose file as a script of `docker` commands.

use super::around::Around;
use super::fields::{flag, map, number, pairs, text};
use super::spec::spec;
use crate::domain::commands;
use crate::domain::compose::{self, Node, ValidateRequest};
use crate::domain::images::Pull;
use crate::error::{Error, Result};
use crate::model::diagnostic::Severity;
use serde::{Deserialize, Serialize};
use std::fmt::Write as _;
use utoipa::ToSchema;

/// Containers of one script.
const MOST: usize = 500;

/// A Compose file that is to become commands.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ComposeInput {
    pub compose: String,
    /// The text of `.env` beside it.
    pub env: Option<String>,
}

/// Commands that were made.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RunScript {
    /// For a POSIX shell: networks, volumes, and then the containers in the order of
    /// their dependencies.
    pub script: String,
    /// What the commands do not do.
    pub warnings: Vec<String>,
}

/// # Errors
/// Where the file has an error.
pub fn compose_to_run(input: &ComposeInput, endpoint: Option<&str>) -> Result<RunScript> {
    let project = compose::typed(&ValidateRequest {
        compose: Some(input.compose.clone()),
        env: input.env.clone(),
        ..ValidateRequest::default()
    });
    let Some(model) = &project.model else {
        let error = project
            .faults
            .iter()
            .find(|one| one.severity == Severity::Error);
        let why = error.map_or_else(String::new, |one| match one.at.line {
            0 => one.message.clone(),
            line => format!("Line {line}: {}", one.message),
        });
        return Err(Error::invalid("compose", why));
    };
    let services = model.get("services").map(Node::entries).unwrap_or_default();
    let name_of = |service: &str| {
        let named = services.iter().find(|entry| entry.key == service);
        named
            .and_then(|entry| text(&entry.node, "container_name"))
            .unwrap_or_else(|| format!("{}-{service}-1", project.name))
    };
    let mut around = Around {
        project: &project.name,
        model,
        container_of: &name_of,
        warnings: Vec::new(),
    };
    let mut script = "set -eu\n".to_owned();
    resources(&mut script, model, endpoint);
    let mut count = 0;
    for name in compose::in_order(model) {
        let Some(service) = model.get("services").and_then(|all| all.get(&name)) else {
            continue;
        };
        let replicas = service
            .get("deploy")
            .and_then(|one| number(one, "replicas"));
        let copies = number(service, "scale").or(replicas).unwrap_or(1);
        let pull = match text(service, "pull_policy").as_deref() {
            Some("always") => Pull::Always,
            Some("never") => Pull::Never,
            _ => Pull::Missing,
        };
        let first = spec(&name, service, &mut around);
        for copy in 1..=copies {
            count += 1;
            if count > MOST {
                return Err(Error::invalid(
                    "compose",
                    format!("The file has more than {MOST} containers."),
                ));
            }
            let mut own = first.clone();
            if copy > 1 {
                own.name = Some(format!("{}-{name}-{copy}", project.name));
            }
            let command = commands::run(&own, true, pull, endpoint).intermediate;
            let _ = write!(script, "\n{}\n", command.text.trim_end());
        }
    }
    Ok(RunScript {
        script,
        warnings: around.warnings,
    })
}

/// Networks and volumes that come with the file.
fn resources(script: &mut String, model: &Node, endpoint: Option<&str>) {
    for (group, command) in [("networks", "network"), ("volumes", "volume")] {
        for entry in model.get(group).map(Node::entries).unwrap_or_default() {
            if flag(&entry.node, "external") {
                continue;
            }
            let node = &entry.node;
            let mut words = vec!["docker".to_owned()];
            if let Some(endpoint) = endpoint.filter(|endpoint| !endpoint.is_empty()) {
                words.extend(["-H".to_owned(), endpoint.to_owned()]);
            }
            words.extend([command.to_owned(), "create".to_owned()]);
            let mut add =
                |flag: &str, value: &str| words.extend([flag.to_owned(), value.to_owned()]);
            if let Some(driver) = text(node, "driver") {
                add("--driver", &driver);
            }
            for (key, value) in map(node, "driver_opts") {
                add("--opt", &format!("{key}={value}"));
            }
            for (key, value) in map(node, "labels") {
                add("--label", &format!("{key}={value}"));
            }
            let pools = node.get("ipam").and_then(|ipam| ipam.get("config"));
            for pool in pools.map(Node::items).unwrap_or_default() {
                for (key, flag) in [
                    ("subnet", "--subnet"),
                    ("ip_range", "--ip-range"),
                    ("gateway", "--gateway"),
                ] {
                    if let Some(value) = text(pool, key) {
                        add(flag, &value);
                    }
                }
                for (name, address) in pairs(pool, "aux_addresses") {
                    add(
                        "--aux-address",
                        &format!("{name}={}", address.unwrap_or_default()),
                    );
                }
            }
            for (key, flag) in [
                ("internal", "--internal"),
                ("attachable", "--attachable"),
                ("enable_ipv6", "--ipv6"),
            ] {
                if node.get(key).and_then(Node::as_bool) == Some(true) {
                    words.push(flag.to_owned());
                }
            }
            words.push(text(node, "name").unwrap_or_else(|| entry.key.clone()));
            let line: Vec<String> = words
                .iter()
                .map(|word| commands::quote(word).into_owned())
                .collect();
            let _ = writeln!(script, "{}", line.join(" "));
        }
    }
}
