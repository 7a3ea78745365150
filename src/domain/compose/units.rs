//! Durations and byte sizes as Compose files have them, and as Go prints them.

use std::fmt::Write as _;

const SECOND: i128 = 1_000_000_000;

/// `1m30s`, `1.5h`, `2d`: nanoseconds.
pub fn duration(text: &str) -> Option<i64> {
    let (negative, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Some(0);
    }
    if rest.is_empty() {
        return None;
    }
    let mut total = 0_i128;
    while !rest.is_empty() {
        let length = rest
            .bytes()
            .take_while(|byte| byte.is_ascii_digit() || *byte == b'.')
            .count();
        let (number, after) = rest.split_at(length);
        let unit_length = after
            .bytes()
            .take_while(|byte| !byte.is_ascii_digit() && *byte != b'.')
            .count();
        let (unit, after) = after.split_at(unit_length);
        let unit = match unit {
            "ns" => 1,
            "us" | "µs" | "μs" => 1_000,
            "ms" => 1_000_000,
            "s" => SECOND,
            "m" => 60 * SECOND,
            "h" => 3600 * SECOND,
            "d" => 24 * 3600 * SECOND,
            "w" => 7 * 24 * 3600 * SECOND,
            _ => return None,
        };
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        if whole.is_empty() && fraction.is_empty() || fraction.contains('.') {
            return None;
        }
        let parse = |digits: &str| match digits {
            "" => Some(0_i128),
            digits => digits.parse::<i128>().ok(),
        };
        let fraction: String = fraction.chars().take(15).collect();
        let part = 10_i128.checked_pow(u32::try_from(fraction.len()).ok()?)?;
        total = total
            .checked_add(parse(whole)?.checked_mul(unit)?)?
            .checked_add(parse(&fraction)?.checked_mul(unit)? / part)?;
        rest = after;
    }
    i64::try_from(if negative { -total } else { total }).ok()
}

/// As Go's `Duration.String` does.
pub fn printed_duration(nanoseconds: i64) -> String {
    if nanoseconds == 0 {
        return "0s".to_owned();
    }
    let sign = if nanoseconds < 0 { "-" } else { "" };
    let whole = i128::from(nanoseconds).abs();
    if whole < SECOND {
        let (unit, of) = match whole {
            ..1_000 => ("ns", 1),
            1_000..1_000_000 => ("µs", 1_000),
            _ => ("ms", 1_000_000),
        };
        return format!("{sign}{}{unit}", decimal(whole, of));
    }
    let (hours, minutes) = (whole / (3600 * SECOND), whole / (60 * SECOND) % 60);
    let mut text = sign.to_owned();
    if hours > 0 {
        let _ = write!(text, "{hours}h");
    }
    if hours > 0 || minutes > 0 {
        let _ = write!(text, "{minutes}m");
    }
    let _ = write!(text, "{}s", decimal(whole % (60 * SECOND), SECOND));
    text
}

fn decimal(number: i128, of: i128) -> String {
    let fraction = number % of;
    if fraction == 0 {
        return (number / of).to_string();
    }
    let digits = of.to_string().len() - 1;
    let fraction = format!("{fraction:0digits$}");
    format!("{}.{}", number / of, fraction.trim_end_matches('0'))
}

/// `1.5g`, `512 MiB`, `1024`: bytes, all units powers of 1024.
pub fn size(text: &str) -> Option<i64> {
    if let Some(text) = text.strip_prefix('-') {
        return text.parse::<i64>().ok().map(|number| -number);
    }
    let length = text
        .bytes()
        .take_while(|byte| byte.is_ascii_digit() || *byte == b'.')
        .count();
    let (number, unit) = text.split_at(length);
    let unit = unit.strip_prefix(' ').unwrap_or(unit).to_ascii_lowercase();
    let unit = unit.strip_suffix('b').unwrap_or(&unit);
    let unit = match unit.strip_suffix('i') {
        Some("") => return None,
        Some(unit) => unit,
        None => unit,
    };
    let power = match unit {
        "" => 0,
        "k" => 1,
        "m" => 2,
        "g" => 3,
        "t" => 4,
        "p" => 5,
        _ => return None,
    };
    let factor = 1024_i64.checked_pow(power)?;
    if let Ok(whole) = number.parse::<i64>() {
        return whole.checked_mul(factor);
    }
    let number: f64 = number.parse().ok().filter(|_| !number.starts_with('.'))?;
    #[allow(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        reason = "as Go does"
    )]
    let bytes = (number * factor as f64) as i64;
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn durations_are_read_and_printed_as_go_does() {
        for (text, printed) in [
            ("1m30s", "1m30s"),
            ("90s", "1m30s"),
            ("1h", "1h0m0s"),
            ("1500ms", "1.5s"),
            ("10us", "10µs"),
            ("1.5s", "1.5s"),
            ("2d", "48h0m0s"),
            ("0s", "0s"),
            ("500ms", "500ms"),
        ] {
            assert_eq!(printed_duration(duration(text).unwrap()), printed, "{text}");
        }
        for text in ["30", "", "s", "1x", "1.2.3s", "1 s", "99999999999h"] {
            assert_eq!(duration(text), None, "{text}");
        }
    }

    #[test]
    fn sizes_are_powers_of_1024() {
        for (text, bytes) in [
            ("1024", 1024),
            ("1k", 1024),
            ("2b", 2),
            ("1.5g", 1_610_612_736),
            ("1MiB", 1_048_576),
            ("512 m", 536_870_912),
            ("-1", -1),
        ] {
            assert_eq!(size(text), Some(bytes), "{text}");
        }
        for text in ["1x", "", "m", "1ib", "1  m", ".5m", "-1m"] {
            assert_eq!(size(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn printed_durations_are_read_back(nanoseconds in any::<i64>()) {
            prop_assume!(nanoseconds != i64::MIN);
            prop_assert_eq!(duration(&printed_duration(nanoseconds)), Some(nanoseconds));
        }
    }
}
