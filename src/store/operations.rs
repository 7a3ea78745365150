//! Operations that have begun, newest last.

use super::records::JournalRecord;
use super::{Commit, Store, StoreError};
use crate::model::operation::Operation;
use std::collections::BTreeSet;

impl Store {
    /// The newest `most`, newest first.
    pub fn operations(&self, most: usize) -> Result<Vec<Operation>, StoreError> {
        self.read(|txn, tables| {
            tables
                .operations
                .rev_iter(txn)?
                .take(most)
                .map(|entry| entry.map(|(_, operation)| operation))
                .collect()
        })
    }

    pub fn operation(&self, id: &str) -> Result<Option<Operation>, StoreError> {
        self.read(|txn, tables| tables.operations.get(txn, id))
    }

    /// The id that sorts last, of all operations and journal entries.
    pub fn last_operation_id(&self) -> Result<Option<String>, StoreError> {
        self.read(|txn, tables| {
            let entry = tables.journal.last_key(txn)?;
            let entry = entry.map(|key| JournalRecord::operation_of(&key).to_owned());
            Ok(tables.operations.last_key(txn)?.max(entry))
        })
    }
}

impl Commit {
    /// Writes an operation and drops the oldest beyond `keep`, but none that has open
    /// journal entries: they are recovered, or discarded by it.
    pub fn put_operation(self, operation: Operation, keep: u64) -> Self {
        self.change(move |txn, tables| {
            tables.operations.put(txn, &operation.id, &operation)?;
            let excess = tables.operations.len(txn)?.saturating_sub(keep);
            if excess == 0 {
                return Ok(());
            }
            let open: BTreeSet<String> = tables
                .journal
                .keys(txn)?
                .into_iter()
                .map(|key| JournalRecord::operation_of(&key).to_owned())
                .collect();
            let oldest: Vec<String> = tables
                .operations
                .keys(txn)?
                .into_iter()
                .filter(|id| !open.contains(id))
                .take(usize::try_from(excess).unwrap_or(usize::MAX))
                .collect();
            for id in oldest {
                tables.operations.delete(txn, &id)?;
            }
            Ok(())
        })
    }
}
