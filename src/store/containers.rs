//! What the user says of a container, kept by its name so that a container
//! that is recreated under the same name keeps it.

use super::records::ContainerRecord;
use super::sealed::KeyedDigest;
use super::tables::Tables;
use super::{Commit, Store, StoreError};
use heed::RwTxn;
use std::collections::HashMap;

/// Commands of containers, which versions before this kept in clear.
pub(super) fn hide_commands(txn: &mut RwTxn<'_>, tables: &Tables) -> heed::Result<()> {
    let found: Vec<_> = tables.containers.iter(txn)?.collect::<heed::Result<_>>()?;
    for (name, mut record) in found {
        let Some(owner) = &mut record.owner else {
            continue;
        };
        let command = std::mem::take(&mut owner.clear_command);
        owner.command_digest = tables.digest.of(&command).unwrap_or_default();
        tables.containers.put(txn, &name, &record)?;
    }
    Ok(())
}

impl Store {
    /// What tells commands of containers apart.
    pub fn command_digest(&self) -> Result<KeyedDigest, StoreError> {
        self.read(|_, tables| Ok(tables.digest.clone()))
    }

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
