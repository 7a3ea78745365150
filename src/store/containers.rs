//! What the user says of a container, kept by its name so that a container
//! that is made anew under the same name keeps it.

use super::{Commit, Store, StoreError};
use crate::model::timestamp::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

#[derive(Debug, Clone, Serialize, Deserialize, PartialEq, Eq)]
pub struct ContainerRecord {
    /// `None`: the label or the host decides.
    #[serde(default)]
    pub environment: Option<String>,
    #[serde(default)]
    pub description: String,
    #[serde(default)]
    pub notes: String,
    #[serde(default)]
    pub tags: Vec<String>,
    pub updated_at: Timestamp,
}

impl Store {
    pub fn container_records(&self) -> Result<HashMap<String, ContainerRecord>, StoreError> {
        self.read(|txn, tables| {
            tables
                .containers
                .iter(txn)?
                .map(|entry| entry.map(|(key, record)| (key.to_owned(), record)))
                .collect()
        })
    }

    pub async fn put_container_record(
        &self,
        name: String,
        record: ContainerRecord,
    ) -> Result<(), StoreError> {
        self.commit(Commit::new().put_annotation(name, record))
            .await
    }

    /// The record goes with its container to a new name.
    pub async fn move_container_record(&self, from: String, to: String) -> Result<(), StoreError> {
        self.commit(Commit::new().move_annotation(from, to)).await
    }

    /// After `docker rename`: the record is copied to the new name, unless that
    /// has one of its own. The old name keeps it too, because whoever replaces a
    /// container renames it aside first and gives its name to the next.
    pub async fn rename_container_record(
        &self,
        from: String,
        to: String,
    ) -> Result<(), StoreError> {
        self.write(move |txn, tables| {
            if let Some(record) = tables.containers.get(txn, &from)?
                && tables.containers.get(txn, &to)?.is_none()
            {
                tables.containers.put(txn, &to, &record)?;
            }
            Ok(())
        })
        .await
    }
}

/// What the user says of a container, by the container's name.
impl Commit {
    pub fn put_annotation(self, name: impl Into<String>, record: ContainerRecord) -> Self {
        let name = name.into();
        self.change(move |txn, tables| tables.containers.put(txn, &name, &record))
    }

    pub fn delete_annotation(self, name: impl Into<String>) -> Self {
        let name = name.into();
        self.change(move |txn, tables| tables.containers.delete(txn, &name).map(drop))
    }

    /// The annotation goes with its container to a new name. Without one,
    /// whatever the new name had stays.
    pub fn move_annotation(self, from: impl Into<String>, to: impl Into<String>) -> Self {
        let (from, to) = (from.into(), to.into());
        self.change(move |txn, tables| {
            if let Some(record) = tables.containers.get(txn, &from)? {
                tables.containers.put(txn, &to, &record)?;
                tables.containers.delete(txn, &from)?;
            }
            Ok(())
        })
    }
}
