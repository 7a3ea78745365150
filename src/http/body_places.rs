//! Request bodies without a session that are being received. When there are too many,
//! of one network or in all, the one that has been under way longest is ended: a login
//! arrives whole at once, so the slow ones keep nobody out.

use crate::domain::security::network;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio_util::sync::CancellationToken;

#[derive(Debug)]
pub struct BodyPlaces {
    held: Arc<Mutex<Held>>,
    most: usize,
    per_network: usize,
}

#[derive(Debug, Default)]
struct Held {
    next: u64,
    /// The oldest first.
    places: BTreeMap<u64, (IpAddr, CancellationToken)>,
}

/// The place of one body; free again when dropped.
#[derive(Debug)]
pub struct BodyPlace {
    held: Arc<Mutex<Held>>,
    number: u64,
    ended: CancellationToken,
}

impl BodyPlaces {
    pub fn new(most: usize, per_network: usize) -> Self {
        Self {
            held: Arc::default(),
            most,
            per_network,
        }
    }

    pub fn take(&self, address: IpAddr) -> BodyPlace {
        let holder = network(address);
        let mut held = lock(&self.held);
        held.make_room(self.per_network, |other| other == holder);
        held.make_room(self.most, |_| true);
        let number = held.next;
        held.next += 1;
        let ended = CancellationToken::new();
        held.places.insert(number, (holder, ended.clone()));
        BodyPlace {
            held: Arc::clone(&self.held),
            number,
            ended,
        }
    }
}

impl Held {
    /// Ends the oldest of those that fit, if they are as many as there may be.
    fn make_room(&self, most: usize, fits: impl Fn(IpAddr) -> bool) {
        let going_on = || {
            let all = self.places.values();
            all.filter(|(holder, ended)| fits(*holder) && !ended.is_cancelled())
        };
        if going_on().count() >= most
            && let Some((_, ended)) = going_on().next()
        {
            ended.cancel();
        }
    }
}

impl BodyPlace {
    /// Returns once another body needs the place.
    pub async fn ended(&self) {
        self.ended.cancelled().await;
    }
}

impl Drop for BodyPlace {
    fn drop(&mut self) {
        lock(&self.held).places.remove(&self.number);
    }
}

fn lock(held: &Mutex<Held>) -> MutexGuard<'_, Held> {
    held.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(network: u8, last: u8) -> IpAddr {
        let [network, last] = [network, last].map(u16::from);
        IpAddr::from([0x2001, 0xdb8, 0, network, 0, 0, 0, last])
    }

    fn ended(held: &[BodyPlace]) -> Vec<usize> {
        (0..held.len())
            .filter(|at| held[*at].ended.is_cancelled())
            .collect()
    }

    #[test]
    fn body_that_has_been_under_way_longest_ends_for_another_one_of_its_network() {
        let places = BodyPlaces::new(64, 8);
        let mut held = vec![places.take(at(2, 1))];
        held.extend((0..8).map(|last| places.take(at(1, last))));
        assert_eq!(ended(&held), [0_usize; 0]);
        held.extend((0..2).map(|_| places.take(at(1, 99))));
        assert_eq!(ended(&held), [1, 2]);
        held.truncate(3);
        held.extend((0..8).map(|last| places.take(at(1, last))));
        assert_eq!(ended(&held), [1, 2], "places are free again");
    }

    #[test]
    fn body_that_has_been_under_way_longest_of_all_ends_once_there_are_too_many() {
        let places = BodyPlaces::new(64, 8);
        let mut held: Vec<_> = (0..64).map(|network| places.take(at(network, 1))).collect();
        held.push(places.take(at(100, 1)));
        assert_eq!(ended(&held), [0]);
        held.push(places.take(at(5, 1)));
        assert_eq!(ended(&held), [0, 1]);
    }
}
