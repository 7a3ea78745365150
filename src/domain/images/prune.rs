//! Removing what nothing uses: exactly what goes, what stays and why, and what
//! that frees.

use super::bulk::{count, local_only};
use super::journalled::is_journalled;
use super::parents::{Parents, ancestors, depth, orphans};
use super::removal::Removal;
use super::{ImageService, find, layers};
use crate::domain::commands::ImageCommand;
use crate::domain::operations::Started;
use crate::domain::saved_configurations::Backup;
use crate::error::{Error, Result};
use crate::model::image::{ImageSummary, ImageView, KeptImage, PrunePreview, PrunedImage};
use crate::model::plan::Plan;
use serde::Deserialize;
use std::cmp::Reverse;
use std::collections::{BTreeSet, HashSet};
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
    /// What is built on another comes before it.
    gone: Vec<ImageView>,
    kept: Vec<KeptImage>,
    /// Those that stay although the list does not show them: what others are built on.
    stay: Vec<Arc<ImageSummary>>,
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
        let sorted = self.to_prune(&request).await?;
        let (frees_bytes, is_exact) = self.freed(&sorted).await?;
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
        let sorted = self.to_prune(request).await?;
        let (bytes, is_exact) = self.freed(&sorted).await?;
        let removals = removals(&sorted.gone);
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
    pub async fn prune(self: &Arc<Self>, request: &PruneRequest) -> Result<Started> {
        let sorted = self.to_prune(request).await?;
        if sorted.gone.is_empty() {
            return Err(Error::conflict(
                "There is no image to remove: all are in use or are kept.",
            )
            .code("nothing_to_prune"));
        }
        let removals = removals(&sorted.gone);
        self.start_removals("image.prune", title(sorted.gone.len()), removals)
    }

    async fn to_prune(&self, request: &PruneRequest) -> Result<Sorted> {
        self.refuse_while_creating()?;
        let wanted: Option<HashSet<&str>> = request
            .images
            .as_ref()
            .map(|ids| ids.iter().map(String::as_str).collect());
        let is_wanted = |image: &ImageSummary| {
            wanted
                .as_ref()
                .is_none_or(|ids| ids.contains(image.id.as_str()))
        };
        let ancestry = self.engine.image_ancestry().await?;
        let views = self.views()?;
        let nameless = self.not_listed(ancestry.images, &views)?;
        let needs = self.needs(views.iter().chain(&nameless)).await?;
        let mut sorted = Sorted::default();
        for view in &views {
            if !view.used_by.is_empty() || !is_wanted(&view.image) {
                continue;
            }
            if !view.is_dangling && !request.unused {
                sorted.left += 1;
                continue;
            }
            match self.why_kept(&view.image, &needs)? {
                Some(reason) => sorted.kept.push(kept(&view.image, reason)),
                None => sorted.gone.push(view.clone()),
            }
        }
        let hidden: Vec<Arc<ImageSummary>> = nameless
            .iter()
            .map(|view| Arc::clone(&view.image))
            .collect();
        let parents = &ancestry.parents;
        let more = orphans(&sorted.gone, nameless, parents, |view| {
            if !view.used_by.is_empty() || !is_wanted(&view.image) {
                return true;
            }
            let reason = self.needed(&view.image, &needs);
            let is_needed = reason.is_some();
            sorted
                .kept
                .extend(reason.map(|reason| kept(&view.image, reason)));
            is_needed
        });
        sorted.gone.extend(more);
        sorted.stay = staying(&sorted.gone, hidden, parents);
        sorted
            .gone
            .sort_by_key(|view| Reverse((view.image.size_bytes, depth(&view.image.id, parents))));
        Ok(sorted)
    }

    /// The images that the list does not show, because others are built on them.
    fn not_listed(&self, all: Vec<ImageSummary>, listed: &[ImageView]) -> Result<Vec<ImageView>> {
        let listed: HashSet<&str> = listed.iter().map(|view| view.image.id.as_str()).collect();
        let hidden: Vec<_> = all
            .into_iter()
            .filter(|image| image.tags.is_empty() && !listed.contains(image.id.as_str()))
            .map(Arc::new)
            .collect();
        Ok(find::views(&hidden, &self.engine.containers()?))
    }

    async fn needs(&self, known: impl Iterator<Item = &ImageView>) -> Result<Needs> {
        let known: HashSet<&str> = known.map(|view| view.image.id.as_str()).collect();
        let saved = self.saved.list(None)?;
        let asked: BTreeSet<&str> = saved
            .iter()
            .map(|saved| saved.image_id.as_str())
            .filter(|id| !id.is_empty() && !known.contains(id))
            .collect();
        let mut missing = HashSet::from([String::new()]);
        for id in asked {
            if self.engine.image(id).await?.is_none() {
                missing.insert(id.to_owned());
            }
        }
        Ok(Needs {
            journalled: self.operations.journalled()?,
            saved,
            missing,
        })
    }

    fn why_kept(&self, image: &ImageSummary, needs: &Needs) -> Result<Option<String>> {
        if let Some(why) = self.needed(image, needs) {
            return Ok(Some(why));
        }
        let (need, _) = self.need_for_tags(&image.tags)?;
        Ok(need.map(|need| format!("{} Remove it by itself.", need.reason)))
    }

    /// Why a rollback or a restoration needs it.
    fn needed(&self, image: &ImageSummary, needs: &Needs) -> Option<String> {
        if is_journalled(&needs.journalled, image) {
            return Some("An interrupted operation may need it to roll back.".to_owned());
        }
        let naming = self.naming();
        // Restored, the container gets what its tag names, once its own image is gone.
        let saved = needs.saved.iter().find(|saved| {
            let by_tag = needs.missing.contains(&saved.image_id)
                && naming
                    .own(&image.tags, &find::tagged(&saved.image))
                    .is_some();
            saved.image_id == image.id || by_tag
        })?;
        Some(format!(
            "A saved configuration of {} needs it to be restored.",
            saved.container
        ))
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
    async fn freed(&self, sorted: &Sorted) -> Result<(u64, bool)> {
        let ids: HashSet<&str> = sorted
            .gone
            .iter()
            .map(|view| view.image.id.as_str())
            .collect();
        let listed = self.engine.images()?;
        let left: Vec<_> = listed
            .iter()
            .chain(&sorted.stay)
            .filter(|image| !ids.contains(image.id.as_str()))
            .cloned()
            .collect();
        let gone: Vec<_> = sorted
            .gone
            .iter()
            .map(|view| Arc::clone(&view.image))
            .collect();
        let (gone, left) = (self.layers_of(&gone).await?, self.layers_of(&left).await?);
        let layers =
            |list: Vec<(String, _)>| list.into_iter().map(|(_, one)| one).collect::<Vec<_>>();
        Ok(layers::freed(&layers(gone), &layers(left)))
    }
}

/// What keeps images although nothing uses them.
struct Needs {
    /// What open entries of the journal name.
    journalled: HashSet<String>,
    saved: Vec<Backup>,
    /// The images of saved configurations that the engine has no more.
    missing: HashSet<String>,
}

fn kept(image: &ImageSummary, reason: String) -> KeptImage {
    KeptImage {
        id: image.id.clone(),
        name: image.name(),
        reason,
    }
}

/// Of those that the list does not show, what the ones that go were built on; all where
/// the engine does not tell what that is.
fn staying(
    gone: &[ImageView],
    hidden: Vec<Arc<ImageSummary>>,
    parents: &Parents,
) -> Vec<Arc<ImageSummary>> {
    let ids = gone.iter().map(|view| view.image.id.as_str());
    if parents.is_empty() {
        return hidden;
    }
    let below: HashSet<&str> = ids.flat_map(|id| ancestors(id, parents)).collect();
    hidden
        .into_iter()
        .filter(|image| below.contains(image.id.as_str()))
        .collect()
}

fn removals(gone: &[ImageView]) -> Vec<Removal> {
    gone.iter().cloned().map(Removal::whole).collect()
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
