//! The addresses at which a browser finds the service of a container: what the owner
//! has set, what labels of dashboards and reverse proxies say, and ports that are
//! open on this host. Pure.

use crate::model::characters::is_invisible;
use crate::model::container::{Container, Port, State};
use crate::model::service::{AddressSource, EnginePlace, ServiceAddress, WebScheme};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::net::IpAddr;

/// An address is refused above this, and labels above it are ignored.
pub(super) const LONGEST_URL: usize = 500;
/// Services give a handful; labels are written by others.
const MOST: usize = 16;

/// TCP ports that speak something else than HTTP, by their usual numbers. They are not
/// asked either: some log what they do not understand as an attack.
const NOT_WEB: &[u16] = &[
    21, 22, 23, 25, 53, 110, 111, 139, 143, 389, 445, 465, 514, 587, 636, 853, 993, 995, 1433,
    1521, 1883, 2222, 3306, 3389, 5060, 5222, 5432, 5672, 5900, 6379, 8883, 9092, 9735, 11211,
    25565, 27017, 33060, 51820,
];
/// Ports that speak TLS, by their usual numbers.
const SECURE: &[u16] = &[443, 4443, 5001, 6443, 8006, 8443, 8843, 9443, 10443, 18443];

/// What an open port speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PortAnswer {
    Web(WebScheme),
    /// It is open and speaks no HTTP.
    SomethingElse,
}

/// By the address that the port is bound to, if it is one, and the port.
pub(super) type Answers = HashMap<(Option<IpAddr>, u16), PortAnswer>;

/// Best first. `url` is what the owner has set, or empty.
pub(super) fn of(
    container: &Container,
    url: &str,
    answers: Option<&Answers>,
    place: &EnginePlace,
) -> Vec<ServiceAddress> {
    let mut found = Vec::new();
    if !url.is_empty() {
        found.push(whole(AddressSource::User, url));
    }
    found.extend(from_labels(&container.labels));
    found.extend(from_unraid(container, place));
    if container.state == State::Running {
        found.extend(from_ports(container, answers, place));
    }
    // Stable: within a source the order stays.
    found.sort_by_key(|address| address.source);
    let mut seen = HashSet::new();
    found.retain(|address| {
        let ServiceAddress {
            url,
            port,
            host,
            path,
            ..
        } = address;
        seen.insert((url.clone(), *port, host.clone(), path.clone()))
    });
    found.truncate(MOST);
    found
}

fn whole(source: AddressSource, url: &str) -> ServiceAddress {
    ServiceAddress {
        source,
        scheme: if url.starts_with("https:") {
            WebScheme::Https
        } else {
            WebScheme::Http
        },
        url: Some(url.to_owned()),
        port: None,
        host: None,
        path: None,
        checked: false,
    }
}

/// Whether a browser may be sent there: `http` or `https`, a host, no login, and
/// nothing that a link must not hold.
pub(super) fn is_web_url(url: &str) -> bool {
    let rest = url
        .strip_prefix("https://")
        .or_else(|| url.strip_prefix("http://"));
    let Some(rest) = rest else {
        return false;
    };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let clean = url
        .chars()
        .all(|c| !is_invisible(c) && !c.is_whitespace() && !"\"'<>\\^`{|}".contains(c));
    clean && url.len() <= LONGEST_URL && !host.contains('@') && is_host(host)
}

/// A name or an address, with or without a port.
fn is_host(text: &str) -> bool {
    let (host, port) = match text.strip_prefix('[') {
        Some(rest) => match rest.split_once(']') {
            Some((ip, after)) => (ip, after.strip_prefix(':')),
            None => return false,
        },
        None => match text.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (text, None),
        },
    };
    let is_name = !host.is_empty()
        && !host.starts_with(['.', '-'])
        && host
            .chars()
            .all(|c| c.is_alphanumeric() || "-._:".contains(c));
    is_name && port.is_none_or(|port| port.parse::<u16>().is_ok_and(|port| port > 0))
}

/// Distinct addresses, and no more of them than are kept: an image can bring any number.
fn from_labels(labels: &BTreeMap<String, String>) -> Vec<ServiceAddress> {
    let mut found: Vec<ServiceAddress> = Vec::new();
    let mut add = |source, url: String| {
        let is_known =
            |one: &ServiceAddress| one.source == source && one.url.as_ref() == Some(&url);
        if is_web_url(&url) && !found.iter().any(is_known) {
            found.push(whole(source, &url));
        }
        found.len() < MOST
    };
    if let Some(url) = labels.get("homepage.href") {
        add(AddressSource::Dashboard, url.trim().to_owned());
    }
    let traefik_is_off = labels.get("traefik.enable").is_some_and(|v| v == "false");
    for (key, value) in labels {
        if value.len() > 4 * LONGEST_URL {
            continue;
        }
        if key == "caddy" || key.strip_prefix("caddy_").is_some_and(is_number) {
            for site in value.split([',', ' ']).map(str::trim) {
                if !add(AddressSource::Proxy, caddy_site(site)) {
                    return found;
                }
            }
        }
        let router = key
            .strip_prefix("traefik.http.routers.")
            .and_then(|rest| rest.strip_suffix(".rule"));
        if let Some(router) = router.filter(|_| !traefik_is_off) {
            let scheme = if traefik_is_secure(labels, router) {
                WebScheme::Https
            } else {
                WebScheme::Http
            };
            for place in traefik_places(value) {
                let url = format!("{}://{place}", scheme.name());
                if !add(AddressSource::Proxy, url) {
                    return found;
                }
            }
        }
    }
    found
}

/// The page that a template of Unraid names, `http://[IP]:[PORT:8080]/admin`: the address
/// is this host's, and the port where the container's is published.
fn from_unraid(container: &Container, place: &EnginePlace) -> Option<ServiceAddress> {
    let value = container.labels.get("net.unraid.docker.webui")?.trim();
    let (scheme, rest) = match value.split_once("://")? {
        ("http", rest) => (WebScheme::Http, rest),
        ("https", rest) => (WebScheme::Https, rest),
        _ => return None,
    };
    let Some(rest) = rest.strip_prefix("[IP]") else {
        return is_web_url(value).then(|| whole(AddressSource::Dashboard, value));
    };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (port, path) = rest.split_at(end);
    let port = match port.strip_prefix(':') {
        None if port.is_empty() => match scheme {
            WebScheme::Http => 80,
            WebScheme::Https => 443,
        },
        None => return None,
        Some(port) => match port
            .strip_prefix("[PORT:")
            .and_then(|port| port.strip_suffix(']'))
        {
            None => port.parse().ok()?,
            Some(inside) => {
                let inside: u16 = inside.parse().ok()?;
                let published = container
                    .ports
                    .iter()
                    .find(|port| port.protocol == "tcp" && port.container_port == inside)
                    .and_then(|port| port.host_port);
                published.or((container.network_mode == "host").then_some(inside))?
            }
        },
    };
    is_web_url(&format!("http://host{path}")).then(|| ServiceAddress {
        source: AddressSource::Dashboard,
        url: None,
        port: Some(port),
        host: elsewhere(place),
        path: (path.len() > 1).then(|| path.to_owned()),
        scheme,
        checked: false,
    })
}

/// What a browser reaches the engine's ports by, if not by what it reaches us by.
fn elsewhere(place: &EnginePlace) -> Option<String> {
    match place {
        EnginePlace::Elsewhere(host) => Some(host.clone()),
        EnginePlace::Here | EnginePlace::Unknown => None,
    }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

/// `example.org` is served by HTTPS, `http://example.org` as it says; what names no
/// host (`:8080`, `*.example.org`) cannot be opened.
fn caddy_site(site: &str) -> String {
    let named = site.contains('.') && !site.starts_with([':', '*', '.', '(']);
    if site.starts_with("http://") || site.starts_with("https://") {
        site.to_owned()
    } else if named {
        format!("https://{site}")
    } else {
        String::new()
    }
}

fn traefik_is_secure(labels: &BTreeMap<String, String>, router: &str) -> bool {
    let of = |what: &str| labels.get(&format!("traefik.http.routers.{router}.{what}"));
    let prefix = format!("traefik.http.routers.{router}.tls.");
    of("tls").is_some_and(|tls| tls != "false")
        || of("entrypoints")
            .is_some_and(|points| points.contains("secure") || points.contains("https"))
        || labels
            .range(prefix.clone()..)
            .next()
            .is_some_and(|(key, _)| key.starts_with(&prefix))
}

/// The hosts that a rule names, with the path if it names one:
/// ``Host(`a.example`, `b.example`) && PathPrefix(`/x`)``.
fn traefik_places(rule: &str) -> Vec<String> {
    let path = ["PathPrefix(", "Path("]
        .iter()
        .find_map(|name| arguments(rule, name).next())
        .filter(|path| path.starts_with('/') && !path.contains(['{', '*']))
        .unwrap_or("/");
    rule.split("||")
        .flat_map(|part| arguments(part, "Host("))
        .filter(|host| !host.contains('*'))
        .map(|host| format!("{host}{path}"))
        .collect()
}

/// Of the first call of a matcher in a rule, without their quotes.
fn arguments<'a>(rule: &'a str, matcher: &str) -> impl Iterator<Item = &'a str> {
    let (_, rest) = rule.split_once(matcher).unwrap_or_default();
    let inside = rest.split(')').next().unwrap_or_default();
    inside
        .split(',')
        .map(|text| text.trim().trim_matches(['`', '"', '\'']))
        .filter(|text| !text.is_empty())
}

/// TCP ports of this host that may be a web page: published ones, and those that a
/// container in the host's network names.
pub(super) fn candidates(container: &Container) -> Vec<(Option<IpAddr>, u16, u16)> {
    let on_host = container.network_mode == "host";
    let mut found: Vec<(Option<IpAddr>, u16, u16)> = Vec::new();
    let may_be_web =
        |port: &&Port| port.protocol == "tcp" && !NOT_WEB.contains(&port.container_port);
    for port in container.ports.iter().filter(may_be_web) {
        let Some(open) = port.host_port.or(on_host.then_some(port.container_port)) else {
            continue;
        };
        let ip = port
            .host_ip
            .as_deref()
            .and_then(|ip| ip.parse::<IpAddr>().ok());
        let ip = ip.filter(|ip| !ip.is_unspecified());
        if !found
            .iter()
            .any(|(known, number, _)| (*known, *number) == (ip, open))
        {
            found.push((ip, open, port.container_port));
        }
        if found.len() == MOST {
            break;
        }
    }
    found
}

fn from_ports(
    container: &Container,
    answers: Option<&Answers>,
    place: &EnginePlace,
) -> Vec<ServiceAddress> {
    let on_host = container.network_mode == "host";
    let mut found: Vec<_> = candidates(container)
        .into_iter()
        .filter(|(ip, ..)| ip.is_none_or(|ip| !ip.is_loopback()))
        .filter_map(|(ip, open, inside)| {
            let guess = if SECURE.contains(&inside) || SECURE.contains(&open) {
                WebScheme::Https
            } else {
                WebScheme::Http
            };
            let (scheme, checked) = match answers.and_then(|answers| answers.get(&(ip, open))) {
                Some(PortAnswer::Web(scheme)) => (*scheme, true),
                Some(PortAnswer::SomethingElse) => return None,
                // What nobody has published is offered only when it was seen.
                None if on_host => return None,
                None => (guess, false),
            };
            Some(ServiceAddress {
                source: AddressSource::Port,
                url: None,
                port: Some(open),
                host: ip.map(|ip| ip.to_string()).or_else(|| elsewhere(place)),
                path: None,
                scheme,
                checked,
            })
        })
        .collect();
    // What has answered first, and then as the ports are numbered.
    found.sort_by_key(|address| (!address.checked, address.port));
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::container::Port;

    fn port(container_port: u16, host_port: Option<u16>, ip: &str) -> Port {
        Port {
            container_port,
            protocol: "tcp".to_owned(),
            host_port,
            host_ip: Some(ip.to_owned()),
        }
    }

    fn urls(labels: &[(&str, &str)]) -> Vec<String> {
        let mut container = Container::running("web");
        container.labels = labels
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect();
        let found = of(&container, "", None, &EnginePlace::Here);
        found
            .into_iter()
            .filter_map(|address| address.url)
            .collect()
    }

    #[test]
    fn labels_of_traefik_caddy_and_homepage_give_the_address_behind_the_proxy() {
        assert_eq!(
            urls(&[
                ("traefik.enable", "true"),
                (
                    "traefik.http.routers.cloud.rule",
                    "Host(`cloud.example.org`) && PathPrefix(`/files`)"
                ),
                ("traefik.http.routers.cloud.entrypoints", "websecure"),
            ]),
            ["https://cloud.example.org/files"]
        );
        assert_eq!(
            urls(&[
                (
                    "traefik.http.routers.a.rule",
                    "Host(`a.lan`, `b.lan`) || Host(\"c.lan\")"
                ),
                ("traefik.http.routers.b.rule", "Host(`s.lan`)"),
                ("traefik.http.routers.b.tls.certresolver", "le"),
            ]),
            [
                "http://a.lan/",
                "http://b.lan/",
                "http://c.lan/",
                "https://s.lan/"
            ]
        );
        assert!(
            urls(&[
                ("traefik.enable", "false"),
                ("traefik.http.routers.a.rule", "Host(`a.lan`)"),
            ])
            .is_empty()
        );
        assert_eq!(
            urls(&[
                (
                    "caddy",
                    "a.example.org, http://b.example.org :8080 *.c.example.org"
                ),
                ("caddy_1", "d.example.org"),
                ("caddy.reverse_proxy", "x.y")
            ]),
            [
                "https://a.example.org",
                "http://b.example.org",
                "https://d.example.org"
            ]
        );
        assert_eq!(
            urls(&[("homepage.href", "https://photos.example.org/x?y=1")]),
            ["https://photos.example.org/x?y=1"]
        );
    }

    #[test]
    fn hostile_labels_give_no_address() {
        for bad in [
            "javascript:alert(1)",
            "https://user:password@example.org/",
            "https://",
            "http://ex ample.org/",
            "https://example.org/\"onclick=",
            "https://example.org:99999/",
            "data:text/html,x",
            "//example.org",
            "https://example.org/\u{202e}gro.knab",
            "https://exa\u{200b}mple.org/",
        ] {
            assert!(urls(&[("homepage.href", bad)]).is_empty(), "{bad}");
            assert!(!is_web_url(bad), "{bad}");
        }
        assert!(urls(&[("traefik.http.routers.a.rule", "HostRegexp(`.*`)")]).is_empty());
        assert!(urls(&[("traefik.http.routers.a.rule", "Host(")]).is_empty());
        for good in [
            "http://192.168.1.2:8080/",
            "https://[fd00::1]:8443/x",
            "https://nas",
            "http://mühle.example/",
        ] {
            assert!(is_web_url(good), "{good}");
        }
    }

    #[test]
    fn addresses_of_labels_are_bounded_however_many_hosts_they_name() {
        let hosts: Vec<String> = (0..180).map(|n| format!("`{n}.a`")).collect();
        let rule = format!("Host({})", hosts.join(","));
        let mut container = Container::running("web");
        container.labels = (0..3000)
            .map(|n| (format!("traefik.http.routers.r{n}.rule"), rule.clone()))
            .collect();
        let begun = std::time::Instant::now();
        let found = of(&container, "", None, &EnginePlace::Here);
        assert_eq!(found.len(), MOST);
        assert!(begun.elapsed().as_millis() < 100, "{:?}", begun.elapsed());
        container.labels = (0..3000)
            .map(|n| (format!("caddy_{n}"), "a.lan ".repeat(300)))
            .collect();
        assert_eq!(of(&container, "", None, &EnginePlace::Here).len(), 1);
    }

    #[test]
    fn label_of_unraid_gives_the_page_on_the_published_port() {
        let found = |label: &str, network: &str, place: &EnginePlace| {
            let mut container = Container::running("web");
            container.network_mode = network.to_owned();
            container.ports = vec![port(8080, Some(8123), "0.0.0.0")];
            let key = "net.unraid.docker.webui".to_owned();
            container.labels.insert(key, label.to_owned());
            let found = of(&container, "", None, place);
            let found = found
                .into_iter()
                .find(|address| address.source == AddressSource::Dashboard)?;
            let ServiceAddress {
                scheme,
                url,
                host,
                port,
                path,
                ..
            } = found;
            Some(url.unwrap_or_else(|| {
                let host = host.unwrap_or_else(|| "here".to_owned());
                let (port, path) = (port.unwrap(), path.unwrap_or_default());
                format!("{}://{host}:{port}{path}", scheme.name())
            }))
        };
        let here = EnginePlace::Here;
        let nas = EnginePlace::Elsewhere("nas".to_owned());
        for (label, network, place, expected) in [
            (
                "http://[IP]:[PORT:8080]/",
                "bridge",
                &here,
                Some("http://here:8123"),
            ),
            (
                "http://[IP]:[PORT:8080]/admin",
                "bridge",
                &nas,
                Some("http://nas:8123/admin"),
            ),
            (
                "https://[IP]:[PORT:9443]/#/a",
                "host",
                &here,
                Some("https://here:9443/#/a"),
            ),
            ("http://[IP]:[PORT:9443]/", "bridge", &here, None),
            ("http://[IP]", "bridge", &here, Some("http://here:80")),
            (
                "http://[IP]:81?x",
                "bridge",
                &here,
                Some("http://here:81?x"),
            ),
            (
                "https://plex.tv/web",
                "bridge",
                &here,
                Some("https://plex.tv/web"),
            ),
            ("http://[IP].evil.example/", "bridge", &here, None),
            (
                "http://[IP]:[PORT:8080]@evil.example/",
                "bridge",
                &here,
                None,
            ),
            ("javascript://[IP]:80/", "bridge", &here, None),
            ("http://[IP]:80/\u{202e}", "bridge", &here, None),
        ] {
            assert_eq!(found(label, network, place).as_deref(), expected, "{label}");
        }
    }

    #[test]
    fn ports_are_offered_unless_they_are_known_to_be_no_web_page() {
        let mut container = Container::running("web");
        container.ports = vec![
            port(22, Some(2222), "0.0.0.0"),
            port(3000, Some(3000), "0.0.0.0"),
            port(3000, Some(3000), "::"),
            port(443, Some(8444), ""),
            port(80, Some(8081), "127.0.0.1"),
            port(9000, Some(9000), "192.168.1.5"),
            port(8080, None, ""),
        ];
        let offered = |container: &Container, answers: Option<&Answers>| -> Vec<_> {
            of(container, "", answers, &EnginePlace::Here)
                .into_iter()
                .map(|a| {
                    (
                        a.scheme,
                        a.host.unwrap_or_default(),
                        a.port.unwrap(),
                        a.checked,
                    )
                })
                .collect()
        };
        let plain = String::new;
        assert_eq!(
            offered(&container, None),
            [
                (WebScheme::Http, plain(), 3000, false),
                (WebScheme::Https, plain(), 8444, false),
                (WebScheme::Http, "192.168.1.5".to_owned(), 9000, false),
            ]
        );
        let answers: Answers = [
            ((None, 3000), PortAnswer::SomethingElse),
            ((None, 8444), PortAnswer::Web(WebScheme::Http)),
        ]
        .into();
        assert_eq!(
            offered(&container, Some(&answers)),
            [
                (WebScheme::Http, plain(), 8444, true),
                (WebScheme::Http, "192.168.1.5".to_owned(), 9000, false),
            ]
        );
        container.state = State::Exited;
        assert!(
            offered(&container, Some(&answers)).is_empty(),
            "nothing listens"
        );
    }

    #[test]
    fn port_in_the_hosts_network_is_offered_once_it_has_answered() {
        let mut container = Container::running("plex");
        container.network_mode = "host".to_owned();
        container.ports = vec![port(32400, None, "")];
        assert!(of(&container, "", None, &EnginePlace::Here).is_empty());
        let answers: Answers = [((None, 32400), PortAnswer::Web(WebScheme::Http))].into();
        assert_eq!(
            of(&container, "", Some(&answers), &EnginePlace::Here)[0].port,
            Some(32400)
        );
    }

    #[test]
    fn port_of_an_engine_on_another_machine_is_opened_there() {
        let mut container = Container::running("web");
        container.ports = vec![port(80, Some(8080), "")];
        let place = EnginePlace::Elsewhere("nas.lan".to_owned());
        let found = of(&container, "", None, &place);
        assert_eq!(found[0].host.as_deref(), Some("nas.lan"));
    }

    #[test]
    fn address_that_the_owner_has_set_comes_first() {
        let mut container = Container::running("web");
        container.ports = vec![port(80, Some(8080), "")];
        container
            .labels
            .insert("homepage.href".to_owned(), "https://a.example".to_owned());
        let found = of(
            &container,
            "https://mine.example/",
            None,
            &EnginePlace::Here,
        );
        let sources: Vec<_> = found.iter().map(|address| address.source).collect();
        assert_eq!(
            sources,
            [
                AddressSource::User,
                AddressSource::Dashboard,
                AddressSource::Port
            ]
        );
    }
}
