//! Keeps the certificate in step with the names, the addresses and the clock,
//! and renews one of an ACME authority.

use super::driver::{Job, Next, Ran};
use crate::domain::auth::Auth;
use crate::domain::background_jobs::{JobInfo, Schedule};
use crate::domain::system::{HostNameChanges, System};
use crate::domain::tls::{Acme, Tls, off_thread};
use crate::error::Result;
use crate::model::clock_jump::JumpDetector;
use futures_util::future::BoxFuture;
use std::sync::Arc;
use std::time::Duration;

/// How often the end of the certificate is looked at without any other reason.
const DAILY: Duration = Duration::from_hours(24);
/// A clock that was wrong at the start is looked at more often until it is right.
const CLOCK: Duration = Duration::from_mins(1);

pub struct Certificates {
    system: Arc<System>,
    tls: Arc<Tls>,
    acme: Arc<Acme>,
    auth: Arc<Auth>,
    names: HostNameChanges,
    clock: JumpDetector,
    trusted: bool,
}

impl Certificates {
    pub fn new(system: Arc<System>, tls: Arc<Tls>, acme: Arc<Acme>, auth: Arc<Auth>) -> Self {
        Self {
            names: system.name_changes(),
            clock: JumpDetector::new(),
            trusted: system.clock_is_plausible(),
            system,
            tls,
            acme,
            auth,
        }
    }

    async fn follow_clock(&mut self) {
        if let Some(by_ms) = self.clock.jumped() {
            tracing::info!(by_ms, "the clock was set");
            // Only a clock that could not be right moves sessions: a person who
            // sets it by hand means the hour that it then shows.
            if !self.trusted {
                self.auth.clock_moved(by_ms).await;
            }
        }
        self.trusted = self.system.clock_is_plausible();
    }

    async fn refresh(&self) -> Result<Ran> {
        let names = self.system.certificate_names();
        let tls = Arc::clone(&self.tls);
        let refreshed = off_thread(move || tls.refresh(names)).await;
        let renewal = self.acme.renew_if_due().await;
        let result = if refreshed? {
            let fingerprint = self.tls.info().fingerprint_sha256;
            tracing::info!(fingerprint, "the certificate was renewed");
            "The certificate was renewed."
        } else {
            "The certificate is valid for the names of this host."
        };
        let wait = if self.trusted { DAILY } else { CLOCK };
        Ok(Ran::new(result, Next::After(wait.min(renewal))))
    }
}

impl Job for Certificates {
    fn info(&self) -> JobInfo {
        JobInfo {
            id: "renew_certificate",
            title: "Renew the certificate",
            description: "Renews the HTTPS certificate before it expires, and when the names or addresses of this host change.",
            schedule: Schedule::Every(DAILY),
        }
    }

    fn run(&mut self) -> BoxFuture<'_, Result<Ran>> {
        Box::pin(async {
            self.follow_clock().await;
            self.refresh().await
        })
    }

    fn changed(&mut self) -> BoxFuture<'_, ()> {
        Box::pin(async {
            tokio::select! {
                () = self.names.changed() => {}
                () = self.acme.changed() => {}
            }
        })
    }
}
