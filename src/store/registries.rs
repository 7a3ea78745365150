//! Logins at registries that were entered here, by the name of the registry.

use super::records::RegistryLoginRecord;
use super::{Store, StoreError};

impl Store {
    /// Those that can be read, by registry.
    pub fn registry_logins(&self) -> Result<Vec<(String, RegistryLoginRecord)>, StoreError> {
        self.read(|txn, tables| tables.registry_logins.iter(txn)?.collect())
    }

    /// `None` also for one that cannot be read, which is noted.
    pub fn registry_login(
        &self,
        registry: &str,
    ) -> Result<Option<RegistryLoginRecord>, StoreError> {
        self.read(|txn, tables| tables.registry_logins.find(txn, registry))
    }

    /// Whether there is one, readable or not.
    pub fn has_registry_login(&self, registry: &str) -> Result<bool, StoreError> {
        self.read(|txn, tables| tables.registry_logins.contains(txn, registry))
    }

    /// Writes one, unless that makes more than `most`: then `false`, and nothing is
    /// written.
    pub async fn put_registry_login(
        &self,
        registry: String,
        record: RegistryLoginRecord,
        most: u64,
    ) -> Result<bool, StoreError> {
        self.write(move |txn, tables| {
            let logins = &tables.registry_logins;
            if !logins.contains(txn, &registry)? && logins.len(txn)? >= most {
                return Ok(false);
            }
            logins.put(txn, &registry, &record)?;
            Ok(true)
        })
        .await
    }

    /// Whether there was one.
    pub async fn delete_registry_login(&self, registry: String) -> Result<bool, StoreError> {
        self.write(move |txn, tables| tables.registry_logins.delete(txn, &registry))
            .await
    }
}

#[cfg(test)]
mod tests {
    use super::super::Sizes;
    use super::super::open::scratch;
    use super::*;
    use crate::model::timestamp::Timestamp;

    fn record(secret: &str) -> RegistryLoginRecord {
        RegistryLoginRecord {
            username: "me".to_owned(),
            secret: secret.to_owned(),
            updated_at: Timestamp(7),
        }
    }

    #[tokio::test]
    async fn registry_login_is_sealed_in_the_database_and_in_its_copy() {
        let (dir, store) = scratch(Sizes {
            initial: 256 * 1024,
            most: 1024 * 1024,
        });
        let put = |registry: &str, secret: &str, most| {
            store.put_registry_login(registry.to_owned(), record(secret), most)
        };
        assert!(put("ghcr.io", "hunter2-first", 2).await.unwrap());
        assert!(put("nas:5000", "hunter2-nas", 2).await.unwrap());
        assert!(!put("quay.io", "hunter2-third", 2).await.unwrap());
        assert!(put("ghcr.io", "hunter2-second", 2).await.unwrap());
        let found = store.registry_login("ghcr.io").unwrap().unwrap();
        assert_eq!(found, record("hunter2-second"));
        assert_eq!(store.registry_logins().unwrap().len(), 2);
        assert!(store.registry_login("quay.io").unwrap().is_none());
        let copy = dir.path().join("copy.mdb");
        store.backup(&copy).unwrap();
        for path in [dir.path().join("db/data.mdb"), copy] {
            let bytes = std::fs::read(&path).unwrap();
            assert!(!bytes.windows(7).any(|part| part == b"hunter2"), "{path:?}");
        }
        assert!(
            store
                .delete_registry_login("ghcr.io".to_owned())
                .await
                .unwrap()
        );
        assert!(
            !store
                .delete_registry_login("ghcr.io".to_owned())
                .await
                .unwrap()
        );
        assert!(!store.has_registry_login("ghcr.io").unwrap());
        assert!(store.has_registry_login("nas:5000").unwrap());
    }
}
