//! What may be asked of an ACME authority over HTTP-01: whatever it would
//! refuse for certain is found here, before a try is counted there.

use crate::error::{Error, Result};
use std::collections::BTreeSet;
use std::net::IpAddr;

const DOMAINS_MAX: usize = 20;

/// Names that no public authority certifies (RFC 6761, RFC 6762, RFC 8375,
/// ICANN's `internal`, and what home routers use).
const NOT_PUBLIC: [&str; 14] = [
    "localhost",
    "local",
    "home.arpa",
    "internal",
    "lan",
    "home",
    "localdomain",
    "fritz.box",
    "test",
    "example",
    "invalid",
    "onion",
    "arpa",
    "dockermate",
];

/// Answered by the host's own authority, whoever else is asked.
const OWN: [&str; 2] = ["local", "localhost"];

/// A certificate that somebody wants, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderRequest {
    /// Lower-case, without a dot at the end; the first names the certificate.
    pub domains: Vec<String>,
    pub email: Option<String>,
}

impl OrderRequest {
    /// `public`: the authority certifies for the whole internet.
    pub fn new(
        domains: &[String],
        email: Option<&str>,
        agree_terms: bool,
        public: bool,
    ) -> Result<Self> {
        let mut seen = BTreeSet::new();
        let mut checked = Vec::new();
        for name in domains.iter().map(|name| name.trim()) {
            if name.is_empty() {
                continue;
            }
            let name = domain(name, public)?;
            if seen.insert(name.clone()) {
                checked.push(name);
            }
        }
        if checked.is_empty() {
            return Err(wrong("Enter at least one domain, such as nas.example.org."));
        }
        if checked.len() > DOMAINS_MAX {
            return Err(wrong(format!("At most {DOMAINS_MAX} domains.")));
        }
        let email = email.map(str::trim).filter(|text| !text.is_empty());
        if let Some(email) = email {
            check_email(email)?;
        }
        if !agree_terms {
            return Err(Error::invalid(
                "agree_terms",
                "Agree to the authority's terms of service to order a certificate.",
            ));
        }
        Ok(Self {
            domains: checked,
            email: email.map(ToOwned::to_owned),
        })
    }
}

fn wrong(message: impl Into<String>) -> Error {
    Error::invalid("domains", message)
}

fn domain(text: &str, public: bool) -> Result<String> {
    if let Ok(address) = text.trim_matches(['[', ']']).parse::<IpAddr>() {
        return Err(wrong(format!(
            "{address} is an IP address; only domain names are possible here. The local certificate covers the addresses of this host."
        )));
    }
    if text.contains("://") || text.contains(['/', ':', '@']) {
        return Err(wrong(format!(
            "{text:?} is not a bare domain name: leave out https://, the port and the path."
        )));
    }
    if text.starts_with("*.") || text == "*" {
        return Err(wrong(
            "Wildcard certificates (*.) need a DNS challenge, which DockerMate does not support. Enter each domain.",
        ));
    }
    if !text.is_ascii() {
        return Err(wrong(format!(
            "Enter {text:?} in its ASCII (Punycode) form, which begins with xn--."
        )));
    }
    let name = text.trim_end_matches('.').to_ascii_lowercase();
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    if name.len() > 253 || !name.split('.').all(label) {
        return Err(wrong(format!("{text:?} is not a domain name.")));
    }
    let below = |zones: &[&str]| {
        zones.iter().any(|zone| {
            name.strip_suffix(zone)
                .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        })
    };
    if below(&OWN) {
        return Err(wrong(format!(
            "{name} exists only in your local network, where the local certificate covers it."
        )));
    }
    if public && (!name.contains('.') || below(&NOT_PUBLIC)) {
        return Err(wrong(format!(
            "{name} is not a public domain. Use one that resolves on the internet, such as nas.example.org or a dynamic DNS name."
        )));
    }
    // A last label of digits alone is an address that was mistyped.
    if name
        .rsplit('.')
        .next()
        .is_some_and(|last| last.bytes().all(|b| b.is_ascii_digit()))
    {
        return Err(wrong(format!("{text:?} is not a domain name.")));
    }
    Ok(name)
}

/// As much as keeps a `mailto:` whole; whether it is read is the owner's affair.
fn check_email(text: &str) -> Result<()> {
    let good = text.len() <= 254
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"@.!#$&'*+-/=^_`{|}~".contains(&b))
        && text.split_once('@').is_some_and(|(name, host)| {
            !name.is_empty()
                && host.contains('.')
                && !host.starts_with('.')
                && !host.ends_with('.')
                && host
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b == b'.' || b == b'-')
        });
    if good {
        Ok(())
    } else {
        Err(Error::invalid(
            "email",
            format!("{text:?} is not an email address."),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Kind;

    fn request(domains: &[&str], public: bool) -> Result<OrderRequest> {
        let domains: Vec<String> = domains.iter().map(|&name| name.to_owned()).collect();
        OrderRequest::new(&domains, None, true, public)
    }

    fn field(error: &Error) -> &str {
        match &error.kind {
            Kind::Invalid { field: Some(field) } => field,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn valid_domains_are_normalized_and_deduplicated() {
        let found = request(
            &[" NAS.Example.ORG. ", "", "b.example.org", "nas.example.org"],
            true,
        );
        assert_eq!(
            found.unwrap().domains,
            ["nas.example.org", "b.example.org"],
            "in order, once each"
        );
        for good in [
            "xn--bcher-kva.example.org",
            "a-1.duckdns.org",
            "1.example.org",
        ] {
            assert!(request(&[good], true).is_ok(), "{good}");
        }
    }

    #[test]
    fn domains_that_a_public_authority_would_refuse_are_rejected() {
        for (bad, why) in [
            ("192.168.1.2", "address"),
            ("2001:db8::1", "address"),
            ("[::1]", "address"),
            ("https://nas.example.org", "leave out"),
            ("nas.example.org:5000", "leave out"),
            ("nas.example.org/x", "leave out"),
            ("me@example.org", "leave out"),
            ("*.example.org", "DNS"),
            ("*", "DNS"),
            ("bücher.example.org", "xn--"),
            ("a..example.org", "not a domain"),
            ("-a.example.org", "not a domain"),
            ("a_b.example.org", "not a domain"),
            ("nas example.org", "not a domain"),
            ("1.2.3.400", "not a domain"),
            ("dockermate.local", "local certificate"),
            ("localhost", "local certificate"),
            ("nas", "public"),
            ("nas.fritz.box", "public"),
            ("nas.home.arpa", "public"),
            ("nas.lan", "public"),
            ("nas.test", "public"),
        ] {
            let error = request(&[bad], true).unwrap_err();
            assert_eq!(field(&error), "domains", "{bad}");
            assert!(error.message.contains(why), "{bad}: {}", error.message);
        }
        let long = format!("{}.example.org", "a".repeat(64));
        assert!(request(&[&long], true).is_err());
        assert!(request(&[], true).is_err());
        let many: Vec<String> = (0..21).map(|n| format!("n{n}.example.org")).collect();
        assert!(OrderRequest::new(&many, None, true, true).is_err());
    }

    #[test]
    fn private_authority_accepts_local_domains_but_no_mdns_names_or_addresses() {
        assert!(request(&["nas.lan", "nas", "nas.home.arpa"], false).is_ok());
        assert!(request(&["nas.local"], false).is_err());
        assert!(request(&["10.0.0.1"], false).is_err());
    }

    #[test]
    fn order_requires_agreed_terms_and_a_valid_email_if_given() {
        let domains = ["nas.example.org".to_owned()];
        let error = OrderRequest::new(&domains, None, false, true).unwrap_err();
        assert_eq!(field(&error), "agree_terms");
        let with = |email: &str| OrderRequest::new(&domains, Some(email), true, true);
        assert_eq!(with(" ").unwrap().email, None);
        assert_eq!(
            with("me+le@example.org").unwrap().email.unwrap(),
            "me+le@example.org"
        );
        for bad in [
            "me",
            "@example.org",
            "me@",
            "me@host",
            "a b@example.org",
            "me@example.org?cc=x",
            "me@a.b,c@d.e",
            "me@.org",
            "me@a.b\r\nX: y",
        ] {
            assert_eq!(field(&with(bad).unwrap_err()), "email", "{bad}");
        }
    }
}
