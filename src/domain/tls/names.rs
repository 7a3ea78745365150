//! The names and addresses under which this host is reached.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// More addresses than this on one host are not typed by anybody.
const ADDRESSES_MAX: usize = 64;

/// What home routers and mDNS append to the name of a machine. Nobody can
/// register a name below them, so such a name is this host's, whoever asks. Not
/// `fritz.box`: `box` is a public domain.
const HOME_ZONES: [&str; 6] = [
    "local",
    "lan",
    "home",
    "internal",
    "localdomain",
    "home.arpa",
];

/// Every name of this host: the certificate is good for them, and requests may
/// be made to them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Names {
    /// The machine's own name, shown in the authority's name.
    pub machine: String,
    pub dns: BTreeSet<String>,
    pub addresses: BTreeSet<IpAddr>,
}

impl Names {
    /// `configured` is the setting `hostname`, `announced` the name that mDNS
    /// got for it (`dockermate-2.local`), `machine` the operating system's
    /// host name. Loopback names and addresses always belong.
    pub fn of_this_host(
        configured: &str,
        announced: Option<&str>,
        machine: &str,
        addresses: &[IpAddr],
    ) -> Self {
        let mut dns: BTreeSet<String> = ["localhost", "dockermate"]
            .into_iter()
            .map(str::to_owned)
            .collect();
        let mut add = |name: &str| {
            let name = name.trim().trim_end_matches('.').to_ascii_lowercase();
            if is_host_name(&name) {
                dns.insert(name);
            }
        };
        for name in [configured, machine] {
            let label = name.split('.').next().unwrap_or_default();
            add(name);
            add(label);
            for zone in HOME_ZONES {
                add(&format!("{label}.{zone}"));
            }
        }
        if let Some(name) = announced {
            add(name);
        }
        let loopback = [
            IpAddr::V4(Ipv4Addr::LOCALHOST),
            IpAddr::V6(Ipv6Addr::LOCALHOST),
        ];
        let addresses = addresses.iter().take(ADDRESSES_MAX).copied();
        Self {
            machine: machine.to_owned(),
            dns,
            addresses: loopback.into_iter().chain(addresses).collect(),
        }
    }
}

/// Letters, digits and hyphens in labels of at most 63 (RFC 1123), underscores
/// as some machines have them, and not an address.
fn is_host_name(name: &str) -> bool {
    name.len() <= 253
        && name.parse::<IpAddr>().is_err()
        && name.split('.').all(|label| {
            (1..=63).contains(&label.len())
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn certificate_names_cover_every_local_name_and_address() {
        let lan = ["192.168.1.2".parse().unwrap()];
        let names = Names::of_this_host(
            "dockermate",
            Some("dockermate-2.local"),
            "NAS.home.arpa",
            &lan,
        );
        for name in [
            "dockermate",
            "dockermate-2.local",
            "dockermate.local",
            "dockermate.lan",
            "localhost",
            "nas",
            "nas.home.arpa",
            "nas.local",
            "nas.lan",
            "nas.home",
            "nas.internal",
            "nas.localdomain",
        ] {
            assert!(names.dns.contains(name), "{name}: {:?}", names.dns);
        }
        for name in [
            "nas.fritz.box",
            "nas.example.org",
            "lan",
            "nas.home.arpa.lan",
        ] {
            assert!(!names.dns.contains(name), "{name}");
        }
        let addresses: Vec<_> = names.addresses.iter().map(ToString::to_string).collect();
        assert_eq!(addresses, ["127.0.0.1", "192.168.1.2", "::1"]);
    }

    #[test]
    fn invalid_host_names_are_left_out() {
        let names = Names::of_this_host("my host", None, "10.0.0.1", &[]);
        // A label of an address is still a label.
        assert!(!names.dns.contains("10.0.0.1"));
        assert!(names.dns.iter().all(|name| !name.contains(' ')));
        assert!(is_host_name("a-b.local") && is_host_name("my_nas"));
        for bad in ["", "a..b", "-a", "a b", "ä.local"] {
            assert!(!is_host_name(bad), "{bad}");
        }
    }
}
