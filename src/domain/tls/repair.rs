//! What is on disk, read and made good: whatever is missing is made, whatever
//! is damaged is set aside, replaced where it can be, and said in a sentence.
//!
//! A host that can be reached and says what is wrong beats one that does not start.

use super::authority::{Authority, Leaf};
use super::described::{Described, fingerprint};
use super::files::{Access, Folder};
use super::names::Names;
use super::record::Record;
use crate::error::{Error, Result};
use crate::model::timestamp::Timestamp;
use rcgen::KeyPair;
use rustls::crypto::ring::sign::any_supported_type;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;

pub(super) const CA_PEM: &str = "ca.pem";
pub(super) const CA_KEY: &str = "ca.key";
pub(super) const LEAF_PEM: &str = "leaf.pem";
pub(super) const LEAF_KEY: &str = "leaf.key";
/// Chain and key in one file, so that one rename activates both.
pub(super) const CUSTOM: &str = "custom.pem";

/// As [`CUSTOM`], from an ACME authority.
pub(super) const ACME: &str = "acme.pem";
/// What was asked of it, and how that went.
pub(super) const ACME_RECORD: &str = "acme.json";
/// The account there, with its key.
pub(super) const ACME_ACCOUNT: &str = "acme-account.json";

/// The key is what matters: with it the certificate can be made again, without
/// it a new authority must be trusted by every device.
pub(super) fn open_authority(
    folder: &Folder,
    names: &Names,
    notices: &mut Vec<String>,
) -> Result<Authority> {
    let key_text = folder.read(CA_KEY, Access::Secret)?;
    let pem = folder.read(CA_PEM, Access::Public)?;
    let key = key_text
        .as_deref()
        .and_then(|text| KeyPair::from_pem(text).ok());
    let fresh = key_text.is_none() && pem.is_none();
    let Some(key) = key else {
        if !fresh {
            folder.set_aside(CA_KEY);
            folder.set_aside(CA_PEM);
            notices.push(
                "The private key of the local certificate authority is lost or damaged (tls/ca.key). A NEW authority was created: install it from /ca.crt on the devices that trusted the old one."
                    .to_owned(),
            );
        }
        let authority = Authority::generate(names).map_err(failed)?;
        folder.write(CA_KEY, &authority.key_pem(), Access::Secret)?;
        folder.write(CA_PEM, &authority.pem, Access::Public)?;
        return Ok(authority);
    };
    let certificate = pem
        .as_deref()
        .and_then(|pem| CertificateDer::from_pem_slice(pem.as_bytes()).ok());
    let loaded = match (pem, certificate) {
        (Some(pem), Some(certificate)) => Authority::load(&pem, certificate, key),
        _ => Err(Box::new(key)),
    };
    match loaded {
        Ok(authority) => Ok(authority),
        Err(key) => {
            notices.push(
                "The certificate of the local authority was lost or damaged (tls/ca.pem). It was created again from its key; devices that trust it need nothing."
                    .to_owned(),
            );
            folder.set_aside(CA_PEM);
            let authority = Authority::with_key(*key, names).map_err(failed)?;
            folder.write(CA_PEM, &authority.pem, Access::Public)?;
            Ok(authority)
        }
    }
}

/// The stored leaf if it is good, else a new one.
pub(super) fn open_leaf(
    folder: &Folder,
    authority: &Authority,
    names: &Names,
    now: Timestamp,
    notices: &mut Vec<String>,
) -> Result<CertifiedKey> {
    let pem = folder.read(LEAF_PEM, Access::Public)?;
    let key = folder.read(LEAF_KEY, Access::Secret)?;
    let mut previous = None;
    if let (Some(pem), Some(key)) = (&pem, &key) {
        match parse(pem, key) {
            Some(found) => {
                let (described, _) = describe(&found)?;
                match authority.why_replace(&described, names, now) {
                    None => return Ok(found),
                    Some(why) => tracing::info!(why, "the certificate is replaced"),
                }
                previous = Some(described);
            }
            None => notices.push(
                "The certificate or its key was damaged (tls/leaf.pem, tls/leaf.key) and has been replaced."
                    .to_owned(),
            ),
        }
    } else if pem.is_some() || key.is_some() {
        notices.push("Half of the certificate was missing (tls/leaf.pem, tls/leaf.key); it has been replaced.".to_owned());
    }
    let leaf = issue(authority, names, now, previous.as_ref())?;
    if let Err(error) = store(folder, &leaf) {
        tracing::error!(%error, "the new certificate could not be stored");
        notices.push(
            "The new certificate could not be stored, most likely because the disk is full. It is in use anyway, and another one is created at the next start."
                .to_owned(),
        );
    }
    parse(&leaf.certificate_pem, &leaf.key_pem)
        .ok_or_else(|| Error::internal("The new certificate cannot be read back."))
}

/// A damaged file falls back to the host's own authority: a host that can be
/// reached and says what is wrong beats one that does not start.
pub(super) fn open_custom(
    folder: &Folder,
    notices: &mut Vec<String>,
) -> Result<Option<CertifiedKey>> {
    let Some(text) = folder.read(CUSTOM, Access::Secret)? else {
        return Ok(None);
    };
    let key = parse(&text, &text);
    if key.is_none() {
        folder.set_aside(CUSTOM);
        notices.push(
            "The custom certificate was damaged (tls/custom.pem). The local authority is in use until you set it again."
                .to_owned(),
        );
    }
    Ok(key)
}

/// What was asked of an ACME authority, and the certificate that came, as far
/// as both are whole. Without the certificate the next one is ordered soon.
pub(super) fn open_acme(
    folder: &Folder,
    notices: &mut Vec<String>,
) -> Result<(Option<Record>, Option<CertifiedKey>)> {
    let Some(text) = folder.read(ACME_RECORD, Access::Secret)? else {
        return Ok((None, None));
    };
    let Ok(record) = serde_json::from_str::<Record>(&text) else {
        folder.set_aside(ACME_RECORD);
        notices.push(
            "The settings of the Let's Encrypt certificate cannot be read (tls/acme.json). The local authority is in use until you order it again."
                .to_owned(),
        );
        return Ok((None, None));
    };
    if !record.active {
        return Ok((Some(record), None));
    }
    let text = folder.read(ACME, Access::Secret)?.unwrap_or_default();
    let key = parse(&text, &text);
    if key.is_none() {
        folder.set_aside(ACME);
        notices.push(
            "The certificate from Let's Encrypt was lost or damaged (tls/acme.pem). A new one is ordered; until then the local certificate is used."
                .to_owned(),
        );
    }
    Ok((Some(record), key))
}

/// The key first: a certificate without its key would be the worse half.
pub(super) fn store(folder: &Folder, leaf: &Leaf) -> Result<()> {
    folder.write(LEAF_KEY, &leaf.key_pem, Access::Secret)?;
    folder.write(LEAF_PEM, &leaf.certificate_pem, Access::Public)
}

pub(super) fn issue(
    authority: &Authority,
    names: &Names,
    now: Timestamp,
    previous: Option<&Described>,
) -> Result<Leaf> {
    authority.issue(names, now, previous).map_err(failed)
}

/// `None` unless chain and key can be read and belong together.
pub(super) fn parse(chain: &str, key: &str) -> Option<CertifiedKey> {
    let chain = CertificateDer::pem_slice_iter(chain.as_bytes())
        .collect::<std::result::Result<Vec<_>, _>>()
        .ok()?;
    let first = Described::read(chain.first()?)?;
    let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).ok()?;
    let key = any_supported_type(&key).ok()?;
    (key.public_key()?.as_ref() == first.public_key).then(|| CertifiedKey::new(chain, key))
}

fn failed(error: rcgen::Error) -> Error {
    Error::internal("The certificate could not be created.").source(error)
}

pub(super) fn describe(key: &CertifiedKey) -> Result<(Described, String)> {
    let described = key
        .cert
        .first()
        .and_then(|der| Some((Described::read(der)?, fingerprint(der))));
    described.ok_or_else(|| Error::internal("The certificate cannot be read."))
}
