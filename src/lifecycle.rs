//! The life of the process: one token that says "stop", one tracker that knows
//! what is still running, one grace time for all of it.

use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

#[derive(Debug, Clone)]
pub struct Lifecycle {
    /// Cancelled once, when the process should stop.
    pub stop: CancellationToken,
    /// Every task that must end before the database is closed.
    pub tracker: TaskTracker,
    pub grace: Duration,
}

impl Lifecycle {
    pub fn new(grace: Duration) -> Self {
        Self {
            stop: CancellationToken::new(),
            tracker: TaskTracker::new(),
            grace,
        }
    }

    /// Waits for SIGTERM or SIGINT, cancels, and returns. A second signal ends
    /// the process at once with the shell's code for it.
    pub async fn until_signal(&self) -> std::io::Result<()> {
        let mut term = signal(SignalKind::terminate())?;
        let mut int = signal(SignalKind::interrupt())?;
        tokio::select! {
            _ = term.recv() => {}
            _ = int.recv() => {}
            () = self.stop.cancelled() => {}
        }
        self.stop.cancel();
        tokio::spawn(async move {
            let code = tokio::select! {
                _ = term.recv() => 143,
                _ = int.recv() => 130,
            };
            std::process::exit(code);
        });
        Ok(())
    }

    /// Waits until everything tracked has ended, at most the grace time.
    /// Returns whether it ended by itself.
    pub async fn drained(&self) -> bool {
        self.tracker.close();
        tokio::time::timeout(self.grace, self.tracker.wait())
            .await
            .is_ok()
    }
}
