//! Removing an image, or one of its tags: what that will do, and doing it.

use super::journalled::is_journalled;
use super::tag_users::missing_then;
use super::{ImageService, engine_error, find};
use crate::domain::commands::ImageCommand;
use crate::domain::environments;
use crate::domain::operations::Started;
use crate::engine::EngineError;
use crate::error::{Error, Result};
use crate::model::image::{ImageSummary, ImageView};
use crate::model::operation::{Target, TargetKind};
use crate::model::plan::Plan;
use std::sync::Arc;

/// What is taken away: of the whole image, or one of several tags.
#[derive(Debug, Clone)]
pub(super) struct Removal {
    view: ImageView,
    /// Only this tag; the image keeps another one.
    tag: Option<String>,
}

impl Removal {
    /// What the engine is asked to remove, one after another.
    fn references(&self) -> Vec<String> {
        match &self.tag {
            Some(tag) => vec![tag.clone()],
            None => self.view.image.references(),
        }
    }

    pub fn targets(&self) -> Vec<Target> {
        let names = self.references().into_iter();
        names
            .chain([self.view.image.id.clone()])
            .map(|name| Target::new(TargetKind::Image, name))
            .collect()
    }

    pub fn name(&self) -> String {
        self.tag.clone().unwrap_or_else(|| self.view.image.name())
    }

    /// Of a whole image, which nothing uses.
    pub fn whole(view: ImageView) -> Self {
        Self { view, tag: None }
    }

    pub fn image(&self) -> &Arc<ImageSummary> {
        &self.view.image
    }
}

impl ImageService {
    /// What removing an image, or one of its tags, will do.
    pub fn plan_remove(&self, reference: &str, tag: Option<&str>) -> Result<Plan> {
        let removal = self.removal(reference, tag)?;
        self.plan_removal(&removal)
    }

    /// Removes it, as an operation. `confirm` answers what the plan needs.
    pub fn remove(
        self: &Arc<Self>,
        reference: &str,
        tag: Option<&str>,
        confirm: Option<&str>,
    ) -> Result<Started> {
        let removal = self.removal(reference, tag)?;
        let plan = self.plan_removal(&removal)?;
        environments::require(plan.needs.as_ref(), confirm, &removal.name())?;
        let reserved = self.operations.reserve(&removal.targets())?;
        let this = Arc::clone(self);
        let target = Target::new(TargetKind::Image, removal.name());
        Ok(self
            .operations
            .start("image.remove", plan.title, target, async move {
                let _reserved = reserved;
                let told = this.perform_removal(&removal).await;
                this.engine.refresh_images().await;
                told
            }))
    }

    /// # Errors
    /// When the image does not have the tag, or something uses it.
    pub(super) fn removal(&self, reference: &str, tag: Option<&str>) -> Result<Removal> {
        let view = self.get(reference)?;
        let Some(tag) = tag else {
            refuse_used(&view)?;
            return Ok(Removal { view, tag: None });
        };
        let own = self.naming().own(&view.image.tags, &find::tagged(tag));
        let Some(own) = own.cloned() else {
            return Err(Error::invalid(
                "tag",
                format!("{} does not have the tag {tag}.", view.image.name()),
            ));
        };
        if view.image.references().len() == 1 {
            // With its last name the engine removes the image itself.
            refuse_used(&view)?;
            return Ok(Removal { view, tag: None });
        }
        Ok(Removal {
            view,
            tag: Some(own),
        })
    }

    fn plan_removal(&self, removal: &Removal) -> Result<Plan> {
        let image = removal.image();
        let commands = Some(self.shell(&ImageCommand::Remove(removal.references())));
        if let Some(tag) = &removal.tag {
            let users = self.created_from(tag)?;
            return Ok(Plan {
                title: format!("Remove the tag {tag}"),
                steps: vec![format!("Remove the tag {tag}.")],
                warnings: missing_then(tag, &users).into_iter().collect(),
                keeps: vec!["The image, under its other names.".to_owned()],
                needs: self.need_for_tag(tag, &users, "remove"),
                commands,
                ..Plan::default()
            });
        }
        let mut steps = Vec::new();
        if !image.tags.is_empty() {
            steps.push(format!("Remove its tags: {}.", image.tags.join(", ")));
        }
        steps.push(format!(
            "Delete {} and those of its layers that no other image has.",
            image.name()
        ));
        let (needs, mut warnings) = self.need_for_tags(&image.tags)?;
        if image.digests.is_empty() {
            warnings.push("No registry is known to have it: it was built or loaded here. Save it first, unless it can be built again.".to_owned());
        }
        let saved = self.saved_for(image)?;
        if !saved.is_empty() {
            warnings.push(format!(
                "Saved configurations of {} name it. To restore them it must be pulled again.",
                saved.join(", ")
            ));
        }
        Ok(Plan {
            title: format!("Remove {}", image.name()),
            steps,
            warnings,
            keeps: vec![
                "Layers that other images have too, images without a name that it was built on, and all volumes.".to_owned(),
            ],
            needs,
            commands,
            ..Plan::default()
        })
    }

    /// Its sentence is how it went.
    pub(super) async fn perform_removal(&self, removal: &Removal) -> Result<String> {
        let name = removal.name();
        self.refuse_journalled(removal.image())?;
        let mut gone: Vec<String> = Vec::new();
        for reference in removal.references() {
            match self.engine.remove_image(&reference).await {
                Ok(true) => gone.push(reference),
                Ok(false) => {}
                Err(error) => return Err(half_way(engine_error(error, &reference), &gone)),
            }
        }
        let removed = !gone.is_empty();
        if removal.tag.is_some() {
            return Ok(if removed {
                format!("The tag {name} was removed.")
            } else {
                format!("The tag {name} had been removed already.")
            });
        }
        let id = &removal.image().id;
        if self.engine.image_inspect(id).await?.is_none() {
            return Ok(if removed {
                format!("{name} was removed.")
            } else {
                format!("{name} had been removed already.")
            });
        }
        // Its names are gone; by its id the engine says what keeps the rest.
        match self.engine.remove_image(id).await {
            Ok(_) => Ok(format!("{name} was removed.")),
            Err(EngineError::Conflict(said)) if removed => Ok(format!(
                "{name} has no name any more. The image itself stays, because something is built on it: {said}."
            )),
            Err(error) => Err(half_way(engine_error(error, &name), &gone)),
        }
    }

    /// An interrupted operation may need the image to roll back.
    fn refuse_journalled(&self, image: &ImageSummary) -> Result<()> {
        if is_journalled(&self.operations.journalled()?, image) {
            return Err(Error::conflict(format!(
                "An interrupted operation may need {} to roll back. Wait until it is completed; Operations shows why it waits.",
                image.name()
            ))
            .code("recovery_pending"));
        }
        Ok(())
    }
}

/// The error, with what had been done before.
fn half_way(mut error: Error, gone: &[String]) -> Error {
    if !gone.is_empty() {
        error.message = format!("{} Already removed: {}.", error.message, gone.join(", "));
    }
    error
}

fn refuse_used(view: &ImageView) -> Result<()> {
    let names: Vec<&str> = view.used_by.iter().map(|user| user.name.as_str()).collect();
    if names.is_empty() {
        return Ok(());
    }
    let (verb, them) = if names.len() == 1 {
        ("uses", "it")
    } else {
        ("use", "them")
    };
    Err(Error::conflict(format!(
        "{} {verb} {}. Recreate {them} from another image, or delete {them}; then remove the image.",
        environments::some_of(&names),
        view.image.name()
    ))
    .code("image_in_use"))
}
