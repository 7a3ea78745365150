//! Keeps the certificate in step with the names, the addresses and the clock,
//! and one of an ACME authority fresh.

use super::Certificates;
use crate::domain::auth::Auth;
use crate::domain::system::{JumpDetector, System};
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How often the end of the certificate is looked at without any other reason.
const DAILY: Duration = Duration::from_hours(24);
/// A clock that was wrong at the start is looked at more often until it is right.
const CLOCK: Duration = Duration::from_mins(1);

pub async fn run(
    system: Arc<System>,
    Certificates { tls, acme }: Certificates,
    auth: Arc<Auth>,
    stop: CancellationToken,
) {
    let mut clock = JumpDetector::new();
    let (mut lan, mut name) = system.name_changes();
    let mut trusted = system.clock_is_plausible();
    loop {
        let names = system.certificate_names();
        let certificates = Arc::clone(&tls);
        match tokio::task::spawn_blocking(move || certificates.refresh(names)).await {
            Ok(Ok(true)) => tracing::info!(
                fingerprint = tls.info().fingerprint_sha256,
                "the certificate was renewed"
            ),
            Ok(Ok(false)) | Err(_) => {}
            Ok(Err(error)) => tracing::error!(%error, "the certificate could not be renewed"),
        }
        let wait = if trusted { DAILY } else { CLOCK };
        let wait = wait.min(acme.renew_if_due().await);
        tokio::select! {
            () = stop.cancelled() => return,
            Ok(()) = lan.changed() => {}
            Ok(()) = name.changed() => {}
            () = acme.changed() => {}
            () = tokio::time::sleep(wait) => {}
        }
        if let Some(by_ms) = clock.jumped() {
            tracing::info!(by_ms, "the clock was set");
            // Only a clock that could not be right moves sessions: a person who
            // sets it by hand means the hour that it then shows.
            if !trusted {
                auth.clock_moved(by_ms).await;
            }
        }
        trusted = system.clock_is_plausible();
    }
}
