//! Sizes and durations as people write them, read as the Docker CLI reads
//! them: binary multiples for sizes (`512m` is 512 MiB), Go's units for times.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

/// `512m`, `1.5g`, `64KiB`, `1024`, `-1` as bytes.
///
/// # Errors
/// A sentence that says what is allowed.
pub fn parse_bytes(text: &str) -> Result<i64, String> {
    let wrong = || {
        format!(
            "{text:?} is not a size. Write bytes, or a number with b, k, m, g or t: 512m, 1.5g."
        )
    };
    let trimmed = text.trim();
    if trimmed == "-1" {
        return Ok(-1);
    }
    let at = trimmed
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(trimmed.len());
    let (number, unit) = trimmed.split_at(at);
    let number: f64 = number.parse().map_err(|_| wrong())?;
    let unit = unit.trim().to_ascii_lowercase();
    let unit = unit
        .strip_suffix("ib")
        .or_else(|| unit.strip_suffix('b'))
        .unwrap_or(&unit);
    let power = match unit {
        "" => 0,
        "k" => 1,
        "m" => 2,
        "g" => 3,
        "t" => 4,
        "p" => 5,
        _ => return Err(wrong()),
    };
    let bytes = number * 1024_f64.powi(power);
    if bytes.is_finite() && bytes < 9e18 {
        Ok(bytes as i64)
    } else {
        Err(wrong())
    }
}

/// A rate of a device: `10mb` or a number.
///
/// # Errors
/// A sentence that says what is allowed.
pub fn parse_rate(text: &str) -> Result<u64, String> {
    parse_bytes(text)
        .and_then(|rate| u64::try_from(rate).map_err(|_| format!("{text:?} is negative.")))
}

/// Bytes in the largest unit that loses nothing: `512m`, `1536k`, `1000`.
pub fn bytes_text(bytes: i64) -> String {
    for (unit, shift) in [("t", 40), ("g", 30), ("m", 20), ("k", 10)] {
        if bytes > 0 && bytes % (1_i64 << shift) == 0 {
            return format!("{}{unit}", bytes >> shift);
        }
    }
    bytes.to_string()
}

/// What is stored or sent, as `docker images` and `docker system df` say it: `64.2 kB`,
/// `3.1 MB`, `1.5 GB`, in thousands. The same rule holds in web/js/format.js.
pub fn bytes_said(bytes: u64) -> String {
    said(bytes, 1000.0, ["kB", "MB", "GB", "TB"])
}

/// Memory, as `docker stats` says it: `512 MiB`, `15.5 GiB`, in 1024s.
pub fn memory_said(bytes: u64) -> String {
    said(bytes, 1024.0, ["KiB", "MiB", "GiB", "TiB"])
}

fn said(bytes: u64, base: f64, units: [&str; 4]) -> String {
    let mut amount = bytes as f64;
    let mut unit = "bytes";
    for larger in units {
        if amount < base {
            break;
        }
        amount /= base;
        unit = larger;
    }
    let amount = format!("{amount:.1}");
    format!("{} {unit}", amount.strip_suffix(".0").unwrap_or(&amount))
}

/// `1m30s`, `500ms` as nanoseconds (Go's `ParseDuration`, unsigned).
///
/// # Errors
/// A sentence that says what is allowed.
pub fn parse_duration(text: &str) -> Result<i64, String> {
    let wrong = || format!("{text:?} is not a duration. Write it like 30s, 1m30s or 500ms.");
    let mut rest = text.trim();
    if rest == "0" {
        return Ok(0);
    }
    if rest.is_empty() {
        return Err(wrong());
    }
    let mut total = 0_f64;
    while !rest.is_empty() {
        let at = rest
            .find(|c: char| !c.is_ascii_digit() && c != '.')
            .ok_or_else(wrong)?;
        let (number, after) = rest.split_at(at);
        let number: f64 = number.parse().map_err(|_| wrong())?;
        let at = after
            .find(|c: char| c.is_ascii_digit() || c == '.')
            .unwrap_or(after.len());
        let (unit, after) = after.split_at(at);
        total += number
            * match unit {
                "ns" => 1.0,
                "us" | "µs" | "μs" => 1e3,
                "ms" => 1e6,
                "s" => 1e9,
                "m" => 60e9,
                "h" => 3600e9,
                _ => return Err(wrong()),
            };
        rest = after;
    }
    if total < 9e18 {
        Ok(total.round() as i64)
    } else {
        Err(wrong())
    }
}

/// Nanoseconds as Go writes them, without parts that are zero: `1m30s`.
pub fn duration_text(nanoseconds: i64) -> String {
    if nanoseconds == 0 {
        return "0s".to_owned();
    }
    let mut rest = nanoseconds;
    let mut text = String::new();
    for (unit, length) in [
        ("h", 3_600_000_000_000),
        ("m", 60_000_000_000),
        ("s", 1_000_000_000),
        ("ms", 1_000_000),
        ("us", 1_000),
        ("ns", 1),
    ] {
        if rest >= length {
            text.push_str(&format!("{}{unit}", rest / length));
            rest %= length;
        }
    }
    text
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "a number of bytes, or a text such as \"512m\"")]
enum Amount {
    Whole(i64),
    Number(f64),
    Text(String),
    None(()),
}

pub(super) fn bytes<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    match Amount::deserialize(deserializer)? {
        Amount::None(()) => Ok(None),
        Amount::Whole(bytes) => Ok(Some(bytes)),
        Amount::Number(_) => Err(D::Error::custom("a number of bytes is a whole number")),
        Amount::Text(text) => parse_bytes(&text).map(Some).map_err(D::Error::custom),
    }
}

/// A number, also as a text (`1.5`).
pub(super) fn decimal<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<f64>, D::Error> {
    match Amount::deserialize(deserializer)? {
        Amount::None(()) => Ok(None),
        Amount::Whole(whole) => Ok(Some(whole as f64)),
        Amount::Number(number) => Ok(Some(number)),
        Amount::Text(text) => text
            .trim()
            .parse()
            .ok()
            .filter(|number: &f64| number.is_finite())
            .map(Some)
            .ok_or_else(|| D::Error::custom(format!("{text:?} is not a number"))),
    }
}

/// Nanoseconds from `30s`; a bare number is seconds.
pub(super) fn duration<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<String>, D::Error> {
    let nanoseconds = match Amount::deserialize(deserializer)? {
        Amount::None(()) => return Ok(None),
        Amount::Whole(seconds) if (0..1_000_000_000).contains(&seconds) => seconds * 1_000_000_000,
        Amount::Number(seconds) if (0.0..1e9).contains(&seconds) => (seconds * 1e9) as i64,
        Amount::Whole(_) | Amount::Number(_) => {
            return Err(D::Error::custom("a number of seconds must be zero or more"));
        }
        Amount::Text(text) => parse_duration(&text).map_err(D::Error::custom)?,
    };
    Ok(Some(duration_text(nanoseconds)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn sizes_are_parsed_like_the_docker_cli_and_invalid_ones_are_rejected() {
        for (text, bytes) in [
            ("1024", 1024),
            ("512m", 512 << 20),
            ("512MB", 512 << 20),
            ("1.5g", 3 << 29),
            ("64KiB", 64 << 10),
            ("64 k", 64 << 10),
            ("-1", -1),
            ("0", 0),
        ] {
            assert_eq!(parse_bytes(text), Ok(bytes), "{text}");
        }
        for wrong in ["", "m", "12x", "1..5m", "-5", "1e9", "9999p9", "99999p"] {
            assert!(parse_bytes(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn stored_sizes_count_in_thousands_and_memory_in_1024s() {
        for (bytes, stored, memory) in [
            (0, "0 bytes", "0 bytes"),
            (999, "999 bytes", "999 bytes"),
            (1000, "1 kB", "1000 bytes"),
            (64_200, "64.2 kB", "62.7 KiB"),
            (512 << 20, "536.9 MB", "512 MiB"),
            (16_600_000_000, "16.6 GB", "15.5 GiB"),
            (16 << 30, "17.2 GB", "16 GiB"),
        ] {
            assert_eq!(bytes_said(bytes), stored);
            assert_eq!(memory_said(bytes), memory);
        }
    }

    #[test]
    fn durations_are_parsed_like_go_and_invalid_ones_are_rejected() {
        for (text, nanoseconds) in [
            ("30s", 30_000_000_000),
            ("1m30s", 90_000_000_000),
            ("1.5s", 1_500_000_000),
            ("500ms", 500_000_000),
            ("1h", 3_600_000_000_000),
            ("0", 0),
        ] {
            assert_eq!(parse_duration(text), Ok(nanoseconds), "{text}");
        }
        for wrong in ["", "30", "s", "-1s", "1 h", "1d"] {
            assert!(parse_duration(wrong).is_err(), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn formatted_sizes_and_durations_are_parsed_back(bytes in 0..i64::MAX / 4096, ns in 0..1_000_000_000_000_000_i64) {
            // A size beyond 2^53 is not written by hand.
            let bytes = bytes % (1 << 53);
            prop_assert_eq!(parse_bytes(&bytes_text(bytes)), Ok(bytes));
            let ns = ns % (1 << 52);
            prop_assert_eq!(parse_duration(&duration_text(ns)), Ok(ns));
        }

        #[test]
        fn size_and_duration_parsers_never_panic_on_arbitrary_text(text in "\\PC{0,20}") {
            let _ = parse_bytes(&text);
            let _ = parse_duration(&text);
        }
    }
}
