//! What recreating a container does, in sentences.

use super::super::{PreviousState, Replacement};
use super::patch::changed_fields;
use super::{Purpose, Replace};
use crate::domain::images::Pull;
use crate::engine::Snapshot;
use crate::model::container::Health;
use crate::model::image::short_id;
use crate::model::spec::ContainerSpec;

pub(super) fn steps(
    snapshot: &Snapshot,
    (old, spec): (&ContainerSpec, &ContainerSpec),
    group: &[Replacement],
    replace: &Replace,
    other_image: Option<&str>,
) -> Vec<String> {
    let name = &snapshot.container.name;
    let was = PreviousState::of(snapshot.container.state);
    let mut steps = Vec::new();
    if replace.purpose != Purpose::Recreate {
        steps.push("Save its configuration.".to_owned());
    }
    match replace.request.pull {
        Pull::Always => steps.push(format!("Pull {}.", spec.image)),
        Pull::Missing => steps.push(format!("Pull {} if it is not on this host.", spec.image)),
        Pull::Never => {}
    }
    if let Some(source) = &replace.source {
        steps.push(format!("Pull {source}."));
    }
    if let Some(tag) = &replace.tag {
        steps.push(format!(
            "Give the name {} to the image {} again.",
            tag.reference,
            short_id(&tag.new)
        ));
    }
    let changed = changed_fields(old, spec);
    let from = match replace.purpose {
        Purpose::Recreate => other_image.map_or_else(String::new, |age| {
            format!(" from {age} {} than it runs now,", spec.image)
        }),
        Purpose::Update => " from it".to_owned(),
        Purpose::RollBack => " from the earlier image".to_owned(),
    };
    steps.push(if changed.is_empty() {
        format!("Create a new {name}{from} with the same settings beside the old one.")
    } else {
        format!(
            "Create a new {name}{from} beside the old one, with these changed: {}.",
            changed.join(", ")
        )
    });
    let dependents: Vec<_> = group[1..]
        .iter()
        .map(|one| one.snapshot.container.name.clone())
        .collect();
    if !dependents.is_empty() {
        steps.push(format!(
            "Do the same for those that depend on it: {}.",
            dependents.join(", ")
        ));
    }
    if was == PreviousState::Stopped {
        steps.push("Rename the old container and give its name to the new one. The new one stays stopped, like the old one.".to_owned());
    } else {
        steps.push(
            "Stop and rename the old container, and start the new one under its name.".to_owned(),
        );
        steps.push(if snapshot.container.health == Health::None {
            "Check that it stays up and answers.".to_owned()
        } else {
            "Wait for its health check.".to_owned()
        });
    }
    steps.push(
        "Remove the old one, with what was written inside it outside of volumes. If anything fails before, everything is rolled back."
            .to_owned(),
    );
    steps
}
