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
            "{who} cannot be reached: {cause}. Ordering a certificate needs an internet connection. Nothing was changed."
        ))
        .code("authority_unreachable"),
        AcmeError::Slow => unavailable(format!(
            "{who} did not finish in time. Nothing was changed; try again in a few minutes."
        ))
        .code("authority_slow"),
        AcmeError::Strange(what) => unavailable(format!(
            "{} does not answer like an ACME authority: {what}. Nothing was changed.",
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
                format!("{who} gave only this error type: {kind:?}.")
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
                "No address was found for {name}. Create an A (or AAAA) record for it that points to your public IP address, wait until it has propagated, and try again."
            ),
            "acme_dns",
        ),
        "connection" => (
            format!("No connection to {name} on port 80. {}", way_in(authority)),
            "acme_unreachable",
        ),
        "unauthorized" | "incorrectResponse" | "tls" => (
            format!(
                "Another server answered at {name} on port 80: its DNS record points to another machine, or another program uses the port. {}",
                way_in(authority)
            ),
            "acme_elsewhere",
        ),
        "caa" => (
            format!(
                "The CAA record of {name} does not allow {who} to issue certificates. Add {who} to it, or remove it."
            ),
            "acme_forbidden",
        ),
        "rejectedIdentifier" | "unsupportedIdentifier" | "malformed" => (
            format!("{who} does not issue certificates for {name}."),
            "acme_rejected",
        ),
        "rateLimited" => (
            format!(
                "{who} is rate-limiting this host. The active certificate stays in use; try again later."
            ),
            "acme_rate_limited",
        ),
        "invalidContact" | "unsupportedContact" => (
            format!(
                "{who} does not accept this email address. Use another one, or leave it empty."
            ),
            "acme_contact",
        ),
        "externalAccountRequired" => (
            format!(
                "{who} requires an account that was created beforehand (external account binding), which DockerMate does not support."
            ),
            "acme_authority",
        ),
        "userActionRequired" => (
            format!(
                "{who} has new terms of service. Order the certificate again to agree to them."
            ),
            "acme_authority",
        ),
        _ => (
            format!("{who} did not issue the certificate. Nothing was changed; try again later."),
            "acme_authority",
        ),
    }
}

/// How port 80 of the internet address comes to this host.
fn way_in(authority: &AcmeAuthority) -> String {
    if authority.listens_on_80 {
        "Forward port 80 of your router to port 80 of this host, and check that no firewall blocks it."
            .to_owned()
    } else {
        format!(
            "DockerMate does not listen on port 80: forward port 80 of your router to port {} of this host, or start DockerMate with --extra-port 80.",
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
    fn acme_refusal_is_explained_with_advice_and_the_original_message() {
        for (kind, code, wanted) in [
            ("dns", "acme_dns", "A (or AAAA) record"),
            (
                "connection",
                "acme_unreachable",
                "to port 5000 of this host",
            ),
            ("unauthorized", "acme_elsewhere", "another machine"),
            ("caa", "acme_forbidden", "CAA"),
            ("rejectedIdentifier", "acme_rejected", "nas.example.org"),
            ("rateLimited", "acme_rate_limited", "rate-limiting"),
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
            error.message.contains("port 80 of this host"),
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
