//! Failed logins cost time: per address, and for every unknown address when many
//! fail at once. Over all of them there are at most a hundred tries an hour
//! (OWASP ASVS 2.2.1). A device or an address that has logged in before has a
//! budget of its own, and all devices together have one like that of all unknown
//! addresses: who once had the password may have logged in often, for many devices.
//! Nothing is locked: the console (`dockermate
//! reset-password`) always works.

use crate::domain::security::{Device, network};
use crate::model::timestamp::Timestamp;
use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;
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
    /// The same of known devices.
    devices: VecDeque<Instant>,
    /// When the last failures happened, anywhere.
    recent: VecDeque<Instant>,
    /// Addresses that have logged in: a flood from elsewhere does not slow them.
    known: VecDeque<IpAddr>,
    /// Tries under way.
    trying: HashMap<Key, u32>,
    /// Those of them whose failure would count for the account.
    unknown_trying: usize,
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
    /// The address is a proxy's, which did not say for whom it asks.
    pub is_vague: bool,
    /// The limits over all clients do not apply: it has a session already, or
    /// what it tries is not the password.
    pub is_apart: bool,
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
        if !self.is_one_of_many(who) {
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
        who.device.is_some() || (!who.is_vague && self.known.contains(&network(who.address)))
    }

    /// Whether its failures count among those of everybody.
    fn is_one_of_many(&self, who: &Who) -> bool {
        !who.is_apart && !self.knows(who)
    }

    /// Counts a try that begins, if it may; else says how long to wait. Tells as
    /// whom it was counted, for [`Self::failed`] and [`Self::ended`]: a device
    /// that has used up its own budget counts as the address it comes from,
    /// because programs on other ports of this host receive its cookie too.
    pub fn begin(&mut self, who: &Who, now: Instant) -> Result<Who, Duration> {
        let own = if who.device.is_some() && self.devices_are_spent(who, now) {
            Err(HOUR)
        } else {
            self.try_begin(who, now)
        };
        if own.is_ok() || who.device.is_none() {
            return own;
        }
        let address = Who {
            device: None,
            ..who.clone()
        };
        // The one that is over first: either would do.
        let other = self.try_begin(&address, now);
        match (own, other) {
            (Err(own), Err(other)) => Err(own.min(other)),
            (_, other) => other,
        }
    }

    /// Whether all devices together have failed as often in an hour as they may.
    fn devices_are_spent(&mut self, who: &Who, now: Instant) -> bool {
        self.devices.retain(|at| now.duration_since(*at) < HOUR);
        !who.is_apart && self.devices.len() >= ACCOUNT_MOST
    }

    /// Addresses that logged in before this program was started.
    pub fn recall(&mut self, addresses: impl Iterator<Item = IpAddr>) {
        for address in addresses.map(network) {
            if !self.known.contains(&address) && self.known.len() < KNOWN {
                self.known.push_back(address);
            }
        }
    }

    fn try_begin(&mut self, who: &Who, now: Instant) -> Result<Who, Duration> {
        if let Some(left) = self.wait(who, now) {
            return Err(left);
        }
        let counts = self.is_one_of_many(who);
        self.account.retain(|at| now.duration_since(*at) < HOUR);
        let trying = self.trying.get(&who.key()).copied().unwrap_or_default();
        if trying >= AT_ONCE || (counts && self.account.len() + self.unknown_trying >= ACCOUNT_MOST)
        {
            return Err(Duration::from_secs(1));
        }
        self.trying.insert(who.key(), trying + 1);
        self.unknown_trying += usize::from(counts);
        // What it was counted as must not change while it tries.
        Ok(Who {
            is_apart: !counts,
            ..who.clone()
        })
    }

    /// `who` is what [`Self::begin`] gave.
    pub fn ended(&mut self, who: &Who) {
        self.unknown_trying -= usize::from(!who.is_apart);
        let key = who.key();
        if let Some(trying) = self.trying.get_mut(&key) {
            *trying -= 1;
            if *trying == 0 {
                self.trying.remove(&key);
            }
        }
    }

    /// When the current password was set. A new one (a reset on the console)
    /// forgives what was tried with the old. Who came in with that stays known: it
    /// opens nothing, and without it a flood would keep the owner out.
    pub fn password_is(&mut self, since: Timestamp) {
        if self
            .password_since
            .replace(since)
            .is_some_and(|before| before != since)
        {
            self.failures.clear();
            self.recent.clear();
            self.account.clear();
            self.devices.clear();
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
        if self.is_one_of_many(who) {
            note(&mut self.recent, now, GLOBAL_FREE + 1);
            note(&mut self.account, now, ACCOUNT_MOST);
        }
        if who.device.is_some() {
            note(&mut self.devices, now, ACCOUNT_MOST);
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
        if who.is_vague {
            return;
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn who(address: impl Into<IpAddr>) -> Who {
        Who {
            address: address.into(),
            device: None,
            is_vague: false,
            is_apart: false,
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
                Ok(as_whom) => {
                    throttle.failed(&as_whom, now);
                    throttle.ended(&as_whom);
                    tries += 1;
                }
                Err(wait) => now += wait.min(Duration::from_secs(30)),
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

    #[test]
    fn tries_that_are_under_way_count_towards_the_account() {
        let mut throttle = Throttle::default();
        let now = Instant::now();
        let mut under_way = Vec::new();
        for n in 0..1000_u32 {
            if let Ok(as_whom) = throttle.begin(&who(n.to_be_bytes()), now) {
                under_way.push(as_whom);
            }
        }
        assert_eq!(under_way.len(), ACCOUNT_MOST);
        for as_whom in under_way {
            throttle.failed(&as_whom, now);
            throttle.ended(&as_whom);
        }
        assert_eq!((throttle.unknown_trying, throttle.trying.len()), (0, 0));
        let session = Who {
            is_apart: true,
            ..who([9, 9, 9, 9])
        };
        assert!(throttle.begin(&session, now).is_ok(), "it has a session");
    }

    #[test]
    fn device_whose_cookie_somebody_else_uses_up_counts_as_its_address() {
        let mut throttle = Throttle::default();
        let now = Instant::now();
        let device = Some(Device("a".to_owned()));
        let neighbor = Who {
            device: device.clone(),
            ..address(9)
        };
        for _ in 0..20 {
            throttle.failed(&neighbor, now);
        }
        let owner = Who {
            device,
            ..address(1)
        };
        let as_whom = throttle.begin(&owner, now).unwrap();
        assert_eq!(as_whom.device, None);
        throttle.ended(&as_whom);
    }

    #[test]
    fn address_of_a_proxy_that_does_not_say_for_whom_is_never_known() {
        let mut throttle = Throttle::default();
        let vague = Who {
            is_vague: true,
            ..address(2)
        };
        throttle.succeeded(&vague);
        assert!(!throttle.knows(&vague) && !throttle.knows(&address(2)));
        throttle.succeeded(&address(2));
        assert!(!throttle.knows(&vague) && throttle.knows(&address(2)));
        throttle.password_is(Timestamp(1));
        throttle.password_is(Timestamp(2));
        assert!(throttle.knows(&address(2)), "also after a reset");
    }

    #[test]
    fn all_devices_together_have_a_hundred_tries_an_hour() {
        let mut throttle = Throttle::default();
        let now = Instant::now();
        let mut tries = 0;
        for n in 0..300_u32 {
            let one = Who {
                device: Some(Device(n.to_string())),
                ..address(1)
            };
            let Ok(as_whom) = throttle.begin(&one, now) else {
                continue;
            };
            tries += usize::from(as_whom.device.is_some());
            throttle.failed(&as_whom, now);
            throttle.ended(&as_whom);
        }
        assert_eq!(tries, ACCOUNT_MOST);
        let device = Who {
            device: Some(Device("a".to_owned())),
            ..address(1)
        };
        throttle.password_is(Timestamp(1));
        throttle.password_is(Timestamp(2));
        let as_whom = throttle.begin(&device, now).unwrap();
        assert_eq!(as_whom.device, device.device);
    }
}
