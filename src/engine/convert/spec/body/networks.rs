//! Of an inspect answer's networks: what was asked for, told apart from what the
//! engine assigned.

use super::super::super::inspect::is_blank;
use super::super::create::{CreateBody, MAC_PER_ENDPOINT};
use super::super::podman;
use super::{EngineFacts, object};
use crate::engine::api_version::NEWEST;
use serde_json::{Map, Value};

/// The places on networks, the primary one first, with what was asked for and
/// without what was assigned.
pub(super) fn networks(
    inspect: &Value,
    mode: &str,
    mac: Option<&Value>,
    config: &mut Map<String, Value>,
    facts: &EngineFacts,
) -> Vec<(String, Map<String, Value>)> {
    if mode == "host" || mode == "none" || mode.starts_with("container:") {
        return Vec::new();
    }
    let id = inspect.get("Id").and_then(Value::as_str).unwrap_or("");
    let primary = if mode == "default" || mode.is_empty() {
        "bridge"
    } else {
        mode
    };
    let shown = object(inspect, "/NetworkSettings/Networks");
    let host_name = inspect
        .pointer("/Config/Hostname")
        .and_then(Value::as_str)
        .unwrap_or("");
    let mut all: Vec<_> = shown
        .iter()
        .map(|(name, shown)| (name.clone(), endpoint(shown, id, host_name, facts)))
        .collect();
    let is_primary = |name: &str| {
        name == primary
            || shown
                .get(name)
                .and_then(|shown| shown.get("NetworkID"))
                .is_some_and(|id| id == primary)
    };
    all.sort_by_key(|(name, _)| !is_primary(name));
    if let Some(mac) = mac {
        match all.first_mut().filter(|(name, _)| is_primary(name)) {
            Some((_, endpoint)) if facts.api >= MAC_PER_ENDPOINT => {
                endpoint.insert("MacAddress".to_owned(), mac.clone());
            }
            _ => {
                config.insert("MacAddress".to_owned(), mac.clone());
            }
        }
    }
    all
}

fn endpoint(shown: &Value, id: &str, host_name: &str, facts: &EngineFacts) -> Map<String, Value> {
    let mut kept = Map::new();
    for key in ["IPAMConfig", "Links", "DriverOpts", "GwPriority"] {
        if let Some(value) = shown.get(key).filter(|value| !is_blank(value)) {
            kept.insert(key.to_owned(), value.clone());
        }
    }
    let aliases: Vec<Value> = shown
        .get("Aliases")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        // Before API 1.45 the short id is added, which would pile up, and the host
        // name, which would stay when it becomes another.
        .filter_map(Value::as_str)
        .filter(|alias| !(alias.len() == 12 && id.starts_with(alias)))
        .filter(|alias| facts.api >= (1, 45) || *alias != host_name)
        .map(Value::from)
        .collect();
    if !aliases.is_empty() {
        kept.insert("Aliases".to_owned(), aliases.into());
    }
    if facts.api >= MAC_PER_ENDPOINT
        && let Some(mac) = shown
            .get("MacAddress")
            .filter(|mac| is_chosen_mac(mac, shown, facts))
    {
        kept.insert("MacAddress".to_owned(), mac.clone());
    }
    kept
}

/// From this API version on (engine 28) a generated MAC is a random one.
const RANDOM_MAC: (usize, usize) = (1, 48);

/// Engines from API 1.44 on show the endpoint's MAC, chosen or generated. The
/// primary one's choice is in `Config.MacAddress`. Of the others, one that does
/// not run shows only what was chosen, and a generated one always has the bit
/// "locally administered" (IEEE 802), which a vendor's has not. Before engine 28
/// a generated one is 02:42 and the address, and any other was chosen.
fn is_chosen_mac(mac: &Value, shown: &Value, facts: &EngineFacts) -> bool {
    let mac = mac.as_str().unwrap_or("");
    let running = shown
        .get("IPAddress")
        .is_some_and(|address| !is_blank(address));
    let first = mac
        .get(..2)
        .and_then(|pair| u8::from_str_radix(pair, 16).ok());
    first.is_some_and(|first| {
        let vendor = first & 2 == 0;
        let other_than_generated =
            facts.api < RANDOM_MAC && !facts.podman && !follows_address(mac, shown);
        !running || vendor || other_than_generated
    })
}

/// Only engines 25.0.0 and 25.0.1 show a generated MAC in `Config.MacAddress`;
/// those before and after write down a choice alone.
pub(super) fn shows_generated_mac(facts: &EngineFacts) -> bool {
    ["25.0.0", "25.0.1"].contains(&facts.version.split(['-', '+']).next().unwrap_or(""))
}

/// What bridge networks before engine 28 generate: 02:42 and the address.
pub(super) fn is_generated_mac(mac: &Value, inspect: &Value) -> bool {
    let mac = mac.as_str().unwrap_or("");
    object(inspect, "/NetworkSettings/Networks")
        .values()
        .any(|shown| follows_address(mac, shown))
}

fn follows_address(mac: &str, shown: &Value) -> bool {
    let address = shown.get("IPAddress").and_then(Value::as_str).unwrap_or("");
    address.parse::<std::net::Ipv4Addr>().is_ok_and(|address| {
        let [a, b, c, d] = address.octets();
        mac.eq_ignore_ascii_case(&format!("02:42:{a:02x}:{b:02x}:{c:02x}:{d:02x}"))
    })
}

/// What is in use and may have been chosen, where the engine does not tell a
/// choice from an assignment: for the container that takes this one's place, and
/// for no other. Gives what a person should know about it.
pub(in crate::engine) fn keep_assigned(
    body: &mut CreateBody,
    inspect: &Value,
    facts: &EngineFacts,
) -> Option<String> {
    let primary = body.networks.first().map(|(name, _)| name.clone());
    let shown = object(inspect, "/NetworkSettings/Networks");
    let mut unknown = false;
    let mut kept = false;
    for (name, endpoint) in &mut body.networks {
        let Some(shown) = shown.get(if facts.podman {
            podman::network_name(name)
        } else {
            name
        }) else {
            continue;
        };
        let part = |key: &str| shown.get(key).filter(|value| !is_blank(value)).cloned();
        let is_primary = primary.as_deref() == Some(name.as_str());
        // The primary one's choice is told up to the newest API that we know.
        let is_told = is_primary && facts.api <= NEWEST;
        if (facts.podman || (facts.api >= RANDOM_MAC && !is_told))
            && facts.api >= MAC_PER_ENDPOINT
            && let Some(mac) = part("MacAddress")
        {
            endpoint.entry("MacAddress").or_insert(mac);
        }
        // The default network gives no fixed addresses.
        if !facts.podman || name == "bridge" {
            continue;
        }
        unknown = true;
        let mut addresses = Map::new();
        for (key, from) in [
            ("IPv4Address", "IPAddress"),
            ("IPv6Address", "GlobalIPv6Address"),
        ] {
            if let Some(address) = part(from) {
                addresses.insert(key.to_owned(), address);
            }
        }
        if !addresses.is_empty() {
            kept = true;
            endpoint
                .entry("IPAMConfig")
                .or_insert(Value::Object(addresses));
        }
    }
    let told = if kept {
        "Podman does not tell fixed addresses from assigned ones. The new container gets the addresses that this one has now, as fixed ones."
    } else {
        "Podman does not tell the fixed addresses of a container that is not running. If this one has any, set them again afterwards."
    };
    unknown.then(|| told.to_owned())
}
