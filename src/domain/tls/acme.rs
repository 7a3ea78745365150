//! Certificates of an ACME authority: ordered when the owner asks, renewed by
//! themselves, each order an operation with its challenges in memory.
//!
//! One order at a time. Whatever goes wrong, the active certificate stays,
//! and the owner reads why. A renewal that failed is not tried again by itself
//! for an hour at least (`tls/record`).

mod messages;
mod order_request;

pub use order_request::OrderRequest;

use super::record::Record;
use super::{Tls, off_thread};
use crate::domain::operations::{Operations, Started};
use crate::domain::security::{Client, SecurityLog};
use crate::error::{Error, Kind, Result};
use crate::host::clock;
use crate::model::certificate::{AcmeAuthority, CertificateInfo};
use crate::model::operation::{Target, TargetKind};
use crate::model::plan::Plan;
use crate::model::timestamp::Timestamp;
use crate::outbox::{Account, AcmeError, Issued, Window};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};
use tokio::sync::Notify;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

/// An order, from the first request to the certificate.
const ORDER: Duration = Duration::from_secs(90);
/// Between two questions when the authority would like a renewal.
const ADVICE: Duration = Duration::from_hours(12);
/// How long that question may take.
const QUESTION: Duration = Duration::from_secs(20);
const LETS_ENCRYPT: &str = "letsencrypt.org";
const LETS_ENCRYPT_TERMS: &str = "https://letsencrypt.org/repository/";

/// The authority that is asked, from the configuration.
#[derive(Debug, Clone)]
pub struct Directory {
    pub url: String,
    /// A PEM file with the authority of the directory's own certificate.
    pub ca: Option<PathBuf>,
    /// The ports this host listens on, the main one first.
    pub ports: Vec<u16>,
}

impl Directory {
    pub fn authority(&self) -> AcmeAuthority {
        let uri: Option<hyper::Uri> = self.url.parse().ok();
        let host = uri.as_ref().and_then(|uri| uri.host()).unwrap_or_default();
        let public = host
            .strip_suffix(LETS_ENCRYPT)
            .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
        AcmeAuthority {
            name: if public { "Let's Encrypt" } else { host }.to_owned(),
            directory: self.url.clone(),
            terms: public.then(|| LETS_ENCRYPT_TERMS.to_owned()),
            public,
            listens_on_80: self.ports.contains(&80),
            port: self.ports.first().copied().unwrap_or_default(),
        }
    }
}

pub struct Acme {
    tls: Arc<Tls>,
    directory: Directory,
    operations: Operations,
    security: SecurityLog,
    stop: CancellationToken,
    /// Token to answer, while an order runs.
    challenges: RwLock<BTreeMap<String, String>>,
    ordering: AtomicBool,
    changed: Notify,
    /// When the authority was last asked about renewal.
    advised: Mutex<Option<Instant>>,
}

impl std::fmt::Debug for Acme {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Acme")
    }
}

fn order(domains: &[String]) -> Plan {
    Plan {
        title: "Order a certificate".to_owned(),
        steps: vec![
            format!(
                "Order a certificate for {} from the authority.",
                domains.join(", ")
            ),
            "Answer its HTTP-01 challenge on port 80, which must be reachable from the internet."
                .to_owned(),
            "Present the certificate to connections to these names.".to_owned(),
        ],
        warnings: vec![
            "The names become public: certificates are published in Certificate Transparency logs."
                .to_owned(),
        ],
        keeps: vec!["The active certificate, until the new one is issued.".to_owned()],
        ..Plan::default()
    }
}

impl Acme {
    pub fn new(
        tls: Arc<Tls>,
        directory: Directory,
        operations: Operations,
        security: SecurityLog,
        stop: CancellationToken,
    ) -> Arc<Self> {
        Arc::new(Self {
            tls,
            directory,
            operations,
            security,
            stop,
            challenges: RwLock::default(),
            ordering: AtomicBool::new(false),
            changed: Notify::new(),
            advised: Mutex::default(),
        })
    }

    /// Checks what is ordered against what this authority certifies.
    pub fn check_order(
        &self,
        domains: &[String],
        email: Option<&str>,
        agree: bool,
    ) -> Result<OrderRequest> {
        OrderRequest::new(domains, email, agree, self.directory.authority().public)
    }

    /// What an order would do, checked as far as it can be without the authority.
    pub fn plan(&self, domains: &[String], email: Option<&str>, agree: bool) -> Result<Plan> {
        let request = self.check_order(domains, email, agree)?;
        self.must_be_idle()?;
        Ok(order(&request.domains))
    }

    /// What renewing would do, when an ordered certificate is active.
    pub fn plan_renew(&self) -> Option<Plan> {
        self.tls.ordered().map(|record| order(&record.domains))
    }

    /// Begins an order in the name of `client`.
    pub fn begin(self: &Arc<Self>, request: OrderRequest, client: &Client) -> Result<Started> {
        if self.ordering.swap(true, Ordering::AcqRel) {
            return Err(Self::busy());
        }
        let running = Running(Arc::clone(self));
        let name = request.domains.first().cloned().unwrap_or_default();
        let title = format!("Certificate for {name}");
        let client = client.clone();
        let work = async move { running.0.place_order(&request, &client).await };
        Ok(self.operations.start(
            "certificate.order",
            title,
            Target::new(TargetKind::Certificate, name),
            work,
        ))
    }

    /// Orders the active certificate again, whatever its state.
    pub fn renew(self: &Arc<Self>, client: &Client) -> Result<Started> {
        let Some(record) = self.tls.ordered() else {
            return Err(Error::conflict("No ordered certificate is active."));
        };
        let request = OrderRequest {
            domains: record.domains,
            email: record.email,
        };
        self.begin(request, client)
    }

    /// Refuses a change of the certificate beside an order that would undo it.
    pub fn must_be_idle(&self) -> Result<()> {
        if self.ordering.load(Ordering::Acquire) {
            return Err(Self::busy());
        }
        Ok(())
    }

    fn busy() -> Error {
        Error::conflict(
            "A certificate is being ordered. Wait until that has finished; Operations shows it.",
        )
        .code("order_running")
    }

    /// What plain HTTP answers to a challenge (RFC 8555, 8.3).
    pub fn answer(&self, token: &str) -> Option<String> {
        let challenges = self
            .challenges
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        challenges.get(token).cloned()
    }

    /// Begins a renewal if one is due, and says when to look again.
    pub async fn renew_if_due(self: &Arc<Self>) -> Duration {
        const FAR: Duration = Duration::from_hours(24);
        let Some(due) = self.tls.acme_due_in() else {
            return FAR;
        };
        // The end of an order that runs wakes whoever waits; and a clock that
        // is wrong can judge no certificate.
        if self.ordering.load(Ordering::Acquire) || !clock::is_plausible(Timestamp::now()) {
            return FAR;
        }
        if due > Duration::ZERO && !self.is_advised_now().await {
            return due.clamp(Duration::from_millis(100), FAR);
        }
        if let Err(error) = self.renew(&Client::program()) {
            tracing::debug!(%error, "no renewal");
        }
        FAR
    }

    /// Until an order has ended.
    pub async fn changed(&self) {
        self.changed.notified().await;
    }

    async fn place_order(&self, request: &OrderRequest, client: &Client) -> Result<String> {
        let OrderRequest { domains, email } = request.clone();
        let tls = Arc::clone(&self.tls);
        off_thread(move || tls.acme_begins(&domains)).await?;
        let order = timeout(ORDER, self.order(request));
        let Some(outcome) = self.stop.run_until_cancelled(order).await else {
            return Err(Error::new(Kind::Busy, "DockerMate was stopped."));
        };
        let outcome = match outcome.unwrap_or(Err(AcmeError::Slow)) {
            Ok(issued) => self.activate(request, issued).await,
            Err(error) => Err(self.explain(error, &request.domains)),
        };
        let name = request.domains.join(", ");
        match outcome {
            Ok(info) => {
                let details = format!("now {}, for {name}", info.fingerprint_sha256);
                self.security
                    .add(client, "certificate_changed", true, &details)
                    .await;
                Ok(format!(
                    "The certificate for {name} is active and valid until {}.",
                    day(info.not_after)
                ))
            }
            Err(error) => {
                let tls = Arc::clone(&self.tls);
                let domains = request.domains.clone();
                let (error, noted) = off_thread(move || {
                    let noted = tls.acme_failed(&domains, email.as_deref(), &error);
                    Ok((error, noted))
                })
                .await?;
                if let Err(second) = noted {
                    tracing::error!(%second, "the failed order could not be recorded");
                }
                self.security
                    .add(client, "certificate_failed", false, &name)
                    .await;
                Err(error)
            }
        }
    }

    async fn activate(&self, request: &OrderRequest, issued: Issued) -> Result<CertificateInfo> {
        let tls = Arc::clone(&self.tls);
        let OrderRequest { domains, email } = request.clone();
        off_thread(move || {
            tls.use_acme(
                &domains,
                email.as_deref(),
                &issued.chain,
                &issued.private_key,
            )
        })
        .await
    }

    async fn order(&self, request: &OrderRequest) -> Result<Issued, AcmeError> {
        let email = request.email.as_deref();
        let publish = |token: &str, answer: &str| {
            let mut challenges = self
                .challenges
                .write()
                .unwrap_or_else(PoisonError::into_inner);
            challenges.insert(token.to_owned(), answer.to_owned());
        };
        let previous = self.previous_certificate(&request.domains).await;
        let account = self.account(email, true).await?;
        let first = account
            .order(&request.domains, previous.as_ref(), &publish)
            .await;
        match first {
            // The authority has forgotten us, as a private one may.
            Err(AcmeError::Refused { kind, .. }) if kind == "accountDoesNotExist" => {
                let account = self.account(email, false).await?;
                account.order(&request.domains, None, &publish).await
            }
            other => other,
        }
    }

    /// The certificate that an order for these names replaces.
    async fn previous_certificate(
        &self,
        domains: &[String],
    ) -> Option<rustls::pki_types::CertificateDer<'static>> {
        let record = self.tls.ordered()?;
        if record.domains != domains {
            return None;
        }
        let tls = Arc::clone(&self.tls);
        off_thread(move || tls.acme_certificate()).await.ok()?
    }

    /// The account that is kept, or a new one. What is new is kept at once:
    /// authorities count accounts too.
    async fn account(&self, email: Option<&str>, known: bool) -> Result<Account, AcmeError> {
        let tls = Arc::clone(&self.tls);
        let kept = off_thread(move || tls.acme_account()).await;
        let kept = kept.ok().flatten().filter(|_| known);
        let Directory { url, ca, .. } = &self.directory;
        let (account, new) = Account::open(url, ca.as_deref(), email, kept.as_deref()).await?;
        if let Some(text) = new {
            let tls = Arc::clone(&self.tls);
            if let Err(error) = off_thread(move || tls.keep_acme_account(&text)).await {
                tracing::warn!(%error, "the account at the authority could not be stored");
            }
        }
        Ok(account)
    }

    fn explain(&self, error: AcmeError, domains: &[String]) -> Error {
        messages::explain(error, &self.directory.authority(), domains)
    }

    /// Whether the authority would like the certificate to be renewed before
    /// its time (RFC 9773), which it does when it must withdraw it.
    async fn is_advised_now(&self) -> bool {
        {
            let mut advised = self.advised.lock().unwrap_or_else(PoisonError::into_inner);
            if advised.is_some_and(|at| at.elapsed() < ADVICE) {
                return false;
            }
            *advised = Some(Instant::now());
        }
        // A pause after a failure holds here too.
        let may = |record: &Record| record.due_in(None, Timestamp::now()).is_zero();
        let Some(record) = self.tls.ordered().filter(may) else {
            return false;
        };
        let question = async {
            let certificate = self.previous_certificate(&record.domains).await?;
            let account = self.account(record.email.as_deref(), true).await.ok()?;
            account.renewal(&certificate).await.ok()?
        };
        let fingerprint = self.tls.info().fingerprint_sha256;
        match timeout(QUESTION, question).await {
            Ok(Some(window)) => Timestamp::now() >= moment(window, &fingerprint),
            _ => false,
        }
    }
}

/// A moment in the window that is this certificate's own: always the same one,
/// and another one for each host.
fn moment(window: Window, fingerprint: &str) -> Timestamp {
    let first = fingerprint.get(..2).unwrap_or_default();
    let share = i64::from(u8::from_str_radix(first, 16).unwrap_or_default());
    let long = window.end.0.saturating_sub(window.start.0).max(0);
    Timestamp(window.start.0.saturating_add(long / 256 * share))
}

fn day(at: Timestamp) -> String {
    at.to_rfc3339().chars().take(10).collect()
}

/// An order that runs. Its end takes the challenges away.
struct Running(Arc<Acme>);

impl Drop for Running {
    fn drop(&mut self) {
        let mut challenges = self
            .0
            .challenges
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        challenges.clear();
        drop(challenges);
        self.0.ordering.store(false, Ordering::Release);
        self.0.changed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn acme_authority_is_described_from_its_url_and_the_listening_ports() {
        let of = |url: &str, ports: &[u16]| {
            Directory {
                url: url.into(),
                ca: None,
                ports: ports.to_vec(),
            }
            .authority()
        };
        let found = of(
            "https://acme-v02.api.letsencrypt.org/directory",
            &[5000, 80],
        );
        assert_eq!(found.name, "Let's Encrypt");
        assert!(found.public && found.listens_on_80 && found.terms.is_some());
        let found = of("https://ca.lan:9000/acme/acme/directory", &[5000]);
        assert_eq!(found.name, "ca.lan");
        assert!(!found.public && !found.listens_on_80 && found.terms.is_none());
        assert!(!of("https://notletsencrypt.org/", &[]).public);
    }

    #[test]
    fn renewal_times_are_spread_over_the_window_by_certificate_fingerprint() {
        let window = Window {
            start: Timestamp(1_000_000),
            end: Timestamp(1_256_000),
        };
        assert_eq!(moment(window, "00:11"), Timestamp(1_000_000));
        assert_eq!(moment(window, "80:11"), Timestamp(1_128_000));
        assert_eq!(moment(window, "FF:11"), Timestamp(1_255_000));
        assert_eq!(moment(window, ""), Timestamp(1_000_000));
    }
}
