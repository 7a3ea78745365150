//! What has to be said, and answered, before an update is taken back.
//!
//! Invariant: no container is replaced that may be another than the one that was updated,
//! and none gets what another one writes to, unless somebody has typed its name.

use super::descent::{Descent, descent};
use super::{Updater, Wanted};
use crate::domain::environments::some_of;
use crate::error::Result;
use crate::model::container::{ContainerView, lasting_name};
use crate::model::plan::{Need, NeedKind};
use crate::model::spec::{ContainerSpec, MountKind, MountSpec};
use crate::model::update_history::UpdateHistoryEntry;
use std::path::Path;

impl Updater {
    /// The name that the container has now which was updated, where another one has its
    /// name.
    pub(super) fn renamed(
        &self,
        entry: &UpdateHistoryEntry,
        view: &ContainerView,
    ) -> Result<Option<String>> {
        let containers = self.engine.containers()?;
        let is_own = |id: &String| Some(id) == entry.container_id.as_ref();
        let own = containers.iter().find(|one| is_own(&one.id));
        // While it is being replaced it has a name of ours.
        Ok(own
            .filter(|own| lasting_name(&own.name) != view.container.name)
            .map(|own| own.name.clone()))
    }

    /// What somebody has to type the name for.
    pub(super) async fn needs(
        &self,
        entry: &UpdateHistoryEntry,
        wanted: &Wanted,
    ) -> Result<Vec<Need>> {
        let name = &wanted.view.container.name;
        let reasons = [
            self.shared_writes(wanted).await?,
            self.is_uncertain(entry, wanted)?,
        ];
        let need = |reason| Need {
            kind: NeedKind::TypeName,
            confirm: name.clone(),
            reason,
        };
        Ok(reasons.into_iter().flatten().map(need).collect())
    }

    /// Why it is not certain that the container is the one that was updated: its settings
    /// of now are lost.
    fn is_uncertain(&self, entry: &UpdateHistoryEntry, wanted: &Wanted) -> Result<Option<String>> {
        let container = &wanted.view.container;
        let name = &container.name;
        let history = self.history(Some(&entry.container))?;
        let why = match descent(entry, &history, container) {
            Descent::Updated => return Ok(None),
            Descent::Replaced if entry.container_id.is_none() => {
                "may be another container than the one that this update left, which earlier versions did not note"
            }
            Descent::Changed => {
                "runs neither what this update nor what a later one has brought: it was changed since"
            }
            Descent::Replaced | Descent::Other => {
                "is not the container that this update left: it was created by hand since, or is another one that has the name now"
            }
        };
        Ok(Some(format!(
            "{name} {why}. Type its name to replace it, with all its settings, by what was saved before the update."
        )))
    }

    /// What the saved configuration mounts to write to, the container does not have now,
    /// and another one writes to.
    async fn shared_writes(&self, wanted: &Wanted) -> Result<Option<String>> {
        let Some(saved) = &wanted.replace.saved else {
            return Ok(None);
        };
        let own = &wanted.view.container;
        let now = writes(&self.containers.spec(&own.id).await?);
        let mut added = writes(&self.engine.spec_of(saved)?);
        let has = |mount: &(MountKind, String)| now.iter().any(|own| is_same_data(own, mount));
        added.retain(|mount| !has(mount));
        if added.is_empty() {
            return Ok(None);
        }
        let (mut users, mut sources) = (Vec::new(), Vec::new());
        for other in self.engine.containers()?.iter() {
            if other.id == own.id {
                continue;
            }
            let mounted = self.engine.written_by(&other.id).await?;
            let mounted: Vec<_> = mounted.into_iter().map(of_path).collect();
            let both = added
                .iter()
                .filter(|mount| mounted.iter().any(|theirs| is_same_data(theirs, mount)));
            let both: Vec<String> = both.map(|(_, source)| source.clone()).collect();
            if !both.is_empty() {
                users.push(other.name.clone());
                sources.extend(both);
            }
        }
        sources.sort();
        sources.dedup();
        let name = &own.name;
        let users: Vec<&str> = users.iter().map(String::as_str).collect();
        Ok((!users.is_empty()).then(|| {
            format!(
                "{name} would write to {} again, which it does not write to now and which {} can write to as well. Two that write to the same data may destroy it. Type {name} to do it all the same.",
                sources.join(", "),
                some_of(&users)
            )
        }))
    }

    /// Others that were created from the same name, which is the earlier image's again.
    pub(super) fn others_of(&self, entry: &UpdateHistoryEntry) -> Result<Option<String>> {
        let containers = self.engine.containers()?;
        let names: Vec<&str> = containers
            .iter()
            .filter(|other| other.image == entry.old_image && other.name != entry.container)
            .map(|other| other.name.as_str())
            .collect();
        Ok((!names.is_empty()).then(|| {
            format!(
                "{} will have the earlier image too, once created again: the name {} is the earlier image's from then on.",
                some_of(&names),
                entry.old_image
            )
        }))
    }

    /// Volumes of the saved configuration that are gone: the engine makes empty ones.
    pub(super) fn missing_volumes(&self, wanted: &Wanted) -> Result<Option<String>> {
        let Some(saved) = &wanted.replace.saved else {
            return Ok(None);
        };
        let spec = self.engine.spec_of(saved)?;
        let known = self.engine.volumes()?;
        let names = spec.mounts.iter().filter(|mount| {
            mount.kind == MountKind::Volume
                && !mount.source.is_empty()
                && !known.iter().any(|volume| volume.name == mount.source)
        });
        let names: Vec<&str> = names.map(|mount| mount.source.as_str()).collect();
        Ok((!names.is_empty()).then(|| {
            format!(
                "The volumes that it used then do not all exist any more: {} would come up empty.",
                names.join(", ")
            )
        }))
    }
}

/// A folder of the host's, or the name of a volume.
fn of_path(source: String) -> (MountKind, String) {
    let kind = if source.starts_with('/') {
        MountKind::Bind
    } else {
        MountKind::Volume
    };
    (kind, source)
}

/// Whether they are one volume, or one folder is in the other.
fn is_same_data(one: &(MountKind, String), other: &(MountKind, String)) -> bool {
    let (first, second) = (Path::new(&one.1), Path::new(&other.1));
    match (one.0, other.0) {
        (MountKind::Bind, MountKind::Bind) => {
            first.starts_with(second) || second.starts_with(first)
        }
        (first_kind, second_kind) => first_kind == second_kind && one.1 == other.1,
    }
}

/// What of the host's it can write to: volumes by their names, folders by their paths.
fn writes(spec: &ContainerSpec) -> Vec<(MountKind, String)> {
    let writable = |mount: &&MountSpec| {
        !mount.read_only
            && !mount.source.is_empty()
            && matches!(mount.kind, MountKind::Volume | MountKind::Bind)
    };
    let mounts = spec.mounts.iter().filter(writable);
    mounts
        .map(|mount| (mount.kind, mount.source.clone()))
        .collect()
}

/// What the plan asks, unless `need` asks for more.
pub(super) fn stricter(asked: Option<Need>, need: Need) -> Need {
    asked
        .filter(|asked| asked.kind == NeedKind::TypeName)
        .unwrap_or(need)
}
