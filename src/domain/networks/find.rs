//! Which network a reference means, who is on it, and which are listed: pure.

use super::oversized::Judged;
use super::space::AddressSpace;
use super::warnings::warnings;
use crate::error::{Error, Result};
use crate::model::container::{ContainerView, Endpoint, State};
use crate::model::network::{Network, NetworkMember, NetworkView};
use crate::model::network_record::NetworkRecord;
use serde::Serialize;
use std::cmp::Ordering;
use std::net::IpAddr;
use std::sync::Arc;
use utoipa::ToSchema;

/// Digits by which a network can be named, as few as the CLI ever shows.
const SHORTEST: usize = 4;
const PROJECT: &str = "com.docker.compose.project";

/// What to show of the list. An empty list of uses allows everything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NetworkQuery {
    /// In the name, driver, subnet, a label, a member's name, or at the beginning of the id.
    pub text: Option<String>,
    pub uses: Vec<NetworkUse>,
    pub sort: NetworkSort,
    pub descending: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NetworkUse {
    Used,
    Unused,
    Predefined,
    Oversized,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum NetworkSort {
    #[default]
    Name,
    Driver,
    Subnet,
    Members,
    Utilization,
    CreatedAt,
}

/// The networks of the host.
#[derive(Debug, Serialize, ToSchema)]
pub struct NetworkList {
    pub items: Vec<NetworkView>,
    /// How many there are without the filters.
    pub total: usize,
}

impl NetworkUse {
    pub const WORDS: &[&str] = &["used", "unused", "predefined", "oversized"];

    /// One of [`Self::WORDS`].
    pub fn parse(word: &str) -> Option<Self> {
        Some(match word.to_ascii_lowercase().as_str() {
            "used" => Self::Used,
            "unused" => Self::Unused,
            "predefined" => Self::Predefined,
            "oversized" => Self::Oversized,
            _ => return None,
        })
    }

    fn fits(self, view: &NetworkView) -> bool {
        match self {
            Self::Used => !view.members.is_empty(),
            Self::Unused => view.members.is_empty() && !view.is_predefined,
            Self::Predefined => view.is_predefined,
            Self::Oversized => view.oversized.is_some(),
        }
    }
}

impl NetworkSort {
    pub const WORDS: &[&str] = &[
        "name",
        "-name",
        "driver",
        "-driver",
        "subnet",
        "-subnet",
        "members",
        "-members",
        "utilization",
        "-utilization",
        "created_at",
        "-created_at",
    ];

    /// One of [`Self::WORDS`]; a minus sorts downward.
    pub fn parse(word: &str) -> (Self, bool) {
        let (descending, word) = match word.strip_prefix('-') {
            Some(word) => (true, word),
            None => (false, word),
        };
        let sort = match word {
            "driver" => Self::Driver,
            "subnet" => Self::Subnet,
            "members" => Self::Members,
            "utilization" => Self::Utilization,
            "created_at" => Self::CreatedAt,
            _ => Self::Name,
        };
        (sort, descending)
    }

    fn compare(self, a: &NetworkView, b: &NetworkView) -> Ordering {
        let subnet = |view: &NetworkView| view.network.subnets.first().map(|one| one.network);
        match self {
            Self::Name => Ordering::Equal,
            Self::Driver => a.network.driver.cmp(&b.network.driver),
            Self::Subnet => subnet(a).cmp(&subnet(b)),
            Self::Members => a.members.len().cmp(&b.members.len()),
            Self::Utilization => per_mille(a).cmp(&per_mille(b)),
            Self::CreatedAt => a.network.created_at.cmp(&b.network.created_at),
        }
    }
}

fn per_mille(view: &NetworkView) -> u64 {
    let of = |usage: crate::model::network::AddressUsage| usage.used * 1000 / usage.usable.max(1);
    view.usage.map_or(0, of)
}

/// Those that fit, in order. What is alike stands by name.
pub(super) fn select(mut views: Vec<NetworkView>, query: &NetworkQuery) -> Vec<NetworkView> {
    let text = query.text.as_deref().unwrap_or("").to_lowercase();
    views.retain(|view| {
        let is_used_so = query.uses.is_empty() || query.uses.iter().any(|one| one.fits(view));
        is_used_so && text.split_whitespace().all(|word| has(view, word))
    });
    let by_name = |a: &NetworkView, b: &NetworkView| {
        (&a.network.name, &a.network.id).cmp(&(&b.network.name, &b.network.id))
    };
    views.sort_by(|a, b| {
        let first = query.sort.compare(a, b).then(by_name(a, b));
        if query.descending {
            first.reverse()
        } else {
            first
        }
    });
    views
}

fn has(view: &NetworkView, word: &str) -> bool {
    let within = |text: &str| text.to_lowercase().contains(word);
    let network = &view.network;
    within(&network.name)
        || within(&network.driver)
        || network.id.starts_with(word)
        || network
            .subnets
            .iter()
            .any(|subnet| within(&subnet.network.to_string()))
        || view.members.iter().any(|member| within(&member.name))
        || network
            .labels
            .iter()
            .any(|(key, value)| within(key) || within(value))
}

/// By id, name, or a beginning of the id that fits one network, in that order.
///
/// # Errors
/// Not found; a conflict when it fits several.
pub(super) fn find(networks: &[Arc<Network>], reference: &str) -> Result<Arc<Network>> {
    if let Some(exact) = networks.iter().find(|network| network.id == reference) {
        return Ok(Arc::clone(exact));
    }
    let only = |fitting: Vec<&Arc<Network>>| match fitting[..] {
        [] => None,
        [one] => Some(Ok(Arc::clone(one))),
        _ => Some(Err(Error::conflict(format!(
            "{reference} fits more than one network. Give the whole ID."
        ))
        .code("ambiguous_reference"))),
    };
    let named = networks.iter().filter(|network| network.name == reference);
    let is_id = reference.len() >= SHORTEST && reference.bytes().all(|b| b.is_ascii_hexdigit());
    let begun = networks
        .iter()
        .filter(|network| is_id && network.id.starts_with(reference));
    only(named.collect())
        .or_else(|| only(begun.collect()))
        .unwrap_or_else(|| Err(missing(reference)))
}

pub(super) fn missing(reference: &str) -> Error {
    Error::not_found(format!(
        "The network {reference} does not exist. It may have been removed; reload the list."
    ))
    .code("network_not_found")
}

pub(super) fn without_ipv4(view: &NetworkView) -> Error {
    Error::conflict(format!("{} has no IPv4 subnet.", view.network.name))
        .code("network_without_ipv4")
}

pub(super) fn view(
    network: &Arc<Network>,
    all: &[Arc<Network>],
    containers: &[ContainerView],
    record: Option<&NetworkRecord>,
    judged: Judged,
) -> NetworkView {
    let members = members(network, all, containers);
    let reservations = record.map_or(&[][..], |record| &record.reservations);
    let usage = network.ipv4().map(|subnet| {
        let mut space = AddressSpace::new(subnet, reservations);
        occupy(&mut space, &members);
        space.usage()
    });
    NetworkView {
        is_predefined: network.is_predefined(),
        stack: network.labels.get(PROJECT).cloned(),
        warnings: warnings(network, &members, usage),
        usage,
        oversized: judged.oversized(network, record),
        members,
        network: Arc::clone(network),
    }
}

/// The addresses that containers have, or will have when they start.
pub(super) fn occupy(space: &mut AddressSpace, members: &[NetworkMember]) {
    let parse = |text: &String| text.parse::<IpAddr>().ok();
    for member in members.iter().filter(|member| member.running) {
        let own = [&member.ipv4, &member.ipv6].into_iter().flatten();
        own.filter_map(parse)
            .for_each(|address| space.use_address(address, &member.name));
    }
    for member in members {
        let fixed = member.fixed.iter().filter_map(parse);
        fixed.for_each(|address| space.await_address(address, &member.name));
    }
}

/// Whether a place on a network is one on this network. Engines name it by the network's
/// name or, as long as the container has not run, by what was asked for: an id, or the
/// beginning of one. Podman calls its default network by its own name there.
fn is_on(on: &Endpoint, network: &Network, all: &[Arc<Network>]) -> bool {
    let is_known = |id: &str| all.iter().any(|one| one.id == id);
    if is_known(&on.network_id) {
        return on.network_id == network.id;
    }
    on.network == network.name
        || (on.network == "podman" && network.name == "bridge")
        || (on.network.len() >= SHORTEST && network.id.starts_with(&*on.network))
}

fn members(
    network: &Network,
    all: &[Arc<Network>],
    containers: &[ContainerView],
) -> Vec<NetworkMember> {
    let mut members: Vec<NetworkMember> = containers
        .iter()
        .filter_map(|view| {
            let container = &view.container;
            let mut places = container.networks.iter();
            let on = places.find(|on| is_on(on, network, all))?;
            Some(NetworkMember {
                id: container.id.clone(),
                name: container.name.clone(),
                running: matches!(
                    container.state,
                    State::Running | State::Paused | State::Restarting
                ),
                ipv4: on.ipv4.clone(),
                ipv6: on.ipv6.clone(),
                mac: on.mac.clone(),
                aliases: on.aliases.clone(),
                fixed: on.fixed.clone(),
                environment: view.environment.clone(),
            })
        })
        .collect();
    members.sort_by(|a, b| a.name.cmp(&b.name));
    members
}
