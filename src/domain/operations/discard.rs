//! Discarding what was interrupted and cannot be recovered: its journal entries
//! are deleted, and what they hold is no longer reserved. Containers stay as
//! they are.

use super::finish::{Ending, PendingCommit};
use super::journal::entries_of;
use super::{DISCARDED, Operations, Reservation};
use crate::error::{Error, Result};
use crate::model::operation::{Operation, OperationState, Target};
use crate::model::plan::Plan;
use crate::model::timestamp::Timestamp;

/// The open entries of an operation.
struct OpenEntries {
    operation: Operation,
    keys: Vec<String>,
    targets: Vec<Target>,
}

impl Operations {
    /// What [`Operations::discard`] would do.
    ///
    /// # Errors
    /// As [`Operations::discard`].
    pub fn plan_discard(&self, id: &str) -> Result<Plan> {
        let OpenEntries {
            operation, targets, ..
        } = self.open_entries(id)?;
        let named = |target: &Target| format!("the {} {}", target.kind.as_str(), target.name);
        let mut steps = vec![
            "Delete the journal of this operation. DockerMate does not complete it or roll it back any more.".to_owned(),
        ];
        if !targets.is_empty() {
            let names: Vec<String> = targets.iter().map(named).collect();
            steps.push(format!(
                "Allow other operations on {} again.",
                names.join(", ")
            ));
        }
        Ok(Plan {
            title: format!("Discard: {}", operation.title),
            steps,
            warnings: vec![
                "What the operation had stopped or renamed stays so. Look for containers whose names end in .old- or .new- and eight characters, and rename, start or remove them yourself.".to_owned(),
            ],
            keeps: vec!["Every container, image, network and volume as it is now.".to_owned()],
            ..Plan::default()
        })
    }

    /// Gives up the recovery of an interrupted operation.
    ///
    /// # Errors
    /// Not found; a conflict when nothing of it is left to recover, or while it
    /// is running or being recovered.
    pub async fn discard(&self, id: &str) -> Result<Operation> {
        let found = self.open_entries(id)?;
        // Not while it is being recovered.
        let _reserved: Reservation = self
            .inner
            .reserved
            .take(&found.targets, Some(&entries_of(id)))?;
        // It may have ended meanwhile.
        let OpenEntries {
            mut operation,
            keys,
            ..
        } = self.open_entries(id)?;
        operation.state = OperationState::Failed;
        operation.error = Some(DISCARDED.to_owned());
        operation.finished_at = Some(Timestamp::now());
        operation.message = Some(format!(
            "{} was interrupted, and its recovery was discarded. Its containers were left as they were.",
            operation.title
        ));
        let endings = keys.into_iter().map(|key| Ending {
            key,
            pending: PendingCommit::none(),
        });
        if !self.store_end(&operation, endings.collect()).await {
            return Err(Error::internal(
                "The journal could not be changed. Check the free space of the data folder, then try again.",
            ));
        }
        tracing::warn!(
            id,
            title = operation.title,
            "the recovery of an operation was discarded"
        );
        self.publish(&operation);
        Ok(operation)
    }

    fn open_entries(&self, id: &str) -> Result<OpenEntries> {
        let operation = self.get(id)?;
        if self.is_running(id) {
            return Err(Error::conflict(
                "The operation is running. Cancel it instead, or wait until it has ended.",
            )
            .code("operation_running"));
        }
        let prefix = entries_of(id);
        let mut keys = Vec::new();
        let mut targets = Vec::new();
        for (key, record) in self.inner.store.journal()? {
            if key.starts_with(&prefix) {
                keys.push(key);
                targets.extend(record.into_iter().flat_map(|record| record.targets));
            }
        }
        if keys.is_empty() {
            return Err(Error::conflict(
                "Nothing of this operation is left to recover, so there is nothing to discard.",
            )
            .code("nothing_to_discard"));
        }
        targets.sort();
        targets.dedup();
        Ok(OpenEntries {
            operation,
            keys,
            targets,
        })
    }
}
