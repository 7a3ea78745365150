//! Where the addresses of one subnet go in another. Pure.
//!
//! An address that both have stays. Another keeps its number within the subnet
//! (`172.20.0.10` becomes `10.20.0.10`) where that is free, and else gets the lowest
//! free one.

use super::super::space::{AddressSpace, Within, address_at, number};
use crate::model::network::{AddressState, Subnet};
use crate::model::network_record::{NetworkRecord, ReservedRange};
use ipnetwork::IpNetwork;
use std::collections::BTreeMap;
use std::net::IpAddr;

/// A subnet in place of another, and the addresses that were asked for, in their order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Translation {
    pub subnet: Subnet,
    pub addresses: Vec<IpAddr>,
    /// Auxiliary addresses that have no place in it.
    pub dropped: Vec<String>,
}

/// `fixed` are the addresses that containers always have; `None` when the subnet has
/// fewer addresses than these and `others`, which the engine chooses for.
pub(super) fn translate(
    old: &Subnet,
    new: IpNetwork,
    fixed: &[IpAddr],
    others: usize,
) -> Option<Translation> {
    let mut subnet = Subnet {
        network: new,
        gateway: None,
        range: old.range.and_then(|range| part(old.network, new, range)),
        reserved: BTreeMap::new(),
    };
    let empty = AddressSpace::new(&bare(new), &[]);
    let usable = |address: &IpAddr| empty.is_usable(*address);
    subnet.gateway = old.gateway.and_then(|gateway| {
        moved(old.network, new, gateway)
            .filter(usable)
            .or_else(|| new.iter().nth(1))
    });
    let mut dropped = Vec::new();
    for (name, text) in &old.reserved {
        let place = text.parse().ok().and_then(|address: IpAddr| {
            moved(old.network, new, address)
                .filter(usable)
                .filter(|place| Some(*place) != subnet.gateway)
        });
        match place.filter(|place| {
            !subnet
                .reserved
                .values()
                .any(|one| *one == place.to_string())
        }) {
            Some(place) => {
                subnet.reserved.insert(name.clone(), place.to_string());
            }
            None => dropped.push(name.clone()),
        }
    }
    let mut space = AddressSpace::new(&subnet, &[]);
    let mut addresses = vec![None; fixed.len()];
    for may_move in [false, true] {
        for (address, place) in fixed.iter().zip(&mut addresses) {
            if place.is_some() || !(may_move || new.contains(*address)) {
                continue;
            }
            let wanted = moved(old.network, new, *address).filter(usable);
            if let Some(wanted) = wanted.filter(|wanted| is_free(&space, *wanted)) {
                space.use_address(wanted, "");
                *place = Some(wanted);
            }
        }
    }
    let mut all = Vec::new();
    for place in addresses {
        let address = place.or_else(|| space.next(Within::Anywhere))?;
        space.use_address(address, "");
        all.push(address);
    }
    (space.usage().free >= others as u64).then_some(Translation {
        subnet,
        addresses: all,
        dropped,
    })
}

/// The part of a subnet, of this size, that has most of these addresses; the first of
/// several, and the first part where none has any.
pub(super) fn best_part(old: IpNetwork, prefix: u8, addresses: &[IpAddr]) -> Option<IpNetwork> {
    let part_of = |address: IpAddr| {
        let network = IpNetwork::new(address, prefix).ok()?;
        IpNetwork::new(network.network(), prefix).ok()
    };
    let first = part_of(old.network())?;
    let mut best = (0, first);
    let mut parts: Vec<IpNetwork> = addresses.iter().filter_map(|one| part_of(*one)).collect();
    parts.sort();
    parts.dedup();
    for part in parts {
        let has = AddressSpace::new(&bare(part), &[]);
        let count = addresses.iter().filter(|one| has.is_usable(**one)).count();
        if count > best.0 {
            best = (count, part);
        }
    }
    Some(best.1)
}

/// Reserved ranges, moved along. One that has no place as a whole stays as it is:
/// outside of the network, where its owner sees it.
pub(super) fn move_ranges(record: &mut NetworkRecord, old: IpNetwork, new: IpNetwork) {
    for range in &mut record.reservations {
        if let Some((first, last)) = range_in(range, old, new) {
            (range.first, range.last) = (first, last);
        }
    }
    record.reservations.sort_by_key(|range| range.first);
}

/// Where a range of one subnet is in another.
pub(super) fn range_in(
    range: &ReservedRange,
    old: IpNetwork,
    new: IpNetwork,
) -> Option<(IpAddr, IpAddr)> {
    if !(old.contains(range.first) && old.contains(range.last)) {
        return None;
    }
    if new.contains(range.first) && new.contains(range.last) {
        return Some((range.first, range.last));
    }
    // A part that is in both would be told apart from the rest.
    if new.contains(range.first) || new.contains(range.last) {
        return None;
    }
    Some((moved(old, new, range.first)?, moved(old, new, range.last)?))
}

fn bare(network: IpNetwork) -> Subnet {
    Subnet {
        network,
        gateway: None,
        range: None,
        reserved: BTreeMap::new(),
    }
}

fn is_free(space: &AddressSpace, address: IpAddr) -> bool {
    space
        .look(address)
        .is_some_and(|row| row.state == AddressState::Free)
}

/// The same address where the new subnet has it, else the one with the same number.
fn moved(old: IpNetwork, new: IpNetwork, address: IpAddr) -> Option<IpAddr> {
    if new.contains(address) {
        return Some(address);
    }
    let at = number(address).checked_sub(number(old.network()))?;
    let place = address_at(new, number(new.network()).checked_add(at)?);
    new.contains(place).then_some(place)
}

/// A part of one subnet in another, where it fits as a whole.
fn part(old: IpNetwork, new: IpNetwork, part: IpNetwork) -> Option<IpNetwork> {
    let first = moved(old, new, part.network())?;
    let last = moved(old, new, part.broadcast())?;
    let place = IpNetwork::new(first, part.prefix()).ok()?;
    let fits = place.network() == first && place.broadcast() == last;
    (fits && place.prefix() > new.prefix()).then_some(place)
}

#[cfg(test)]
mod tests;
