//! Whether the database can be read at all.
//!
//! LMDB trusts its file: one that is cut off or was overwritten ends the process
//! with SIGBUS or SIGSEGV. So everything is read once in a process of its own,
//! by the command `check-database`, before it is used: also what LMDB would read only
//! when it writes.
//!
//! Only what that process says of the database counts as damage. When it could not
//! find out, nobody is told to go back to a copy.

use super::database::{open_env, whole_pages};
use super::disk::free_bytes;
use super::{Store, StoreError, pages};
use heed::types::Bytes;
use heed::{CommitOrAbort, CompactionOption, Env, EnvFlags, WithoutTls};
use rustix::process::Signal;
use std::fs::{self, File};
use std::io;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, SystemTime};

/// The copy that a job makes, in the database's folder.
const REGULAR: &str = "weekly.mdb";
/// Bytes that must stay free beside a copy.
const SPARE: u64 = 4 << 20;

/// The exit code of `check-database` for a database that is damaged (`EX_DATAERR` of
/// sysexits.h).
pub const DAMAGED: u8 = 65;
/// It doubles each time.
const MOST_GROWTHS: usize = 20;

/// Why not everything was read.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    #[error("{0}")]
    Damaged(String),
    /// The database may be whole.
    #[error("{0}")]
    Failed(String),
    /// An appliance beside us has made it larger than it was when it was opened.
    #[error("it grew while it was read")]
    Grown,
}

impl From<heed::Error> for CheckError {
    fn from(error: heed::Error) -> Self {
        match &error {
            heed::Error::Io(io) => Self::from_io(io),
            heed::Error::Mdb(heed::MdbError::MapResized) => Self::Grown,
            heed::Error::Mdb(heed::MdbError::ReadersFull) => Self::Failed(error.to_string()),
            _ => Self::Damaged(error.to_string()),
        }
    }
}

impl CheckError {
    fn from_io(error: &io::Error) -> Self {
        use io::ErrorKind::{
            Interrupted, NotFound, OutOfMemory, PermissionDenied, QuotaExceeded,
            ReadOnlyFilesystem, ResourceBusy, StorageFull,
        };
        // Too many files are open, here or on the whole machine.
        let lacks_files = matches!(error.raw_os_error(), Some(23 | 24));
        match error.kind() {
            Interrupted | NotFound | OutOfMemory | PermissionDenied | QuotaExceeded
            | ReadOnlyFilesystem | ResourceBusy | StorageFull => Self::Failed(error.to_string()),
            _ if lacks_files => Self::Failed(error.to_string()),
            _ => Self::Damaged(error.to_string()),
        }
    }
}

/// Reads every record and every page; how many records there are. In this process: see
/// above.
pub fn read_everything(data_dir: &Path) -> Result<u64, CheckError> {
    for _ in 0..MOST_GROWTHS {
        match read_once(data_dir) {
            Err(CheckError::Grown) => {}
            read => return read,
        }
    }
    read_once(data_dir)
}

fn read_once(data_dir: &Path) -> Result<u64, CheckError> {
    let path = data_dir.join("db");
    let file = File::open(path.join("data.mdb")).map_err(|error| CheckError::from_io(&error))?;
    let length = file
        .metadata()
        .map_err(|error| CheckError::from_io(&error))?
        .len();
    let size = whole_pages(usize::try_from(length).unwrap_or(usize::MAX));
    let env = open_env(&path, size, EnvFlags::READ_ONLY).map_err(|error| {
        // It maps as many pages as the file claims to have, which may be any number.
        let is_memory =
            matches!(&error, heed::Error::Io(io) if io.kind() == io::ErrorKind::OutOfMemory);
        if is_memory && let Err(why) = pages::check(&file) {
            return CheckError::Damaged(why);
        }
        error.into()
    })?;
    {
        // While it is open, an appliance beside us writes none of the pages it may read.
        let _reading = env.read_txn()?;
        pages::check(&file).map_err(CheckError::Damaged)?;
    }
    let records = read_records(&env)?;
    // A compact copy follows each page of every tree and counts them, and the free ones.
    let mut nowhere = File::options()
        .write(true)
        .open("/dev/null")
        .map_err(|error| CheckError::from_io(&error))?;
    env.copy_to_file(&mut nowhere, CompactionOption::Enabled)?;
    Ok(records)
}

fn read_records(env: &Env<WithoutTls>) -> heed::Result<u64> {
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
}

/// Refuses a database that cannot be read, before it is opened.
pub fn require_whole(data_dir: &Path) -> Result<(), StoreError> {
    let path = data_dir.join("db/data.mdb").display().to_string();
    match check_apart(data_dir) {
        Ok(()) => Ok(()),
        Err(CheckError::Damaged(why)) => Err(StoreError::Damaged {
            path,
            why,
            way_back: way_back(data_dir),
        }),
        Err(error) => Err(StoreError::NotChecked {
            path,
            why: error.to_string(),
        }),
    }
}

/// Reads the database in a process of its own. Nothing is wrong if there is none yet,
/// or if no process could be started to find out.
fn check_apart(data_dir: &Path) -> Result<(), CheckError> {
    let file = data_dir.join("db/data.mdb");
    if fs::metadata(&file).map_or(0, |meta| meta.len()) == 0 {
        return Ok(());
    }
    // With its folder as an operand it reads no configuration, which could differ from
    // that of this process.
    let output = Command::new("/proc/self/exe")
        .arg("check-database")
        .arg(data_dir)
        .stdin(Stdio::null())
        .output();
    match output {
        Ok(output) => verdict(output.status, &String::from_utf8_lossy(&output.stderr)),
        Err(error) => {
            tracing::warn!(%error, "the database was not checked");
            Ok(())
        }
    }
}

/// What the end of the process that read the database, and its last line, say of it.
fn verdict(status: ExitStatus, said: &str) -> Result<(), CheckError> {
    if status.success() {
        return Ok(());
    }
    let line = said.trim().lines().last().unwrap_or_default();
    let line = line.trim_start_matches("dockermate: ");
    let signal = status.signal();
    let is_damaged = status.code() == Some(i32::from(DAMAGED));
    let [abort, bus, segv, kill] =
        [Signal::ABORT, Signal::BUS, Signal::SEGV, Signal::KILL].map(Signal::as_raw);
    Err(match signal {
        // LMDB stops itself where a page contradicts what refers to it; so does a
        // program that gets no memory.
        Some(number) if number == abort && line.starts_with("memory allocation of") => {
            CheckError::Failed(format!("{line}; the check needs more memory"))
        }
        Some(number) if [abort, bus, segv].contains(&number) => CheckError::Damaged(format!(
            "reading it ends a process with signal {number}"
        )),
        Some(number) if number == kill => CheckError::Failed(
            "the check was killed (signal 9), mostly because the machine has too little free memory; \
             free some, or raise the limit of its container or service, and start again"
                .to_owned(),
        ),
        _ if is_damaged && line.is_empty() => CheckError::Damaged("it cannot be read".to_owned()),
        _ if is_damaged => CheckError::Damaged(line.to_owned()),
        _ if line.is_empty() => CheckError::Failed(format!("the check ended with {status}")),
        _ => CheckError::Failed(line.to_owned()),
    })
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{Sizes, Store};
    use std::os::unix::fs::{MetadataExt as _, chown};

    #[test]
    fn lock_file_that_a_command_makes_belongs_to_the_owner_of_the_database() {
        let dir = tempfile::tempdir().unwrap();
        let sizes = Sizes {
            initial: 256 * 1024,
            most: 1024 * 1024,
        };
        drop(Store::open(dir.path(), sizes).unwrap());
        let file = |name: &str| dir.path().join("db").join(name);
        fs::remove_file(file("lock.mdb")).unwrap();
        let nobody = Some(65_534);
        // Only root can give a file away, as only root's commands make the fault.
        let given = chown(file("data.mdb"), nobody, nobody).is_ok();
        read_everything(dir.path()).unwrap();
        let owner = |name: &str| fs::metadata(file(name)).unwrap().uid();
        assert_eq!(owner("lock.mdb"), owner("data.mdb"));
        assert_eq!(owner("lock.mdb") == 65_534, given);
    }

    #[test]
    fn only_its_own_exit_code_and_signals_of_a_broken_file_count_as_damage() {
        let is_damage = |status: i32, said: &str| match verdict(ExitStatus::from_raw(status), said)
        {
            Ok(()) => None,
            Err(CheckError::Damaged(_)) => Some(true),
            Err(CheckError::Failed(_) | CheckError::Grown) => Some(false),
        };
        let code = |code: i32| code << 8;
        let (abort, kill, bus, segv, term) = (6, 9, 7, 11, 15);
        assert_eq!(is_damage(code(0), ""), None);
        assert_eq!(
            is_damage(code(i32::from(DAMAGED)), "dockermate: bad"),
            Some(true)
        );
        for signal in [bus, segv, abort] {
            assert_eq!(is_damage(signal, ""), Some(true), "{signal}");
        }
        for failed in [code(1), code(64), code(69), code(101), kill, term] {
            assert_eq!(is_damage(failed, "dockermate: no"), Some(false), "{failed}");
        }
        let said = "memory allocation of 8 bytes failed";
        assert_eq!(is_damage(abort, said), Some(false));
        let told = verdict(ExitStatus::from_raw(kill), "")
            .unwrap_err()
            .to_string();
        assert!(told.contains("memory"), "{told}");
    }
}
