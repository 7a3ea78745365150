//! A moment in UTC, in milliseconds. RFC 3339 outside, a number inside.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

/// Milliseconds since 1970-01-01T00:00:00Z. Serialised as an RFC 3339 string.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(pub i64);

/// A time of RFC 3339, in nanoseconds since the epoch.
pub fn nanoseconds(time: &str) -> Option<i128> {
    OffsetDateTime::parse(time, &Rfc3339)
        .ok()
        .map(OffsetDateTime::unix_timestamp_nanos)
}

impl Timestamp {
    /// The wall clock, which on a Pi without a real-time clock may be wrong.
    pub fn now() -> Self {
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        Self(i64::try_from(now.as_millis()).unwrap_or(i64::MAX))
    }

    /// Reads RFC 3339; the engine's zero time (`0001-01-01T00:00:00Z`) is `None`.
    pub fn parse(text: &str) -> Option<Self> {
        let at = OffsetDateTime::parse(text, &Rfc3339).ok()?;
        let ms = i64::try_from(at.unix_timestamp_nanos() / 1_000_000).ok()?;
        (ms > 0).then_some(Self(ms))
    }

    pub fn from_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(1000))
    }

    pub fn seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    pub fn plus(self, by: Duration) -> Self {
        let by = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
        Self(self.0.saturating_add(by))
    }

    pub fn minus(self, by: Duration) -> Self {
        let by = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
        Self(self.0.saturating_sub(by))
    }

    /// How long ago this was, zero when it lies ahead.
    pub fn age(self) -> Duration {
        Duration::from_millis(u64::try_from(Self::now().0.saturating_sub(self.0)).unwrap_or(0))
    }

    /// `2026-01-21T10:20:30.123Z`, always with milliseconds.
    pub fn to_rfc3339(self) -> String {
        let days = self.0.div_euclid(86_400_000);
        let in_day = self.0.rem_euclid(86_400_000);
        let (year, month, day) = civil(days);
        let (hour, minute) = (in_day / 3_600_000, in_day / 60_000 % 60);
        let (second, milli) = (in_day / 1000 % 60, in_day % 1000);
        // Lists carry thousands of these: the general formatter took a third of their time.
        format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{milli:03}Z")
    }
}

const WEEKDAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

impl Timestamp {
    /// `Wed, 21 Jan 2026 10:20:30 GMT`, as HTTP has it (RFC 9110, 5.6.7).
    pub fn to_http_date(self) -> String {
        let days = self.0.div_euclid(86_400_000);
        let in_day = self.0.rem_euclid(86_400_000) / 1000;
        let (year, month, day) = civil(days);
        let name = |names: &[&'static str], at: i64| {
            usize::try_from(at)
                .ok()
                .and_then(|at| names.get(at).copied())
        };
        let weekday = name(&WEEKDAYS, days.rem_euclid(7)).unwrap_or_default();
        let month = name(&MONTHS, month - 1).unwrap_or_default();
        let (hour, minute, second) = (in_day / 3600, in_day / 60 % 60, in_day % 60);
        format!("{weekday}, {day:02} {month} {year:04} {hour:02}:{minute:02}:{second:02} GMT")
    }
}

/// Year, month and day of a day since 1970-01-01, in the proleptic Gregorian
/// calendar, counted in eras of 400 years that begin in March.
fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 {
        from_march + 3
    } else {
        from_march - 9
    };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_rfc3339())
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| D::Error::custom("not an RFC 3339 time"))
    }
}

impl utoipa::PartialSchema for Timestamp {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::Type::String)
            .format(Some(utoipa::openapi::SchemaFormat::KnownFormat(
                utoipa::openapi::KnownFormat::DateTime,
            )))
            .into()
    }
}

impl utoipa::ToSchema for Timestamp {}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        /// Until the year 9999, which is as far as RFC 3339 goes.
        #[test]
        fn formatted_timestamp_is_parsed_back(ms in 1_i64..253_402_300_800_000) {
            let at = Timestamp(ms);
            proptest::prop_assert_eq!(Timestamp::parse(&at.to_rfc3339()), Some(at));
        }
    }

    #[test]
    fn timestamp_is_rfc3339_with_milliseconds_and_zero_time_is_none() {
        let at = Timestamp::parse("2026-01-21T10:20:30.123456789Z").unwrap();
        assert_eq!(at.to_rfc3339(), "2026-01-21T10:20:30.123Z");
        assert_eq!(Timestamp::parse("0001-01-01T00:00:00Z"), None);
        assert_eq!(Timestamp::parse("yesterday"), None);
    }

    #[test]
    fn rfc3339_time_with_utc_or_offset_is_converted_to_nanoseconds() {
        assert_eq!(
            nanoseconds("1970-01-01T00:00:01.000000007Z"),
            Some(1_000_000_007)
        );
        assert_eq!(
            nanoseconds("1970-01-01T01:00:01.5+01:00"),
            Some(1_500_000_000)
        );
        assert_eq!(nanoseconds("hello"), None);
    }

    #[test]
    fn http_date_has_the_form_of_rfc_9110() {
        for (at, expected) in [
            (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
            (784_111_777_000, "Sun, 06 Nov 1994 08:49:37 GMT"),
            (1_709_210_096_999, "Thu, 29 Feb 2024 12:34:56 GMT"),
            (-1000, "Wed, 31 Dec 1969 23:59:59 GMT"),
        ] {
            assert_eq!(Timestamp(at).to_http_date(), expected);
        }
    }
}
