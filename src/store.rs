//! What the appliance remembers: LMDB through heed, typed tables, one writer.
//!
//! Invariants: no transaction crosses an `.await` (reads are closures that
//! return owned values, writes run on a thread of their own); one commit per
//! decision ([`Commit`]); records are JSON with defaults for what an older version lacked,
//! so that a host which updates itself can read yesterday's file.

mod backups;
mod check;
mod commit;
mod containers;
mod database;
mod disk;
mod environments;
mod events;
mod journal;
mod migrate;
mod networks;
mod open;
mod operations;
mod pages;
mod records;
mod registries;
mod reserve;
mod sealed;
mod sessions;
mod settings;
mod table;
mod tables;
mod templates;
mod txn;
mod update_history;
mod updates;
mod users;
mod writer;

pub use check::{CheckError, DAMAGED, read_everything, require_whole, way_back};
pub use commit::Commit;
pub use database::{Sizes, Store};
pub use events::Age;
pub use open::has_keys;
pub use records::{
    BackupRecord, ContainerRecord, JournalRecord, OwnerRecord, PlatformRecord, ProblemRecord,
    RegistryLoginRecord, SessionBinding, SessionRecord, TemplateRecord, UpdateRecord, UserRecord,
};
pub use sealed::{KEY_FILE, KeyedDigest, copy_key, is_private};
pub use table::UnreadableRecord;
pub use updates::ExistingContainers;

use crate::error::{Error, Kind};

#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("another DockerMate already uses {0}. Stop it, or give this one its own --data-dir")]
    Locked(String),
    #[error(
        "the database in {path} was written by a newer version (schema {found}, this program knows {known}). \
         Nothing was changed. Install the newer version again, or restore a backup"
    )]
    TooNew {
        path: String,
        found: u64,
        known: u64,
    },
    #[error(
        "the database was written by an older version. Start this one once (dockermate serve), then try again"
    )]
    TooOld,
    #[error(
        "the copy that is kept of the database in {path} before an upgrade and every week needs {needed} MB, \
         and {free} MB are free. Nothing was changed. Free some space and start again"
    )]
    NoRoomForCopy {
        path: String,
        needed: u64,
        free: u64,
    },
    #[error("{path} exists already. Choose another name: a backup replaces no file")]
    BackupExists { path: String },
    #[error("the backup {path} could not be written: {source}")]
    Backup {
        path: String,
        source: std::io::Error,
    },
    #[error("the data folder {path} cannot be used: {source}")]
    Folder {
        path: String,
        source: std::io::Error,
    },
    #[error("the database {path} is damaged: {why}. Nothing was changed. {way_back}")]
    Damaged {
        path: String,
        why: String,
        way_back: String,
    },
    #[error("the database {path} could not be checked: {why}. Nothing was changed")]
    NotChecked { path: String, why: String },
    #[error("the database has reached its largest size. No saved data is lost")]
    TooLarge,
    #[error("the disk with the database is full. No saved data is lost")]
    Full,
    #[error(
        "the database {0} was deleted or replaced while DockerMate uses it, so nothing more can be saved"
    )]
    Gone(String),
    #[error("database error: {0}")]
    Lmdb(#[from] heed::Error),
    #[error("the thread that writes the database could not be started: {0}")]
    Writer(std::io::Error),
    #[error("the writer stopped")]
    Stopped,
}

impl StoreError {
    /// Nothing can be written now, and all that was written can be read.
    pub fn is_unwritable(&self) -> bool {
        matches!(self, Self::Full | Self::Gone(_))
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Full => Self::new(
                Kind::StorageFull,
                "The disk with DockerMate's data is full, so this was not saved. Earlier data is not affected. Free some space and try again.",
            )
            .code("storage_full"),
            StoreError::TooLarge => Self::new(
                Kind::StorageFull,
                "DockerMate's database has reached its largest size, so this was not saved. Earlier data is not affected. Delete saved configurations or templates and try again.",
            )
            .code("storage_full"),
            StoreError::Gone(path) => Self::new(
                Kind::StorageFull,
                format!(
                    "The database {path} was deleted or replaced while DockerMate is running, so this was not saved. \
                     Put the folder back or restore a copy, then restart DockerMate."
                ),
            )
            .code("storage_gone"),
            other => Self::internal("DockerMate could not read or write its database. See its log for details; `dockermate doctor` checks the disk.")
                .code("storage")
                .source(other),
        }
    }
}
