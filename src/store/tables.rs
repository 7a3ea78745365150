//! The one static list of tables.

use super::records::{
    BackupRecord, ContainerRecord, JournalRecord, RegistryLoginRecord, SessionRecord,
    TemplateRecord, UpdateRecord, UserRecord,
};
use super::sealed::{KeyedDigest, SealKey};
use super::table::{Form, Sequence, Table, UnreadableRecords};
use crate::model::environment::Environment;
use crate::model::network_record::NetworkRecord;
use crate::model::operation::Operation;
use crate::model::security::SecurityEvent;
use crate::model::settings::Settings;
use crate::model::update_history::UpdateHistoryEntry;
use heed::types::Bytes;
use heed::{CommitOrAbort, Env, RwTxn, WithoutTls};
use std::sync::Arc;

#[derive(Debug)]
pub struct Tables {
    /// Schema version and this installation's id.
    pub meta: Table<serde_json::Value>,
    /// One record, `admin`.
    pub users: Table<UserRecord>,
    /// By SHA-256 of the token, in hexadecimal.
    pub sessions: Table<SessionRecord>,
    /// One record, `settings`.
    pub settings: Table<Settings>,
    /// By code; the built-in ones are always there.
    pub environments: Table<Environment>,
    /// By container name, so that a recreate keeps them.
    pub containers: Table<ContainerRecord>,
    /// By id, which sorts by time.
    pub operations: Table<Operation>,
    pub security_events: Sequence<SecurityEvent>,
    /// Unfinished operations. Sealed: they hold the variables of containers.
    pub journal: Table<JournalRecord>,
    /// Saved configurations, by an id that sorts in the order in which they
    /// were saved. Sealed, as the journal.
    pub backups: Table<BackupRecord>,
    /// The user's own templates, by id. Sealed: they may keep passwords.
    pub templates: Table<TemplateRecord>,
    /// What registries said last, by canonical reference.
    pub updates: Table<UpdateRecord>,
    /// Updates that were made or tried, by an id that sorts by time.
    pub update_history: Table<UpdateHistoryEntry>,
    /// By network name, so that one that is recreated keeps it.
    pub networks: Table<NetworkRecord>,
    /// Logins that were entered here, by registry. Sealed.
    pub registry_logins: Table<RegistryLoginRecord>,
    /// What was met and could not be read.
    pub(super) unreadable: Arc<UnreadableRecords>,
    pub(super) digest: KeyedDigest,
}

/// How many named databases LMDB must have room for.
pub const MAX_TABLES: u32 = 32;

impl Tables {
    /// Opens every table, making those that are missing, in the given
    /// transaction, which is committed. `seal` is for the sealed ones.
    pub fn create<'e>(
        env: &'e Env<WithoutTls>,
        wtxn: RwTxn<'e>,
        seal: Option<Arc<SealKey>>,
    ) -> heed::Result<Self> {
        let opened = env.create_databases_and_commit(wtxn, |open, txn| {
            let mut table = |name| open.create_database::<Bytes, Bytes>(txn, Some(name));
            Ok::<_, heed::Error>(CommitOrAbort::<_, std::convert::Infallible>::Commit((
                table("meta")?,
                table("users")?,
                table("sessions")?,
                table("settings")?,
                table("environments")?,
                table("containers")?,
                table("operations")?,
                table("security_events")?,
                table("templates")?,
                // A tuple of heed's has at most twelve.
                (
                    table("updates")?,
                    table("update_history")?,
                    table("networks")?,
                ),
                // The sealed ones.
                (
                    table("journal")?,
                    table("backups")?,
                    table("registry_logins")?,
                ),
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
            templates,
            (updates, update_history, networks),
            (journal, backups, registry_logins),
        )) = opened;
        let noted = Arc::<UnreadableRecords>::default();
        let clear = || (Form::Clear, Arc::clone(&noted));
        let sealed = || (Form::Sealed(seal.clone()), Arc::clone(&noted));
        Ok(Self {
            meta: Table::new(meta, "meta", clear()),
            users: Table::new(users, "users", clear()),
            sessions: Table::new(sessions, "sessions", clear()),
            settings: Table::new(settings, "settings", clear()),
            environments: Table::new(environments, "environments", clear()),
            containers: Table::new(containers, "containers", clear()),
            operations: Table::new(operations, "operations", clear()),
            security_events: Sequence::new(Table::new(security_events, "security_events", clear())),
            journal: Table::new(journal, "journal", sealed()),
            backups: Table::new(backups, "backups", sealed()),
            templates: Table::new(templates, "templates", sealed()),
            updates: Table::new(updates, "updates", clear()),
            update_history: Table::new(update_history, "update_history", clear()),
            networks: Table::new(networks, "networks", clear()),
            registry_logins: Table::new(registry_logins, "registry_logins", sealed()),
            unreadable: noted,
            digest: seal.map_or_else(KeyedDigest::default, |seal| seal.digest.clone()),
        })
    }
}
