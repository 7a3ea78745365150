//! What was updated, and how it ended.

use super::Updater;
use crate::error::{Error, Result};
use crate::model::operation::OperationState;
use crate::model::update_history::{UpdateHistoryEntry, UpdateOutcome};

/// Entries of one answer.
const MOST: usize = 500;
const RECENT: usize = 30;

impl Updater {
    /// Newest first, of one container by its name or of all.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn history(&self, container: Option<&str>) -> Result<Vec<UpdateHistoryEntry>> {
        self.newest(container, MOST)
    }

    /// The newest of all, such as a page shows at a glance.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn recent(&self) -> Result<Vec<UpdateHistoryEntry>> {
        self.newest(None, RECENT)
    }

    fn newest(&self, container: Option<&str>, most: usize) -> Result<Vec<UpdateHistoryEntry>> {
        let mut all = self.store.update_history(container, most)?;
        for entry in &mut all {
            self.complete(entry);
        }
        Ok(all)
    }

    /// # Errors
    /// When there is no such entry.
    pub(super) fn entry(&self, id: &str) -> Result<UpdateHistoryEntry> {
        let mut entry = self.store.update_history_entry(id)?.ok_or_else(|| {
            Error::not_found(format!("There is no update {id:?} in the history."))
        })?;
        self.complete(&mut entry);
        Ok(entry)
    }

    /// An operation that was discarded, or whose end could not be stored, has left
    /// its entry open.
    fn complete(&self, entry: &mut UpdateHistoryEntry) {
        if entry.outcome != UpdateOutcome::Running {
            return;
        }
        let Ok(operation) = self.operations.get(&entry.operation) else {
            return;
        };
        entry.outcome = match operation.state {
            OperationState::Queued | OperationState::Running | OperationState::Interrupted => {
                return;
            }
            OperationState::Succeeded => UpdateOutcome::Succeeded,
            OperationState::RolledBack => UpdateOutcome::RolledBack,
            OperationState::Failed | OperationState::Cancelled => UpdateOutcome::Failed,
        };
        entry.completed_at = operation.finished_at;
        entry.message = operation.message;
    }
}
