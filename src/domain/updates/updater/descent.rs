//! Whether the container that has a name now is the one that was updated then.
//!
//! A rollback makes one of what was saved under a name, and another service may have
//! that name since. What an update leaves is an image, and each later update or rollback
//! leads from the image before it to the next: whoever runs the last of them is the
//! container of the history, also when it was recreated since, under another id. One
//! of another image of the same repository may have been changed by hand, or be
//! another one: only its owner knows. Pure.

use crate::model::reference::Reference;
use crate::model::update_history::{UpdateHistoryEntry, UpdateOutcome};
use std::collections::HashSet;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Descent {
    /// It runs what the update, or one after it, has brought.
    Updated,
    /// It runs something else from the same repository.
    Changed,
    /// It has nothing but the name.
    Other,
}

/// `history` is that of the name, newest first; the image is what the container has now,
/// by its id and its reference.
pub(super) fn descent(
    entry: &UpdateHistoryEntry,
    history: &[UpdateHistoryEntry],
    (image_id, image): (&str, &str),
) -> Descent {
    let mut led_to: HashSet<&str> = entry.new_image_id.as_deref().into_iter().collect();
    for later in history.iter().rev().filter(|later| later.id > entry.id) {
        if later.outcome == UpdateOutcome::Succeeded && led_to.contains(&*later.old_image_id) {
            led_to.extend(later.new_image_id.as_deref());
        }
    }
    if led_to.contains(image_id) {
        return Descent::Updated;
    }
    let is_same_repository = match (Reference::parse(&entry.new_image), Reference::parse(image)) {
        (Ok(then), Ok(now)) => then.is_same_repository(&now),
        _ => false,
    };
    if is_same_repository {
        Descent::Changed
    } else {
        Descent::Other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(id: &str, old: &str, new: &str, outcome: UpdateOutcome) -> UpdateHistoryEntry {
        UpdateHistoryEntry {
            id: id.to_owned(),
            old_image_id: old.to_owned(),
            new_image_id: Some(new.to_owned()),
            outcome,
            ..UpdateHistoryEntry::example()
        }
    }

    #[test]
    fn later_updates_lead_from_image_to_image_and_failed_ones_do_not() {
        use UpdateOutcome::{RolledBack, Succeeded};
        let first = entry("1", "a", "b", Succeeded);
        let history = [
            entry("4", "x", "y", Succeeded),
            entry("3", "c", "d", RolledBack),
            entry("2", "b", "c", Succeeded),
            first.clone(),
            entry("0", "z", "a", Succeeded),
        ];
        for (image, expected) in [
            (("b", "nginx:1.27"), Descent::Updated),
            (("c", "another:1"), Descent::Updated),
            (("a", "nginx:1.27"), Descent::Changed),
            (("d", "docker.io/library/nginx:2"), Descent::Changed),
            (("y", "postgres:16"), Descent::Other),
            (("y", "sha256:y"), Descent::Other),
        ] {
            assert_eq!(descent(&first, &history, image), expected, "{image:?}");
        }
    }
}
