//! Published ports: against each other, other containers, and what already
//! listens on this machine.

use super::{Checks, Findings};
use crate::error::{Error, Kind, Result};
use crate::host::sockets;
use crate::model::container::{Container, State};
use crate::model::spec::{ContainerSpec, PortSpec};
use std::collections::{HashMap, HashSet};
use std::net::IpAddr;

impl Checks {
    pub(super) fn check_ports(
        &self,
        spec: &ContainerSpec,
        ours: &[&str],
        findings: &mut Findings,
    ) -> Result<()> {
        if spec.ports.is_empty() {
            return Ok(());
        }
        if !spec.has_own_network() {
            if spec.network_mode.as_deref() == Some("host") {
                findings.warnings.push("On the host's network it uses the host's ports directly; the published ports have no effect.".to_owned());
                return Ok(());
            }
            return Err(Error::invalid(
                "ports",
                "Ports cannot be published in another container's network. Publish them on that container instead.",
            ));
        }
        let mut wanted = HostPorts::default();
        for (at, port) in spec.ports.iter().enumerate() {
            let field = format!("ports[{at}]");
            if let Some(ip) = &port.host_ip
                && ip.parse::<IpAddr>().is_err()
            {
                return Err(Error::invalid(
                    format!("{field}.host_ip"),
                    format!("{ip:?} is not an IP address."),
                ));
            }
            if !["tcp", "udp", "sctp"].contains(&port.protocol.as_str()) {
                return Err(Error::invalid(
                    format!("{field}.protocol"),
                    format!(
                        "{:?} is not a protocol. Allowed: tcp, udp, sctp.",
                        port.protocol
                    ),
                ));
            }
            if let Some(twin) = wanted.find(port).and_then(|at| spec.ports.get(at)) {
                return Err(taken(
                    field,
                    format!(
                        "{} and {} want the same port of the host. Give one of them another host port.",
                        twin.short(),
                        port.short()
                    ),
                ));
            }
            wanted.add(at, port);
        }
        let all = self.engine.containers()?;
        for other in all
            .iter()
            .filter(|other| !ours.contains(&other.name.as_str()))
        {
            self.against(&wanted, other, findings)?;
        }
        self.check_listeners(spec, &all, ours)
    }

    /// Against the ports of another container: an error while that one runs.
    fn against(
        &self,
        wanted: &HostPorts<'_>,
        other: &Container,
        findings: &mut Findings,
    ) -> Result<()> {
        for published in &other.ports {
            let Some(host_port) = published.host_port else {
                continue;
            };
            let theirs = PortSpec {
                container_port: published.container_port,
                protocol: published.protocol.clone(),
                host_port: Some(host_port.to_string()),
                host_ip: published.host_ip.clone(),
            };
            let Some(at) = wanted.find(&theirs) else {
                continue;
            };
            let name = &other.name;
            let active = matches!(
                other.state,
                State::Running | State::Paused | State::Restarting
            );
            if !active {
                findings.warnings.push(format!(
                    "{name}, which does not run, publishes port {host_port} too: only one of them can run at a time."
                ));
                continue;
            }
            return Err(taken(
                format!("ports[{at}].host_port"),
                format!(
                    "Port {host_port}/{} of the host is taken by the container {name}. Choose another host port{}, or stop {name}.",
                    published.protocol,
                    self.free_near(host_port, &published.protocol)
                        .map_or_else(String::new, |free| format!(" ({free} is free)"))
                ),
            ));
        }
        Ok(())
    }

    /// Against programs of the machine, where its sockets can be seen.
    fn check_listeners(
        &self,
        spec: &ContainerSpec,
        all: &[std::sync::Arc<Container>],
        ours: &[&str],
    ) -> Result<()> {
        if !self.containers.sees_the_host() {
            return Ok(());
        }
        let listening = sockets::listening();
        // The engine listens for the ports of the containers that will be replaced.
        let replaced: Vec<u16> = all
            .iter()
            .filter(|container| ours.contains(&container.name.as_str()))
            .flat_map(|container| container.ports.iter().filter_map(|port| port.host_port))
            .collect();
        for (at, port) in spec.ports.iter().enumerate() {
            let Some(wanted_port) = single(port).filter(|port| !replaced.contains(port)) else {
                continue;
            };
            let wanted = port.host_ip.as_deref().and_then(|ip| ip.parse().ok());
            if listening
                .iter()
                .any(|socket| socket.blocks(&port.protocol, wanted_port, wanted))
            {
                let free = self
                    .free_near(wanted_port, &port.protocol)
                    .map_or_else(String::new, |free| format!(" ({free} is free)"));
                return Err(taken(
                    format!("ports[{at}].host_port"),
                    format!(
                        "A program on this machine listens on port {wanted_port}/{} already. Choose another host port{free}, or stop that program.",
                        port.protocol
                    ),
                ));
            }
        }
        Ok(())
    }

    /// The next port that nothing is known to use.
    fn free_near(&self, port: u16, protocol: &str) -> Option<u16> {
        self.ports_in_use()?.free_near(port, protocol)
    }

    /// What is known now. `None` without an engine.
    pub(in super::super) fn ports_in_use(&self) -> Option<PortsInUse> {
        let all = self.engine.containers().ok()?;
        let published = all
            .iter()
            .flat_map(|container| &container.ports)
            .filter_map(|port| Some((port.host_port?, port.protocol.clone())))
            .collect();
        let listening = if self.containers.sees_the_host() {
            sockets::listening()
        } else {
            Vec::new()
        };
        Some(PortsInUse {
            published,
            listening,
        })
    }
}

/// The ports of this host that containers publish or programs listen on, at one moment.
pub(in super::super) struct PortsInUse {
    published: HashSet<(u16, String)>,
    listening: Vec<sockets::Listening>,
}

impl PortsInUse {
    /// The next port that nothing is known to use.
    pub fn free_near(&self, port: u16, protocol: &str) -> Option<u16> {
        (port.checked_add(1)?..port.saturating_add(200)).find(|candidate| {
            let key = (*candidate, protocol.to_owned());
            let blocks = |socket: &sockets::Listening| socket.blocks(protocol, *candidate, None);
            !self.published.contains(&key) && !self.listening.iter().any(blocks)
        })
    }
}

fn taken(field: String, message: String) -> Error {
    Error::new(
        Kind::Invalid {
            field: Some(field.into()),
        },
        message,
    )
    .code("port_taken")
}

/// The host ports of a container, by what others can clash with. A range means any
/// free one in it, so it stands in nobody's way.
#[derive(Default)]
struct HostPorts<'a>(HashMap<(u16, &'a str), HostPort>);

/// Who wants one port of one protocol, by their place in the list.
struct HostPort {
    first: usize,
    on_all_addresses: Option<usize>,
    by_address: HashMap<IpAddr, usize>,
}

impl<'a> HostPorts<'a> {
    /// The place of one that wants the same port of the host.
    fn find(&self, port: &PortSpec) -> Option<usize> {
        let known = self.0.get(&(single(port)?, port.protocol.as_str()))?;
        match address(port) {
            None => Some(known.first),
            Some(address) => known
                .on_all_addresses
                .or_else(|| known.by_address.get(&address).copied()),
        }
    }

    fn add(&mut self, at: usize, port: &'a PortSpec) {
        let Some(number) = single(port) else { return };
        let known = self.0.entry((number, &port.protocol)).or_insert(HostPort {
            first: at,
            on_all_addresses: None,
            by_address: HashMap::new(),
        });
        match address(port) {
            None => {
                known.on_all_addresses.get_or_insert(at);
            }
            Some(address) => {
                known.by_address.entry(address).or_insert(at);
            }
        }
    }
}

/// The one host port that is asked for; `None` when any of a range will do.
fn single(port: &PortSpec) -> Option<u16> {
    let (first, last) = port.host_range()?;
    (first == last).then_some(first)
}

/// The host address of a port; `None` for all of them.
fn address(port: &PortSpec) -> Option<IpAddr> {
    let text = port.host_ip.as_deref()?;
    let ip: IpAddr = text.parse().ok()?;
    (!ip.is_unspecified() || text == "::").then_some(ip)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::spec::parse_ports;

    #[test]
    fn ports_clash_on_the_same_single_host_port_protocol_and_overlapping_address() {
        let one = |text: &str| parse_ports(text).unwrap().remove(0);
        for (a, b, expected) in [
            ("8080:80", "8080:81", true),
            ("8080:80", "8080:80/udp", false),
            ("8080:80", "8081:80", false),
            ("127.0.0.1:8080:80", "8080:80", true),
            ("127.0.0.1:8080:80", "127.0.0.2:8080:80", false),
            ("0.0.0.0:8080:80", "127.0.0.2:8080:80", true),
            ("80", "80", false),
            ("8080-8090:80", "8085:80", false),
        ] {
            let clash = |a: &PortSpec, b: &PortSpec| {
                let mut ports = HostPorts::default();
                ports.add(7, a);
                ports.find(b) == Some(7)
            };
            assert_eq!(clash(&one(a), &one(b)), expected, "{a} {b}");
            assert_eq!(clash(&one(b), &one(a)), expected, "{b} {a}");
        }
    }
}
