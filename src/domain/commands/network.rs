//! Commands for networks: create, remove, inspect, connect, disconnect.

use super::quote::quote;
use super::script::{FAIL, begin, finish};
use super::writer::CommandWriter;
use crate::engine::NewNetwork;
use crate::model::command::{Command, Commands};
use std::net::IpAddr;

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NetworkCommand {
    Create(Box<NewNetwork>),
    /// One after another.
    Remove(Vec<String>),
    Inspect(String),
    Connect {
        network: String,
        container: String,
        addresses: Vec<IpAddr>,
        aliases: Vec<String>,
        /// It can only be given by the API.
        mac: Option<String>,
        priority: Option<i64>,
    },
    Disconnect {
        network: String,
        container: String,
    },
    /// Again under its name, with its containers.
    Recreate {
        new: Box<NewNetwork>,
        moves: Vec<NetworkMove>,
    },
}

/// A container that is connected again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NetworkMove {
    pub container: String,
    /// Those that it always has.
    pub addresses: Vec<IpAddr>,
    pub aliases: Vec<String>,
}

impl NetworkCommand {
    /// Those that can be asked for by a word.
    pub const WORDS: [&'static str; 2] = ["inspect", "remove"];
}

const CREATES: &str = "Creates a network.";
const REMOVES: &str = "Removes these networks. One with a container on it stays.";
const INSPECTS: &str = "Shows everything the engine knows about it, as JSON.";
const CONNECTS: &str = "Connects a container to a network, without a restart.";
const DISCONNECTS: &str = "Disconnects a container from a network, without a restart.";

/// The commands for it.
pub fn network(command: &NetworkCommand, endpoint: Option<&str>) -> Commands {
    let endpoint = endpoint.filter(|endpoint| !endpoint.is_empty());
    Commands {
        simple: short(command, endpoint, false),
        intermediate: short(command, endpoint, true),
        advanced: script(command, endpoint),
    }
}

fn short(command: &NetworkCommand, endpoint: Option<&str>, long: bool) -> Command {
    use NetworkCommand as C;
    let mut text = CommandWriter::default();
    text.docker(endpoint);
    match command {
        C::Create(new) => {
            text.flag("network create", CREATES);
            flags(&mut text, new, long, " ");
            text.targets(&[&new.name]);
        }
        C::Remove(names) => {
            text.flag("network rm", REMOVES);
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            text.targets(&names);
        }
        C::Inspect(name) => {
            text.flag("network inspect", INSPECTS);
            if long {
                text.flag("--verbose", "Shows the tasks of a swarm too.");
            }
            text.targets(&[name]);
        }
        C::Connect {
            network,
            container,
            addresses,
            aliases,
            mac,
            priority,
        } => {
            text.flag("network connect", CONNECTS);
            connection(&mut text, addresses, aliases, *priority);
            no_mac(&mut text, mac.as_deref());
            text.targets(&[network, container]);
        }
        C::Disconnect { network, container } => {
            text.flag("network disconnect", DISCONNECTS);
            text.targets(&[network, container]);
        }
        C::Recreate { new, moves } => return recreation(new, moves, endpoint, long),
    }
    text.finish()
}

/// One command a line: everything off the network, the network again, everything on it.
fn recreation(
    new: &NewNetwork,
    moves: &[NetworkMove],
    endpoint: Option<&str>,
    long: bool,
) -> Command {
    let mut text = CommandWriter::default();
    for one in moves {
        text.docker(endpoint);
        text.flag("network disconnect", DISCONNECTS);
        text.targets(&[&new.name, &one.container]);
        text.raw("\n");
    }
    text.docker(endpoint);
    text.flag("network rm", REMOVES);
    text.targets(&[&new.name]);
    text.raw("\n");
    text.docker(endpoint);
    text.flag("network create", CREATES);
    flags(&mut text, new, long, " ");
    text.targets(&[&new.name]);
    for one in moves {
        text.raw("\n");
        text.docker(endpoint);
        text.flag("network connect", CONNECTS);
        connection(&mut text, &one.addresses, &one.aliases, None);
        text.targets(&[&new.name, &one.container]);
    }
    text.finish()
}

fn script(command: &NetworkCommand, endpoint: Option<&str>) -> Command {
    use NetworkCommand as C;
    let mut text = begin(&title(command), &[], endpoint);
    match command {
        C::Create(new) => {
            text.raw(&format!("network={}\n", quote(&new.name)));
            text.raw(FAIL);
            text.raw("! docker network inspect -- \"$network\" >/dev/null 2>&1 || fail \"There is a network $network already.\"\n\n");
            text.part("docker network create", CREATES);
            flags(&mut text, new, true, " \\\n  ");
            text.raw(" -- \"$network\" || fail \"$network was not created.\"\n");
            text.raw("docker network inspect --format '{{range .IPAM.Config}}{{.Subnet}} {{end}}' -- \"$network\"\n");
        }
        C::Remove(names) => {
            text.raw(FAIL);
            text.raw("\nfailed=0\nfor network in");
            for name in names {
                text.word(&quote(name));
            }
            text.raw("; do\n  ");
            text.part("docker network rm", REMOVES);
            text.raw(
                " -- \"$network\" || failed=$((failed + 1))\ndone\n\
                 [ \"$failed\" -eq 0 ] || fail \"$failed of them were not removed.\"\n\
                 printf '%s\\n' 'All of them were removed.'\n",
            );
        }
        C::Inspect(name) => {
            text.raw(&format!("network={}\n", quote(name)));
            text.raw(FAIL);
            text.part("docker network inspect", INSPECTS);
            text.raw(" -- \"$network\" || fail \"There is no network $network.\"\n");
        }
        C::Connect {
            network,
            container,
            addresses,
            aliases,
            mac,
            priority,
        } => {
            both(&mut text, network, container);
            text.part("docker network connect", CONNECTS);
            connection(&mut text, addresses, aliases, *priority);
            no_mac(&mut text, mac.as_deref());
            text.raw(" -- \"$network\" \"$container\" || fail \"$container was not connected.\"\n");
        }
        C::Disconnect { network, container } => {
            both(&mut text, network, container);
            text.part("docker network disconnect", DISCONNECTS);
            text.raw(
                " -- \"$network\" \"$container\" || fail \"$container was not disconnected.\"\n",
            );
        }
        C::Recreate { new, moves } => {
            text.raw(&format!("network={}\n", quote(&new.name)));
            text.raw(FAIL);
            text.raw("docker network inspect -- \"$network\" >/dev/null 2>&1 || fail \"There is no network $network.\"\n");
            for one in moves {
                text.part("docker network disconnect", DISCONNECTS);
                text.raw(&format!(
                    " -- \"$network\" {} || fail 'The rest is as it was.'\n",
                    quote(&one.container)
                ));
            }
            text.part("docker network rm", REMOVES);
            text.raw(" -- \"$network\" || fail \"$network was not removed.\"\n");
            text.part("docker network create", CREATES);
            flags(&mut text, new, true, " \\\n  ");
            text.raw(" -- \"$network\" || fail \"$network was not created.\"\n");
            for one in moves {
                text.part("docker network connect", CONNECTS);
                connection(&mut text, &one.addresses, &one.aliases, None);
                text.raw(&format!(
                    " -- \"$network\" {} || fail 'The rest was not connected.'\n",
                    quote(&one.container)
                ));
            }
        }
    }
    finish(text)
}

fn both(text: &mut CommandWriter, network: &str, container: &str) {
    text.raw(&format!(
        "network={}\ncontainer={}\n",
        quote(network),
        quote(container)
    ));
    text.raw(FAIL);
    text.raw("docker network inspect -- \"$network\" >/dev/null 2>&1 || fail \"There is no network $network.\"\n");
    text.raw("docker container inspect -- \"$container\" >/dev/null 2>&1 || fail \"There is no container $container.\"\n\n");
}

/// The flags of a creation, each after `gap`.
fn flags(text: &mut CommandWriter, new: &NewNetwork, long: bool, gap: &str) {
    let mut flag = |part: String, meaning: &str| {
        text.raw(gap);
        text.part(&part, meaning);
    };
    if long || new.driver != "bridge" {
        flag(
            format!("--driver {}", quote(&new.driver)),
            match new.driver.as_str() {
                "bridge" => {
                    "A network within this host; containers reach others by the host's address."
                }
                "macvlan" => "Its containers are devices of their own on your network.",
                _ => "Its containers are on your network with the host's MAC address.",
            },
        );
    }
    if new.ipv6 {
        flag("--ipv6".to_owned(), "With IPv6 addresses.");
    }
    if new.internal {
        flag("--internal".to_owned(), "Without external access.");
    }
    if new.attachable {
        flag(
            "--attachable".to_owned(),
            "Containers that are not part of a swarm service may join by hand.",
        );
    }
    for subnet in &new.subnets {
        flag(
            format!("--subnet {}", subnet.network),
            "The addresses that the network has.",
        );
        if let Some(gateway) = subnet.gateway {
            flag(
                format!("--gateway {gateway}"),
                "The gateway of the network.",
            );
        }
        if let Some(range) = subnet.range {
            flag(
                format!("--ip-range {range}"),
                "Automatic addresses come from here only.",
            );
        }
        for (name, address) in &subnet.reserved {
            flag(
                format!("--aux-address {}", quote(&format!("{name}={address}"))),
                "An address that no container gets.",
            );
        }
    }
    let letters = [
        (
            if long { "--opt" } else { "-o" },
            &new.options,
            "An option of the driver.",
        ),
        (
            "--label",
            &new.labels,
            "A label, by which programs find it.",
        ),
    ];
    for (name, map, meaning) in letters {
        for (key, value) in map {
            flag(
                format!("{name} {}", quote(&format!("{key}={value}"))),
                meaning,
            );
        }
    }
}

fn connection(
    text: &mut CommandWriter,
    addresses: &[IpAddr],
    aliases: &[String],
    priority: Option<i64>,
) {
    for address in addresses {
        let name = if address.is_ipv4() { "--ip" } else { "--ip6" };
        text.flag(
            &format!("{name} {address}"),
            "The fixed address that it has whenever it runs.",
        );
    }
    if let Some(priority) = priority {
        text.flag(
            &format!("--gw-priority {priority}"),
            "The network with the highest gives the default gateway (Docker 28).",
        );
    }
    for alias in aliases {
        text.flag(
            &format!("--alias {}", quote(alias)),
            "Another name by which the containers there find it.",
        );
    }
}

/// `docker network connect` has no flag for it before Docker 28, and there it is an
/// option of the driver.
fn no_mac(text: &mut CommandWriter, mac: Option<&str>) {
    if let Some(mac) = mac {
        text.note(
            "network connect",
            format!("The MAC address {mac} cannot be given by this command; DockerMate sends it with the request."),
        );
    }
}

fn title(command: &NetworkCommand) -> String {
    match command {
        NetworkCommand::Create(new) => format!("Creates the network {}", new.name),
        NetworkCommand::Remove(names) => format!("Removes {}", names.join(", ")),
        NetworkCommand::Inspect(name) => format!("Shows {name}"),
        NetworkCommand::Connect {
            network, container, ..
        } => format!("Connects {container} to {network}"),
        NetworkCommand::Disconnect {
            network, container, ..
        } => format!("Disconnects {container} from {network}"),
        NetworkCommand::Recreate { new, .. } => format!("Recreates the network {}", new.name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::network::Subnet;

    fn media() -> NewNetwork {
        NewNetwork {
            name: "media-network".to_owned(),
            driver: "bridge".to_owned(),
            subnets: vec![Subnet {
                network: "172.20.0.0/26".parse().unwrap(),
                gateway: "172.20.0.1".parse().ok(),
                range: "172.20.0.32/27".parse().ok(),
                reserved: [("nas box".to_owned(), "172.20.0.9".to_owned())].into(),
            }],
            labels: [("owner".to_owned(), "it's me".to_owned())].into(),
            ..NewNetwork::default()
        }
    }

    #[test]
    fn network_commands_carry_every_value_quoted() {
        let create = network(&NetworkCommand::Create(Box::new(media())), None);
        assert_eq!(
            create.simple.text,
            "docker network create --subnet 172.20.0.0/26 --gateway 172.20.0.1 --ip-range 172.20.0.32/27 \
             --aux-address 'nas box=172.20.0.9' --label 'owner=it'\\''s me' media-network"
        );
        assert!(create.intermediate.text.contains("--driver bridge"));
        let connect = NetworkCommand::Connect {
            network: "media-network".to_owned(),
            container: "jellyfin".to_owned(),
            addresses: vec!["172.20.0.10".parse().unwrap()],
            aliases: vec!["media".to_owned()],
            mac: None,
            priority: None,
        };
        assert_eq!(
            network(&connect, Some("unix:///x")).simple.text,
            "docker -H unix:///x network connect --ip 172.20.0.10 --alias media media-network jellyfin"
        );
    }

    #[test]
    fn every_explained_part_of_a_network_command_stands_in_it() {
        let both = || ("lan".to_owned(), "web".to_owned());
        let commands = [
            NetworkCommand::Create(Box::new(media())),
            NetworkCommand::Remove(vec!["lan".to_owned(), "-x".to_owned()]),
            NetworkCommand::Inspect("lan".to_owned()),
            NetworkCommand::Connect {
                network: both().0,
                container: both().1,
                addresses: vec!["fd00::2".parse().unwrap()],
                aliases: vec!["a".to_owned()],
                mac: Some("02:42:ac:11:00:02".to_owned()),
                priority: Some(-5),
            },
            NetworkCommand::Disconnect {
                network: both().0,
                container: both().1,
            },
            NetworkCommand::Recreate {
                new: Box::new(media()),
                moves: vec![NetworkMove {
                    container: both().1,
                    addresses: vec!["172.20.0.10".parse().unwrap()],
                    aliases: vec!["a".to_owned()],
                }],
            },
        ];
        for command in commands {
            let told = network(&command, Some("unix:///x"));
            for command in [&told.simple, &told.intermediate, &told.advanced] {
                for part in command.explain.iter().filter(|part| part.part != "( … )") {
                    assert!(
                        command.text.contains(&part.part),
                        "{:?}: {}",
                        part.part,
                        command.text
                    );
                }
            }
        }
    }
}
