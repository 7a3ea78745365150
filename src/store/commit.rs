//! One decision, one commit: changes to several tables that are stored
//! together or not at all.
//!
//! Each resource adds its changes in its own file (`impl Commit`). A commit is
//! applied in the order in which it was put together, so a later change sees
//! the earlier ones. If one of them fails, nothing is stored.

use super::tables::Tables;
use super::{Store, StoreError};
use heed::RwTxn;
use std::fmt;
use std::sync::Arc;

/// May run again when the map had to grow, so it changes nothing but the transaction.
type Change = Box<dyn Fn(&mut RwTxn<'_>, &Tables) -> heed::Result<()> + Send + Sync>;

/// Changes that belong together. Nothing happens until [`Store::commit`].
#[derive(Default)]
#[must_use = "a commit changes nothing until `Store::commit`"]
pub struct Commit {
    changes: Vec<Change>,
    /// A full disk must not prevent it.
    essential: bool,
}

impl Commit {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// Appends what another one changes.
    pub fn and(mut self, mut other: Self) -> Self {
        self.changes.append(&mut other.changes);
        self.essential |= other.essential;
        self
    }

    pub(super) fn change(
        mut self,
        change: impl Fn(&mut RwTxn<'_>, &Tables) -> heed::Result<()> + Send + Sync + 'static,
    ) -> Self {
        self.changes.push(Box::new(change));
        self
    }

    /// Marks it as one that also uses the space that is reserved on a full disk.
    pub fn essential(mut self) -> Self {
        self.essential = true;
        self
    }

    fn apply(&self, txn: &mut RwTxn<'_>, tables: &Tables) -> heed::Result<()> {
        self.changes
            .iter()
            .try_for_each(|change| change(txn, tables))
    }
}

impl fmt::Debug for Commit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Commit")
            .field("changes", &self.changes.len())
            .field("essential", &self.essential)
            .finish()
    }
}

impl Store {
    /// Stores all changes of the commit, or none. On disk when it returns.
    ///
    /// Once it is called the changes are made even if the caller does not wait
    /// for the answer.
    pub async fn commit(&self, commit: Commit) -> Result<(), StoreError> {
        if commit.is_empty() {
            return Ok(());
        }
        let essential = commit.essential;
        let commit = Arc::new(commit);
        let write = move |txn: &mut RwTxn<'_>, tables: &Tables| commit.apply(txn, tables);
        if essential {
            self.write_essential(write).await
        } else {
            self.write(write).await
        }
    }

    /// The same without a runtime, for the command line and the start.
    pub fn commit_blocking(&self, commit: &Commit) -> Result<(), StoreError> {
        if commit.is_empty() {
            return Ok(());
        }
        let write = |txn: &mut RwTxn<'_>, tables: &Tables| commit.apply(txn, tables);
        if commit.essential {
            self.write_essential_blocking(write)
        } else {
            self.write_blocking(write)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::open::scratch;
    use super::super::{ContainerRecord, JournalRecord, Sizes};
    use super::*;
    use crate::model::timestamp::Timestamp;
    use crate::model::update_policy::UpdateRules;

    const SIZES: Sizes = Sizes {
        initial: 256 * 1024,
        most: 1024 * 1024,
    };

    fn journal(id: &str) -> JournalRecord {
        JournalRecord {
            operation: id.to_owned(),
            step: 0,
            kind: "test".to_owned(),
            version: 1,
            title: "Test".to_owned(),
            started_at: Timestamp(1),
            targets: Vec::new(),
            entry: serde_json::Value::Null,
        }
    }

    fn annotation(notes: &str) -> ContainerRecord {
        ContainerRecord {
            environment: None,
            description: String::new(),
            url: String::new(),
            notes: notes.to_owned(),
            tags: Vec::new(),
            updates: UpdateRules::default(),
            updated_at: Timestamp(1),
            owner: None,
        }
    }

    #[tokio::test]
    async fn commit_stores_changes_of_several_tables_together() {
        let (_dir, store) = scratch(SIZES);
        store
            .commit(Commit::new().put_journal(journal("a")))
            .await
            .unwrap();
        let end = Commit::new()
            .end_journal("a/000")
            .put_annotation("web", annotation("kept"))
            .and(Commit::new().delete_annotation("other"));
        store.commit(end).await.unwrap();
        assert!(store.journal().unwrap().is_empty());
        assert_eq!(store.container_records().unwrap()["web"].notes, "kept");
    }

    #[tokio::test]
    async fn commit_stores_nothing_when_one_change_does_not_fit() {
        let (_dir, store) = scratch(SIZES);
        store
            .commit(Commit::new().put_journal(journal("a")))
            .await
            .unwrap();
        let large = JournalRecord {
            entry: serde_json::Value::String("x".repeat(2 * 1024 * 1024)),
            ..journal("b")
        };
        let end = Commit::new()
            .end_journal("a/000")
            .put_annotation("web", annotation("lost"))
            .put_journal(large);
        let error = store.commit(end).await.unwrap_err();
        assert!(matches!(error, StoreError::TooLarge), "{error}");
        assert_eq!(store.journal().unwrap().len(), 1);
        assert!(store.container_records().unwrap().is_empty());
    }
}
