//! Security events, and the sweep of everything that has had its time.

use super::tables::Tables;
use super::{Commit, Store, StoreError};
use crate::model::security::SecurityEvent;
use crate::model::timestamp::Timestamp;
use heed::RwTxn;

impl Store {
    /// The newest `most`, newest first.
    pub fn security_events(&self, most: usize) -> Result<Vec<SecurityEvent>, StoreError> {
        self.read(|txn, tables| {
            tables
                .security_events
                .rev_iter(txn)?
                .take(most)
                .map(|entry| entry.map(|(_, event)| event))
                .collect()
        })
    }

    /// Appends an event; its id is given here. Beyond `keep` the oldest goes,
    /// so that a flood of failed logins cannot fill the disk.
    pub async fn add_security_event(
        &self,
        event: SecurityEvent,
        keep: u64,
    ) -> Result<(), StoreError> {
        self.commit(Commit::new().add_security_event(event, keep))
            .await
    }

    /// The same without a runtime, for the command line.
    pub fn add_security_event_blocking(
        &self,
        event: &SecurityEvent,
        keep: u64,
    ) -> Result<(), StoreError> {
        self.write_blocking(|txn, tables| append(txn, tables, event, keep))
    }

    /// Whether [`Store::sweep`] would find anything, by reading only.
    pub fn needs_sweep(
        &self,
        now: Timestamp,
        events_before: Timestamp,
    ) -> Result<bool, StoreError> {
        self.read(|txn, tables| {
            let old_event = tables
                .security_events
                .first(txn)?
                .is_some_and(|(_, event)| event.created_at < events_before);
            if old_event {
                return Ok(true);
            }
            for entry in tables.sessions.iter(txn)? {
                if entry?.1.expires_at <= now {
                    return Ok(true);
                }
            }
            Ok(false)
        })
    }

    /// Removes expired sessions and events from before the given moment.
    /// Returns how many records went.
    pub async fn sweep(&self, now: Timestamp, events_before: Timestamp) -> Result<u64, StoreError> {
        self.write(move |txn, tables| {
            let mut gone = 0;
            let expired: Vec<String> = tables
                .sessions
                .iter(txn)?
                .filter_map(|entry| match entry {
                    Ok((key, record)) => (record.expires_at <= now).then(|| Ok(key.to_owned())),
                    Err(error) => Some(Err(error)),
                })
                .collect::<heed::Result<_>>()?;
            for key in &expired {
                gone += u64::from(tables.sessions.delete(txn, key)?);
            }
            while let Some((id, event)) = tables.security_events.first(txn)? {
                if event.created_at >= events_before {
                    break;
                }
                gone += u64::from(tables.security_events.delete(txn, &id)?);
            }
            Ok(gone)
        })
        .await
    }
}

impl Commit {
    /// Appends an event, as [`Store::add_security_event`] does.
    pub fn add_security_event(self, event: SecurityEvent, keep: u64) -> Self {
        self.change(move |txn, tables| append(txn, tables, &event, keep))
    }
}

fn append(
    txn: &mut RwTxn<'_>,
    tables: &Tables,
    event: &SecurityEvent,
    keep: u64,
) -> heed::Result<()> {
    let id = tables
        .security_events
        .last(txn)?
        .map_or(1, |(last, _)| last + 1);
    let mut event = event.clone();
    event.id = id;
    tables.security_events.put(txn, &id, &event)?;
    while tables.security_events.len(txn)? > keep {
        let Some((oldest, _)) = tables.security_events.first(txn)? else {
            break;
        };
        tables.security_events.delete(txn, &oldest)?;
    }
    Ok(())
}
