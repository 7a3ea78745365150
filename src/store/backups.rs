//! Configurations of containers as they were before a change.

use super::{Commit, Store, StoreError};
use crate::model::timestamp::Timestamp;
use serde::{Deserialize, Serialize};

/// How one container was configured at one moment.
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq)]
pub struct BackupRecord {
    /// Sorts by time.
    pub id: String,
    /// The container's name then.
    pub container: String,
    pub at: Timestamp,
    #[serde(default)]
    pub environment: Option<String>,
    /// What was about to be done (`recreate`, `delete`).
    #[serde(default)]
    pub reason: String,
    #[serde(default)]
    pub image: String,
    /// `sha256:…` of the image at that time.
    #[serde(default)]
    pub image_id: String,
    /// The engine's create request that makes it again.
    #[serde(default)]
    pub body: serde_json::Value,
}

impl Store {
    /// Newest first; of one container, or all.
    pub fn backups(&self, container: Option<&str>) -> Result<Vec<BackupRecord>, StoreError> {
        self.read(|txn, tables| {
            let mut found = Vec::new();
            for entry in tables.backups.rev_iter(txn)? {
                let (_, record) = entry?;
                if container.is_none_or(|name| name == record.container) {
                    found.push(record);
                }
            }
            Ok(found)
        })
    }

    pub fn backup_record(&self, id: &str) -> Result<Option<BackupRecord>, StoreError> {
        self.read(|txn, tables| tables.backups.get(txn, id))
    }

    /// Writes one, and drops the oldest of that container beyond `each`.
    pub async fn put_backup(&self, record: BackupRecord, each: usize) -> Result<(), StoreError> {
        self.commit(Commit::new().save_configuration(record, each))
            .await
    }

    pub async fn delete_backup(&self, id: String) -> Result<bool, StoreError> {
        self.write(move |txn, tables| tables.backups.delete(txn, &id))
            .await
    }
}

impl Commit {
    /// Saves a configuration, and drops the oldest of that container beyond `each`.
    pub fn save_configuration(self, record: BackupRecord, each: usize) -> Self {
        self.change(move |txn, tables| {
            tables.backups.put(txn, &record.id, &record)?;
            let mut of_container = Vec::new();
            for entry in tables.backups.rev_iter(txn)? {
                let (key, other) = entry?;
                if other.container == record.container {
                    of_container.push(key.to_owned());
                }
            }
            for old in of_container.into_iter().skip(each) {
                tables.backups.delete(txn, &old)?;
            }
            Ok(())
        })
    }
}
