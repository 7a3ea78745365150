//! What the user says of a container, kept by its name so that a container
//! that is recreated under the same name keeps it.

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
    /// The container that it belongs to; `None` for the next one of this name.
    #[serde(default)]
    pub owner: Option<OwnerRecord>,
}

/// The container that an annotation belongs to, and what its replacement is
/// known by.
#[derive(Debug, Clone, Default, Serialize, Deserialize, PartialEq, Eq)]
#[serde(default)]
pub struct OwnerRecord {
    /// Full ids. Two while one container replaces another, none once it is gone.
    pub ids: Vec<String>,
    /// The reference it was created with, and the image that this was then.
    pub image: String,
    pub image_id: String,
    pub command: String,
    /// Of Docker Compose.
    pub project: Option<String>,
    pub service: Option<String>,
    /// When it was seen to be gone, or to have another name.
    pub removed_at: Option<Timestamp>,
}

impl Store {
    pub fn container_records(&self) -> Result<HashMap<String, ContainerRecord>, StoreError> {
        self.read(|txn, tables| {
            tables
                .containers
                .iter(txn)?
                .map(|entry| entry.map(|(key, record)| (key.clone(), record)))
                .collect()
        })
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
}
