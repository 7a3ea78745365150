//! Reservations: a thing is worked on by one operation at a time. They are held
//! by kind and name, so a network `web` does not block a container `web`.
//!
//! What an open entry of the journal works on stays reserved until the entry
//! has ended, also across a restart.

use crate::error::{Error, Result};
use crate::model::container::lasting_name;
use crate::model::operation::{Target, TargetKind};
use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Everything that is reserved.
#[derive(Debug, Clone, Default)]
pub(super) struct Reservations(Arc<Mutex<Reserved>>);

#[derive(Debug, Default)]
struct Reserved {
    by_operations: HashSet<Target>,
    /// By the key of the journal entry.
    by_entries: BTreeMap<String, EntryTargets>,
}

#[derive(Debug)]
struct EntryTargets {
    title: String,
    targets: HashSet<Target>,
}

/// What one operation works on, until it is dropped.
#[derive(Debug)]
pub struct Reservation {
    all: Reservations,
    ours: Vec<Target>,
}

impl Reservations {
    /// Reserves the targets. Those of the entry with the key `recovered` do not
    /// stand in the way of its own recovery; a key that ends in `/` stands for
    /// all entries of an operation.
    pub fn take(&self, targets: &[Target], recovered: Option<&str>) -> Result<Reservation> {
        let mut ours: Vec<Target> = targets.iter().map(lasting).collect();
        ours.sort();
        ours.dedup();
        let mut reserved = self.lock();
        if let Some(taken) = ours
            .iter()
            .find(|target| reserved.by_operations.contains(*target))
        {
            return Err(Error::conflict(
                format!(
                    "Another operation is working on the {} {}. Wait until it has finished, then try again.",
                    taken.kind.as_str(),
                    taken.name
                ),
            )
            .code("operation_running"));
        }
        let mut entries = reserved.by_entries.iter().filter(|(key, _)| {
            !recovered.is_some_and(|own| key == &own || own.ends_with('/') && key.starts_with(own))
        });
        let unresolved = entries.find_map(|(_, entry)| {
            let target = ours.iter().find(|target| entry.targets.contains(*target))?;
            Some((target.clone(), entry.title.clone()))
        });
        if let Some((target, title)) = unresolved {
            return Err(Error::conflict(
                format!(
                    "\"{title}\" was interrupted and is not completed or rolled back yet; until then nothing else may change the {} {}. \
                     It is retried as soon as the engine answers. Operations shows why it waits, and can discard it.",
                    target.kind.as_str(),
                    target.name
                ),
            )
            .code("recovery_pending"));
        }
        reserved.by_operations.extend(ours.iter().cloned());
        drop(reserved);
        Ok(Reservation {
            all: self.clone(),
            ours,
        })
    }

    /// Whether an operation, or an open entry of the journal, works on it.
    pub fn has(&self, target: &Target) -> bool {
        let target = lasting(target);
        let reserved = self.lock();
        let mut entries = reserved.by_entries.values();
        reserved.by_operations.contains(&target)
            || entries.any(|entry| entry.targets.contains(&target))
    }

    pub fn hold_for_entry(&self, key: &str, title: &str, targets: &[Target]) {
        let entry = EntryTargets {
            title: title.to_owned(),
            targets: targets.iter().map(lasting).collect(),
        };
        self.lock().by_entries.insert(key.to_owned(), entry);
    }

    pub fn release_entry(&self, key: &str) {
        self.lock().by_entries.remove(key);
    }

    fn lock(&self) -> MutexGuard<'_, Reserved> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A container that is being replaced, and the one that replaces it, have the
/// name that lasts: nobody else may start or remove either meanwhile.
fn lasting(target: &Target) -> Target {
    match target.kind {
        TargetKind::Container => Target::container(lasting_name(&target.name)),
        _ => target.clone(),
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        let mut reserved = self.all.lock();
        for target in &self.ours {
            reserved.by_operations.remove(target);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reservation_blocks_targets_of_the_same_kind_and_ends_when_dropped() {
        let all = Reservations::default();
        let web = [Target::container("web")];
        let held = all.take(&web, None).unwrap();
        let busy = all
            .take(&[Target::container("web.old-0a1b2c3d")], None)
            .unwrap_err();
        assert_eq!(busy.code, Some("operation_running"));
        assert!(all.has(&Target::container("web.new-0a1b2c3d")));
        let network = Target::new(TargetKind::Network, "web");
        let other = all.take(std::slice::from_ref(&network), None).unwrap();
        assert!(all.take(&[Target::container("db"), network], None).is_err());
        drop((held, other));
        all.take(&web, None).unwrap();
    }

    #[test]
    fn open_journal_entry_blocks_other_operations_but_not_its_recovery() {
        let all = Reservations::default();
        let web = [Target::container("web")];
        all.hold_for_entry("a/000", "Recreate web", &web);
        let busy = all.take(&web, None).unwrap_err();
        assert_eq!(busy.code, Some("recovery_pending"));
        assert!(busy.message.contains("Recreate web"), "{}", busy.message);
        let recovery = all.take(&web, Some("a/000")).unwrap();
        assert_eq!(
            all.take(&web, Some("a/000")).unwrap_err().code,
            Some("operation_running")
        );
        drop(recovery);
        assert!(all.has(&web[0]));
        all.release_entry("a/000");
        assert!(!all.has(&web[0]));
        all.take(&web, None).unwrap();
    }
}
