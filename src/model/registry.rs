//! What is known of registries apart from any one image: how the engine was
//! told to reach them, the login that is passed on to it, and their limits.

use super::reference::DOCKER_HUB;
use ipnetwork::IpNetwork;
use serde::Serialize;
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
