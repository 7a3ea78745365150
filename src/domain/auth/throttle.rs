//! Failed logins cost time: per address, and for every unknown address when many
//! fail at once. Over all of them there are at most a hundred tries an hour
//! (OWASP ASVS 2.2.1). A device or an address that has logged in before has a
//! budget of its own. Nothing is locked: the console (`dockermate
//! reset-password`) always works.

use crate::domain::security::Device;
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
/// Failures of all unknown addresses together within [`HOUR`].
const ACCOUNT_MOST: usize = 100;
const HOUR: Duration = Duration::from_hours(1);
/// Tries of one address at the same time.
const AT_ONCE: u32 = 4;

#[derive(Debug, Default)]
pub struct Throttle {
    failures: HashMap<Key, Failures>,
    /// When unknown addresses failed within the last hour.
    account: VecDeque<Instant>,
    /// When the last failures happened, anywhere.
    recent: VecDeque<Instant>,
    /// Addresses that have logged in: a flood from elsewhere does not slow them.
    known: VecDeque<IpAddr>,
    /// Tries under way.
    trying: HashMap<Key, u32>,
    password_since: Option<Timestamp>,
}

/// Whose tries are counted together.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Key {
    Address(IpAddr),
    Device(Device),
}

/// Who tries: an address, or a device that has logged in before.
#[derive(Debug, Clone)]
pub struct Who {
    pub address: IpAddr,
    pub device: Option<Device>,
}

impl Who {
    fn key(&self) -> Key {
        match &self.device {
            Some(device) => Key::Device(device.clone()),
            None => Key::Address(network(self.address)),
        }
    }
}

#[derive(Debug, Clone, Copy)]
struct Failures {
    count: u32,
    last: Instant,
}

impl Throttle {
    /// How long this client must still wait before its next try.
    pub fn wait(&self, who: &Who, now: Instant) -> Option<Duration> {
        let own = self
            .failures
            .get(&who.key())
            .and_then(|failures| remaining(failures.last, penalty(failures.count), now));
        if self.knows(who) {
            return own;
        }
        let crowd = self
            .recent
            .back()
            .filter(|_| self.is_crowded(now))
            .and_then(|last| remaining(*last, GLOBAL_WAIT, now));
        // The oldest of a hundred failures must be an hour old.
        let account = self
            .account
            .front()
            .filter(|_| self.account.len() >= ACCOUNT_MOST)
            .and_then(|oldest| remaining(*oldest, HOUR, now));
        own.max(crowd).max(account)
    }

    /// Whether it has logged in before.
    pub fn knows(&self, who: &Who) -> bool {
        who.device.is_some() || self.known.contains(&network(who.address))
    }

    /// As [`Self::wait`], and counts a try that begins. [`Self::ended`] ends it.
    pub fn begin(&mut self, who: &Who, now: Instant) -> Option<Duration> {
        if let Some(left) = self.wait(who, now) {
            return Some(left);
        }
        let trying = self.trying.entry(who.key()).or_default();
        if *trying >= AT_ONCE {
            return Some(Duration::from_secs(1));
        }
        *trying += 1;
        None
    }

    pub fn ended(&mut self, who: &Who) {
        let key = who.key();
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
            self.failures.clear();
            self.recent.clear();
            self.account.clear();
        }
    }

    /// Failures come from everywhere.
    pub fn is_crowded(&self, now: Instant) -> bool {
        self.recent_count(now) > GLOBAL_FREE
    }

    /// Notes a failure; returns how often this client has failed in a row.
    pub fn failed(&mut self, who: &Who, now: Instant) -> u32 {
        self.failures
            .retain(|_, failures| now.duration_since(failures.last) < FORGET);
        if self.failures.len() >= MOST
            && let Some(oldest) = self
                .failures
                .iter()
                .min_by_key(|(_, failures)| failures.last)
                .map(|(key, _)| key.clone())
        {
            self.failures.remove(&oldest);
        }
        if !self.knows(who) {
            note(&mut self.recent, now, GLOBAL_FREE + 1);
            note(&mut self.account, now, ACCOUNT_MOST);
        }
        let failures = self.failures.entry(who.key()).or_insert(Failures {
            count: 0,
            last: now,
        });
        failures.count = failures.count.saturating_add(1);
        failures.last = now;
        failures.count
    }

    pub fn succeeded(&mut self, who: &Who) {
        self.failures.remove(&who.key());
        let network = network(who.address);
        self.failures.remove(&Key::Address(network));
        self.known.retain(|known| *known != network);
        self.known.push_back(network);
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

fn note(times: &mut VecDeque<Instant>, now: Instant, most: usize) {
    times.push_back(now);
    while times.len() > most {
        times.pop_front();
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

/// Whoever has one IPv6 address has all of its network: a household's /64 of the
/// internet, and as many as it likes of the local ones.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
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

    fn who(address: impl Into<IpAddr>) -> Who {
        Who {
            address: address.into(),
            device: None,
        }
    }

    fn address(last: u8) -> Who {
        who([192, 168, 1, last])
    }

    #[test]
    fn login_delay_doubles_up_to_the_maximum_and_ends_after_success() {
        let mut throttle = Throttle::default();
        let now = Instant::now();
        for _ in 0..2 {
            throttle.failed(&address(1), now);
            assert_eq!(throttle.wait(&address(1), now), None);
        }
        throttle.failed(&address(1), now);
        assert_eq!(
            throttle.wait(&address(1), now),
            Some(Duration::from_secs(1))
        );
        throttle.failed(&address(1), now);
        assert_eq!(
            throttle.wait(&address(1), now),
            Some(Duration::from_secs(2))
        );
        assert_eq!(throttle.wait(&address(2), now), None, "others do not wait");
        assert_eq!(
            throttle.wait(&address(1), now + Duration::from_secs(2)),
            None
        );
        for _ in 0..20 {
            throttle.failed(&address(1), now);
        }
        assert_eq!(throttle.wait(&address(1), now), Some(LONGEST));
        throttle.succeeded(&address(1));
        assert_eq!(throttle.wait(&address(1), now), None);
        for _ in 0..20 {
            throttle.failed(&address(5), now);
        }
        assert_eq!(throttle.wait(&address(3), now), Some(GLOBAL_WAIT));
    }

    #[test]
    fn failures_from_many_addresses_delay_every_login_and_memory_is_bounded() {
        let mut throttle = Throttle::default();
        let now = Instant::now();
        for n in 0..10_000_u32 {
            throttle.failed(&who(n.to_be_bytes()), now);
        }
        assert!(throttle.failures.len() <= MOST);
        assert_eq!(throttle.wait(&address(9), now), Some(HOUR));
        assert_eq!(throttle.wait(&address(9), now + HOUR), None);
    }

    #[test]
    fn ipv6_addresses_of_one_64_prefix_share_their_login_delay() {
        let mut throttle = Throttle::default();
        let now = Instant::now();
        for n in 0..8_u16 {
            throttle.failed(&who([0x2001, 0xdb8, 0, 1, 0, 0, 0, n]), now);
            throttle.failed(&who([0xfe80, 0, 0, 0, 0, 0, 0, n]), now);
            throttle.failed(&who([0xfd00, 0, 0, 0, 0, 0, 0, n]), now);
        }
        for other in [
            [0x2001, 0xdb8, 0, 1, 9, 9, 9, 9],
            [0xfe80, 0, 0, 0, 9, 9, 9, 9],
            [0xfd00, 0, 0, 0, 9, 9, 9, 9],
        ] {
            assert!(throttle.wait(&who(other), now).is_some(), "{other:?}");
        }
    }

    #[test]
    fn account_has_a_hundred_tries_an_hour_over_all_addresses() {
        let mut throttle = Throttle::default();
        let begin = Instant::now();
        let (mut now, mut tries) = (begin, 0);
        let mut last = 0_u32;
        // Each try from an address that never tried before.
        while now.duration_since(begin) < HOUR {
            last += 1;
            let unknown = who(last.to_be_bytes());
            match throttle.begin(&unknown, now) {
                None => {
                    throttle.failed(&unknown, now);
                    throttle.ended(&unknown);
                    tries += 1;
                }
                Some(wait) => now += wait.min(Duration::from_secs(30)),
            }
        }
        assert_eq!(tries, ACCOUNT_MOST);
        let later = begin + HOUR + Duration::from_mins(1);
        assert_eq!(throttle.wait(&who([9, 9, 9, 9]), later), None);
    }

    #[test]
    fn known_device_and_known_address_are_not_delayed_by_failures_elsewhere() {
        let mut throttle = Throttle::default();
        let now = Instant::now();
        throttle.succeeded(&address(1));
        let on_device = Who {
            device: Some(Device("a".to_owned())),
            ..address(2)
        };
        for n in 0..1000_u32 {
            throttle.failed(&who(n.to_be_bytes()), now);
        }
        assert!(throttle.wait(&address(2), now).is_some());
        assert_eq!(throttle.wait(&address(1), now), None);
        assert_eq!(throttle.wait(&on_device, now), None);
        // Its own failures count for it, and not for its address.
        for _ in 0..4 {
            throttle.failed(&on_device, now);
        }
        assert_eq!(throttle.wait(&on_device, now), Some(Duration::from_secs(2)));
        assert_eq!(throttle.wait(&address(1), now), None);
    }
}
