//! The names and addresses under which this box is reached.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// More addresses than this on one box are not typed by anybody.
const ADDRESSES_MAX: usize = 64;

/// What the certificate must be good for.
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
    pub fn of_this_box(
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
            add(&format!("{label}.local"));
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

/// Letters, digits and hyphens in labels of at most 63 (RFC 1123), and not an
/// address.
fn is_host_name(name: &str) -> bool {
    name.len() <= 253
        && name.parse::<IpAddr>().is_err()
        && name.split('.').all(|label| {
            (1..=63).contains(&label.len())
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn certificate_names_cover_every_local_name_and_address() {
        let lan = ["192.168.1.2".parse().unwrap()];
        let names = Names::of_this_box(
            "dockermate",
            Some("dockermate-2.local"),
            "NAS.home.arpa",
            &lan,
        );
        let dns: Vec<_> = names.dns.iter().map(String::as_str).collect();
        assert_eq!(
            dns,
            [
                "dockermate",
                "dockermate-2.local",
                "dockermate.local",
                "localhost",
                "nas",
                "nas.home.arpa",
                "nas.local"
            ]
        );
        let addresses: Vec<_> = names.addresses.iter().map(ToString::to_string).collect();
        assert_eq!(addresses, ["127.0.0.1", "192.168.1.2", "::1"]);
    }

    #[test]
    fn invalid_host_names_are_left_out() {
        let names = Names::of_this_box("my box", None, "10.0.0.1", &[]);
        // A label of an address is still a label.
        assert!(!names.dns.contains("10.0.0.1"));
        assert!(names.dns.iter().all(|name| !name.contains(' ')));
        assert!(is_host_name("a-b.local"));
        for bad in ["", "a..b", "-a", "a_b", "ä.local"] {
            assert!(!is_host_name(bad), "{bad}");
        }
    }
}
