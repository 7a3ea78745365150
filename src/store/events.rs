//! Security events, and the sweep of everything that has had its time.

use super::tables::Tables;
use super::{Commit, Store, StoreError};
use crate::model::security::SecurityEvent;
use crate::model::timestamp::Timestamp;
use heed::{RoTxn, RwTxn};

impl Store {
    /// The newest `most`, newest first.
    pub fn security_events(&self, most: usize) -> Result<Vec<SecurityEvent>, StoreError> {
        self.read(|txn, tables| tables.security_events.newest(txn)?.take(most).collect())
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
        self.commit_blocking(&Commit::new().add_security_event(event.clone(), keep))
    }

    /// Whether [`Store::sweep`] would find anything, by reading only.
    pub fn needs_sweep(&self, age: &Age) -> Result<bool, StoreError> {
        self.read(|txn, tables| {
            Ok(!old_events(txn, tables, age)?.is_empty()
                || !expired_sessions(txn, tables, age.now)?.is_empty())
        })
    }

    /// Removes expired sessions, sessions that cannot be read, and old events.
    /// Returns how many records went.
    pub async fn sweep(&self, age: Age) -> Result<u64, StoreError> {
        self.write(move |txn, tables| {
            let mut removed = 0;
            for key in expired_sessions(txn, tables, age.now)? {
                removed += u64::from(tables.sessions.delete(txn, &key)?);
            }
            for number in old_events(txn, tables, &age)? {
                removed += u64::from(tables.security_events.delete(txn, number)?);
            }
            Ok(removed)
        })
        .await
    }
}

/// Takes the arguments out of the commands that were run in containers; the
/// name and the program stay (`web: psql …` becomes `web: psql`).
pub(super) fn strip_commands(txn: &mut RwTxn<'_>, tables: &Tables) -> heed::Result<()> {
    let events: Vec<_> = tables
        .security_events
        .iter(txn)?
        .filter_map(|entry| {
            entry
                .map(|(number, event)| Some((number, event?)))
                .transpose()
        })
        .collect::<heed::Result<_>>()?;
    for (number, mut event) in events {
        if event.event_type != "container.exec" {
            continue;
        }
        let stripped = event.details.split_once(": ").map(|(name, line)| {
            let program = line.split(' ').next().unwrap_or("");
            format!("{name}: {program}")
        });
        event.details = stripped.unwrap_or_default();
        tables.security_events.replace(txn, number, &event)?;
    }
    Ok(())
}

/// What is too old to be kept.
#[derive(Debug, Clone, Copy)]
pub struct Age {
    pub now: Timestamp,
    /// Events from before this are removed.
    pub events_before: Timestamp,
    /// Whether a clock that showed this can have been right.
    pub plausible: fn(Timestamp) -> bool,
}

fn expired_sessions(txn: &RoTxn<'_>, tables: &Tables, now: Timestamp) -> heed::Result<Vec<String>> {
    let mut expired = tables.sessions.keys(txn)?;
    for entry in tables.sessions.iter(txn)? {
        let (key, record) = entry?;
        if record.expires_at > now {
            expired.retain(|other| *other != key);
        }
    }
    Ok(expired)
}

/// From the oldest on, by number. An event whose own time cannot be right, or
/// that cannot be read, is as old as the next one whose time can.
fn old_events(txn: &RoTxn<'_>, tables: &Tables, age: &Age) -> heed::Result<Vec<u64>> {
    let (mut old, mut undated) = (Vec::new(), Vec::new());
    for entry in tables.security_events.iter(txn)? {
        let (number, event) = entry?;
        undated.push(number);
        match event.map(|event| event.created_at) {
            Some(at) if (age.plausible)(at) => {
                if at >= age.events_before {
                    break;
                }
                old.append(&mut undated);
            }
            _ => {}
        }
    }
    Ok(old)
}

impl Commit {
    /// Appends an event, as [`Store::add_security_event`] does.
    pub fn add_security_event(self, event: SecurityEvent, keep: u64) -> Self {
        self.change(move |txn, tables| {
            tables.security_events.append(txn, |id| SecurityEvent {
                id,
                ..event.clone()
            })?;
            tables.security_events.keep_newest(txn, keep)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::Sizes;
    use super::super::open::scratch;
    use super::*;

    fn event(at: i64) -> SecurityEvent {
        SecurityEvent {
            id: 0,
            event_type: "login".to_owned(),
            ip_address: String::new(),
            user_agent: String::new(),
            success: true,
            details: String::new(),
            created_at: Timestamp(at),
        }
    }

    #[tokio::test]
    async fn upgrade_strips_the_arguments_of_commands_and_no_other_event() {
        let (_dir, store) = scratch(Sizes {
            initial: 256 * 1024,
            most: 1024 * 1024,
        });
        for (event_type, details) in [
            ("container.exec", "web: psql -c 'secret: x'"),
            ("container.exec", "web: ls"),
            ("container.exec", "secret"),
            ("login_failed", "failure 1 in a row: x y"),
        ] {
            let event = SecurityEvent {
                event_type: event_type.to_owned(),
                details: details.to_owned(),
                ..event(1)
            };
            store.add_security_event(event, 100).await.unwrap();
        }
        store.write_blocking(strip_commands).unwrap();
        let events = store.security_events(100).unwrap();
        let details: Vec<_> = events.iter().map(|event| event.details.as_str()).collect();
        assert_eq!(
            details,
            ["failure 1 in a row: x y", "", "web: ls", "web: psql"]
        );
    }

    /// Times below 100 and from 1000 on are those of a clock that is wrong.
    #[tokio::test]
    async fn sweep_removes_events_by_order_when_their_timestamps_are_implausible() {
        let (_dir, store) = scratch(Sizes {
            initial: 256 * 1024,
            most: 1024 * 1024,
        });
        for at in [50, 200, 5000, 300, 1, 600, 50] {
            store.add_security_event(event(at), 100).await.unwrap();
        }
        let age = |before| Age {
            now: Timestamp(0),
            events_before: Timestamp(before),
            plausible: |at| (100..1000).contains(&at.0),
        };
        let left = || -> Vec<i64> {
            let events = store.security_events(100).unwrap();
            events.iter().map(|event| event.created_at.0).collect()
        };
        assert!(!store.needs_sweep(&age(200)).unwrap());
        assert_eq!(store.sweep(age(201)).await.unwrap(), 2);
        assert_eq!(left(), [50, 600, 1, 300, 5000]);
        assert_eq!(store.sweep(age(600)).await.unwrap(), 2);
        assert_eq!(left(), [50, 600, 1]);
        assert_eq!(store.sweep(age(900)).await.unwrap(), 2);
        assert_eq!(left(), [50]);
        assert!(!store.needs_sweep(&age(900)).unwrap());
    }
}
