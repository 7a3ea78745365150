//! Keeps the files and what is served in step.

mod preview;

use super::authority::{Authority, Leaf};
use super::custom;
use super::described::{Described, fingerprint};
use super::files::{Access, Folder};
use super::mobileconfig;
use super::names::Names;
use super::serving::{Resolver, server_config};
use crate::error::{Error, Result};
use crate::model::certificate::{CertificateInfo, HttpsMode};
use crate::model::timestamp::Timestamp;
use rcgen::KeyPair;
use rustls::ServerConfig;
use rustls::crypto::ring::sign::any_supported_type;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

const CA_PEM: &str = "ca.pem";
const CA_KEY: &str = "ca.key";
const LEAF_PEM: &str = "leaf.pem";
const LEAF_KEY: &str = "leaf.key";
/// Chain and key in one file, so that one rename puts both in force.
const CUSTOM: &str = "custom.pem";

/// The time, for tests to choose.
pub type Clock = fn() -> Timestamp;

/// HTTPS of this box. Methods that change something write and flush files:
/// call them where blocking is allowed.
pub struct Tls {
    folder: Folder,
    clock: Clock,
    state: Mutex<State>,
    /// What is in force, to be read without waiting.
    shown: RwLock<CertificateInfo>,
    resolver: Arc<Resolver>,
    config: Arc<ServerConfig>,
    notices: Vec<String>,
}

struct State {
    authority: Authority,
    names: Names,
    mode: HttpsMode,
    /// The certificate being served.
    served: Described,
    fingerprint: String,
}

impl State {
    fn info(&self) -> CertificateInfo {
        CertificateInfo {
            mode: self.mode,
            subject: self.served.subject.clone(),
            issuer: self.served.issuer.clone(),
            fingerprint_sha256: self.fingerprint.clone(),
            ca_fingerprint_sha256: fingerprint(&self.authority.certificate),
            names: self.served.names(),
            not_before: self.served.not_before,
            not_after: self.served.not_after,
            ca_not_after: self.authority.described.not_after,
        }
    }
}

impl Tls {
    /// Opens `<data>/tls`, makes what is missing and repairs what is broken.
    pub fn open(folder: &Path, names: Names) -> Result<Self> {
        Self::open_at(folder, names, Timestamp::now)
    }

    pub fn open_at(folder: &Path, names: Names, clock: Clock) -> Result<Self> {
        let folder = Folder::open(folder)?;
        let mut notices = Vec::new();
        let authority = open_authority(&folder, &names, &mut notices)?;
        let own = open_custom(&folder, &mut notices)?;
        let (mode, key) = match own {
            Some(key) => (HttpsMode::Custom, key),
            None => (
                HttpsMode::SelfSigned,
                open_leaf(&folder, &authority, &names, clock(), &mut notices)?,
            ),
        };
        for notice in &notices {
            tracing::warn!("{notice}");
        }
        let (served, fingerprint) = describe(&key)?;
        let resolver = Arc::new(Resolver::new(key));
        let config = server_config(resolver.clone())
            .map_err(|error| Error::internal("HTTPS cannot be set up.").source(error))?;
        let state = State {
            authority,
            names,
            mode,
            served,
            fingerprint,
        };
        Ok(Self {
            folder,
            clock,
            shown: RwLock::new(state.info()),
            state: Mutex::new(state),
            resolver,
            config,
            notices,
        })
    }

    /// What had to be repaired at [`Tls::open`], in plain sentences.
    pub fn notices(&self) -> &[String] {
        &self.notices
    }

    /// For the listeners; stays the same for the life of the program while
    /// the certificate behind it changes.
    pub fn server_config(&self) -> Arc<ServerConfig> {
        self.config.clone()
    }

    /// Never waits for a change that is being written.
    pub fn info(&self) -> CertificateInfo {
        self.shown
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Takes the names and addresses as they are now; called when one of them
    /// or the clock changed and once a day. True when the certificate served
    /// is another one afterwards.
    pub fn refresh(&self, names: Names) -> Result<bool> {
        let mut state = self.lock();
        state.names = names;
        if state.mode == HttpsMode::Custom {
            return Ok(false);
        }
        let now = (self.clock)();
        let why = state
            .authority
            .why_replace(&state.served, &state.names, now);
        let Some(why) = why else { return Ok(false) };
        self.issue(&mut state, &why)?;
        Ok(true)
    }

    /// A new certificate of the box's own authority, whatever the old is like.
    pub fn renew(&self) -> Result<CertificateInfo> {
        let mut state = self.lock();
        refuse_foreign(state.mode)?;
        self.issue(&mut state, "renewal was asked for")?;
        drop(state);
        Ok(self.info())
    }

    /// Puts the user's certificate in force, or says which field is wrong and
    /// leaves everything as it was.
    pub fn use_custom(&self, certificate: &str, private_key: &str) -> Result<CertificateInfo> {
        let key = custom::validate(certificate, private_key, (self.clock)())?;
        let mut state = self.lock();
        let text = format!("{}\n{}\n", certificate.trim(), private_key.trim());
        self.folder.write(CUSTOM, &text, Access::Secret)?;
        self.serve(&mut state, HttpsMode::Custom, key)?;
        tracing::info!(names = ?state.served.names(), "your own certificate is in force");
        drop(state);
        Ok(self.info())
    }

    /// Back to the box's own authority. The user's key is deleted.
    pub fn use_local(&self) -> Result<CertificateInfo> {
        let mut state = self.lock();
        let mut notices = Vec::new();
        let now = (self.clock)();
        let key = open_leaf(
            &self.folder,
            &state.authority,
            &state.names,
            now,
            &mut notices,
        )?;
        self.folder.remove(CUSTOM)?;
        self.serve(&mut state, HttpsMode::SelfSigned, key)?;
        drop(state);
        Ok(self.info())
    }

    pub fn ca_der(&self) -> Vec<u8> {
        self.lock().authority.certificate.to_vec()
    }

    pub fn ca_pem(&self) -> String {
        self.lock().authority.pem.clone()
    }

    /// The authority as a profile for Apple devices; `host` is for people.
    pub fn mobileconfig(&self, host: &str) -> String {
        mobileconfig::profile(host, &self.lock().authority.certificate)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn issue(&self, state: &mut State, why: &str) -> Result<()> {
        let now = (self.clock)();
        let leaf = issue(&state.authority, &state.names, now, Some(&state.served))?;
        store(&self.folder, &leaf)?;
        let key = parse(&leaf.certificate_pem, &leaf.key_pem)
            .ok_or_else(|| Error::internal("The new certificate cannot be read back."))?;
        self.serve(state, HttpsMode::SelfSigned, key)?;
        tracing::info!(why, fingerprint = %state.fingerprint, "new certificate");
        Ok(())
    }

    fn serve(&self, state: &mut State, mode: HttpsMode, key: CertifiedKey) -> Result<()> {
        (state.served, state.fingerprint) = describe(&key)?;
        state.mode = mode;
        self.resolver.replace(key);
        *self.shown.write().unwrap_or_else(PoisonError::into_inner) = state.info();
        Ok(())
    }
}

/// Only the box's own certificate can be made again here.
fn refuse_foreign(mode: HttpsMode) -> Result<()> {
    if mode == HttpsMode::Custom {
        return Err(Error::conflict(
            "This certificate is your own: DockerMate cannot renew it. Put the new one in its place, or switch to the box's own authority.",
        ));
    }
    Ok(())
}

fn describe(key: &CertifiedKey) -> Result<(Described, String)> {
    let described = key
        .cert
        .first()
        .and_then(|der| Some((Described::read(der)?, fingerprint(der))));
    described.ok_or_else(|| Error::internal("The certificate cannot be read."))
}

/// The key is what matters: with it the certificate can be made again, without
/// it a new authority must be trusted by every device.
fn open_authority(folder: &Folder, names: &Names, notices: &mut Vec<String>) -> Result<Authority> {
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
                "The private key of this box's certificate authority is lost or damaged (tls/ca.key). \
                 A NEW authority was made: devices that trusted the old one must install the new one from /ca.crt."
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
                "The certificate of this box's authority was lost or damaged (tls/ca.pem). \
                 It was made again from its key; devices that trust it need nothing new."
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
fn open_leaf(
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
    store(folder, &leaf)?;
    parse(&leaf.certificate_pem, &leaf.key_pem)
        .ok_or_else(|| Error::internal("The new certificate cannot be read back."))
}

/// A damaged file falls back to the box's own authority: a box that can be
/// reached and says what is wrong beats one that does not start.
fn open_custom(folder: &Folder, notices: &mut Vec<String>) -> Result<Option<CertifiedKey>> {
    let Some(text) = folder.read(CUSTOM, Access::Secret)? else {
        return Ok(None);
    };
    let key = parse(&text, &text);
    if key.is_none() {
        folder.set_aside(CUSTOM);
        notices.push(
            "Your own certificate was damaged (tls/custom.pem). The box's own authority is in use until you set it again."
                .to_owned(),
        );
    }
    Ok(key)
}

/// The key first: a certificate without its key would be the worse half.
fn store(folder: &Folder, leaf: &Leaf) -> Result<()> {
    folder.write(LEAF_KEY, &leaf.key_pem, Access::Secret)?;
    folder.write(LEAF_PEM, &leaf.certificate_pem, Access::Public)
}

fn issue(
    authority: &Authority,
    names: &Names,
    now: Timestamp,
    previous: Option<&Described>,
) -> Result<Leaf> {
    authority.issue(names, now, previous).map_err(failed)
}

/// `None` unless chain and key can be read and belong together.
fn parse(chain: &str, key: &str) -> Option<CertifiedKey> {
    let chain = CertificateDer::pem_slice_iter(chain.as_bytes())
        .collect::<std::result::Result<Vec<_>, _>>()
        .ok()?;
    let first = Described::read(chain.first()?)?;
    let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).ok()?;
    let key = any_supported_type(&key).ok()?;
    (key.public_key()?.as_ref() == first.public_key).then(|| CertifiedKey::new(chain, key))
}

fn failed(error: rcgen::Error) -> Error {
    Error::internal("A certificate could not be made.").source(error)
}

#[cfg(test)]
mod tests;
