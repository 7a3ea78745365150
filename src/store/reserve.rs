//! Space that is kept for what must be stored on a full disk: sessions, the
//! password and the end of an operation. Without them the owner could not come
//! and clean up.
//!
//! It is a file beside the database, because not every file system can reserve
//! space otherwise. It is emptied when such a commit finds the disk full; while it
//! is empty, nothing else is written to a disk that has no more than it left. It
//! is filled again when there is room.

use super::disk::free_bytes;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

/// Several hundred commits of a session.
const BYTES: usize = 1 << 20;
/// So much must be free for it to be made.
const ROOM: u64 = 4 * BYTES as u64;

#[derive(Debug)]
pub(super) struct Reserve {
    file: PathBuf,
}

impl Reserve {
    pub fn beside(database: &Path) -> Self {
        Self {
            file: database.join("reserve"),
        }
    }

    /// Makes it, unless it is there or there is no room for it.
    pub fn keep(&self) {
        if self.is_full() || self.free() < ROOM {
            return;
        }
        let was_used = self.length().is_some();
        if let Err(error) = self.make() {
            tracing::debug!(%error, "no space could be reserved on the disk");
            let emptied = File::options().write(true).truncate(true).open(&self.file);
            if emptied.is_err() || !was_used {
                let _ = fs::remove_file(&self.file);
            }
        }
    }

    fn make(&self) -> io::Result<()> {
        // Random, because some file systems store zeros in no space at all.
        let mut bytes = vec![0; BYTES];
        getrandom::fill(&mut bytes).map_err(io::Error::other)?;
        let mut file = File::options()
            .create(true)
            .truncate(true)
            .write(true)
            .mode(0o600)
            .open(&self.file)?;
        file.write_all(&bytes)?;
        file.sync_all()
    }

    /// Frees the space. `false` if there was none.
    pub fn release(&self) -> bool {
        if !self.is_full() {
            return false;
        }
        let emptied = File::options()
            .write(true)
            .open(&self.file)
            .and_then(|file| file.set_len(0));
        if emptied.is_ok() {
            tracing::warn!("the disk is full: the space that was reserved for sessions is used");
        }
        emptied.is_ok()
    }

    /// Whether what may be lost must not be written: the little that is free
    /// is what the reserve left.
    pub fn is_in_use(&self) -> bool {
        // One that was never made is not in use.
        self.length() == Some(0) && self.free() < BYTES as u64
    }

    fn is_full(&self) -> bool {
        self.length() == Some(BYTES as u64)
    }

    fn length(&self) -> Option<u64> {
        fs::metadata(&self.file).ok().map(|meta| meta.len())
    }

    fn free(&self) -> u64 {
        free_bytes(&self.file.with_file_name(".")).unwrap_or(u64::MAX)
    }
}
