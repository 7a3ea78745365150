//! Which volumes go with a container that is deleted with its anonymous volumes.
//!
//! Invariant: only those that nobody named. What somebody attached by its name is
//! kept, whatever it is called, and so is what another container still has. The plan,
//! the commands and the act all go by the same answer.

use super::Containers;
use crate::error::Result;
use crate::model::container::Container;
use crate::model::volume::{MountedVolume, VolumeOrigin};

/// What becomes of the volumes of a container.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct VolumeRemoval {
    /// The engine removes the anonymous volumes with the container.
    pub by_engine: bool,
    /// Removed one by one afterwards: the engine would keep them.
    pub by_name: Vec<String>,
    /// All that are removed.
    pub removed: Vec<String>,
    /// All that are kept, and why where that is not plain.
    pub kept: Vec<String>,
}

impl Containers {
    /// `gone` are the ids of those that are deleted before it.
    pub(super) fn volume_removal(
        &self,
        container: &Container,
        gone: &[&str],
    ) -> Result<VolumeRemoval> {
        let all = self.engine.containers()?;
        let others: Vec<&Container> = all
            .iter()
            .map(AsRef::as_ref)
            .filter(|other| other.id != container.id && !gone.contains(&other.id.as_str()))
            .collect();
        Ok(removal(container, &others, self.engine.is_podman()))
    }
}

fn removal(container: &Container, others: &[&Container], podman: bool) -> VolumeRemoval {
    let mut out = VolumeRemoval::default();
    let mut anonymous = Vec::new();
    let mut engine_would_take_others = false;
    for volume in &container.volumes {
        let user = others
            .iter()
            .find(|other| other.volumes.iter().any(|used| used.name == volume.name));
        match (volume.origin, user) {
            (VolumeOrigin::Named, _) => out.kept.push(volume.name.clone()),
            (_, Some(user)) => out
                .kept
                .push(format!("{}, which {} uses", volume.name, user.name)),
            (VolumeOrigin::Others, None) => {
                engine_would_take_others = true;
                out.kept.push(format!(
                    "{}, which came from another container",
                    volume.name
                ));
            }
            (VolumeOrigin::Anonymous | VolumeOrigin::Replaced, None) => anonymous.push(volume),
        }
    }
    let own = |volume: &&&MountedVolume| volume.origin == VolumeOrigin::Anonymous;
    // Podman goes by how a volume was made, and so never takes one too many.
    out.by_engine = podman || (!engine_would_take_others && anonymous.iter().any(|v| own(&v)));
    let names = |volumes: Vec<&MountedVolume>| {
        let mut names: Vec<String> = volumes.iter().map(|volume| volume.name.clone()).collect();
        names.sort();
        names.dedup();
        names
    };
    let by_engine = out.by_engine;
    out.by_name = names(
        anonymous
            .iter()
            .copied()
            .filter(|volume| !(by_engine && volume.origin == VolumeOrigin::Anonymous))
            .collect(),
    );
    out.removed = names(anonymous);
    out.kept.sort();
    out.kept.dedup();
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(name: &str, volumes: &[(&str, VolumeOrigin)]) -> Container {
        Container {
            volumes: volumes
                .iter()
                .map(|(name, origin)| MountedVolume {
                    name: (*name).to_owned(),
                    target: format!("/{name}"),
                    origin: *origin,
                })
                .collect(),
            ..Container::running(name)
        }
    }

    #[test]
    fn named_used_and_foreign_volumes_are_kept_and_all_others_removed() {
        use VolumeOrigin::{Anonymous, Named, Others, Replaced};
        let web = with(
            "web",
            &[
                ("named", Named),
                ("own", Anonymous),
                ("old", Replaced),
                ("used", Anonymous),
            ],
        );
        let user = with("user", &[("used", Others)]);
        let found = removal(&web, &[&user], false);
        assert!(found.by_engine);
        assert_eq!(found.by_name, ["old"]);
        assert_eq!(found.removed, ["old", "own"]);
        assert_eq!(found.kept, ["named", "used, which user uses"]);
        let alone = removal(&web, &[], false);
        assert_eq!(alone.removed, ["old", "own", "used"]);
    }

    /// `docker rm -v` removes what a container has from another one, once nobody else
    /// has it: what is kept must not be left to it.
    #[test]
    fn engine_removes_nothing_by_itself_where_a_volume_of_others_is_kept() {
        use VolumeOrigin::{Anonymous, Others};
        let web = with("web", &[("own", Anonymous), ("theirs", Others)]);
        let found = removal(&web, &[], false);
        assert!(!found.by_engine);
        assert_eq!(found.by_name, ["own"]);
        assert_eq!(found.kept, ["theirs, which came from another container"]);
    }
}
