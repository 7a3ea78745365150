//! `--network` and the flags that belong to the first network (`opts/network.go`
//! and `parseNetworkOpts` of the Docker CLI), and `docker network connect`.

use super::checks;
use super::csv;
use super::source::{Note, Notes};
use crate::model::spec::{ContainerSpec, NetworkSpec};

/// Where something stands, and how it was written.
type Place = (usize, usize);

/// What the flags said, until all are known.
#[derive(Debug, Default)]
pub(super) struct NetworkFlags {
    networks: Vec<(NetworkSpec, Place)>,
    aliases: Vec<(String, Place)>,
    links: Vec<(String, Place)>,
    link_local: Vec<(String, Place)>,
    ipv4: Option<(String, Place)>,
    ipv6: Option<(String, Place)>,
    mac: Option<(String, Place)>,
}

impl NetworkFlags {
    /// A flag's value; what is wrong with it.
    pub fn take(
        &mut self,
        flag: &str,
        value: &str,
        place: Place,
    ) -> Result<Option<String>, String> {
        match flag {
            "network" | "net" => {
                let (network, remark) = network(value)?;
                self.networks.push((network, place));
                return Ok(remark);
            }
            "network-alias" | "net-alias" => self.aliases.push((value.to_owned(), place)),
            "link" => self.links.push((link(value)?, place)),
            "link-local-ip" => self.link_local.push((checks::address(value)?, place)),
            "ip" => self.ipv4 = Some((family(value, false)?, place)),
            "ip6" => self.ipv6 = Some((family(value, true)?, place)),
            _ => self.mac = Some((checks::mac(value)?, place)),
        }
        Ok(None)
    }

    /// Puts everything where it belongs.
    pub fn finish(mut self, spec: &mut ContainerSpec, notes: &mut Notes) {
        let user_defined = self.networks.iter().any(|(n, _)| is_user_defined(&n.name));
        let mut seen = std::collections::BTreeSet::new();
        let mut kept = Vec::new();
        for (network, place) in std::mem::take(&mut self.networks) {
            if !seen.insert(network.name.clone()) {
                notes.push(
                    Note::error(
                        place,
                        format!("The network {} is given twice. Give it once.", network.name),
                    )
                    .flag("--network"),
                );
            } else if user_defined && !is_user_defined(&network.name) {
                notes.push(
                    Note::error(
                        place,
                        format!(
                            "{} cannot be combined with user-defined networks. It is ignored.",
                            network.name
                        ),
                    )
                    .flag("--network"),
                );
            } else {
                kept.push((network, place));
            }
        }
        let shared = kept.iter().find(|(network, _)| is_mode(&network.name));
        if let Some((network, _)) = shared {
            spec.network_mode = Some(network.name.clone());
            for place in self.places() {
                notes.push(Note::error(place, format!("With --network {} the container has no network of its own to set this on. It is ignored.", network.name)));
            }
            return;
        }
        let own = kept
            .first()
            .is_some_and(|(network, _)| is_user_defined(&network.name));
        if !own {
            for (link, _) in self.links.drain(..) {
                spec.links.push(link);
            }
            for (_, place) in self.aliases.drain(..) {
                notes.push(Note::error(place, "Only user-defined networks support aliases. Add --network with one; it is ignored.").flag("--network-alias"));
            }
            for (_, place) in [&self.ipv4, &self.ipv6].into_iter().flatten() {
                notes.push(Note::warning(*place, "Fixed IP addresses are only possible on user-defined networks. Add --network with one."));
            }
        }
        if kept.is_empty()
            && (self.ipv4.is_some()
                || self.ipv6.is_some()
                || self.mac.is_some()
                || !self.link_local.is_empty())
        {
            let bridge = NetworkSpec {
                name: "bridge".to_owned(),
                ..NetworkSpec::default()
            };
            kept.push((bridge, (0, 0)));
        }
        if let Some((first, _)) = kept.first_mut() {
            self.apply(first, notes);
        }
        spec.networks = kept
            .into_iter()
            .map(|(network, _)| network)
            // The engine's own default, under the name that the client has for it.
            .filter(|network| network.name != "default")
            .collect();
    }

    fn places(&self) -> Vec<Place> {
        let lists = [&self.aliases, &self.links, &self.link_local];
        let singles = [&self.ipv4, &self.ipv6, &self.mac];
        let lists = lists.into_iter().flatten().map(|(_, place)| *place);
        let singles = singles.into_iter().flatten().map(|(_, place)| *place);
        lists.chain(singles).collect()
    }

    /// The plain flags are about the first network; said twice is an error.
    fn apply(self, first: &mut NetworkSpec, notes: &mut Notes) {
        let mut twice = |given: bool, place: Place, flag: &str, key: &str| {
            if given {
                notes.push(Note::error(place, format!("Both {flag} and {key}= of --network set this. Keep one; {key}= is used here.")).flag(flag));
            }
            given
        };
        let list = |list: Vec<(String, Place)>| -> Vec<String> {
            list.into_iter().map(|(value, _)| value).collect()
        };
        if let Some((_, place)) = self.aliases.first()
            && !twice(
                !first.aliases.is_empty(),
                *place,
                "--network-alias",
                "alias",
            )
        {
            first.aliases = list(self.aliases);
        }
        first.links = list(self.links);
        if let Some((_, place)) = self.link_local.first()
            && !twice(
                !first.link_local_ips.is_empty(),
                *place,
                "--link-local-ip",
                "link-local-ip",
            )
        {
            first.link_local_ips = list(self.link_local);
        }
        if let Some((ip, place)) = self.ipv4
            && !twice(first.ipv4.is_some(), place, "--ip", "ip")
        {
            first.ipv4 = Some(ip);
        }
        if let Some((ip, place)) = self.ipv6
            && !twice(first.ipv6.is_some(), place, "--ip6", "ip6")
        {
            first.ipv6 = Some(ip);
        }
        if let Some((mac, place)) = self.mac
            && !twice(first.mac.is_some(), place, "--mac-address", "mac-address")
        {
            first.mac = Some(mac);
        }
    }
}

/// Instead of a network.
fn is_mode(name: &str) -> bool {
    name == "host" || name == "none" || name.starts_with("container:")
}

fn is_user_defined(name: &str) -> bool {
    !is_mode(name) && name != "default" && name != "bridge"
}

fn family(value: &str, six: bool) -> Result<String, String> {
    let address = checks::address(value)?;
    if address.contains(':') == six {
        Ok(address)
    } else if six {
        Err(format!("{value:?} is an IPv4 address; --ip takes those."))
    } else {
        Err(format!("{value:?} is an IPv6 address; --ip6 takes those."))
    }
}

fn link(value: &str) -> Result<String, String> {
    let parts: Vec<&str> = value.split(':').collect();
    match parts[..] {
        ["", ..] => Err("A link needs a container's name.".to_owned()),
        [name] => Ok(format!("{name}:{name}")),
        [_, _] => Ok(value.to_owned()),
        _ => Err(format!(
            "{value:?} is not a valid link. Write container:alias."
        )),
    }
}

/// A network's name, or `name=…,ip=…` with a remark on what the client changes.
fn network(value: &str) -> Result<(NetworkSpec, Option<String>), String> {
    let mut network = NetworkSpec::default();
    if !is_long(value) {
        value.clone_into(&mut network.name);
        if value.trim().is_empty() {
            return Err("--network needs the name of a network.".to_owned());
        }
        return Ok((network, None));
    }
    let mut lowered = None;
    for field in csv::fields(value)? {
        // The client makes all of it small, values too.
        let small = field.to_lowercase();
        if small != field {
            lowered = Some(format!(
                "The client converts {field:?} to lower case: {small:?}."
            ));
        }
        let (key, value) = small
            .split_once('=')
            .ok_or_else(|| format!("{field:?} needs a value after =."))?;
        let (key, value) = (key.trim(), value.trim());
        match key {
            "name" => value.clone_into(&mut network.name),
            "alias" => network.aliases.push(value.to_owned()),
            "ip" => network.ipv4 = Some(family(value, false)?),
            "ip6" => network.ipv6 = Some(family(value, true)?),
            "mac-address" => network.mac = Some(checks::mac(value)?),
            "link-local-ip" => network.link_local_ips.push(checks::address(value)?),
            "driver-opt" => {
                let (name, value) = value.split_once('=').ok_or_else(|| {
                    format!("{field:?} needs a name and a value: driver-opt=name=value.")
                })?;
                network
                    .driver_opts
                    .insert(name.trim().to_owned(), value.trim().to_owned());
            }
            "gw-priority" => {
                let number = value
                    .parse()
                    .map_err(|_| format!("{value:?} is not a whole number."))?;
                network.gw_priority = Some(number);
            }
            _ => {
                return Err(format!(
                    "{key:?} is not an option of --network. Allowed: name, alias, ip, ip6, mac-address, link-local-ip, driver-opt, gw-priority."
                ));
            }
        }
    }
    if network.name.is_empty() {
        return Err("--network with options needs name=, the name of the network.".to_owned());
    }
    Ok((network, lowered))
}

/// The client takes a value for the long form when it finds `word=word` in it.
fn is_long(value: &str) -> bool {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    value.match_indices('=').any(|(at, _)| {
        value[..at].chars().next_back().is_some_and(word)
            && value[at + 1..].chars().next().is_some_and(word)
    })
}

/// What `docker network connect` says: the container's name, the network.
///
/// # Errors
/// A sentence that says what is wrong.
pub(super) fn connect<'w>(
    words: impl IntoIterator<Item = &'w str>,
) -> Result<(String, NetworkSpec), String> {
    let mut network = NetworkSpec::default();
    let mut names = Vec::new();
    let mut words = words.into_iter();
    let mut flags_over = false;
    while let Some(word) = words.next() {
        let Some(flag) = word.strip_prefix("--").filter(|_| !flags_over) else {
            names.push(word);
            continue;
        };
        if flag.is_empty() {
            flags_over = true;
            continue;
        }
        let (flag, value) = match flag.split_once('=') {
            Some((flag, value)) => (flag, value),
            None => (
                flag,
                words
                    .next()
                    .ok_or_else(|| format!("--{flag} needs a value."))?,
            ),
        };
        match flag {
            "ip" => network.ipv4 = Some(family(value, false)?),
            "ip6" => network.ipv6 = Some(family(value, true)?),
            "alias" => network.aliases.extend(csv::fields(value)?),
            "link" => network.links.push(link(value)?),
            "link-local-ip" => network.link_local_ips.extend(csv::fields(value)?),
            "driver-opt" => {
                for option in csv::fields(value)? {
                    let (name, value) = option.split_once('=').unwrap_or((&option, ""));
                    network
                        .driver_opts
                        .insert(name.to_owned(), value.to_owned());
                }
            }
            "gw-priority" => {
                let number = value
                    .parse()
                    .map_err(|_| format!("{value:?} is not a whole number."))?;
                network.gw_priority = Some(number);
            }
            _ => return Err(format!("docker network connect has no flag --{flag}.")),
        }
    }
    match names[..] {
        [name, container] => {
            name.clone_into(&mut network.name);
            Ok((container.to_owned(), network))
        }
        _ => Err("docker network connect takes a network and a container.".to_owned()),
    }
}
