//! What was asked of an ACME authority and how the last tries ended: kept on
//! disk, so that a host that restarts again and again does not ask again and
//! again. Pure rules of when the next try is due.

use crate::model::backoff::Backoff;
use crate::model::timestamp::Timestamp;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Between a failure and the next try by itself.
const PAUSE: Backoff = Backoff {
    first: Duration::from_hours(1),
    longest: Duration::from_hours(24),
};

#[derive(Debug, Clone, Default, Serialize, Deserialize, PartialEq, Eq)]
#[serde(default)]
pub(super) struct Record {
    pub domains: Vec<String>,
    pub email: Option<String>,
    /// A certificate has come, and is to be kept up.
    pub active: bool,
    /// Tries in a row that failed, or were cut off.
    pub failures: u32,
    pub last_error: Option<String>,
    pub last_error_at: Option<Timestamp>,
    /// Not by itself before this.
    pub next_try: Option<Timestamp>,
}

impl Record {
    /// A try begins. Written beforehand: one that never ends counts as failed.
    pub fn begun(&mut self, now: Timestamp) {
        self.failures = self.failures.saturating_add(1);
        self.next_try = Some(now.plus(pause(self.failures)));
    }

    /// The try that began has failed; `wait` is what the authority asks for.
    pub fn failed(&mut self, message: &str, wait: Option<Duration>, now: Timestamp) {
        self.last_error = Some(message.to_owned());
        self.last_error_at = Some(now);
        let wait = wait.unwrap_or_default().max(pause(self.failures));
        self.next_try = Some(now.plus(wait.min(PAUSE.longest)));
    }

    /// How long until a certificate that is valid from and to these moments is
    /// renewed by itself; zero is now. Without a certificate as soon as allowed.
    pub fn due_in(&self, valid: Option<(Timestamp, Timestamp)>, now: Timestamp) -> Duration {
        let wanted = valid.map_or(now, |(from, to)| renew_at(from, to));
        // A pause that no rule of ours makes came from a clock that was wrong.
        let paused = self
            .next_try
            .filter(|&at| at <= now.plus(PAUSE.longest))
            .unwrap_or(now);
        let at = wanted.max(paused);
        Duration::from_millis(u64::try_from(at.0.saturating_sub(now.0)).unwrap_or(0))
    }
}

/// A third of its life before the end: 30 days of 90, 2 of 6.
pub(super) fn renew_at(from: Timestamp, to: Timestamp) -> Timestamp {
    let life = u64::try_from(to.0.saturating_sub(from.0)).unwrap_or(0);
    to.minus(Duration::from_millis(life / 3))
}

fn pause(failures: u32) -> Duration {
    PAUSE.after(failures)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_hours(1);
    const DAY: Duration = Duration::from_hours(24);

    fn now() -> Timestamp {
        Timestamp::parse("2026-06-01T00:00:00Z").unwrap()
    }

    #[test]
    fn renewal_is_due_when_a_third_of_the_validity_is_left() {
        let to = now().plus(DAY * 90);
        assert_eq!(renew_at(now(), to), now().plus(DAY * 60));
        assert_eq!(renew_at(to, now()), now(), "an impossible one is due");
        let record = Record::default();
        let valid = Some((now(), to));
        assert_eq!(record.due_in(valid, now()), DAY * 60);
        assert_eq!(record.due_in(valid, now().plus(DAY * 60)), Duration::ZERO);
        assert_eq!(record.due_in(valid, now().plus(DAY * 400)), Duration::ZERO);
        assert_eq!(record.due_in(None, now()), Duration::ZERO, "lost");
    }

    #[test]
    fn retry_delay_doubles_from_an_hour_up_to_a_day() {
        let hours: Vec<u64> = (0..8).map(|n| pause(n).as_secs() / 3600).collect();
        assert_eq!(hours, [1, 1, 2, 4, 8, 16, 24, 24]);
        assert_eq!(pause(u32::MAX), PAUSE.longest);
        let mut record = Record::default();
        for _ in 0..100 {
            let before = record.clone();
            record.begun(now());
            assert_eq!(record.failures, before.failures + 1);
            assert!(record.due_in(None, now()) >= HOUR);
            record.failed("no", None, now());
            assert!(record.due_in(None, now()) >= HOUR);
            assert!(record.due_in(None, now()) <= PAUSE.longest);
        }
    }

    #[test]
    fn requested_wait_is_capped_and_a_retry_time_set_by_a_wrong_clock_is_ignored() {
        let mut record = Record::default();
        record.begun(now());
        record.failed("rate limit", Some(DAY), now());
        assert_eq!(record.due_in(None, now()), DAY);
        record.failed("rate limit", Some(DAY * 365), now());
        assert_eq!(record.due_in(None, now()), PAUSE.longest);
        // The clock was nine years ahead and has been set right.
        record.next_try = Some(now().plus(DAY * 3300));
        assert_eq!(record.due_in(None, now()), Duration::ZERO);
    }

    #[test]
    fn record_with_missing_and_unknown_fields_is_read() {
        let text = r#"{"domains":["nas.example.org"],"active":true,"later":1}"#;
        let record: Record = serde_json::from_str(text).unwrap();
        assert!(record.active && record.failures == 0);
        let again = serde_json::to_string(&record).unwrap();
        assert_eq!(serde_json::from_str::<Record>(&again).unwrap(), record);
    }
}
