//! The open database: its map, which grows, and copies of it.

use super::disk::is_disk_full;
use super::reserve::Reserve;
use super::tables::{MAX_TABLES, Tables};
use super::writer::Writer;
use super::{StoreError, UnreadableRecord};
use heed::{CompactionOption, Env, EnvFlags, EnvOpenOptions, MdbError, WithoutTls};
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
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
    pub reserve: Reserve,
    pub most: usize,
    pub(super) path: PathBuf,
    /// Device and inode of the file that is open.
    pub(super) file: (u64, u64),
    /// Released by the kernel however the process ends. Absent beside a running
    /// appliance, which holds it.
    pub(super) _lock: Option<File>,
}

impl Store {
    /// Records that were met and could not be read. They are kept as they are.
    pub fn unreadable(&self) -> Vec<UnreadableRecord> {
        self.inner.tables.unreadable.list()
    }

    /// Reserves space for what must be stored on a full disk, where that was used.
    pub fn keep_reserve(&self) {
        self.inner.reserve.keep();
    }

    /// Bytes that the database file takes on the disk.
    pub fn size_bytes(&self) -> u64 {
        self.inner.env.real_disk_size().unwrap_or(0)
    }

    /// Writes a compacted copy to `target` (a new file), while everything keeps running.
    pub fn backup(&self, target: &Path) -> Result<u64, StoreError> {
        // An appliance beside this process may make it larger meanwhile.
        loop {
            match self.copy_once(target) {
                Err(StoreError::Lmdb(heed::Error::Mdb(MdbError::MapResized))) => {
                    self.inner.adopt()?;
                }
                other => return other,
            }
        }
    }

    fn copy_once(&self, target: &Path) -> Result<u64, StoreError> {
        let failed = |source: io::Error| {
            let path = target.display().to_string();
            match source.kind() {
                io::ErrorKind::AlreadyExists => StoreError::BackupExists { path },
                _ => StoreError::Backup { path, source },
            }
        };
        let _open = self.inner.gate.read();
        let mut file = File::options()
            .create_new(true)
            .write(true)
            .read(true)
            .mode(0o600)
            .open(target)
            .map_err(failed)?;
        let copied = self
            .inner
            .env
            .copy_to_file(&mut file, CompactionOption::Enabled)
            .map_err(|error| {
                if is_disk_full(&error, target) {
                    failed(io::ErrorKind::StorageFull.into())
                } else {
                    error.into()
                }
            })
            .and_then(|()| file.sync_all().map_err(failed))
            .and_then(|()| Ok(file.metadata().map_err(failed)?.len()));
        if copied.is_err() {
            // Half a backup is none, and would be in the way of the next one.
            let _ = std::fs::remove_file(target);
        }
        copied
    }

    pub fn path(&self) -> &Path {
        &self.inner.path
    }

    /// Frees what commands that were killed still hold: what they could have read is
    /// not written again, so the file would grow with each commit.
    pub fn release_readers(&self) {
        if let Err(error) = self.inner.env.clear_stale_readers() {
            tracing::warn!(%error, "readers that are gone could not be cleared");
        }
    }

    /// Whether the file that is open is still the one in its place. What was
    /// deleted is written to all the same, and gone when the program stops.
    pub fn is_in_place(&self) -> bool {
        match identity(&self.inner.path) {
            Ok(found) => found == self.inner.file,
            // What cannot be looked at may be there.
            Err(error) => error.kind() != io::ErrorKind::NotFound,
        }
    }
}

/// Device and inode of the database file in a folder.
pub(super) fn identity(path: &Path) -> io::Result<(u64, u64)> {
    let meta = fs::metadata(path.join("data.mdb"))?;
    Ok((meta.dev(), meta.ino()))
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
            return Err(StoreError::TooLarge);
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
pub(super) fn open_env(
    path: &Path,
    map_size: usize,
    flags: EnvFlags,
) -> Result<Env<WithoutTls>, heed::Error> {
    let mut options = EnvOpenOptions::new().read_txn_without_tls();
    options
        .map_size(map_size)
        .max_dbs(MAX_TABLES)
        .max_readers(256);
    // SAFETY: the folder is ours (mode 0700), so nothing but LMDB writes the
    // file; LMDB's own lock file orders this process and a command beside it.
    // The flags are none, or that nothing is written.
    let lock = path.join("lock.mdb");
    let had_lock = lock.exists();
    let opened = unsafe {
        options.flags(flags);
        options.open(path)
    };
    if !had_lock {
        give_to_owner(&lock, path);
    }
    opened
}

/// A lock file that a command of root has made would keep the service out, which may
/// run as another user: it gets the owner of the database.
fn give_to_owner(lock: &Path, folder: &Path) {
    let owner = |path: &Path| fs::symlink_metadata(path).map(|meta| (meta.uid(), meta.gid()));
    let (Ok(own), Ok((user, group))) = (owner(lock), owner(&folder.join("data.mdb"))) else {
        return;
    };
    if own != (user, group)
        && let Err(error) = std::os::unix::fs::lchown(lock, Some(user), Some(group))
    {
        tracing::debug!(%error, "the owner of the lock file could not be set");
    }
}

/// A multiple of every page size in use (4, 16 and 64 KiB).
const PAGE: usize = 64 * 1024;

/// Rounded up to whole pages.
pub(super) fn whole_pages(bytes: usize) -> usize {
    bytes.div_ceil(PAGE).max(1).saturating_mul(PAGE)
}
