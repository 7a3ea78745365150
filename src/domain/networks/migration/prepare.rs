//! What a migration needs to know before anything is changed: the new subnet, and the
//! place of every container on it.

use super::super::create::{DRIVERS, none_left, oversized_warning};
use super::super::free_subnet::{self, Taken};
use super::super::removal::refuse_foreign;
use super::super::subnet_field::{collisions, network, prefix};
use super::super::{NetworkService, sizing};
use super::NetworkMigration;
use super::journal::Moved;
use super::translate::{best_part, translate};
use crate::engine::{NetworkBody, Snapshot};
use crate::error::{Error, Result};
use crate::model::network::{NetworkMember, NetworkView, Subnet};
use ipnetwork::IpNetwork;
use serde_json::{Map, Value, json};
use std::net::IpAddr;

/// A migration that was checked.
#[derive(Debug)]
pub(in super::super) struct Prepared {
    pub view: NetworkView,
    pub old: (Subnet, NetworkBody),
    pub new: (Subnet, NetworkBody),
    /// Whether the engine can be asked first: the new subnet is not a part of the old one.
    pub can_try: bool,
    pub members: Vec<Moved>,
    pub warnings: Vec<String>,
    pub needs_acknowledgment: bool,
}

impl Prepared {
    /// How many containers with a fixed address keep it.
    pub fn kept_addresses(&self) -> usize {
        self.members
            .iter()
            .filter(|one| one.address.is_some() && one.old == one.new)
            .count()
    }
}

impl NetworkService {
    pub(in super::super) async fn prepare(
        &self,
        reference: &str,
        request: &NetworkMigration,
    ) -> Result<Prepared> {
        let view = self.get(reference)?;
        refuse_foreign(&view, "recreate")?;
        let old = only_ipv4(&view)?.clone();
        let name = view.network.name.clone();
        let all = self.engine.networks()?;
        if all.iter().filter(|one| one.name == name).count() > 1 {
            return Err(Error::conflict(format!(
                "There are two networks {name}. Remove one of them first."
            ))
            .code("ambiguous_reference"));
        }
        let found = self.engine.inspect_network(&view.network.id).await?;
        let inspect = found.ok_or_else(|| super::super::find::missing(&name))?;
        refuse_special(&view, &inspect)?;
        let mut snapshots = Vec::new();
        for member in &view.members {
            snapshots.push((member, self.snapshot_of(member, &view).await?));
        }
        let mut members: Vec<Moved> = snapshots
            .iter()
            .map(|(member, snapshot)| moved(member, snapshot, &name))
            .collect();
        // Who has a fixed address gets it before the engine chooses for others.
        members.sort_by_key(|one| one.address.is_none());
        let fixed: Vec<IpAddr> = members.iter().filter_map(|one| one.address).collect();
        let mut warnings = Vec::new();
        let shares_link = view.network.shares_link();
        let taken = self.taken_by_others(&view)?;
        let subnet = self.wanted(request, &old, &fixed, &taken)?;
        if subnet == old.network {
            return Err(Error::invalid(
                "subnet",
                format!("{name} has the subnet {subnet} already. Choose another size or subnet."),
            ));
        }
        collisions("subnet", subnet, shares_link, &taken, &mut warnings)?;
        warnings.extend(self.unseen(subnet));
        if !shares_link {
            warnings.extend(oversized_warning(subnet, self.profile));
        }
        let needs_acknowledgment =
            !shares_link && subnet.prefix() < self.profile.network_prefix_min;
        let others = members.len() - fixed.len();
        let told = translate(&old, subnet, &fixed, others).ok_or_else(|| {
            Error::invalid(
                if request.subnet.is_some() { "subnet" } else { "size" },
                format!(
                    "{subnet} has too few addresses for the {} containers of {name}, its gateway and its auxiliary addresses. Choose a larger one.",
                    members.len()
                ),
            )
            .code("network_too_small")
        })?;
        for (one, address) in members.iter_mut().zip(&told.addresses) {
            set_address(&mut one.new, *address);
            one.address = Some(*address);
        }
        for label in &told.dropped {
            warnings.push(format!(
                "The auxiliary address {label} has no place in {subnet} and is given up."
            ));
        }
        if old.range.is_some() && told.subnet.range.is_none() {
            warnings.push(format!(
                "The range for automatic addresses has no place in {subnet}: they come from the whole subnet."
            ));
        }
        let body = NetworkBody::of(&inspect);
        let overlaps = free_subnet::overlap(old.network, subnet);
        Ok(Prepared {
            new: (told.subnet.clone(), body.clone().with_ipv4(&told.subnet)),
            old: (old, body),
            // Two networks cannot share one link of the host.
            can_try: !overlaps && !shares_link,
            view,
            members,
            warnings,
            needs_acknowledgment,
        })
    }

    async fn snapshot_of(&self, member: &NetworkMember, view: &NetworkView) -> Result<Snapshot> {
        let snapshot = self.engine.snapshot(&member.id).await?;
        let refused = |why: &str, code: &'static str| {
            Err(Error::conflict(format!("{} {why}", member.name)).code(code))
        };
        let container = &snapshot.container;
        if container.is_self {
            return refused(
                "is what DockerMate itself runs in or reaches the engine through. It cannot move itself: disconnect it, or use the command line.",
                "protected_self",
            );
        }
        if container.orchestrator.is_some() || snapshot.pod.is_some() {
            return refused(
                "is managed by an orchestrator or is part of a pod. Change its network there.",
                "orchestrated",
            );
        }
        let id = &view.network.id;
        let mode = snapshot.body.host_text("NetworkMode");
        let by_id = mode.len() >= 12 && mode != view.network.name && id.starts_with(mode);
        if by_id || snapshot.body.networks.iter().any(|(name, _)| name == id) {
            return refused(
                "names this network by its ID, which changes. Recreate the container with the network's name first.",
                "network_named_by_id",
            );
        }
        Ok(snapshot)
    }

    /// Everything that a subnet may collide with, but for the network itself.
    fn taken_by_others(&self, view: &NetworkView) -> Result<Vec<Taken>> {
        let mut taken = self.taken()?;
        let own = |one: &Taken| {
            let mut subnets = view.network.subnets.iter();
            subnets.any(|subnet| one.by == free_subnet::by(&view.network.name, subnet.network))
        };
        taken.retain(|one| !own(one));
        Ok(taken)
    }

    /// The subnet that was asked for, or the best one of the size that was.
    fn wanted(
        &self,
        request: &NetworkMigration,
        old: &Subnet,
        fixed: &[IpAddr],
        taken: &[Taken],
    ) -> Result<IpNetwork> {
        if let Some(text) = &request.subnet {
            let subnet = network("subnet", text)?;
            if !subnet.is_ipv4() {
                return Err(Error::invalid(
                    "subnet",
                    "Only the IPv4 subnet is changed here. Give one, as 172.20.0.0/26.",
                ));
            }
            return Ok(subnet);
        }
        let size = match &request.size {
            Some(text) => prefix("size", text)?,
            None => sizing::enough(self.profile),
        };
        let now = old.network;
        if size == now.prefix() {
            return Err(Error::invalid(
                "size",
                format!("The network is a /{size} already. Choose another size, or a subnet."),
            ));
        }
        // Where addresses can stay as they are.
        let around = if size > now.prefix() {
            let reserved = old.reserved.values().filter_map(|text| text.parse().ok());
            let kept = fixed.iter().copied().chain(old.gateway).chain(reserved);
            best_part(now, size, &kept.collect::<Vec<_>>())
        } else {
            let larger = IpNetwork::new(now.ip(), size).ok();
            larger.and_then(|one| IpNetwork::new(one.network(), size).ok())
        };
        let is_free = |one: &IpNetwork| {
            let used = |taken: &&Taken| taken.is_used && free_subnet::overlap(taken.network, *one);
            !taken.iter().any(|taken| used(&taken))
        };
        around
            .filter(is_free)
            .or_else(|| free_subnet::propose(size, taken))
            .ok_or_else(none_left)
    }
}

/// Those whose subnets something else than the engine's own drivers decides about.
fn refuse_special(view: &NetworkView, inspect: &Value) -> Result<()> {
    let (name, driver) = (&view.network.name, view.network.driver.as_str());
    let text = |path: &str| inspect.pointer(path).and_then(Value::as_str).unwrap_or("");
    let is_on = |key: &str| inspect.get(key).and_then(Value::as_bool) == Some(true);
    let has_own = DRIVERS.contains(&driver)
        && matches!(text("/IPAM/Driver"), "" | "default" | "host-local")
        && text("/ConfigFrom/Network").is_empty()
        && !is_on("ConfigOnly");
    if has_own {
        return Ok(());
    }
    Err(Error::conflict(format!(
        "The subnet of {name} is not the engine's own to choose: its driver, its address management or another network's configuration decides. Create another network, and connect the containers to it."
    ))
    .code("network_not_migratable"))
}

fn only_ipv4(view: &NetworkView) -> Result<&Subnet> {
    let subnets = view.network.subnets.iter();
    let all: Vec<&Subnet> = subnets.filter(|one| one.network.is_ipv4()).collect();
    match all[..] {
        [one] => Ok(one),
        _ => Err(Error::conflict(format!(
            "{} has {} IPv4 subnets. Only a network with one can be recreated with another.",
            view.network.name,
            all.len()
        ))
        .code("network_not_migratable")),
    }
}

fn moved(member: &NetworkMember, snapshot: &Snapshot, network: &str) -> Moved {
    let places = &snapshot.body.networks;
    let place = places.iter().find(|(name, _)| name == network);
    let endpoint = place
        .map(|(_, endpoint)| endpoint.clone())
        .unwrap_or_default();
    let address = endpoint
        .get("IPAMConfig")
        .and_then(|config| config.get("IPv4Address"))
        .and_then(Value::as_str)
        .and_then(|text| text.parse().ok());
    Moved {
        id: member.id.clone(),
        name: member.name.clone(),
        running: member.running,
        old: endpoint.clone(),
        new: endpoint,
        address,
    }
}

fn set_address(endpoint: &mut Map<String, Value>, address: IpAddr) {
    let config = endpoint.entry("IPAMConfig").or_insert_with(|| json!({}));
    if let Some(config) = config.as_object_mut() {
        config.insert("IPv4Address".to_owned(), json!(address.to_string()));
    }
}
