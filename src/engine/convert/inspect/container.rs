//! One inspect answer to one [`Container`].

use crate::engine::wire::{HostConfig, Inspect, PortBinding};
use crate::model::container::{Container, Endpoint, Health, Orchestrator, Port, State};
use crate::model::program::without_values;
use crate::model::timestamp::Timestamp;
use std::collections::BTreeMap;

/// The summary of a container. `is_self` is left to the caller.
///
/// Health counts only while it runs: the engine writes "unhealthy" into a
/// container as soon as it is paused or stopped, which says nothing about it.
pub(in crate::engine) fn container(inspect: &Inspect) -> Container {
    let state = state(&inspect.state.status);
    let labels = inspect.config.labels.kept.clone();
    let health = if state == State::Running {
        health(inspect)
    } else {
        Health::None
    };
    let over = matches!(state, State::Exited | State::Dead);
    Container {
        id: inspect.id.clone(),
        name: inspect.name.trim_start_matches('/').to_owned(),
        image: text(&inspect.config.image).unwrap_or_else(|| inspect.image.clone()),
        image_id: image_id(&inspect.image),
        image_manifest: text(&inspect.image_manifest_descriptor.digest),
        state,
        health,
        failing_streak: match (health, &inspect.state.health) {
            (Health::None, _) | (_, None) => 0,
            (_, Some(health)) => u32::try_from(health.failing_streak).unwrap_or(0),
        },
        exit_code: (over || state == State::Restarting).then_some(inspect.state.exit_code),
        stop_requested: false,
        oom_killed: inspect.state.oom_killed,
        error: text(&inspect.state.error).map(|said| without_values(&said)),
        created_at: Timestamp::parse(&inspect.created),
        started_at: Timestamp::parse(&inspect.state.started_at),
        finished_at: Timestamp::parse(&inspect.state.finished_at),
        restart_count: u32::try_from(inspect.restart_count).unwrap_or(0),
        restart_policy: text(&inspect.host_config.restart_policy.name)
            .unwrap_or_else(|| "no".to_owned()),
        auto_remove: inspect.host_config.auto_remove,
        command: one_line(&inspect.path, &inspect.args),
        network_mode: match inspect.host_config.network_mode.as_str() {
            "" | "default" => "bridge".to_owned(),
            mode => mode.to_owned(),
        },
        networks: endpoints(inspect),
        ports: ports(inspect),
        stack: labels.get("com.docker.compose.project").cloned(),
        service: labels.get("com.docker.compose.service").cloned(),
        orchestrator: orchestrator(&labels),
        shares: shares(&inspect.host_config),
        volumes: super::volumes::mounted_volumes(inspect),
        labels,
        labels_left_out: inspect.config.labels.left_out,
        is_self: false,
    }
}

/// The engine's word for a state. Podman has a few of its own.
pub(in crate::engine) fn state(word: &str) -> State {
    match word {
        "created" | "configured" | "initialized" => State::Created,
        "running" | "stopping" => State::Running,
        "paused" => State::Paused,
        "restarting" => State::Restarting,
        "removing" => State::Removing,
        "exited" | "stopped" => State::Exited,
        "dead" => State::Dead,
        _ => State::Unknown,
    }
}

fn health(inspect: &Inspect) -> Health {
    match inspect
        .state
        .health
        .as_ref()
        .map(|health| health.status.as_str())
    {
        Some("starting") => Health::Starting,
        Some("healthy") => Health::Healthy,
        Some("unhealthy") => Health::Unhealthy,
        _ => Health::None,
    }
}

fn image_id(id: &str) -> String {
    // Podman leaves the algorithm out.
    if id.len() == 64 && id.bytes().all(|b| b.is_ascii_hexdigit()) {
        format!("sha256:{id}")
    } else {
        id.to_owned()
    }
}

/// Whose namespaces and volumes it uses, in order, each once.
fn shares(host: &HostConfig) -> Vec<String> {
    let modes = [&host.network_mode, &host.ipc_mode, &host.pid_mode];
    let namespaces = modes
        .into_iter()
        .filter_map(|mode| mode.strip_prefix("container:"));
    let volumes = host
        .volumes_from
        .iter()
        .map(|from| from.split(':').next().unwrap_or(from));
    // `/db:/web/db`: the engine links to the container itself, not to its name.
    let links = host
        .links
        .iter()
        .map(|link| link.split(':').next().unwrap_or(link));
    let mut all: Vec<String> = Vec::new();
    for reference in namespaces.chain(volumes).chain(links) {
        let reference = reference.trim_start_matches('/');
        if !all.iter().any(|known| known == reference) {
            all.push(reference.to_owned());
        }
    }
    all
}

fn orchestrator(labels: &BTreeMap<String, String>) -> Option<Orchestrator> {
    if labels.contains_key("com.docker.swarm.task.id") {
        Some(Orchestrator::Swarm)
    } else if labels.contains_key("io.kubernetes.pod.name") {
        Some(Orchestrator::Kubernetes)
    } else if labels.contains_key("com.hashicorp.nomad.alloc_id") {
        Some(Orchestrator::Nomad)
    } else {
        None
    }
}

fn one_line(path: &str, args: &[String]) -> String {
    let mut line = path.to_owned();
    for arg in args {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(arg);
    }
    line
}

fn endpoints(inspect: &Inspect) -> Vec<Endpoint> {
    inspect
        .network_settings
        .networks
        .iter()
        .map(|(network, settings)| {
            let settings = settings.as_ref();
            let own = |get: fn(&crate::engine::wire::EndpointSettings) -> &String| {
                settings.and_then(|settings| text(get(settings)))
            };
            Endpoint {
                network: network.clone(),
                network_id: settings.map(|s| s.network_id.clone()).unwrap_or_default(),
                ipv4: own(|s| &s.ip_address),
                ipv6: own(|s| &s.global_ipv6_address),
                mac: own(|s| &s.mac_address),
                aliases: settings.map(|s| s.aliases.clone()).unwrap_or_default(),
                fixed: settings
                    .and_then(|settings| settings.ipam_config.as_ref())
                    .into_iter()
                    .flat_map(|chosen| [&chosen.ipv4_address, &chosen.ipv6_address])
                    .filter_map(|address| text(address))
                    .collect(),
            }
        })
        .collect()
}

/// The ports in effect while it runs, and what it asks for while it does not.
/// `0.0.0.0` and `::` for the same port stay two entries: they are two bindings.
fn ports(inspect: &Inspect) -> Vec<Port> {
    let mut ports = Vec::new();
    let mut add = |spec: &str, bindings: &[PortBinding]| {
        let Some((container_port, protocol)) = port_spec(spec) else {
            return;
        };
        if bindings.is_empty() {
            ports.push(Port {
                container_port,
                protocol: protocol.to_owned(),
                host_port: None,
                host_ip: None,
            });
        }
        for binding in bindings {
            ports.push(Port {
                container_port,
                protocol: protocol.to_owned(),
                // 0 and empty ask the engine to choose one at the next start.
                host_port: binding.host_port.parse().ok().filter(|port| *port != 0),
                host_ip: text(&binding.host_ip),
            });
        }
    };
    let live = &inspect.network_settings.ports;
    for (spec, bindings) in live {
        add(spec, bindings.as_deref().unwrap_or_default());
    }
    for (spec, bindings) in &inspect.host_config.port_bindings {
        if !live.contains_key(spec) {
            add(spec, bindings.as_deref().unwrap_or_default());
        }
    }
    for spec in inspect.config.exposed_ports.keys() {
        if !live.contains_key(spec) && !inspect.host_config.port_bindings.contains_key(spec) {
            add(spec, &[]);
        }
    }
    ports.sort();
    ports.dedup();
    ports
}

/// `80/tcp`, or `80` alone, which means tcp.
fn port_spec(spec: &str) -> Option<(u16, &str)> {
    let (port, protocol) = spec.split_once('/').unwrap_or((spec, "tcp"));
    Some((port.parse().ok()?, protocol))
}

fn text(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn from(value: serde_json::Value) -> Container {
        container(&serde_json::from_value(value).unwrap())
    }

    #[test]
    fn running_container_is_converted_from_inspect() {
        let c = from(json!({
            "Id": "ab".repeat(32), "Name": "/web", "Created": "2026-01-02T03:04:05.678Z",
            "Path": "/bin/sh", "Args": ["-c", "sleep 1"], "Image": format!("sha256:{}", "cd".repeat(32)),
            "RestartCount": 3,
            "State": {"Status": "running", "ExitCode": 0, "OOMKilled": false, "Error": "",
                "StartedAt": "2026-01-02T03:04:06Z", "FinishedAt": "0001-01-01T00:00:00Z",
                "Health": {"Status": "unhealthy", "FailingStreak": 4, "Log": null}},
            "Config": {"Image": "nginx:1", "Labels": {"com.docker.compose.project": "shop", "com.docker.compose.service": "web"},
                "ExposedPorts": {"80/tcp": {}, "443/tcp": {}}, "Tty": false},
            "HostConfig": {"NetworkMode": "default", "RestartPolicy": {"Name": "always", "MaximumRetryCount": 0}, "PortBindings": {"80/tcp": [{"HostIp":"","HostPort":"8080"}]}},
            "NetworkSettings": {"Ports": {"80/tcp": [{"HostIp":"0.0.0.0","HostPort":"8080"},{"HostIp":"::","HostPort":"8080"}], "443/tcp": null},
                "Networks": {"shop": {"IPAddress": "172.20.0.2", "GlobalIPv6Address": "", "MacAddress": "02:42:ac:14:00:02", "Aliases": ["web"]}}}
        }));
        assert_eq!(
            (c.name.as_str(), c.image.as_str(), c.state),
            ("web", "nginx:1", State::Running)
        );
        assert_eq!(
            (c.health, c.failing_streak, c.restart_count),
            (Health::Unhealthy, 4, 3)
        );
        assert_eq!((c.exit_code, c.finished_at), (None, None));
        assert_eq!(c.network_mode, "bridge");
        assert_eq!(
            (c.stack.as_deref(), c.service.as_deref()),
            (Some("shop"), Some("web"))
        );
        assert_eq!(c.ports.len(), 3);
        assert_eq!(c.networks[0].ipv4.as_deref(), Some("172.20.0.2"));
        assert_eq!(c.networks[0].ipv6, None);
        assert_eq!(c.command, "/bin/sh -c sleep 1");
    }

    #[test]
    fn container_with_null_missing_or_unknown_fields_is_read_with_defaults() {
        let c = from(json!({
            "Id": "x", "Name": null, "Args": null,
            "State": {"Status": "melting", "Health": null},
            "Config": {"Labels": null, "ExposedPorts": null},
            "HostConfig": {"PortBindings": null, "RestartPolicy": null},
            "NetworkSettings": {"Ports": null, "Networks": {"none": null}}
        }));
        assert_eq!((c.state, c.health), (State::Unknown, Health::None));
        assert_eq!(c.restart_policy, "no");
        assert_eq!(c.networks[0].network, "none");
    }

    #[test]
    fn stopped_container_shows_its_configured_port_bindings() {
        let c = from(json!({
            "State": {"Status": "exited", "ExitCode": 137, "OOMKilled": true},
            "HostConfig": {"PortBindings": {"80/tcp": [{"HostPort": "8080"}], "53/udp": [{"HostPort": ""}], "junk": null}},
            "NetworkSettings": {"Ports": {}}
        }));
        assert_eq!((c.exit_code, c.oom_killed), (Some(137), true));
        let hosts: Vec<_> = c
            .ports
            .iter()
            .map(|p| (p.container_port, p.protocol.as_str(), p.host_port))
            .collect();
        assert_eq!(hosts, [(53, "udp", None), (80, "tcp", Some(8080))]);
    }

    #[test]
    fn paused_or_exited_container_is_not_reported_as_unhealthy() {
        for state in ["paused", "exited"] {
            let c = from(
                json!({"State": {"Status": state, "Health": {"Status": "unhealthy", "FailingStreak": 1}}}),
            );
            assert_eq!((c.health, c.failing_streak), (Health::None, 0));
        }
    }

    #[test]
    fn orchestrator_is_detected_from_container_labels() {
        for (label, who) in [
            ("com.docker.swarm.task.id", Orchestrator::Swarm),
            ("io.kubernetes.pod.name", Orchestrator::Kubernetes),
            ("com.hashicorp.nomad.alloc_id", Orchestrator::Nomad),
        ] {
            let c = from(json!({"Config": {"Labels": {label: "1"}}}));
            assert_eq!(c.orchestrator, Some(who));
        }
    }
}
