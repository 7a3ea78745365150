//! The one static list of tables.

use super::{
    BackupRecord, ContainerRecord, JournalRecord, SessionRecord, TemplateRecord, UserRecord,
};
use crate::model::environment::Environment;
use crate::model::operation::Operation;
use crate::model::security::SecurityEvent;
use crate::model::settings::Settings;
use heed::byteorder::BigEndian;
use heed::types::{SerdeJson, Str, U64};
use heed::{CommitOrAbort, Database, Env, RwTxn, WithoutTls};

/// Keyed by text, valued by a JSON record.
pub type Table<T> = Database<'static, Str, SerdeJson<T>>;
/// Keyed by a number that grows, so that it reads in order.
pub type Sequence<T> = Database<'static, U64<BigEndian>, SerdeJson<T>>;

/// Section 17 of the design: the tables that have a user.
#[derive(Debug, Clone, Copy)]
pub struct Tables {
    /// Schema version and this installation's id.
    pub meta: Table<serde_json::Value>,
    /// One record, `admin`.
    pub users: Table<UserRecord>,
    /// By SHA-256 of the token, in hexadecimal.
    pub sessions: Table<SessionRecord>,
    /// `host_config` of the design: one record, `settings`.
    pub settings: Table<Settings>,
    /// By code; the four of the design are always there.
    pub environments: Table<Environment>,
    /// By container name, so that a recreate keeps them.
    pub containers: Table<ContainerRecord>,
    /// By id, which sorts by time.
    pub operations: Table<Operation>,
    pub security_events: Sequence<SecurityEvent>,
    /// Unfinished operations, by operation id.
    pub journal: Table<JournalRecord>,
    /// Configurations before a change, by an id that sorts by time.
    pub backups: Table<BackupRecord>,
    /// The user's own templates, by id.
    pub templates: Table<TemplateRecord>,
}

/// How many named databases LMDB must have room for.
pub const MAX_TABLES: u32 = 32;

impl Tables {
    /// Opens every table, making those that are missing, in the given
    /// transaction, which is committed.
    pub fn create<'e>(env: &'e Env<WithoutTls>, wtxn: RwTxn<'e>) -> heed::Result<Self> {
        let opened = env.create_databases_and_commit(wtxn, |open, txn| {
            Ok::<_, heed::Error>(CommitOrAbort::<_, std::convert::Infallible>::Commit((
                open.create_database(txn, Some("meta"))?,
                open.create_database(txn, Some("users"))?,
                open.create_database(txn, Some("sessions"))?,
                open.create_database(txn, Some("settings"))?,
                open.create_database(txn, Some("environments"))?,
                open.create_database(txn, Some("containers"))?,
                open.create_database(txn, Some("operations"))?,
                open.create_database(txn, Some("security_events"))?,
                open.create_database(txn, Some("journal"))?,
                open.create_database(txn, Some("backups"))?,
                open.create_database(txn, Some("templates"))?,
            )))
        })?;
        let CommitOrAbort::Commit((
            meta,
            users,
            sessions,
            settings,
            environments,
            containers,
            operations,
            security_events,
            journal,
            backups,
            templates,
        )) = opened;
        Ok(Self {
            meta,
            users,
            sessions,
            settings,
            environments,
            containers,
            operations,
            security_events,
            journal,
            backups,
            templates,
        })
    }
}
