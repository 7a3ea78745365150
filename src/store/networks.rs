//! What DockerMate knows of networks, by their names.

use super::{Commit, Store, StoreError};
use crate::model::network_record::NetworkRecord;
use std::collections::HashMap;

impl Store {
    /// The 40 bits of this installation's own IPv6 networks (RFC 4193, 3.2.1).
    pub fn ipv6_prefix(&self) -> Result<[u8; 5], StoreError> {
        let id = super::migrate::installation(self)?;
        let mut prefix = [0_u8; 5];
        for (byte, at) in prefix.iter_mut().zip((0..).step_by(2)) {
            let digits = id.get(at..at + 2).unwrap_or("0");
            *byte = u8::from_str_radix(digits, 16).unwrap_or(0);
        }
        Ok(prefix)
    }

    pub fn network_records(&self) -> Result<HashMap<String, NetworkRecord>, StoreError> {
        self.read(|txn, tables| {
            tables
                .networks
                .iter(txn)?
                .map(|entry| entry.map(|(name, record)| (name.clone(), record)))
                .collect()
        })
    }

    pub fn network_record(&self, name: &str) -> Result<NetworkRecord, StoreError> {
        let found = self.read(|txn, tables| tables.networks.get(txn, name))?;
        Ok(found.unwrap_or_default())
    }
}

impl Commit {
    /// One that says nothing is deleted.
    pub fn put_network(self, name: impl Into<String>, record: NetworkRecord) -> Self {
        let name = name.into();
        self.change(move |txn, tables| {
            if record.is_empty() {
                return tables.networks.delete(txn, &name).map(drop);
            }
            tables.networks.put(txn, &name, &record)
        })
    }
}
