//! Published ports, as objects and in the CLI's short form.

use super::serde_forms;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use std::net::IpAddr;
use std::ops::RangeInclusive;
use utoipa::ToSchema;

/// One published port of a container.
#[derive(
    Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema,
)]
#[serde(default, deny_unknown_fields)]
pub struct PortSpec {
    pub container_port: u16,
    /// `tcp`, `udp`, `sctp`.
    pub protocol: String,
    /// `8080`, a range to choose from (`8080-8090`), or nothing: a random one.
    #[serde(
        skip_serializing_if = "Option::is_none",
        deserialize_with = "host_port"
    )]
    #[schema(value_type = Option<String>)]
    pub host_port: Option<String>,
    /// Only on this address of the host; all of them when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host_ip: Option<String>,
}

impl PortSpec {
    /// The first and last host port, if any is asked for.
    pub fn host_range(&self) -> Option<(u16, u16)> {
        let text = self.host_port.as_deref().filter(|text| !text.is_empty())?;
        range(text).ok()
    }

    /// As after `-p`.
    pub fn short(&self) -> String {
        let ip = self.host_ip.as_deref().filter(|ip| !ip.is_empty());
        let ip = match ip {
            Some(ip) if ip.contains(':') => format!("[{ip}]:"),
            Some(ip) => format!("{ip}:"),
            None => String::new(),
        };
        let host = match self.host_port.as_deref().filter(|port| !port.is_empty()) {
            Some(port) => format!("{port}:"),
            None if ip.is_empty() => String::new(),
            None => ":".to_owned(),
        };
        let protocol = match self.protocol.as_str() {
            "" | "tcp" => String::new(),
            other => format!("/{other}"),
        };
        format!("{ip}{host}{}{protocol}", self.container_port)
    }
}

/// The most ports of one container, which a text of a few bytes can name: those of a
/// telephone exchange (10000-20000, 16384-32768).
pub const MOST_PORTS: usize = serde_forms::MOST_ENTRIES;

/// The short form of `-p`, read and not yet expanded to an entry a port: a text of
/// a few bytes names all of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PortRange {
    host_ip: Option<String>,
    protocol: String,
    container: (u16, u16),
    /// `None` for a random port.
    host: Option<(u16, u16)>,
}

impl PortRange {
    /// Reads `[[ip:][host]:]container[/protocol]`, with ranges.
    ///
    /// # Errors
    /// A sentence that says what is wrong and what is allowed.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (rest, protocol) = text.rsplit_once('/').unwrap_or((text, "tcp"));
        let protocol = protocol.to_ascii_lowercase();
        if !["tcp", "udp", "sctp"].contains(&protocol.as_str()) {
            return Err(format!(
                "{text:?} has the protocol {protocol:?}. Allowed: tcp, udp, sctp."
            ));
        }
        let (rest, container) = rest.rsplit_once(':').unwrap_or(("", rest));
        let (ip, host) = match rest.rsplit_once(':') {
            // `::1:8080` without brackets is an address and a port as well.
            Some((ip, host)) => (ip, host),
            None if rest.parse::<IpAddr>().is_ok() => (rest, ""),
            None => ("", rest),
        };
        let ip = ip
            .strip_prefix('[')
            .and_then(|ip| ip.strip_suffix(']'))
            .unwrap_or(ip);
        let host_ip = match ip {
            "" => None,
            ip => Some(
                ip.parse::<IpAddr>()
                    .map_err(|_| {
                        format!("{text:?} has the host address {ip:?}, which is not an IP address.")
                    })?
                    .to_string(),
            ),
        };
        let container = range(container).map_err(|why| format!("{text:?}: {why}"))?;
        if container.0 == 0 {
            return Err(format!(
                "{text:?} has the container port 0; ports are 1 to 65535."
            ));
        }
        let host = match host {
            "" => None,
            host => Some(range(host).map_err(|why| format!("{text:?}: {why}"))?),
        };
        let read = Self {
            host_ip,
            protocol,
            container,
            host,
        };
        match host {
            Some(host) if read.len() > 1 && count(host) != read.len() => Err(format!(
                "{text:?} maps {} host ports to {} container ports; both ranges must have the same length.",
                count(host),
                read.len()
            )),
            _ => Ok(read),
        }
    }

    /// How many entries it expands to.
    #[expect(clippy::len_without_is_empty, reason = "a range has at least one port")]
    pub fn len(&self) -> usize {
        count(self.container)
    }

    pub fn protocol(&self) -> &str {
        &self.protocol
    }

    pub fn container_ports(&self) -> RangeInclusive<u16> {
        self.container.0..=self.container.1
    }

    /// Ranges of equal length on both sides become one entry a port; a host range
    /// for a single container port stays a range to choose from.
    pub fn expand(self) -> impl Iterator<Item = PortSpec> {
        let is_single = self.len() == 1;
        self.container_ports()
            .zip(0..)
            .map(move |(container_port, at)| {
                let host = self.host.map(|(first, last)| {
                    if is_single && first != last {
                        format!("{first}-{last}")
                    } else {
                        (first + at).to_string()
                    }
                });
                PortSpec {
                    container_port,
                    protocol: self.protocol.clone(),
                    // 0 means a random port.
                    host_port: host.filter(|host| !is_single || host != "0"),
                    host_ip: self.host_ip.clone(),
                }
            })
    }
}

fn count((first, last): (u16, u16)) -> usize {
    usize::from(last - first) + 1
}

/// The short form of `-p`, expanded.
///
/// # Errors
/// A sentence that says what is wrong and what is allowed.
pub fn parse_ports(text: &str) -> Result<Vec<PortSpec>, String> {
    Ok(PortRange::parse(text)?.expand().collect())
}

/// `80` or `80-90`.
fn range(text: &str) -> Result<(u16, u16), String> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let port = |text: &str| {
        let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        text.parse::<u16>()
            .ok()
            .filter(|_| digits)
            .ok_or_else(|| format!("{text:?} is not a port; ports are numbers from 1 to 65535"))
    };
    let (first, last) = (port(first)?, port(last)?);
    if first > last {
        return Err(format!("the range {text:?} ends before it begins"));
    }
    Ok((first, last))
}

#[derive(Deserialize)]
#[serde(
    untagged,
    expecting = "a port number, or a text with a port or a range"
)]
enum HostPort {
    Number(u16),
    Text(String),
    None(()),
}

fn host_port<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(match HostPort::deserialize(deserializer)? {
        HostPort::Number(0) | HostPort::None(()) => None,
        HostPort::Number(port) => Some(port.to_string()),
        HostPort::Text(text) if text.trim().is_empty() || text.trim() == "0" => None,
        HostPort::Text(text) => {
            range(text.trim()).map_err(D::Error::custom)?;
            Some(text.trim().to_owned())
        }
    })
}

pub(super) fn list<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<PortSpec>, D::Error> {
    let room = std::cell::Cell::new(MOST_PORTS);
    let mut ports: Vec<PortSpec> = serde_forms::entries(deserializer, |text| {
        let range = PortRange::parse(text)?;
        let Some(left) = room.get().checked_sub(range.len()) else {
            return Err(format!("at most {MOST_PORTS} ports are allowed"));
        };
        room.set(left);
        Ok(range.expand().collect::<Vec<_>>())
    })?;
    if ports.len() > MOST_PORTS {
        return Err(D::Error::custom(format_args!(
            "at most {MOST_PORTS} ports are allowed"
        )));
    }
    for port in &mut ports {
        if port.container_port == 0 {
            return Err(D::Error::custom("container_port must be 1 to 65535"));
        }
        if port.protocol.is_empty() {
            "tcp".clone_into(&mut port.protocol);
        }
        port.host_ip = port.host_ip.take().filter(|ip| !ip.is_empty());
    }
    Ok(ports)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn short(text: &str) -> Vec<String> {
        parse_ports(text)
            .unwrap()
            .iter()
            .map(PortSpec::short)
            .collect()
    }

    #[test]
    fn every_short_port_form_is_parsed_and_invalid_ones_are_rejected() {
        for (text, expected) in [
            ("80", &["80"][..]),
            ("8080:80", &["8080:80"]),
            ("8080:80/udp", &["8080:80/udp"]),
            ("127.0.0.1:8080:80", &["127.0.0.1:8080:80"]),
            ("127.0.0.1::80", &["127.0.0.1::80"]),
            ("[::1]:8080:80", &["[::1]:8080:80"]),
            ("::1:8080:80", &["[::1]:8080:80"]),
            ("0:80", &["80"]),
            ("7000-7002:80", &["7000-7002:80"]),
            ("7000-7001:80-81/SCTP", &["7000:80/sctp", "7001:81/sctp"]),
            ("80-81", &["80", "81"]),
            ("65535:65535", &["65535:65535"]),
        ] {
            assert_eq!(short(text), expected, "{text}");
        }
        for wrong in [
            "",
            ":",
            "a",
            "80/xyz",
            "70000",
            "8080:",
            "1:2:3:4:5",
            "300.0.0.1:1:1",
            "90-80",
            "1-3:1-2",
            "host:80:80",
            "+1:+1",
            "0",
        ] {
            assert!(parse_ports(wrong).is_err(), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn port_written_in_short_form_is_parsed_back(container in 1..u16::MAX, host in proptest::option::of(1..u16::MAX), udp: bool, local: bool) {
            let port = PortSpec {
                container_port: container,
                protocol: if udp { "udp" } else { "tcp" }.to_owned(),
                host_port: host.map(|port| port.to_string()),
                host_ip: local.then(|| "127.0.0.1".to_owned()),
            };
            prop_assert_eq!(parse_ports(&port.short()), Ok(vec![port]));
        }

        #[test]
        fn port_parser_never_panics_on_arbitrary_text(text in "\\PC{0,30}") {
            let _ = parse_ports(&text);
        }
    }
}
