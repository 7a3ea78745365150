//! The addresses of a network: a part of the map, and giving the next one out.

use super::find::occupy;
use super::space::{AddressSpace, Within};
use super::{NetworkService, engine_error, find};
use crate::error::{Error, Result};
use crate::host::neighbors;
use crate::model::network::{AddressRow, AddressUsage, NetworkView, Subnet};
use crate::model::network_record::ReservedRange;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::PoisonError;
use std::time::{Duration, Instant};
use utoipa::ToSchema;

/// Addresses of one answer.
const PAGE: usize = 1024;
/// How long an address that was given out stays away from others before it is used.
const HOLD: Duration = Duration::from_mins(2);
/// Addresses that are given out and not used yet.
const MOST_HELD: usize = 4096;

/// Which part of the map is asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AddressQuery {
    /// Which of its subnets, from 0.
    pub subnet: usize,
    /// The number of the first address, from 0: the subnet's own.
    pub from: u64,
    pub limit: usize,
}

/// A part of the map of a subnet.
#[derive(Debug, Serialize, ToSchema)]
pub struct AddressPage {
    /// In CIDR notation.
    pub subnet: String,
    /// Which of its subnets this is, and how many it has.
    pub index: usize,
    pub subnets: usize,
    /// Number of the first address of `items`.
    pub from: u64,
    /// How many addresses the subnet has.
    pub total: u64,
    pub items: Vec<AddressRow>,
    pub usage: AddressUsage,
    /// The reserved ranges of this subnet.
    pub reservations: Vec<ReservedRangeView>,
    /// The part that the engine gives automatic addresses from.
    pub range: Option<String>,
    /// The lowest free address outside of reserved ranges.
    #[schema(value_type = Option<String>)]
    pub next: Option<IpAddr>,
}

/// A reserved range, with how much of it is used.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReservedRangeView {
    #[serde(flatten)]
    pub range: ReservedRange,
    pub size: u64,
    /// Addresses of it that containers have.
    pub used: u64,
    /// The lowest free address in it.
    #[schema(value_type = Option<String>)]
    pub next: Option<IpAddr>,
    /// The engine may give addresses of it to any container: it is within the part
    /// that automatic addresses come from.
    pub engine_assigns: bool,
    /// The network does not have these addresses any more.
    pub is_outside: bool,
}

/// Asks for an address that nobody has.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct AllocationRequest {
    /// Which of the network's subnets, from 0.
    pub subnet: usize,
    /// The label or id of a reserved range; without it the address is outside of the
    /// ranges that automatic addresses stay out of.
    pub reservation: Option<String>,
}

/// An address that was given out. Nobody else gets it for two minutes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Allocation {
    #[schema(value_type = String)]
    pub address: IpAddr,
    /// In CIDR notation.
    pub subnet: String,
    /// Seconds.
    pub held_for: u64,
}

/// By the network's id and the address: until when.
pub(super) type Held = HashMap<(String, IpAddr), Instant>;

impl NetworkService {
    /// A part of the map.
    pub async fn addresses(&self, reference: &str, query: AddressQuery) -> Result<AddressPage> {
        let view = self.get(reference)?;
        let subnets = view.network.subnets.len();
        let (subnet, space) = self.space(&view, query.subnet).await?;
        let limit = query.limit.clamp(1, PAGE);
        let inside = space.reservations().iter();
        let mut reservations: Vec<ReservedRangeView> = inside
            .map(|range| described(range, &space, &subnet))
            .collect();
        reservations.extend(self.outside(&view)?);
        Ok(AddressPage {
            subnet: subnet.network.to_string(),
            index: query.subnet,
            subnets,
            from: query.from,
            total: u64::try_from(space.size()).unwrap_or(u64::MAX),
            items: space.rows(query.from.into(), limit),
            usage: space.usage(),
            reservations,
            range: subnet.range.map(|range| range.to_string()),
            next: space.next(Within::Anywhere),
        })
    }

    /// A network with the beginning of its map, where it has a subnet.
    pub async fn page(&self, reference: &str) -> Result<(NetworkView, Option<AddressPage>)> {
        let view = self.get(reference)?;
        if view.network.subnets.is_empty() {
            return Ok((view, None));
        }
        let query = AddressQuery {
            limit: 256,
            ..AddressQuery::default()
        };
        let page = self.addresses(&view.network.id, query).await?;
        Ok((view, Some(page)))
    }

    /// Ranges that none of its subnets has any more.
    pub(super) fn outside(&self, view: &NetworkView) -> Result<Vec<ReservedRangeView>> {
        let record = self.store.network_record(&view.network.name)?;
        let spaces: Vec<AddressSpace> = view
            .network
            .subnets
            .iter()
            .map(|subnet| AddressSpace::new(subnet, &record.reservations))
            .collect();
        let is_inside = |range: &ReservedRange| {
            let mut all = spaces.iter().flat_map(AddressSpace::reservations);
            all.any(|known| known.id == range.id)
        };
        let left = record.reservations.iter().filter(|range| !is_inside(range));
        Ok(left
            .map(|range| ReservedRangeView {
                range: range.clone(),
                size: 0,
                used: 0,
                next: None,
                engine_assigns: false,
                is_outside: true,
            })
            .collect())
    }

    /// Gives an address out that nobody has, and keeps it away from others until it
    /// is used.
    ///
    /// # Errors
    /// A conflict when there is none left.
    pub async fn allocate(
        &self,
        reference: &str,
        request: &AllocationRequest,
    ) -> Result<Allocation> {
        self.give(reference, request, true).await
    }

    /// Without `holds` it only tells which address would be given out.
    pub(super) async fn give(
        &self,
        reference: &str,
        request: &AllocationRequest,
        holds: bool,
    ) -> Result<Allocation> {
        let view = self.get(reference)?;
        let (mut subnet, mut space) = self.space(&view, request.subnet).await?;
        let mut within = None;
        if let Some(named) = &request.reservation {
            // It may be in another subnet, as of IPv6.
            let count = view.network.subnets.len();
            for index in (0..count).filter(|index| *index != request.subnet) {
                if find_reservation(&space, named).is_some() {
                    break;
                }
                (subnet, space) = self.space(&view, index).await?;
            }
            within = Some(reservation(&space, named, &view.network.name)?);
        }
        let within = within.as_deref();
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        held.retain(|_, until| *until > now);
        for ((network, address), _) in held.iter() {
            if *network == view.network.id {
                space.await_address(*address, "");
            }
        }
        let address = space
            .next(within.map_or(Within::Anywhere, Within::Reservation))
            .ok_or_else(|| exhausted(&view, &subnet, request.reservation.as_deref()))?;
        if held.len() >= MOST_HELD {
            return Err(Error::conflict(
                "Too many addresses were asked for and not used. Try again in two minutes.",
            )
            .code("too_many_allocations"));
        }
        if holds {
            held.insert((view.network.id.clone(), address), now + HOLD);
        }
        Ok(Allocation {
            address,
            subnet: subnet.network.to_string(),
            held_for: HOLD.as_secs(),
        })
    }

    /// A subnet with everything that is taken in it, also by what is not a container
    /// that the engine lists.
    pub(super) async fn space(
        &self,
        view: &NetworkView,
        index: usize,
    ) -> Result<(Subnet, AddressSpace)> {
        let network = &view.network;
        let Some(subnet) = network.subnets.get(index) else {
            return Err(if network.subnets.is_empty() {
                Error::conflict(format!(
                    "The network {} has no subnet: its containers have no addresses of their own.",
                    network.name
                ))
                .code("no_subnet")
            } else {
                Error::invalid(
                    "subnet",
                    format!(
                        "{} has {} subnets; they are counted from 0.",
                        network.name,
                        network.subnets.len()
                    ),
                )
            });
        };
        let details = self.engine.network(&network.id).await;
        let details = details
            .map_err(|error| engine_error(error, &network.name))?
            .ok_or_else(|| find::missing(&network.name))?;
        let record = self.store.network_record(&network.name)?;
        let mut space = AddressSpace::new(subnet, &record.reservations);
        if network.shares_link() && self.containers.sees_the_host() {
            for (address, _) in neighbors::known() {
                space.use_address(address, "another machine");
            }
            // The host has an address there itself.
            let lan = self.lan.borrow();
            let own = lan.interfaces.iter().flat_map(|one| &one.addresses);
            own.for_each(|address| space.use_address(address.ip(), "this host"));
        }
        for (address, owner) in &details.addresses {
            space.use_address(*address, owner);
        }
        occupy(&mut space, &view.members);
        Ok((subnet.clone(), space))
    }
}

/// The id of a range that is named by its label or its id.
fn reservation(space: &AddressSpace, named: &str, network: &str) -> Result<String> {
    let all = space.reservations();
    let found = find_reservation(space, named);
    found.map(|range| range.id.clone()).ok_or_else(|| {
        let labels: Vec<&str> = all.iter().map(|range| range.label.as_str()).collect();
        let there = if labels.is_empty() {
            "It has none.".to_owned()
        } else {
            format!("There are: {}.", labels.join(", "))
        };
        Error::invalid(
            "reservation",
            format!("The network {network} has no reserved range {named:?}. {there}"),
        )
        .code("reservation_not_found")
    })
}

fn find_reservation<'a>(space: &'a AddressSpace, named: &str) -> Option<&'a ReservedRange> {
    let mut all = space.reservations().iter();
    all.find(|range| range.id == named || range.label.eq_ignore_ascii_case(named))
}

pub(super) fn described(
    range: &ReservedRange,
    space: &AddressSpace,
    subnet: &Subnet,
) -> ReservedRangeView {
    let (used, size) = space.used_in(range);
    let assigned = subnet.range.unwrap_or(subnet.network);
    ReservedRangeView {
        size,
        used,
        next: space.next(Within::Reservation(&range.id)),
        engine_assigns: space.overlaps(range, assigned),
        is_outside: false,
        range: range.clone(),
    }
}

fn exhausted(view: &NetworkView, subnet: &Subnet, reservation: Option<&str>) -> Error {
    let name = &view.network.name;
    let network = subnet.network;
    Error::conflict(match reservation {
        Some(label) => format!(
            "Every address of the reserved range {label} of {name} is taken. Enlarge the range, or disconnect a container from it."
        ),
        None => format!(
            "Every address of {name} ({network}) is taken or reserved. Remove a reservation, disconnect a container, or create a larger network."
        ),
    })
    .code("no_free_address")
}
