//! What the user says of a container, kept by its name so that a container
//! that is recreated under the same name keeps it.

use super::records::ContainerRecord;
use super::{Commit, Store, StoreError};
use std::collections::HashMap;

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
