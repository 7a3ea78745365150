//! What is known of registries apart from any one image: how the engine was
//! told to reach them, the login that is passed on to it, and their limits.

use super::reference::{DOCKER_HUB, is_host};
use ipnetwork::IpNetwork;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use std::fmt;
use std::net::IpAddr;
use utoipa::ToSchema;

/// `RegistryConfig` of the engine's `GET /info`: what its owner configured.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RegistryPolicy {
    /// Addresses of mirrors of Docker Hub, in the order in which they are asked.
    pub mirrors: Vec<String>,
    /// `host[:port]` of registries that may be asked without verified TLS.
    pub insecure_hosts: Vec<String>,
    pub insecure_networks: Vec<IpNetwork>,
}

impl RegistryPolicy {
    /// Whether a registry (`host[:port]`) may be asked without verified TLS: named
    /// so, or on this machine, as with the engine.
    pub fn is_insecure(&self, registry: &str) -> bool {
        if registry == DOCKER_HUB {
            return false;
        }
        let host = host_of(registry);
        host == "localhost"
            || self
                .insecure_hosts
                .iter()
                .any(|one| one.eq_ignore_ascii_case(registry))
            || host
                .parse()
                .is_ok_and(|address| self.is_insecure_address(address))
    }

    pub fn is_insecure_address(&self, address: IpAddr) -> bool {
        address.is_loopback()
            || self
                .insecure_networks
                .iter()
                .any(|network| network.contains(address))
    }
}

/// Without the port and the brackets of an IPv6 address.
fn host_of(registry: &str) -> &str {
    if let Some(rest) = registry.strip_prefix('[') {
        return rest.split(']').next().unwrap_or(rest);
    }
    registry.split(':').next().unwrap_or(registry)
}

/// Other names of Docker Hub as a registry.
const HUB_NAMES: [&str; 3] = [DOCKER_HUB, "index.docker.io", "registry-1.docker.io"];

/// The one name of a registry: `ghcr.io`, `nas.home:5000`; Docker Hub is `docker.io`.
///
/// # Errors
/// A sentence that says what is wrong and how it is written.
pub fn registry_name(text: &str) -> Result<String, String> {
    let wrong = |why: &str| {
        // What stands before an @ may be a password.
        let shown = if text.contains('@') {
            "This".to_owned()
        } else {
            format!("{:?}", text.chars().take(100).collect::<String>())
        };
        Err(format!(
            "{shown} is not a registry: {why}. Write its host name, with the port if there is one: ghcr.io or nas.home:5000. Docker Hub is docker.io."
        ))
    };
    if text.is_empty() {
        return wrong("it is empty");
    }
    if text.contains("://") {
        return wrong("it begins with a scheme");
    }
    if text.contains('@') {
        return wrong("it has a user name in it");
    }
    if text.contains(['/', '?', '#', '\\']) {
        return wrong("it has a path in it");
    }
    if !is_host(text) {
        return wrong("it is not a host name or address with an optional port");
    }
    let name = text.to_ascii_lowercase();
    if HUB_NAMES.contains(&name.as_str()) {
        return Ok(DOCKER_HUB.to_owned());
    }
    // In the name of an image this would be a part of one on Docker Hub.
    if name != "localhost" && !name.contains(['.', ':']) {
        return wrong("names of images cannot refer to it without a domain or a port");
    }
    Ok(name)
}

/// A password or token in the body of a request. It is in no log, and in no message
/// that says what is wrong with it.
pub struct SecretText(pub String);

impl<'de> Deserialize<'de> for SecretText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Value::deserialize(deserializer)? {
            Value::String(text) => Ok(Self(text)),
            _ => Err(D::Error::custom("it must be a text in quotes")),
        }
    }
}

/// A user name and a password or token that were entered here. Its secret is in no log.
#[derive(Clone, PartialEq, Eq)]
pub struct RegistryLogin {
    pub username: String,
    pub secret: String,
}

impl fmt::Debug for RegistryLogin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RegistryLogin({:?})", self.username)
    }
}

/// The value of the header `X-Registry-Auth`. It is in no log.
#[derive(Clone, PartialEq, Eq)]
pub struct EncodedLogin(pub String);

impl fmt::Debug for EncodedLogin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EncodedLogin")
    }
}

/// How many more requests a registry allows, as it said last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct RegistryLimit {
    /// Requests in each period.
    pub limit: Option<u32>,
    pub remaining: Option<u32>,
    /// Length of the period.
    pub period_s: Option<u64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn registry_has_one_name_and_what_is_not_a_host_is_refused_with_the_reason() {
        for (text, name) in [
            ("ghcr.io", "ghcr.io"),
            ("NAS.home:5000", "nas.home:5000"),
            ("localhost", "localhost"),
            ("nas:5000", "nas:5000"),
            ("192.168.1.2:5000", "192.168.1.2:5000"),
            ("[fd00::1]:5000", "[fd00::1]:5000"),
            ("docker.io", "docker.io"),
            ("index.docker.io", "docker.io"),
            ("Registry-1.docker.io", "docker.io"),
        ] {
            assert_eq!(registry_name(text).as_deref(), Ok(name), "{text}");
        }
        for (text, why) in [
            ("", "empty"),
            ("https://ghcr.io", "scheme"),
            ("me:secret@ghcr.io", "user name"),
            ("ghcr.io/owner", "path"),
            ("ghcr.io?x", "path"),
            ("ghcr.io\\x", "path"),
            ("gh cr.io", "host name"),
            ("ghcr.io\r\nHost: x", "host name"),
            ("ghcr.io\u{0}", "host name"),
            ("ghcr.io:99999", "host name"),
            ("ghcr..io", "host name"),
            ("-x.io", "host name"),
            ("nas", "without a domain"),
        ] {
            let error = registry_name(text).unwrap_err();
            assert!(error.contains(why), "{text}: {error}");
            assert!(!error.contains("me:secret"), "{error}");
            assert!(
                !error.contains('\r') && !error.contains('\u{0}'),
                "{error:?}"
            );
        }
        let long = "a".repeat(1_000_000) + ".example";
        assert!(registry_name(&long).unwrap_err().len() < 500);
    }

    #[test]
    fn registries_on_this_machine_and_those_the_engine_names_may_be_insecure() {
        let policy = RegistryPolicy {
            insecure_hosts: vec!["nas.local:5000".to_owned()],
            insecure_networks: vec!["10.0.0.0/8".parse().unwrap()],
            ..RegistryPolicy::default()
        };
        for insecure in [
            "localhost",
            "localhost:5000",
            "127.0.0.1:5000",
            "127.9.9.9",
            "[::1]:5000",
            "nas.local:5000",
            "NAS.local:5000",
            "10.1.2.3:80",
        ] {
            assert!(policy.is_insecure(insecure), "{insecure}");
        }
        for secure in [
            "docker.io",
            "ghcr.io",
            "nas.local",
            "nas.local:5001",
            "localhost.example",
            "192.168.0.1:5000",
            "128.0.0.1",
        ] {
            assert!(!policy.is_insecure(secure), "{secure}");
        }
    }
}
