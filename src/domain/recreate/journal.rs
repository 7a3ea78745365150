//! What is written before it is done. An entry says who is to be replaced by
//! what; how far that went is read off the engine, so that no crash between a
//! deed and its note can mislead the recovery.

use super::Wanted;
use super::group::Member;
use crate::error::Result;
use crate::model::read;
use crate::model::timestamp::Timestamp;
use crate::store::{JournalRecord, Store};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The kind of our entries in the journal.
pub(super) const KIND: &str = "recreate";

/// The stages, in order. Until [`Phase::Committed`] the way out leads back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// The new ones are made beside the old ones.
    Preparing,
    /// The old ones are stopped.
    Stopping,
    /// Names change hands.
    Swapping,
    /// The new ones start and are watched.
    Proving,
    /// The new ones have proved themselves; the old ones go.
    Committed,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Entry {
    pub id: String,
    pub title: String,
    pub phase: Phase,
    /// The one that was asked for, then its dependents in order.
    pub members: Vec<Member>,
    /// What whoever asked keeps of it once the new ones have proved themselves.
    #[serde(default)]
    pub afterwards: Value,
}

impl Entry {
    pub fn new(id: &str, group: &[Wanted], afterwards: Value) -> Self {
        let members: Vec<_> = group.iter().map(|wanted| Member::new(id, wanted)).collect();
        let title = members
            .first()
            .map_or_else(String::new, |member| format!("Recreate {}", member.name));
        Self {
            id: id.to_owned(),
            title,
            phase: Phase::Preparing,
            members,
            afterwards,
        }
    }

    pub fn read(record: &JournalRecord) -> Option<Self> {
        read::from_value::<Self>(record.entry.clone())
            .ok()
            .filter(|entry| !entry.members.is_empty())
    }
}

/// Committed to disk when it returns.
pub(super) async fn write(store: &Store, entry: &Entry) -> Result<()> {
    let value = serde_json::to_value(entry).map_err(|error| {
        crate::error::Error::internal("The journal could not be written.").source(error)
    })?;
    store
        .put_journal(JournalRecord {
            id: entry.id.clone(),
            kind: KIND.to_owned(),
            title: entry.title.clone(),
            started_at: Timestamp::now(),
            entry: value,
        })
        .await?;
    Ok(())
}

/// Nothing is left to do. An entry that stays by a fault is harmless: what it
/// asks for is found done.
pub(super) async fn forget(store: &Store, id: &str) {
    if let Err(error) = store.delete_journal(id.to_owned()).await {
        tracing::error!(%error, id, "a finished journal entry could not be deleted");
    }
}
