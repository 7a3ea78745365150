//! Which annotation belongs to which container.
//!
//! An annotation is kept under the name of its container, with the id of the
//! container that it belongs to. Another container that gets the name has it
//! only when it is the replacement: the same service of Docker Compose, or a
//! container of the same image and command that was created before the old one
//! went or within ten minutes after. Pure.

use crate::model::container::{Container, lasting_name};
use crate::model::timestamp::Timestamp;
use crate::model::update_policy::UpdateRules;
use crate::store::{ContainerRecord, KeyedDigest, OwnerRecord};
use std::collections::HashMap;

/// Milliseconds after the end of a container in which its replacement is created.
const REPLACED_WITHIN: i64 = 10 * 60 * 1000;

#[derive(Debug, Default)]
pub(super) struct Records {
    by_name: HashMap<String, ContainerRecord>,
    /// Names of records by the ids of their owners.
    by_id: HashMap<String, String>,
    digest: KeyedDigest,
}

impl Records {
    pub fn new(by_name: HashMap<String, ContainerRecord>, digest: KeyedDigest) -> Self {
        let mut records = Self {
            digest,
            ..Self::default()
        };
        for (name, record) in by_name {
            records.put(name, record);
        }
        records
    }

    pub fn iter(&self) -> impl Iterator<Item = (&String, &ContainerRecord)> {
        self.by_name.iter()
    }

    pub fn named(&self, name: &str) -> Option<&ContainerRecord> {
        self.by_name.get(name)
    }

    pub fn put(&mut self, name: String, record: ContainerRecord) {
        self.remove(&name);
        for id in record.owner.iter().flat_map(|owner| &owner.ids) {
            self.by_id.insert(id.clone(), name.clone());
        }
        self.by_name.insert(name, record);
    }

    pub fn remove(&mut self, name: &str) {
        self.by_name.remove(name);
        self.by_id.retain(|_, of| of != name);
    }

    /// The annotation of a container, with the name that it is kept under.
    pub fn of(&self, container: &Container) -> Option<(&String, &ContainerRecord)> {
        if let Some(name) = self.by_id.get(&container.id) {
            return self.by_name.get_key_value(name);
        }
        let name = lasting_name(&container.name);
        let (name, record) = self.by_name.get_key_value(name)?;
        // Under a temporary name it is part of a replacement of ours.
        let ours = *name != container.name
            || record
                .owner
                .as_ref()
                .is_none_or(|owner| self.replaces(owner, container));
        ours.then_some((name, record))
    }

    /// The name of the record that a container with this id owns.
    pub fn owned_by(&self, id: &str) -> Option<&String> {
        self.by_id.get(id)
    }

    /// Without anything said of the container yet.
    pub fn empty(&self, container: &Container) -> ContainerRecord {
        ContainerRecord {
            environment: None,
            description: String::new(),
            url: String::new(),
            notes: String::new(),
            tags: Vec::new(),
            updates: UpdateRules::default(),
            updated_at: Timestamp::now(),
            owner: Some(self.owner(container)),
        }
    }

    /// This container as the owner of an annotation.
    pub fn owner(&self, container: &Container) -> OwnerRecord {
        OwnerRecord {
            ids: vec![container.id.clone()],
            image: container.image.clone(),
            image_id: container.image_id.clone(),
            command_digest: self.digest.of(&container.command).unwrap_or_default(),
            project: container.stack.clone(),
            service: container.service.clone(),
            ..OwnerRecord::default()
        }
    }

    /// Whether its command could not be noted when it became the owner: there was no
    /// key for digests then.
    pub fn lacks_digest(&self, owner: &OwnerRecord, container: &Container) -> bool {
        owner.command_digest.is_empty() && self.digest.of(&container.command).is_some()
    }

    /// Whether a container of the owner's name is its replacement.
    fn replaces(&self, owner: &OwnerRecord, container: &Container) -> bool {
        if owner.project.is_some() || container.stack.is_some() {
            return owner.project == container.stack && owner.service == container.service;
        }
        let in_time = owner.removed_at.is_none_or(|removed: Timestamp| {
            container
                .created_at
                .is_none_or(|created| created.0 <= removed.0 + REPLACED_WITHIN)
        });
        let same_command =
            || self.digest.of(&container.command).as_ref() == Some(&owner.command_digest);
        in_time
            && repository(&owner.image) == repository(&container.image)
            && (owner.image_id != container.image_id || same_command())
    }
}

/// A reference without its tag and digest.
pub(super) fn repository(image: &str) -> &str {
    let image = image.split('@').next().unwrap_or(image);
    match image.rsplit_once(':') {
        Some((repository, tag)) if !tag.contains('/') => repository,
        _ => image,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn container(id: &str, command: &str) -> Container {
        Container {
            id: id.to_owned(),
            image: "nginx:1".to_owned(),
            image_id: "sha256:1".to_owned(),
            command: command.to_owned(),
            created_at: Some(Timestamp(1_000)),
            ..Container::running("web")
        }
    }

    fn records() -> Records {
        Records::new(HashMap::new(), KeyedDigest::for_tests())
    }

    fn owner_of(container: &Container) -> OwnerRecord {
        records().owner(container)
    }

    fn record(owner: Option<OwnerRecord>) -> ContainerRecord {
        ContainerRecord {
            environment: Some("PRD".to_owned()),
            description: String::new(),
            url: String::new(),
            notes: String::new(),
            tags: Vec::new(),
            updates: UpdateRules::default(),
            updated_at: Timestamp(0),
            owner,
        }
    }

    #[test]
    fn repository_is_the_image_reference_without_tag_and_digest() {
        for (image, expected) in [
            ("nginx", "nginx"),
            ("nginx:1.27", "nginx"),
            ("localhost:5000/a/b", "localhost:5000/a/b"),
            ("localhost:5000/a/b:1@sha256:00", "localhost:5000/a/b"),
        ] {
            assert_eq!(repository(image), expected);
        }
    }

    #[test]
    fn annotation_follows_its_container_when_it_is_renamed() {
        let mut records = records();
        let web = container("a", "run");
        records.put("web".to_owned(), record(Some(owner_of(&web))));
        let renamed = Container {
            name: "other".to_owned(),
            ..web
        };
        assert!(records.of(&renamed).is_some());
        assert!(records.of(&container("b", "else")).is_none());
    }

    #[test]
    fn replacement_takes_the_annotation_over_within_ten_minutes() {
        let gone = |removed_at| {
            let owner = OwnerRecord {
                ids: Vec::new(),
                removed_at,
                ..owner_of(&container("a", "run"))
            };
            let mut records = records();
            records.put("web".to_owned(), record(Some(owner)));
            records
        };
        let next = container("b", "run");
        assert!(gone(None).of(&next).is_some());
        assert!(gone(Some(Timestamp(900))).of(&next).is_some());
        let long_ago = Timestamp(900 - REPLACED_WITHIN);
        assert!(gone(Some(long_ago)).of(&next).is_none());
        let newer_image = Container {
            image: "nginx:2".to_owned(),
            image_id: "sha256:2".to_owned(),
            command: "other default".to_owned(),
            ..container("b", "")
        };
        assert!(gone(None).of(&newer_image).is_some());
        let another = Container {
            image: "postgres:16".to_owned(),
            image_id: "sha256:3".to_owned(),
            ..container("b", "run")
        };
        assert!(gone(None).of(&another).is_none());
        let service = Container {
            stack: Some("s".to_owned()),
            service: Some("web".to_owned()),
            ..container("b", "run")
        };
        assert!(gone(None).of(&service).is_none());
    }

    #[test]
    fn replacement_has_the_annotation_while_it_has_its_temporary_name() {
        let mut records = records();
        records.put(
            "web".to_owned(),
            record(Some(owner_of(&container("a", "run")))),
        );
        let new = Container {
            name: "web.new-1a2b3c4d".to_owned(),
            ..container("b", "else")
        };
        assert!(records.of(&new).is_some());
        let old = Container {
            name: "web.old-1a2b3c4d".to_owned(),
            ..container("a", "run")
        };
        assert!(records.of(&old).is_some());
    }
}
