//! The journal: what an operation is about to do that must be finished or put
//! back if the program is ended in the middle. Written before it is done,
//! deleted when nothing is left to do.

use super::{Commit, Store, StoreError};
use crate::model::timestamp::Timestamp;
use serde::{Deserialize, Serialize};

/// An unfinished operation. What `entry` holds is its room's own affair.
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq)]
pub struct JournalRecord {
    /// The operation's id.
    pub id: String,
    /// Which room wrote it (`recreate`).
    pub kind: String,
    pub title: String,
    pub started_at: Timestamp,
    #[serde(default)]
    pub entry: serde_json::Value,
}

impl Store {
    /// Everything unfinished, oldest first.
    pub fn journal(&self) -> Result<Vec<JournalRecord>, StoreError> {
        self.read(|txn, tables| {
            tables
                .journal
                .iter(txn)?
                .map(|entry| entry.map(|(_, record)| record))
                .collect()
        })
    }

    pub async fn put_journal(&self, record: JournalRecord) -> Result<(), StoreError> {
        self.commit(Commit::new().put_journal(record)).await
    }

    pub async fn delete_journal(&self, id: String) -> Result<(), StoreError> {
        self.commit(Commit::new().end_journal(id)).await
    }
}

impl Commit {
    pub fn put_journal(self, record: JournalRecord) -> Self {
        self.change(move |txn, tables| tables.journal.put(txn, &record.id, &record))
    }

    /// Nothing is left to do for this entry.
    pub fn end_journal(self, key: impl Into<String>) -> Self {
        let key = key.into();
        self.change(move |txn, tables| tables.journal.delete(txn, &key).map(drop))
    }
}
