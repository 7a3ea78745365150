//! What every request must pass and every answer carries.
//!
//! *Host*: an address, or a name of this host. A page of another site whose
//! name is made to point here (DNS rebinding) sends that name, and is refused;
//! a literal address cannot be rebound, so every address is allowed.
//! *Origin*: a request that changes something and comes from a browser must
//! come from a page of ours. Programs send neither header and are not browsers.
//!
//! HSTS is off unless `--hsts` asks for it: a browser applies it to the whole
//! host, every port, for a year. On `dockermate.local` or a NAS's own name that
//! would lock the owner out of each plain-HTTP service on the same host, which
//! is most of what such a host runs. The redirect from HTTP and the Secure
//! cookie do the work instead.

use super::assets::LOADER_SHA256;
use super::reply::Reply;
use crate::error::{Error, Kind, Result};
use crate::model::timestamp::Timestamp;
use hyper::header::{HeaderMap, HeaderName, HeaderValue};
use hyper::{Method, Uri};
use std::net::IpAddr;

/// What a request names: in its address (HTTP/2), or in its one Host header.
fn authority(uri: &Uri, headers: &HeaderMap) -> Option<String> {
    uri.authority().map(ToString::to_string).or_else(|| {
        let mut values = headers.get_all("host").iter();
        let first = values.next()?.to_str().ok()?.to_owned();
        values.next().is_none().then_some(first)
    })
}

/// The host that a request names, without its port, lower-cased.
pub fn host(uri: &Uri, headers: &HeaderMap) -> Result<String> {
    let named = authority(uri, headers).ok_or_else(|| {
        Error::bad_request("The request must have exactly one Host header.").code("bad_host")
    })?;
    split_port(&named)
        .map(|(host, _)| host.trim_end_matches('.').to_ascii_lowercase())
        .filter(|host| !host.is_empty())
        .ok_or_else(|| Error::bad_request("The Host header is malformed.").code("bad_host"))
}

/// The port that a request names; without one it is that of HTTPS.
pub fn port(uri: &Uri, headers: &HeaderMap) -> u16 {
    let named = authority(uri, headers).unwrap_or_default();
    split_port(&named).and_then(|(_, port)| port).unwrap_or(443)
}

/// Host (without brackets) and port of an authority.
pub fn split_port(authority: &str) -> Option<(&str, Option<u16>)> {
    if authority.contains(['@', '/', ' ']) {
        return None;
    }
    if let Some(rest) = authority.strip_prefix('[') {
        let (address, port) = rest.split_once(']')?;
        let port = match port.strip_prefix(':') {
            Some(port) => Some(port.parse().ok()?),
            None if port.is_empty() => None,
            None => return None,
        };
        return Some((address, port));
    }
    match authority.split_once(':') {
        Some((host, port)) => Some((host, Some(port.parse().ok()?))),
        None => Some((authority, None)),
    }
}

/// Refuses a name that is not one of this host.
pub fn check_host(host: &str, is_ours: impl Fn(&str) -> bool) -> Result<()> {
    if host.parse::<IpAddr>().is_ok() || is_ours(host) {
        return Ok(());
    }
    Err(Error::new(
        Kind::Forbidden,
        format!(
            "{host:?} is not a name of this host. Use its IP address or its own name, or allow the name with --allow-host."
        ),
    )
    .code("host_not_allowed"))
}

/// Refuses a change that another site's page asks for.
pub fn check_origin(
    method: &Method,
    uri: &Uri,
    headers: &HeaderMap,
    allowed_hosts: &[String],
) -> Result<()> {
    if matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS) {
        return Ok(());
    }
    own_origin(uri, headers, allowed_hosts)
}

/// A socket opened from another site's page would ride on our cookie, so here
/// the header must be there, too.
pub fn require_own_origin(uri: &Uri, headers: &HeaderMap, allowed_hosts: &[String]) -> Result<()> {
    if headers.contains_key("origin") {
        return own_origin(uri, headers, allowed_hosts);
    }
    Err(Error::new(
        Kind::Forbidden,
        "WebSockets are only accepted from DockerMate's own pages: the Origin header must be there.",
    )
    .code("cross_origin"))
}

/// Whether a browser sent this: programs send neither header. Browsers before
/// Fetch Metadata say so at least where they change something.
pub fn is_browser(headers: &HeaderMap) -> bool {
    headers.contains_key("origin") || is_from_a_page(headers)
}

/// Whether a browser of today sent this. A script of a page cannot set or remove
/// the header. Not `Sec-Fetch-Mode`: Node's own `fetch` sends that.
pub fn is_from_a_page(headers: &HeaderMap) -> bool {
    headers.contains_key("sec-fetch-site")
}

/// A page is opened from another site, by a link. The browser withholds our
/// cookie then (SameSite=Strict), but not from what the page itself asks for.
pub fn is_linked_from_elsewhere(headers: &HeaderMap) -> bool {
    let is = |name: &str, values: &[&str]| {
        headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .is_some_and(|value| values.contains(&value))
    };
    is("sec-fetch-mode", &["navigate"]) && is("sec-fetch-site", &["cross-site", "same-site"])
}

/// Refuses what says that another site's page asks.
///
/// A browser of today says itself whether it is our page (`Sec-Fetch-Site`, which
/// no script can set), whatever a proxy made of the host. Of an older one the
/// page's address is compared with the one that was asked.
fn own_origin(uri: &Uri, headers: &HeaderMap, allowed_hosts: &[String]) -> Result<()> {
    let refused = |message: String| Error::new(Kind::Forbidden, message).code("cross_origin");
    // All of them: a second header must not hide behind a good first one.
    let all = |name: &str| {
        headers
            .get_all(name)
            .iter()
            .map(|value| value.to_str().unwrap_or(""))
    };
    let mut sites = all("sec-fetch-site").peekable();
    if sites.peek().is_some() {
        if sites.all(|site| matches!(site, "same-origin" | "none")) {
            return Ok(());
        }
        return Err(refused(
            "This request came from a page of another site, so it was rejected.".to_owned(),
        ));
    }
    let asked = authority(uri, headers).unwrap_or_default();
    let foreign = all("origin").find(|origin| {
        let from = origin.strip_prefix("https://");
        !from.is_some_and(|from| {
            same_authority(from, &asked)
                || split_port(from).is_some_and(|(host, _)| {
                    allowed_hosts
                        .iter()
                        .any(|name| name.eq_ignore_ascii_case(host))
                })
        })
    });
    match foreign {
        None => Ok(()),
        Some(origin) => Err(refused(format!(
            "This request came from a page of {origin:?}, and DockerMate was asked as {asked:?}, so it was rejected. \
             If that page is DockerMate's own behind a reverse proxy, let the proxy pass the Host header with its port, \
             or allow the name with --allow-host."
        ))),
    }
}

fn same_authority(left: &str, right: &str) -> bool {
    let normal = |authority: &str| {
        split_port(authority).map(|(host, port)| (host.to_ascii_lowercase(), port.unwrap_or(443)))
    };
    match (normal(left), normal(right)) {
        (Some(left), Some(right)) => left == right,
        _ => false,
    }
}

/// The headers of every answer. Pages name the nonce that their styles carry.
pub fn secure(reply: &mut Reply, nonce: &str, hsts: bool) {
    let is_page = reply
        .headers()
        .get(hyper::header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    let policy = if is_page {
        format!(
            "default-src 'none'; script-src 'self' 'sha256-{LOADER_SHA256}'; style-src 'self' 'nonce-{nonce}'; \
             img-src 'self' data:; connect-src 'self'; font-src 'self'; form-action 'self'; \
             manifest-src 'self'; frame-ancestors 'none'; base-uri 'none'; \
             require-trusted-types-for 'script'; trusted-types 'none'"
        )
    } else {
        "default-src 'none'; frame-ancestors 'none'".to_owned()
    };
    let headers = reply.headers_mut();
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        headers.insert("content-security-policy", policy);
    }
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        // Not no-referrer: with it a form that works without scripts says `Origin: null`.
        ("referrer-policy", "same-origin"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        (
            "permissions-policy",
            "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
        ),
    ] {
        headers.insert(
            HeaderName::from_static(name),
            HeaderValue::from_static(value),
        );
    }
    // The one that hyper keeps does not follow a clock that is set back.
    if let Ok(date) = HeaderValue::from_str(&Timestamp::now().to_http_date()) {
        headers.insert(hyper::header::DATE, date);
    }
    if hsts {
        headers.insert(
            "strict-transport-security",
            HeaderValue::from_static("max-age=31536000"),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| {
                (
                    HeaderName::from_static(name),
                    HeaderValue::from_static(value),
                )
            })
            .collect()
    }

    #[test]
    fn host_header_is_parsed_and_only_own_names_and_ip_addresses_are_allowed() {
        let uri = Uri::from_static("/x");
        for (sent, expected) in [
            ("nas:5000", Some("nas")),
            ("NAS.local.", Some("nas.local")),
            ("[fe80::1]:5000", Some("fe80::1")),
            ("192.168.1.2", Some("192.168.1.2")),
            ("a@b", None),
            ("[::1", None),
            ("nas:port", None),
            ("", None),
        ] {
            let found = host(&uri, &headers(&[("host", sent)])).ok();
            assert_eq!(found.as_deref(), expected, "{sent}");
        }
        assert!(host(&uri, &HeaderMap::new()).is_err());
        let ours = |name: &str| name == "dockermate.local";
        assert!(check_host("192.168.1.2", ours).is_ok());
        assert!(check_host("::1", ours).is_ok());
        assert!(check_host("dockermate.local", ours).is_ok());
        assert!(check_host("evil.example", ours).is_err());
    }

    #[test]
    fn changes_and_websockets_from_another_origin_are_rejected() {
        let uri = Uri::from_static("/api/x");
        let allowed = ["nas.example.org".to_owned()];
        let post = |pairs: &[(&'static str, &'static str)]| {
            check_origin(&Method::POST, &uri, &headers(pairs), &allowed)
        };
        assert!(post(&[("host", "nas:5000")]).is_ok(), "a program");
        assert!(
            post(&[
                ("host", "nas:5000"),
                ("origin", "https://nas:5000"),
                ("sec-fetch-site", "same-origin"),
            ])
            .is_ok()
        );
        for good in [
            // A proxy passed on another host than the page has.
            vec![
                ("host", "upstream"),
                ("origin", "https://nas:5000"),
                ("sec-fetch-site", "same-origin"),
            ],
            vec![
                ("host", "upstream"),
                ("origin", "https://NAS.example.org:8443"),
            ],
        ] {
            assert!(post(&good).is_ok(), "{good:?}");
            assert!(require_own_origin(&uri, &headers(&good), &allowed).is_ok());
        }
        let said = post(&[("host", "up:1"), ("origin", "https://nas:5000")]).unwrap_err();
        for part in [
            "\"https://nas:5000\"",
            "\"up:1\"",
            "Host header",
            "--allow-host",
        ] {
            assert!(said.message.contains(part), "{said}");
        }
        for bad in [
            vec![("host", "nas:5000"), ("origin", "https://nas:5001")],
            vec![("host", "nas:5000"), ("origin", "http://nas.example.org")],
            vec![("host", "nas:5000"), ("origin", "http://nas:5000")],
            vec![("host", "nas:5000"), ("origin", "null")],
            vec![("host", "nas:5000"), ("origin", "https://evil.example")],
            vec![("host", "nas:5000"), ("sec-fetch-site", "cross-site")],
            vec![("host", "nas:5000"), ("sec-fetch-site", "same-site")],
        ] {
            assert!(post(&bad).is_err(), "{bad:?}");
        }
        assert!(
            check_origin(
                &Method::GET,
                &uri,
                &headers(&[("origin", "null")]),
                &allowed
            )
            .is_ok()
        );
        let socket = |pairs: &[(&'static str, &'static str)]| {
            require_own_origin(&uri, &headers(pairs), &allowed).is_ok()
        };
        assert!(socket(&[
            ("host", "nas:5000"),
            ("origin", "https://nas:5000")
        ]));
        assert!(!socket(&[("host", "nas:5000")]), "a program says it too");
        assert!(!socket(&[("host", "nas:5000"), ("origin", "https://nas")]));
        assert!(!socket(&[
            ("host", "nas:5000"),
            ("origin", "https://nas:5000"),
            ("origin", "https://evil.example")
        ]));
    }
}
