//! Proxies, as the environment names them: `HTTPS_PROXY`, `HTTP_PROXY` and
//! `NO_PROXY`, in upper or lower case, by the rules of Go's
//! `golang.org/x/net/http/httpproxy`, which the engine follows.

use super::HttpOrigin;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper::Uri;
use hyper::header::HeaderValue;
use ipnetwork::IpNetwork;
use percent_encoding::percent_decode_str;
use std::fmt;
use std::net::IpAddr;

/// A proxy, with what it wants to know before it does anything.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Proxy {
    pub origin: HttpOrigin,
    /// `Proxy-Authorization`.
    pub login: Option<HeaderValue>,
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Proxy({})", self.origin)
    }
}

/// Which proxy leads where. Without any everything is asked directly.
#[derive(Debug, Clone, Default)]
pub struct Proxies {
    https: Option<Proxy>,
    http: Option<Proxy>,
    exceptions: Vec<Exception>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Exception {
    All,
    Network(IpNetwork),
    /// A domain and all below it; `only_below` is one that was written with a dot.
    Domain {
        name: String,
        only_below: bool,
        port: Option<u16>,
    },
}

impl Proxies {
    pub fn from_environment() -> Self {
        Self::read(&|name| std::env::var(name).ok())
    }

    fn read(variable: &dyn Fn(&str) -> Option<String>) -> Self {
        let either = |name: &str| {
            let upper = variable(name).filter(|value| !value.is_empty());
            upper.or_else(|| variable(&name.to_ascii_lowercase()))
        };
        let proxy = |name: &str| {
            let text = either(name).filter(|value| !value.trim().is_empty())?;
            let read = proxy_of(text.trim());
            if read.is_none() {
                tracing::warn!(
                    variable = name,
                    "the proxy is not used: its address must be http:// or https:// with a host"
                );
            }
            read
        };
        Self {
            https: proxy("HTTPS_PROXY"),
            http: proxy("HTTP_PROXY"),
            exceptions: either("NO_PROXY")
                .unwrap_or_default()
                .split([',', ' '])
                .filter_map(exception)
                .collect(),
        }
    }

    pub(super) fn of(&self, origin: &HttpOrigin) -> Option<&Proxy> {
        let proxy = if origin.is_https {
            &self.https
        } else {
            &self.http
        };
        proxy.as_ref().filter(|_| !self.is_exempt(origin))
    }

    fn is_exempt(&self, origin: &HttpOrigin) -> bool {
        let host = origin.host.trim_end_matches('.');
        let address = host.parse::<IpAddr>().ok();
        if host == "localhost" || address.is_some_and(|address| address.is_loopback()) {
            return true;
        }
        self.exceptions.iter().any(|exception| match exception {
            Exception::All => true,
            Exception::Network(network) => address.is_some_and(|a| network.contains(a)),
            Exception::Domain {
                name,
                only_below,
                port,
            } => {
                let is_below = host
                    .strip_suffix(name.as_str())
                    .is_some_and(|rest| rest.ends_with('.'));
                port.is_none_or(|port| port == origin.port)
                    && (is_below || (!only_below && host == name))
            }
        })
    }
}

fn proxy_of(text: &str) -> Option<Proxy> {
    let text = if text.contains("://") {
        text.to_owned()
    } else {
        format!("http://{text}")
    };
    let uri: Uri = text.parse().ok()?;
    let origin = HttpOrigin::of(&uri).ok()?;
    let (user, _) = uri.authority()?.as_str().rsplit_once('@').unzip();
    let login = user.and_then(|user| {
        let decoded: Vec<u8> = percent_decode_str(user).collect();
        let mut value =
            HeaderValue::from_str(&format!("Basic {}", STANDARD.encode(decoded))).ok()?;
        value.set_sensitive(true);
        Some(value)
    });
    Some(Proxy { origin, login })
}

fn exception(text: &str) -> Option<Exception> {
    let text = text.trim().to_ascii_lowercase();
    if text.is_empty() {
        return None;
    }
    if text == "*" {
        return Some(Exception::All);
    }
    if let Ok(network) = text.trim_matches(['[', ']']).parse::<IpNetwork>() {
        return Some(Exception::Network(network));
    }
    let (name, port) = match text.rsplit_once(':') {
        Some((name, port)) => (name.to_owned(), Some(port.parse().ok()?)),
        None => (text, None),
    };
    let bare = name.trim_start_matches('*').trim_start_matches('.');
    Some(Exception::Domain {
        only_below: bare.len() < name.len(),
        name: bare.to_owned(),
        port,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn through(variables: &[(&str, &str)], address: &str) -> Option<String> {
        let proxies = Proxies::read(&|name| {
            let found = variables.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| (*value).to_owned())
        });
        let origin = HttpOrigin::of(&address.parse().unwrap()).unwrap();
        proxies.of(&origin).map(|proxy| proxy.origin.to_string())
    }

    #[test]
    fn proxy_is_chosen_by_scheme_and_exceptions_by_domain_network_and_port() {
        let set = [
            ("HTTPS_PROXY", "http://user:p%40ss@proxy.lan:3128"),
            ("http_proxy", "plain.lan:8080"),
            ("NO_PROXY", "ghcr.io,.quay.io, 10.0.0.0/8,*.corp,nas:5000"),
        ];
        let proxied = Some("http://proxy.lan:3128".to_owned());
        for (address, expected) in [
            ("https://registry-1.docker.io/v2/", proxied.clone()),
            (
                "http://mirror.lan/",
                Some("http://plain.lan:8080".to_owned()),
            ),
            ("https://ghcr.io/", None),
            ("https://pkg.ghcr.io/", None),
            ("https://notghcr.io/", proxied.clone()),
            ("https://quay.io/", proxied.clone()),
            ("https://cdn.quay.io/", None),
            ("https://10.1.2.3/", None),
            ("https://11.1.2.3/", proxied.clone()),
            ("https://a.corp/", None),
            ("https://nas:5000/", None),
            ("https://nas:5001/", proxied),
            ("https://localhost:5000/", None),
            ("https://127.0.0.1:5000/", None),
        ] {
            assert_eq!(through(&set, address), expected, "{address}");
        }
        let all = [("HTTPS_PROXY", "http://p"), ("NO_PROXY", "*")];
        assert_eq!(through(&all, "https://ghcr.io/"), None);
        assert_eq!(
            through(&[("HTTPS_PROXY", "socks5://p")], "https://ghcr.io/"),
            None
        );
        assert_eq!(through(&[], "https://ghcr.io/"), None);
    }

    #[test]
    fn proxy_login_is_sent_decoded_and_not_shown() {
        let proxy = proxy_of("http://user:p%40ss@proxy.lan:3128").unwrap();
        let login = proxy.login.clone().unwrap();
        assert_eq!(
            login.to_str().unwrap(),
            format!("Basic {}", STANDARD.encode("user:p@ss"))
        );
        assert!(!format!("{proxy:?}").contains("user"));
    }
}
