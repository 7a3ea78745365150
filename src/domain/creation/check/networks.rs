//! Networks: whether they are there, and whether a fixed address can be had.

use super::{Checks, Findings};
use crate::domain::networks::check_mac;
use crate::engine::NetworkDetails;
use crate::error::{Error, Result};
use crate::model::spec::{ContainerSpec, NetworkSpec};
use std::net::IpAddr;

impl Checks {
    pub(super) async fn check_networks(
        &self,
        spec: &ContainerSpec,
        ours: &[&str],
        findings: &mut Findings,
    ) -> Result<()> {
        if let Some(mode) = spec.network_mode.as_deref() {
            Self::check_mode(spec, mode)?;
        }
        self.check_namespaces(spec)?;
        for (at, wanted) in spec.networks.iter().enumerate() {
            let field = format!("networks[{at}]");
            if spec.networks[..at]
                .iter()
                .any(|other| other.name == wanted.name)
            {
                return Err(Error::invalid(
                    format!("{field}.name"),
                    format!("The network {} is listed twice.", wanted.name),
                ));
            }
            if matches!(wanted.name.as_str(), "host" | "none") {
                return Err(Error::invalid(
                    format!("{field}.name"),
                    format!(
                        "{0} is not a network to join beside others. Set network_mode to {0} instead.",
                        wanted.name
                    ),
                ));
            }
            let network = self.existing_network(&field, wanted).await?;
            check_endpoint(&field, wanted, &network, ours)?;
            self.who_waits_for(wanted, ours, findings)?;
        }
        Ok(())
    }

    /// What is not changed worked before, but a network or a container that it
    /// needs may have been removed since.
    pub(super) async fn check_presence(&self, spec: &ContainerSpec) -> Result<()> {
        self.check_namespaces(spec)?;
        self.check_volumes_from(spec)?;
        for (at, wanted) in spec.networks.iter().enumerate() {
            self.existing_network(&format!("networks[{at}]"), wanted)
                .await?;
        }
        Ok(())
    }

    async fn existing_network(&self, field: &str, wanted: &NetworkSpec) -> Result<NetworkDetails> {
        if let Some(network) = self.engine.network(&wanted.name).await? {
            return Ok(network);
        }
        let all = self.engine.networks()?;
        let names: Vec<_> = all
            .iter()
            .map(|n| n.name.as_str())
            .filter(|n| !matches!(*n, "host" | "none"))
            .collect();
        Err(Error::invalid(
            format!("{field}.name"),
            format!(
                "There is no network {:?}. There are: {}.",
                wanted.name,
                names.join(", ")
            ),
        )
        .code("network_missing"))
    }

    /// The containers whose namespaces it shares.
    fn check_namespaces(&self, spec: &ContainerSpec) -> Result<()> {
        for (field, value) in [
            ("network_mode", &spec.network_mode),
            ("pid", &spec.pid),
            ("ipc", &spec.ipc),
        ] {
            if let Some(other) = value
                .as_deref()
                .and_then(|value| value.strip_prefix("container:"))
            {
                self.other(field, other)?;
            }
        }
        Ok(())
    }

    /// An address is free while its owner stands still, and missed when that starts.
    fn who_waits_for(
        &self,
        wanted: &NetworkSpec,
        ours: &[&str],
        findings: &mut Findings,
    ) -> Result<()> {
        let address = |text: &str| text.parse::<IpAddr>().ok();
        for text in [&wanted.ipv4, &wanted.ipv6].into_iter().flatten() {
            let all = self.engine.containers()?;
            let owner = all.iter().find(|other| {
                !ours.contains(&other.name.as_str())
                    && other.networks.iter().any(|on| {
                        on.network == wanted.name
                            && on.fixed.iter().any(|fixed| address(fixed) == address(text))
                    })
            });
            if let Some(owner) = owner {
                findings.warnings.push(format!(
                    "{text} is the fixed address of {}, which cannot start while this one has it.",
                    owner.name
                ));
            }
        }
        Ok(())
    }

    fn check_mode(spec: &ContainerSpec, mode: &str) -> Result<()> {
        let known = mode == "host" || mode == "none" || mode.starts_with("container:");
        if !known {
            return Err(Error::invalid(
                "network_mode",
                format!(
                    "{mode:?} is not a network mode. Allowed: host, none, container:<name>. To join the network {mode}, put it into networks."
                ),
            ));
        }
        if !spec.networks.is_empty() {
            return Err(Error::invalid(
                "network_mode",
                format!(
                    "With the network mode {mode} the container can be on no network. Leave out one of the two."
                ),
            ));
        }
        let Some(other) = mode.strip_prefix("container:") else {
            return Ok(());
        };
        for (field, set) in [
            ("hostname", spec.hostname.is_some()),
            ("dns", !spec.dns.is_empty()),
            ("extra_hosts", !spec.extra_hosts.is_empty()),
            ("links", !spec.links.is_empty()),
            ("expose", !spec.expose.is_empty()),
        ] {
            if set {
                return Err(Error::invalid(
                    field,
                    format!(
                        "This belongs to the container {other}, whose network is shared. Set it there."
                    ),
                ));
            }
        }
        Ok(())
    }

    fn other(&self, field: &'static str, name: &str) -> Result<()> {
        self.engine.get(name).map(drop).map_err(|_| {
            Error::invalid(
                field,
                format!("There is no container {name:?} to share with."),
            )
        })
    }
}

fn check_endpoint(
    field: &str,
    wanted: &NetworkSpec,
    network: &NetworkDetails,
    ours: &[&str],
) -> Result<()> {
    if let Some(mac) = &wanted.mac {
        check_mac(&format!("{field}.mac"), mac)?;
    }
    for (name, text) in [("ipv4", &wanted.ipv4), ("ipv6", &wanted.ipv6)] {
        let Some(text) = text else { continue };
        let field = format!("{field}.{name}");
        let address: IpAddr = text.parse().map_err(|_| {
            Error::invalid(field.clone(), format!("{text:?} is not an IP address."))
        })?;
        if address.is_ipv4() != (name == "ipv4") {
            return Err(Error::invalid(
                field,
                format!("{text} is of the other IP version."),
            ));
        }
        check_address(&field, address, network, ours)?;
    }
    Ok(())
}

/// A fixed address must lie in a subnet, and be nobody's.
fn check_address(
    field: &str,
    address: IpAddr,
    found: &NetworkDetails,
    ours: &[&str],
) -> Result<()> {
    let network = &found.network;
    let name = &network.name;
    if name == "bridge" {
        return Err(Error::invalid(
            field.to_owned(),
            "The default bridge gives no fixed addresses. Make a network of your own with a subnet, and use that.",
        ));
    }
    let refuse =
        |why: String| Err(Error::invalid(field.to_owned(), why).code("address_unavailable"));
    let Some(subnet) = network
        .subnets
        .iter()
        .find(|subnet| subnet.network.contains(address))
    else {
        let subnets: Vec<_> = network
            .subnets
            .iter()
            .map(|s| s.network.to_string())
            .collect();
        return refuse(format!(
            "{address} is not in the network {name}, whose subnets are: {}.",
            if subnets.is_empty() {
                "none".to_owned()
            } else {
                subnets.join(", ")
            }
        ));
    };
    if subnet.gateway == Some(address) {
        return refuse(format!(
            "{address} is the gateway of {name}. Choose another address."
        ));
    }
    let is_edge = match subnet.network {
        ipnetwork::IpNetwork::V4(net) => {
            net.prefix() < 31
                && (address == IpAddr::V4(net.network()) || address == IpAddr::V4(net.broadcast()))
        }
        ipnetwork::IpNetwork::V6(net) => address == IpAddr::V6(net.network()),
    };
    if is_edge {
        return refuse(format!(
            "{address} is the network's own or its broadcast address. Choose one between."
        ));
    }
    if let Some((label, _)) = subnet
        .reserved
        .iter()
        .find(|(_, text)| text.parse() == Ok(address))
    {
        return refuse(format!(
            "{address} is reserved in {name} for {label}. Choose another address."
        ));
    }
    if let Some(owner) = found
        .addresses
        .get(&address)
        .filter(|owner| !ours.contains(&owner.as_str()))
    {
        return refuse(format!(
            "{address} is used by the container {owner}. Choose another address."
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::network::{Network, Subnet};

    #[test]
    fn fixed_address_outside_the_subnet_reserved_or_in_use_is_refused() {
        let network = Network {
            id: String::new(),
            name: "lan".to_owned(),
            driver: "bridge".to_owned(),
            scope: "local".to_owned(),
            internal: false,
            attachable: false,
            ipv6: false,
            options: std::collections::BTreeMap::new(),
            labels: std::collections::BTreeMap::new(),
            created_at: None,
            subnets: vec![Subnet {
                network: "10.7.0.0/24".parse().unwrap(),
                gateway: "10.7.0.1".parse().ok(),
                range: None,
                reserved: [("printer".to_owned(), "10.7.0.9".to_owned())].into(),
            }],
        };
        let network = NetworkDetails {
            network,
            addresses: [("10.7.0.5".parse().unwrap(), "db".to_owned())].into(),
        };
        let check =
            |address: &str| check_address("f", address.parse().unwrap(), &network, &["old"]);
        assert!(check("10.7.0.6").is_ok());
        for (address, word) in [
            ("10.8.0.6", "not in the network"),
            ("10.7.0.1", "gateway"),
            ("10.7.0.0", "broadcast"),
            ("10.7.0.255", "broadcast"),
            ("10.7.0.9", "printer"),
            ("10.7.0.5", "db"),
        ] {
            let error = check(address).unwrap_err();
            assert!(error.message.contains(word), "{address}: {error}");
        }
    }
}
