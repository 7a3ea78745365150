//! The addresses of one subnet: which are taken, by whom, and which one is next.
//! Pure. It costs as much as there are addresses in use, never as much as the
//! subnet has: a /8 is as quick as a /29.

use crate::model::network::{AddressRow, AddressState, AddressUsage, Subnet};
use crate::model::network_record::ReservedRange;
use ipnetwork::IpNetwork;
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Who has an address.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Taken {
    state: AddressState,
    owner: Option<String>,
}

#[derive(Debug, Clone)]
pub struct AddressSpace {
    network: IpNetwork,
    /// The first and the last that a container can have.
    first: u128,
    last: u128,
    taken: BTreeMap<u128, Taken>,
    /// The part that the engine gives automatic addresses from, where it is not the whole.
    automatic: Option<(u128, u128)>,
    /// Within the subnet, in order, without overlap.
    reservations: Vec<ReservedRange>,
}

/// Where a free address is looked for.
#[derive(Debug, Clone, Copy)]
pub enum Within<'a> {
    /// Outside of the ranges that automatic addresses stay out of.
    Anywhere,
    /// In the reserved range with this id.
    Reservation(&'a str),
}

impl AddressSpace {
    /// Of a subnet, with its gateway and what was kept when it was created.
    pub fn new(subnet: &Subnet, reservations: &[ReservedRange]) -> Self {
        let (first, last) = usable(subnet.network);
        let mut space = Self {
            network: subnet.network,
            first,
            last,
            taken: BTreeMap::new(),
            automatic: subnet
                .range
                .filter(|range| range.prefix() > subnet.network.prefix())
                .map(|range| (number(range.network()), number(range.broadcast()))),
            reservations: Vec::new(),
        };
        for (name, text) in &subnet.reserved {
            if let Ok(address) = text.parse() {
                space.put(address, AddressState::Auxiliary, Some(name.clone()));
            }
        }
        space.put(gateway(subnet), AddressState::Gateway, None);
        // Of one that the subnet no longer has as a whole, what is left of it.
        let mut inside: Vec<ReservedRange> = reservations
            .iter()
            .filter(|range| range.first.is_ipv4() == subnet.network.is_ipv4())
            .filter(|range| space.overlaps(range, subnet.network))
            .cloned()
            .collect();
        inside.sort_by_key(|range| range.first);
        space.reservations = inside;
        space
    }

    pub fn has(&self, address: IpAddr) -> bool {
        self.network.contains(address)
    }

    /// Whether a container can have it.
    pub fn is_usable(&self, address: IpAddr) -> bool {
        self.has(address) && (self.first..=self.last).contains(&number(address))
    }

    pub fn reservations(&self) -> &[ReservedRange] {
        &self.reservations
    }

    /// A container that runs has it.
    pub fn use_address(&mut self, address: IpAddr, owner: &str) {
        self.put(address, AddressState::Used, Some(owner.to_owned()));
    }

    /// It is the fixed address of a container that may not run.
    pub fn await_address(&mut self, address: IpAddr, owner: &str) {
        if self.has(address) && !self.taken.contains_key(&number(address)) {
            self.put(address, AddressState::Waiting, Some(owner.to_owned()));
        }
    }

    fn put(&mut self, address: IpAddr, state: AddressState, owner: Option<String>) {
        if self.has(address) {
            self.taken.insert(number(address), Taken { state, owner });
        }
    }

    pub fn size(&self) -> u128 {
        let bits = if self.network.is_ipv4() { 32 } else { 128 };
        let host = bits - u32::from(self.network.prefix());
        1_u128.checked_shl(host).unwrap_or(u128::MAX)
    }

    pub fn usage(&self) -> AddressUsage {
        let narrow = |count: u128| u64::try_from(count).unwrap_or(u64::MAX);
        let usable = self.last.saturating_sub(self.first).saturating_add(1);
        let used = self.taken.range(self.first..=self.last).count() as u128;
        let reserved: u128 = self
            .reservations
            .iter()
            .map(|range| {
                let (used, size) = self.used_in(range);
                u128::from(size - used)
            })
            .sum();
        AddressUsage {
            usable: narrow(usable),
            used: narrow(used),
            reserved: narrow(reserved),
            free: narrow(usable.saturating_sub(used).saturating_sub(reserved)),
        }
    }

    /// How many addresses of a range are taken, and how many it has.
    pub fn used_in(&self, range: &ReservedRange) -> (u64, u64) {
        let (from, to) = self.clamp(range);
        if from > to {
            return (0, 0);
        }
        let used = self.taken.range(from..=to).count() as u64;
        (used, u64::try_from(to - from + 1).unwrap_or(u64::MAX))
    }

    /// Whether a range and a part of the subnet have an address in common.
    pub fn overlaps(&self, range: &ReservedRange, part: IpNetwork) -> bool {
        let (from, to) = self.clamp(range);
        from <= number(part.broadcast()) && number(part.network()) <= to
    }

    /// A part of the subnet, from its address with this number on.
    pub fn rows(&self, from: u128, most: usize) -> Vec<AddressRow> {
        let start = number(self.network.network());
        let count = self.size().saturating_sub(from).min(most as u128);
        (0..count).map(|at| self.row(start + from + at)).collect()
    }

    fn row(&self, at: u128) -> AddressRow {
        let address = self.address(at);
        let reservation = self.reservation_at(at);
        let (state, owner) = match self.taken.get(&at) {
            Some(taken) => (taken.state, taken.owner.clone()),
            None if at < self.first => (AddressState::Network, None),
            None if at > self.last => (AddressState::Broadcast, None),
            None if reservation.is_some() => (AddressState::Reserved, None),
            None => (AddressState::Free, None),
        };
        AddressRow {
            address,
            state,
            owner,
            reservation: reservation.map(|range| range.id.clone()),
        }
    }

    /// What an address of the subnet is.
    pub fn look(&self, address: IpAddr) -> Option<AddressRow> {
        self.has(address).then(|| self.row(number(address)))
    }

    /// The lowest address that can be given out. One that the engine does not give to
    /// others by itself comes first: a container that is stopped does not lose it.
    pub fn next(&self, within: Within<'_>) -> Option<IpAddr> {
        let (from, to) = match within {
            Within::Anywhere => (self.first, self.last),
            Within::Reservation(id) => {
                let range = self.reservations.iter().find(|range| range.id == id)?;
                self.clamp(range)
            }
        };
        let around = self.automatic.and_then(|(first, last)| {
            let before = first
                .checked_sub(1)
                .and_then(|end| self.next_between(from, to.min(end), within));
            let after = last.checked_add(1)?;
            before.or_else(|| self.next_between(from.max(after), to, within))
        });
        around.or_else(|| self.next_between(from, to, within))
    }

    fn next_between(&self, from: u128, to: u128, within: Within<'_>) -> Option<IpAddr> {
        let mut at = from;
        while at <= to {
            let kept = match within {
                Within::Anywhere => self
                    .reservation_at(at)
                    .filter(|range| range.prevent_auto_assign),
                Within::Reservation(_) => None,
            };
            if let Some(range) = kept {
                at = number(range.last).checked_add(1)?;
            } else if self.taken.contains_key(&at) {
                at = at.checked_add(1)?;
            } else {
                return Some(self.address(at));
            }
        }
        None
    }

    fn reservation_at(&self, at: u128) -> Option<&ReservedRange> {
        let after = self
            .reservations
            .partition_point(|range| number(range.first) <= at);
        let range = self.reservations.get(after.checked_sub(1)?)?;
        (at <= number(range.last)).then_some(range)
    }

    /// The part of a range that containers can have.
    fn clamp(&self, range: &ReservedRange) -> (u128, u128) {
        (
            number(range.first).max(self.first),
            number(range.last).min(self.last),
        )
    }

    fn address(&self, at: u128) -> IpAddr {
        address_at(self.network, at)
    }
}

/// Engines list a gateway only where one was given. The one that they take otherwise
/// is the first address of the part for automatic addresses.
fn gateway(subnet: &Subnet) -> IpAddr {
    let of_range = subnet
        .range
        .map(|range| range.network())
        .filter(|first| *first != subnet.network.network());
    let first = subnet.network.iter().nth(1);
    let network = subnet.network.network();
    subnet.gateway.or(of_range).or(first).unwrap_or(network)
}

pub fn number(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(v4) => u32::from(v4).into(),
        IpAddr::V6(v6) => v6.into(),
    }
}

/// The address with this number, of the subnet's IP version.
pub fn address_at(network: IpNetwork, at: u128) -> IpAddr {
    match network {
        IpNetwork::V4(_) => Ipv4Addr::from(u32::try_from(at).unwrap_or(u32::MAX)).into(),
        IpNetwork::V6(_) => Ipv6Addr::from(at).into(),
    }
}

/// The first and the last address that a container can have. Without the subnet's
/// own one, and in IPv4 without the broadcast address; a /31 and a /32 have neither.
fn usable(network: IpNetwork) -> (u128, u128) {
    let first = number(network.network());
    let last = number(network.broadcast());
    match network {
        IpNetwork::V4(v4) if v4.prefix() <= 30 => (first + 1, last - 1),
        IpNetwork::V6(v6) if v6.prefix() <= 126 => (first + 1, last),
        _ => (first, last),
    }
}

#[cfg(test)]
mod tests;
