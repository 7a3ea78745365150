//! The tasks that answer the requests of an HTTP/2 connection: each ends when what
//! holds its request says so, which resets its stream, and lets go of what hyper keeps
//! for it, whatever it waits for.

use hyper::rt::Executor;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use tokio_util::sync::CancellationToken;

#[derive(Debug, Clone, Default)]
pub struct StreamTasks {
    next: Arc<Mutex<Option<CancellationToken>>>,
}

impl StreamTasks {
    /// `end` is for the request that the service has just been called with: hyper
    /// executes it before it calls with another.
    pub fn end_next_with(&self, end: CancellationToken) {
        *self.next.lock().unwrap_or_else(PoisonError::into_inner) = Some(end);
    }
}

impl<F: Future<Output = ()> + Send + 'static> Executor<F> for StreamTasks {
    fn execute(&self, task: F) {
        let end = { self.next.lock().unwrap_or_else(PoisonError::into_inner) }.take();
        // At once: more may come for it before a task would begin.
        if end.as_ref().is_some_and(CancellationToken::is_cancelled) {
            return;
        }
        tokio::spawn(async move {
            match end {
                Some(end) => {
                    end.run_until_cancelled(task).await;
                }
                None => task.await,
            }
        });
    }
}
