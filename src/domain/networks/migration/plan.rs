//! What a migration will do, address by address.

use super::super::NetworkService;
use super::journal::Moved;
use super::prepare::Prepared;
use super::translate::range_in;
use crate::domain::commands::{NetworkCommand, NetworkMove};
use crate::domain::environments::some_of;
use crate::engine::NewNetwork;
use crate::error::Result;
use crate::model::container::ContainerView;
use crate::model::plan::{Need, NeedKind, Plan};
use serde_json::{Map, Value};

pub(super) fn title(prepared: &Prepared) -> String {
    format!(
        "Recreate the network {} with {}",
        prepared.view.network.name, prepared.new.0.network
    )
}

impl NetworkService {
    pub(super) fn plan_migration(&self, prepared: &Prepared) -> Result<Plan> {
        let (network, subnet) = (&prepared.view.network, prepared.new.0.network);
        let name = &network.name;
        let mut steps = Vec::new();
        if prepared.can_try {
            steps.push(format!(
                "Try the subnet {subnet} with a temporary network, before anything is changed."
            ));
        }
        if !prepared.members.is_empty() {
            steps.push(format!(
                "Disconnect {} from {name}, without stopping anything.",
                count(prepared.members.len())
            ));
        }
        let gateway = prepared
            .new
            .0
            .gateway
            .map_or_else(String::new, |gateway| format!(" and the gateway {gateway}"));
        steps.push(format!(
            "Remove {name} ({}) and create it with {subnet}{gateway}; its other settings and labels stay.",
            prepared.old.0.network
        ));
        steps.extend(prepared.members.iter().map(step));
        steps.push("Verify the addresses, and that published ports answer as before.".to_owned());
        Ok(Plan {
            title: title(prepared),
            steps,
            warnings: self.warnings(prepared)?,
            keeps: vec![
                "The containers: they are not stopped or recreated, and keep their aliases and volumes."
                    .to_owned(),
                "If anything fails, the old network comes back with every container on it."
                    .to_owned(),
            ],
            needs: self.need(prepared)?,
            commands: Some(self.shell(&NetworkCommand::Recreate {
                new: Box::new(Self::described(prepared)),
                moves: prepared.members.iter().map(shell_move).collect(),
            })),
            ..Plan::default()
        })
    }

    /// The new network for the command.
    fn described(prepared: &Prepared) -> NewNetwork {
        let network = &prepared.view.network;
        let mut subnets = network.subnets.clone();
        for subnet in subnets.iter_mut().filter(|one| one.network.is_ipv4()) {
            *subnet = prepared.new.0.clone();
        }
        NewNetwork {
            name: network.name.clone(),
            driver: network.driver.clone(),
            internal: network.internal,
            attachable: network.attachable,
            ipv6: network.ipv6,
            subnets,
            options: network.options.clone(),
            labels: network.labels.clone(),
        }
    }

    fn warnings(&self, prepared: &Prepared) -> Result<Vec<String>> {
        let name = &prepared.view.network.name;
        let mut warnings = prepared.warnings.clone();
        let views = self.containers_of(prepared)?;
        let publishes = |view: &&ContainerView| {
            view.container
                .ports
                .iter()
                .any(|port| port.host_port.is_some())
        };
        let published: Vec<&str> = views
            .iter()
            .filter(publishes)
            .map(|view| view.container.name.as_str())
            .collect();
        if prepared.members.iter().any(|one| one.running) {
            let ports = if published.is_empty() {
                String::new()
            } else {
                format!(
                    " Published ports of {} may not answer for a moment, and those that the engine chose may change.",
                    some_of(&published)
                )
            };
            warnings.push(format!(
                "Connections over {name} break.{ports} A program that remembers addresses has to be restarted."
            ));
        }
        if self.engine.is_podman() {
            warnings.push(
                "Podman tells less of a network here than it has: its range for automatic addresses, DNS servers and routes are not kept."
                    .to_owned(),
            );
            if prepared.members.iter().any(|one| !one.running) {
                warnings.push(
                    "Podman does not tell the fixed addresses of containers that do not run: they get one that is chosen at their next start. Start them first to keep theirs."
                        .to_owned(),
                );
            }
        }
        let mut stacks: Vec<String> = prepared.view.stack.iter().cloned().collect();
        for one in &views {
            let fixed = prepared
                .members
                .iter()
                .any(|member| member.name == one.container.name && member.address.is_some());
            stacks.extend(one.container.stack.clone().filter(|_| fixed));
        }
        stacks.sort();
        stacks.dedup();
        if !stacks.is_empty() {
            let stacks: Vec<&str> = stacks.iter().map(String::as_str).collect();
            warnings.push(format!(
                "Change the subnet and the fixed addresses in the Compose files of {} too: with the old ones, the next docker compose up fails or brings the old subnet back.",
                some_of(&stacks)
            ));
        }
        let (old, new) = (prepared.old.0.network, prepared.new.0.network);
        for range in self.store.network_record(name)?.reservations {
            match range_in(&range, old, new) {
                Some((first, last)) if first != range.first => warnings.push(format!(
                    "The reservation {} becomes {first} to {last}.",
                    range.label
                )),
                Some(_) => {}
                None if old.contains(range.first) => warnings.push(format!(
                    "The reservation {} ({} to {}) has no place in {new}: it stays outside of the network until you change it.",
                    range.label, range.first, range.last
                )),
                None => {}
            }
        }
        Ok(warnings)
    }

    fn containers_of(&self, prepared: &Prepared) -> Result<Vec<ContainerView>> {
        let mut views = self.containers.views()?;
        views.retain(|view| {
            prepared
                .members
                .iter()
                .any(|one| one.id == view.container.id)
        });
        Ok(views)
    }

    /// The strictest of what changing any of the containers needs.
    fn need(&self, prepared: &Prepared) -> Result<Option<Need>> {
        let name = &prepared.view.network.name;
        let views = self.containers_of(prepared)?;
        let mut asked: Vec<(NeedKind, &str)> = Vec::new();
        for view in &views {
            if let Some(need) = self.containers.need_for_change(view, "move") {
                asked.push((need.kind, &view.container.name));
            }
        }
        let of = |kind: NeedKind| -> Vec<&str> {
            let those = asked.iter().filter(|(asks, _)| *asks == kind);
            those.map(|(_, name)| *name).collect()
        };
        let (typed, yes) = (of(NeedKind::TypeName), of(NeedKind::Yes));
        Ok(if !typed.is_empty() {
            Some(Need {
                kind: NeedKind::TypeName,
                confirm: name.clone(),
                reason: format!(
                    "Confirmation by name is required for {}: type the network's name to move it.",
                    some_of(&typed)
                ),
            })
        } else if !yes.is_empty() {
            Some(Need {
                kind: NeedKind::Yes,
                confirm: "yes".to_owned(),
                reason: format!("Confirmation is required for {}.", some_of(&yes)),
            })
        } else {
            None
        })
    }
}

fn step(one: &Moved) -> String {
    let state = if one.running { "" } else { " (not running)" };
    let before = fixed(&one.old);
    match (before, one.address) {
        (Some(before), Some(after)) if before == after.to_string() => {
            format!("Connect {}{state}, which keeps {after}.", one.name)
        }
        (Some(before), Some(after)) => {
            format!("Connect {}{state}: {before} becomes {after}.", one.name)
        }
        _ => format!(
            "Connect {}{state}; the engine chooses its address, as before.",
            one.name
        ),
    }
}

fn shell_move(one: &Moved) -> NetworkMove {
    let texts = |value: Option<&Value>| -> Vec<String> {
        let texts = value.and_then(Value::as_array).into_iter().flatten();
        texts
            .filter_map(Value::as_str)
            .map(ToOwned::to_owned)
            .collect()
    };
    let ipv6 = one
        .new
        .get("IPAMConfig")
        .and_then(|config| config.get("IPv6Address"));
    let ipv6 = ipv6
        .and_then(Value::as_str)
        .and_then(|text| text.parse().ok());
    NetworkMove {
        container: one.name.clone(),
        addresses: one.address.into_iter().chain(ipv6).collect(),
        aliases: texts(one.new.get("Aliases")),
    }
}

fn fixed(endpoint: &Map<String, Value>) -> Option<&str> {
    endpoint.get("IPAMConfig")?.get("IPv4Address")?.as_str()
}

fn count(containers: usize) -> String {
    if containers == 1 {
        "1 container".to_owned()
    } else {
        format!("{containers} containers")
    }
}
