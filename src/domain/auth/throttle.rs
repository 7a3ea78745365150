//! Failed logins cost time: per address, and a little for everybody when many
//! addresses fail at once. Successes clear the address. Nothing is locked: the
//! console (`dockermate reset-password`) always works.

use crate::model::timestamp::Timestamp;
use std::collections::{HashMap, VecDeque};
use std::net::{IpAddr, Ipv6Addr};
use std::time::{Duration, Instant};

/// Tries that cost nothing.
const FREE: u32 = 3;
/// The longest that one address waits.
const LONGEST: Duration = Duration::from_mins(15);
/// An address is forgotten after this long without a failure.
const FORGET: Duration = Duration::from_hours(1);
/// Addresses remembered; beyond, the one that failed longest ago goes.
const MOST: usize = 2048;
/// Failures from anywhere within [`WINDOW`] after which everybody waits.
const GLOBAL_FREE: usize = 30;
const WINDOW: Duration = Duration::from_mins(5);
const GLOBAL_WAIT: Duration = Duration::from_secs(2);
const KNOWN: usize = 32;
/// Tries of one address at the same time.
const AT_ONCE: u32 = 4;

#[derive(Debug, Default)]
pub struct Throttle {
    addresses: HashMap<IpAddr, Failures>,
    /// When the last failures happened, anywhere.
    recent: VecDeque<Instant>,
    /// Addresses that have logged in: a flood from elsewhere does not slow them.
    known: VecDeque<IpAddr>,
    /// Tries under way.
    trying: HashMap<IpAddr, u32>,
    password_since: Option<Timestamp>,
}

#[derive(Debug, Clone, Copy)]
struct Failures {
    count: u32,
    last: Instant,
}

impl Throttle {
    /// How long this address must still wait before its next try.
    pub fn wait(&self, address: IpAddr, now: Instant) -> Option<Duration> {
        let own = self
            .addresses
            .get(&key(address))
            .and_then(|failures| remaining(failures.last, penalty(failures.count), now));
        let crowd = self
            .recent
            .back()
            .filter(|_| self.is_crowded(now) && !self.known.contains(&key(address)))
            .and_then(|last| remaining(*last, GLOBAL_WAIT, now));
        own.max(crowd)
    }

    /// As [`Self::wait`], and counts a try that begins. [`Self::ended`] ends it.
    pub fn begin(&mut self, address: IpAddr, now: Instant) -> Option<Duration> {
        if let Some(left) = self.wait(address, now) {
            return Some(left);
        }
        let trying = self.trying.entry(key(address)).or_default();
        if *trying >= AT_ONCE {
            return Some(Duration::from_secs(1));
        }
        *trying += 1;
        None
    }

    pub fn ended(&mut self, address: IpAddr) {
        let key = key(address);
        if let Some(trying) = self.trying.get_mut(&key) {
            *trying -= 1;
            if *trying == 0 {
                self.trying.remove(&key);
            }
        }
    }

    /// When the current password was set. A new one (a reset on the console)
    /// forgives what was tried with the old.
    pub fn password_is(&mut self, since: Timestamp) {
        if self
            .password_since
            .replace(since)
            .is_some_and(|before| before != since)
        {
            self.addresses.clear();
            self.recent.clear();
        }
    }

    /// Failures come from everywhere.
    pub fn is_crowded(&self, now: Instant) -> bool {
        self.recent_count(now) > GLOBAL_FREE
    }

    /// Notes a failure; returns how often this address has failed in a row.
    pub fn failed(&mut self, address: IpAddr, now: Instant) -> u32 {
        self.addresses
            .retain(|_, failures| now.duration_since(failures.last) < FORGET);
        if self.addresses.len() >= MOST
            && let Some(oldest) = self
                .addresses
                .iter()
                .min_by_key(|(_, failures)| failures.last)
                .map(|(address, _)| *address)
        {
            self.addresses.remove(&oldest);
        }
        self.recent.push_back(now);
        while self.recent.len() > GLOBAL_FREE + 1 {
            self.recent.pop_front();
        }
        let failures = self.addresses.entry(key(address)).or_insert(Failures {
            count: 0,
            last: now,
        });
        failures.count = failures.count.saturating_add(1);
        failures.last = now;
        failures.count
    }

    pub fn succeeded(&mut self, address: IpAddr) {
        let key = key(address);
        self.addresses.remove(&key);
        self.known.retain(|known| *known != key);
        self.known.push_back(key);
        while self.known.len() > KNOWN {
            self.known.pop_front();
        }
    }

    fn recent_count(&self, now: Instant) -> usize {
        self.recent
            .iter()
            .filter(|at| now.duration_since(**at) < WINDOW)
            .count()
    }
}

fn penalty(count: u32) -> Duration {
    if count < FREE {
        return Duration::ZERO;
    }
    Duration::from_secs(1_u64 << (count - FREE).min(10)).min(LONGEST)
}

fn remaining(last: Instant, penalty: Duration, now: Instant) -> Option<Duration> {
    penalty
        .checked_sub(now.duration_since(last))
        .filter(|left| !left.is_zero())
}

/// Elsewhere on the internet one household has a /64, not an address. Within
/// our own walls each device counts for itself.
fn key(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) if v6.is_unicast_link_local() || v6.is_unique_local() => IpAddr::V6(v6),
        IpAddr::V6(v6) => {
            let mut parts = v6.segments();
            parts[4..].fill(0);
            IpAddr::V6(Ipv6Addr::from(parts))
        }
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(last: u8) -> IpAddr {
        IpAddr::from([192, 168, 1, last])
    }

    #[test]
    fn login_delay_doubles_up_to_the_maximum_and_ends_after_success() {
        let mut throttle = Throttle::default();
        let now = Instant::now();
        for _ in 0..2 {
            throttle.failed(address(1), now);
            assert_eq!(throttle.wait(address(1), now), None);
        }
        throttle.failed(address(1), now);
        assert_eq!(throttle.wait(address(1), now), Some(Duration::from_secs(1)));
        throttle.failed(address(1), now);
        assert_eq!(throttle.wait(address(1), now), Some(Duration::from_secs(2)));
        assert_eq!(throttle.wait(address(2), now), None, "others do not wait");
        assert_eq!(
            throttle.wait(address(1), now + Duration::from_secs(2)),
            None
        );
        for _ in 0..100 {
            throttle.failed(address(1), now);
        }
        assert_eq!(throttle.wait(address(1), now), Some(LONGEST));
        throttle.succeeded(address(1));
        assert_eq!(throttle.wait(address(1), now), None);
        assert_eq!(throttle.wait(address(3), now), Some(GLOBAL_WAIT));
    }

    #[test]
    fn failures_from_many_addresses_delay_every_login_and_memory_is_bounded() {
        let mut throttle = Throttle::default();
        let now = Instant::now();
        for n in 0..10_000_u32 {
            throttle.failed(IpAddr::from(n.to_be_bytes()), now);
        }
        assert!(throttle.addresses.len() <= MOST);
        assert_eq!(throttle.wait(address(9), now), Some(GLOBAL_WAIT));
        assert_eq!(throttle.wait(address(9), now + GLOBAL_WAIT), None);
    }

    #[test]
    fn ipv6_addresses_of_one_64_prefix_share_their_login_delay() {
        let mut throttle = Throttle::default();
        let now = Instant::now();
        for n in 0..8_u16 {
            throttle.failed(IpAddr::from([0x2001, 0xdb8, 0, 1, 0, 0, 0, n]), now);
        }
        let other = IpAddr::from([0x2001, 0xdb8, 0, 1, 9, 9, 9, 9]);
        assert!(throttle.wait(other, now).is_some());
    }
}
