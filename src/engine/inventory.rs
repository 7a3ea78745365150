//! The containers of the engine, held in memory. Plain data behind one lock:
//! the tasks that fill it live in `connect`.
//!
//! Invariants: an answer that was asked for later is never overwritten by one
//! asked for earlier; a container that is gone never comes back, however late
//! an answer about it arrives.

use super::error::EngineError;
use crate::model::container::{Container, State};
use crate::model::image::ImageSummary;
use crate::model::network::Network;
use crate::model::timestamp::Timestamp;
use crate::model::volume::Volume;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// All containers by name, at one moment. Cloning it is cheap.
pub type ContainerList = Arc<[Arc<Container>]>;

/// What happened to what the engine holds. A receiver that lagged behind must treat
/// that as [`InventoryChange::Relisted`].
#[derive(Debug, Clone)]
pub enum InventoryChange {
    /// New, or different from before.
    Upsert(Arc<Container>),
    Removed {
        id: String,
        name: String,
    },
    /// New, or different from before.
    Image(Arc<ImageSummary>),
    ImageRemoved {
        id: String,
        /// Its last references.
        tags: Vec<String>,
    },
    /// New, or different from before.
    Network(Arc<Network>),
    NetworkRemoved {
        id: String,
        name: String,
    },
    /// New, or different from before.
    Volume(Arc<Volume>),
    VolumeRemoved {
        name: String,
    },
    /// Everything was read again, after a (re)connect, or so much changed at once
    /// that the rest is best read again.
    Relisted,
}

#[derive(Debug, Clone)]
pub(super) struct Record {
    pub container: Arc<Container>,
    /// `Config.StopTimeout`, seconds; negative waits for ever.
    pub stop_timeout: Option<i64>,
    /// Of its first process, as the engine's machine counts; 0 unless it runs.
    pub pid: u32,
    /// When it was asked for, in the order of asking.
    pub asked: u64,
}

#[derive(Debug, Default)]
pub(super) struct Inventory {
    by_id: HashMap<String, Record>,
    by_name: HashMap<String, String>,
    /// Names given up since the engine was connected that could be read as the
    /// beginning of an id. See [`Inventory::find`].
    released_names: HashSet<String>,
    /// Full ids that were removed. Ids are never used again.
    gone: HashSet<String>,
    /// Runs that somebody asked to end: when the container had been started.
    stop_requests: HashMap<String, Option<Timestamp>>,
    /// The engine has told once what it holds.
    is_filled: bool,
    /// Made when somebody asks, dropped when something changes.
    list: Option<ContainerList>,
}

impl Inventory {
    /// Takes over what was read after a new connection.
    pub fn replace(&mut self, read: Self) {
        let requests = std::mem::take(&mut self.stop_requests);
        *self = read;
        self.is_filled = true;
        self.stop_requests = requests;
        self.stop_requests
            .retain(|id, _| self.by_id.contains_key(id));
    }

    /// Somebody asked the run that is known of this container to end.
    pub fn note_stop_request(&mut self, id: &str) {
        if let Some(record) = self.by_id.get(id) {
            self.stop_requests
                .insert(id.to_owned(), record.container.started_at);
        }
    }

    /// Whether the run that a container has come to the end of was asked to end. That
    /// one was says nothing of a later one.
    pub fn is_stop_requested(&self, container: &Container) -> bool {
        matches!(container.state, State::Exited | State::Dead)
            && self.stop_requests.get(&container.id) == Some(&container.started_at)
    }

    /// Takes in what an inspect said. `None` when nothing changed by it.
    pub fn put(&mut self, record: Record) -> Option<InventoryChange> {
        let id = record.container.id.clone();
        if self.gone.contains(&id) {
            return None;
        }
        let before = self.by_id.get(&id);
        if before.is_some_and(|before| before.asked > record.asked) {
            return None;
        }
        let same = before.is_some_and(|before| before.container == record.container);
        let old_name = before.map(|before| before.container.name.clone());
        if let Some(old) = old_name
            && old != record.container.name
            && self.by_name.get(&old) == Some(&id)
        {
            self.by_name.remove(&old);
            self.release_name(&old);
        }
        self.by_name
            .insert(record.container.name.clone(), id.clone());
        let change = (!same).then(|| InventoryChange::Upsert(Arc::clone(&record.container)));
        self.by_id.insert(id, record);
        if change.is_some() {
            self.list = None;
        }
        change
    }

    /// The engine no longer knows this id.
    pub fn remove(&mut self, id: &str) -> Option<InventoryChange> {
        self.gone.insert(id.to_owned());
        self.stop_requests.remove(id);
        let record = self.by_id.remove(id)?;
        let name = record.container.name.clone();
        if self.by_name.get(&name).is_some_and(|owner| owner == id) {
            self.by_name.remove(&name);
            self.release_name(&name);
        }
        self.list = None;
        Some(InventoryChange::Removed {
            id: id.to_owned(),
            name,
        })
    }

    /// Forgets which ids are gone; only when no old answer can be under way.
    pub fn forget_gone(&mut self) {
        self.gone.clear();
    }

    pub fn list(&mut self) -> ContainerList {
        let by_id = &self.by_id;
        let list = self.list.get_or_insert_with(|| {
            let mut all: Vec<_> = by_id
                .values()
                .map(|record| Arc::clone(&record.container))
                .collect();
            all.sort_by(|a, b| a.name.cmp(&b.name).then_with(|| a.id.cmp(&b.id)));
            all.into()
        });
        Arc::clone(list)
    }

    /// Whether there ever was a list.
    pub fn is_filled(&self) -> bool {
        self.is_filled
    }

    /// The list if it is at hand.
    pub fn cached(&self) -> Option<ContainerList> {
        self.list.clone()
    }

    pub fn ids(&self) -> Vec<String> {
        self.by_id.keys().cloned().collect()
    }

    pub fn records(&self) -> impl Iterator<Item = &Record> {
        self.by_id.values()
    }

    pub fn get(&self, id: &str) -> Option<&Record> {
        self.by_id.get(id)
    }

    fn release_name(&mut self, name: &str) {
        if is_beginning(name) {
            self.released_names.insert(name.to_owned());
        }
    }

    /// By full id, exact name (with or without the slash), or the beginning of
    /// an id that fits only one, in that order. A name that was just given up
    /// is never read as a beginning: deleting `cafe` twice must not delete the
    /// container whose id happens to start so.
    pub fn find(&self, reference: &str) -> Result<&Record, EngineError> {
        let name = reference.strip_prefix('/').unwrap_or(reference);
        let by_name = self.by_name.get(name).and_then(|id| self.by_id.get(id));
        if let Some(record) = self.by_id.get(reference).or(by_name) {
            return Ok(record);
        }
        let missing = || EngineError::NotFound(reference.to_owned());
        if !is_beginning(reference) || self.released_names.contains(reference) {
            return Err(missing());
        }
        let mut fits: Vec<&Record> = self
            .by_id
            .iter()
            .filter(|(id, _)| id.starts_with(reference))
            .map(|(_, record)| record)
            .collect();
        match fits.as_slice() {
            [] => Err(missing()),
            [one] => Ok(one),
            _ => {
                fits.sort_by(|a, b| a.container.name.cmp(&b.container.name));
                Err(EngineError::Ambiguous {
                    reference: reference.to_owned(),
                    matches: fits
                        .iter()
                        .take(10)
                        .map(|r| r.container.name.clone())
                        .collect(),
                })
            }
        }
    }
}

/// At least four digits, so that a mistyped short name does not match an
/// unrelated container.
fn is_beginning(text: &str) -> bool {
    text.len() >= 4 && text.bytes().all(|b| b.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::super::convert;
    use super::*;
    use serde_json::json;

    fn record(id: &str, name: &str, state: &str, asked: u64) -> Record {
        let inspect = serde_json::from_value(
            json!({"Id": id, "Name": format!("/{name}"), "State": {"Status": state}}),
        )
        .unwrap();
        Record {
            container: Arc::new(convert::container(&inspect)),
            stop_timeout: None,
            pid: 0,
            asked,
        }
    }

    #[test]
    fn container_is_found_by_id_then_name_then_unique_id_prefix() {
        let mut inventory = Inventory::default();
        inventory.put(record("aaaa11", "web", "running", 1));
        inventory.put(record("aaaa22", "db", "running", 1));
        // A container may be named like the beginning of another one's id.
        inventory.put(record("bb33", "aaaa2", "running", 1));
        let name = |reference: &str| inventory.find(reference).map(|r| r.container.name.clone());
        assert_eq!(name("web").as_deref(), Ok("web"));
        assert_eq!(name("/web").as_deref(), Ok("web"));
        assert_eq!(name("aaaa22").as_deref(), Ok("db"));
        assert_eq!(name("aaaa1").as_deref(), Ok("web"));
        assert_eq!(name("aaaa2").as_deref(), Ok("aaaa2"));
        // Or like the whole of it, which is looked up first.
        inventory.put(record("cc44", "aaaa11", "running", 1));
        let name = |reference: &str| inventory.find(reference).map(|r| r.container.name.clone());
        assert_eq!(name("aaaa11").as_deref(), Ok("web"));
        assert_eq!(
            name("aaaa"),
            Err(EngineError::Ambiguous {
                reference: "aaaa".into(),
                matches: vec!["db".into(), "web".into()]
            })
        );
        assert!(matches!(name("aaa"), Err(EngineError::NotFound(_))));
        assert!(matches!(name(""), Err(EngineError::NotFound(_))));
        assert!(matches!(name("../images/x"), Err(EngineError::NotFound(_))));
    }

    #[test]
    fn answer_requested_earlier_does_not_overwrite_a_newer_one() {
        let mut inventory = Inventory::default();
        assert!(inventory.put(record("a", "web", "exited", 5)).is_some());
        assert!(inventory.put(record("a", "web", "running", 4)).is_none());
        assert_eq!(
            inventory.list()[0].state,
            crate::model::container::State::Exited
        );
    }

    #[test]
    fn removed_container_is_not_restored_by_a_late_answer() {
        let mut inventory = Inventory::default();
        inventory.put(record("a", "web", "running", 1));
        assert!(matches!(
            inventory.remove("a"),
            Some(InventoryChange::Removed { .. })
        ));
        assert!(inventory.put(record("a", "web", "exited", 2)).is_none());
        assert!(inventory.list().is_empty());
    }

    #[test]
    fn released_name_is_not_matched_as_an_id_prefix() {
        let mut inventory = Inventory::default();
        inventory.put(record("1111", "cafe", "exited", 1));
        inventory.put(record("cafe22", "web", "running", 1));
        inventory.remove("1111");
        assert!(matches!(
            inventory.find("cafe"),
            Err(EngineError::NotFound(_))
        ));
        assert!(inventory.find("cafe2").is_ok());
    }

    #[test]
    fn name_taken_over_by_another_container_resolves_to_its_new_owner() {
        let mut inventory = Inventory::default();
        inventory.put(record("a", "web", "running", 1));
        inventory.put(record("b", "web-new", "running", 1));
        // The new one takes the name before the news of the old one's renaming arrives.
        inventory.put(record("b", "web", "running", 2));
        inventory.put(record("a", "web-old", "running", 3));
        let id = |reference: &str| inventory.find(reference).map(|r| r.container.id.clone());
        assert_eq!(id("web").as_deref(), Ok("b"));
        assert_eq!(id("web-old").as_deref(), Ok("a"));
        assert!(id("web-new").is_err());
    }

    #[test]
    fn request_to_stop_is_known_of_the_run_that_it_ended_and_of_no_later_one() {
        let at = |started: &str, state: &str, asked| {
            let inspect = json!({"Id": "a", "Name": "/web",
                "State": {"Status": state, "StartedAt": started, "ExitCode": 1}});
            Record {
                container: Arc::new(convert::container(
                    &serde_json::from_value(inspect).unwrap(),
                )),
                ..record("a", "web", state, asked)
            }
        };
        let mut inventory = Inventory::default();
        let (first, second) = ("2026-01-01T00:00:00Z", "2026-01-01T00:01:00Z");
        let requested = |inventory: &Inventory, started, state| {
            inventory.is_stop_requested(&at(started, state, 2).container)
        };
        inventory.put(at(first, "running", 1));
        inventory.note_stop_request("a");
        assert!(!requested(&inventory, first, "running"));
        assert!(requested(&inventory, first, "exited"));
        // A new connection reads what there is without events.
        let mut read = Inventory::default();
        read.put(at(first, "exited", 3));
        inventory.replace(read);
        assert!(requested(&inventory, first, "exited"));
        assert!(!requested(&inventory, second, "exited"));
        inventory.remove("a");
        assert!(!requested(&inventory, first, "exited"));
    }

    #[test]
    fn unchanged_record_is_not_reported_as_change() {
        let mut inventory = Inventory::default();
        inventory.put(record("a", "web", "running", 1));
        let list = inventory.list();
        assert!(inventory.put(record("a", "web", "running", 2)).is_none());
        assert!(Arc::ptr_eq(&list, &inventory.list()));
    }
}
