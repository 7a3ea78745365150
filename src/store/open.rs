//! Opening the database: one process at a time, brought up to date.

use super::database::{Inner, identity, open_env, whole_pages};
use super::reserve::Reserve;
use super::sealed::{KEY_FILE, SealKey};
use super::tables::Tables;
use super::writer::Writer;
use super::{Sizes, Store, StoreError, migrate};
use heed::EnvFlags;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, RwLock};

/// Whether keys were there before the database was made.
const KEYS_BEFORE: &str = "keys_before";

/// Whether a data folder holds keys of an installation. A first start makes the
/// database between them; one that was killed at that moment asks for the token.
pub fn has_keys(data_dir: &Path) -> bool {
    [KEY_FILE, "tls/ca.key"]
        .iter()
        .any(|name| data_dir.join(name).exists())
}

impl Store {
    /// Opens `<data_dir>/db`, making it if need be, and brings it up to date.
    pub fn open(data_dir: &Path, sizes: Sizes) -> Result<Self, StoreError> {
        let folder = |source: io::Error| StoreError::Folder {
            path: data_dir.display().to_string(),
            source,
        };
        let path = data_dir.join("db");
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&path)
            .map_err(folder)?;
        let lock = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .open(data_dir.join("lock"))
            .map_err(folder)?;
        match rustix::fs::flock(&lock, rustix::fs::FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(rustix::io::Errno::WOULDBLOCK) => {
                return Err(StoreError::Locked(data_dir.display().to_string()));
            }
            Err(error) => return Err(folder(error.into())),
        }
        let had_keys = has_keys(data_dir);
        let seal = SealKey::read_or_make(data_dir).map_err(folder)?;
        Self::finish(path, Some(lock), sizes, Some(seal), had_keys)
    }

    /// Whether this database is empty because the one that belongs to the keys
    /// beside it is missing: not a first start, although nobody has a password.
    pub fn replaces_a_lost_one(&self) -> Result<bool, StoreError> {
        let is_empty = !self.has_user()?;
        let marked = self.read(|txn, tables| tables.meta.get(txn, KEYS_BEFORE))?;
        Ok(is_empty && marked == Some(true.into()))
    }

    /// Opens the database also while an appliance runs on it, for a command
    /// that reads or changes a record or two. Only what exists; never grows.
    pub fn open_beside(data_dir: &Path, sizes: Sizes) -> Result<Self, StoreError> {
        let path = data_dir.join("db");
        if let Err(source) = fs::metadata(path.join("data.mdb")) {
            return Err(StoreError::Folder {
                path: path.display().to_string(),
                source,
            });
        }
        let beside = Sizes {
            // What the file needs; `finish` takes its length into account.
            initial: sizes.initial.min(16 << 20),
            most: 0,
        };
        let seal = SealKey::read(data_dir).map_err(|source| StoreError::Folder {
            path: data_dir.join(KEY_FILE).display().to_string(),
            source,
        })?;
        Self::finish(path, None, beside, seal, false)
    }

    fn finish(
        path: PathBuf,
        lock: Option<File>,
        sizes: Sizes,
        seal: Option<SealKey>,
        had_keys: bool,
    ) -> Result<Self, StoreError> {
        let alone = lock.is_some();
        let present = fs::metadata(path.join("data.mdb"))
            .map_or(0, |meta| usize::try_from(meta.len()).unwrap_or(usize::MAX));
        let env = open_env(
            &path,
            whole_pages(sizes.initial.max(present)),
            EnvFlags::empty(),
        )?;
        // A process that was killed leaves its reader slots taken.
        env.clear_stale_readers()?;
        let file = identity(&path).map_err(|source| StoreError::Folder {
            path: path.display().to_string(),
            source,
        })?;
        let tables = Tables::create(&env, env.write_txn()?, seal.map(Arc::new))?;
        let store = Self {
            inner: Arc::new(Inner {
                env,
                tables,
                gate: RwLock::new(()),
                writer: Mutex::new(()),
                queue: Writer::start()?,
                reserve: Reserve::beside(&path),
                most: sizes.most,
                path,
                file,
                _lock: lock,
            }),
        };
        if had_keys && migrate::version(&store)?.is_none() {
            store.write_essential_blocking(|txn, tables| {
                tables.meta.put(txn, KEYS_BEFORE, &true.into())
            })?;
        }
        migrate::run(&store, alone)?;
        if alone {
            store.keep_reserve();
        }
        Ok(store)
    }
}

#[cfg(test)]
pub(super) fn scratch(sizes: Sizes) -> (tempfile::TempDir, Store) {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path(), sizes).unwrap();
    (dir, store)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: Sizes = Sizes {
        initial: 256 * 1024,
        most: 64 * 1024 * 1024,
    };

    #[test]
    fn second_instance_on_the_same_data_folder_is_rejected() {
        let (dir, _store) = scratch(SMALL);
        let second = Store::open(dir.path(), SMALL).unwrap_err();
        assert!(matches!(second, StoreError::Locked(_)), "{second}");
    }

    #[test]
    fn database_map_grows_automatically_and_reports_full_at_its_maximum() {
        let (_dir, store) = scratch(Sizes {
            initial: 256 * 1024,
            most: 1024 * 1024,
        });
        let value = serde_json::Value::String("x".repeat(50_000));
        let put =
            |key: String| store.write_blocking(|txn, tables| tables.meta.put(txn, &key, &value));
        let mut written = Vec::new();
        let full = loop {
            let key = format!("filler-{:04}", written.len());
            match put(key.clone()) {
                Ok(()) => written.push(key),
                Err(error) => break error,
            }
            assert!(written.len() < 1000, "never full");
        };
        assert!(matches!(full, StoreError::TooLarge), "{full}");
        assert!(written.len() > 10, "the map did not grow");
        for key in &written {
            let found = store.read(|txn, tables| tables.meta.get(txn, key)).unwrap();
            assert_eq!(found.as_ref(), Some(&value));
        }
    }

    #[test]
    fn database_backup_can_be_opened_and_holds_the_same_data() {
        let (_dir, store) = scratch(SMALL);
        let value = serde_json::json!({"a": 1});
        store
            .write_blocking(|txn, tables| tables.meta.put(txn, "probe", &value))
            .unwrap();
        let copy = tempfile::tempdir().unwrap();
        fs::create_dir(copy.path().join("db")).unwrap();
        let bytes = store.backup(&copy.path().join("db/data.mdb")).unwrap();
        assert!(bytes > 0);
        let again = Store::open(copy.path(), SMALL).unwrap();
        let found = again
            .read(|txn, tables| tables.meta.get(txn, "probe"))
            .unwrap();
        assert_eq!(found, Some(value));
    }
}
