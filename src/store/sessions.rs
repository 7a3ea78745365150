//! Sessions, by the hash of their token.

use super::records::SessionRecord;
use super::users::ADMIN;
use super::{Store, StoreError};
use crate::model::timestamp::Timestamp;

impl Store {
    pub fn session(&self, token_hash: &str) -> Result<Option<SessionRecord>, StoreError> {
        self.read(|txn, tables| tables.sessions.find(txn, token_hash))
    }

    /// Every session with the hash of its token.
    pub fn sessions(&self) -> Result<Vec<(String, SessionRecord)>, StoreError> {
        self.read(|txn, tables| {
            tables
                .sessions
                .iter(txn)?
                .map(|entry| entry.map(|(key, record)| (key.clone(), record)))
                .collect()
        })
    }

    /// Adds a session in place of `previous`; beyond `most`, those end that have run out, then those
    /// that nobody asked to be remembered, each used longest ago first. `false`, and
    /// nothing written, if the password is no longer that of `seen`, the user's
    /// `updated_at` when it was checked: a change of it ends what it opened.
    pub async fn add_session(
        &self,
        seen: Timestamp,
        token_hash: String,
        record: SessionRecord,
        previous: Option<String>,
        most: usize,
    ) -> Result<bool, StoreError> {
        self.write_essential(move |txn, tables| {
            let user = tables.users.get(txn, ADMIN)?;
            if user.is_none_or(|user| user.updated_at != seen) {
                return Ok(false);
            }
            if let Some(previous) = &previous {
                tables.sessions.delete(txn, previous)?;
            }
            let now = record.created_at;
            let mut all: Vec<_> = tables
                .sessions
                .iter(txn)?
                .map(|entry| {
                    entry.map(|(key, found)| {
                        let live = found.expires_at > now;
                        let order = (live, live && found.remember, found.last_accessed);
                        (order, key.clone())
                    })
                })
                .collect::<heed::Result<_>>()?;
            all.sort();
            let over = (all.len() + 1).saturating_sub(most);
            for (_, key) in all.iter().take(over) {
                tables.sessions.delete(txn, key)?;
            }
            tables.sessions.put(txn, &token_hash, &record)?;
            Ok(true)
        })
        .await
    }

    /// Notes that a session was used. Nothing comes back to life by it.
    pub async fn touch_session(&self, token_hash: String, at: Timestamp) -> Result<(), StoreError> {
        self.write(move |txn, tables| {
            if let Some(mut record) = tables.sessions.find(txn, &token_hash)? {
                record.last_accessed = at;
                tables.sessions.put(txn, &token_hash, &record)?;
            }
            Ok(())
        })
        .await
    }

    /// Moves the sessions along with a wall clock that was set that were begun
    /// when it could not be right, which is before `floor`.
    pub async fn shift_sessions(&self, by_ms: i64, floor: Timestamp) -> Result<(), StoreError> {
        self.write(move |txn, tables| {
            let all: Vec<(String, SessionRecord)> = tables
                .sessions
                .iter(txn)?
                .map(|entry| entry.map(|(key, record)| (key.clone(), record)))
                .collect::<heed::Result<_>>()?;
            let wrong = all
                .into_iter()
                .filter(|(_, record)| record.created_at < floor);
            for (key, mut record) in wrong {
                record.created_at.0 = record.created_at.0.saturating_add(by_ms);
                record.expires_at.0 = record.expires_at.0.saturating_add(by_ms);
                record.last_accessed.0 = record.last_accessed.0.saturating_add(by_ms);
                tables.sessions.put(txn, &key, &record)?;
            }
            Ok(())
        })
        .await
    }

    /// Ends a session. `false` if there was none.
    pub async fn remove_session(&self, token_hash: String) -> Result<bool, StoreError> {
        self.write_essential(move |txn, tables| tables.sessions.delete(txn, &token_hash))
            .await
    }
}
