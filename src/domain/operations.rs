//! Operations: work that is started by a request and goes on without it.
//!
//! A running operation lives in memory and in the feed; it is written once,
//! when it is over. An operation that takes something away before it has put
//! the new thing in its place keeps a journal besides (`domain/recreate`).
//! Invariant: a thing is worked on by one operation at a time.

mod reservation;
mod task;

pub use reservation::Reservation;
pub use task::Task;

use crate::domain::feed::Feed;
use crate::error::{Error, Result};
use crate::model::hex;
use crate::model::operation::{Operation, OperationState, StepState, Target};
use crate::model::plan::Plan;
use crate::model::timestamp::Timestamp;
use crate::store::Store;
use std::collections::{BTreeMap, HashSet};
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;
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
    running: Mutex<BTreeMap<String, Running>>,
    /// What is being worked on.
    reserved: Arc<Mutex<HashSet<Target>>>,
    /// Ends every operation that can be ended, when the program stops.
    stop: CancellationToken,
}

#[derive(Debug)]
struct Running {
    operation: Operation,
    cancel: CancellationToken,
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
    pub fn new(store: Store, feed: Feed, tracker: TaskTracker, stop: CancellationToken) -> Self {
        Self {
            inner: Arc::new(Inner {
                store,
                feed,
                tracker,
                running: Mutex::default(),
                reserved: Arc::default(),
                stop,
            }),
        }
    }

    /// Starts `work`; its sentence is how the operation ended.
    pub fn start(
        &self,
        kind: &str,
        title: String,
        target: Target,
        work: impl Future<Output = Result<String>> + Send + 'static,
    ) -> Started {
        self.start_task(kind, title, target, false, |_| work)
    }

    /// The same for work that tells how far it is, and may be cancelled.
    pub fn start_task<F>(
        &self,
        kind: &str,
        title: String,
        target: Target,
        cancellable: bool,
        work: impl FnOnce(Task) -> F,
    ) -> Started
    where
        F: Future<Output = Result<String>> + Send + 'static,
    {
        let operation = Operation {
            id: new_id(),
            kind: kind.to_owned(),
            title,
            target_kind: target.kind,
            target: target.name,
            state: OperationState::Running,
            started_at: Timestamp::now(),
            finished_at: None,
            message: None,
            error: None,
            steps: Vec::new(),
            progress: None,
            results: Vec::new(),
            cancellable,
            result: None,
        };
        let id = operation.id.clone();
        let cancel = self.inner.stop.child_token();
        self.running().insert(
            id.clone(),
            Running {
                operation: operation.clone(),
                cancel: cancel.clone(),
            },
        );
        self.inner.feed.publish("operation", &operation);
        let (send, done) = oneshot::channel();
        let this = self.clone();
        let task = Task::new(self.clone(), id.clone(), cancel);
        let work = work(task);
        let ours = id.clone();
        self.inner.tracker.spawn(async move {
            let outcome = work.await;
            let over = this.finish(&ours, &outcome).await;
            // The starter may have gone; the operation is finished all the same.
            let _ = send.send(outcome.and(over));
        });
        Started { id, done }
    }

    /// Asks a running operation to end early.
    ///
    /// # Errors
    /// A conflict when it is over, or cannot be ended.
    pub fn cancel(&self, id: &str) -> Result<Operation> {
        let running = self.running();
        let Some(found) = running.get(id) else {
            drop(running);
            let over = self.get(id)?;
            return Err(
                Error::conflict(format!("{} is over already.", over.title)).code("operation_over")
            );
        };
        if !found.operation.cancellable {
            return Err(Error::conflict(format!(
                "{} cannot be cancelled: stopping half-way would leave things worse than either end.",
                found.operation.title
            ))
            .code("not_cancellable"));
        }
        found.cancel.cancel();
        Ok(found.operation.clone())
    }

    /// What asking it to end early will do.
    ///
    /// # Errors
    /// As [`Operations::cancel`].
    pub fn plan_cancel(&self, id: &str) -> Result<Plan> {
        let operation = self.get(id)?;
        if !operation.cancellable {
            return self
                .cancel(id)
                .and(Err(Error::internal("The operation changed its mind.")));
        }
        Ok(Plan {
            title: format!("Cancel: {}", operation.title),
            steps: vec!["End it at the next safe point, and put back what it changed.".to_owned()],
            warnings: Vec::new(),
            keeps: Vec::new(),
            needs: None,
            commands: None,
        })
    }

    /// Takes these for oneself, until the reservation is dropped.
    ///
    /// # Errors
    /// Busy, when another operation works on one of them.
    pub fn reserve(&self, targets: &[Target]) -> Result<Reservation> {
        Reservation::take(&self.inner.reserved, targets)
    }

    pub fn is_running(&self, id: &str) -> bool {
        self.running().contains_key(id)
    }

    /// Remembers how an operation ended that an earlier run of the program left unfinished.
    pub async fn interrupted(
        &self,
        id: &str,
        kind: &str,
        title: &str,
        target: &Target,
        state: OperationState,
        message: String,
    ) -> Result<()> {
        let operation = Operation {
            id: id.to_owned(),
            kind: kind.to_owned(),
            title: title.to_owned(),
            target_kind: target.kind,
            target: target.name.clone(),
            state,
            started_at: Timestamp(began(id)),
            finished_at: Some(Timestamp::now()),
            message: Some(message),
            error: (state != OperationState::Succeeded).then(|| "interrupted".to_owned()),
            steps: Vec::new(),
            progress: None,
            results: Vec::new(),
            cancellable: false,
            result: None,
        };
        self.inner
            .store
            .put_operation(operation.clone(), KEEP)
            .await?;
        self.inner.feed.publish("operation", &operation);
        Ok(())
    }

    async fn finish(&self, id: &str, outcome: &Result<String>) -> Result<Operation> {
        let Some(mut operation) = self.running().get(id).map(|found| found.operation.clone())
        else {
            return Err(Error::internal("The operation was forgotten while it ran."));
        };
        operation.finished_at = Some(Timestamp::now());
        operation.progress = None;
        operation.cancellable = false;
        let mut last = StepState::Succeeded;
        match outcome {
            Ok(message) => {
                operation.state = OperationState::Succeeded;
                operation.message = Some(message.clone());
            }
            Err(error) => {
                operation.state = match error.code {
                    Some("rolled_back") => OperationState::RolledBack,
                    Some("cancelled") => OperationState::Cancelled,
                    _ => OperationState::Failed,
                };
                operation.message = Some(error.message.clone());
                operation.error = Some(error.code.unwrap_or("failed").to_owned());
                last = StepState::Failed;
            }
        }
        for step in &mut operation.steps {
            if step.state == StepState::Running {
                step.state = last;
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
        tracing::info!(
            kind = operation.kind,
            target = ?operation.target,
            state = ?operation.state,
            message = ?operation.message.as_deref().unwrap_or_default(),
            "operation"
        );
        self.running().remove(id);
        self.inner.feed.publish("operation", &operation);
        Ok(operation)
    }

    /// Changes a running operation and tells everybody.
    fn change(&self, id: &str, publish: bool, change: impl FnOnce(&mut Operation)) {
        let mut running = self.running();
        let Some(found) = running.get_mut(id) else {
            return;
        };
        change(&mut found.operation);
        if publish {
            let operation = found.operation.clone();
            drop(running);
            self.inner.feed.publish("operation", &operation);
        }
    }

    pub fn running_now(&self) -> Vec<Operation> {
        self.running()
            .values()
            .rev()
            .map(|running| running.operation.clone())
            .collect()
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
        if let Some(running) = self.running().get(id) {
            return Ok(running.operation.clone());
        }
        self.inner
            .store
            .operation(id)?
            .ok_or_else(|| Error::not_found(format!("There is no operation {id:?}.")))
    }

    fn running(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Running>> {
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

/// The milliseconds in an id.
fn began(id: &str) -> i64 {
    id.get(..12)
        .and_then(|digits| i64::from_str_radix(digits, 16).ok())
        .unwrap_or_default()
}
