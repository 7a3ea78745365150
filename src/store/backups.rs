//! Configurations of containers as they were before a change.

use super::records::BackupRecord;
use super::tables::Tables;
use super::{Store, StoreError};
use crate::model::sequence;
use heed::RwTxn;

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

    /// Writes one, and drops the oldest of that container beyond `each`. Gives the
    /// id that it has: one that a clock which went back would have put earlier is
    /// moved behind the last one, so that the newest is never the first to go.
    pub async fn put_backup(
        &self,
        record: BackupRecord,
        each: usize,
    ) -> Result<String, StoreError> {
        self.write(move |txn, tables| save(txn, tables, &record, each))
            .await
    }

    pub async fn delete_backup(&self, id: String) -> Result<bool, StoreError> {
        self.write(move |txn, tables| tables.backups.delete(txn, &id))
            .await
    }
}

fn save(
    txn: &mut RwTxn<'_>,
    tables: &Tables,
    record: &BackupRecord,
    each: usize,
) -> heed::Result<String> {
    let last = tables.backups.last_key(txn)?;
    let id = sequence::after(last.as_deref(), &record.id);
    let record = BackupRecord {
        id: id.clone(),
        ..record.clone()
    };
    tables.backups.put(txn, &id, &record)?;
    let mut of_container = Vec::new();
    for entry in tables.backups.rev_iter(txn)? {
        let (key, other) = entry?;
        if other.container == record.container {
            of_container.push(key);
        }
    }
    for old in of_container.into_iter().skip(each) {
        tables.backups.delete(txn, &old)?;
    }
    Ok(id)
}

#[cfg(test)]
mod tests {
    use super::super::Sizes;
    use super::super::open::scratch;
    use super::*;
    use crate::model::timestamp::Timestamp;

    #[tokio::test]
    async fn newest_configuration_is_kept_when_the_clock_goes_back() {
        let (_dir, store) = scratch(Sizes {
            initial: 256 * 1024,
            most: 1024 * 1024,
        });
        // The last two are saved after the clock went back to 1970.
        for (at, reason) in [
            (1_800_000_000_000, "1"),
            (1_800_000_000_001, "2"),
            (7, "3"),
            (9, "4"),
        ] {
            let record = BackupRecord {
                id: format!("{at:012x}0000000a"),
                container: "web".to_owned(),
                at: Timestamp(at),
                environment: None,
                reason: reason.to_owned(),
                image: String::new(),
                image_id: String::new(),
                body: serde_json::Value::Null,
                container_id: String::new(),
                partners: std::collections::BTreeMap::new(),
            };
            store.put_backup(record, 2).await.unwrap();
        }
        let kept: Vec<_> = store.backups(Some("web")).unwrap();
        let reasons: Vec<&str> = kept.iter().map(|record| &*record.reason).collect();
        assert_eq!(reasons, ["4", "3"]);
        let again = store.backup_record(&kept[0].id).unwrap().unwrap();
        assert_eq!(again.reason, "4");
    }
}
