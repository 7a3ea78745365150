//! Can the wall clock be right, and has it just been set?
//!
//! A Pi without a real-time clock boots in the past and is set once the
//! network is up. Nothing here changes the clock; certificates, sessions and
//! schedules ask before they believe it.

use crate::model::timestamp::Timestamp;
use std::time::{Duration, Instant};

/// 2026-01-01: no copy of this program is older.
const EPOCH: i64 = 1_767_225_600;
/// A clock more than this ahead of the build is wrong, too.
const LIFE: Duration = Duration::from_hours(24 * 365 * 30);
/// Slewing and leap seconds stay below this.
const TOLERANCE: Duration = Duration::from_secs(30);

/// When this program was built, if the build says so, else a date before any
/// build: in either case the true time is not earlier.
pub fn built() -> Timestamp {
    let told = option_env!("DOCKERMATE_BUILD_EPOCH").or(option_env!("SOURCE_DATE_EPOCH"));
    let seconds = told
        .and_then(|text| text.parse::<i64>().ok())
        .filter(|&seconds| seconds > EPOCH);
    Timestamp::from_seconds(seconds.unwrap_or(EPOCH))
}

/// Can it be this late?
pub fn is_plausible(now: Timestamp) -> bool {
    let built = built();
    now >= built && now <= built.plus(LIFE)
}

/// Notices that the wall clock was set: it then moved by another amount than
/// the monotonic clock did. Time asleep does not count as such a jump where
/// the monotonic clock stops meanwhile; callers only look again, so a false
/// alarm is harmless.
#[derive(Debug, Clone)]
pub struct JumpDetector {
    wall: Timestamp,
    steady: Instant,
}

impl JumpDetector {
    pub fn new() -> Self {
        Self::starting(Timestamp::now(), Instant::now())
    }

    fn starting(wall: Timestamp, steady: Instant) -> Self {
        Self { wall, steady }
    }

    /// How far the wall clock was moved since the last call, in milliseconds.
    pub fn jumped(&mut self) -> Option<i64> {
        self.observe(Timestamp::now(), Instant::now())
    }

    fn observe(&mut self, wall: Timestamp, steady: Instant) -> Option<i64> {
        let expected = self
            .wall
            .plus(steady.saturating_duration_since(self.steady));
        (self.wall, self.steady) = (wall, steady);
        let moved = wall.0.saturating_sub(expected.0);
        let tolerated = TOLERANCE.as_millis();
        (u128::from(moved.unsigned_abs()) > tolerated).then_some(moved)
    }
}

impl Default for JumpDetector {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pi_without_a_clock_is_seen() {
        assert!(!is_plausible(Timestamp::from_seconds(0)));
        assert!(!is_plausible(
            Timestamp::parse("2025-12-31T23:59:59Z").unwrap()
        ));
        assert!(!is_plausible(
            Timestamp::parse("2106-02-07T06:28:15Z").unwrap()
        ));
        assert!(is_plausible(built()));
        assert!(is_plausible(built().plus(Duration::from_hours(24 * 365))));
    }

    #[test]
    fn a_clock_that_is_set_has_jumped_and_one_that_runs_has_not() {
        let start = Instant::now();
        let minute = Duration::from_mins(1);
        let mut detector = JumpDetector::starting(Timestamp(0), start);
        assert_eq!(detector.observe(Timestamp(60_500), start + minute), None);
        let set = Timestamp::parse("2026-06-01T00:00:00Z").unwrap();
        let moved = detector.observe(set, start + 2 * minute).unwrap();
        assert_eq!(moved, set.0 - 120_500);
        assert_eq!(detector.observe(set.plus(minute), start + 3 * minute), None);
        assert!(detector.observe(Timestamp(0), start + 4 * minute).unwrap() < 0);
    }
}
