//! What an authority's answer means for the owner: what it said, and what to
//! do about it, by the kinds of RFC 8555, 6.7.

use crate::error::{Error, Kind};
use crate::model::certificate::AcmeAuthority;
use crate::outbox::AcmeError;

/// How long an authority that names no time is left alone after a rate limit.
const RATE_LIMIT_S: u64 = 24 * 3600;

/// `domains` are those that were asked for.
pub(super) fn explain(error: AcmeError, authority: &AcmeAuthority, domains: &[String]) -> Error {
    let who = &authority.name;
    let unavailable = |message: String| Error::new(Kind::AuthorityUnavailable, message);
    match error {
        AcmeError::Unreachable(cause) => unavailable(format!(
            "{who} cannot be asked: {cause}. Ordering a certificate takes a connection to the internet. Everything stays as it was."
        ))
        .code("authority_unreachable"),
        AcmeError::Slow => unavailable(format!(
            "{who} did not finish in time. Everything stays as it was; try again in some minutes."
        ))
        .code("authority_slow"),
        AcmeError::Strange(what) => unavailable(format!(
            "{} does not answer as an ACME authority does: {what}. Everything stays as it was.",
            authority.directory
        ))
        .code("authority_strange"),
        AcmeError::Refused { kind, detail, name } => {
            let name = name.unwrap_or_else(|| domains.first().cloned().unwrap_or_default());
            // Not every authority has a kind of its own for this.
            let unknown = kind == "connection"
                && ["resolve", "no such host", "NXDOMAIN"]
                    .iter()
                    .any(|word| detail.contains(word));
            let kind = if unknown { "dns" } else { kind.as_str() };
            let (what, code) = advice(kind, &name, authority);
            let said = if detail.is_empty() {
                format!("{who} says no more than {kind:?}.")
            } else {
                format!("{who} says: “{}”", full_stop(&detail))
            };
            let message = format!("{what} {said}");
            let error = match code {
                "acme_rate_limited" => Error::new(
                    Kind::RateLimited {
                        retry_after_s: RATE_LIMIT_S,
                    },
                    message,
                ),
                "acme_contact" => Error::invalid("email", message),
                "acme_authority" => unavailable(message),
                _ => Error::invalid("domains", message),
            };
            error.code(code)
        }
    }
}

fn full_stop(text: &str) -> String {
    if text.ends_with(['.', '!', '?']) {
        text.to_owned()
    } else {
        format!("{text}.")
    }
}

/// What happened and what to do, and a stable code.
fn advice(kind: &str, name: &str, authority: &AcmeAuthority) -> (String, &'static str) {
    let who = &authority.name;
    match kind {
        "dns" => (
            format!(
                "No address was found for {name}. Make an A record (or AAAA) for it that points to your internet address, wait until it is known, and try again."
            ),
            "acme_dns",
        ),
        "connection" => (
            format!(
                "Nothing answered at {name} on port 80. {}",
                way_in(authority)
            ),
            "acme_unreachable",
        ),
        "unauthorized" | "incorrectResponse" | "tls" => (
            format!(
                "Something else than this box answered at {name} on port 80: its DNS record points to another machine, or another program has the port. {}",
                way_in(authority)
            ),
            "acme_elsewhere",
        ),
        "caa" => (
            format!(
                "The CAA record of {name} forbids {who} to certify it. Add {who} to it, or remove it."
            ),
            "acme_forbidden",
        ),
        "rejectedIdentifier" | "unsupportedIdentifier" | "malformed" => {
            (format!("{who} does not certify {name}."), "acme_rejected")
        }
        "rateLimited" => (
            format!(
                "{who} has been asked too often and wants to be left alone for some time. Until then the certificate in force stays."
            ),
            "acme_rate_limited",
        ),
        "invalidContact" | "unsupportedContact" => (
            format!("{who} does not take this email address. Give another, or leave it empty."),
            "acme_contact",
        ),
        "externalAccountRequired" => (
            format!(
                "{who} gives certificates only to accounts made beforehand, which DockerMate cannot use."
            ),
            "acme_authority",
        ),
        "userActionRequired" => (
            format!("{who} has new terms that must be agreed to. Order the certificate anew."),
            "acme_authority",
        ),
        _ => (
            format!(
                "{who} did not issue the certificate. Everything stays as it was; try again later."
            ),
            "acme_authority",
        ),
    }
}

/// How port 80 of the internet address comes to this box.
fn way_in(authority: &AcmeAuthority) -> String {
    if authority.listens_on_80 {
        "Let your router forward port 80 to port 80 of this box, and let no firewall hold it up."
            .to_owned()
    } else {
        format!(
            "This box does not listen on port 80: let your router forward port 80 to port {} of this box, or start DockerMate with --extra-port 80.",
            authority.port
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(kind: &str, detail: &str, listens_on_80: bool) -> Error {
        let authority = AcmeAuthority {
            name: "Let's Encrypt".into(),
            listens_on_80,
            port: 5000,
            ..AcmeAuthority::default()
        };
        let error = AcmeError::Refused {
            kind: kind.into(),
            detail: detail.into(),
            name: None,
        };
        explain(error, &authority, &["nas.example.org".into()])
    }

    #[test]
    fn each_refusal_says_what_to_do_and_what_was_said() {
        for (kind, code, wanted) in [
            ("dns", "acme_dns", "A record"),
            ("connection", "acme_unreachable", "to port 5000 of this box"),
            ("unauthorized", "acme_elsewhere", "another machine"),
            ("caa", "acme_forbidden", "CAA"),
            ("rejectedIdentifier", "acme_rejected", "nas.example.org"),
            ("rateLimited", "acme_rate_limited", "too often"),
            ("invalidContact", "acme_contact", "email"),
            ("serverInternal", "acme_authority", "try again later"),
            ("made-up", "acme_authority", "try again later"),
        ] {
            let error = told(kind, "so it is", false);
            assert_eq!(error.code, Some(code));
            assert!(error.message.contains(wanted), "{}", error.message);
            assert!(
                error.message.ends_with("says: “so it is.”"),
                "{}",
                error.message
            );
        }
        let error = told("connection", "lookup nas: no such host", false);
        assert_eq!(error.code, Some("acme_dns"));
        let error = told("connection", "", true);
        assert!(
            error.message.contains("port 80 of this box"),
            "{}",
            error.message
        );
        assert!(!error.message.contains("--extra-port"));
        assert!(matches!(
            told("rateLimited", "", true).kind,
            Kind::RateLimited {
                retry_after_s: 86_400
            }
        ));
    }
}
