//! Opening and closing the file: one process at a time, a map that grows.

use super::sealed::{KEY_FILE, SealKey};
use super::tables::{MAX_TABLES, Tables};
use super::txn::is_disk_full;
use super::writer::Writer;
use super::{StoreError, UnreadableRecord, migrate};
use heed::{CompactionOption, Env, EnvOpenOptions, WithoutTls};
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, RwLock};

/// Bytes of address space for the database. The file itself grows as needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sizes {
    pub initial: usize,
    pub most: usize,
}

/// The open database. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Store {
    pub(super) inner: Arc<Inner>,
}

#[derive(Debug)]
pub(super) struct Inner {
    pub env: Env<WithoutTls>,
    pub tables: Tables,
    /// Held for reading by every transaction, for writing while the map grows:
    /// LMDB allows that only when no transaction is open.
    pub gate: RwLock<()>,
    /// One writer at a time: the writer's thread, or a blocking caller.
    pub writer: Mutex<()>,
    pub queue: Writer,
    pub most: usize,
    pub(super) path: PathBuf,
    /// Released by the kernel however the process ends. Absent beside a running
    /// appliance, which holds it.
    _lock: Option<File>,
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
        let seal = SealKey::read_or_make(data_dir).map_err(folder)?;
        Self::finish(path, Some(lock), sizes, Some(seal))
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
        Self::finish(path, None, beside, seal)
    }

    fn finish(
        path: PathBuf,
        lock: Option<File>,
        sizes: Sizes,
        seal: Option<SealKey>,
    ) -> Result<Self, StoreError> {
        let alone = lock.is_some();
        let present = fs::metadata(path.join("data.mdb"))
            .map_or(0, |meta| usize::try_from(meta.len()).unwrap_or(usize::MAX));
        let env = open_env(&path, whole_pages(sizes.initial.max(present)))?;
        // A process that was killed leaves its reader slots taken.
        env.clear_stale_readers()?;
        let tables = Tables::create(&env, env.write_txn()?, seal.map(Arc::new))?;
        let store = Self {
            inner: Arc::new(Inner {
                env,
                tables,
                gate: RwLock::new(()),
                writer: Mutex::new(()),
                queue: Writer::start()?,
                most: sizes.most,
                path,
                _lock: lock,
            }),
        };
        migrate::run(&store, alone)?;
        Ok(store)
    }

    /// Records that were met and could not be read. They are kept as they are.
    pub fn unreadable(&self) -> Vec<UnreadableRecord> {
        self.inner.tables.unreadable.list()
    }

    /// Bytes that the database file takes on the disk.
    pub fn size_bytes(&self) -> u64 {
        self.inner.env.real_disk_size().unwrap_or(0)
    }

    /// Writes a compacted copy to `target` (a new file), while everything keeps running.
    pub fn backup(&self, target: &Path) -> Result<u64, StoreError> {
        let folder = |source: io::Error| StoreError::Folder {
            path: target.display().to_string(),
            source,
        };
        let _open = self.inner.gate.read();
        let mut file = File::options()
            .create_new(true)
            .write(true)
            .read(true)
            .mode(0o600)
            .open(target)
            .map_err(folder)?;
        let copied = self
            .inner
            .env
            .copy_to_file(&mut file, CompactionOption::Enabled)
            .map_err(|error| {
                if is_disk_full(&error, target) {
                    folder(io::ErrorKind::StorageFull.into())
                } else {
                    error.into()
                }
            })
            .and_then(|()| file.sync_all().map_err(folder))
            .and_then(|()| Ok(file.metadata().map_err(folder)?.len()));
        if copied.is_err() {
            // Half a backup is none, and would be in the way of the next one.
            let _ = std::fs::remove_file(target);
        }
        copied
    }

    pub fn path(&self) -> &Path {
        &self.inner.path
    }
}

impl Inner {
    /// Takes over the size that another process gave the map.
    #[expect(
        unsafe_code,
        reason = "LMDB cannot check that no transaction is open; the gate does"
    )]
    pub fn adopt(&self) -> Result<(), StoreError> {
        let _closed = self
            .gate
            .write()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        let length = fs::metadata(self.path.join("data.mdb"))
            .map_or(0, |meta| usize::try_from(meta.len()).unwrap_or(usize::MAX));
        let size = whole_pages(self.env.info().map_size.max(length));
        // SAFETY: as in `grow`: the gate's write lock means that no transaction
        // of this process is open.
        unsafe { self.env.resize(size) }?;
        Ok(())
    }

    /// Doubles the map, up to the limit. The caller holds no transaction.
    #[expect(
        unsafe_code,
        reason = "LMDB cannot check that no transaction is open; the gate does"
    )]
    pub fn grow(&self) -> Result<(), StoreError> {
        let _closed = self
            .gate
            .write()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        let now = self.env.info().map_size;
        let next = whole_pages(now.saturating_mul(2)).min(self.most / PAGE * PAGE);
        if next <= now {
            return Err(StoreError::Full);
        }
        // SAFETY: every transaction in this process is opened under the gate's
        // read lock and ends before it is released; we hold the write lock.
        // A command beside us (`open_beside`) keeps its own, smaller map.
        unsafe { self.env.resize(next) }?;
        tracing::info!(bytes = next, "the database map grew");
        Ok(())
    }
}

#[expect(
    unsafe_code,
    reason = "a memory map is only sound while nothing else changes the file"
)]
fn open_env(path: &Path, map_size: usize) -> Result<Env<WithoutTls>, heed::Error> {
    let mut options = EnvOpenOptions::new().read_txn_without_tls();
    options
        .map_size(map_size)
        .max_dbs(MAX_TABLES)
        .max_readers(256);
    // SAFETY: the folder is ours (mode 0700), so nothing but LMDB writes the
    // file; LMDB's own lock file orders this process and a command beside it.
    unsafe { options.open(path) }
}

/// A multiple of every page size in use (4, 16 and 64 KiB).
const PAGE: usize = 64 * 1024;

/// Rounded up to whole pages.
fn whole_pages(bytes: usize) -> usize {
    bytes.div_ceil(PAGE).max(1).saturating_mul(PAGE)
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
    fn a_second_instance_is_kept_out() {
        let (dir, _store) = scratch(SMALL);
        let second = Store::open(dir.path(), SMALL).unwrap_err();
        assert!(matches!(second, StoreError::Locked(_)), "{second}");
    }

    #[test]
    fn the_map_grows_by_itself_and_says_full_at_the_end() {
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
        assert!(matches!(full, StoreError::Full), "{full}");
        assert!(written.len() > 10, "the map did not grow");
        for key in &written {
            let found = store.read(|txn, tables| tables.meta.get(txn, key)).unwrap();
            assert_eq!(found.as_ref(), Some(&value));
        }
    }

    #[test]
    fn a_backup_opens_and_holds_the_same() {
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
