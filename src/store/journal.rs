//! The journal: what an operation is about to do that must be completed or
//! rolled back if the program is ended in the middle. Written before it is done,
//! deleted in the commit that stores how the operation ended.

use super::records::JournalRecord;
use super::{Commit, Store, StoreError};
use crate::model::operation::Target;
use std::collections::BTreeMap;

impl Store {
    /// Every entry by its key, oldest first; `None` for one that cannot be read.
    pub fn journal(&self) -> Result<BTreeMap<String, Option<JournalRecord>>, StoreError> {
        self.read(|txn, tables| {
            tables
                .journal
                .keys(txn)?
                .into_iter()
                .map(|key| {
                    let record = tables.journal.find(txn, &key)?;
                    Ok((key, record))
                })
                .collect()
        })
    }

    /// The entry as it is now; `None` when it has ended or cannot be read.
    pub fn journal_entry(&self, key: &str) -> Result<Option<JournalRecord>, StoreError> {
        self.read(|txn, tables| tables.journal.find(txn, key))
    }
}

impl Commit {
    pub fn put_journal(self, record: JournalRecord) -> Self {
        self.change(move |txn, tables| tables.journal.put(txn, &record.key(), &record))
    }

    /// Nothing is left to do for this entry.
    pub fn end_journal(self, key: impl Into<String>) -> Self {
        let key = key.into();
        self.change(move |txn, tables| tables.journal.delete(txn, &key).map(drop))
            .essential()
    }
}

/// Entries that a version without steps and targets has written: a key that is
/// the operation's id alone. What they work on is in what they hold.
pub(super) fn add_steps(
    txn: &mut heed::RwTxn<'_>,
    tables: &super::tables::Tables,
) -> heed::Result<()> {
    for old in tables.journal.keys(txn)? {
        if old.contains('/') {
            continue;
        }
        // One that cannot be read stays, and is told.
        let Some(mut record) = tables.journal.find(txn, &old)? else {
            continue;
        };
        let member = |member: &serde_json::Value| {
            member
                .get("name")
                .and_then(|name| name.as_str())
                .map(Target::container)
        };
        let members = record
            .entry
            .get("members")
            .and_then(|members| members.as_array());
        record.targets = match members {
            Some(members) => members.iter().filter_map(member).collect(),
            None => member(&record.entry).into_iter().collect(),
        };
        tables.journal.put(txn, &record.key(), &record)?;
        tables.journal.delete(txn, &old)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::Sizes;
    use super::super::open::scratch;
    use super::*;
    use crate::model::timestamp::Timestamp;
    use serde_json::json;

    const SIZES: Sizes = Sizes {
        initial: 256 * 1024,
        most: 1024 * 1024,
    };

    #[test]
    fn journal_upgrade_adds_key_and_targets_to_entries_without_steps() {
        let (_dir, store) = scratch(SIZES);
        let old = json!({
            "id": "0190aa", "kind": "recreate", "title": "Recreate web", "started_at": "2026-01-01T00:00:00Z",
            "entry": {"members": [{"name": "web"}, {"name": "inside"}]},
        });
        let record: JournalRecord = serde_json::from_value(old).unwrap();
        let creation = JournalRecord {
            operation: "0190bb".to_owned(),
            kind: "create".to_owned(),
            entry: json!({"name": "db"}),
            ..record.clone()
        };
        store
            .write_blocking(|txn, tables| {
                tables.journal.put(txn, "0190aa", &record)?;
                tables.journal.put(txn, "0190bb", &creation)?;
                add_steps(txn, tables)
            })
            .unwrap();
        let journal = store.journal().unwrap();
        let keys: Vec<_> = journal.keys().map(String::as_str).collect();
        assert_eq!(keys, ["0190aa/000", "0190bb/000"]);
        let entry = journal["0190aa/000"].as_ref().unwrap();
        assert_eq!(entry.targets, Target::containers(["web", "inside"]));
        assert_eq!((entry.version, entry.operation.as_str()), (1, "0190aa"));
        let entry = journal["0190bb/000"].as_ref().unwrap();
        assert_eq!(entry.targets, Target::containers(["db"]));
    }

    #[tokio::test]
    async fn ending_one_journal_entry_leaves_the_other_of_the_same_operation() {
        let (_dir, store) = scratch(SIZES);
        let entry = |step| JournalRecord {
            operation: "0190aa".to_owned(),
            step,
            kind: "test".to_owned(),
            version: 1,
            title: "Test".to_owned(),
            started_at: Timestamp(1),
            targets: Vec::new(),
            entry: json!(step),
        };
        let both = Commit::new().put_journal(entry(0)).put_journal(entry(1));
        store.commit(both).await.unwrap();
        store
            .commit(Commit::new().end_journal(entry(0).key()))
            .await
            .unwrap();
        assert_eq!(store.journal_entry("0190aa/000").unwrap(), None);
        assert_eq!(store.journal_entry("0190aa/001").unwrap(), Some(entry(1)));
    }
}
