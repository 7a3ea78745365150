//! Keeps the files and what is served in step.

mod acme;
mod preview;

use super::authority::Authority;
use super::custom;
use super::described::{Described, fingerprint};
use super::files::{Access, Folder};
use super::mobileconfig;
use super::names::Names;
use super::record::{Record, renew_at};
use super::repair::{
    ACME, ACME_RECORD, CUSTOM, describe, issue, open_acme, open_authority, open_custom, open_leaf,
    parse, store,
};
use super::serving::{Clock, Named, Resolver, server_config};
use crate::error::{Error, Result};
use crate::model::certificate::{AcmeAuthority, AcmeInfo, CertificateInfo, HttpsMode};
use crate::model::timestamp::Timestamp;
use rustls::ServerConfig;
use rustls::sign::CertifiedKey;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

/// HTTPS of this host. Methods that change something write and flush files:
/// call them where blocking is allowed.
pub struct Tls {
    folder: Folder,
    clock: Clock,
    state: Mutex<State>,
    /// The active certificate, readable without waiting.
    shown: RwLock<CertificateInfo>,
    resolver: Arc<Resolver>,
    config: Arc<ServerConfig>,
    notices: Vec<String>,
}

struct State {
    authority: Authority,
    names: Names,
    /// The host's own leaf, or the user's certificate.
    general: Certificate,
    is_custom: bool,
    /// What was asked of an ACME authority.
    acme: Option<Record>,
    /// Its certificate, for those who ask for its names.
    named: Option<Certificate>,
    /// The authority that is asked.
    acme_authority: AcmeAuthority,
}

/// What is known of a certificate that is being served.
struct Certificate {
    described: Described,
    fingerprint: String,
}

impl Certificate {
    fn of(key: &CertifiedKey) -> Result<Self> {
        let (described, fingerprint) = describe(key)?;
        Ok(Self {
            described,
            fingerprint,
        })
    }
}

impl State {
    fn mode(&self) -> HttpsMode {
        if self.is_custom {
            HttpsMode::Custom
        } else if self.acme.as_ref().is_some_and(|record| record.active) {
            HttpsMode::Acme
        } else {
            HttpsMode::SelfSigned
        }
    }

    fn info(&self) -> CertificateInfo {
        let first = self.named.as_ref().unwrap_or(&self.general);
        let shown = &first.described;
        CertificateInfo {
            mode: self.mode(),
            subject: shown.subject.clone(),
            issuer: shown.issuer.clone(),
            fingerprint_sha256: first.fingerprint.clone(),
            own_fingerprint_sha256: (!self.is_custom).then(|| self.general.fingerprint.clone()),
            ca_fingerprint_sha256: fingerprint(&self.authority.certificate),
            names: shown.names(),
            not_before: shown.not_before,
            not_after: shown.not_after,
            ca_not_after: self.authority.described.not_after,
            acme: self.acme_info(),
        }
    }

    fn acme_info(&self) -> AcmeInfo {
        let record = self.acme.clone().unwrap_or_default();
        let valid = self.named.as_ref().map(|named| &named.described);
        AcmeInfo {
            authority: self.acme_authority.clone(),
            active: record.active,
            domains: record.domains,
            email: record.email,
            not_before: valid.map(|one| one.not_before),
            not_after: valid.map(|one| one.not_after),
            renew_at: valid.map(|one| renew_at(one.not_before, one.not_after)),
            next_try: record
                .next_try
                .filter(|_| record.active && record.failures > 0),
            failures: record.failures,
            last_error: record.last_error,
            last_error_at: record.last_error_at,
        }
    }
}

impl Tls {
    /// Opens `<data>/tls`, makes what is missing and repairs what is broken.
    pub fn open(folder: &Path, names: Names, acme: AcmeAuthority) -> Result<Self> {
        Self::open_at(folder, names, acme, Timestamp::now)
    }

    pub fn open_at(
        folder: &Path,
        names: Names,
        acme_authority: AcmeAuthority,
        clock: Clock,
    ) -> Result<Self> {
        let folder = Folder::open(folder)?;
        let mut notices = Vec::new();
        let authority = open_authority(&folder, &names, &mut notices)?;
        let (acme, named_key) = open_acme(&folder, &mut notices)?;
        // Active means that nothing else is wanted, whatever a power cut left.
        let custom = match &acme {
            Some(record) if record.active => None,
            _ => open_custom(&folder, &mut notices)?,
        };
        let is_custom = custom.is_some();
        let key = match custom {
            Some(key) => key,
            None => open_leaf(&folder, &authority, &names, clock(), &mut notices)?,
        };
        for notice in &notices {
            tracing::warn!("{notice}");
        }
        let state = State {
            authority,
            names,
            general: Certificate::of(&key)?,
            is_custom,
            acme,
            named: named_key.as_ref().map(Certificate::of).transpose()?,
            acme_authority,
        };
        let named = acme::named(named_key, state.named.as_ref());
        let resolver = Arc::new(Resolver::new(clock, key, named));
        let config = server_config(resolver.clone())
            .map_err(|error| Error::internal("HTTPS could not be set up.").source(error))?;
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
        if state.is_custom {
            return Ok(false);
        }
        let now = (self.clock)();
        let why = state
            .authority
            .why_replace(&state.general.described, &state.names, now);
        let Some(why) = why else { return Ok(false) };
        self.issue(&mut state, &why)?;
        Ok(true)
    }

    /// A new certificate of the host's own authority, whatever the old is like.
    pub fn renew(&self) -> Result<CertificateInfo> {
        let mut state = self.lock();
        refuse_foreign(state.mode())?;
        self.issue(&mut state, "renewal was requested")?;
        drop(state);
        Ok(self.info())
    }

    /// Activates the user's certificate, or says which field is wrong and
    /// leaves everything as it was.
    pub fn use_custom(&self, certificate: &str, private_key: &str) -> Result<CertificateInfo> {
        let key = custom::validate(certificate, private_key, (self.clock)())?;
        let mut state = self.lock();
        let text = format!("{}\n{}\n", certificate.trim(), private_key.trim());
        self.folder.write(CUSTOM, &text, Access::Secret)?;
        self.forget_acme(&mut state)?;
        state.general = Certificate::of(&key)?;
        state.is_custom = true;
        self.resolver.replace(key);
        self.show(&state);
        tracing::info!(names = ?state.general.described.names(), "the custom certificate is active");
        drop(state);
        Ok(self.info())
    }

    /// Switch to the local authority authority. The key of the user, or of the ACME
    /// certificate, is deleted.
    pub fn use_local(&self) -> Result<CertificateInfo> {
        let mut state = self.lock();
        self.forget_acme(&mut state)?;
        self.use_own_leaf(&mut state)?;
        self.show(&state);
        drop(state);
        Ok(self.info())
    }

    /// The own leaf instead of the user's certificate, if that is there.
    fn use_own_leaf(&self, state: &mut State) -> Result<()> {
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
        state.general = Certificate::of(&key)?;
        state.is_custom = false;
        self.resolver.replace(key);
        Ok(())
    }

    fn forget_acme(&self, state: &mut State) -> Result<()> {
        self.folder.remove(ACME_RECORD)?;
        self.folder.remove(ACME)?;
        state.acme = None;
        state.named = None;
        self.resolver.name(None);
        Ok(())
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
        let previous = Some(&state.general.described);
        let leaf = issue(&state.authority, &state.names, now, previous)?;
        store(&self.folder, &leaf)?;
        let key = parse(&leaf.certificate_pem, &leaf.key_pem)
            .ok_or_else(|| Error::internal("The new certificate cannot be read back."))?;
        state.general = Certificate::of(&key)?;
        self.resolver.replace(key);
        self.show(state);
        tracing::info!(why, fingerprint = %state.general.fingerprint, "new certificate");
        Ok(())
    }

    fn show(&self, state: &State) {
        *self.shown.write().unwrap_or_else(PoisonError::into_inner) = state.info();
    }
}

/// Only the host's own certificate, and one that was ordered, can be made again here.
fn refuse_foreign(mode: HttpsMode) -> Result<()> {
    if mode == HttpsMode::Custom {
        return Err(Error::conflict(
            "This is a custom certificate: DockerMate cannot renew it. Replace it with the new one, or switch to the local authority.",
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
