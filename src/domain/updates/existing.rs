//! The containers that were there before DockerMate: no rule that nobody chose for
//! them updates them by themselves.
//!
//! Invariants: one of them stays one of them when it is recreated, which keeps its name,
//! and when it is renamed by whomever, which keeps its id; those of one engine are not
//! taken for those of another.

use super::Updates;
use crate::error::{Error, Kind, Result};
use crate::model::container::{Container, lasting_name};
use crate::store::{Commit, ExistingContainers, Store};
use std::collections::HashSet;
use std::sync::Arc;

#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Existing {
    /// Whose they are; nothing where the engine does not tell who it is.
    engine: String,
    names: HashSet<String>,
    /// Of those that are there now.
    ids: HashSet<String>,
}

impl Existing {
    /// As they are stored, and whether that is as this engine's; `None` until they are
    /// noted. `all` are the containers that this engine has now.
    fn stored(store: &Store, engine: &str, all: &[Arc<Container>]) -> Result<Option<(Self, bool)>> {
        let of = |found: ExistingContainers| Self {
            engine: engine.to_owned(),
            names: found.names,
            ids: found.ids,
        };
        if let Some(found) = store.existing_containers(engine)? {
            return Ok(Some((of(found), true)));
        }
        let older = store.existing_containers_of_any()?.map(of);
        let ours = older.filter(|older| older.is_of(all));
        Ok(ours.map(|ours| (ours, false)))
    }

    /// Whether what an older version has noted, without the engine, is about this one.
    /// Other engines may have containers of the same names.
    fn is_of(&self, all: &[Arc<Container>]) -> bool {
        all.iter().any(|container| {
            self.ids.contains(&container.id) || self.ids.is_empty() && self.has(container)
        })
    }

    pub fn has(&self, container: &Container) -> bool {
        self.ids.contains(&container.id) || self.names.contains(lasting_name(&container.name))
    }

    /// The same with what has become of them; `None` when that is known.
    fn followed(&self, all: &[Arc<Container>]) -> Option<Self> {
        let theirs = all.iter().filter(|container| self.has(container));
        let names = theirs.map(|container| lasting_name(&container.name).to_owned());
        let mut now = Self {
            engine: self.engine.clone(),
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
    /// The containers that are there when this is called first for an engine are those.
    pub(super) async fn note_existing(&self) -> Result<()> {
        let (engine, all) = self.engine_now()?;
        if self.existing_of(&engine, &all)?.is_some() {
            return Ok(());
        }
        let ids = all.iter().map(|container| container.id.clone()).collect();
        let names = all
            .iter()
            .map(|container| lasting_name(&container.name).to_owned());
        let existing = Existing {
            engine,
            names: names.collect(),
            ids,
        };
        self.store.commit(commit(&existing)).await?;
        let mut known = self.known();
        known.existing = Some(Arc::new(existing));
        known.is_existing_stored = true;
        Ok(())
    }

    /// Those of the engine that is there; `None` while they are not noted.
    pub(super) fn existing(&self) -> Option<Arc<Existing>> {
        let engine = self.engine.identity().unwrap_or_default();
        let existing = self.known().existing.clone();
        existing.filter(|existing| existing.engine == engine)
    }

    /// Which engine is there, and its containers.
    fn engine_now(&self) -> Result<(String, Arc<[Arc<Container>]>)> {
        let identity = self.engine.identity();
        let all = self.engine.containers()?;
        // Another one may have taken its place between the two.
        if self.engine.identity() != identity {
            return Err(Error::new(
                Kind::EngineUnavailable,
                "The engine was replaced by another one just now. It is asked again.",
            ));
        }
        Ok((identity.unwrap_or_default(), all))
    }

    /// Those of an engine, from memory or as they are stored.
    fn existing_of(&self, engine: &str, all: &[Arc<Container>]) -> Result<Option<Arc<Existing>>> {
        let mut known = self.known();
        let found = known.existing.clone();
        if let Some(found) = found.filter(|existing| existing.engine == engine) {
            return Ok(Some(found));
        }
        let Some((found, is_stored)) = Existing::stored(&self.store, engine, all)? else {
            return Ok(None);
        };
        let found = Arc::new(found);
        known.existing = Some(Arc::clone(&found));
        known.is_existing_stored = is_stored;
        Ok(Some(found))
    }

    /// Takes note of the names and ids that they have now, in memory.
    pub(super) fn follow_existing(&self) {
        let Ok((engine, all)) = self.engine_now() else {
            return;
        };
        if let Err(error) = self.existing_of(&engine, &all) {
            tracing::error!(%error, "which containers were there before could not be read");
            return;
        }
        let mut known = self.known();
        // Read under the lock: an older list would forget what a newer one has shown.
        let Ok((engine, all)) = self.engine_now() else {
            return;
        };
        let now = known
            .existing
            .as_ref()
            .filter(|existing| existing.engine == engine)
            .and_then(|existing| existing.followed(&all));
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
    let containers = ExistingContainers {
        names: existing.names.clone(),
        ids: existing.ids.clone(),
    };
    Commit::new().note_existing_containers(&existing.engine, &containers)
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
            engine: "one".to_owned(),
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

    #[test]
    fn what_an_older_version_has_noted_is_about_the_engine_that_has_it() {
        let older = |ids: &[&str]| Existing {
            names: HashSet::from(["web".to_owned()]),
            ids: ids.iter().map(|id| (*id).to_owned()).collect(),
            ..Existing::default()
        };
        let same = [container("a", "web")];
        let other = [container("b", "web")];
        assert!(older(&["a"]).is_of(&same));
        assert!(!older(&["a"]).is_of(&other), "another engine's");
        assert!(older(&[]).is_of(&other), "it had noted names alone");
        assert!(!older(&[]).is_of(&[]));
    }
}
