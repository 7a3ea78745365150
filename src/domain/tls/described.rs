//! What a certificate says about itself, read once from its bytes.

use crate::model::timestamp::Timestamp;
use ipnetwork::IpNetwork;
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::net::IpAddr;
use x509_parser::extensions::{GeneralName, ParsedExtension};
use x509_parser::prelude::{FromDer, X509Certificate};
use x509_parser::public_key::PublicKey;
use x509_parser::x509::SubjectPublicKeyInfo;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Described {
    pub subject: String,
    pub issuer: String,
    pub subject_raw: Vec<u8>,
    pub issuer_raw: Vec<u8>,
    /// The public key with its algorithm (SubjectPublicKeyInfo).
    pub public_key: Vec<u8>,
    pub public_key_algorithm: String,
    /// Of the modulus or the curve; 0 where it cannot be told.
    pub public_key_bits: usize,
    pub signature_algorithm: String,
    pub dns: BTreeSet<String>,
    pub addresses: BTreeSet<IpAddr>,
    pub not_before: Timestamp,
    pub not_after: Timestamp,
    pub is_ca: bool,
    /// `None` where the certificate does not restrict its use.
    pub for_servers: Option<bool>,
    pub key_id: Option<Vec<u8>>,
    pub authority_key_id: Option<Vec<u8>>,
    /// The host name subtrees that an authority is limited to.
    pub permitted_dns: Option<Vec<String>>,
    /// The ranges of addresses; `None` where the authority has no such limit.
    pub permitted_ranges: Option<Vec<IpNetwork>>,
}

impl Described {
    /// `None` when the bytes are not a certificate or have trailing bytes.
    pub fn read(der: &[u8]) -> Option<Self> {
        let (rest, certificate) = X509Certificate::from_der(der).ok()?;
        if !rest.is_empty() {
            return None;
        }
        let mut this = Self {
            subject: certificate.subject().to_string(),
            issuer: certificate.issuer().to_string(),
            subject_raw: certificate.subject().as_raw().to_vec(),
            issuer_raw: certificate.issuer().as_raw().to_vec(),
            public_key: certificate.public_key().raw.to_vec(),
            public_key_algorithm: certificate.public_key().algorithm.algorithm.to_id_string(),
            public_key_bits: bits(certificate.public_key()),
            signature_algorithm: certificate.signature_algorithm.algorithm.to_id_string(),
            dns: BTreeSet::new(),
            addresses: BTreeSet::new(),
            not_before: Timestamp::from_seconds(certificate.validity().not_before.timestamp()),
            not_after: Timestamp::from_seconds(certificate.validity().not_after.timestamp()),
            is_ca: certificate.is_ca(),
            for_servers: None,
            key_id: None,
            authority_key_id: None,
            permitted_dns: None,
            permitted_ranges: None,
        };
        for extension in certificate.extensions() {
            this.take(extension.parsed_extension());
        }
        Some(this)
    }

    fn take(&mut self, extension: &ParsedExtension<'_>) {
        match extension {
            ParsedExtension::SubjectAlternativeName(names) => {
                for name in &names.general_names {
                    match name {
                        GeneralName::DNSName(name) => {
                            self.dns.insert(name.to_ascii_lowercase());
                        }
                        GeneralName::IPAddress(bytes) => self.addresses.extend(address(bytes)),
                        _ => {}
                    }
                }
            }
            ParsedExtension::ExtendedKeyUsage(usage) => {
                self.for_servers = Some(usage.server_auth || usage.any);
            }
            ParsedExtension::SubjectKeyIdentifier(id) => self.key_id = Some(id.0.to_vec()),
            ParsedExtension::AuthorityKeyIdentifier(id) => {
                self.authority_key_id = id.key_identifier.as_ref().map(|id| id.0.to_vec());
            }
            ParsedExtension::NameConstraints(constraints) => {
                let permitted = constraints.permitted_subtrees.iter().flatten();
                let dns = permitted.filter_map(|subtree| match &subtree.base {
                    GeneralName::DNSName(name) => Some(name.to_ascii_lowercase()),
                    _ => None,
                });
                self.permitted_dns = Some(dns.collect());
                let permitted = constraints.permitted_subtrees.iter().flatten();
                let ranges: Vec<IpNetwork> = permitted
                    .filter_map(|subtree| match &subtree.base {
                        GeneralName::IPAddress(bytes) => range(bytes),
                        _ => None,
                    })
                    .collect();
                self.permitted_ranges = (!ranges.is_empty()).then_some(ranges);
            }
            _ => {}
        }
    }

    /// Host names, then addresses, as a person reads them.
    pub fn names(&self) -> Vec<String> {
        let addresses = self.addresses.iter().map(ToString::to_string);
        self.dns.iter().cloned().chain(addresses).collect()
    }
}

fn bits(key: &SubjectPublicKeyInfo<'_>) -> usize {
    match key.parsed() {
        Ok(PublicKey::RSA(key)) => key.key_size(),
        Ok(PublicKey::EC(point)) => point.key_size(),
        _ => 0,
    }
}

/// An address and its mask, one after the other (RFC 5280, 4.2.1.10).
fn range(bytes: &[u8]) -> Option<IpNetwork> {
    let (network, mask) = bytes.split_at(bytes.len() / 2);
    IpNetwork::with_netmask(address(network)?, address(mask)?).ok()
}

fn address(bytes: &[u8]) -> Option<IpAddr> {
    if let Ok(v4) = <[u8; 4]>::try_from(bytes) {
        return Some(v4.into());
    }
    <[u8; 16]>::try_from(bytes).ok().map(Into::into)
}

/// `AB:CD:…`, as browsers show it.
pub(super) fn fingerprint(der: &[u8]) -> String {
    let mut text = String::with_capacity(95);
    for (at, byte) in Sha256::digest(der).iter().enumerate() {
        if at > 0 {
            text.push(':');
        }
        // Writing into a string cannot fail.
        let _ = write!(text, "{byte:02X}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invalid_bytes_are_not_a_certificate() {
        assert_eq!(Described::read(b""), None);
        assert_eq!(Described::read(&[0x30, 0x82, 0xff, 0xff, 0x30]), None);
    }

    #[test]
    fn fingerprint_is_sha256_in_colon_separated_hex() {
        let text = fingerprint(b"");
        assert!(text.starts_with("E3:B0:C4:42:98:FC:1C:14"));
        assert_eq!(text.len(), 95);
    }
}
