//! Updates that were made or tried, newest last.

use super::{Commit, Store, StoreError};
use crate::model::timestamp::Timestamp;
use crate::model::update_history::{UpdateHistoryEntry, UpdateOutcome};

/// Entries that are remembered.
const KEEP: u64 = 500;

impl Store {
    /// Newest first, of one container by its name or of all.
    pub fn update_history(
        &self,
        container: Option<&str>,
        most: usize,
    ) -> Result<Vec<UpdateHistoryEntry>, StoreError> {
        self.read(|txn, tables| {
            let mut found = Vec::new();
            for entry in tables.update_history.rev_iter(txn)? {
                let (_, entry) = entry?;
                if container.is_none_or(|name| name == entry.container) {
                    found.push(entry);
                }
                if found.len() == most {
                    break;
                }
            }
            Ok(found)
        })
    }

    pub fn update_history_entry(&self, id: &str) -> Result<Option<UpdateHistoryEntry>, StoreError> {
        self.read(|txn, tables| tables.update_history.get(txn, id))
    }
}

impl Commit {
    /// Writes one, and drops the oldest beyond what is remembered: first of those that
    /// changed nothing, which come again and again where a registry refuses a pull.
    pub fn put_update_history(self, entry: UpdateHistoryEntry) -> Self {
        self.change(move |txn, tables| {
            tables.update_history.put(txn, &entry.id, &entry)?;
            let excess = tables.update_history.len(txn)?.saturating_sub(KEEP);
            let excess = usize::try_from(excess).unwrap_or(usize::MAX);
            if excess == 0 {
                return Ok(());
            }
            let mut all = Vec::new();
            for entry in tables.update_history.iter(txn)? {
                let (id, entry) = entry?;
                all.push((entry.outcome != UpdateOutcome::Failed, id));
            }
            all.sort();
            for (_, id) in all.into_iter().take(excess) {
                tables.update_history.delete(txn, &id)?;
            }
            Ok(())
        })
    }

    /// One that ends in this commit says nothing about the new image.
    pub fn interrupted_update_history(self, id: impl Into<String>) -> Self {
        let id = id.into();
        self.change(move |txn, tables| {
            let Some(mut entry) = tables.update_history.get(txn, &id)? else {
                return Ok(());
            };
            entry.interrupted = true;
            tables.update_history.put(txn, &id, &entry)
        })
    }

    /// Containers that were created in place of others, by the ids of the earlier ones
    /// and of the later: the entries of the earlier ones are theirs.
    pub fn follow_in_update_history(self, replaced: Vec<(String, String)>) -> Self {
        self.change(move |txn, tables| {
            let mut moved = Vec::new();
            for entry in tables.update_history.iter(txn)? {
                let (_, mut entry) = entry?;
                let own = entry.container_id.as_ref();
                let found = replaced.iter().find(|(earlier, _)| own == Some(earlier));
                if let Some((_, later)) = found {
                    entry.container_id = Some(later.clone());
                    moved.push(entry);
                }
            }
            for entry in moved {
                tables.update_history.put(txn, &entry.id, &entry)?;
            }
            Ok(())
        })
    }

    /// How one ended. A rollback that succeeded is noted at the entries that it took
    /// back as well.
    pub fn end_update_history(
        self,
        id: impl Into<String>,
        outcome: UpdateOutcome,
        message: impl Into<String>,
    ) -> Self {
        let (id, message, now) = (id.into(), message.into(), Timestamp::now());
        self.change(move |txn, tables| {
            let Some(mut entry) = tables.update_history.get(txn, &id)? else {
                return Ok(());
            };
            entry.outcome = outcome;
            entry.message = Some(message.clone());
            entry.completed_at = Some(now);
            tables.update_history.put(txn, &id, &entry)?;
            if outcome != UpdateOutcome::Succeeded {
                return Ok(());
            }
            for taken_back in entry.rollback_of.into_iter().chain(entry.takes_back) {
                if let Some(mut entry) = tables.update_history.get(txn, &taken_back)? {
                    entry.rolled_back_by = Some(id.clone());
                    tables.update_history.put(txn, &taken_back, &entry)?;
                }
            }
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::Sizes;
    use super::super::open::scratch;
    use super::*;

    fn entry(id: &str, rollback_of: Option<&str>) -> UpdateHistoryEntry {
        UpdateHistoryEntry {
            id: id.to_owned(),
            rollback_of: rollback_of.map(ToOwned::to_owned),
            ..UpdateHistoryEntry::example()
        }
    }

    #[tokio::test]
    async fn failures_are_dropped_before_what_can_be_rolled_back() {
        let (_dir, store) = scratch(Sizes {
            initial: 1 << 20,
            most: 16 << 20,
        });
        let mut commit = Commit::new().put_update_history(entry("0000", None));
        for number in 1..=KEEP {
            let failed = UpdateHistoryEntry {
                outcome: UpdateOutcome::Failed,
                ..entry(&format!("{number:04}"), None)
            };
            commit = commit.put_update_history(failed);
        }
        store.commit(commit).await.unwrap();
        assert!(store.update_history_entry("0000").unwrap().is_some());
        assert!(store.update_history_entry("0001").unwrap().is_none());
        let all = store.update_history(None, usize::MAX).unwrap();
        assert_eq!(all.len() as u64, KEEP);
    }

    #[tokio::test]
    async fn rollback_that_succeeded_is_noted_at_the_updates_that_it_took_back() {
        let (_dir, store) = scratch(Sizes {
            initial: 256 * 1024,
            most: 4 << 20,
        });
        let commit = Commit::new()
            .put_update_history(entry("1", None))
            .put_update_history(entry("1b", None))
            .put_update_history(entry("1c", None))
            .put_update_history(UpdateHistoryEntry {
                takes_back: vec!["1c".to_owned(), "gone".to_owned()],
                ..entry("2", Some("1"))
            })
            .end_update_history("1", UpdateOutcome::Succeeded, "web was updated.")
            .end_update_history("2", UpdateOutcome::RolledBack, "It did not start.");
        store.commit(commit).await.unwrap();
        let by = |id: &str| {
            let known = store.update_history_entry(id).unwrap().unwrap();
            known.rolled_back_by
        };
        assert_eq!((by("1"), by("1c")), (None, None));
        let commit =
            Commit::new().end_update_history("2", UpdateOutcome::Succeeded, "web is as it was.");
        store.commit(commit).await.unwrap();
        let known = store.update_history(Some("web"), 10).unwrap();
        assert_eq!(known[0].message.as_deref(), Some("web is as it was."));
        let own = Some("2".to_owned());
        assert_eq!((by("1"), by("1b"), by("1c")), (own.clone(), None, own));
        assert!(store.update_history(Some("db"), 10).unwrap().is_empty());
    }

    #[tokio::test]
    async fn entries_follow_a_container_that_is_created_again_in_place_of_another() {
        let (_dir, store) = scratch(Sizes {
            initial: 256 * 1024,
            most: 4 << 20,
        });
        let of = |id: &str, container: Option<&str>| UpdateHistoryEntry {
            container_id: container.map(ToOwned::to_owned),
            ..entry(id, None)
        };
        let commit = Commit::new()
            .put_update_history(of("1", Some("a")))
            .put_update_history(of("2", Some("b")))
            .put_update_history(of("3", None))
            .follow_in_update_history(vec![
                ("a".to_owned(), "b".to_owned()),
                ("b".to_owned(), "c".to_owned()),
            ]);
        store.commit(commit).await.unwrap();
        let all = store.update_history(None, 10).unwrap();
        let ids: Vec<_> = all.iter().map(|one| one.container_id.as_deref()).collect();
        assert_eq!(ids, [None, Some("c"), Some("b")]);
    }
}
