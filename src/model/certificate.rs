//! The certificate that this host shows to browsers.

use super::timestamp::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Where the certificate comes from.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, PartialEq, Eq, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum HttpsMode {
    /// Issued by the host's own authority.
    SelfSigned,
    /// Brought by the user.
    Custom,
    /// Ordered from Let's Encrypt or another ACME authority, for its names;
    /// every other name and address gets the host's own.
    Acme,
}

#[derive(Debug, Clone, Serialize, PartialEq, Eq, ToSchema)]
pub struct CertificateInfo {
    pub mode: HttpsMode,
    pub subject: String,
    pub issuer: String,
    /// SHA-256 of the certificate as browsers show it: `AB:CD:…`.
    pub fingerprint_sha256: String,
    /// Of the certificate of the host's own that visitors get who ask for
    /// another name or an address; absent beside a custom certificate.
    pub own_fingerprint_sha256: Option<String>,
    /// Of the host's own authority, which `GET /ca.crt` offers.
    pub ca_fingerprint_sha256: String,
    /// Host names, then addresses.
    pub names: Vec<String>,
    pub not_before: Timestamp,
    pub not_after: Timestamp,
    pub ca_not_after: Timestamp,
    pub acme: AcmeInfo,
}

/// The ACME authority that certificates are ordered from.
#[derive(Debug, Clone, Default, Serialize, PartialEq, Eq, ToSchema)]
pub struct AcmeAuthority {
    /// `Let's Encrypt`, or the host of another.
    pub name: String,
    /// Its directory (RFC 8555, 7.1.1).
    pub directory: String,
    /// Its terms, where they are known.
    pub terms: Option<String>,
    /// Certifies for the whole internet, not for a house.
    pub public: bool,
    /// This host listens on port 80 itself; otherwise a router must lead that
    /// port to it.
    pub listens_on_80: bool,
    /// The main port of this host, which a router may lead that port to.
    pub port: u16,
}

/// What was asked of it, and how that goes.
#[derive(Debug, Clone, Default, Serialize, PartialEq, Eq, ToSchema)]
pub struct AcmeInfo {
    pub authority: AcmeAuthority,
    /// A certificate was issued and is renewed; otherwise the last order, if any.
    pub active: bool,
    pub domains: Vec<String>,
    pub email: Option<String>,
    pub not_before: Option<Timestamp>,
    pub not_after: Option<Timestamp>,
    /// When it is renewed by itself.
    pub renew_at: Option<Timestamp>,
    /// When the next try begins by itself, after a failure.
    pub next_try: Option<Timestamp>,
    /// Tries in a row that failed.
    pub failures: u32,
    /// Why the last one did, in plain sentences.
    pub last_error: Option<String>,
    pub last_error_at: Option<Timestamp>,
}
