//! The containers that were there before DockerMate: no rule that nobody chose for
//! them updates them by themselves.
//!
//! Invariant: one of them stays one of them when it is recreated, which keeps its name,
//! and when it is renamed by whomever, which keeps its id.

use super::Updates;
use crate::error::Result;
use crate::model::container::{Container, lasting_name};
use crate::store::{Commit, Store};
use std::collections::HashSet;
use std::sync::Arc;

#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Existing {
    pub names: HashSet<String>,
    /// Of those that are there now.
    pub ids: HashSet<String>,
}

impl Existing {
    /// As they are stored; `None` until they are noted.
    pub fn stored(store: &Store) -> Result<Option<Arc<Self>>> {
        let Some(names) = store.existing_containers()? else {
            return Ok(None);
        };
        let ids = store.existing_container_ids()?;
        Ok(Some(Arc::new(Self { names, ids })))
    }

    pub fn has(&self, container: &Container) -> bool {
        self.ids.contains(&container.id) || self.names.contains(lasting_name(&container.name))
    }

    /// The same with what has become of them; `None` when that is known.
    fn followed(&self, all: &[Arc<Container>]) -> Option<Self> {
        let theirs = all.iter().filter(|container| self.has(container));
        let names = theirs.map(|container| lasting_name(&container.name).to_owned());
        let mut now = Self {
            names: self.names.iter().cloned().chain(names).collect(),
            ids: HashSet::new(),
        };
        // One that was renamed and is being replaced has both its containers in one look.
        let theirs = all
            .iter()
            .filter(|container| self.has(container) || now.has(container));
        now.ids = theirs.map(|container| container.id.clone()).collect();
        (now != *self).then_some(now)
    }
}

impl Updates {
    /// The containers that are there when this is called first are those.
    pub(super) async fn note_existing(&self) -> Result<()> {
        if self.known().existing.is_some() {
            return Ok(());
        }
        let mut existing = Existing::default();
        for container in self.engine.containers()?.iter() {
            existing.ids.insert(container.id.clone());
            existing
                .names
                .insert(lasting_name(&container.name).to_owned());
        }
        self.store.commit(commit(&existing)).await?;
        let mut known = self.known();
        known.existing = Some(Arc::new(existing));
        known.is_existing_stored = true;
        Ok(())
    }

    /// Takes note of the names and ids that they have now, in memory.
    pub(super) fn follow_existing(&self) {
        let mut known = self.known();
        // Read under the lock: an older list would forget what a newer one has shown.
        let Ok(all) = self.engine.containers() else {
            return;
        };
        let now = known
            .existing
            .as_ref()
            .and_then(|known| known.followed(&all));
        if let Some(now) = now {
            known.existing = Some(Arc::new(now));
            known.is_existing_stored = false;
        }
    }

    /// Stores what was taken note of.
    pub(super) async fn store_existing(&self) -> Result<()> {
        let existing = {
            let mut known = self.known();
            let is_stored = std::mem::replace(&mut known.is_existing_stored, true);
            known.existing.clone().filter(|_| !is_stored)
        };
        let Some(existing) = existing else {
            return Ok(());
        };
        let stored = self.store.commit(commit(&existing)).await;
        if stored.is_err() {
            self.known().is_existing_stored = false;
        }
        Ok(stored?)
    }
}

fn commit(existing: &Existing) -> Commit {
    Commit::new().note_existing_containers(&existing.names, &existing.ids)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn container(id: &str, name: &str) -> Arc<Container> {
        Arc::new(Container {
            id: id.to_owned(),
            ..Container::running(name)
        })
    }

    #[test]
    fn container_stays_known_when_it_is_recreated_and_when_it_is_renamed() {
        let of = |names: &[&str], ids: &[&str]| Existing {
            names: names.iter().map(|name| (*name).to_owned()).collect(),
            ids: ids.iter().map(|id| (*id).to_owned()).collect(),
        };
        let first = of(&["web"], &["a"]);
        assert!(first.has(&container("b", "web.new-0a1b2c3d")));
        assert!(!first.has(&container("b", "other")));
        // Recreated, then renamed; another one has nothing of it.
        let recreated = [container("b", "web"), container("c", "other")];
        let second = first.followed(&recreated).unwrap();
        assert_eq!(second, of(&["web"], &["b"]));
        assert_eq!(second.followed(&recreated), None);
        let renamed = [container("b", "shop"), container("c", "other")];
        assert!(second.has(&renamed[0]));
        let third = second.followed(&renamed).unwrap();
        assert_eq!(third, of(&["web", "shop"], &["b"]));
        assert!(third.has(&container("d", "shop")));
        // Renamed and recreated between two looks.
        let both = [
            container("b", "cafe.old-0a1b2c3d"),
            container("e", "cafe.new-0a1b2c3d"),
        ];
        let last = third.followed(&both).unwrap();
        assert_eq!(last, of(&["web", "shop", "cafe"], &["b", "e"]));
    }
}
