//! Who a request comes from where a proxy passes it on: `X-Forwarded-For`,
//! `X-Forwarded-Proto` and `Forwarded` (RFC 7239), believed from the proxies that
//! `--trusted-proxy` names and from nobody else.

use hyper::header::HeaderMap;
use ipnetwork::IpNetwork;
use std::net::{IpAddr, SocketAddr};

/// Where a request began.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Relay {
    /// The client, as far as it can be believed.
    pub client: IpAddr,
    /// A trusted proxy passed it on.
    pub is_relayed: bool,
    /// And it named the client.
    pub is_named: bool,
    /// The client spoke plain HTTP to the proxy.
    pub is_plain: bool,
}

/// `remote` is the other end of the connection.
pub fn read(remote: IpAddr, headers: &HeaderMap, trusted: &[IpNetwork]) -> Relay {
    let remote = remote.to_canonical();
    let direct = Relay {
        client: remote,
        is_relayed: false,
        is_named: false,
        is_plain: false,
    };
    let is_trusted = |address| is_trusted(address, trusted);
    if !is_trusted(remote) {
        return direct;
    }
    let elements = elements(headers);
    let by_for = list(headers, "x-forwarded-for");
    let by_element: Vec<&str> = elements
        .iter()
        .map(|element| parameter(element, "for").unwrap_or(""))
        .collect();
    let is_plain = is_from(headers, "http");
    let first = |hops: &[&str]| nearest(remote, hops, is_trusted);
    // A proxy passes on a header that it does not write as the client sent it, so
    // where several are there and differ, none is believed.
    let named = [
        (!by_for.is_empty()).then(|| first(&by_for)),
        (!by_element.is_empty()).then(|| first(&by_element)),
        list(headers, "x-real-ip").last().map(|hop| address(hop)),
    ];
    let mut named = named.into_iter().flatten();
    let client = named.next().flatten();
    let client = client.filter(|client| named.all(|other| other == Some(*client)));
    Relay {
        client: client.unwrap_or(remote),
        is_relayed: true,
        is_named: client.is_some(),
        is_plain,
    }
}

/// Whether a proxy says that its client spoke this scheme to it.
fn is_from(headers: &HeaderMap, scheme: &str) -> bool {
    let protos = list(headers, "x-forwarded-proto");
    if let Some(proto) = protos.last() {
        return proto.eq_ignore_ascii_case(scheme);
    }
    let elements = elements(headers);
    let proto = elements.last().and_then(|last| parameter(last, "proto"));
    proto.is_some_and(|proto| proto.eq_ignore_ascii_case(scheme))
}

/// Whether a request in plain HTTP comes from a proxy whose client has already
/// been led to HTTPS: another redirect would send it past the proxy or in circles.
pub fn is_plain_inside(remote: IpAddr, headers: &HeaderMap, trusted: &[IpNetwork]) -> bool {
    is_from(headers, "https")
        || (is_trusted(remote, trusted) && names_client(headers) && !is_from(headers, "http"))
}

/// Whether a request calls itself one that was passed on.
pub fn names_client(headers: &HeaderMap) -> bool {
    ["forwarded", "x-forwarded-for"]
        .iter()
        .any(|name| headers.contains_key(*name))
}

/// Whether an address is that of a proxy whose word is believed.
pub fn is_trusted(address: IpAddr, trusted: &[IpNetwork]) -> bool {
    trusted.iter().any(|range| range.contains(address))
}

/// The hop nearest to us that is not a trusted proxy: whoever stands further
/// away could have been written by it. `None` where that cannot be read.
fn nearest(remote: IpAddr, hops: &[&str], is_trusted: impl Fn(IpAddr) -> bool) -> Option<IpAddr> {
    let mut nearest = remote;
    for hop in hops.iter().rev() {
        // Also a name that hides the address (RFC 7239, 6.3).
        nearest = address(hop)?;
        if !is_trusted(nearest) {
            break;
        }
    }
    Some(nearest)
}

/// `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]:80`, quoted or not.
fn address(hop: &str) -> Option<IpAddr> {
    let hop = hop.trim().trim_matches('"');
    let bare = hop
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .unwrap_or(hop);
    bare.parse::<IpAddr>()
        .ok()
        .or_else(|| Some(hop.parse::<SocketAddr>().ok()?.ip()))
        .map(|address| address.to_canonical())
}

/// The elements of a list that may stand in several header lines. One that is not
/// text counts all the same, and hides none of the others.
fn list<'a>(headers: &'a HeaderMap, name: &str) -> Vec<&'a str> {
    headers
        .get_all(name)
        .iter()
        .flat_map(|value| value.as_bytes().split(|byte| *byte == b','))
        .map(|element| std::str::from_utf8(element).unwrap_or("?").trim())
        .filter(|element| !element.is_empty())
        .collect()
}

/// There are four parameters (RFC 7239, 5) and a few of proxies' own; an element with
/// more, or a chain with more hops, is not read. Anybody may send them.
const MOST_PARAMETERS: usize = 16;
const MOST_ELEMENTS: usize = 64;

/// The parameters of one element of `Forwarded`.
type Parameters = Vec<(String, String)>;

/// The elements of `Forwarded`, the nearest hop last. One that does not follow the
/// grammar (RFC 7239, 4) has no parameters: who wrote which part of it is unknown.
fn elements(headers: &HeaderMap) -> Vec<Parameters> {
    let lines = headers.get_all("forwarded").iter();
    let elements = lines.flat_map(|line| split(line.as_bytes(), b','));
    let elements: Vec<&[u8]> = elements
        .map(<[u8]>::trim_ascii)
        .filter(|element| !element.is_empty())
        .collect();
    if elements.len() > MOST_ELEMENTS {
        return vec![Parameters::new()];
    }
    elements
        .into_iter()
        .map(|element| parameters(element).unwrap_or_default())
        .collect()
}

/// The parts between separators that stand in no quoted string (RFC 9110, 5.6.4).
fn split(text: &[u8], separator: u8) -> Vec<&[u8]> {
    let (mut parts, mut start) = (Vec::new(), 0);
    let (mut is_quoted, mut is_escaped) = (false, false);
    for (at, byte) in text.iter().enumerate() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if is_quoted => is_escaped = true,
            b'"' => is_quoted = !is_quoted,
            byte if *byte == separator && !is_quoted => {
                parts.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}

fn parameters(element: &[u8]) -> Option<Parameters> {
    let mut found = Parameters::new();
    for pair in split(element, b';') {
        if pair.trim_ascii().is_empty() {
            continue;
        }
        let (name, value) = std::str::from_utf8(pair).ok()?.split_once('=')?;
        let name = name.trim().to_ascii_lowercase();
        if found.len() == MOST_PARAMETERS || found.iter().any(|(other, _)| *other == name) {
            return None;
        }
        found.push((name, unquoted(value.trim())?));
    }
    Some(found)
}

/// A value as such, or what a quoted string says. `None` where a quote stands elsewhere.
fn unquoted(value: &str) -> Option<String> {
    let Some(rest) = value.strip_prefix('"') else {
        return (!value.contains('"')).then(|| value.to_owned());
    };
    let mut text = String::new();
    let mut chars = rest.chars();
    loop {
        match chars.next()? {
            '"' => return chars.next().is_none().then_some(text),
            '\\' => text.push(chars.next()?),
            other => text.push(other),
        }
    }
}

fn parameter<'a>(element: &'a Parameters, name: &str) -> Option<&'a str> {
    let mut all = element.iter();
    all.find_map(|(key, value)| (key == name).then_some(value.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use hyper::header::{HeaderName, HeaderValue};

    fn from(remote: &str, headers: &[(&'static str, &str)]) -> Relay {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(
                HeaderName::from_static(name),
                HeaderValue::from_bytes(&latin1(value)).unwrap(),
            );
        }
        let trusted =
            ["192.168.1.2/32", "172.16.0.0/12", "fd00::/8"].map(|range| range.parse().unwrap());
        read(remote.parse().unwrap(), &map, &trusted)
    }

    fn latin1(text: &str) -> Vec<u8> {
        text.chars().map(|c| u8::try_from(c).unwrap()).collect()
    }

    #[test]
    fn long_header_is_not_read_and_costs_no_time() {
        let pairs = |count: usize| {
            let pair = |at: usize| format!("p{at}=;");
            (0..count).map(pair).collect::<String>()
        };
        let few = format!("for=203.0.113.9;{}", pairs(15));
        assert!(from("192.168.1.2", &[("forwarded", &few)]).is_named);
        let many = format!("for=203.0.113.9;{}", pairs(16));
        assert!(!from("192.168.1.2", &[("forwarded", &many)]).is_named);
        let hops = "for=10.0.0.1,".repeat(64) + "for=203.0.113.9";
        assert!(!from("192.168.1.2", &[("forwarded", &hops)]).is_named);
        let started = std::time::Instant::now();
        let long = pairs(8_000);
        for _ in 0..100 {
            from("192.168.1.2", &[("forwarded", &long)]);
        }
        // It took a second and more for each.
        assert!(started.elapsed().as_secs() < 20, "{:?}", started.elapsed());
    }

    #[test]
    fn client_is_the_nearest_hop_that_is_not_a_trusted_proxy() {
        const PROXY: &str = "192.168.1.2";
        for (headers, client) in [
            (&[("x-forwarded-for", "203.0.113.9")][..], "203.0.113.9"),
            // What the client itself wrote stands further left.
            (
                &[("x-forwarded-for", "10.0.0.1, 203.0.113.9")],
                "203.0.113.9",
            ),
            (
                &[
                    ("x-forwarded-for", "10.0.0.1"),
                    ("x-forwarded-for", "203.0.113.9"),
                ],
                "203.0.113.9",
            ),
            (
                &[("x-forwarded-for", "203.0.113.9, 172.17.0.5, 172.18.0.1")],
                "203.0.113.9",
            ),
            (
                &[("x-forwarded-for", "203.0.113.9, unknown, 172.18.0.1")],
                PROXY,
            ),
            (&[("x-forwarded-for", "unknown")], PROXY),
            (&[("x-forwarded-for", "203.0.113.9:4711")], "203.0.113.9"),
            (&[("x-forwarded-for", "::ffff:203.0.113.9")], "203.0.113.9"),
            (
                &[("forwarded", "for=203.0.113.9;proto=https;by=x")],
                "203.0.113.9",
            ),
            (
                &[("forwarded", "for=10.0.0.1, For=\"[2001:db8::7]:4711\"")],
                "2001:db8::7",
            ),
            (&[("forwarded", "for=_hidden, for=172.17.0.5")], PROXY),
            // Bytes that cannot be read as text hide nothing of what the proxy wrote.
            (&[("x-forwarded-for", "\u{ff}, 203.0.113.9")], "203.0.113.9"),
            (&[("x-forwarded-for", "203.0.113.9, \u{ff}")], PROXY),
            (&[("x-real-ip", "203.0.113.9")], "203.0.113.9"),
            (
                &[
                    ("x-forwarded-for", "10.0.0.1"),
                    ("x-real-ip", "203.0.113.9"),
                ],
                PROXY,
            ),
            (&[("forwarded", "proto=https")], PROXY),
            // What stands in quotes is a value and no parameter.
            (
                &[("forwarded", "by=\"x;for=1.2.3.4;y\";for=8.8.8.8")],
                "8.8.8.8",
            ),
            (
                &[("forwarded", "for=8.8.8.8;by=\"a, for=1.2.3.4, \\\", b\"")],
                "8.8.8.8",
            ),
            (&[("forwarded", "for=\"\\8.8.8.8\"")], "8.8.8.8"),
            // A quote that the client left open takes in what the proxy added.
            (
                &[("forwarded", "for=1.2.3.4;by=\", for=\"[2001:db8::7]\"")],
                PROXY,
            ),
            (&[("forwarded", "for=1.2.3.4;for=8.8.8.8")], PROXY),
            (
                &[
                    ("x-forwarded-for", "203.0.113.9"),
                    ("forwarded", "for=203.0.113.9"),
                ],
                "203.0.113.9",
            ),
            // One of them is what the client sent.
            (
                &[
                    ("x-forwarded-for", "203.0.113.9"),
                    ("forwarded", "for=10.0.0.1"),
                ],
                PROXY,
            ),
            (&[], PROXY),
        ] {
            let relay = from(PROXY, headers);
            assert_eq!(
                relay.client,
                client.parse::<IpAddr>().unwrap(),
                "{headers:?}"
            );
            assert_eq!(relay.is_named, client != PROXY, "{headers:?}");
        }
    }

    #[test]
    fn headers_of_anybody_else_are_not_believed() {
        let headers = [
            ("x-forwarded-for", "127.0.0.1"),
            ("x-forwarded-proto", "http"),
            ("forwarded", "for=127.0.0.1;proto=http"),
        ];
        for remote in ["192.168.1.3", "203.0.113.9", "::1"] {
            let relay = from(remote, &headers);
            assert_eq!(relay.client, remote.parse::<IpAddr>().unwrap());
            assert!(
                !relay.is_named && !relay.is_relayed && !relay.is_plain,
                "{remote}"
            );
        }
        assert!(from("fd00::9", &headers).is_plain);
        assert!(!from("192.168.1.2", &[("x-forwarded-proto", "http, https")]).is_plain);
        assert!(from("::ffff:192.168.1.2", &[("forwarded", "proto=http")]).is_plain);
    }
}
