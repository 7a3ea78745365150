//! Whether the database can be read at all.
//!
//! LMDB trusts its file: one that is cut off or was overwritten ends the process
//! with SIGBUS or SIGSEGV. So everything is read once in a process of its own,
//! by the command `check-database`, before it is used.

use super::database::{open_env, whole_pages};
use super::disk::free_bytes;
use super::{Store, StoreError};
use heed::types::Bytes;
use heed::{CommitOrAbort, EnvFlags};
use std::fs;
use std::io;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, SystemTime};

/// The copy that a job makes, in the database's folder.
const REGULAR: &str = "weekly.mdb";
/// Bytes that must stay free beside a copy.
const SPARE: u64 = 4 << 20;

/// Reads every record; how many there are. In this process: see above.
pub fn read_everything(data_dir: &Path) -> Result<u64, String> {
    let path = data_dir.join("db");
    let length = fs::metadata(path.join("data.mdb"))
        .map_err(|error| error.to_string())?
        .len();
    let size = whole_pages(usize::try_from(length).unwrap_or(usize::MAX));
    let read = || -> heed::Result<u64> {
        let env = open_env(&path, size, EnvFlags::READ_ONLY)?;
        let outcome = env.open_databases_and_commit(env.read_txn()?, |open, txn| {
            let mut records = 0;
            let mut sum = 0_u8;
            // The unnamed one holds the names of the others.
            if let Some(names) = open.open_database::<Bytes, Bytes>(txn, None)? {
                for entry in names.iter(txn)? {
                    let name = String::from_utf8_lossy(entry?.0);
                    let table = open.open_database::<Bytes, Bytes>(txn, Some(&name))?;
                    let Some(table) = table else { continue };
                    for entry in table.iter(txn)? {
                        let (key, value) = entry?;
                        // Touched, so that each page of it is there.
                        sum = key.iter().chain(value).fold(sum, |sum, byte| sum ^ byte);
                        records += 1;
                    }
                }
            }
            std::hint::black_box(sum);
            Ok::<_, heed::Error>(CommitOrAbort::<(), u64>::Abort(records))
        })?;
        match outcome {
            CommitOrAbort::Abort(records) => Ok(records),
            CommitOrAbort::Commit(()) => Ok(0),
        }
    };
    read().map_err(|error| error.to_string())
}

/// Refuses a database that cannot be read, before it is opened.
pub fn require_whole(data_dir: &Path) -> Result<(), StoreError> {
    match damage(data_dir) {
        None => Ok(()),
        Some(why) => Err(StoreError::Damaged {
            path: data_dir.join("db/data.mdb").display().to_string(),
            why,
            way_back: way_back(data_dir),
        }),
    }
}

/// Why the database cannot be read, found by a process of its own. `None` if it
/// can, if there is none yet, or if no process could be started to find out.
fn damage(data_dir: &Path) -> Option<String> {
    let file = data_dir.join("db/data.mdb");
    if fs::metadata(&file).map_or(0, |meta| meta.len()) == 0 {
        return None;
    }
    let output = Command::new("/proc/self/exe")
        .arg("check-database")
        .arg("--data-dir")
        .arg(data_dir)
        .stdin(Stdio::null())
        .output();
    let output = match output {
        Ok(output) => output,
        Err(error) => {
            tracing::warn!(%error, "the database was not checked");
            return None;
        }
    };
    if output.status.success() {
        return None;
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let why = match (output.status.signal(), said.trim().lines().last()) {
        (Some(signal), _) => format!("reading it ends a process with signal {signal}"),
        (None, Some(line)) => line.trim_start_matches("dockermate: ").to_owned(),
        (None, None) => "it cannot be read".to_owned(),
    };
    Some(why)
}

/// The copies of a database that are beside it, the newest first.
fn copies(data_dir: &Path) -> Vec<PathBuf> {
    let folder = data_dir.join("db");
    let mut copies: Vec<(SystemTime, PathBuf)> = [REGULAR, super::migrate::COPY]
        .iter()
        .filter_map(|name| {
            let path = folder.join(name);
            let time = fs::metadata(&path).and_then(|meta| meta.modified()).ok()?;
            Some((time, path))
        })
        .collect();
    copies.sort();
    copies.into_iter().rev().map(|(_, path)| path).collect()
}

/// What to do about a database that is missing or cannot be read.
pub fn way_back(data_dir: &Path) -> String {
    let file = data_dir.join("db/data.mdb");
    match copies(data_dir).first() {
        Some(copy) => format!(
            "The newest copy is {}. To go back to it, stop DockerMate and run: cp -p {} {}",
            copy.display(),
            copy.display(),
            file.display()
        ),
        None => format!(
            "There is no copy beside it. To restore a backup, stop DockerMate and copy it to {}",
            file.display()
        ),
    }
}

impl Store {
    /// Makes the regular copy, unless the last one is younger than `age`. Returns
    /// how many bytes were written.
    pub fn copy_regularly(&self, age: Duration) -> Result<Option<u64>, StoreError> {
        let target = self.path().join(REGULAR);
        // A copy from the future was made with a wrong clock.
        let is_recent = fs::metadata(&target)
            .and_then(|meta| meta.modified())
            .is_ok_and(|at| at.elapsed().is_ok_and(|passed| passed < age));
        if is_recent {
            return Ok(None);
        }
        self.copy_to(&target).map(Some)
    }

    /// Copies the database over an earlier copy, which stays until the new one is
    /// whole, if there is room for it.
    pub(super) fn copy_to(&self, target: &Path) -> Result<u64, StoreError> {
        let name = target.file_name().unwrap_or_default().to_string_lossy();
        let aside = target.with_file_name(format!(".{name}.new"));
        let folder = |source| StoreError::Folder {
            path: aside.display().to_string(),
            source,
        };
        match fs::remove_file(&aside) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(folder(error)),
            _ => {}
        }
        let needed = self.size_bytes().saturating_add(SPARE);
        if let Some(free) = free_bytes(self.path())
            && free < needed
        {
            return Err(StoreError::NoRoomForCopy {
                path: self.path().display().to_string(),
                needed: needed.div_ceil(1_000_000),
                free: free / 1_000_000,
            });
        }
        let bytes = self.backup(&aside)?;
        fs::rename(&aside, target).map_err(folder)?;
        Ok(bytes)
    }
}
