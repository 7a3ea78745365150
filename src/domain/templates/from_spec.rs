//! A template from a container that somebody has: what is of this one
//! container goes, what another one would be asked becomes a question, and
//! secrets stay behind.

use super::sanitize;
use crate::engine::looks_secret;
use crate::model::container::Level;
use crate::model::spec::{ContainerSpec, MountKind, MountSpec, PortSpec};
use crate::model::template::{
    PathKind, PathQuestion, PortQuestion, SecretShape, Template, VariableKind, VariableQuestion,
    WebAddress,
};

/// A template, and what a person should know of how it was made.
#[derive(Debug, Clone, PartialEq)]
pub struct Made {
    pub template: Template,
    /// Names of the variables and labels whose values were left out.
    pub left_out: Vec<String>,
    pub warnings: Vec<String>,
}

/// Takes a container apart. Name, category and the rest of the description
/// are the caller's to fill in.
pub fn from_spec(mut spec: ContainerSpec, keep_secrets: bool) -> Made {
    let name = spec.name.take();
    let mut warnings = Vec::new();
    let mut left_out = Vec::new();
    spec.description = None;
    spec.environment = None;
    // Compose would take what is made of it for one of its own.
    spec.labels
        .retain(|key, _| !key.starts_with("com.docker.compose."));
    forget_addresses(&mut spec, &mut warnings);
    let mut variables = Vec::new();
    for pair in std::mem::take(&mut spec.env) {
        let (key, value) = pair.split_once('=').unwrap_or((&pair, ""));
        let secret = looks_secret(key, if value.is_empty() { "x" } else { value });
        let keep = !secret || keep_secrets;
        if secret && !keep && !value.is_empty() {
            left_out.push(key.to_owned());
        }
        variables.push(question(
            key,
            keep.then_some(value),
            secret && !value.is_empty(),
        ));
    }
    if !keep_secrets {
        for map in [
            &mut spec.labels,
            &mut spec.log_options,
            &mut spec.annotations,
        ] {
            map.retain(|key, value| {
                let secret = looks_secret(key, value);
                if secret {
                    left_out.push(key.clone());
                }
                !secret
            });
        }
    }
    let words = spec.command.iter().chain(&spec.entrypoint).flatten();
    let checks = spec.healthcheck.iter().flat_map(|check| &check.test);
    if words.chain(checks).any(|word| looks_secret("", word)) {
        warnings.push(
            "Its command or health check seems to contain a secret, which stays in the template."
                .to_owned(),
        );
    }
    let ports = spec.ports.iter().map(port_question).collect();
    let paths = spec
        .mounts
        .iter()
        .filter(|mount| !mount.source.is_empty() && !is_of_the_host(&mount.source))
        .filter(|mount| matches!(mount.kind, MountKind::Bind | MountKind::Volume))
        .map(|mount| path_question(mount, name.as_deref()))
        .collect();
    Made {
        template: Template {
            spec,
            ports,
            paths,
            variables,
            ..Template::default()
        },
        left_out,
        warnings,
    }
}

/// A question for a variable, as far as its name and value tell of it.
pub fn question(name: &str, value: Option<&str>, secret: bool) -> VariableQuestion {
    let value = value.filter(|value| !value.is_empty());
    let kind = match (name, value) {
        ("TZ", _) => VariableKind::Timezone,
        ("PUID", Some(id)) if id.parse::<u32>().is_ok() => VariableKind::Puid,
        ("PGID", Some(id)) if id.parse::<u32>().is_ok() => VariableKind::Pgid,
        (_, Some("true" | "false")) => VariableKind::Bool,
        _ => VariableKind::Text,
    };
    VariableQuestion {
        name: name.to_owned(),
        default: value.map(ToOwned::to_owned),
        required: secret && value.is_none(),
        secret,
        shape: secret.then_some(SecretShape::Password),
        kind,
        level: if secret || name == "TZ" {
            Level::Beginner
        } else {
            Level::Intermediate
        },
        ..VariableQuestion::default()
    }
}

/// Addresses are one container's own: a second one could not have them.
fn forget_addresses(spec: &mut ContainerSpec, warnings: &mut Vec<String>) {
    let mut fixed = false;
    for network in &mut spec.networks {
        fixed |= network.ipv4.is_some() || network.ipv6.is_some() || network.mac.is_some();
        network.ipv4 = None;
        network.ipv6 = None;
        network.mac = None;
    }
    if fixed {
        warnings.push(
            "Its fixed IP addresses were left out: two containers cannot have the same.".to_owned(),
        );
    }
    if let Some(mode) = spec
        .network_mode
        .as_deref()
        .filter(|mode| mode.starts_with("container:"))
    {
        warnings.push(format!(
            "It needs the container whose network it shares ({mode})."
        ));
    }
}

/// Sockets, devices and system folders of the host are not used for data.
fn is_of_the_host(source: &str) -> bool {
    ["/dev", "/proc", "/sys", "/run", "/var/run", "/etc", "/lib"]
        .iter()
        .any(|root| {
            source
                .strip_prefix(root)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
        || source == "/"
}

fn port_question(port: &PortSpec) -> PortQuestion {
    let web = matches!(port.container_port, 80 | 3000 | 5000 | 8000 | 8080 | 8096)
        && port.protocol == "tcp";
    PortQuestion {
        container_port: port.container_port,
        protocol: port.protocol.clone(),
        host_port: port.host_port.clone(),
        purpose: String::new(),
        web: web.then(WebAddress::default),
        optional: false,
    }
}

fn path_question(mount: &MountSpec, name: Option<&str>) -> PathQuestion {
    let volume = mount.kind == MountKind::Volume;
    let suggested = if volume {
        // Another container gets a volume of its own, named after it.
        let own = name.map(|name| format!("{name}-"));
        let rest = own.and_then(|own| mount.source.strip_prefix(&own).map(ToOwned::to_owned));
        rest.unwrap_or_else(|| mount.source.clone())
    } else {
        let root = name.map(|name| format!("{}/{name}/", super::answer::STORAGE_ROOT));
        let rest = root.and_then(|root| mount.source.strip_prefix(&root).map(ToOwned::to_owned));
        rest.unwrap_or_else(|| mount.source.clone())
    };
    PathQuestion {
        target: mount.target.clone(),
        kind: kind_of(&mount.target, &mount.source),
        suggested,
        volume,
        read_only: mount.read_only,
        ..PathQuestion::default()
    }
}

/// A guess from how folders are usually called.
pub fn kind_of(target: &str, source: &str) -> PathKind {
    let has = |words: &[&str]| {
        let target = target.to_ascii_lowercase();
        words.iter().any(|word| target.contains(word))
    };
    if has(&["config", "conf", "settings", "/etc/"]) {
        PathKind::Config
    } else if has(&["cache", "tmp", "log"]) {
        PathKind::Cache
    } else if has(&["media", "movie", "music", "tv", "photo", "download", "book"])
        && source.starts_with('/')
    {
        PathKind::Media
    } else {
        PathKind::Data
    }
}

/// The last part of a path as a name for a folder or volume.
pub fn folder_of(target: &str) -> String {
    let last = target.trim_end_matches('/').rsplit('/').next();
    let name = sanitize::slug(last.unwrap_or(""));
    if name.is_empty() {
        "data".to_owned()
    } else {
        name
    }
}

#[cfg(test)]
mod tests {
    use super::super::render::render;
    use super::*;
    use crate::model::template::Answers;
    use serde_json::json;

    fn spec() -> ContainerSpec {
        serde_json::from_value(json!({
            "image": "shop:1", "name": "shop", "environment": "PRD", "description": "x",
            "env": ["TZ=Europe/Vienna", "DB_PASSWORD=hunter2", "PUID=1000", "EMPTY=", "OPEN=true",
                    "URL=postgres://me:hunter3@db/shop"],
            "ports": ["127.0.0.1:8080:80", "53:53/udp"],
            "mounts": ["/mnt/appdata/shop/config:/config", "shop-db:/db", "/films:/media:ro,z",
                       "/var/run/docker.sock:/var/run/docker.sock", {"kind": "tmpfs", "target": "/tmp"}],
            "networks": [{"name": "front", "ipv4": "172.20.0.5", "mac": "02:42:ac:11:00:02"}],
            "labels": {"a": "b", "app.token": "hunter4"},
            "command": ["serve", "--password=hunter5"],
        }))
        .unwrap()
    }

    #[test]
    fn secret_values_are_left_out_of_the_template_unless_requested() {
        let made = from_spec(spec(), false);
        assert_eq!(made.left_out, ["DB_PASSWORD", "URL", "app.token"]);
        let text = serde_json::to_string(&made.template).unwrap();
        for secret in ["hunter2", "hunter3", "hunter4"] {
            assert!(!text.contains(secret), "{secret}: {text}");
        }
        // What is part of a command cannot be taken out, so it is said.
        assert!(
            made.warnings.iter().any(|w| w.contains("command")),
            "{:?}",
            made.warnings
        );
        let question = |name: &str| {
            let all = &made.template.variables;
            all.iter().find(|q| q.name == name).unwrap().clone()
        };
        let password = question("DB_PASSWORD");
        assert!(password.required && password.secret && password.default.is_none());
        assert_eq!(question("TZ").kind, VariableKind::Timezone);
        assert_eq!(question("OPEN").kind, VariableKind::Bool);
        assert!(!question("EMPTY").required);
        let kept = from_spec(spec(), true);
        assert!(kept.left_out.is_empty());
        assert!(
            serde_json::to_string(&kept.template)
                .unwrap()
                .contains("hunter2")
        );
        let secret = kept
            .template
            .variables
            .iter()
            .find(|q| q.name == "DB_PASSWORD");
        assert!(secret.is_some_and(|q| q.secret && !q.required));
    }

    #[test]
    fn template_drops_name_environment_addresses_and_compose_labels() {
        let made = from_spec(spec(), false).template;
        assert_eq!(made.spec.name, None);
        assert_eq!(made.spec.environment, None);
        let of_compose = ContainerSpec {
            labels: [
                ("com.docker.compose.project", "shop"),
                ("com.docker.compose.service", "web"),
                ("own", "1"),
            ]
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .into(),
            ..spec()
        };
        let labels = from_spec(of_compose, false).template.spec.labels;
        assert_eq!(labels.keys().collect::<Vec<_>>(), ["own"]);
        assert_eq!(made.spec.networks[0].name, "front");
        assert_eq!(made.spec.networks[0].ipv4, None);
        assert_eq!(made.spec.networks[0].mac, None);
        let paths: Vec<_> = made
            .paths
            .iter()
            .map(|p| (p.target.as_str(), p.suggested.as_str(), p.kind))
            .collect();
        assert_eq!(
            paths,
            [
                ("/config", "config", PathKind::Config),
                ("/db", "db", PathKind::Data),
                ("/media", "/films", PathKind::Media),
            ]
        );
    }

    #[test]
    fn template_from_a_spec_renders_back_to_the_same_spec() {
        let before = spec();
        let mut made = from_spec(before.clone(), true).template;
        made.id = "shop".to_owned();
        let mut after = render(&made, &Answers::default()).unwrap();
        after.restart = None;
        let mut wanted = before;
        wanted.environment = None;
        wanted.description = None;
        wanted.networks[0].ipv4 = None;
        wanted.networks[0].mac = None;
        wanted.env.retain(|pair| pair != "EMPTY=");
        after.env.sort();
        wanted.env.sort();
        assert_eq!(after, wanted);
    }
}
