//! Maintenance windows: when containers may be updated without being asked for, by
//! the local time. Pure.
//!
//! A window begins at a moment and lasts for a time, so that a night in which the
//! clock is changed neither loses nor doubles it.

use super::timestamp::Timestamp;
use serde::{Deserialize, Serialize};
use tz::{DateTime, TimeZoneRef};
use utoipa::ToSchema;

#[derive(Debug, Clone, Copy, Serialize, Deserialize, PartialEq, Eq, PartialOrd, Ord, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Weekday {
    Sunday,
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
}

const WEEK: [Weekday; 7] = [
    Weekday::Sunday,
    Weekday::Monday,
    Weekday::Tuesday,
    Weekday::Wednesday,
    Weekday::Thursday,
    Weekday::Friday,
    Weekday::Saturday,
];
const DAY: i64 = 24 * 3600;

#[derive(Debug, Clone, Serialize, Deserialize, PartialEq, Eq, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateWindow {
    /// On which days it begins; every day when there are none.
    #[serde(default)]
    pub days: Vec<Weekday>,
    /// Local time of its beginning, `HH:MM`.
    pub start: String,
    /// How long it lasts: 15 to 1440.
    pub minutes: u16,
}

impl UpdateWindow {
    /// # Errors
    /// What is wrong with it.
    pub fn check(&self) -> Result<(), String> {
        if self.clock().is_none() {
            return Err(format!(
                "{:?} is not a time of day. Write it like 03:30.",
                self.start
            ));
        }
        if !(15..=1440).contains(&self.minutes) {
            return Err("A window lasts 15 to 1440 minutes.".to_owned());
        }
        if self.days.len() > WEEK.len() {
            return Err("A day is named more than once.".to_owned());
        }
        Ok(())
    }

    fn clock(&self) -> Option<(u8, u8)> {
        let (hour, minute) = self.start.split_once(':')?;
        let digits = |text: &str| text.len() == 2 && text.bytes().all(|b| b.is_ascii_digit());
        if !digits(hour) || !digits(minute) {
            return None;
        }
        let (hour, minute) = (hour.parse().ok()?, minute.parse().ok()?);
        (hour < 24 && minute < 60).then_some((hour, minute))
    }

    /// Whether it is open at a moment.
    pub fn is_open(&self, at: Timestamp, zone: TimeZoneRef<'_>) -> bool {
        let now = at.0.div_euclid(1000);
        let lasts = i64::from(self.minutes) * 60;
        // One that began yesterday may still be open, and the days of two places
        // that are a day apart differ.
        [-2, -1, 0, 1].into_iter().any(|days| {
            let begins = self.begins(now + days * DAY, zone);
            begins.is_some_and(|begins| (begins..begins + lasts).contains(&now))
        })
    }

    /// When it begins on the local day of a moment, if it does.
    fn begins(&self, on: i64, zone: TimeZoneRef<'_>) -> Option<i64> {
        let (hour, minute) = self.clock()?;
        let local = DateTime::from_timespec(on, 0, zone).ok()?;
        let weekday = WEEK.get(usize::from(local.week_day()))?;
        if !self.days.is_empty() && !self.days.contains(weekday) {
            return None;
        }
        let (year, month, day) = (local.year(), local.month(), local.month_day());
        let found = DateTime::find(year, month, day, hour, minute, 0, 0, zone).ok()?;
        found.earliest().map(|begins| begins.unix_time())
    }
}

/// Whether updates may be made now. Without any window they may be made always.
pub fn is_any_open(windows: &[UpdateWindow], at: Timestamp, zone: TimeZoneRef<'_>) -> bool {
    windows.is_empty() || windows.iter().any(|window| window.is_open(at, zone))
}

#[cfg(test)]
mod tests {
    use super::*;
    use tz::TimeZone;

    fn window(days: &[Weekday], start: &str, minutes: u16) -> UpdateWindow {
        UpdateWindow {
            days: days.to_vec(),
            start: start.to_owned(),
            minutes,
        }
    }

    /// Summer time begins on 2026-03-29 at 01:00 UTC and ends on 2026-10-25 at 01:00 UTC.
    fn berlin() -> TimeZone {
        TimeZone::from_posix_tz("CET-1CEST,M3.5.0,M10.5.0/3").unwrap()
    }

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    #[test]
    fn window_is_open_from_its_local_beginning_for_its_time() {
        let zone = berlin();
        let night = window(&[], "03:00", 60);
        for (moment, open) in [
            ("2026-01-10T01:59:59Z", false),
            ("2026-01-10T02:00:00Z", true),
            ("2026-01-10T02:59:59Z", true),
            ("2026-01-10T03:00:00Z", false),
            ("2026-07-10T01:00:00Z", true),
            ("2026-07-10T02:00:00Z", false),
        ] {
            assert_eq!(night.is_open(at(moment), zone.as_ref()), open, "{moment}");
        }
        // Over midnight, by the day on which it began.
        let saturday = window(&[Weekday::Saturday], "23:30", 120);
        for (moment, open) in [
            ("2026-01-10T22:29:00Z", false),
            ("2026-01-10T22:30:00Z", true),
            ("2026-01-11T00:29:00Z", true),
            ("2026-01-11T22:45:00Z", false),
        ] {
            assert_eq!(
                saturday.is_open(at(moment), zone.as_ref()),
                open,
                "{moment}"
            );
        }
    }

    #[test]
    fn night_in_which_the_clock_is_changed_has_the_window_once() {
        let zone = berlin();
        let minutes_open = |day: &str, window: &UpdateWindow| {
            let midnight = at(&format!("{day}T00:00:00Z")).0 - 6 * 3_600_000;
            (0..36 * 60)
                .filter(|minute| {
                    window.is_open(Timestamp(midnight + minute * 60_000), zone.as_ref())
                })
                .count()
        };
        let sunday = window(&[Weekday::Sunday], "02:30", 45);
        assert_eq!(
            minutes_open("2026-03-29", &sunday),
            45,
            "02:30 does not exist"
        );
        assert_eq!(minutes_open("2026-10-25", &sunday), 45, "02:30 comes twice");
        assert_eq!(minutes_open("2026-06-14", &sunday), 45);
    }

    #[test]
    fn times_of_day_and_lengths_are_checked() {
        for (start, minutes) in [
            ("24:00", 60),
            ("3:00", 60),
            ("03:60", 60),
            ("0300", 60),
            ("+3:00", 60),
            ("03:00", 0),
            ("03:00", 1441),
        ] {
            assert!(window(&[], start, minutes).check().is_err(), "{start}");
        }
        assert_eq!(window(&WEEK, "23:59", 1440).check(), Ok(()));
        assert!(is_any_open(&[], Timestamp(0), TimeZone::utc().as_ref()));
    }
}
