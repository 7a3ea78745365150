//! Recovery: completes or rolls back what an earlier run of the program, or an
//! engine that went away, has left half done. Each kind of journal entry has
//! one [`Recovery`]; one loop (`jobs/recover`) calls them all.

use super::finish::{Ending, PendingCommit};
use super::journal::entries_of;
use super::{DISCARDED, EntryKind, JournalEntry, KEEP, Operations};
use crate::error::{Error, Result};
use crate::model::operation::{Operation, OperationState, StepState, Target, TargetKind};
use crate::model::timestamp::Timestamp;
use crate::store::{Commit, JournalRecord};
use futures_util::future::BoxFuture;
use std::fmt;
use std::sync::Arc;

/// The code of an operation whose entry this program cannot read.
const UNREADABLE: &str = "journal_unreadable";
/// Of one whose recovery is tried again.
const PENDING: &str = "recovery_pending";

/// Brings entries of one kind to an end.
pub trait Recovery: fmt::Debug + Send + Sync {
    fn kind(&self) -> EntryKind;

    /// Completes or rolls back. It may have been run before, and cut off. It
    /// compares ids before it changes anything: people may have changed what
    /// the entry names since.
    ///
    /// # Errors
    /// When it has to be tried again later.
    fn recover<'a>(&'a self, entry: &'a mut JournalEntry) -> BoxFuture<'a, Result<Recovered>>;
}

/// How an interrupted operation ended.
pub struct Recovered {
    pub state: OperationState,
    /// What follows the title: "was interrupted. …".
    pub message: String,
    pub pending: PendingCommit,
}

impl Recovered {
    pub fn new(state: OperationState, message: impl Into<String>) -> Self {
        Self {
            state,
            message: message.into(),
            pending: PendingCommit::none(),
        }
    }
}

/// What an entry names exists on one engine only.
///
/// # Errors
/// A conflict when another one is connected than the entry was written for.
pub fn require_same_engine(noted: Option<&str>, now: Option<String>) -> Result<()> {
    match (noted, now) {
        (Some(noted), Some(now)) if *noted != now => Err(Error::conflict(
            "Another engine is connected, or this one with another data folder. Connect the one that it ran on, or discard this operation.",
        )),
        _ => Ok(()),
    }
}

impl Operations {
    /// An entry of the journal has to be looked at, now or when the engine answers.
    pub fn request_recovery(&self) {
        self.inner.recovery.notify_one();
    }

    /// Returns when [`Operations::request_recovery`] was called.
    pub async fn recovery_requested(&self) {
        self.inner.recovery.notified().await;
    }

    /// Deals with all open entries whose operation does not run. False when one
    /// must be looked at again.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub async fn recover(&self, recoveries: &[Arc<dyn Recovery>]) -> Result<bool> {
        let mut done = true;
        for (key, record) in self.inner.store.journal()? {
            let operation = JournalRecord::operation_of(&key);
            if self.is_running(operation) {
                done = false;
                continue;
            }
            let readable =
                record.ok_or_else(|| "it is damaged, or the key file is missing".to_owned());
            let found = readable.and_then(|record| {
                let recovery = find(recoveries, &record)?;
                Ok((record, recovery))
            });
            let (record, recovery) = match found {
                Ok(found) => found,
                Err(why) => {
                    self.tell_unreadable(&key, &why).await;
                    continue;
                }
            };
            // One that cannot be recovered does not hold up the others.
            let recovered = self.recover_one(recovery.as_ref(), record).await;
            done &= recovered.unwrap_or_else(|error| {
                if self.inner.recurring.is_due(format!("{key}: {error}")) {
                    tracing::error!(%error, key, "recovery failed, it is retried");
                }
                false
            });
        }
        Ok(done)
    }

    async fn recover_one(&self, recovery: &dyn Recovery, record: JournalRecord) -> Result<bool> {
        let key = record.key();
        let Ok(_reserved) = self.inner.reserved.take(&record.targets, Some(&key)) else {
            return Ok(false);
        };
        // It may have ended while others were recovered.
        let Some(record) = self.inner.store.journal_entry(&key)? else {
            return Ok(true);
        };
        let mut operation = self.interrupted_operation(&record)?;
        let title = record.title.clone();
        let mut entry = JournalEntry::found(self.clone(), record);
        let recovered = match recovery.recover(&mut entry).await {
            Ok(recovered) => recovered,
            Err(error) => {
                let message =
                    format!("{title} was interrupted and could not be recovered yet: {error}");
                self.tell_pending(operation, message).await;
                return Err(error);
            }
        };
        let message = format!("{title} {}", recovered.message);
        operation.state = recovered.state;
        if recovered.state == OperationState::Succeeded
            && let Some(interrupted) = operation.steps.last_mut()
        {
            interrupted.state = StepState::Succeeded;
        }
        operation.message = Some(message);
        operation.error =
            (recovered.state != OperationState::Succeeded).then(|| "interrupted".to_owned());
        operation.finished_at = Some(Timestamp::now());
        let ending = Ending {
            key,
            pending: recovered.pending,
        };
        let stored = self.store_end(&operation, vec![ending]).await;
        if stored {
            tracing::warn!(
                id = operation.id,
                message = ?operation.message.as_deref().unwrap_or_default(),
                "an interrupted operation was recovered"
            );
            self.publish(&operation);
        }
        Ok(stored)
    }

    /// The operation that the entry belongs to, as it was stored.
    fn interrupted_operation(&self, record: &JournalRecord) -> Result<Operation> {
        if let Some(known) = self.inner.store.operation(&record.operation)? {
            return Ok(known);
        }
        let none = Target::new(TargetKind::System, "");
        Ok(Operation::interrupted(
            &record.operation,
            &format!("container.{}", record.kind),
            &record.title,
            record.targets.first().unwrap_or(&none),
            record.started_at,
        ))
    }

    /// Interrupted operations that could not be recovered yet: what they hold is
    /// reserved until they are.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn unrecovered(&self) -> Result<Vec<Operation>> {
        let mut found: Vec<Operation> = Vec::new();
        for key in self.inner.store.journal()?.into_keys() {
            let id = JournalRecord::operation_of(&key);
            if self.is_running(id) || found.iter().any(|known| known.id == id) {
                continue;
            }
            let waits = self.inner.store.operation(id)?.filter(|operation| {
                [Some(PENDING), Some(UNREADABLE)].contains(&operation.error.as_deref())
            });
            found.extend(waits);
        }
        Ok(found)
    }

    /// Stores why it waits, once for each reason.
    async fn tell_pending(&self, mut operation: Operation, message: String) {
        if operation.message.as_ref() == Some(&message) {
            return;
        }
        operation.state = OperationState::Interrupted;
        operation.message = Some(message);
        operation.error = Some(PENDING.to_owned());
        self.store_end(&operation, Vec::new()).await;
        self.publish(&operation);
    }

    /// An entry that cannot be read is a failure that everybody can see, once.
    /// What it holds, where that is known, stays reserved.
    async fn tell_unreadable(&self, key: &str, why: &str) {
        let id = JournalRecord::operation_of(key);
        let known = self.inner.store.operation(id).ok().flatten();
        if known
            .as_ref()
            .is_some_and(|known| known.error.as_deref() == Some(UNREADABLE))
        {
            return;
        }
        tracing::error!(key, why, "a journal entry cannot be recovered; it is kept");
        let record = self.inner.store.journal_entry(key).ok().flatten();
        let title = record.as_ref().map_or_else(
            || "An interrupted operation".to_owned(),
            |record| record.title.clone(),
        );
        let mut operation = known
            .or_else(|| self.interrupted_operation(&record?).ok())
            .unwrap_or_else(|| {
                let none = Target::new(TargetKind::System, "");
                Operation::interrupted(id, "interrupted", &title, &none, Timestamp::now())
            });
        operation.state = OperationState::Failed;
        operation.error = Some(UNREADABLE.to_owned());
        operation.finished_at = Some(Timestamp::now());
        operation.message = Some(format!(
            "{title} was interrupted, and its journal entry {key} cannot be used: {why}. Nothing was changed. Look for containers whose names end in .old- or .new- and eight characters (docker ps -a), and rename, start or remove them by hand."
        ));
        self.store_end(&operation, Vec::new()).await;
        self.publish(&operation);
    }

    /// Whether an operation whose id ends so has ended, with nothing left to
    /// recover. Not one whose containers the owner wanted left as they are.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn is_settled(&self, end_of_id: &str) -> Result<bool> {
        if self.running().keys().any(|id| id.ends_with(end_of_id)) {
            return Ok(false);
        }
        let most = usize::try_from(KEEP).unwrap_or(usize::MAX);
        let all = self.inner.store.operations(most)?;
        let Some(operation) = all.iter().find(|one| one.id.ends_with(end_of_id)) else {
            return Ok(false);
        };
        if operation.finished_at.is_none() || operation.error.as_deref() == Some(DISCARDED) {
            return Ok(false);
        }
        let entries = entries_of(&operation.id);
        let journal = self.inner.store.journal()?;
        Ok(!journal.keys().any(|key| key.starts_with(&entries)))
    }

    /// What an earlier run left running was interrupted; its journal holds what
    /// it works on.
    pub(super) fn mark_interrupted(&self) -> Result<()> {
        let store = &self.inner.store;
        let journal = store.journal()?;
        for (key, record) in &journal {
            if let Some(record) = record {
                let reserved = &self.inner.reserved;
                reserved.hold_for_entry(key, &record.title, &record.targets);
            }
        }
        let mut commit = Commit::new();
        let all = store.operations(usize::try_from(KEEP).unwrap_or(usize::MAX))?;
        for mut operation in all
            .into_iter()
            .filter(|operation| !operation.state.is_over())
        {
            let entries = entries_of(&operation.id);
            let open = journal.keys().any(|key| key.starts_with(&entries));
            operation.state = OperationState::Interrupted;
            operation.error = Some("interrupted".to_owned());
            operation.cancellable = false;
            operation.progress = None;
            operation.message = Some(if open {
                "DockerMate was stopped while it ran. It is completed or rolled back as soon as the engine answers.".to_owned()
            } else {
                operation.finished_at = Some(Timestamp::now());
                let known = if operation.results.is_empty() {
                    "whether it was completed is not known."
                } else {
                    "what had been done by then is in its results."
                };
                format!("DockerMate was stopped while it ran; {known}")
            });
            for step in &mut operation.steps {
                if step.state == StepState::Running {
                    step.state = StepState::Failed;
                }
            }
            commit = commit.put_operation(operation, KEEP);
        }
        // A full disk does not keep the appliance from starting.
        if let Err(error) = store.commit_blocking(&commit) {
            tracing::error!(%error, "interrupted operations could not be marked");
        }
        Ok(())
    }
}

fn find<'a>(
    recoveries: &'a [Arc<dyn Recovery>],
    record: &JournalRecord,
) -> std::result::Result<&'a Arc<dyn Recovery>, String> {
    let recovery = recoveries
        .iter()
        .find(|recovery| recovery.kind().name == record.kind)
        .ok_or_else(|| {
            format!(
                "this version does not know entries of the kind {:?}",
                record.kind
            )
        })?;
    if record.version > recovery.kind().version {
        return Err("a newer version of DockerMate wrote it; install that version again to have it recovered".to_owned());
    }
    Ok(recovery)
}
