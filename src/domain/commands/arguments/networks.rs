//! Networks as flags of `docker run`, and as `docker network connect` for all
//! but the first: clients and engines before Docker 25 make a container on one
//! network only.

use super::csv;
use crate::model::spec::{ContainerSpec, NetworkSpec};

/// `docker network connect`, without the container.
#[derive(Debug)]
pub(in crate::domain::commands) struct Connect {
    pub network: String,
    /// Flag and value.
    pub flags: Vec<(&'static str, String)>,
}

/// What makes the networks of a container.
#[derive(Debug, Default)]
pub(super) struct Networks {
    /// Flags of `docker run`, by name.
    pub flags: Vec<(&'static str, String)>,
    pub connects: Vec<Connect>,
    /// Several `--network`, which only newer clients take.
    pub several: bool,
}

/// Not one of the engine's own.
pub(in crate::domain::commands) fn is_user_defined(name: &str) -> bool {
    !["bridge", "default", "host", "none"].contains(&name) && !name.starts_with("container:")
}

pub(super) fn networks(spec: &ContainerSpec, missing: &mut Vec<String>) -> Networks {
    let mut out = Networks::default();
    if let Some(mode) = &spec.network_mode {
        out.flags.push(("network", mode.clone()));
        return links(spec, false, out, missing);
    }
    let Some((first, others)) = spec.networks.split_first() else {
        return links(spec, false, out, missing);
    };
    let own = is_user_defined(&first.name);
    out.flags.push(("network", primary(first, missing)));
    let mut push = |name: &'static str, value: &Option<String>| {
        if let Some(value) = value {
            out.flags.push((name, value.clone()));
        }
    };
    push("ip", &first.ipv4);
    push("ip6", &first.ipv6);
    push("mac-address", &first.mac);
    for address in &first.link_local_ips {
        out.flags.push(("link-local-ip", address.clone()));
    }
    for alias in first.aliases.iter().filter(|_| own) {
        out.flags.push(("network-alias", alias.clone()));
    }
    if !own && !first.aliases.is_empty() {
        missing.push(format!(
            "aliases on the network {}: only user-defined networks support them",
            first.name
        ));
    }
    // `network connect` knows no hardware address.
    let inline = others.iter().any(|network| network.mac.is_some());
    for network in others {
        let value = inline.then(|| one_value(network)).flatten();
        if let Some(value) = value {
            out.flags.push(("network", value));
            out.several = true;
            continue;
        }
        if network.mac.is_some() {
            missing.push(format!("the MAC address on the network {}", network.name));
        }
        out.connects.push(connect(network));
    }
    links(spec, own, out, missing)
}

/// `--link` is about the first network if it is one of the user's own, else
/// about the default bridge.
fn links(
    spec: &ContainerSpec,
    own: bool,
    mut out: Networks,
    missing: &mut Vec<String>,
) -> Networks {
    let of_network = spec.networks.first().map_or(&[][..], |first| &first.links);
    let (said, unsaid) = if own {
        (of_network, &spec.links[..])
    } else {
        (&spec.links[..], of_network)
    };
    for link in said {
        out.flags.push(("link", link.clone()));
    }
    for link in unsaid.iter().filter(|link| !said.contains(link)) {
        missing.push(format!(
            "the link {link}, which has no effect on this network"
        ));
    }
    out
}

/// The value of the first `--network`.
fn primary(network: &NetworkSpec, missing: &mut Vec<String>) -> String {
    if network.driver_opts.is_empty() && network.gw_priority.is_none() {
        return network.name.clone();
    }
    let fields = with_options(network, vec![format!("name={}", network.name)]);
    if is_small(&fields) {
        return csv::join(&fields);
    }
    missing.push(format!(
        "driver options and gateway priority on the network {}: the client converts them to lower case",
        network.name
    ));
    network.name.clone()
}

fn with_options(network: &NetworkSpec, mut fields: Vec<String>) -> Vec<String> {
    for (key, value) in &network.driver_opts {
        fields.push(format!("driver-opt={key}={value}"));
    }
    if let Some(priority) = network.gw_priority {
        fields.push(format!("gw-priority={priority}"));
    }
    fields
}

/// The client makes everything in a long `--network` small letters.
fn is_small(fields: &[String]) -> bool {
    fields.iter().all(|field| field.to_lowercase() == *field)
}

/// Everything about a network in one value.
fn one_value(network: &NetworkSpec) -> Option<String> {
    let mut fields = vec![format!("name={}", network.name)];
    for (key, value) in [
        ("ip", &network.ipv4),
        ("ip6", &network.ipv6),
        ("mac-address", &network.mac),
    ] {
        if let Some(value) = value {
            fields.push(format!("{key}={}", value.to_lowercase()));
        }
    }
    for address in &network.link_local_ips {
        fields.push(format!("link-local-ip={address}"));
    }
    for alias in &network.aliases {
        fields.push(format!("alias={alias}"));
    }
    let fields = with_options(network, fields);
    (is_small(&fields) && network.links.is_empty()).then(|| csv::join(&fields))
}

fn connect(network: &NetworkSpec) -> Connect {
    let mut flags = Vec::new();
    let list = |value: &String| csv::join(std::slice::from_ref(value));
    if let Some(address) = &network.ipv4 {
        flags.push(("ip", address.clone()));
    }
    if let Some(address) = &network.ipv6 {
        flags.push(("ip6", address.clone()));
    }
    flags.extend(
        network
            .link_local_ips
            .iter()
            .map(|address| ("link-local-ip", list(address))),
    );
    flags.extend(network.aliases.iter().map(|alias| ("alias", list(alias))));
    flags.extend(network.links.iter().map(|link| ("link", link.clone())));
    for (key, value) in &network.driver_opts {
        flags.push(("driver-opt", list(&format!("{key}={value}"))));
    }
    if let Some(priority) = network.gw_priority {
        flags.push(("gw-priority", priority.to_string()));
    }
    Connect {
        network: network.name.clone(),
        flags,
    }
}
