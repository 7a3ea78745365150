//! Removes what has had its time. Writes only when there is something.

use crate::domain::cleanup::Cleanup;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

const EVERY: Duration = Duration::from_hours(1);

pub async fn run(mut cleanup: Cleanup, stop: CancellationToken) {
    loop {
        match cleanup.run().await {
            Ok(0) => {}
            Ok(gone) => tracing::debug!(gone, "old records removed"),
            Err(error) => tracing::warn!(%error, "old records could not be removed"),
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(EVERY) => {}
        }
    }
}
