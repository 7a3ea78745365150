//! The certificate that this box shows to browsers.

use super::timestamp::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Where the certificate comes from.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, PartialEq, Eq, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum HttpsMode {
    /// Issued by the box's own authority.
    SelfSigned,
    /// Brought by the user.
    Custom,
}

#[derive(Debug, Clone, Serialize, PartialEq, Eq, ToSchema)]
pub struct CertificateInfo {
    pub mode: HttpsMode,
    pub subject: String,
    pub issuer: String,
    /// SHA-256 of the certificate as browsers show it: `AB:CD:…`.
    pub fingerprint_sha256: String,
    /// Of the box's own authority, which `GET /ca.crt` offers.
    pub ca_fingerprint_sha256: String,
    /// Host names, then addresses.
    pub names: Vec<String>,
    pub not_before: Timestamp,
    pub not_after: Timestamp,
    pub ca_not_after: Timestamp,
}
