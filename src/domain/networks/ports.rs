//! The ports of this host: what containers publish, what programs listen on, what is
//! wanted twice, and which is free.

use super::NetworkService;
use crate::error::Result;
use crate::host::sockets::{self, Listening};
use crate::model::container::ContainerView;
use crate::model::container::State;
use crate::model::host_port::{FreePort, HostPortList, HostPortView, PortHolder};
use std::collections::BTreeMap;
use std::net::IpAddr;

impl NetworkService {
    /// Every port, in order.
    pub fn host_ports(&self) -> Result<HostPortList> {
        let containers = self.containers.views()?;
        let sees_host = self.containers.sees_the_host();
        let listening = if sees_host {
            sockets::listening()
        } else {
            Vec::new()
        };
        Ok(HostPortList {
            items: ports(&containers, &listening),
            sees_host,
        })
    }

    /// The first port from `near` on that nobody has or publishes.
    pub fn free_port(&self, near: u16, protocol: &str) -> Result<FreePort> {
        let taken = self.host_ports()?.items;
        let is_free = |port: &u16| {
            !taken
                .iter()
                .any(|one| one.port == *port && one.protocol == protocol)
        };
        Ok(FreePort {
            port: (near.max(1)..=u16::MAX).find(is_free),
            protocol: protocol.to_owned(),
        })
    }
}

fn ports(containers: &[ContainerView], listening: &[Listening]) -> Vec<HostPortView> {
    let mut all: Vec<HostPortView> = containers.iter().flat_map(published).collect();
    let programs = programs(&all, listening);
    let conflicts: Vec<Option<String>> = all
        .iter()
        .map(|one| conflict(one, &all, &programs))
        .collect();
    for (one, conflict) in all.iter_mut().zip(conflicts) {
        one.conflict = conflict;
    }
    all.extend(programs);
    all.sort_by(|a, b| {
        let key = |one: &HostPortView| {
            let name = one.container.as_ref().map(|holder| holder.name.clone());
            (one.port, one.protocol.clone(), name)
        };
        key(a).cmp(&key(b))
    });
    all
}

/// What one container publishes; the addresses of a port together.
fn published(view: &ContainerView) -> Vec<HostPortView> {
    let container = &view.container;
    let mut found: BTreeMap<(u16, String, u16), Vec<String>> = BTreeMap::new();
    for port in &container.ports {
        let Some(host_port) = port.host_port else {
            continue;
        };
        let key = (host_port, port.protocol.clone(), port.container_port);
        found
            .entry(key)
            .or_default()
            .push(port.host_ip.clone().unwrap_or_default());
    }
    let ports = found.into_iter();
    ports
        .map(
            |((port, protocol, container_port), addresses)| HostPortView {
                port,
                protocol,
                addresses: told(addresses),
                container: Some(PortHolder {
                    id: container.id.clone(),
                    name: container.name.clone(),
                    running: matches!(
                        container.state,
                        State::Running | State::Paused | State::Restarting
                    ),
                    environment: view.environment.clone(),
                }),
                container_port: Some(container_port),
                conflict: None,
            },
        )
        .collect()
}

/// None where one of them stands for all.
fn told(mut addresses: Vec<String>) -> Vec<String> {
    let is_all =
        |text: &String| text.is_empty() || text.parse().is_ok_and(|ip: IpAddr| ip.is_unspecified());
    if addresses.iter().any(is_all) {
        return Vec::new();
    }
    addresses.sort();
    addresses.dedup();
    addresses
}

/// What listens without being the engine's own listener for a container.
fn programs(published: &[HostPortView], listening: &[Listening]) -> Vec<HostPortView> {
    let mut found: BTreeMap<(u16, &str), Vec<String>> = BTreeMap::new();
    for socket in listening {
        let protocol = if socket.tcp { "tcp" } else { "udp" };
        let is_engine = published.iter().any(|one| {
            one.port == socket.port
                && one.protocol == protocol
                && one.container.as_ref().is_some_and(|holder| holder.running)
                && overlap(&one.addresses, &told(vec![socket.address.to_string()]))
        });
        if !is_engine {
            found
                .entry((socket.port, protocol))
                .or_default()
                .push(socket.address.to_string());
        }
    }
    let ports = found.into_iter();
    ports
        .map(|((port, protocol), addresses)| HostPortView {
            port,
            protocol: protocol.to_owned(),
            addresses: told(addresses),
            container: None,
            container_port: None,
            conflict: None,
        })
        .collect()
}

fn conflict(one: &HostPortView, all: &[HostPortView], programs: &[HostPortView]) -> Option<String> {
    let holder = one.container.as_ref()?;
    let same = |other: &&HostPortView| {
        other.port == one.port
            && other.protocol == one.protocol
            && overlap(&one.addresses, &other.addresses)
    };
    let is_other = |other: &&HostPortView| {
        let theirs = other.container.as_ref();
        theirs.is_some_and(|theirs| theirs.id != holder.id)
    };
    if let Some(other) = all.iter().filter(is_other).find(same) {
        let name = other.container.as_ref().map(|theirs| theirs.name.as_str());
        return Some(format!(
            "{} publishes it too: only one of them can run at a time.",
            name.unwrap_or_default()
        ));
    }
    let is_taken = !holder.running && programs.iter().any(|other| same(&other));
    is_taken.then(|| {
        format!(
            "A program of this host listens on it: {} cannot start.",
            holder.name
        )
    })
}

/// Whether two lists of addresses, of which an empty one stands for all, have one in
/// common.
fn overlap(a: &[String], b: &[String]) -> bool {
    a.is_empty() || b.is_empty() || a.iter().any(|one| b.contains(one))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held(name: &str, running: bool, port: u16, addresses: &[&str]) -> HostPortView {
        HostPortView {
            port,
            protocol: "tcp".to_owned(),
            addresses: addresses.iter().map(ToString::to_string).collect(),
            container: Some(PortHolder {
                id: name.to_owned(),
                name: name.to_owned(),
                running,
                environment: None,
            }),
            container_port: Some(80),
            conflict: None,
        }
    }

    fn socket(address: &str, port: u16) -> Listening {
        Listening {
            tcp: true,
            address: address.parse().unwrap(),
            port,
        }
    }

    #[test]
    fn listener_of_a_running_container_is_the_engines_and_others_are_programs() {
        let published = [held("web", true, 80, &[]), held("old", false, 81, &[])];
        let found = programs(
            &published,
            &[
                socket("0.0.0.0", 80),
                socket("::", 80),
                socket("127.0.0.1", 81),
                socket("::1", 81),
            ],
        );
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].port, 81);
        assert_eq!(found[0].addresses, ["127.0.0.1", "::1"]);
        let told = conflict(&published[1], &published, &found).unwrap();
        assert!(told.contains("old cannot start"), "{told}");
        assert!(conflict(&published[0], &published, &found).is_none());
    }

    #[test]
    fn two_containers_conflict_where_their_addresses_overlap() {
        let all = [
            held("a", true, 80, &["192.168.1.2"]),
            held("b", false, 80, &["192.168.1.3"]),
            held("c", false, 80, &[]),
        ];
        let told = |at: usize| conflict(&all[at], &all, &[]).unwrap_or_default();
        assert!(told(0).starts_with("c publishes"), "{}", told(0));
        assert!(told(1).starts_with("c publishes"), "{}", told(1));
        assert!(told(2).starts_with("a publishes"), "{}", told(2));
        let apart = &all[..2];
        assert!(conflict(&apart[0], apart, &[]).is_none());
    }
}
