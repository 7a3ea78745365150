//! What the journal holds of restarts whose dependents follow: the owners whose
//! restart was asked for or about to be, each with those that use it.

use crate::domain::operations::EntryKind;
use crate::model::timestamp::Timestamp;
use serde::{Deserialize, Serialize};

pub(super) const KIND: EntryKind = EntryKind {
    name: "restart_dependents",
    version: 1,
};

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Content {
    /// The engine that they are on, if that is known.
    pub engine: Option<String>,
    /// Whether it was one of many that the operation was about.
    pub is_bulk: bool,
    /// Those whose restart was asked for, or was about to be.
    pub owners: Vec<Owner>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Owner {
    pub id: String,
    pub name: String,
    /// When it had been started, in the engine's words.
    pub started_at: String,
    /// Until then the engine may still be restarting it.
    pub due: Timestamp,
    /// Those that use it, in order.
    pub users: Vec<User>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct User {
    pub id: String,
    pub name: String,
    pub started_at: String,
}
