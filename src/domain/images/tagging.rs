//! Giving an image another name.

use super::tag_users::were;
use super::{ImageService, engine_error, find};
use crate::domain::commands::ImageCommand;
use crate::domain::environments;
use crate::domain::operations::Started;
use crate::error::{Error, Result};
use crate::model::image::ImageSummary;
use crate::model::operation::{Target, TargetKind};
use crate::model::plan::Plan;
use crate::model::spec::image_reference;
use serde::Deserialize;
use std::sync::Arc;
use utoipa::ToSchema;

#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TagRequest {
    /// The new name: `web:2` or `registry.local:5000/web:2`; without a tag it is `latest`.
    pub tag: String,
}

impl ImageService {
    pub fn plan_tag(&self, reference: &str, request: &TagRequest) -> Result<Plan> {
        let image = self.find(reference)?;
        self.tagging(&image, &tag_of(request)?)
    }

    /// Tags it, as an operation. `confirm` answers what the plan needs.
    pub fn tag(
        self: &Arc<Self>,
        reference: &str,
        request: &TagRequest,
        confirm: Option<&str>,
    ) -> Result<Started> {
        let image = self.find(reference)?;
        let tag = tag_of(request)?;
        let plan = self.tagging(&image, &tag)?;
        environments::require(plan.needs.as_ref(), confirm, &tag)?;
        let target = Target::new(TargetKind::Image, tag.as_str());
        let reserved = self.operations.reserve(std::slice::from_ref(&target))?;
        let this = Arc::clone(self);
        Ok(self
            .operations
            .start("image.tag", plan.title, target, async move {
                let _reserved = reserved;
                let (repository, version) = parts(&tag);
                let tagged = this.engine.tag_image(&image.id, repository, version).await;
                tagged.map_err(|error| engine_error(error, &image.name()))?;
                this.engine.refresh_images().await;
                Ok(format!("{tag} names the image {} now.", image.short_id()))
            }))
    }

    fn tagging(&self, image: &Arc<ImageSummary>, tag: &str) -> Result<Plan> {
        let images = self.engine.images()?;
        let naming = self.naming();
        let holder = images
            .iter()
            .find(|other| naming.own(&other.tags, tag).is_some());
        let moves = holder.filter(|holder| holder.id != image.id);
        let mut plan = Plan {
            title: format!("Tag {} as {tag}", image.name()),
            keeps: vec!["The image under its other names; nothing is copied.".to_owned()],
            commands: Some(self.shell(&ImageCommand::Tag {
                image: image.reference(),
                tag: tag.to_owned(),
            })),
            ..Plan::default()
        };
        if holder.is_some_and(|holder| holder.id == image.id) {
            plan.steps
                .push(format!("It is called {tag} already; nothing changes."));
            return Ok(plan);
        }
        plan.steps.push(format!("Give it the name {tag}."));
        if let Some(other) = moves {
            plan.warnings.push(format!(
                "{tag} names another image now ({}), which loses this name.",
                other.short_id()
            ));
            let users = self.created_from(tag)?;
            if !users.is_empty() {
                plan.warnings.push(format!(
                    "{} created from {tag}, and will have this image once recreated.",
                    were(&users)
                ));
            }
            plan.needs = self.need_for_tag(tag, &users, "move");
        }
        Ok(plan)
    }
}

/// The name with its tag.
fn tag_of(request: &TagRequest) -> Result<String> {
    let tag = request.tag.trim();
    image_reference(tag).map_err(|why| Error::invalid("tag", why))?;
    if tag.contains('@') || tag.starts_with("sha256:") {
        return Err(Error::invalid(
            "tag",
            "A new name has no digest. Write it like web:2.",
        ));
    }
    Ok(find::tagged(tag))
}

/// Repository and tag.
fn parts(tag: &str) -> (&str, &str) {
    tag.rsplit_once(':').unwrap_or((tag, "latest"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn new_name_gets_a_tag_and_must_be_a_reference_without_a_digest() {
        let of = |tag: &str| {
            tag_of(&TagRequest {
                tag: tag.to_owned(),
            })
        };
        assert_eq!(of(" web ").unwrap(), "web:latest");
        assert_eq!(
            of("localhost:5000/web").unwrap(),
            "localhost:5000/web:latest"
        );
        assert_eq!(parts("localhost:5000/web:2"), ("localhost:5000/web", "2"));
        for bad in ["", "a b", "web@sha256:00", "sha256:00", "Web", "web:"] {
            assert!(of(bad).is_err(), "{bad}");
        }
    }
}
