//! Operations: work that is started by a request and goes on without it.
//!
//! A running operation lives in memory and in the feed; it is written once,
//! when it is over. (An operation that takes something away before it has put
//! the new thing in its place needs a journal besides; none here does.)

use crate::domain::feed::Feed;
use crate::error::{Error, Result};
use crate::model::hex;
use crate::model::operation::{Operation, OperationState};
use crate::model::timestamp::Timestamp;
use crate::store::Store;
use std::collections::BTreeMap;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::oneshot;
use tokio_util::task::TaskTracker;

/// Finished operations that are remembered.
const KEEP: u64 = 200;

#[derive(Debug, Clone)]
pub struct Operations {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    store: Store,
    feed: Feed,
    tracker: TaskTracker,
    running: Mutex<BTreeMap<String, Operation>>,
}

/// A started operation. Dropping it changes nothing.
#[derive(Debug)]
pub struct Started {
    pub id: String,
    done: oneshot::Receiver<Result<Operation>>,
}

impl Started {
    /// Waits for the end; a failed operation is its error.
    pub async fn finished(self) -> Result<Operation> {
        self.done
            .await
            .unwrap_or_else(|_| Err(Error::internal("The operation was cut off.")))
    }
}

impl Operations {
    pub fn new(store: Store, feed: Feed, tracker: TaskTracker) -> Self {
        Self {
            inner: Arc::new(Inner {
                store,
                feed,
                tracker,
                running: Mutex::default(),
            }),
        }
    }

    /// Starts `work`; its sentence is how the operation ended.
    pub fn start(
        &self,
        kind: &str,
        title: String,
        target: String,
        work: impl Future<Output = Result<String>> + Send + 'static,
    ) -> Started {
        let operation = Operation {
            id: new_id(),
            kind: kind.to_owned(),
            title,
            target,
            state: OperationState::Running,
            started_at: Timestamp::now(),
            finished_at: None,
            message: None,
            error: None,
        };
        let id = operation.id.clone();
        self.running().insert(id.clone(), operation.clone());
        self.inner.feed.publish("operation", &operation);
        let (send, done) = oneshot::channel();
        let this = self.clone();
        self.inner.tracker.spawn(async move {
            let outcome = work.await;
            let over = this.finish(operation, &outcome).await;
            // The starter may have gone; the operation is finished all the same.
            let _ = send.send(outcome.map(|_| over));
        });
        Started { id, done }
    }

    async fn finish(&self, mut operation: Operation, outcome: &Result<String>) -> Operation {
        operation.finished_at = Some(Timestamp::now());
        match outcome {
            Ok(message) => {
                operation.state = OperationState::Succeeded;
                operation.message = Some(message.clone());
            }
            Err(error) => {
                operation.state = OperationState::Failed;
                operation.message = Some(error.message.clone());
                operation.error = Some(error.code.unwrap_or("failed").to_owned());
            }
        }
        if let Err(error) = self
            .inner
            .store
            .put_operation(operation.clone(), KEEP)
            .await
        {
            tracing::error!(%error, operation = operation.id, "the operation was not stored");
        }
        self.running().remove(&operation.id);
        self.inner.feed.publish("operation", &operation);
        operation
    }

    pub fn running_now(&self) -> Vec<Operation> {
        self.running().values().rev().cloned().collect()
    }

    /// Running ones and the newest finished ones, newest first.
    pub fn list(&self, most: usize) -> Result<Vec<Operation>> {
        let mut list = self.running_now();
        for operation in self.inner.store.operations(most)? {
            if !list.iter().any(|seen| seen.id == operation.id) {
                list.push(operation);
            }
        }
        list.sort_by(|a, b| b.id.cmp(&a.id));
        list.truncate(most);
        Ok(list)
    }

    pub fn get(&self, id: &str) -> Result<Operation> {
        if let Some(operation) = self.running().get(id) {
            return Ok(operation.clone());
        }
        self.inner
            .store
            .operation(id)?
            .ok_or_else(|| Error::not_found(format!("There is no operation {id:?}.")))
    }

    fn running(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Operation>> {
        self.inner
            .running
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// Milliseconds, then randomness: sorts by time, never the same twice.
fn new_id() -> String {
    let mut tail = [0; 4];
    // Without randomness the time alone still sorts and nearly always differs.
    let _ = getrandom::fill(&mut tail);
    format!("{:012x}{}", Timestamp::now().0, hex::encode(&tail))
}
