//! Taking an update back: the container becomes what was saved before it, from the
//! image that it had.

use super::super::stateful::before_rollback;
use super::descent::{Descent, descent, taken_back_with};
use super::perform::begun;
use super::rollback_needs::stricter;
use super::{Consent, Updater, Wanted};
use crate::domain::environments;
use crate::domain::images::Pull;
use crate::domain::operations::{Reservation, Started, Task};
use crate::domain::recreate::{PendingUpdate, Purpose, Recreate, Recreation, Replace, TagMove};
use crate::error::{Error, Result};
use crate::model::operation::Target;
use crate::model::plan::Plan;
use crate::model::reference::{Reference, is_image_id};
use crate::model::update_history::{UpdateHistoryEntry, UpdateOutcome, UpdateTrigger};
use std::sync::Arc;

impl Updater {
    /// What taking an update back will do.
    ///
    /// # Errors
    /// When it cannot be taken back.
    pub async fn plan_rollback(&self, id: &str) -> Result<Plan> {
        let entry = self.entry(id)?;
        let wanted = self.rollback(&entry).await?;
        let container = &wanted.view.container.id;
        let planned = self.recreate.plan_replacement(container, &wanted.replace);
        let mut plan = Box::pin(planned).await?;
        let spec = self.containers.spec(container).await?;
        plan.warnings.splice(0..0, before_rollback(&spec));
        plan.warnings.splice(0..0, self.missing_volumes(&wanted)?);
        for need in self.needs(&entry, &wanted).await? {
            plan.warnings.insert(0, need.reason.clone());
            plan.needs = Some(stricter(plan.needs, need));
        }
        plan.warnings.extend(self.others_of(&entry)?);
        let history = self.history(Some(&entry.container))?;
        let later = taken_back_with(&entry, &history, &wanted.view.container);
        if later.iter().any(|later| later.rollback_of.is_none()) {
            plan.warnings.insert(
                0,
                "It was updated again since. All of those updates are taken back.".to_owned(),
            );
        }
        Ok(plan)
    }

    /// Takes an update back, as an operation. `confirm` answers what the plan needs.
    ///
    /// # Errors
    /// When it cannot be taken back, or what the plan asks is not answered.
    pub async fn start_rollback(
        self: &Arc<Self>,
        id: &str,
        confirm: Option<&str>,
        acknowledged: &[String],
    ) -> Result<Started> {
        let undone = self.entry(id)?;
        let wanted = self.rollback(&undone).await?;
        let consent = Consent::Given {
            confirm,
            acknowledged,
        };
        let (known, reserved) = Box::pin(self.agreed(&wanted, consent)).await?;
        for need in self.needs(&undone, &wanted).await? {
            let need = stricter(known.plan.needs.clone(), need);
            environments::require(Some(&need), confirm, known.name())?;
        }
        let this = Arc::clone(self);
        let target = Target::container(known.name());
        Ok(self.operations.start_task(
            "container.rollback",
            known.plan.title.clone(),
            target,
            true,
            move |task| async move {
                let rollback = this.perform_rollback(&task, undone, wanted, known, reserved);
                Box::pin(rollback).await
            },
        ))
    }

    async fn rollback(&self, entry: &UpdateHistoryEntry) -> Result<Wanted> {
        let name = &entry.container;
        let refuse = |why: String| Err(Error::conflict(why).code("no_rollback"));
        match entry.outcome {
            UpdateOutcome::Succeeded if entry.rolled_back_by.is_none() => {}
            UpdateOutcome::Running => {
                return refuse(format!("This update of {name} has not ended yet."));
            }
            _ => {
                return refuse(format!(
                    "This update of {name} changed nothing that is left: it did not succeed, or was taken back already."
                ));
            }
        }
        let Some(backup) = &entry.backup else {
            return refuse(format!("No configuration of {name} was saved before it."));
        };
        let Ok(saved) = self.saved.body(backup) else {
            return refuse(format!(
                "The configuration of {name} that was saved before it is gone: the newest ten of each container are kept."
            ));
        };
        // By its whole name: what else fits may be another one.
        let mut views = self.containers.views()?.into_iter();
        let Some(view) = views.find(|view| view.container.name == *name) else {
            return refuse(format!(
                "There is no container {name} any more. Restore its saved configuration instead."
            ));
        };
        if let Some(moved) = self.renamed(entry, &view)? {
            return refuse(format!(
                "The container that was updated is called {moved} now, and the {name} that there is now is another one. It is left alone: rename both, so that {moved} is called {name} again, or restore the saved configuration of the earlier {name} instead."
            ));
        }
        let history = self.history(Some(name))?;
        if descent(entry, &history, &view.container) == Descent::Other {
            return refuse(format!(
                "The {name} that there is now, created from {}, is another container than the one that was updated. It is left alone: rename it, then restore the saved configuration of the earlier {name} instead.",
                view.container.image
            ));
        }
        let own = Reference::parse(&entry.old_image)
            .map_err(|why| Error::conflict(why).code("no_rollback"))?;
        let source = self.source(entry, &own).await?;
        let tag = (own.digest.is_none() && !is_image_id(&entry.old_image)).then(|| TagMove {
            reference: entry.old_image.clone(),
            old: None,
            new: entry.old_image_id.clone(),
        });
        Ok(Wanted {
            image: entry.old_image.clone(),
            own,
            replace: Replace {
                purpose: Purpose::RollBack,
                request: Recreate {
                    pull: Pull::Never,
                    stable_seconds: Some(super::STABLE_SECONDS),
                    ..Recreate::default()
                },
                saved: Some(saved),
                tag,
                source,
            },
            view,
        })
    }

    /// What the old image has to be pulled by; `None` when it is on this host.
    async fn source(&self, entry: &UpdateHistoryEntry, own: &Reference) -> Result<Option<String>> {
        if self.engine.image(&entry.old_image_id).await?.is_some() {
            return Ok(None);
        }
        let digest = entry.old_digest.as_ref().ok_or_else(|| {
            Error::conflict(format!(
                "The earlier image of {} is no longer on this host, and no registry is known to have it.",
                entry.container
            ))
            .code("no_rollback")
        })?;
        Ok(Some(format!("{}@{digest}", own.familiar_name())))
    }

    async fn perform_rollback(
        &self,
        task: &Task,
        undone: UpdateHistoryEntry,
        mut wanted: Wanted,
        known: Recreation,
        reserved: Reservation,
    ) -> Result<String> {
        let name = known.name().to_owned();
        let _turn = self.turn(task, &wanted.image).await?;
        let history = self.history(Some(&name))?;
        let later = taken_back_with(&undone, &history, &wanted.view.container);
        let mut entry = UpdateHistoryEntry {
            new_digest: undone.old_digest.clone(),
            rollback_of: Some(undone.id.clone()),
            takes_back: later.iter().map(|later| later.id.clone()).collect(),
            ..begun(task, &wanted, UpdateTrigger::Rollback)
        };
        let restored = match self.earlier_image(task, &undone, &mut wanted).await {
            Ok(id) => id,
            Err(error) => {
                self.note_failure(entry, &error).await;
                return Err(error);
            }
        };
        entry.new_image_id = Some(restored);
        entry.backup = self.save(&known, "rollback").await?;
        let done = format!("{name} was rolled back to {}", undone.old_image);
        let update = PendingUpdate {
            entry,
            tag: wanted.replace.tag.clone(),
        };
        let replaced = self.replace(task, &reserved, known, &wanted.replace, update, &done);
        let outcome = Box::pin(replaced).await?;
        task.produced(outcome.produced());
        self.updates.refresh();
        Ok(outcome.sentence(&done))
    }

    /// The image that it had is on this host when this returns; gives its id.
    async fn earlier_image(
        &self,
        task: &Task,
        undone: &UpdateHistoryEntry,
        wanted: &mut Wanted,
    ) -> Result<String> {
        if let Some(source) = &wanted.replace.source {
            self.images
                .provide(task, source, None, Pull::Missing)
                .await?;
            self.engine.refresh_images().await;
        }
        let reference = wanted
            .replace
            .source
            .as_ref()
            .unwrap_or(&undone.old_image_id);
        let image = self.engine.image(reference).await?.ok_or_else(|| {
            Error::conflict("The earlier image was removed by somebody. Try again.")
                .code("image_missing")
        })?;
        if let Some(tag) = &mut wanted.replace.tag {
            let now = self.engine.image(&tag.reference).await?;
            tag.old = now.map(|image| image.id);
            tag.new.clone_from(&image.id);
        }
        Ok(image.id)
    }
}
