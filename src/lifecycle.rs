//! The life of the process. It stops in two phases: first listeners, streams,
//! jobs and every operation that can be cancelled; what must not be interrupted
//! continues, with the engine connected, until it is done or the grace time is over.
//! Then the connection to the engine, and last the store.

use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

#[derive(Debug, Clone)]
pub struct Lifecycle {
    /// Cancelled once, when the process should stop.
    pub stop: CancellationToken,
    /// Every task that must end before the connections are closed.
    pub tracker: TaskTracker,
    /// Cancelled when nothing needs the engine any more.
    pub close: CancellationToken,
    /// The tasks that keep connections for the others.
    pub connections: TaskTracker,
    pub grace: Duration,
}

/// How long the connections may take to close.
const CLOSE: Duration = Duration::from_secs(2);

impl Lifecycle {
    pub fn new(grace: Duration) -> Self {
        Self {
            stop: CancellationToken::new(),
            tracker: TaskTracker::new(),
            close: CancellationToken::new(),
            connections: TaskTracker::new(),
            grace,
        }
    }

    /// From now on SIGTERM and SIGINT stop the process in order, while it starts
    /// too: without a handler the first would end it at once, and be ignored where
    /// it is process 1 of a container. A second one ends it at once, with the
    /// shell's code for the signal.
    pub fn watch_signals(&self) -> std::io::Result<()> {
        let mut term = signal(SignalKind::terminate())?;
        let mut int = signal(SignalKind::interrupt())?;
        let stop = self.stop.clone();
        tokio::spawn(async move {
            tokio::select! {
                _ = term.recv() => {}
                _ = int.recv() => {}
            }
            stop.cancel();
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

    /// Closes the connections. What still runs then finds no engine.
    pub async fn closed(&self) {
        self.close.cancel();
        self.connections.close();
        let _ = tokio::time::timeout(CLOSE, self.connections.wait()).await;
    }
}
