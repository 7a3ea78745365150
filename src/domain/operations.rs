//! Operations: work that is started by a request and continues without it.
//!
//! A running operation lives in memory and in the feed. One that takes longer
//! than a moment is stored as running, so that a restart can say what became of
//! it; how it ended is stored for all. An operation that takes something away
//! before it has put the new thing in its place keeps an entry in the journal
//! besides. Invariants: a thing is worked on by one operation at a time; an
//! entry ends in the commit that stores how its operation ended.

mod discard;
mod finish;
mod journal;
mod origin;
mod recovery;
mod recurring;
mod reservation;
mod task;

pub use finish::PendingCommit;
pub use journal::{EntryKind, JournalEntry};
pub use origin::{ClientRequest, key_reused, with_request};
pub use recovery::{Recovered, Recovery, require_same_engine};
pub use reservation::Reservation;
pub use task::{Task, Uninterruptible};

use crate::domain::feed::{Event, Feed};
use crate::error::{Error, Result};
use crate::model::hex;
use crate::model::operation::{Operation, OperationState, Target};
use crate::model::plan::Plan;
use crate::model::sequence;
use crate::model::timestamp::Timestamp;
use crate::store::{Commit, Store};
use finish::Ending;
use origin::Origins;
use recurring::Recurring;
use reservation::Reservations;
use std::collections::BTreeMap;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, oneshot};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// The code of an operation whose recovery was discarded.
const DISCARDED: &str = "discarded";

/// Operations that are remembered.
const KEEP: u64 = 200;
/// What takes longer is stored as running.
const MOMENT: Duration = Duration::from_secs(1);

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
    reserved: Reservations,
    /// The id that was given last.
    last_id: Mutex<Option<String>>,
    /// Log lines of failed operations, by id. Never stored.
    log_lines: Mutex<BTreeMap<String, Vec<String>>>,
    origins: Origins,
    /// An entry of the journal has to be looked at.
    recovery: Notify,
    /// What the recovery has logged lately.
    recurring: Recurring,
    /// Ends every operation that can be ended, when the program stops.
    stop: CancellationToken,
}

#[derive(Debug)]
struct Running {
    operation: Operation,
    cancel: CancellationToken,
    /// It may be cancelled whenever it is not in a part that must not be interrupted.
    cancellable: bool,
    /// It is in the store already.
    stored: bool,
    /// The entries of the journal that end with it.
    endings: Vec<Ending>,
    /// What it was asked for, where that is worth keeping when it fails.
    request: Option<serde_json::Value>,
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
    /// Marks what an earlier run of the program left running as interrupted, and
    /// reserves what its journal holds.
    ///
    /// # Errors
    /// When the store cannot be read or written.
    pub fn new(
        store: Store,
        feed: Feed,
        tracker: TaskTracker,
        stop: CancellationToken,
    ) -> Result<Self> {
        let last = store.last_operation_id()?;
        let origins = Self::origins(&store)?;
        let operations = Self {
            inner: Arc::new(Inner {
                store,
                feed,
                tracker,
                running: Mutex::default(),
                reserved: Reservations::default(),
                last_id: Mutex::new(last),
                log_lines: Mutex::default(),
                origins,
                recovery: Notify::new(),
                recurring: Recurring::default(),
                stop,
            }),
        };
        operations.mark_interrupted()?;
        Ok(operations)
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
        let request = origin::request();
        let operation = Operation {
            id: self.next_id(),
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
            log_lines: Vec::new(),
            request_digest: request
                .as_ref()
                .and_then(|request| self.inner.origins.digest(request)),
            request_id: request.map(|request| request.id),
            is_request_known: false,
        };
        let id = operation.id.clone();
        let cancel = self.inner.stop.child_token();
        self.running().insert(
            id.clone(),
            Running {
                operation: operation.clone(),
                cancel: cancel.clone(),
                cancellable,
                stored: false,
                endings: Vec::new(),
                request: None,
            },
        );
        self.publish(&operation);
        let (send, done) = oneshot::channel();
        let this = self.clone();
        let task = Task::new(self.clone(), id.clone(), cancel);
        let work = work(task);
        let ours = id.clone();
        self.inner.tracker.spawn(async move {
            let outcome = this.stored_if_long(&ours, work).await;
            let over = this.finish(&ours, &outcome).await;
            // The starter may have gone; the operation is finished all the same.
            let _ = send.send(outcome.and(over));
        });
        Started { id, done }
    }

    /// Stores the operation as running when the work takes longer than a moment.
    async fn stored_if_long(
        &self,
        id: &str,
        work: impl Future<Output = Result<String>>,
    ) -> Result<String> {
        let mut work = std::pin::pin!(work);
        if let Ok(outcome) = tokio::time::timeout(MOMENT, &mut work).await {
            return outcome;
        }
        let storing = async {
            if let Some(commit) = self.store_running(id)
                && let Err(error) = self.inner.store.commit(commit).await
            {
                tracing::warn!(%error, id, "a running operation was not stored");
            }
            std::future::pending::<std::convert::Infallible>().await
        };
        tokio::select! {
            outcome = work => outcome,
            never = storing => match never {},
        }
    }

    /// What stores it as running; `None` when that was done already.
    fn store_running(&self, id: &str) -> Option<Commit> {
        let mut running = self.running();
        let found = running.get_mut(id)?;
        if std::mem::replace(&mut found.stored, true) {
            return None;
        }
        Some(Commit::new().put_operation(found.operation.clone(), KEEP))
    }

    /// Sorts after all ids that were given before, whatever the clock says.
    fn next_id(&self) -> String {
        let mut last = self
            .inner
            .last_id
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let id = sequence::after(last.as_deref(), &clock_id());
        *last = Some(id.clone());
        id
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
                "{} can no longer be cancelled: stopping now would leave it half changed.",
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
            return self.cancel(id).and(Err(Error::internal(
                "The operation can no longer be cancelled.",
            )));
        }
        Ok(Plan {
            title: format!("Cancel: {}", operation.title),
            steps: vec!["End it at the next safe point, and roll back what it changed.".to_owned()],
            warnings: Vec::new(),
            keeps: Vec::new(),
            needs: None,
            offers: Vec::new(),
            commands: None,
        })
    }

    /// Takes these for oneself, until the reservation is dropped.
    ///
    /// # Errors
    /// Busy, when another operation works on one of them.
    pub fn reserve(&self, targets: &[Target]) -> Result<Reservation> {
        self.inner.reserved.take(targets, None)
    }

    /// Whether another operation works on it, or has left it to recovery.
    pub fn is_reserved(&self, target: &Target) -> bool {
        self.inner.reserved.has(target)
    }

    pub fn is_running(&self, id: &str) -> bool {
        self.running().contains_key(id)
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
            self.publish(&operation);
        }
    }

    fn publish(&self, operation: &Operation) {
        let operation = Arc::new(operation.clone());
        self.inner.feed.publish(Event::Operation(operation));
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
        for operation in &mut list {
            self.add_unstored(operation);
        }
        Ok(list)
    }

    pub fn get(&self, id: &str) -> Result<Operation> {
        if let Some(running) = self.running().get(id) {
            return Ok(running.operation.clone());
        }
        let mut operation = self
            .inner
            .store
            .operation(id)?
            .ok_or_else(|| Error::not_found(format!("There is no operation {id:?}.")))?;
        self.add_unstored(&mut operation);
        Ok(operation)
    }

    fn running(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Running>> {
        self.inner
            .running
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// Milliseconds, then randomness.
fn clock_id() -> String {
    let mut tail = [0; 4];
    // Without randomness the time alone still sorts and nearly always differs.
    let _ = getrandom::fill(&mut tail);
    format!("{:012x}{}", Timestamp::now().0, hex::encode(&tail))
}

#[cfg(test)]
mod tests;
