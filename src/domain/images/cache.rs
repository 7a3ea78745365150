//! The build cache: what it holds, and pruning it.

use super::ImageService;
use super::prune::amount;
use crate::domain::commands::ImageCommand;
use crate::domain::operations::Started;
use crate::error::{Error, Result};
use crate::model::build_cache::{BuildCache, BuildCacheItem};
use crate::model::operation::{Target, TargetKind};
use crate::model::plan::Plan;
use serde::Deserialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// How much of the build cache is removed.
#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct CachePrune {
    /// All that no build uses at the moment; else only what nothing refers to any longer.
    pub all: bool,
}

/// Records that are listed; a busy builder has thousands.
const MOST: usize = 500;

impl ImageService {
    pub async fn build_cache(&self) -> Result<BuildCache> {
        let found = self.engine.build_cache().await?;
        let is_available = found.is_some();
        let mut items = found.unwrap_or_default();
        let sum = |fits: fn(&BuildCacheItem) -> bool| {
            let fitting = items.iter().filter(|item| fits(item));
            fitting.map(|item| item.size_bytes).sum()
        };
        // What is shared is counted with those that share it.
        let size_bytes = sum(|item| !item.shared);
        let reclaimable_bytes = sum(|item| !item.shared && !item.in_use);
        items.truncate(MOST);
        Ok(BuildCache {
            is_available,
            size_bytes,
            reclaimable_bytes,
            items,
        })
    }

    pub async fn plan_prune_cache(&self, request: CachePrune) -> Result<Plan> {
        let cache = self.build_cache().await?;
        if !cache.is_available {
            return Err(without_cache());
        }
        let steps = if request.all {
            vec![format!(
                "Remove everything that no build uses at the moment: about {}.",
                amount(cache.reclaimable_bytes)
            )]
        } else {
            vec!["Remove what no image and no other part of the cache refers to.".to_owned()]
        };
        Ok(Plan {
            title: "Prune the build cache".to_owned(),
            steps,
            warnings: if request.all {
                vec!["The next build of each image starts from the beginning.".to_owned()]
            } else {
                Vec::new()
            },
            keeps: vec!["All images, containers and volumes.".to_owned()],
            commands: Some(self.shell(&ImageCommand::PruneCache { all: request.all })),
            ..Plan::default()
        })
    }

    /// Does it, as an operation.
    pub fn prune_cache(self: &Arc<Self>, request: CachePrune) -> Result<Started> {
        self.engine.images()?;
        if self.engine.is_podman() {
            return Err(without_cache());
        }
        let target = Target::new(TargetKind::Image, "build cache");
        let reserved = self.operations.reserve(std::slice::from_ref(&target))?;
        let this = Arc::clone(self);
        let title = "Prune the build cache".to_owned();
        Ok(self
            .operations
            .start("image.prune_cache", title, target, async move {
                let _reserved = reserved;
                let bytes = this.engine.prune_build_cache(request.all).await?;
                Ok(format!(
                    "The build cache was pruned: {} are free.",
                    amount(bytes)
                ))
            }))
    }
}

fn without_cache() -> Error {
    Error::conflict("This engine has no build cache that can be pruned.").code("engine_lacks")
}
