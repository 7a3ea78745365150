//! The images, networks and volumes of the engine, held in memory. Plain data
//! behind one lock: `session` reads the lists.
//!
//! Each list is read as a whole, when the engine's events say that it changed,
//! and compared with the one before: what differs is told.

use super::error::EngineError;
use super::inventory::InventoryChange;
use crate::model::image::ImageSummary;
use crate::model::network::Network;
use crate::model::volume::Volume;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// More changes of one list are told as "read everything again".
const MANY: usize = 100;

/// What the engine has a list of, beside containers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Resource {
    Images,
    Networks,
    Volumes,
}

impl Resource {
    pub const ALL: [Self; 3] = [Self::Images, Self::Networks, Self::Volumes];

    /// What to ask for. Podman tells the digests without being asked for them,
    /// and answers with nothing at all when it is.
    pub fn path(self, podman: bool) -> &'static str {
        match self {
            Self::Images if podman => "/images/json",
            Self::Images => "/images/json?digests=1",
            Self::Networks => "/networks",
            Self::Volumes => "/volumes",
        }
    }
}

/// All of one resource, sorted, at one moment. Cloning it is cheap.
pub type List<T> = Arc<[Arc<T>]>;

/// An answer of the engine.
#[derive(Debug)]
pub(super) enum Listed {
    Images(Vec<ImageSummary>),
    Networks(Vec<Network>),
    Volumes(Vec<Volume>),
}

#[derive(Debug)]
pub(super) struct Resources {
    pub images: Memory<ImageSummary>,
    pub networks: Memory<Network>,
    pub volumes: Memory<Volume>,
}

impl Resources {
    pub fn new() -> Self {
        Self {
            images: Memory::new(),
            networks: Memory::new(),
            volumes: Memory::new(),
        }
    }

    /// Takes in a list, and gives what differs from before.
    pub fn put(&mut self, listed: Listed) -> Vec<InventoryChange> {
        match listed {
            Listed::Images(rows) => self.images.replace(rows),
            Listed::Networks(rows) => self.networks.replace(rows),
            Listed::Volumes(rows) => self.volumes.replace(rows),
        }
    }

    /// A list could not be read. What is known of it stays; where nothing is
    /// known, the reason is.
    pub fn fail(&mut self, resource: Resource, error: &EngineError) {
        match resource {
            Resource::Images => self.images.fail(error),
            Resource::Networks => self.networks.fail(error),
            Resource::Volumes => self.volumes.fail(error),
        }
    }

    /// Whether there is a network of this name, as far as the list is known.
    pub fn lacks_network(&self, name: &str) -> bool {
        let named = |all: List<Network>| all.iter().any(|network| network.name == name);
        self.networks.list().is_ok_and(|all| !named(all))
    }
}

/// One list, or why it is not known.
#[derive(Debug)]
pub(super) struct Memory<T>(Result<List<T>, EngineError>);

impl<T: Item> Memory<T> {
    fn new() -> Self {
        Self(Err(EngineError::Unavailable(
            "The engine is being read; try again in a moment.".to_owned(),
        )))
    }

    pub fn list(&self) -> Result<List<T>, EngineError> {
        self.0.clone()
    }

    fn fail(&mut self, error: &EngineError) {
        if self.0.is_err() {
            self.0 = Err(error.clone());
        }
    }

    fn replace(&mut self, rows: Vec<T>) -> Vec<InventoryChange> {
        let before: List<T> = self.0.clone().unwrap_or_else(|_| Arc::from([]));
        let known: HashMap<&str, &Arc<T>> = before.iter().map(|item| (item.key(), item)).collect();
        let mut changes = Vec::new();
        let mut now: Vec<Arc<T>> = Vec::with_capacity(rows.len());
        for mut item in rows {
            let old = known.get(item.key()).copied();
            if let Some(old) = old {
                item.keep(old);
            }
            if let Some(old) = old.filter(|old| ***old == item) {
                now.push(Arc::clone(old));
            } else {
                let item = Arc::new(item);
                changes.push(T::upsert(Arc::clone(&item)));
                now.push(item);
            }
        }
        let left: HashSet<&str> = now.iter().map(|item| item.key()).collect();
        let gone = before.iter().filter(|item| !left.contains(item.key()));
        changes.extend(gone.map(|item| item.removed()));
        if changes.is_empty() && self.0.is_ok() {
            return changes;
        }
        now.sort_by(|a, b| a.order().cmp(&b.order()));
        self.0 = Ok(now.into());
        if changes.len() > MANY {
            return vec![InventoryChange::Relisted];
        }
        changes
    }
}

/// Something that the engine lists.
pub(super) trait Item: PartialEq + Sized {
    /// What it is known by as long as it exists.
    fn key(&self) -> &str;
    fn order(&self) -> (&str, &str);
    /// Takes over what the engine tells differently at each request.
    fn keep(&mut self, _before: &Self) {}
    fn upsert(item: Arc<Self>) -> InventoryChange;
    fn removed(&self) -> InventoryChange;
}

impl Item for ImageSummary {
    fn key(&self) -> &str {
        &self.id
    }

    fn order(&self) -> (&str, &str) {
        (self.tags.first().map_or("", String::as_str), &self.id)
    }

    fn upsert(item: Arc<Self>) -> InventoryChange {
        InventoryChange::Image(item)
    }

    fn removed(&self) -> InventoryChange {
        InventoryChange::ImageRemoved {
            id: self.id.clone(),
            tags: self.tags.clone(),
        }
    }
}

impl Item for Network {
    fn key(&self) -> &str {
        &self.id
    }

    fn order(&self) -> (&str, &str) {
        (&self.name, &self.id)
    }

    /// Podman gives its default network the time of the request.
    fn keep(&mut self, before: &Self) {
        self.created_at = before.created_at;
    }

    fn upsert(item: Arc<Self>) -> InventoryChange {
        InventoryChange::Network(item)
    }

    fn removed(&self) -> InventoryChange {
        InventoryChange::NetworkRemoved {
            id: self.id.clone(),
            name: self.name.clone(),
        }
    }
}

impl Item for Volume {
    fn key(&self) -> &str {
        &self.name
    }

    fn order(&self) -> (&str, &str) {
        (&self.name, "")
    }

    fn upsert(item: Arc<Self>) -> InventoryChange {
        InventoryChange::Volume(item)
    }

    fn removed(&self) -> InventoryChange {
        InventoryChange::VolumeRemoved {
            name: self.name.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::convert;
    use super::*;
    use serde_json::{Value, json};

    fn volumes(rows: &[Value]) -> Listed {
        let answer = json!({"Volumes": rows}).to_string();
        Listed::Volumes(convert::volumes(answer.as_bytes()).unwrap())
    }

    fn told(changes: Vec<InventoryChange>) -> Vec<String> {
        let one = |change| match change {
            InventoryChange::Volume(volume) => format!("+{}", volume.name),
            InventoryChange::VolumeRemoved { name } => format!("-{name}"),
            InventoryChange::Network(network) => format!("+{}", network.name),
            other => format!("{other:?}"),
        };
        changes.into_iter().map(one).collect()
    }

    #[test]
    fn list_update_reports_only_added_changed_and_removed_items() {
        let mut resources = Resources::new();
        let (a, b) = (json!({"Name": "a"}), json!({"Name": "b"}));
        assert!(resources.volumes.list().is_err());
        let changes = resources.put(volumes(&[b.clone(), a.clone()]));
        assert_eq!(told(changes), ["+b", "+a"]);
        let list = resources.volumes.list().unwrap();
        assert_eq!((&*list[0].name, &*list[1].name), ("a", "b"));
        assert!(resources.put(volumes(&[a.clone(), b.clone()])).is_empty());
        assert!(Arc::ptr_eq(&list, &resources.volumes.list().unwrap()));
        let other = json!({"Name": "b", "Labels": {"x": "y"}});
        assert_eq!(told(resources.put(volumes(&[a, other]))), ["+b"]);
        let now = resources.volumes.list().unwrap();
        assert!(Arc::ptr_eq(&list[0], &now[0]), "what is the same is shared");
        assert_eq!(told(resources.put(volumes(&[b]))), ["+b", "-a"]);
        assert_eq!(told(resources.put(volumes(&[]))), ["-b"]);
    }

    #[test]
    fn failed_list_request_keeps_the_previously_known_list() {
        let mut resources = Resources::new();
        let refused = EngineError::Filtered("no".to_owned());
        resources.fail(Resource::Volumes, &refused);
        assert_eq!(resources.volumes.list().unwrap_err(), refused);
        resources.put(volumes(&[json!({"Name": "a"})]));
        resources.fail(Resource::Volumes, &refused);
        assert_eq!(resources.volumes.list().unwrap().len(), 1);
    }

    #[test]
    fn large_number_of_changes_is_reported_as_a_single_relist() {
        let mut resources = Resources::new();
        let rows: Vec<Value> = (0..=MANY).map(|n| json!({"Name": n.to_string()})).collect();
        let changes = resources.put(volumes(&rows));
        assert!(matches!(changes[..], [InventoryChange::Relisted]));
    }

    #[test]
    fn network_that_differs_only_in_creation_time_is_not_reported_as_changed() {
        let mut resources = Resources::new();
        let listed = |second: u32| {
            let row = json!([{"Id": "n", "Name": "bridge",
                "Created": format!("2026-11-29T03:10:{second:02}Z")}]);
            Listed::Networks(convert::networks(row.to_string().as_bytes()).unwrap())
        };
        assert_eq!(told(resources.put(listed(1))), ["+bridge"]);
        assert!(resources.put(listed(2)).is_empty());
        assert!(!resources.lacks_network("bridge"));
        assert!(resources.lacks_network("web"));
    }
}
