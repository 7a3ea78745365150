//! Removing what nothing uses: exactly what goes, what stays and why, and what
//! that frees.

use super::bulk::{count, local_only};
use super::journalled::is_journalled;
use super::removal::Removal;
use super::{ImageService, find, layers};
use crate::domain::commands::ImageCommand;
use crate::domain::operations::Started;
use crate::error::{Error, Result};
use crate::model::image::{ImageView, KeptImage, PrunePreview, PrunedImage};
use crate::model::plan::Plan;
use serde::Deserialize;
use std::cmp::Reverse;
use std::collections::HashSet;
use std::sync::Arc;
use utoipa::ToSchema;

/// What is to be removed.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PruneRequest {
    /// All that no container uses, not only those without a tag.
    pub unused: bool,
    /// Only these of them, by id: those that a preview has shown. What came into use
    /// since stays.
    pub images: Option<Vec<String>>,
}

/// What would go, and what stays although nothing uses it.
#[derive(Debug, Default)]
struct Sorted {
    gone: Vec<ImageView>,
    kept: Vec<KeptImage>,
    /// Nothing uses it, but it is not asked for.
    left: usize,
}

impl ImageService {
    /// What removing unused images would do. `unused` means all of them, else only
    /// those without a tag.
    pub async fn preview_prune(&self, unused: bool) -> Result<PrunePreview> {
        let request = PruneRequest {
            unused,
            images: None,
        };
        let sorted = self.to_prune(&request)?;
        let (frees_bytes, is_exact) = self.freed(&sorted.gone).await?;
        let images = sorted.gone.iter().map(|view| PrunedImage {
            id: view.image.id.clone(),
            name: view.image.name(),
            tags: view.image.tags.clone(),
            size_bytes: view.image.size_bytes,
            created_at: view.image.created_at,
        });
        Ok(PrunePreview {
            images: images.collect(),
            kept: sorted.kept,
            frees_bytes,
            is_exact,
        })
    }

    pub async fn plan_prune(&self, request: &PruneRequest) -> Result<Plan> {
        let sorted = self.to_prune(request)?;
        let (bytes, is_exact) = self.freed(&sorted.gone).await?;
        let removals: Vec<Removal> = self.removals(&sorted.gone)?;
        let references: Vec<String> = sorted
            .gone
            .iter()
            .flat_map(|view| view.image.references())
            .collect();
        let about = if is_exact { "" } else { "about " };
        let mut steps: Vec<String> = sorted
            .gone
            .iter()
            .map(|view| format!("Remove {}.", view.image.name()))
            .collect();
        steps.push(if sorted.gone.is_empty() {
            "Nothing is removed.".to_owned()
        } else {
            format!("That frees {about}{}.", amount(bytes))
        });
        let mut keeps = vec!["Every image that a container uses, also a stopped one.".to_owned()];
        keeps.extend(
            sorted
                .kept
                .iter()
                .map(|kept| format!("{}: {}", kept.name, kept.reason)),
        );
        if sorted.left > 0 && !request.unused {
            keeps.push(format!(
                "{} with a tag that no container uses.",
                count(sorted.left)
            ));
        }
        Ok(Plan {
            title: title(sorted.gone.len()),
            steps,
            warnings: local_only(&removals).into_iter().collect(),
            keeps,
            commands: (!references.is_empty())
                .then(|| self.shell(&ImageCommand::Remove(references))),
            ..Plan::default()
        })
    }

    /// Does it, as one operation.
    ///
    /// # Errors
    /// A conflict when nothing is to be removed, or while a container is being created.
    pub fn prune(self: &Arc<Self>, request: &PruneRequest) -> Result<Started> {
        let sorted = self.to_prune(request)?;
        if sorted.gone.is_empty() {
            return Err(Error::conflict(
                "There is no image to remove: all are in use or are kept.",
            )
            .code("nothing_to_prune"));
        }
        let removals = self.removals(&sorted.gone)?;
        self.start_removals("image.prune", title(sorted.gone.len()), removals)
    }

    fn removals(&self, gone: &[ImageView]) -> Result<Vec<Removal>> {
        gone.iter()
            .map(|view| self.removal(&view.image.id, None))
            .collect()
    }

    fn to_prune(&self, request: &PruneRequest) -> Result<Sorted> {
        self.refuse_while_creating()?;
        let wanted: Option<HashSet<&str>> = request
            .images
            .as_ref()
            .map(|ids| ids.iter().map(String::as_str).collect());
        let journalled = self.operations.journalled()?;
        let saved = self.saved.list(None)?;
        let views = self.views()?;
        let exists = |id: &str| views.iter().any(|view| view.image.id == id);
        let mut sorted = Sorted::default();
        for view in &views {
            let image = &view.image;
            let is_listed = wanted
                .as_ref()
                .is_none_or(|ids| ids.contains(image.id.as_str()));
            if !view.used_by.is_empty() || !is_listed {
                continue;
            }
            if !view.is_dangling && !request.unused {
                sorted.left += 1;
                continue;
            }
            // Restored, the container gets what its tag names, once its own image is gone.
            let needs = saved.iter().find(|saved| {
                let by_tag = !exists(&saved.image_id)
                    && image
                        .tags
                        .iter()
                        .any(|tag| find::is_same_name(tag, &find::tagged(&saved.image)));
                saved.image_id == image.id || by_tag
            });
            let reason = if is_journalled(&journalled, image) {
                Some("An interrupted operation may need it to roll back.".to_owned())
            } else {
                needs.map(|saved| {
                    format!(
                        "A saved configuration of {} needs it to be restored.",
                        saved.container
                    )
                })
            };
            match reason {
                Some(reason) => sorted.kept.push(KeptImage {
                    id: image.id.clone(),
                    name: image.name(),
                    reason,
                }),
                None => sorted.gone.push(view.clone()),
            }
        }
        sorted
            .gone
            .sort_by_key(|view| Reverse(view.image.size_bytes));
        Ok(sorted)
    }

    /// What is created from an image uses it only once it is there.
    fn refuse_while_creating(&self) -> Result<()> {
        let running = self.operations.running_now();
        let creates = |kind: &str| {
            ["container.create", "container.recreate", "image.pull"]
                .iter()
                .any(|known| kind.starts_with(known))
        };
        match running.iter().find(|one| creates(&one.kind)) {
            Some(one) => Err(Error::conflict(format!(
                "\"{}\" is under way and may need an image that nothing uses yet. Wait until it has finished.",
                one.title
            ))
            .code("operation_running")),
            None => Ok(()),
        }
    }

    /// Bytes that are free once these are gone, and whether that is exact.
    async fn freed(&self, gone: &[ImageView]) -> Result<(u64, bool)> {
        let images = self.engine.images()?;
        let all = self.layers_of(&images).await?;
        let ids: HashSet<&str> = gone.iter().map(|view| view.image.id.as_str()).collect();
        let (gone, left): (Vec<_>, Vec<_>) = all
            .into_iter()
            .partition(|(id, _)| ids.contains(id.as_str()));
        let layers =
            |list: Vec<(String, _)>| list.into_iter().map(|(_, one)| one).collect::<Vec<_>>();
        Ok(layers::freed(&layers(gone), &layers(left)))
    }
}

fn title(images: usize) -> String {
    format!("Prune {}", count(images))
}

/// "1.2 GB": in 1000, as the CLI tells the sizes of images.
pub(super) fn amount(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["B", "kB", "MB", "GB", "TB"];
    #[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
    let mut value = bytes as f64;
    let mut unit = 0;
    while value >= 999.5 && unit + 1 < UNITS.len() {
        value /= 1000.0;
        unit += 1;
    }
    let digits = usize::from(unit > 1 && value < 100.0);
    format!("{value:.digits$} {}", UNITS[unit])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_told_in_decimal_units() {
        for (bytes, text) in [
            (0, "0 B"),
            (999, "999 B"),
            (1500, "2 kB"),
            (187_300_000, "187 MB"),
            (1_240_000_000, "1.2 GB"),
        ] {
            assert_eq!(amount(bytes), text);
        }
    }
}
