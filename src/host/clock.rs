//! Can the wall clock be right, and a clock that nobody sets.
//!
//! A Pi without a real-time clock boots in the past and is set once the
//! network is up. Nothing here changes the clock; certificates, sessions and
//! schedules ask before they believe it.

use crate::model::timestamp::Timestamp;
use std::time::Duration;

/// 2026-01-01: no copy of this program is older.
const EPOCH: i64 = 1_767_225_600;
/// A clock more than this ahead of the build is wrong, too.
const LIFE: Duration = Duration::from_hours(24 * 365 * 30);

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

/// Time since the machine was started, asleep or not (`CLOCK_BOOTTIME`,
/// clock_gettime(2)): it never goes back, and nobody sets it.
pub fn since_boot() -> Duration {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    Duration::new(
        u64::try_from(now.tv_sec).unwrap_or(0),
        u32::try_from(now.tv_nsec).unwrap_or(0),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clock_before_the_build_or_decades_after_it_is_implausible() {
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
}
