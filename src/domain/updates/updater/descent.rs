//! Whether the container that has a name now is the one that was updated then, and which
//! entries of the history came after.
//!
//! A rollback makes one of what was saved under a name, and another service may have
//! that name since, even with the image that the update brought. The history knows the
//! id of the container and follows it through everything that DockerMate recreates. What
//! was created by others may be the same service or another one: only its owner knows.
//! Pure.

use crate::model::container::Container;
use crate::model::reference::Reference;
use crate::model::update_history::{UpdateHistoryEntry, UpdateOutcome};
use std::collections::HashSet;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Descent {
    /// It is the container, and runs what the update, or one after it, has brought.
    Updated,
    /// It is the container, and runs something else.
    Changed,
    /// It is another container, with that image or one of the same repository.
    Replaced,
    /// It has nothing but the name.
    Other,
}

/// `history` is that of the name, newest first.
pub(super) fn descent(
    entry: &UpdateHistoryEntry,
    history: &[UpdateHistoryEntry],
    now: &Container,
) -> Descent {
    let mut led_to: HashSet<&str> = entry.new_image_id.as_deref().into_iter().collect();
    for later in succeeded_since(entry, history) {
        if led_to.contains(&*later.old_image_id) {
            led_to.extend(later.new_image_id.as_deref());
        }
    }
    let has_its_image = led_to.contains(&*now.image_id);
    if entry.container_id.as_ref() == Some(&now.id) {
        return if has_its_image {
            Descent::Updated
        } else {
            Descent::Changed
        };
    }
    let is_same_repository = match (
        Reference::parse(&entry.new_image),
        Reference::parse(&now.image),
    ) {
        (Ok(then), Ok(now)) => then.is_same_repository(&now),
        _ => false,
    };
    if has_its_image || is_same_repository {
        Descent::Replaced
    } else {
        Descent::Other
    }
}

/// The later entries of the same container, whose versions a rollback of this one takes
/// back as well. `now` is the container that it replaces.
pub(super) fn taken_back_with<'a>(
    entry: &UpdateHistoryEntry,
    history: &'a [UpdateHistoryEntry],
    now: &Container,
) -> Vec<&'a UpdateHistoryEntry> {
    let mut led_to: HashSet<&str> = entry.new_image_id.as_deref().into_iter().collect();
    let mut found = Vec::new();
    for later in succeeded_since(entry, history) {
        let is_of = match &later.container_id {
            Some(id) => *id == now.id || entry.container_id.as_ref() == Some(id),
            // One of an earlier version: where an image leads to the next.
            None => led_to.contains(&*later.old_image_id),
        };
        if is_of {
            led_to.extend(later.new_image_id.as_deref());
            if later.rolled_back_by.is_none() {
                found.push(later);
            }
        }
    }
    found
}

/// Oldest first.
fn succeeded_since<'a>(
    entry: &UpdateHistoryEntry,
    history: &'a [UpdateHistoryEntry],
) -> impl Iterator<Item = &'a UpdateHistoryEntry> {
    let id = entry.id.clone();
    let oldest_first = history.iter().rev();
    oldest_first.filter(move |later| later.id > id && later.outcome == UpdateOutcome::Succeeded)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(id: &str, old: &str, new: &str, outcome: UpdateOutcome) -> UpdateHistoryEntry {
        UpdateHistoryEntry {
            id: id.to_owned(),
            container_id: Some("own".to_owned()),
            old_image_id: old.to_owned(),
            new_image_id: Some(new.to_owned()),
            outcome,
            ..UpdateHistoryEntry::example()
        }
    }

    fn container(id: &str, image_id: &str, image: &str) -> Container {
        Container {
            id: id.to_owned(),
            image_id: image_id.to_owned(),
            image: image.to_owned(),
            ..Container::running("web")
        }
    }

    #[test]
    fn only_the_container_that_was_updated_is_known_as_that() {
        use UpdateOutcome::{RolledBack, Succeeded};
        let first = entry("1", "a", "b", Succeeded);
        let history = [
            entry("4", "x", "y", Succeeded),
            entry("3", "c", "d", RolledBack),
            entry("2", "b", "c", Succeeded),
            first.clone(),
            entry("0", "z", "a", Succeeded),
        ];
        for (id, image_id, image, expected) in [
            ("own", "b", "nginx:1.27", Descent::Updated),
            ("own", "c", "another:1", Descent::Updated),
            ("own", "a", "nginx:1.27", Descent::Changed),
            ("own", "y", "postgres:16", Descent::Changed),
            ("else", "c", "another:1", Descent::Replaced),
            ("else", "d", "docker.io/library/nginx:2", Descent::Replaced),
            ("else", "y", "postgres:16", Descent::Other),
            ("else", "y", "sha256:y", Descent::Other),
        ] {
            let now = container(id, image_id, image);
            let found = descent(&first, &history, &now);
            assert_eq!(found, expected, "{id} {image_id} {image}");
        }
        let unknown = UpdateHistoryEntry {
            container_id: None,
            ..first
        };
        let now = container("own", "b", "nginx:1.27");
        assert_eq!(descent(&unknown, &history, &now), Descent::Replaced);
    }

    #[test]
    fn later_updates_of_the_container_are_taken_back_and_those_of_others_are_not() {
        use UpdateOutcome::{RolledBack, Succeeded};
        let of = |id: &str, old: &str, container: Option<&str>| UpdateHistoryEntry {
            container_id: container.map(ToOwned::to_owned),
            ..entry(id, old, &format!("{old}{old}"), Succeeded)
        };
        let first = entry("2", "a", "b", Succeeded);
        let history = [
            of("9", "x", None),
            of("8", "bb", None),
            of("7", "b", None),
            of("6", "b", Some("other")),
            of("5", "x", Some("now")),
            UpdateHistoryEntry {
                rolled_back_by: Some("9".to_owned()),
                ..of("4b", "x", Some("own"))
            },
            of("4", "x", Some("own")),
            entry("3", "b", "d", RolledBack),
            first.clone(),
            entry("1", "z", "a", Succeeded),
        ];
        let now = container("now", "b", "nginx:1.27");
        let found = taken_back_with(&first, &history, &now);
        let ids: Vec<&str> = found.iter().map(|entry| entry.id.as_str()).collect();
        assert_eq!(ids, ["4", "5", "7", "8"]);
    }
}
