//! Ports, networks and names of a service.

use super::service_keys::Service;
use super::writing::Yaml;
use crate::model::spec::{ContainerSpec, NetworkSpec};

/// Where a container is that names no network.
const USUAL: &str = "bridge";

pub fn network(service: &mut Service, spec: &ContainerSpec) {
    mode(service, spec);
    if !spec.ports.is_empty() {
        let ports = spec.ports.iter().map(|port| Yaml::Quoted(port.short()));
        service.set("ports", Yaml::List(ports.collect()));
    }
    if !spec.expose.is_empty() {
        let ports = spec.expose.iter().map(|port| Yaml::Quoted(port.clone()));
        service.set("expose", Yaml::List(ports.collect()));
    }
    if spec.publish_all {
        service.warn("--publish-all", "name the ports below ports instead");
    }
    if !spec.extra_hosts.is_empty() {
        service.set("extra_hosts", Yaml::texts(&spec.extra_hosts));
    }
    service.texts("dns", &spec.dns);
    service.texts("dns_search", &spec.dns_search);
    service.texts("dns_opt", &spec.dns_options);
    // The other end of a link is a container, not a service of this file.
    let links: Vec<String> = spec
        .links
        .iter()
        .chain(spec.networks.iter().flat_map(|network| &network.links))
        .cloned()
        .collect();
    service.texts("external_links", &links);
}

fn mode(service: &mut Service, spec: &ContainerSpec) {
    if let Some(mode) = spec.network_mode.as_deref().filter(|mode| !mode.is_empty()) {
        service.set("network_mode", Yaml::text(mode));
        return;
    }
    let is_predefined =
        |network: &NetworkSpec| matches!(network.name.as_str(), "bridge" | "default");
    let own: Vec<&NetworkSpec> = spec
        .networks
        .iter()
        .filter(|one| !is_predefined(one))
        .collect();
    if own.is_empty() {
        service.set("network_mode", Yaml::text(USUAL));
        return;
    }
    if own.len() < spec.networks.len() {
        service.warn(
            "--network bridge",
            "a service is on the default bridge or on networks, and not on both",
        );
    }
    service.networks = own.iter().map(|network| network.name.clone()).collect();
    let is_bare = own.iter().all(|network| {
        **network
            == NetworkSpec {
                name: network.name.clone(),
                ..NetworkSpec::default()
            }
    });
    if is_bare && own.len() == 1 {
        service.set(
            "networks",
            Yaml::texts(own.iter().map(|network| &network.name)),
        );
        return;
    }
    let count = own.len();
    let places = own.iter().enumerate().map(|(index, network)| {
        // The first is the primary one.
        let priority = (count > 1).then_some((count - index) * 100);
        (network.name.clone(), place(network, priority))
    });
    service.set("networks", Yaml::map(places));
}

fn place(network: &NetworkSpec, priority: Option<usize>) -> Yaml {
    let mut keys: Vec<(String, Yaml)> = Vec::new();
    let mut set = |key: &str, value: Yaml| keys.push((key.to_owned(), value));
    if !network.aliases.is_empty() {
        set("aliases", Yaml::texts(&network.aliases));
    }
    for (key, text) in [
        ("ipv4_address", &network.ipv4),
        ("ipv6_address", &network.ipv6),
        ("mac_address", &network.mac),
    ] {
        if let Some(text) = text {
            set(key, Yaml::text(text));
        }
    }
    if !network.link_local_ips.is_empty() {
        set("link_local_ips", Yaml::texts(&network.link_local_ips));
    }
    if !network.driver_opts.is_empty() {
        let options = network.driver_opts.iter();
        set(
            "driver_opts",
            Yaml::map(options.map(|(key, text)| (key.clone(), Yaml::text(text)))),
        );
    }
    if let Some(priority) = network.gw_priority {
        set("gw_priority", Yaml::Plain(priority.to_string()));
    }
    if let Some(priority) = priority {
        set("priority", Yaml::Plain(priority.to_string()));
    }
    if keys.is_empty() {
        Yaml::Empty
    } else {
        Yaml::Map(keys)
    }
}
