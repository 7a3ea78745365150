//! What registries said last of the images of containers, so that a restart knows
//! it. Written only where it differs from before.

use super::records::UpdateRecord;
use super::{Commit, Store, StoreError};
use crate::model::hex;
use crate::model::timestamp::Timestamp;
use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// When all were looked up last; in the table `meta`.
const CHECKED_AT: &str = "updates_checked_at";
/// The containers that were there before, of the one engine that older versions knew;
/// in the table `meta`. Followed by the engine, those of each.
const EXISTING: &str = "existing_containers";
/// Their ids; in `meta` too. The oldest versions have noted the names alone.
const EXISTING_IDS: &str = "existing_container_ids";
/// What is being looked up, and at how many starts it was found here; in `meta` too.
const UNDER_WAY: &str = "updates_under_way";

/// The containers that were there before DockerMate.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct ExistingContainers {
    pub names: HashSet<String>,
    /// The ids that they had last.
    #[serde(default)]
    pub ids: HashSet<String>,
}

/// An engine is told by the path of its data, too, which may be longer than a key.
fn key_of(engine: &str) -> String {
    let digest = Sha256::digest(engine.as_bytes());
    format!("{EXISTING} {}", hex::encode(&digest))
}

impl Store {
    /// By canonical reference.
    pub fn update_records(&self) -> Result<HashMap<String, UpdateRecord>, StoreError> {
        self.read(|txn, tables| {
            tables
                .updates
                .iter(txn)?
                .map(|entry| entry.map(|(key, record)| (key.clone(), record)))
                .collect()
        })
    }

    /// The containers that were there when updates were looked for first on this engine.
    pub fn existing_containers(
        &self,
        engine: &str,
    ) -> Result<Option<ExistingContainers>, StoreError> {
        let key = key_of(engine);
        let found = self.read(|txn, tables| tables.meta.get(txn, &key))?;
        Ok(found.and_then(|value| serde_json::from_value(value).ok()))
    }

    /// Those of an engine whose name was not noted: older versions knew one alone.
    pub fn existing_containers_of_any(&self) -> Result<Option<ExistingContainers>, StoreError> {
        let (names, ids) = self.read(|txn, tables| {
            let names = tables.meta.get(txn, EXISTING)?;
            Ok((names, tables.meta.get(txn, EXISTING_IDS)?))
        })?;
        let of = |value: Option<Value>| -> Option<HashSet<String>> {
            value.and_then(|value| serde_json::from_value(value).ok())
        };
        Ok(of(names).map(|names| ExistingContainers {
            names,
            ids: of(ids).unwrap_or_default(),
        }))
    }

    pub fn updates_checked_at(&self) -> Result<Option<Timestamp>, StoreError> {
        let found = self.read(|txn, tables| tables.meta.get(txn, CHECKED_AT))?;
        Ok(found.and_then(|value| value.as_i64()).map(Timestamp))
    }

    /// What was being looked up when the program ended, by canonical reference, with how
    /// often it has ended so.
    pub fn updates_under_way(&self) -> Result<BTreeMap<String, u32>, StoreError> {
        let found = self.read(|txn, tables| tables.meta.get(txn, UNDER_WAY))?;
        Ok(found
            .and_then(|value| serde_json::from_value(value).ok())
            .unwrap_or_default())
    }
}

impl Commit {
    pub fn note_existing_containers(self, engine: &str, existing: &ExistingContainers) -> Self {
        let key = key_of(engine);
        let sorted = |texts: &HashSet<String>| texts.iter().cloned().collect::<BTreeSet<_>>();
        let value = serde_json::json!({
            "names": sorted(&existing.names), "ids": sorted(&existing.ids),
        });
        self.change(move |txn, tables| tables.meta.put(txn, &key, &value))
    }

    pub fn put_update(self, reference: impl Into<String>, record: UpdateRecord) -> Self {
        let reference = reference.into();
        self.change(move |txn, tables| tables.updates.put(txn, &reference, &record))
    }

    pub fn delete_update(self, reference: impl Into<String>) -> Self {
        let reference = reference.into();
        self.change(move |txn, tables| tables.updates.delete(txn, &reference).map(drop))
    }

    pub fn updates_under_way(self, all: &BTreeMap<String, u32>) -> Self {
        let all = serde_json::json!(all);
        self.change(move |txn, tables| tables.meta.put(txn, UNDER_WAY, &all))
    }

    pub fn updates_checked(self, at: Timestamp) -> Self {
        self.change(move |txn, tables| tables.meta.put(txn, CHECKED_AT, &Value::from(at.0)))
    }
}

#[cfg(test)]
mod tests {
    use super::super::open::scratch;
    use super::super::{PlatformRecord, Sizes};
    use super::*;

    #[tokio::test]
    async fn update_records_are_kept_by_reference_with_the_time_of_the_check() {
        let (_dir, store) = scratch(Sizes {
            initial: 256 * 1024,
            most: 1024 * 1024,
        });
        assert_eq!(store.updates_checked_at().unwrap(), None);
        let record = UpdateRecord {
            digest: Some("sha256:1".to_owned()),
            platforms: vec![PlatformRecord {
                platform: "linux/amd64".to_owned(),
                ..PlatformRecord::default()
            }],
            ..UpdateRecord::default()
        };
        assert_eq!(store.existing_containers("one").unwrap(), None);
        assert_eq!(store.existing_containers_of_any().unwrap(), None);
        let of = |text: &str| HashSet::from([text.to_owned()]);
        let existing = ExistingContainers {
            names: of("web"),
            ids: of("0a"),
        };
        let commit = Commit::new()
            .put_update("docker.io/library/a:1", record.clone())
            .put_update("docker.io/library/b:1", record.clone())
            .delete_update("docker.io/library/b:1")
            .updates_under_way(&BTreeMap::from([("docker.io/library/c:1".to_owned(), 2)]))
            .note_existing_containers("one", &existing)
            .change(|txn, tables| tables.meta.put(txn, EXISTING, &serde_json::json!(["old"])))
            .updates_checked(Timestamp(5));
        store.commit(commit).await.unwrap();
        let all = store.update_records().unwrap();
        assert_eq!(all.len(), 1);
        assert_eq!(all["docker.io/library/a:1"], record);
        let found = |engine: &str| store.existing_containers(engine).unwrap();
        assert_eq!((found("one"), found("two")), (Some(existing), None));
        let older = store.existing_containers_of_any().unwrap().unwrap();
        assert_eq!((older.names, older.ids), (of("old"), HashSet::new()));
        assert_eq!(store.updates_checked_at().unwrap(), Some(Timestamp(5)));
        assert_eq!(
            store.updates_under_way().unwrap()["docker.io/library/c:1"],
            2
        );
    }
}
