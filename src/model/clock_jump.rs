//! Has the wall clock just been set?

use super::timestamp::Timestamp;
use std::time::{Duration, Instant};

/// Slewing and leap seconds stay below this.
const TOLERANCE: Duration = Duration::from_secs(30);

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
    fn clock_jump_is_detected_when_the_clock_is_set_and_not_when_it_runs() {
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
