//! Reading and planning away from the threads that answer everybody: a body of a
//! megabyte, or a short one that names a range of ports, can take a while.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use tokio::sync::Semaphore;
use tokio_util::sync::PollSemaphore;

/// Computes its future step by step on a thread that the runtime does without, in
/// turns with others of its kind. Dropped before its turn, it has cost nothing.
pub struct OffWorkers<F> {
    future: F,
    turns: PollSemaphore,
}

impl<F: Future + Unpin> OffWorkers<F> {
    /// `turns` says how many compute at once.
    pub fn new(future: F, turns: &Arc<Semaphore>) -> Self {
        Self {
            future,
            turns: PollSemaphore::new(Arc::clone(turns)),
        }
    }
}

impl<F: Future + Unpin> Future for OffWorkers<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        // Only until this step is done: what it waits for can take minutes.
        let turn = ready!(self.turns.poll_acquire(context));
        let step = tokio::task::block_in_place(|| Pin::new(&mut self.future).poll(context));
        drop(turn);
        step
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::{Duration, Instant};

    #[tokio::test(flavor = "multi_thread", worker_threads = 1)]
    async fn computing_in_turns_keeps_no_other_task_waiting() {
        static AT_ONCE: AtomicUsize = AtomicUsize::new(0);
        let turns = Arc::new(Semaphore::new(2));
        let heavy = || async {
            for _ in 0..3 {
                assert!(AT_ONCE.fetch_add(1, Ordering::SeqCst) < 2);
                std::thread::sleep(Duration::from_millis(100));
                AT_ONCE.fetch_sub(1, Ordering::SeqCst);
                tokio::task::yield_now().await;
            }
        };
        let tasks: Vec<_> = (0..6)
            .map(|_| tokio::spawn(OffWorkers::new(Box::pin(heavy()), &turns)))
            .collect();
        tokio::time::sleep(Duration::from_millis(20)).await;
        let mut prompt = 0;
        for _ in 0..10 {
            let begun = Instant::now();
            tokio::spawn(async {}).await.unwrap();
            prompt += usize::from(begun.elapsed() < Duration::from_millis(80));
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        // Behind those that compute, none would be.
        assert!(prompt >= 5, "{prompt} of 10");
        for task in tasks {
            task.await.unwrap();
        }
    }
}
