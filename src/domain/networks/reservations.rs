//! Reserved ranges: addresses that are kept for something, with a label and a color.

use super::addresses::ReservedRangeView;
use super::space::{AddressSpace, number};
use super::{NetworkService, addresses};
use crate::domain::feed::Event;
use crate::error::{Error, Result};
use crate::model::network::NetworkView;
use crate::model::network_record::{NetworkRecord, ReservedRange};
use crate::model::plan::Plan;
use crate::model::timestamp::Timestamp;
use crate::store::Commit;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;
use std::sync::Arc;
use utoipa::ToSchema;

/// Ranges of one network.
const MOST: usize = 100;
const LONGEST_LABEL: usize = 60;
const LONGEST_DESCRIPTION: usize = 500;
/// Of the palette that environments use too.
const COLORS: [&str; 8] = [
    "blue", "green", "amber", "purple", "cyan", "pink", "red", "gray",
];

/// A range as it is asked for. When it is changed, what is not sent stays.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RangeRequest {
    /// The first address, or its last part with a point before it (`.10`).
    pub first: Option<String>,
    pub last: Option<String>,
    pub label: Option<String>,
    pub description: Option<String>,
    /// `blue`, `green`, `amber`, `purple`, `cyan`, `pink`, `red` or `gray`; without
    /// it one that the network does not use yet.
    pub color: Option<String>,
    /// Addresses in it are only given out when the range is named. True at first.
    pub prevent_auto_assign: Option<bool>,
}

/// The reserved ranges of a network.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReservationList {
    pub items: Vec<ReservedRangeView>,
}

impl NetworkService {
    pub async fn reservations(&self, reference: &str) -> Result<ReservationList> {
        let view = self.get(reference)?;
        let mut items = Vec::new();
        for index in 0..view.network.subnets.len() {
            let (subnet, space) = self.space(&view, index).await?;
            let ranges = space.reservations().iter();
            items.extend(ranges.map(|range| addresses::described(range, &space, &subnet)));
        }
        items.extend(self.outside(&view)?);
        Ok(ReservationList { items })
    }

    /// What reserving a range, or changing one, would do.
    pub fn plan_reservation(
        &self,
        reference: &str,
        id: Option<&str>,
        request: &RangeRequest,
    ) -> Result<Plan> {
        let view = self.get(reference)?;
        let record = self.store.network_record(&view.network.name)?;
        let range = wanted(&view, &record, id, request)?;
        Ok(plan_range(&view, &range, id.is_some()))
    }

    /// Reserves a range, or changes the one with this id.
    pub async fn reserve_range(
        &self,
        reference: &str,
        id: Option<&str>,
        request: &RangeRequest,
    ) -> Result<ReservedRange> {
        let view = self.get(reference)?;
        let _alone = self.changing.lock().await;
        let mut record = self.store.network_record(&view.network.name)?;
        let range = wanted(&view, &record, id, request)?;
        record.reservations.retain(|known| known.id != range.id);
        record.reservations.push(range.clone());
        record.reservations.sort_by_key(|known| known.first);
        self.put(&view, record).await?;
        Ok(range)
    }

    /// What removing a range would do.
    pub fn plan_release(&self, reference: &str, id: &str) -> Result<Plan> {
        let view = self.get(reference)?;
        let record = self.store.network_record(&view.network.name)?;
        let range = known(&record, id)?;
        Ok(Plan {
            title: format!("Remove the reservation {}", range.label),
            steps: vec![format!(
                "Give {} to {} back to automatic addresses.",
                range.first, range.last
            )],
            keeps: vec!["Containers that have an address in it keep it.".to_owned()],
            ..Plan::default()
        })
    }

    pub async fn release_range(&self, reference: &str, id: &str) -> Result<()> {
        let view = self.get(reference)?;
        let _alone = self.changing.lock().await;
        let mut record = self.store.network_record(&view.network.name)?;
        known(&record, id)?;
        record.reservations.retain(|range| range.id != id);
        self.put(&view, record).await
    }

    async fn put(&self, view: &NetworkView, record: NetworkRecord) -> Result<()> {
        let commit = Commit::new().put_network(&view.network.name, record);
        self.store.commit(commit).await?;
        self.feed.publish(Event::Network(Arc::clone(&view.network)));
        Ok(())
    }
}

fn plan_range(view: &NetworkView, range: &ReservedRange, changes: bool) -> Plan {
    let name = &view.network.name;
    let mut steps = vec![format!(
        "Keep {} to {} of {name} for {}.",
        range.first, range.last, range.label
    )];
    if range.prevent_auto_assign {
        steps
            .push("DockerMate gives an address of it out only when the range is named.".to_owned());
    }
    let mut warnings = Vec::new();
    for subnet in &view.network.subnets {
        let space = AddressSpace::new(subnet, std::slice::from_ref(range));
        let Some(inside) = space.reservations().first() else {
            continue;
        };
        let assigned = subnet.range.unwrap_or(subnet.network);
        if space.overlaps(inside, assigned) {
            warnings.push(format!(
                "The engine gives automatic addresses from {assigned}, this range included: a container without a fixed address may get one of it. Only a network created with a smaller range for automatic addresses keeps them out."
            ));
        }
    }
    let address = |text: &String| text.parse::<IpAddr>().ok();
    let inside = |address: IpAddr| range.first <= address && address <= range.last;
    let users: Vec<&str> = view
        .members
        .iter()
        .filter(|member| {
            let own = [&member.ipv4, &member.ipv6].into_iter().flatten();
            own.chain(&member.fixed).filter_map(address).any(inside)
        })
        .map(|member| member.name.as_str())
        .collect();
    let mut keeps = vec!["Every container, with the address that it has.".to_owned()];
    if !users.is_empty() {
        keeps.push(format!("Already in this range: {}.", users.join(", ")));
    }
    Plan {
        title: if changes {
            format!("Change the reservation {}", range.label)
        } else {
            format!("Reserve {} to {}", range.first, range.last)
        },
        steps,
        warnings,
        keeps,
        ..Plan::default()
    }
}

fn known<'a>(record: &'a NetworkRecord, id: &str) -> Result<&'a ReservedRange> {
    let found = record.reservations.iter().find(|range| range.id == id);
    found.ok_or_else(|| {
        Error::not_found(
            "This reservation does not exist. It may have been removed; reload the page.",
        )
        .code("reservation_not_found")
    })
}

/// The range that a request means, checked against the network and its other ranges.
fn wanted(
    view: &NetworkView,
    record: &NetworkRecord,
    id: Option<&str>,
    request: &RangeRequest,
) -> Result<ReservedRange> {
    let before = id.map(|id| known(record, id)).transpose()?;
    let others: Vec<&ReservedRange> = record
        .reservations
        .iter()
        .filter(|range| Some(range.id.as_str()) != id)
        .collect();
    let address = |field: &'static str, text: &Option<String>, kept: Option<IpAddr>| match text {
        Some(text) => read_address(view, field, text),
        None => kept
            .ok_or_else(|| Error::invalid(field, "The first and the last address are required.")),
    };
    let first = address("first", &request.first, before.map(|range| range.first))?;
    let last = address("last", &request.last, before.map(|range| range.last))?;
    if first.is_ipv4() != last.is_ipv4() || number(first) > number(last) {
        return Err(Error::invalid(
            "last",
            format!("{last} is before {first}: the last address must not be lower than the first."),
        ));
    }
    let spaces = view.network.subnets.iter();
    let space = spaces
        .map(|subnet| AddressSpace::new(subnet, &[]))
        .find(|space| space.has(first))
        .ok_or_else(|| outside(view, "first", first))?;
    if !space.has(last) {
        return Err(outside(view, "last", last));
    }
    for (field, end) in [("first", first), ("last", last)] {
        if !space.is_usable(end) {
            return Err(Error::invalid(
                field,
                format!("No container can have {end}: it is the network or broadcast address."),
            ));
        }
    }
    if let Some(other) = others.iter().find(|other| {
        other.first.is_ipv4() == first.is_ipv4()
            && number(other.first) <= number(last)
            && number(first) <= number(other.last)
    }) {
        return Err(Error::conflict(format!(
            "{first} to {last} overlaps with the reservation {} ({} to {}). Choose other addresses, or change that one first.",
            other.label, other.first, other.last
        ))
        .code("reservation_overlaps"));
    }
    if before.is_none() && others.len() >= MOST {
        return Err(Error::conflict(format!(
            "A network has at most {MOST} reservations. Remove one first."
        ))
        .code("too_many_reservations"));
    }
    let label = text(
        "label",
        request.label.as_ref(),
        before.map(|range| &range.label),
        LONGEST_LABEL,
    )?;
    if label.is_empty() {
        return Err(Error::invalid(
            "label",
            "A label is required: what the addresses are kept for.",
        ));
    }
    if others
        .iter()
        .any(|other| other.label.eq_ignore_ascii_case(&label))
    {
        return Err(Error::conflict(format!(
            "The network has a reservation {label} already. Give this one another label."
        ))
        .code("reservation_exists"));
    }
    Ok(ReservedRange {
        id: match before {
            Some(range) => range.id.clone(),
            None => new_id()?,
        },
        first,
        last,
        label,
        description: text(
            "description",
            request.description.as_ref(),
            before.map(|range| &range.description),
            LONGEST_DESCRIPTION,
        )?,
        color: color(request, before, &others)?,
        prevent_auto_assign: request
            .prevent_auto_assign
            .or(before.map(|range| range.prevent_auto_assign))
            .unwrap_or(true),
        created_at: before.map_or_else(Timestamp::now, |range| range.created_at),
    })
}

/// A whole address, or `.10` for the one of the IPv4 subnet that ends so.
fn read_address(view: &NetworkView, field: &'static str, text: &str) -> Result<IpAddr> {
    let text = text.trim();
    if let Some(end) = text.strip_prefix('.')
        && let Some(subnet) = view.network.ipv4()
        && let IpAddr::V4(base) = subnet.network.network()
    {
        let octets = base.octets();
        let parts: Vec<&str> = end.split('.').collect();
        let kept = 4_usize.saturating_sub(parts.len());
        let whole: Vec<String> = octets[..kept]
            .iter()
            .map(ToString::to_string)
            .chain(parts.iter().map(|part| (*part).to_owned()))
            .collect();
        if let Ok(address) = whole.join(".").parse() {
            return Ok(address);
        }
    }
    text.parse().map_err(|_| {
        Error::invalid(
            field,
            format!("{text:?} is not an address. Write it whole (172.20.0.10), or its end (.10)."),
        )
    })
}

fn outside(view: &NetworkView, field: &'static str, address: IpAddr) -> Error {
    let subnets: Vec<String> = view
        .network
        .subnets
        .iter()
        .map(|subnet| subnet.network.to_string())
        .collect();
    Error::invalid(
        field,
        if subnets.is_empty() {
            format!(
                "{} has no subnet: there is nothing to reserve.",
                view.network.name
            )
        } else {
            format!(
                "{address} is not in the network {} ({}).",
                view.network.name,
                subnets.join(", ")
            )
        },
    )
}

fn text(
    field: &'static str,
    given: Option<&String>,
    kept: Option<&String>,
    longest: usize,
) -> Result<String> {
    let Some(text) = given else {
        return Ok(kept.cloned().unwrap_or_default());
    };
    let text = text.trim();
    let count = text.chars().count();
    if count > longest {
        return Err(Error::invalid(
            field,
            format!("It has {count} characters; at most {longest} are allowed."),
        ));
    }
    if text.chars().any(char::is_control) {
        return Err(Error::invalid(
            field,
            "It must not contain control characters.",
        ));
    }
    Ok(text.to_owned())
}

fn color(
    request: &RangeRequest,
    before: Option<&ReservedRange>,
    others: &[&ReservedRange],
) -> Result<String> {
    if let Some(color) = &request.color {
        if COLORS.contains(&color.as_str()) {
            return Ok(color.clone());
        }
        return Err(Error::invalid(
            "color",
            format!(
                "{color:?} is not a color. Use one of: {}.",
                COLORS.join(", ")
            ),
        ));
    }
    if let Some(range) = before {
        return Ok(range.color.clone());
    }
    let unused = COLORS
        .iter()
        .find(|color| !others.iter().any(|other| other.color == **color));
    Ok((*unused.unwrap_or(&COLORS[0])).to_owned())
}

fn new_id() -> Result<String> {
    let mut bytes = [0_u8; 8];
    getrandom::fill(&mut bytes)
        .map_err(|error| Error::internal("No id could be made.").detail(error.to_string()))?;
    Ok(crate::model::hex::encode(&bytes))
}
