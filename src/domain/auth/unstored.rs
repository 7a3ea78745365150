//! What a full disk, or one whose database is gone, cannot keep: sessions that begin and sessions that end.
//! Who comes to clean up must be let in, and a session that was ended must stay
//! so. It lasts until this program stops, or until there is room.

use super::Auth;
use super::sessions::Session;
use crate::error::Result;
use crate::model::timestamp::Timestamp;
use crate::store::SessionRecord;
use std::collections::VecDeque;
use std::sync::{MutexGuard, PoisonError};

/// Of each. Beyond, the oldest is forgotten.
const MOST: usize = 64;

#[derive(Debug, Default)]
pub(super) struct Unstored {
    begun: VecDeque<Begun>,
    /// Keys of sessions that the disk still has.
    ended: VecDeque<String>,
}

#[derive(Debug)]
struct Begun {
    key: String,
    record: SessionRecord,
    /// The user's `updated_at` when the password was checked: a change of it,
    /// also by the command line, ends the session.
    seen: Timestamp,
}

impl Unstored {
    pub fn begin(&mut self, key: String, record: SessionRecord, seen: Timestamp) {
        if self.begun.len() >= MOST {
            self.begun.pop_front();
        }
        self.begun.push_back(Begun { key, record, seen });
    }

    /// Ends a session that only memory knows. `false` if it does not.
    fn end(&mut self, key: &str) -> bool {
        let before = self.begun.len();
        self.begun.retain(|begun| begun.key != key);
        self.begun.len() < before
    }

    fn note_end(&mut self, key: String) {
        if self.ended.len() >= MOST {
            self.ended.pop_front();
        }
        self.ended.push_back(key);
    }

    /// As the store does it.
    pub fn shift(&mut self, by_ms: i64, floor: Timestamp) {
        for Begun { record, .. } in &mut self.begun {
            if record.created_at < floor {
                for at in [
                    &mut record.created_at,
                    &mut record.expires_at,
                    &mut record.last_accessed,
                ] {
                    at.0 = at.0.saturating_add(by_ms);
                }
            }
        }
    }
}

impl Auth {
    pub(super) fn unstored(&self) -> MutexGuard<'_, Unstored> {
        self.unstored.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn record(&self, key: &str) -> Result<Option<SessionRecord>> {
        if let Some(record) = self.store.session(key)? {
            let ended = self.unstored().ended.iter().any(|ended| ended == key);
            return Ok((!ended).then_some(record));
        }
        let found = {
            let unstored = self.unstored();
            let found = unstored.begun.iter().find(|begun| begun.key == key);
            found.map(|begun| (begun.record.clone(), begun.seen))
        };
        let Some((record, seen)) = found else {
            return Ok(None);
        };
        let now = self.store.user()?.map(|user| user.updated_at);
        Ok((now == Some(seen)).then_some(record))
    }

    pub(super) fn records(&self) -> Result<Vec<(String, SessionRecord)>> {
        let now = self.store.user()?.map(|user| user.updated_at);
        let mut records = self.store.sessions()?;
        let unstored = self.unstored();
        records.retain(|(key, _)| !unstored.ended.contains(key));
        let begun = unstored.begun.iter();
        let valid = begun.filter(|begun| now == Some(begun.seen));
        records.extend(valid.map(|begun| (begun.key.clone(), begun.record.clone())));
        Ok(records)
    }

    /// Ends a session, on the disk if that has room.
    pub(super) async fn remove(&self, key: String) -> Result<()> {
        self.catch_up().await;
        if self.unstored().end(&key) {
            return Ok(());
        }
        match self.store.remove_session(key.clone()).await {
            Ok(_) => Ok(()),
            Err(error) if error.is_unwritable() => {
                tracing::warn!(%error, "that a session ended is kept in memory only");
                self.unstored().note_end(key);
                Ok(())
            }
            Err(error) => Err(error.into()),
        }
    }

    /// A session that begins although the disk is full.
    pub(super) fn begin_in_memory(
        &self,
        (key, record): (String, SessionRecord),
        seen: Timestamp,
        previous: Option<&Session>,
    ) {
        tracing::warn!("nothing can be saved: the session is kept in memory only");
        let mut unstored = self.unstored();
        unstored.begin(key, record, seen);
        if let Some(previous) = previous
            && !unstored.end(previous.key())
        {
            unstored.note_end(previous.key().to_owned());
        }
    }

    /// The session that a new one replaced, where it was only in memory.
    pub(super) fn forget_unstored(&self, previous: Option<&Session>) {
        if let Some(previous) = previous {
            self.unstored().end(previous.key());
        }
    }

    /// Stores ends that the disk had no room for.
    pub(super) async fn catch_up(&self) {
        let ended: Vec<String> = self.unstored().ended.iter().cloned().collect();
        for key in ended {
            if self.store.remove_session(key.clone()).await.is_err() {
                return;
            }
            self.unstored().ended.retain(|other| *other != key);
        }
    }
}
