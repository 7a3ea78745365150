//! One act on several images: one operation, with a result for each.

use super::ImageService;
use super::removal::Removal;
use crate::domain::commands::ImageCommand;
use crate::domain::operations::{Started, Task};
use crate::error::{Error, Result};
use crate::model::operation::{OperationResult, OperationState, Progress, Target, TargetKind};
use crate::model::plan::Plan;
use serde::Deserialize;
use std::cmp::Reverse;
use std::sync::Arc;
use utoipa::ToSchema;

/// The most images of one request.
const MOST: usize = 1000;

/// What is to be done to several images.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ImageBulkRequest {
    pub action: ImageAction,
    /// Ids, tags, or beginnings of ids. Those that a container uses are left out.
    pub images: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ImageAction {
    Remove,
}

/// Those that can be removed, and what stands in the way of the others.
type Sorted = (Vec<Removal>, Vec<String>);

impl ImageService {
    pub fn plan_bulk(&self, request: &ImageBulkRequest) -> Result<Plan> {
        let (removals, refused) = self.sorted(&request.images)?;
        let references = removals
            .iter()
            .flat_map(|one| one.image().references())
            .collect::<Vec<_>>();
        Ok(Plan {
            title: title(removals.len()),
            steps: removals
                .iter()
                .map(|one| format!("Remove {}.", one.name()))
                .collect(),
            warnings: refused
                .iter()
                .map(|why| format!("Left out: {why}"))
                .chain(local_only(&removals))
                .collect(),
            keeps: vec!["Layers that other images have too, images without a name that they were built on, and all volumes.".to_owned()],
            commands: (!references.is_empty())
                .then(|| self.shell(&ImageCommand::Remove(references))),
            ..Plan::default()
        })
    }

    /// Does it, as one operation. It fails only when not one of them worked.
    pub fn bulk(self: &Arc<Self>, request: &ImageBulkRequest) -> Result<Started> {
        let (removals, refused) = self.sorted(&request.images)?;
        if removals.is_empty() {
            let why = refused.into_iter().next().unwrap_or_default();
            return Err(
                Error::conflict(format!("None of them can be removed. {why}")).code("image_in_use"),
            );
        }
        self.start_removals("image.bulk.remove", title(removals.len()), removals)
    }

    /// Removes these one after another, as one operation.
    pub(super) fn start_removals(
        self: &Arc<Self>,
        kind: &str,
        title: String,
        removals: Vec<Removal>,
    ) -> Result<Started> {
        let targets: Vec<Target> = removals.iter().flat_map(Removal::targets).collect();
        let reserved = self.operations.reserve(&targets)?;
        let names: Vec<String> = removals.iter().map(Removal::name).collect();
        let this = Arc::clone(self);
        let target = Target::new(TargetKind::Image, names.join(", "));
        Ok(self
            .operations
            .start_task(kind, title, target, true, move |task| async move {
                let _reserved = reserved;
                let told = this.remove_each(&task, &removals).await;
                this.engine.refresh_images().await;
                told
            }))
    }

    async fn remove_each(&self, task: &Task, removals: &[Removal]) -> Result<String> {
        let mut failed = Vec::new();
        for (at, removal) in removals.iter().enumerate() {
            task.check().map_err(|_| {
                Error::conflict(
                    "It was cancelled; images that had been removed before stay removed.",
                )
                .code("cancelled")
            })?;
            let outcome = self.perform_removal(removal).await;
            let (state, message, error) = match outcome {
                Ok(message) => (OperationState::Succeeded, message, None),
                Err(error) => {
                    failed.push(removal.name());
                    let code = error.code.unwrap_or("failed").to_owned();
                    (OperationState::Failed, error.message, Some(code))
                }
            };
            let result = OperationResult {
                target: removal.name(),
                state,
                message,
                error,
            };
            let progress = Progress {
                done: at as u64 + 1,
                total: Some(removals.len() as u64),
                unit: "images".to_owned(),
                parts: Vec::new(),
            };
            task.result(result, progress);
        }
        let total = removals.len();
        if failed.len() == total {
            return Err(Error::conflict(
                "None of the images could be removed. The results say why.",
            )
            .code("bulk_failed"));
        }
        if failed.is_empty() {
            return Ok(format!("Removed {}.", count(total)));
        }
        Ok(format!(
            "Removed {} of {}; not {}.",
            total - failed.len(),
            count(total),
            failed.join(", ")
        ))
    }

    fn sorted(&self, references: &[String]) -> Result<Sorted> {
        if references.is_empty() {
            return Err(Error::invalid("images", "Select at least one image."));
        }
        if references.len() > MOST {
            return Err(Error::invalid(
                "images",
                format!("At most {MOST} images at once."),
            ));
        }
        let (mut removals, mut refused): Sorted = Sorted::default();
        for reference in references {
            match self.removal(reference, None) {
                Ok(one)
                    if removals
                        .iter()
                        .any(|known| known.image().id == one.image().id) => {}
                Ok(one) => match self.need_for_tags(&one.image().tags)?.0 {
                    None => removals.push(one),
                    Some(need) => refused.push(format!("{} Remove it by itself.", need.reason)),
                },
                Err(error) if error.code == Some("image_in_use") => refused.push(error.message),
                Err(error) => return Err(error),
            }
        }
        // What was built on another goes before it.
        removals.sort_by_key(|one| Reverse((one.image().size_bytes, one.image().created_at)));
        Ok((removals, refused))
    }
}

/// The warning about those that no registry is known to have.
pub(super) fn local_only(removals: &[Removal]) -> Option<String> {
    let names: Vec<String> = removals
        .iter()
        .filter(|one| one.image().digests.is_empty() && !one.image().tags.is_empty())
        .map(Removal::name)
        .collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    (!names.is_empty()).then(|| {
        format!(
            "No registry is known to have {}: built or loaded here, and gone for good unless saved first.",
            crate::domain::environments::some_of(&names)
        )
    })
}

fn title(images: usize) -> String {
    format!("Remove {}", count(images))
}

pub(super) fn count(images: usize) -> String {
    if images == 1 {
        "1 image".to_owned()
    } else {
        format!("{images} images")
    }
}
