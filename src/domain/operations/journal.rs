//! Writing the journal: an entry says what an operation is about to do, before
//! it is done. While the entry is open nobody else may work on its targets.

use super::Operations;
use crate::error::{Error, Result};
use crate::model::operation::Target;
use crate::model::read;
use crate::model::timestamp::Timestamp;
use crate::store::{Commit, JournalRecord};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::collections::HashSet;

/// What an entry is about, and the shape of what it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EntryKind {
    pub name: &'static str,
    /// Raised when an older program must not read what is written now.
    pub version: u32,
}

/// What the keys of an operation's entries begin with.
pub(super) fn entries_of(operation: &str) -> String {
    format!("{operation}/")
}

impl Operations {
    /// Every text that the open entries of the journal hold, such as the ids and
    /// names of images that a rollback needs.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn journalled(&self) -> Result<HashSet<String>> {
        self.texts(|_| true)
    }

    /// The same of all operations but one.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn journalled_by_others(&self, operation: &str) -> Result<HashSet<String>> {
        self.texts(|record| record.operation != operation)
    }

    fn texts(&self, of: impl Fn(&JournalRecord) -> bool) -> Result<HashSet<String>> {
        let mut texts = HashSet::new();
        let records = self.inner.store.journal()?.into_values().flatten();
        for record in records.filter(of) {
            collect(record.entry, &mut texts);
        }
        Ok(texts)
    }
}

fn collect(value: Value, texts: &mut HashSet<String>) {
    match value {
        Value::String(text) => {
            texts.insert(text);
        }
        Value::Array(list) => list.into_iter().for_each(|one| collect(one, texts)),
        Value::Object(map) => map.into_values().for_each(|one| collect(one, texts)),
        _ => {}
    }
}

/// An open entry of the journal.
#[derive(Debug)]
pub struct JournalEntry {
    operations: Operations,
    record: JournalRecord,
    written: bool,
}

impl JournalEntry {
    /// Nothing is stored until [`JournalEntry::write`].
    pub(super) fn new(
        operations: Operations,
        operation: &str,
        step: u32,
        kind: EntryKind,
        title: String,
        targets: Vec<Target>,
    ) -> Self {
        Self {
            operations,
            record: JournalRecord {
                operation: operation.to_owned(),
                step,
                kind: kind.name.to_owned(),
                version: kind.version,
                title,
                started_at: Timestamp::now(),
                targets,
                entry: Value::Null,
            },
            written: false,
        }
    }

    /// One that an earlier run of the program has written.
    pub(super) fn found(operations: Operations, record: JournalRecord) -> Self {
        Self {
            operations,
            record,
            written: true,
        }
    }

    pub fn key(&self) -> String {
        self.record.key()
    }

    /// The operation's id.
    pub fn operation(&self) -> &str {
        &self.record.operation
    }

    pub fn started_at(&self) -> Timestamp {
        self.record.started_at
    }

    /// What was written last.
    ///
    /// # Errors
    /// When it has another shape.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T> {
        read::from_value(self.record.entry.clone())
            .map_err(|fault| Error::internal(format!("The journal entry cannot be read: {fault}")))
    }

    /// Stores what it holds; it is on disk when this returns. With the first
    /// write the operation is stored as running, and its targets are reserved
    /// until the entry has ended.
    ///
    /// # Errors
    /// When it could not be stored. Then nothing may be done yet.
    pub async fn write(&mut self, content: &impl Serialize) -> Result<()> {
        self.write_with(content, Commit::new()).await
    }

    /// The same in one commit with something else.
    ///
    /// # Errors
    /// As [`JournalEntry::write`].
    pub async fn write_with(&mut self, content: &impl Serialize, with: Commit) -> Result<()> {
        self.record.entry = serde_json::to_value(content)
            .map_err(|error| Error::internal("The journal could not be written.").source(error))?;
        let operations = &self.operations;
        let mut commit = with.put_journal(self.record.clone());
        if !self.written {
            commit = commit.and(
                operations
                    .store_running(&self.record.operation)
                    .unwrap_or_default(),
            );
        }
        operations.inner.store.commit(commit).await?;
        if !self.written {
            self.written = true;
            let reserved = &operations.inner.reserved;
            reserved.hold_for_entry(&self.key(), &self.record.title, &self.record.targets);
        }
        Ok(())
    }
}
