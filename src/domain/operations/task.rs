//! The side of an operation that the work itself holds: it tells what it does
//! and how far it is, and hears when it should end.

use super::finish::{Ending, PendingCommit};
use super::{EntryKind, JournalEntry, KEEP, Operations};
use crate::error::{Error, Result};
use crate::model::operation::{OperationResult, OperationStep, Progress, StepState, Target};
use crate::store::Commit;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

/// Between two tellings of the progress of one step.
const PACE: Duration = Duration::from_millis(250);

/// Held by the work of one operation.
#[derive(Debug, Clone)]
pub struct Task {
    operations: Operations,
    id: String,
    cancel: CancellationToken,
    told: Arc<Mutex<Option<Instant>>>,
    /// Journal entries that it has begun.
    entries: Arc<AtomicU32>,
}

/// The part of an operation that must not be interrupted.
#[derive(Debug)]
#[must_use = "the operation can be cancelled again when this is dropped"]
pub struct Uninterruptible {
    task: Task,
}

impl Drop for Uninterruptible {
    fn drop(&mut self) {
        let Task { operations, id, .. } = &self.task;
        let cancellable = operations
            .running()
            .get(id)
            .is_some_and(|running| running.cancellable);
        operations.change(id, true, |operation| operation.cancellable = cancellable);
    }
}

impl Task {
    pub(super) fn new(operations: Operations, id: String, cancel: CancellationToken) -> Self {
        Self {
            operations,
            id,
            cancel,
            told: Arc::default(),
            entries: Arc::default(),
        }
    }

    pub(super) fn operations(&self) -> &Operations {
        &self.operations
    }

    /// The operation's id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The step before has succeeded; this one begins.
    pub fn step(&self, title: impl Into<String>) {
        let title = title.into();
        self.operations.change(&self.id, true, |operation| {
            for step in &mut operation.steps {
                if step.state == StepState::Running {
                    step.state = StepState::Succeeded;
                }
            }
            operation.progress = None;
            operation.steps.push(OperationStep {
                title,
                state: StepState::Running,
                detail: None,
            });
        });
    }

    /// The running step has failed; what follows undoes what was done.
    pub fn step_failed(&self, why: &str) {
        self.end_step(StepState::Failed, Some(why));
    }

    /// The running step has succeeded, although the operation fails: what was
    /// done is undone.
    pub fn step_succeeded(&self) {
        self.end_step(StepState::Succeeded, None);
    }

    fn end_step(&self, state: StepState, detail: Option<&str>) {
        self.operations.change(&self.id, true, |operation| {
            for step in &mut operation.steps {
                if step.state == StepState::Running {
                    step.state = state;
                    if let Some(detail) = detail {
                        step.detail = Some(detail.to_owned());
                    }
                }
            }
        });
    }

    /// What is worth knowing about the running step.
    pub fn note(&self, detail: impl Into<String>) {
        let detail = detail.into();
        self.operations.change(&self.id, true, |operation| {
            if let Some(step) = operation.steps.last_mut() {
                step.detail = Some(detail);
            }
        });
    }

    /// How far the running step is; told at most four times a second.
    pub fn progress(&self, progress: Progress) {
        let due = self.due();
        self.operations.change(&self.id, due, |operation| {
            operation.progress = Some(progress);
        });
    }

    /// How one of many went, and how far they all are. Told at the pace of the
    /// progress: of a thousand, each telling holds all that went before.
    pub fn result(&self, result: OperationResult, progress: Progress) {
        let due = self.due();
        self.operations.change(&self.id, due, |operation| {
            operation.results.push(result);
            operation.progress = Some(progress);
        });
    }

    /// Stores it as far as it is: a start after a kill then knows the results so far.
    pub async fn save(&self) {
        let running = self.operations.running().get_mut(&self.id).map(|running| {
            running.stored = true;
            running.operation.clone()
        });
        let Some(operation) = running else { return };
        let commit = Commit::new().put_operation(operation, KEEP);
        if let Err(error) = self.operations.inner.store.commit(commit).await {
            tracing::warn!(%error, id = self.id, "a running operation was not stored");
        }
    }

    /// Whether it is time to tell again.
    fn due(&self) -> bool {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let due = told.is_none_or(|at| at.elapsed() >= PACE);
        if due {
            *told = Some(Instant::now());
        }
        due
    }

    /// What came of it, for programs.
    pub fn produced(&self, value: serde_json::Value) {
        self.operations.change(&self.id, false, |operation| {
            operation.result = Some(value);
        });
    }

    /// A new entry in the journal of this operation.
    pub fn journal(&self, kind: EntryKind, title: String, targets: Vec<Target>) -> JournalEntry {
        let step = self.entries.fetch_add(1, Ordering::Relaxed);
        JournalEntry::new(
            self.operations.clone(),
            &self.id,
            step,
            kind,
            title,
            targets,
        )
    }

    /// The entry ends with the operation, in one commit with how it ended and
    /// with what is pending.
    pub fn end_entry(&self, entry: &JournalEntry, pending: PendingCommit) {
        if let Some(running) = self.operations.running().get_mut(&self.id) {
            running.endings.push(Ending {
                key: entry.key(),
                pending,
            });
        }
    }

    /// The entry stays open: what is left to do is tried again later.
    pub fn leave_to_recovery(&self) {
        self.operations.request_recovery();
    }

    /// Until it is dropped the operation cannot be cancelled: stopping in the
    /// middle would leave things half changed.
    ///
    /// # Errors
    /// With the code `cancelled` when it has been asked to end before.
    pub fn uninterruptible(&self) -> Result<Uninterruptible> {
        self.check()?;
        self.operations.change(&self.id, true, |operation| {
            operation.cancellable = false;
        });
        Ok(Uninterruptible { task: self.clone() })
    }

    /// An error when it has been asked to end.
    ///
    /// # Errors
    /// With the code `cancelled`.
    pub fn check(&self) -> Result<()> {
        if self.cancel.is_cancelled() {
            return Err(cancelled());
        }
        Ok(())
    }

    /// The outcome of `work`, or an error as soon as it is asked to end.
    pub async fn unless_cancelled<T>(&self, work: impl Future<Output = Result<T>>) -> Result<T> {
        self.cancel
            .run_until_cancelled(work)
            .await
            .unwrap_or_else(|| Err(cancelled()))
    }
}

fn cancelled() -> Error {
    Error::conflict("It was cancelled; nothing was changed.").code("cancelled")
}
