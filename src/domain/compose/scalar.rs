//! What a plain scalar is: YAML 1.2 with what go-yaml keeps of 1.1 (octal `010`,
//! `1_000`, dates), and not what YAML 1.1 reads into words (`yes`, `12:30`).

use super::node::Value;

/// A scalar without quotes and without a tag.
pub fn plain(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Value::Null,
        "true" | "True" | "TRUE" => return Value::Bool(true),
        "false" | "False" | "FALSE" => return Value::Bool(false),
        ".nan" | ".NaN" | ".NAN" => return Value::Float(f64::NAN),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => {
            return Value::Float(f64::INFINITY);
        }
        "-.inf" | "-.Inf" | "-.INF" => return Value::Float(f64::NEG_INFINITY),
        _ => {}
    }
    let number = || text.replace('_', "");
    let found = match text.as_bytes()[0] {
        b'0'..=b'9' | b'+' | b'-' => {
            if is_timestamp(text) {
                return Value::Timestamp(text.to_owned());
            }
            let number = number();
            integer(&number).or_else(|| float(&number))
        }
        b'.' => float(text),
        _ => None,
    };
    found.unwrap_or_else(|| Value::Text(text.to_owned()))
}

/// As Go's `ParseInt` with base 0 does; what is larger is a float.
fn integer(text: &str) -> Option<Value> {
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let lower = digits.to_ascii_lowercase();
    let (radix, digits) = match lower.get(..2) {
        Some("0x") => (16, &lower[2..]),
        Some("0b") => (2, &lower[2..]),
        Some("0o") => (8, &lower[2..]),
        _ if lower.len() > 1 && lower.starts_with('0') => (8, &lower[1..]),
        _ => (10, &lower[..]),
    };
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return None;
    }
    let number = i128::from_str_radix(digits, radix).ok()?;
    let number = if negative { -number } else { number };
    match i64::try_from(number) {
        Ok(number) => Some(Value::Int(number)),
        // go-yaml has 64 bits without a sign, too.
        #[allow(clippy::cast_precision_loss, reason = "it is printed as a float")]
        Err(_) => u64::try_from(number).ok().map(|n| Value::Float(n as f64)),
    }
}

/// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`
fn float(text: &str) -> Option<Value> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let fits = match mantissa.split_once('.') {
        Some(("", fraction)) => digits(fraction),
        Some((whole, fraction)) => digits(whole) && (fraction.is_empty() || digits(fraction)),
        None => digits(mantissa),
    };
    let fits_exponent =
        exponent.is_none_or(|text| digits(text.strip_prefix(['-', '+']).unwrap_or(text)));
    (fits && fits_exponent)
        .then(|| text.parse().ok().map(Value::Float))
        .flatten()
}

/// `2006-1-2`, also with a time after it.
fn is_timestamp(text: &str) -> bool {
    let digits = |text: &str, most: usize| {
        (1..=most).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
    };
    let (date, time) = match text.find(['T', 't', ' ']) {
        Some(at) => (&text[..at], Some(text[at + 1..].trim_start())),
        None => (text, None),
    };
    let parts: Vec<&str> = date.split('-').collect();
    let [year, month, day] = parts[..] else {
        return false;
    };
    let in_range = |text: &str, most: u8| text.parse::<u8>().is_ok_and(|n| (1..=most).contains(&n));
    let is_date = year.len() == 4
        && digits(year, 4)
        && digits(month, 2)
        && digits(day, 2)
        && in_range(month, 12)
        && in_range(day, 31);
    is_date
        && time.is_none_or(|time| {
            let clock = time.get(..).unwrap_or_default();
            let parts: Vec<&str> = clock.split(':').collect();
            parts.len() >= 3 && digits(parts[0], 2) && digits(parts[1], 2)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scalars_are_read_as_go_yaml_does() {
        let int = |number: i64| Value::Int(number);
        for (text, value) in [
            ("017", int(15)),
            ("0o17", int(15)),
            ("0x1F", int(31)),
            ("0b11", int(3)),
            ("1_000", int(1000)),
            ("-5", int(-5)),
            ("+5", int(5)),
            ("08", Value::Float(8.0)),
            ("1.50", Value::Float(1.5)),
            ("1e3", Value::Float(1000.0)),
            (".5", Value::Float(0.5)),
            ("~", Value::Null),
            ("True", Value::Bool(true)),
        ] {
            assert_eq!(plain(text), value, "{text}");
        }
        for text in [
            "yes", "no", "on", "12:30", "22:22", "1.2.3", "-", "1e", "0x", "+", ".", "a",
        ] {
            assert_eq!(plain(text), Value::Text(text.to_owned()), "{text}");
        }
        for text in ["2024-01-02", "2024-1-2 10:20:30", "2024-01-02T10:20:30Z"] {
            assert_eq!(plain(text), Value::Timestamp(text.to_owned()), "{text}");
        }
        assert_eq!(plain("2024-13-02"), Value::Text("2024-13-02".to_owned()));
    }
}
