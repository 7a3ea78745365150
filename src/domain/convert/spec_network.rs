//! Ports, networks and names of a service as those of a container.

use super::around::Around;
use super::fields::{map, maps, number, text, texts};
use crate::domain::compose::Node;
use crate::model::spec::{ContainerSpec, NetworkSpec, PortSpec};

pub fn network(spec: &mut ContainerSpec, service: &Node, around: &Around<'_>) {
    spec.ports = maps(service, "ports").iter().filter_map(port).collect();
    spec.expose = texts(service, "expose");
    spec.dns = texts(service, "dns");
    spec.dns_search = texts(service, "dns_search");
    spec.dns_options = texts(service, "dns_opt");
    spec.extra_hosts = texts(service, "extra_hosts")
        .iter()
        .map(|host| host.replacen('=', ":", 1))
        .collect();
    for (key, field) in [
        ("network_mode", &mut spec.network_mode),
        ("pid", &mut spec.pid),
        ("ipc", &mut spec.ipc),
        ("uts", &mut spec.uts),
    ] {
        *field = text(service, key).map(|mode| match mode.strip_prefix("service:") {
            Some(other) => format!("container:{}", (around.container_of)(other)),
            None => mode,
        });
    }
    let own = text(service, "container_name");
    let mut places: Vec<(i64, String, NetworkSpec)> = Vec::new();
    for entry in service
        .get("networks")
        .map(Node::entries)
        .unwrap_or_default()
    {
        let priority = number(&entry.node, "priority").unwrap_or(0);
        let mut place = place(&entry.node, around.real_name("networks", &entry.key));
        // Others find a service by its name, and the container's own comes by itself.
        place
            .aliases
            .insert(0, service_name(spec, around, own.as_deref()));
        places.push((priority, entry.key.clone(), place));
    }
    places.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
    spec.networks = places.into_iter().map(|(_, _, place)| place).collect();
    if let (Some(mac), Some(first)) = (text(service, "mac_address"), spec.networks.first_mut()) {
        first.mac.get_or_insert(mac);
    }
    spec.links = texts(service, "external_links");
    for link in texts(service, "links") {
        let (other, alias) = link.split_once(':').unwrap_or((&link, &link));
        spec.links
            .push(format!("{}:{alias}", (around.container_of)(other)));
    }
}

/// The service's key: it is not in the configuration, but in the name that it has.
fn service_name(spec: &ContainerSpec, around: &Around<'_>, own: Option<&str>) -> String {
    let services = around
        .model
        .get("services")
        .map(Node::entries)
        .unwrap_or_default();
    let name = spec.name.as_deref().or(own).unwrap_or_default();
    services
        .iter()
        .map(|entry| &entry.key)
        .find(|key| (around.container_of)(key) == name)
        .cloned()
        .unwrap_or_default()
}

fn port(port: &Node) -> Option<PortSpec> {
    Some(PortSpec {
        container_port: u16::try_from(number(port, "target")?).ok()?,
        protocol: text(port, "protocol").unwrap_or_else(|| "tcp".to_owned()),
        host_port: text(port, "published"),
        host_ip: text(port, "host_ip"),
    })
}

fn place(node: &Node, name: String) -> NetworkSpec {
    NetworkSpec {
        name,
        aliases: texts(node, "aliases"),
        ipv4: text(node, "ipv4_address"),
        ipv6: text(node, "ipv6_address"),
        link_local_ips: texts(node, "link_local_ips"),
        mac: text(node, "mac_address"),
        driver_opts: map(node, "driver_opts"),
        gw_priority: number(node, "gw_priority"),
        ..NetworkSpec::default()
    }
}
