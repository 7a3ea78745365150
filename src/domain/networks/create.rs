//! Creating a network: what it needs, what is proposed, and doing it.

mod check;

pub(super) use check::DRIVERS;

use super::free_subnet::{self, Taken};
use super::{NetworkService, engine_error, oversized, sizing, subnet_field};
use crate::domain::commands::NetworkCommand;
use crate::domain::operations::Started;
use crate::engine::NewNetwork;
use crate::error::{Error, Result};
use crate::host::interfaces::LinkKind;
use crate::host::routes;
use crate::model::network::{HostLink, NetworkProposal};
use crate::model::operation::{Target, TargetKind};
use crate::model::plan::Plan;
use crate::model::profile::Profile;
use crate::model::timestamp::Timestamp;
use crate::store::Commit;
use ipnetwork::IpNetwork;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Arc;
use utoipa::ToSchema;

/// A network as it is asked for.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct NetworkCreate {
    pub name: String,
    /// `bridge` (the default), `macvlan` or `ipvlan`.
    pub driver: Option<String>,
    /// In CIDR notation (`172.20.0.0/26`). Without it a free one is chosen, as large
    /// as `size` says.
    pub subnet: Option<String>,
    /// `/27`; without it as large as this host's containers need.
    pub size: Option<String>,
    /// Without it the first address of the subnet.
    pub gateway: Option<String>,
    /// The part of the subnet that the engine gives automatic addresses from. Outside
    /// of it addresses are assigned only on request.
    pub ip_range: Option<String>,
    /// Addresses that no container gets, by what they are for.
    pub aux_addresses: BTreeMap<String, String>,
    pub ipv6: bool,
    /// Without it a /64 of this host's own prefix (RFC 4193).
    pub ipv6_subnet: Option<String>,
    pub ipv6_gateway: Option<String>,
    /// Without external access.
    pub internal: bool,
    /// Containers that are not part of a swarm service may join by hand.
    pub attachable: bool,
    /// The parent interface that a macvlan or ipvlan network shares (`eth0`, or
    /// `eth0.20` for the VLAN 20 of it).
    pub parent: Option<String>,
    /// Largest packet, bytes.
    pub mtu: Option<u32>,
    /// Options of the driver.
    pub options: BTreeMap<String, String>,
    pub labels: BTreeMap<String, String>,
    /// What was understood: all three are required for a network that is larger than
    /// this host should have.
    pub acknowledge: Vec<Acknowledgment>,
}

/// What must be understood before an oversized network is created.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Acknowledgment {
    /// It is oversized.
    Oversized,
    /// It may cost performance.
    Performance,
    /// Its size cannot be changed later without recreating it.
    Permanent,
}

impl Acknowledgment {
    const ALL: [Self; 3] = [Self::Oversized, Self::Performance, Self::Permanent];
}

/// A request that was checked.
#[derive(Debug)]
struct Checked {
    new: NewNetwork,
    warnings: Vec<String>,
    /// It is larger than this host should have.
    needs_acknowledgment: bool,
}

impl NetworkService {
    /// A free subnet of a size, and what a form needs to offer.
    pub fn propose(&self, size: Option<&str>) -> Result<NetworkProposal> {
        let prefix = match size {
            Some(text) => subnet_field::prefix("size", text)?,
            None => sizing::enough(self.profile),
        };
        let taken = self.taken()?;
        let subnet = free_subnet::propose(prefix, &taken).ok_or_else(none_left)?;
        let ipv6 = free_subnet::propose_ipv6(self.store.ipv6_prefix()?, &taken);
        let lan = self.lan.borrow();
        let routers = routes::routers();
        let links = lan
            .interfaces
            .iter()
            .filter(|one| one.kind == LinkKind::Lan)
            .map(|one| HostLink {
                name: one.name.clone(),
                gateway: routers
                    .iter()
                    .find(|router| router.interface == one.name)
                    .map(|router| router.address),
                networks: one
                    .addresses
                    .iter()
                    .filter(|address| !address.fleeting)
                    .map(|address| address.network.to_string())
                    .collect(),
            });
        Ok(NetworkProposal {
            subnet: subnet.to_string(),
            gateway: subnet.iter().nth(1).map(|address| address.to_string()),
            ipv6_subnet: ipv6.map(|network| network.to_string()),
            links: links.collect(),
        })
    }

    pub fn plan_create(&self, request: &NetworkCreate) -> Result<Plan> {
        let checked = self.checked(request)?;
        Ok(self.plan_of(&checked))
    }

    /// Creates it, as an operation.
    pub fn create(self: &Arc<Self>, request: &NetworkCreate) -> Result<Started> {
        let checked = self.checked(request)?;
        self.require_acknowledged(checked.needs_acknowledgment, &request.acknowledge)?;
        let plan = self.plan_of(&checked);
        let target = Target::new(TargetKind::Network, &checked.new.name);
        let reserved = self.operations.reserve(std::slice::from_ref(&target))?;
        let this = Arc::clone(self);
        Ok(self.operations.start_task(
            "network.create",
            plan.title,
            target,
            false,
            move |task| async move {
                let _reserved = reserved;
                let name = checked.new.name.clone();
                // The record is read and written.
                let _alone = this.changing.lock().await;
                let created = this.engine.create_network(&checked.new).await;
                let id = created.map_err(|error| engine_error(error, &name))?;
                if checked.needs_acknowledgment {
                    let mut record = this.store.network_record(&name)?;
                    record.oversized_acknowledged_at = Some(Timestamp::now());
                    this.store
                        .commit(Commit::new().put_network(&name, record))
                        .await?;
                }
                task.produced(json!({"id": id, "name": name}));
                Ok(format!("The network {name} was created."))
            },
        ))
    }

    /// Everything that an address may collide with.
    pub(super) fn taken(&self) -> Result<Vec<Taken>> {
        let networks = self.engine.networks()?;
        Ok(free_subnet::taken(
            &networks,
            &self.lan.borrow(),
            &routes::all(),
            &self.engine.address_pools()?,
        ))
    }

    /// # Errors
    /// When something that has to be understood was not sent.
    pub(super) fn require_acknowledged(
        &self,
        is_needed: bool,
        sent: &[Acknowledgment],
    ) -> Result<()> {
        if !is_needed {
            return Ok(());
        }
        let missing = Acknowledgment::ALL.iter().any(|one| !sent.contains(one));
        if missing {
            return Err(Error::invalid(
                "acknowledge",
                format!(
                    "The network is larger than this host should have. Choose {} or smaller, or send oversized, performance and permanent as `acknowledge`.",
                    crate::model::network_size::prefix_text(self.profile.network_prefix_min)
                ),
            )
            .code("acknowledgment_required"));
        }
        Ok(())
    }

    fn plan_of(&self, checked: &Checked) -> Plan {
        let new = &checked.new;
        let mut steps = vec![format!("Create the {} network {}.", new.driver, new.name)];
        for subnet in &new.subnets {
            let gateway = subnet.gateway.map_or_else(String::new, |gateway| {
                format!(", with {gateway} as its gateway")
            });
            steps.push(format!("Give it the subnet {}{gateway}.", subnet.network));
            if let Some(range) = subnet.range {
                steps.push(format!(
                    "Give automatic addresses from {range} only; the others are for containers with a fixed address."
                ));
            }
        }
        if new.internal {
            steps.push(
                "Give it no external access: its containers reach one another only.".to_owned(),
            );
        }
        Plan {
            title: format!("Create the network {}", new.name),
            steps,
            warnings: checked.warnings.clone(),
            keeps: vec!["Every other network, and every container.".to_owned()],
            commands: Some(self.shell(&NetworkCommand::Create(Box::new(new.clone())))),
            ..Plan::default()
        }
    }
}

/// How a size beyond what the host needs is warned of.
pub(super) fn oversized_warning(subnet: IpNetwork, profile: &Profile) -> Option<String> {
    let told = oversized::of_subnet(subnet, profile)?;
    let most = told.max_containers.unwrap_or(0);
    Some(format!(
        "{subnet} is larger than this host needs: {}% of its addresses stay unused with the {most} containers that it should have at most. {} is enough.",
        told.unused_percent, told.recommended.cidr
    ))
}

pub(super) fn none_left() -> Error {
    Error::conflict(
        "No private subnet of this size is free. Choose a smaller size, or remove networks that nothing uses.",
    )
    .code("no_free_subnet")
}
