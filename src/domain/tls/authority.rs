//! The host's own certificate authority and the leaves it issues.
//!
//! ECDSA P-256 with SHA-256 throughout. The authority may only vouch for names
//! of the local network (`nameConstraints`): whoever installs it on a phone
//! does not hand the whole web to the key on this host.

use super::described::Described;
use super::names::Names;
use crate::host::clock;
use crate::model::timestamp::Timestamp;
use ipnetwork::IpNetwork;
use rcgen::{
    BasicConstraints, CertificateParams, CidrSubnet, DistinguishedName, DnType,
    ExtendedKeyUsagePurpose, GeneralSubtree, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    NameConstraints, PublicKeyData as _, SanType,
};
use rustls::pki_types::CertificateDer;
use std::collections::BTreeSet;
use std::time::Duration;
use time::OffsetDateTime;

/// 825 days: the longest life that Apple accepts for a leaf of a private
/// authority. Both its ends count, hence a second less.
const LEAF_LIFE: Duration = Duration::from_secs(825 * 86_400 - 1);
/// For clients whose clock is a little behind.
const BACKDATED: Duration = Duration::from_hours(48);
/// A leaf with less than this left is replaced.
pub(super) const RENEW_BEFORE: Duration = Duration::from_hours(24 * 30);

/// Fixed, so that no clock of this host can put them wrong.
const CA_NOT_BEFORE: i64 = 1_577_836_800; // 2020-01-01T00:00:00Z
const CA_NOT_AFTER: i64 = 2_524_607_999; // 2049-12-31T23:59:59Z

/// Names of the local network (RFC 6762, RFC 8375, ICANN's `internal`, and
/// what home routers use) under which every host may appear.
const LOCAL_ZONES: [&str; 8] = [
    "local",
    "localhost",
    "dockermate",
    "home.arpa",
    "internal",
    "lan",
    "home",
    "localdomain",
];

/// Addresses that mean another machine in every network: private ones (RFC 1918,
/// RFC 6598, RFC 4193), loopback and link-local.
const PRIVATE_RANGES: [&str; 9] = [
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "::1/128",
    "fc00::/7",
    "fe80::/10",
];

/// The addresses that a new authority may vouch for: private ones, and those that
/// this host has in public ranges, of IPv6 with their network.
fn ranges(names: &Names) -> BTreeSet<IpNetwork> {
    let mut ranges: BTreeSet<IpNetwork> = PRIVATE_RANGES
        .iter()
        .filter_map(|range| range.parse().ok())
        .collect();
    for address in &names.addresses {
        if ranges.iter().any(|range| range.contains(*address)) {
            continue;
        }
        let prefix = if address.is_ipv4() { 32 } else { 64 };
        if let Ok(range) = IpNetwork::new(*address, prefix)
            && let Ok(range) = IpNetwork::new(range.network(), prefix)
        {
            ranges.insert(range);
        }
    }
    ranges
}

pub(super) struct Authority {
    pub certificate: CertificateDer<'static>,
    pub pem: String,
    pub described: Described,
    key: KeyPair,
}

/// A new leaf as it is stored.
pub(super) struct Leaf {
    pub certificate_pem: String,
    pub key_pem: String,
}

impl Authority {
    pub fn generate(names: &Names) -> Result<Self, rcgen::Error> {
        Self::signed(KeyPair::generate()?, names, &ranges(names))
    }

    /// A certificate for a key that is there already. Same subject and key:
    /// devices that trust the lost one accept it, if it vouches for no more than
    /// that one did. So the addresses of today are not added.
    pub fn with_key(key: KeyPair, names: &Names) -> Result<Self, rcgen::Error> {
        let private = Names {
            addresses: BTreeSet::new(),
            ..names.clone()
        };
        Self::signed(key, names, &ranges(&private))
    }

    fn signed(
        key: KeyPair,
        names: &Names,
        ranges: &BTreeSet<IpNetwork>,
    ) -> Result<Self, rcgen::Error> {
        let mut params = CertificateParams::default();
        let title = format!("DockerMate local authority ({})", names.machine);
        params.distinguished_name = subject(&title);
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![
            KeyUsagePurpose::KeyCertSign,
            KeyUsagePurpose::CrlSign,
            KeyUsagePurpose::DigitalSignature,
        ];
        params.not_before = moment(Timestamp::from_seconds(CA_NOT_BEFORE));
        params.not_after = moment(Timestamp::from_seconds(CA_NOT_AFTER));
        let zones = LOCAL_ZONES.into_iter().map(str::to_owned);
        let own = names.dns.iter().cloned();
        let mut permitted: Vec<String> = zones.chain(own).collect();
        let all = permitted.clone();
        permitted.retain(|name| !all.iter().any(|zone| zone != name && is_below(name, zone)));
        permitted.sort_unstable();
        permitted.dedup();
        // A kind of name that the list does not have would be free, so it has
        // each: of addresses the ranges, of mail a domain that does not exist.
        let dns = permitted.into_iter().map(GeneralSubtree::DnsName);
        let ranges = ranges.iter().map(|range| match range {
            IpNetwork::V4(net) => CidrSubnet::V4(net.network().octets(), net.mask().octets()),
            IpNetwork::V6(net) => CidrSubnet::V6(net.network().octets(), net.mask().octets()),
        });
        let no_mail = GeneralSubtree::Rfc822Name("mail.invalid".to_owned());
        params.name_constraints = Some(NameConstraints {
            permitted_subtrees: dns
                .chain(ranges.map(GeneralSubtree::IpAddress))
                .chain([no_mail])
                .collect(),
            excluded_subtrees: Vec::new(),
        });
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let certificate = params.self_signed(&key)?;
        let pem = certificate.pem();
        let certificate = certificate.der().clone();
        let described =
            Described::read(&certificate).ok_or(rcgen::Error::CouldNotParseCertificate)?;
        Ok(Self {
            certificate,
            pem,
            described,
            key,
        })
    }

    /// `None` when the certificate is unreadable or not this key's.
    pub fn load(
        pem: &str,
        certificate: CertificateDer<'static>,
        key: KeyPair,
    ) -> Result<Self, Box<KeyPair>> {
        match Described::read(&certificate) {
            Some(described)
                if described.is_ca
                    && described.key_id.is_some()
                    && described.public_key == key.subject_public_key_info() =>
            {
                Ok(Self {
                    certificate,
                    pem: pem.to_owned(),
                    described,
                    key,
                })
            }
            _ => Err(Box::new(key)),
        }
    }

    /// Only what the authority may vouch for: one name too many would make
    /// the whole certificate invalid.
    pub fn permitted(&self, names: &Names) -> Names {
        let mut names = names.clone();
        if let Some(zones) = &self.described.permitted_dns {
            names.dns.retain(|name| {
                zones
                    .iter()
                    .any(|zone| name == zone || is_below(name, zone))
            });
        }
        if let Some(ranges) = &self.described.permitted_ranges {
            names
                .addresses
                .retain(|address| ranges.iter().any(|range| range.contains(*address)));
        }
        names
    }

    /// A name or address in the leaf that makes it invalid.
    fn not_permitted(&self, leaf: &Described) -> Option<String> {
        let all = Names {
            machine: String::new(),
            dns: leaf.dns.clone(),
            addresses: leaf.addresses.clone(),
        };
        let good = self.permitted(&all);
        let name = all.dns.difference(&good.dns).next().cloned();
        name.or_else(|| {
            Some(
                all.addresses
                    .difference(&good.addresses)
                    .next()?
                    .to_string(),
            )
        })
    }

    /// Why `leaf` must be replaced, or `None` while it is good.
    pub fn why_replace(&self, leaf: &Described, names: &Names, now: Timestamp) -> Option<String> {
        if leaf.issuer_raw != self.described.subject_raw
            || leaf.authority_key_id != self.described.key_id
        {
            return Some("another authority issued it".to_owned());
        }
        let wanted = self.permitted(names);
        let missing_name = wanted.dns.difference(&leaf.dns).next();
        let missing_address = wanted.addresses.difference(&leaf.addresses).next();
        if let Some(missing) = missing_name
            .cloned()
            .or_else(|| missing_address.map(ToString::to_string))
        {
            return Some(format!("{missing} is not in it"));
        }
        let now = believable(now, Some(leaf));
        if let Some(extra) = self.not_permitted(leaf) {
            return Some(format!("the authority may not vouch for {extra}"));
        }
        if now < leaf.not_before {
            return Some("it is not valid yet: the clock was ahead when it was created".to_owned());
        }
        if now > leaf.not_after.minus(RENEW_BEFORE) {
            return Some(format!("it expires on {}", leaf.not_after.to_rfc3339()));
        }
        None
    }

    /// A fresh key and certificate. `previous` is the leaf before, whose start
    /// is a moment that has passed, should the clock say something impossible.
    pub fn issue(
        &self,
        names: &Names,
        now: Timestamp,
        previous: Option<&Described>,
    ) -> Result<Leaf, rcgen::Error> {
        let names = self.permitted(names);
        let title = names
            .dns
            .iter()
            .find(|name| is_below(name, "local"))
            .map_or("dockermate", String::as_str);
        let mut params = CertificateParams::default();
        params.distinguished_name = subject(title);
        params.not_before = moment(believable(now, previous).minus(BACKDATED));
        params.not_after = params.not_before + LEAF_LIFE;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        params.is_ca = IsCa::ExplicitNoCa;
        for name in names.dns {
            params
                .subject_alt_names
                .push(SanType::DnsName(name.try_into()?));
        }
        let addresses = names.addresses.into_iter().map(SanType::IpAddress);
        params.subject_alt_names.extend(addresses);
        let key = KeyPair::generate()?;
        let issuer = Issuer::from_ca_cert_der(&self.certificate, &self.key)?;
        let certificate = params.signed_by(&key, &issuer)?;
        Ok(Leaf {
            certificate_pem: certificate.pem(),
            key_pem: key.serialize_pem(),
        })
    }

    pub fn key_pem(&self) -> String {
        self.key.serialize_pem()
    }
}

/// The clock's time if it can be right, else the latest moment that surely has
/// passed: a host that boots in 1970 knows when its program was built and when
/// its last certificate began. A leaf from then on is good for two years, for
/// visitors whose clocks are right.
fn believable(now: Timestamp, leaf: Option<&Described>) -> Timestamp {
    if clock::is_plausible(now) {
        return now;
    }
    let began = leaf
        .map(|leaf| leaf.not_before.plus(BACKDATED))
        .filter(|&began| clock::is_plausible(began));
    began.map_or(clock::built(), |began| began.max(clock::built()))
}

fn is_below(name: &str, zone: &str) -> bool {
    name.strip_suffix(zone)
        .is_some_and(|rest| rest.ends_with('.'))
}

fn subject(title: &str) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    name.push(DnType::OrganizationName, "DockerMate");
    // 64 characters at most (RFC 5280, ub-common-name).
    let title: String = title.chars().take(64).collect();
    name.push(DnType::CommonName, title);
    name
}

fn moment(at: Timestamp) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(at.seconds()).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    use rustls::pki_types::pem::PemObject as _;
    use std::net::IpAddr;

    const DAY: Duration = Duration::from_hours(24);

    fn names() -> Names {
        Names::of_this_host("dockermate", None, "pi", &["192.168.1.2".parse().unwrap()])
    }

    fn read(leaf: &Leaf) -> Described {
        let der = CertificateDer::from_pem_slice(leaf.certificate_pem.as_bytes()).unwrap();
        Described::read(&der).unwrap()
    }

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    fn days(leaf: &Described) -> i64 {
        (leaf.not_after.seconds() + 1 - leaf.not_before.seconds()) / 86400
    }

    #[test]
    fn generated_authority_has_fixed_validity_and_local_name_constraints() {
        let authority = Authority::generate(&names()).unwrap();
        let described = &authority.described;
        assert!(described.is_ca);
        assert!(
            described
                .subject
                .contains("DockerMate local authority (pi)")
        );
        assert_eq!(described.not_before, at("2020-01-01T00:00:00Z"));
        assert_eq!(described.not_after, at("2049-12-31T23:59:59Z"));
        let zones = described.permitted_dns.as_ref().unwrap();
        // `pi.local` and `dockermate.local` lie in `local` already.
        assert!(zones.contains(&"local".to_owned()) && zones.contains(&"pi".to_owned()));
        assert!(!zones.contains(&"pi.local".to_owned()));
        assert_eq!(described.for_servers, Some(true));
    }

    #[test]
    fn authority_vouches_for_private_addresses_and_those_that_the_host_has() {
        let own = ["203.0.113.7", "2001:db8:1:2::7", "192.168.1.2"];
        let own: Vec<IpAddr> = own.iter().map(|text| text.parse().unwrap()).collect();
        let names = Names::of_this_host("dockermate", None, "pi", &own);
        let authority = Authority::generate(&names).unwrap();
        let vouches = |address: &str| {
            let address = address.parse().unwrap();
            let mut wanted = names.clone();
            wanted.addresses.insert(address);
            authority.permitted(&wanted).addresses.contains(&address)
        };
        for good in [
            "203.0.113.7",
            "2001:db8:1:2::1",
            "10.9.8.7",
            "172.31.0.1",
            "192.168.77.1",
            "100.100.1.1",
            "fd00::5",
            "fe80::1",
            "::1",
        ] {
            assert!(vouches(good), "{good}");
        }
        for bad in ["8.8.8.8", "203.0.113.8", "172.32.0.1", "2001:db8:1:3::1"] {
            assert!(!vouches(bad), "{bad}");
        }
    }

    #[test]
    fn issued_leaf_meets_the_requirements_of_browsers() {
        let authority = Authority::generate(&names()).unwrap();
        let now = at("2026-06-01T12:00:00Z");
        let leaf = read(&authority.issue(&names(), now, None).unwrap());
        assert_eq!(leaf.for_servers, Some(true));
        assert!(!leaf.is_ca);
        assert_eq!(leaf.dns, names().dns);
        assert_eq!(leaf.addresses, names().addresses);
        assert_eq!(days(&leaf), 825);
        assert_eq!(leaf.not_before, at("2026-05-30T12:00:00Z"));
        assert_eq!(leaf.signature_algorithm, "1.2.840.10045.4.3.2");
        assert_eq!(authority.why_replace(&leaf, &names(), now), None);
    }

    #[test]
    fn leaf_issued_with_the_clock_in_1970_is_valid_after_the_build_date() {
        let authority = Authority::generate(&names()).unwrap();
        let leaf = read(&authority.issue(&names(), Timestamp(0), None).unwrap());
        assert_eq!(days(&leaf), 825);
        // As soon as a visitor's clock says any day of the two years after the build.
        for later in [0, 30, 365, 700] {
            let now = clock::built().plus(DAY * later);
            assert!(leaf.not_before <= now && now < leaf.not_after, "{later}");
            assert_eq!(authority.why_replace(&leaf, &names(), now), None);
        }
        // While the clock is wrong it is not replaced again and again.
        assert_eq!(authority.why_replace(&leaf, &names(), Timestamp(1)), None);
        // Once the clock is right and the leaf is old, it is.
        let now = clock::built().plus(DAY * 800);
        assert!(authority.why_replace(&leaf, &names(), now).is_some());
    }

    #[test]
    fn leaf_issued_with_a_clock_ahead_is_replaced_once_the_clock_is_right() {
        let authority = Authority::generate(&names()).unwrap();
        let leaf = read(
            &authority
                .issue(&names(), at("2035-01-01T00:00:00Z"), None)
                .unwrap(),
        );
        let why = authority.why_replace(&leaf, &names(), at("2026-06-01T00:00:00Z"));
        assert!(why.unwrap().contains("not valid yet"));
    }

    #[test]
    fn leaf_issued_with_a_clock_behind_starts_when_the_previous_leaf_did() {
        let authority = Authority::generate(&names()).unwrap();
        let first = read(
            &authority
                .issue(&names(), at("2028-01-01T00:00:00Z"), None)
                .unwrap(),
        );
        let next = read(
            &authority
                .issue(&names(), Timestamp(0), Some(&first))
                .unwrap(),
        );
        assert_eq!(next.not_before, first.not_before);
    }

    #[test]
    fn leaf_is_replaced_for_new_names_near_expiry_or_for_another_authority() {
        let authority = Authority::generate(&names()).unwrap();
        let now = at("2026-06-01T00:00:00Z");
        let leaf = read(&authority.issue(&names(), now, None).unwrap());
        let why = |names: &Names, now| authority.why_replace(&leaf, names, now);
        let mut more = names();
        more.addresses.insert("10.0.0.9".parse().unwrap());
        assert_eq!(why(&more, now).unwrap(), "10.0.0.9 is not in it");
        more = names();
        more.dns.insert("dockermate-2.local".to_owned());
        assert!(why(&more, now).is_some());
        // A missing name alone does not replace it: an unplugged cable comes back.
        let mut fewer = names();
        fewer.addresses.remove(&"192.168.1.2".parse().unwrap());
        assert_eq!(why(&fewer, now), None);
        assert_eq!(why(&names(), now.plus(DAY * 792)), None);
        assert!(
            why(&names(), now.plus(DAY * 794))
                .unwrap()
                .contains("expires")
        );
        let other = Authority::generate(&names()).unwrap();
        let why = other.why_replace(&leaf, &names(), now);
        assert_eq!(why.unwrap(), "another authority issued it");
    }

    #[test]
    fn names_that_the_authority_does_not_permit_are_left_out_of_the_leaf() {
        let authority = Authority::generate(&names()).unwrap();
        let mut wider = names();
        wider.dns.insert("bank.example".to_owned());
        let now = at("2026-06-01T00:00:00Z");
        let leaf = read(&authority.issue(&wider, now, None).unwrap());
        assert!(!leaf.dns.contains("bank.example"));
        assert_eq!(authority.why_replace(&leaf, &wider, now), None);
        // A machine that had the name when the authority was made keeps it.
        let own = Authority::generate(&wider).unwrap();
        assert!(own.permitted(&wider).dns.contains("bank.example"));
    }

    #[test]
    fn authority_recreated_from_its_key_keeps_subject_and_key_id() {
        let first = Authority::generate(&names()).unwrap();
        let key = KeyPair::from_pem(&first.key_pem()).unwrap();
        let again = Authority::with_key(key, &names()).unwrap();
        assert_eq!(again.described.subject_raw, first.described.subject_raw);
        assert_eq!(again.described.key_id, first.described.key_id);
        let now = at("2026-06-01T00:00:00Z");
        let leaf = read(&first.issue(&names(), now, None).unwrap());
        assert_eq!(again.why_replace(&leaf, &names(), now), None);
    }
}
