//! The short form of a published port: `[[ip:]published:]target[/protocol]`.

use std::net::IpAddr;
use std::ops::RangeInclusive;

/// One port of a container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShortPort {
    pub host_ip: Option<String>,
    /// A port, or a range of which the engine chooses.
    pub published: Option<String>,
    pub target: u16,
    pub protocol: String,
}

/// # Errors
/// What is wrong, as a sentence.
pub fn parse(text: &str) -> Result<Vec<ShortPort>, String> {
    let (address, protocol) = match text.split_once('/') {
        Some((address, protocol)) => (address, protocol.to_ascii_lowercase()),
        None => (text, "tcp".to_owned()),
    };
    if !matches!(protocol.as_str(), "tcp" | "udp" | "sctp") {
        return Err(format!(
            "{protocol:?} is not a protocol: use tcp, udp or sctp."
        ));
    }
    let (rest, target) = match address.rsplit_once(':') {
        Some((rest, target)) => (Some(rest), target),
        None => (None, address),
    };
    let (host_ip, published) = match rest {
        None => (None, ""),
        Some(rest) => match rest.rsplit_once(':') {
            // `::1` without brackets ends in a number, too.
            Some((ip, published)) => (Some(checked_ip(ip)?), published),
            None => (None, rest),
        },
    };
    let host_ip = host_ip.filter(|ip| !ip.is_empty());
    if target.is_empty() {
        return Err(format!("{text:?} names no port of the container."));
    }
    let targets = range(target).ok_or_else(|| {
        format!("{target:?} is not a port: use 1 to 65535, or a range as 8000-8010.")
    })?;
    let hosts = match published {
        "" => None,
        published => Some(range_from(published, 0).ok_or_else(|| {
            format!("{published:?} is not a port: use 1 to 65535, or a range as 8000-8010.")
        })?),
    };
    let one = |target: u16, published: Option<String>| ShortPort {
        host_ip: host_ip.clone(),
        published,
        target,
        protocol: protocol.clone(),
    };
    let Some(hosts) = hosts else {
        return Ok(targets.map(|target| one(target, None)).collect());
    };
    if targets.len() == 1 {
        let (first, last) = (*hosts.start(), *hosts.end());
        let published = if first == last {
            first.to_string()
        } else {
            format!("{first}-{last}")
        };
        return Ok(vec![one(*targets.start(), Some(published))]);
    }
    if targets.len() != hosts.len() {
        return Err(format!(
            "In {text:?} the two ranges have different lengths ({} and {}).",
            hosts.len(),
            targets.len()
        ));
    }
    let pairs = targets.zip(hosts);
    Ok(pairs
        .map(|(target, host)| one(target, Some(host.to_string())))
        .collect())
}

/// How many ports of a container a text names.
pub fn count(text: &str) -> usize {
    let address = text.split('/').next().unwrap_or_default();
    let target = address.rsplit(':').next().unwrap_or_default();
    range(target).map_or(1, |targets| targets.len())
}

fn checked_ip(text: &str) -> Result<String, String> {
    if text.is_empty() {
        return Ok(String::new());
    }
    let bare = match text
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
    {
        Some(inside) => inside,
        None if text.contains(':') => {
            return Err(format!(
                "Put the IPv6 address in brackets: [{text}]. Colons part the ports."
            ));
        }
        None => text,
    };
    let address = bare.split_once('%').map_or(bare, |(address, _)| address);
    if address.parse::<IpAddr>().is_err() {
        return Err(format!(
            "{bare:?} is not an IP address; a host name cannot stand there."
        ));
    }
    Ok(bare.to_owned())
}

fn range(text: &str) -> Option<RangeInclusive<u16>> {
    range_from(text, 1)
}

fn range_from(text: &str, least: u16) -> Option<RangeInclusive<u16>> {
    let port = |text: &str| {
        let is_plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let port = text.parse::<u16>().ok().filter(|_| is_plain)?;
        (port >= least).then_some(port)
    };
    match text.split_once('-') {
        Some((first, last)) => {
            let (first, last) = (port(first)?, port(last)?);
            (first <= last).then_some(first..=last)
        }
        None => port(text).map(|port| port..=port),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_read_as_compose_does() {
        let all = parse("127.0.0.1:5000-5001:50-51/udp").unwrap();
        assert_eq!(all.len(), 2);
        assert_eq!(
            (all[1].published.as_deref(), all[1].target),
            (Some("5001"), 51)
        );
        let v6 = &parse("[::1]:8003:83").unwrap()[0];
        assert_eq!(v6.host_ip.as_deref(), Some("::1"));
        assert_eq!(
            parse("7000-7010:70").unwrap()[0].published.as_deref(),
            Some("7000-7010")
        );
        assert_eq!(parse("127.0.0.1::84").unwrap()[0].published, None);
        assert_eq!(parse("53:53/TCP").unwrap()[0].protocol, "tcp");
        for text in [
            "80:0",
            "http:web",
            "localhost:80:80",
            "80/tpc",
            "70000",
            "1-3:1-2",
            "::1:80:80",
            "",
            "80:",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
