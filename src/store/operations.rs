//! Operations that have begun, newest last.

use super::{Commit, Store, StoreError};
use crate::model::operation::Operation;

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
            let entry = entry.map(|key| key.split('/').next().unwrap_or_default().to_owned());
            Ok(tables.operations.last_key(txn)?.max(entry))
        })
    }
}

impl Commit {
    /// Writes an operation and drops the oldest beyond `keep`.
    pub fn put_operation(self, operation: Operation, keep: u64) -> Self {
        self.change(move |txn, tables| {
            tables.operations.put(txn, &operation.id, &operation)?;
            while tables.operations.len(txn)? > keep {
                let Some(oldest) = tables.operations.first_key(txn)? else {
                    break;
                };
                tables.operations.delete(txn, &oldest)?;
            }
            Ok(())
        })
    }
}
