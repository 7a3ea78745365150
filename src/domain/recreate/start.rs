//! Starting a recreation, and the part of it that an update shares.

use super::plan::{Purpose, Recreate, RecreateService, Recreation, Replace};
use super::{Outcome, RecreateOptions, Replacement, TagMove};
use crate::domain::environments;
use crate::domain::operations::{PendingCommit, Reservation, Started, Task};
use crate::error::{Error, Result};
use crate::model::operation::Target;
use serde_json::{Value, json};
use std::sync::Arc;

impl RecreateService {
    /// Recreates it, as an operation. `confirm` answers what the plan needs.
    pub async fn recreate(
        self: &Arc<Self>,
        reference: &str,
        request: Recreate,
        confirm: Option<&str>,
        acknowledged: &[String],
    ) -> Result<Started> {
        let replace = Replace {
            request,
            ..Replace::default()
        };
        let (known, findings) = Box::pin(self.recreation(reference, &replace)).await?;
        findings.acknowledged(acknowledged)?;
        let name = known.name().to_owned();
        environments::require(known.plan.needs.as_ref(), confirm, &name)?;
        let reserved = self.operations.reserve(&super::targets(&known.group))?;
        for replacement in &known.group {
            let container = &replacement.snapshot.container;
            let view = self.containers.view(Arc::clone(container));
            self.saved
                .save(
                    &replacement.snapshot,
                    view.environment.as_deref(),
                    "recreate",
                )
                .await?;
        }
        let this = Arc::clone(self);
        let title = known.plan.title.clone();
        let target = Target::container(name.as_str());
        Ok(self.operations.start_task(
            "container.recreate",
            title,
            target,
            true,
            move |task| async move {
                this.provide(&task, &known).await?;
                let options = known.options();
                let no_more = |_: &Outcome| PendingCommit::none();
                let replaced = this.replace(&task, &reserved, known, &replace, &options, no_more);
                let outcome = Box::pin(replaced).await?;
                task.produced(outcome.produced());
                Ok(outcome.sentence(&format!("{name} was recreated")))
            },
        ))
    }

    /// The image is on this host when this returns.
    pub async fn provide(&self, task: &Task, known: &Recreation) -> Result<()> {
        let (image, platform) = (&known.spec.image, known.spec.platform.as_deref());
        self.images.provide(task, image, platform, known.pull).await
    }

    /// The tag names what it named before; the sentence says why it does not.
    ///
    /// # Errors
    /// When the engine does not answer.
    pub async fn restore_tag(&self, tag: &TagMove) -> Result<Option<String>> {
        super::tag::restore(self.engine(), tag).await
    }

    /// Replaces the whole group, with everything that `more` makes of the outcome
    /// in the commit that ends it.
    pub async fn replace(
        &self,
        task: &Task,
        reserved: &Reservation,
        known: Recreation,
        replace: &Replace,
        options: &RecreateOptions,
        more: impl FnOnce(&Outcome) -> PendingCommit,
    ) -> Result<Outcome> {
        // Others may have changed it while the image was pulled.
        let now = Box::pin(self.recreation(known.id(), replace)).await?.0;
        still_as_planned(&known, &now)?;
        let mut group = now.group;
        for replacement in &mut group {
            self.follow_image(replacement, replace).await?;
        }
        let annotation = known.annotation;
        let finish = async |outcome: &Outcome| {
            let pending = self
                .containers
                .replaced(&outcome.created, annotation)
                .await?;
            Ok(pending.and(more(outcome)))
        };
        // Large: whoever awaits this is not to carry it.
        Box::pin(self.recreator.run(task, reserved, group, options, finish)).await
    }

    /// After a pull, Compose's note of the image must name the new one, or its
    /// next `up` would think that the container drifted.
    async fn follow_image(&self, replacement: &mut Replacement, replace: &Replace) -> Result<()> {
        const LABEL: &str = "com.docker.compose.image";
        let image = replacement.body.config_text("Image").to_owned();
        let Some(Value::Object(labels)) = replacement.body.config.get_mut("Labels") else {
            return Ok(());
        };
        if !labels.contains_key(LABEL) {
            return Ok(());
        }
        let tag = replace.tag.as_ref().filter(|tag| tag.reference == image);
        let id = match tag {
            Some(tag) => Some(tag.new.clone()),
            None => self.engine().image(&image).await?.map(|image| image.id),
        };
        if let Some(id) = id {
            labels.insert(LABEL.to_owned(), id.into());
        }
        Ok(())
    }
}

impl Recreation {
    /// The container that was asked for.
    pub fn name(&self) -> &str {
        &self.group[0].snapshot.container.name
    }

    fn id(&self) -> &str {
        &self.group[0].snapshot.container.id
    }

    pub fn options(&self) -> RecreateOptions {
        RecreateOptions {
            stable: self.stable,
            pending_annotation: self.annotation.to_json(),
            purpose: Purpose::Recreate,
            update: None,
        }
    }
}

impl Outcome {
    /// For programs.
    pub fn produced(&self) -> Value {
        let containers = self.created.iter();
        let containers: Vec<Value> = containers
            .map(|(name, id)| json!({ "name": name, "id": id }))
            .collect();
        json!({
            "id": self.created.first().map(|(_, id)| id),
            "containers": containers,
            "warnings": self.warnings,
            "unused_volumes": self.unused_volumes,
        })
    }

    /// "web was recreated, and with it …"
    pub fn sentence(&self, done: &str) -> String {
        let mut message = done.to_owned();
        if self.created.len() > 1 {
            let others: Vec<_> = self.created[1..]
                .iter()
                .map(|(name, _)| name.as_str())
                .collect();
            message.push_str(&format!(", and with it {}", others.join(", ")));
        }
        message.push('.');
        if !self.unused_volumes.is_empty() {
            message.push_str(&format!(
                " No longer used, and kept: {}.",
                self.unused_volumes.join(", ")
            ));
        }
        message
    }
}

/// What was agreed to is what is about to be done.
fn still_as_planned(planned: &Recreation, now: &Recreation) -> Result<()> {
    let names = |of: &Recreation| {
        let mut names = super::names(&of.group);
        names.sort();
        names
    };
    let asks_more = now.plan.needs.is_some() && now.plan.needs != planned.plan.needs;
    if names(planned) == names(now) && !asks_more {
        return Ok(());
    }
    Err(Error::conflict(
        "Its dependents or its environment changed since the preview. Nothing was changed: look at the plan again.",
    )
    .code("plan_changed"))
}
