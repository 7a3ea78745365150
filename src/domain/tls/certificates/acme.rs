//! The part of `Tls` that is about ACME: the record of what was asked,
//! the account's key, and a certificate that came.

use super::{ACME, ACME_RECORD, Certificate, Named, State, Tls, custom};
use crate::domain::tls::files::Access;
use crate::domain::tls::record::Record;
use crate::domain::tls::repair::ACME_ACCOUNT;
use crate::error::{Error, Kind, Result};
use crate::model::certificate::CertificateInfo;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::sign::CertifiedKey;
use std::sync::Arc;
use std::time::Duration;

/// How the resolver chooses it.
pub(super) fn named(key: Option<CertifiedKey>, known: Option<&Certificate>) -> Option<Named> {
    let described = &known?.described;
    Some(Named {
        key: Arc::new(key?),
        names: described.dns.clone(),
        until: described.not_after,
    })
}

impl Tls {
    /// What is kept up by itself, if anything is.
    pub(in crate::domain::tls) fn ordered(&self) -> Option<Record> {
        self.lock().acme.clone().filter(|record| record.active)
    }

    /// How long until the ACME certificate is renewed; `None` without one.
    pub(in crate::domain::tls) fn acme_due_in(&self) -> Option<Duration> {
        let state = self.lock();
        let record = state.acme.as_ref().filter(|record| record.active)?;
        let valid = state.named.as_ref().map(|one| &one.described);
        let valid = valid.map(|one| (one.not_before, one.not_after));
        Some(record.due_in(valid, (self.clock)()))
    }

    /// The active ACME certificate.
    pub(in crate::domain::tls) fn acme_certificate(
        &self,
    ) -> Result<Option<CertificateDer<'static>>> {
        let _one = self.lock();
        let text = self.folder.read(ACME, Access::Secret)?;
        Ok(text.and_then(|text| CertificateDer::from_pem_slice(text.as_bytes()).ok()))
    }

    pub(in crate::domain::tls) fn acme_account(&self) -> Result<Option<String>> {
        self.folder.read(ACME_ACCOUNT, Access::Secret)
    }

    pub(in crate::domain::tls) fn keep_acme_account(&self, text: &str) -> Result<()> {
        self.folder.write(ACME_ACCOUNT, text, Access::Secret)
    }

    /// An order begins. Other names than the active ones are only recorded when
    /// their certificate has come.
    pub(in crate::domain::tls) fn acme_begins(&self, domains: &[String]) -> Result<()> {
        let now = (self.clock)();
        self.change_record(domains, |record| record.begun(now))
    }

    pub(in crate::domain::tls) fn acme_failed(
        &self,
        domains: &[String],
        email: Option<&str>,
        error: &Error,
    ) -> Result<()> {
        let now = (self.clock)();
        let wait = match error.kind {
            Kind::RateLimited { retry_after_s } => Some(Duration::from_secs(retry_after_s)),
            _ => None,
        };
        {
            let mut state = self.lock();
            if !state.acme.as_ref().is_some_and(|record| record.active) {
                // No certificate is active yet: the order is recorded.
                state.acme = Some(Record {
                    domains: domains.to_vec(),
                    email: email.map(ToOwned::to_owned),
                    failures: 1,
                    ..Record::default()
                });
            }
        }
        self.change_record(domains, |record| record.failed(&error.message, wait, now))
    }

    fn change_record(&self, domains: &[String], change: impl FnOnce(&mut Record)) -> Result<()> {
        let mut state = self.lock();
        let Some(record) = state.acme.as_mut().filter(|one| one.domains == domains) else {
            return Ok(());
        };
        change(record);
        let outcome = self.write_record(&state);
        self.show(&state);
        outcome
    }

    fn write_record(&self, state: &State) -> Result<()> {
        let text = serde_json::to_string_pretty(&state.acme)
            .map_err(|error| Error::internal("The record cannot be written.").source(error))?;
        self.folder.write(ACME_RECORD, &text, Access::Secret)
    }

    /// Activates an issued certificate for its names; every other name
    /// and every address gets the host's own.
    pub(in crate::domain::tls) fn use_acme(
        &self,
        domains: &[String],
        email: Option<&str>,
        chain: &str,
        private_key: &str,
    ) -> Result<CertificateInfo> {
        let now = (self.clock)();
        let useless = |why: String| {
            Error::new(
                Kind::AuthorityUnavailable,
                format!("The issued certificate cannot be used: {why}"),
            )
        };
        let key = custom::validate(chain, private_key, now).map_err(|e| useless(e.message))?;
        let certificate = Certificate::of(&key)?;
        if let Some(missing) = domains
            .iter()
            .find(|name| !certificate.described.dns.contains(*name))
        {
            return Err(useless(format!("it does not cover {missing}.")));
        }
        let mut state = self.lock();
        let text = format!("{}\n{}\n", chain.trim(), private_key.trim());
        self.folder.write(ACME, &text, Access::Secret)?;
        let mut record = Record {
            domains: domains.to_vec(),
            email: email.map(ToOwned::to_owned),
            active: true,
            ..Record::default()
        };
        let described = &certificate.described;
        if super::renew_at(described.not_before, described.not_after) <= now {
            // Due again at once, by its dates or by a wrong clock: not in a circle.
            record.next_try = Some(now.plus(Duration::from_hours(1)));
        }
        let before = state.acme.replace(record);
        if let Err(error) = self.write_record(&state) {
            state.acme = before;
            return Err(error);
        }
        if state.is_custom {
            self.use_own_leaf(&mut state)?;
        }
        self.resolver.name(named(Some(key), Some(&certificate)));
        state.named = Some(certificate);
        self.show(&state);
        tracing::info!(?domains, "a certificate from an ACME authority is active");
        drop(state);
        Ok(self.info())
    }
}
