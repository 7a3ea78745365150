//! The end of an operation: how it ended and the end of its journal entries are
//! one commit.

use super::{KEEP, Operations};
use crate::error::{Error, Result};
use crate::model::operation::{Operation, OperationState, StepState};
use crate::model::timestamp::Timestamp;
use crate::store::Commit;
use std::fmt;
use std::sync::PoisonError;

/// Operations whose log lines are kept in memory.
const KEEP_LOG_LINES: usize = 20;

/// What is stored in the commit that ends an entry of the journal.
pub struct PendingCommit {
    pub commit: Commit,
    /// Brings memory up to date once that is stored.
    pub then: Box<dyn FnOnce() + Send>,
}

impl PendingCommit {
    /// Nothing but the end of the entry.
    pub fn none() -> Self {
        Self {
            commit: Commit::new(),
            then: Box::new(|| {}),
        }
    }

    /// Both in one commit.
    pub fn and(self, other: Self) -> Self {
        let (first, second) = (self.then, other.then);
        Self {
            commit: self.commit.and(other.commit),
            then: Box::new(move || {
                first();
                second();
            }),
        }
    }
}

/// An entry of the journal that ends with its operation.
pub(super) struct Ending {
    pub key: String,
    pub pending: PendingCommit,
}

impl fmt::Debug for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ending")
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}

impl Operations {
    pub(super) async fn finish(&self, id: &str, outcome: &Result<String>) -> Result<Operation> {
        let found = self.running().get_mut(id).map(|found| {
            let endings = std::mem::take(&mut found.endings);
            (found.operation.clone(), endings, found.request.take())
        });
        let Some((mut operation, endings, request)) = found else {
            return Err(Error::internal("The operation was forgotten while it ran."));
        };
        finished(&mut operation, outcome);
        let has_entries = !endings.is_empty();
        if !self.store_end(&operation, endings).await && has_entries {
            self.request_recovery();
        }
        if let Err(error) = outcome {
            if !error.log_lines().is_empty() {
                self.keep_log_lines(id, error.log_lines());
            }
            if let Some(request) = request {
                self.inner.origins.keep(id, request);
            }
            self.add_unstored(&mut operation);
        }
        tracing::info!(
            kind = operation.kind,
            target = ?operation.target,
            state = ?operation.state,
            message = ?operation.message.as_deref().unwrap_or_default(),
            "operation"
        );
        self.running().remove(id);
        self.publish(&operation);
        Ok(operation)
    }

    fn keep_log_lines(&self, id: &str, lines: &[String]) {
        let log_lines = &self.inner.log_lines;
        let mut all = log_lines.lock().unwrap_or_else(PoisonError::into_inner);
        all.insert(id.to_owned(), lines.to_vec());
        while all.len() > KEEP_LOG_LINES {
            all.pop_first();
        }
    }

    /// What is known of it in memory only.
    pub(super) fn add_unstored(&self, operation: &mut Operation) {
        let log_lines = &self.inner.log_lines;
        let all = log_lines.lock().unwrap_or_else(PoisonError::into_inner);
        operation.log_lines = all.get(&operation.id).cloned().unwrap_or_default();
        drop(all);
        operation.is_request_known = self.inner.origins.request(&operation.id).is_some();
    }

    /// Stores how it ended, with the ends of its journal entries. When that
    /// fails the entries are still open, and what they hold stays reserved: the
    /// recovery finds everything done and stores it then. False when it failed; a
    /// recovery that ends so is tried again after a pause, not at once.
    pub(super) async fn store_end(&self, operation: &Operation, endings: Vec<Ending>) -> bool {
        let mut commit = Commit::new()
            .put_operation(operation.clone(), KEEP)
            .essential();
        let mut ended = Vec::new();
        for ending in endings {
            let Ending { key, pending } = ending;
            commit = commit.and(pending.commit).end_journal(key.as_str());
            ended.push((key, pending.then));
        }
        if let Err(error) = self.inner.store.commit(commit).await {
            let recurring = format!("{}: {error}", operation.id);
            if self.inner.recurring.is_due(recurring) {
                tracing::error!(%error, operation = operation.id, "how an operation ended could not be stored");
            }
            return false;
        }
        for (key, then) in ended {
            then();
            self.inner.reserved.release_entry(&key);
        }
        true
    }
}

fn finished(operation: &mut Operation, outcome: &Result<String>) {
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
}
