//! The user's own certificate: everything a browser would refuse is found
//! before it is activated; an error names its field.

use super::described::Described;
use crate::error::{Error, Result};
use crate::host::clock;
use crate::model::timestamp::Timestamp;
use rustls::crypto::ring::sign::any_supported_type;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;

const CHAIN_MAX: usize = 10;
const TEXT_MAX: usize = 256 * 1024;

const RSA: &str = "1.2.840.113549.1.1.1";
const EC: &str = "1.2.840.10045.2.1";
/// MD5 and SHA-1 with RSA, SHA-1 with ECDSA: refused by every browser.
const BROKEN_SIGNATURES: [&str; 3] = [
    "1.2.840.113549.1.1.4",
    "1.2.840.113549.1.1.5",
    "1.2.840.10045.4.1",
];

/// A chain and key that fit together and are valid at `now`.
pub(super) fn validate(
    certificate: &str,
    private_key: &str,
    now: Timestamp,
) -> Result<CertifiedKey> {
    let chain = chain(certificate)?;
    let described = chain
        .iter()
        .enumerate()
        .map(|(at, der)| {
            Described::read(der).ok_or_else(|| {
                wrong(format!(
                    "Certificate {} of the text cannot be read: it is damaged or cut off.",
                    at + 1
                ))
            })
        })
        .collect::<Result<Vec<_>>>()?;
    let key = key(private_key, &described)?;
    fits(&key, &described)?;
    in_order(&described)?;
    in_time(&described, now)?;
    for_browsers(&described)?;
    Ok(CertifiedKey::new(chain, key))
}

fn wrong(message: impl Into<String>) -> Error {
    Error::invalid("certificate", message)
}

fn wrong_key(message: impl Into<String>) -> Error {
    Error::invalid("private_key", message)
}

fn chain(text: &str) -> Result<Vec<CertificateDer<'static>>> {
    if text.len() > TEXT_MAX {
        return Err(wrong("This is too long for a certificate chain."));
    }
    let chain = CertificateDer::pem_slice_iter(text.as_bytes())
        .collect::<std::result::Result<Vec<_>, _>>()
        .map_err(|_| wrong("The certificate text is damaged: a -----BEGIN or -----END line or its base64 is wrong."))?;
    if chain.is_empty() {
        let hint = if text.contains("PRIVATE KEY-----") {
            "This is a private key, not a certificate."
        } else {
            "There is no certificate in this text."
        };
        return Err(wrong(format!(
            "{hint} Paste the PEM file that begins with -----BEGIN CERTIFICATE-----."
        )));
    }
    if chain.len() > CHAIN_MAX {
        return Err(wrong(format!(
            "At most {CHAIN_MAX} certificates, the server's first."
        )));
    }
    Ok(chain)
}

fn key(text: &str, chain: &[Described]) -> Result<std::sync::Arc<dyn rustls::sign::SigningKey>> {
    if text.contains("-----BEGIN ENCRYPTED PRIVATE KEY-----")
        || text.contains("Proc-Type: 4,ENCRYPTED")
    {
        return Err(wrong_key(
            "The private key is protected by a passphrase. Remove it first: openssl pkey -in key.pem -out plain.pem",
        ));
    }
    if text.len() > TEXT_MAX {
        return Err(wrong_key("This is too long for a private key."));
    }
    let der = PrivateKeyDer::from_pem_slice(text.as_bytes()).map_err(|_| {
        let hint = if text.contains("-----BEGIN CERTIFICATE-----") {
            "This is a certificate, not a private key."
        } else {
            "There is no private key in this text."
        };
        wrong_key(format!(
            "{hint} Paste the PEM file that begins with -----BEGIN PRIVATE KEY-----, RSA or EC."
        ))
    })?;
    let algorithm = chain
        .first()
        .map(|first| first.public_key_algorithm.as_str());
    if !matches!(algorithm, Some(RSA | EC)) {
        return Err(wrong(
            "Browsers accept RSA and EC certificates only; this one has another kind of key.",
        ));
    }
    any_supported_type(&der).map_err(|_| wrong_key(unusable(chain)))
}

/// Why a key that was read cannot sign (ring: RSA of 2048 to 4096 bits, EC with both
/// halves), judging by the certificate that it is for.
fn unusable(chain: &[Described]) -> String {
    let (is_rsa, bits) = chain.first().map_or((false, 0), |first| {
        (first.public_key_algorithm == RSA, first.public_key_bits)
    });
    match (is_rsa, bits) {
        (true, 4097..) => format!(
            "RSA keys of 2048 to 4096 bits can be used, and this one has {bits}. Order the certificate for a smaller key, or for an EC key, which is faster on a small host."
        ),
        (false, 256 | 384) => "This private key cannot be used: it is damaged, or its public half is missing, which this adds: openssl ec -in key.pem -out complete.pem".to_owned(),
        _ => "This private key cannot be used: RSA of 2048 to 4096 bits, or EC on the curves P-256 and P-384.".to_owned(),
    }
}

fn fits(key: &std::sync::Arc<dyn rustls::sign::SigningKey>, chain: &[Described]) -> Result<()> {
    let public = key
        .public_key()
        .ok_or_else(|| wrong_key("The public key of this private key cannot be derived."))?;
    match chain
        .iter()
        .position(|one| one.public_key == public.as_ref())
    {
        Some(0) => Ok(()),
        Some(at) => Err(wrong(format!(
            "The server's own certificate must come first; here it is certificate {}.",
            at + 1
        ))),
        None => Err(wrong_key(
            "The private key does not belong to this certificate.",
        )),
    }
}

fn in_order(chain: &[Described]) -> Result<()> {
    for (at, pair) in chain.windows(2).enumerate() {
        if pair[0].issuer_raw != pair[1].subject_raw {
            return Err(wrong(format!(
                "The chain is out of order: certificate {} was issued by \"{}\", but \"{}\" follows.",
                at + 1,
                pair[0].issuer,
                pair[1].subject
            )));
        }
        if !pair[1].is_ca {
            return Err(wrong(format!(
                "Certificate {} (\"{}\") is not a certificate authority and cannot have issued the one before it.",
                at + 2,
                pair[1].subject
            )));
        }
    }
    Ok(())
}

fn in_time(chain: &[Described], now: Timestamp) -> Result<()> {
    for one in chain {
        if now > one.not_after {
            return Err(wrong(format!(
                "\"{}\" expired on {}.",
                one.subject,
                one.not_after.to_rfc3339()
            )));
        }
        // A host in the past cannot say that something is not valid yet.
        if now < one.not_before && clock::is_plausible(now) {
            return Err(wrong(format!(
                "\"{}\" is not valid before {}; the clock of this host says {}.",
                one.subject,
                one.not_before.to_rfc3339(),
                now.to_rfc3339()
            )));
        }
    }
    Ok(())
}

fn for_browsers(chain: &[Described]) -> Result<()> {
    let Some(first) = chain.first() else {
        return Err(wrong("There is no certificate in this text."));
    };
    if first.dns.is_empty() && first.addresses.is_empty() {
        return Err(wrong(
            "The certificate has no subject alternative names; browsers ignore the common name and would refuse it.",
        ));
    }
    if first.for_servers == Some(false) {
        return Err(wrong(
            "The certificate is not meant for servers (no serverAuth in its extended key usage).",
        ));
    }
    // The signature of a self-signed certificate is not what makes it trusted.
    for one in chain.iter().filter(|one| one.issuer_raw != one.subject_raw) {
        if BROKEN_SIGNATURES.contains(&one.signature_algorithm.as_str()) {
            return Err(wrong(format!(
                "\"{}\" is signed with SHA-1 or MD5, which browsers refuse.",
                one.subject
            )));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
