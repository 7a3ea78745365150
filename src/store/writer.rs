//! The writer: one thread that makes every commit of the running program, fed
//! by a bounded queue, so that slow work elsewhere never delays a commit.

use super::StoreError;
use std::panic::{AssertUnwindSafe, catch_unwind};
use tokio::sync::{mpsc, oneshot};

/// Commits that may wait. Whoever comes when it is full waits for a place.
const QUEUE: usize = 256;

type Job = Box<dyn FnOnce() + Send>;

/// The queue to the thread, which ends when this is dropped.
#[derive(Debug)]
pub(super) struct Writer {
    queue: mpsc::Sender<Job>,
}

impl Writer {
    pub fn start() -> Result<Self, StoreError> {
        let (queue, mut jobs) = mpsc::channel::<Job>(QUEUE);
        std::thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn(move || {
                while let Some(job) = jobs.blocking_recv() {
                    // Whoever waits for a job that panicked is told `Stopped`;
                    // those behind it are still served.
                    let _ = catch_unwind(AssertUnwindSafe(job));
                }
            })
            .map_err(StoreError::Writer)?;
        Ok(Self { queue })
    }

    /// Runs `job` on the thread, after those that were queued before it, and
    /// drops it before its result is delivered.
    pub async fn run<R: Send + 'static>(
        &self,
        job: impl FnOnce() -> Result<R, StoreError> + Send + 'static,
    ) -> Result<R, StoreError> {
        let (send, result) = oneshot::channel();
        let job = Box::new(move || {
            // The caller may have gone; what it asked for is done all the same.
            let _ = send.send(job());
        });
        self.queue
            .send(job)
            .await
            .map_err(|_| StoreError::Stopped)?;
        result.await.map_err(|_| StoreError::Stopped)?
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Arc, Mutex};

    #[tokio::test]
    async fn writer_runs_jobs_in_order_and_survives_a_panic() {
        let writer = Writer::start().unwrap();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let note = |number: i32| {
            let seen = Arc::clone(&seen);
            move || {
                seen.lock().unwrap().push(number);
                Ok(number)
            }
        };
        let panicked: Result<(), _> = writer.run(|| panic!("a test")).await;
        assert!(matches!(panicked, Err(StoreError::Stopped)));
        let (one, two, three) = tokio::join!(
            writer.run(note(1)),
            writer.run(note(2)),
            writer.run(note(3))
        );
        assert_eq!((one.unwrap(), two.unwrap(), three.unwrap()), (1, 2, 3));
        assert_eq!(*seen.lock().unwrap(), [1, 2, 3]);
    }

    /// The blocking pool of this runtime is one thread, which is taken.
    #[test]
    fn commits_do_not_wait_for_the_shared_blocking_pool() {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .max_blocking_threads(1)
            .build()
            .unwrap();
        let (release, held) = std::sync::mpsc::channel::<()>();
        runtime.spawn_blocking(move || held.recv());
        let (_dir, store) = super::super::open::scratch(super::super::Sizes {
            initial: 256 * 1024,
            most: 1024 * 1024,
        });
        runtime.block_on(async {
            store
                .commit(super::super::Commit::new().end_journal("none"))
                .await
                .unwrap();
        });
        release.send(()).unwrap();
    }
}
