//! What the client itself looks at in a value before it asks the engine
//! (`cli/command/container/opts.go` and `opts` of the Docker CLI).
//!
//! Each check gives the value as it is passed on, or a sentence that says what
//! is wrong and what is allowed.

use crate::model::flags::is_namespaced_sysctl;
use crate::model::spec::{PortRange, parse_bytes, ulimit};
use std::net::IpAddr;

type Checked = Result<String, String>;

/// A value of a flag that takes a text or a list.
pub(super) fn text(flag: &str, value: &str) -> Checked {
    match flag {
        "dns" => address(value),
        "dns-search" => domain(value),
        "add-host" => extra_host(value),
        "expose" => expose(value),
        "ulimit" => ulimit(value).map(|_| value.to_owned()),
        "device" => device(value),
        "device-cgroup-rule" => cgroup_rule(value),
        "blkio-weight-device" => on_device(value, |weight| {
            let weight: u16 = weight.parse().map_err(|_| not_a(weight, "weight"))?;
            if weight == 0 || (10..=1000).contains(&weight) {
                Ok(())
            } else {
                Err("A weight must be 10 to 1000.".to_owned())
            }
        }),
        "device-read-bps" | "device-write-bps" => on_device(value, |rate| {
            parse_bytes(rate).and_then(|rate| {
                if rate < 0 {
                    Err("A rate must be zero or more.".to_owned())
                } else {
                    Ok(())
                }
            })
        }),
        "device-read-iops" | "device-write-iops" => on_device(value, |rate| {
            rate.parse::<u64>()
                .map(drop)
                .map_err(|_| not_a(rate, "number"))
        }),
        "pid" => namespace(value, &["host"], true),
        "uts" | "userns" => namespace(value, &["host"], false),
        "cgroupns" => namespace(value, &["host", "private"], false),
        _ => Ok(value.to_owned()),
    }
}

/// A `key=value` of a flag that takes such.
pub(super) fn pair(flag: &str, value: &str) -> Result<(String, String), String> {
    let (key, rest) = match value.split_once('=') {
        Some((key, rest)) => (key, Some(rest)),
        None => (value, None),
    };
    match flag {
        "sysctl" if rest.is_none() || !is_namespaced_sysctl(key) => {
            return Err(format!(
                "{value:?} is not a sysctl that can be set per container. Allowed: net.…, fs.mqueue.… and those of kernel.msg, kernel.sem and kernel.shm, with =value."
            ));
        }
        "storage-opt" if rest.is_none() => {
            return Err(format!("{value:?} has no =. Write it like size=10G."));
        }
        "label" => {
            let key = key.trim_start_matches([' ', '\t']);
            if key.is_empty() {
                return Err("A label needs a name before the =.".to_owned());
            }
            if key.contains([' ', '\t']) {
                return Err(format!("The label's name {key:?} contains a space."));
            }
        }
        _ => {}
    }
    Ok((key.to_owned(), rest.unwrap_or("").to_owned()))
}

/// A whole number as Go's `ParseInt(…, 0, 64)` reads it: also `0x1f`, `0b1`, `017`.
pub(super) fn number(flag: &str, value: &str) -> Result<i64, String> {
    let wrong = || not_a(value, "whole number");
    let (sign, digits) = match value.as_bytes().first() {
        Some(b'-') => (-1, &value[1..]),
        Some(b'+') => (1, &value[1..]),
        _ => (1, value),
    };
    let lower = digits.to_ascii_lowercase();
    let (base, digits) = match (lower.get(..2), lower.get(..1)) {
        (Some("0x"), _) => (16, &lower[2..]),
        (Some("0b"), _) => (2, &lower[2..]),
        (Some("0o"), _) => (8, &lower[2..]),
        (Some(_), Some("0")) => (8, &lower[1..]),
        _ => (10, lower.as_str()),
    };
    if !digits.starts_with(|c: char| c.is_digit(base)) {
        return Err(wrong());
    }
    let number = i64::from_str_radix(digits, base).map_err(|_| wrong())? * sign;
    let range = match flag {
        "blkio-weight" => 0..=65535,
        "memory-swappiness" => -1..=100,
        "io-maxiops" => 0..=i64::MAX,
        _ => i64::MIN..=i64::MAX,
    };
    if range.contains(&number) {
        Ok(number)
    } else {
        Err(format!(
            "{number} is out of range: {} to {}.",
            range.start(),
            range.end()
        ))
    }
}

/// A switch's value as Go's `ParseBool` reads it.
pub(super) fn switch(value: &str) -> Result<bool, String> {
    match value {
        "1" | "t" | "T" | "TRUE" | "true" | "True" => Ok(true),
        "0" | "f" | "F" | "FALSE" | "false" | "False" => Ok(false),
        _ => Err(format!("{value:?} is neither true nor false.")),
    }
}

pub(super) fn size(flag: &str, value: &str) -> Result<i64, String> {
    let bytes = parse_bytes(value)?;
    if bytes < 0 && flag != "memory-swap" {
        return Err(format!("{value:?} is negative."));
    }
    Ok(bytes)
}

pub(super) fn address(value: &str) -> Checked {
    let address: Result<IpAddr, _> = value.trim().parse();
    address
        .map(|address| address.to_string())
        .map_err(|_| not_a(value, "IP address"))
}

/// Six, eight or twenty pairs of hexadecimal digits (Go's `ParseMAC`).
pub(super) fn mac(value: &str) -> Checked {
    let value = value.trim();
    let pairs: Vec<&str> = value.split([':', '-']).collect();
    let hexadecimal = |text: &str, length: usize| {
        text.len() == length && text.bytes().all(|b| b.is_ascii_hexdigit())
    };
    let good = pairs.len() == 6 && pairs.iter().all(|pair| hexadecimal(pair, 2)) || {
        let quads: Vec<&str> = value.split('.').collect();
        quads.len() == 3 && quads.iter().all(|quad| hexadecimal(quad, 4))
    };
    if good {
        Ok(value.to_owned())
    } else {
        Err(format!(
            "{value:?} is not a MAC address. Write six pairs of hexadecimal digits: 92:d0:c6:0a:29:33."
        ))
    }
}

/// A domain, or a dot for none.
fn domain(value: &str) -> Checked {
    let trimmed = value.trim();
    if trimmed == "." {
        return Ok(trimmed.to_owned());
    }
    let name = trimmed.strip_suffix('.').unwrap_or(trimmed);
    let label = |label: &str| {
        let edge = |c: char| c.is_ascii_alphanumeric();
        label.starts_with(edge)
            && label.ends_with(edge)
            && label
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    let letters = name.bytes().any(|b| b.is_ascii_alphabetic());
    if letters && name.len() < 255 && name.split('.').all(label) {
        Ok(name.to_owned())
    } else {
        Err(not_a(value, "domain"))
    }
}

fn extra_host(value: &str) -> Checked {
    let wrong = || {
        format!(
            "{value:?} is not a name with an address. Write it like nas:192.168.1.2, or nas:host-gateway."
        )
    };
    let (name, to) = value
        .split_once('=')
        .or_else(|| value.split_once(':'))
        .filter(|(name, _)| !name.is_empty() && !name.contains(':'))
        .ok_or_else(wrong)?;
    let bare = to
        .strip_prefix('[')
        .and_then(|to| to.strip_suffix(']'))
        .unwrap_or(to);
    if to != "host-gateway" && bare.trim().parse::<IpAddr>().is_err() {
        return Err(wrong());
    }
    Ok(format!("{name}:{bare}"))
}

fn expose(value: &str) -> Checked {
    if value.contains(':') {
        return Err(format!(
            "{value:?} publishes a port; --expose takes only a container port. Use -p to publish it."
        ));
    }
    PortRange::parse(value).map(|_| value.to_owned())
}

fn device(value: &str) -> Checked {
    // A name of the Container Device Interface (`vendor.com/class=name`).
    if !value.starts_with('/') && value.contains('/') && value.contains('=') {
        return Ok(value.to_owned());
    }
    let is_mode = |text: &str| {
        !text.is_empty()
            && text.len() <= 3
            && text.bytes().all(|b| b"rwm".contains(&b))
            && (1..text.len()).all(|at| !text[..at].contains(&text[at..=at]))
    };
    let parts: Vec<&str> = value.split(':').collect();
    let inside = match parts[..] {
        [host] => host,
        [host, mode] if is_mode(mode) => host,
        [_, inside] => inside,
        [_, inside, mode] if is_mode(mode) => inside,
        [_, _, mode] => {
            return Err(format!(
                "{mode:?} is not a valid device permission. Allowed: r (read), w (write), m (make), together rwm."
            ));
        }
        _ => {
            return Err(format!(
                "{value:?} has too many colons. Write host:container:rwm."
            ));
        }
    };
    if !inside.starts_with('/') || !value.starts_with('/') {
        return Err(format!(
            "{value:?} is not a path of a device. Write the full path, like /dev/ttyUSB0."
        ));
    }
    Ok(value.to_owned())
}

fn cgroup_rule(value: &str) -> Checked {
    let number =
        |text: &str| text == "*" || (!text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()));
    let good = match value.split(' ').collect::<Vec<_>>()[..] {
        [kind, numbers, mode] => {
            ["a", "c", "b"].contains(&kind)
                && numbers
                    .split_once(':')
                    .is_some_and(|(major, minor)| number(major) && number(minor))
                && (1..=3).contains(&mode.len())
                && mode.bytes().all(|b| b"rwm".contains(&b))
        }
        _ => false,
    };
    if good {
        Ok(value.to_owned())
    } else {
        Err(format!(
            "{value:?} is not a device rule. Write it like c 13:* rwm."
        ))
    }
}

fn on_device(value: &str, check: impl Fn(&str) -> Result<(), String>) -> Checked {
    let (path, amount) = value
        .split_once(':')
        .filter(|(path, _)| path.starts_with("/dev/"))
        .ok_or_else(|| {
            format!("{value:?} is not a device with a value. Write it like /dev/sda:10mb.")
        })?;
    check(amount)?;
    Ok(format!("{path}:{amount}"))
}

fn namespace(value: &str, words: &[&str], of_container: bool) -> Checked {
    let container = of_container
        && value
            .strip_prefix("container:")
            .is_some_and(|name| !name.is_empty());
    if value.is_empty() || words.contains(&value) || container {
        return Ok(value.to_owned());
    }
    let more = if of_container {
        " or container:name"
    } else {
        ""
    };
    Err(format!(
        "{value:?} is not allowed here. Allowed: {}{more}.",
        words.join(", ")
    ))
}

fn not_a(value: &str, what: &str) -> String {
    format!("{value:?} is not a valid {what}.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_are_parsed_as_go_does_and_checked_for_their_range() {
        for (text, value) in [
            ("10", 10),
            ("-1", -1),
            ("+5", 5),
            ("0", 0),
            ("0x1f", 31),
            ("010", 8),
            ("0o17", 15),
            ("0b101", 5),
        ] {
            assert_eq!(number("stop-timeout", text), Ok(value), "{text}");
        }
        for wrong in [
            "",
            "x",
            "1.5",
            "--1",
            "0x",
            "08",
            "1e3",
            "99999999999999999999",
            "é",
            "0é",
        ] {
            assert!(number("stop-timeout", wrong).is_err(), "{wrong}");
        }
        assert!(number("memory-swappiness", "101").is_err());
        assert!(number("blkio-weight", "-1").is_err());
    }

    #[test]
    fn flag_values_are_validated_as_the_docker_client_does() {
        let good = [
            ("dns", "1.1.1.1", "1.1.1.1"),
            ("dns", " ::1", "::1"),
            ("dns-search", "lan.example.org.", "lan.example.org"),
            ("dns-search", ".", "."),
            ("add-host", "a:1.2.3.4", "a:1.2.3.4"),
            ("add-host", "a=::1", "a:::1"),
            ("add-host", "a:[::1]", "a:::1"),
            ("add-host", "a:host-gateway", "a:host-gateway"),
            ("expose", "8000-8010/udp", "8000-8010/udp"),
            ("device", "/dev/a", "/dev/a"),
            ("device", "/dev/a:rw", "/dev/a:rw"),
            ("device", "/dev/a:/dev/b:r", "/dev/a:/dev/b:r"),
            ("device", "nvidia.com/gpu=all", "nvidia.com/gpu=all"),
            ("device-cgroup-rule", "c 13:* rwm", "c 13:* rwm"),
            ("device-read-bps", "/dev/sda:10mb", "/dev/sda:10mb"),
            ("blkio-weight-device", "/dev/sda:500", "/dev/sda:500"),
            ("pid", "container:x", "container:x"),
            ("userns", "host", "host"),
            ("hostname", "anything", "anything"),
        ];
        for (flag, value, passed) in good {
            assert_eq!(text(flag, value).as_deref(), Ok(passed), "{flag} {value}");
        }
        for (flag, value) in [
            ("dns", "one.one"),
            ("dns-search", "a-"),
            ("dns-search", "1.2"),
            ("add-host", "a"),
            ("add-host", ":1.2.3.4"),
            ("add-host", "a:b"),
            ("expose", "80:80"),
            ("device", "dev/a"),
            ("device", "/dev/a:/dev/b:x"),
            ("device", "/dev/a:/b:r:w"),
            ("device-cgroup-rule", "c 13 rwm"),
            ("device-read-bps", "sda:1"),
            ("device-write-iops", "/dev/sda:1mb"),
            ("blkio-weight-device", "/dev/sda:5"),
            ("pid", "private"),
            ("uts", "container:x"),
            ("ulimit", "nofile"),
        ] {
            assert!(text(flag, value).is_err(), "{flag} {value}");
        }
        assert!(pair("sysctl", "vm.swappiness=1").is_err());
        assert!(pair("label", "a b=c").is_err());
        assert!(pair("storage-opt", "size").is_err());
        for wrong in ["", "92:d0", "zz:d0:c6:0a:29:33", "92:d0:c6:0a:29:33:11"] {
            assert!(mac(wrong).is_err(), "{wrong}");
        }
    }
}
