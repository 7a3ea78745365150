//! Follows the engine: what is known of updates is said again of the containers
//! and images that there are now.

use super::Updates;
use super::verdict::verdict;
use crate::engine::InventoryChange;
use crate::model::image::ImageSummary;
use crate::model::update::{UnknownReason, UpdateStatus};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;
use tokio_util::sync::CancellationToken;

/// A burst of changes is looked at once.
const BURST: Duration = Duration::from_millis(300);

impl Updates {
    /// Runs until `stop`.
    pub async fn follow(self: Arc<Self>, stop: CancellationToken) {
        let mut changes = self.engine.changes();
        loop {
            self.refresh();
            if let Err(error) = self.store_existing().await {
                tracing::error!(%error, "the new name of a container could not be noted");
            }
            loop {
                let change = tokio::select! {
                    () = stop.cancelled() => return,
                    change = changes.recv() => change,
                };
                match change {
                    Ok(
                        InventoryChange::Upsert(_)
                        | InventoryChange::Removed { .. }
                        | InventoryChange::Image(_)
                        | InventoryChange::ImageRemoved { .. }
                        | InventoryChange::Relisted,
                    )
                    | Err(RecvError::Lagged(_)) => break,
                    Ok(_) => {}
                    Err(RecvError::Closed) => return,
                }
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(BURST) => {}
            }
            changes = changes.resubscribe();
        }
    }

    /// Returns when there is a container whose image was not looked up.
    pub async fn unchecked(&self) {
        self.unchecked.notified().await;
    }

    /// What is known of each container, from memory.
    pub(super) fn refresh(&self) {
        let (Ok(containers), Ok(images)) = (self.engine.containers(), self.engine.images()) else {
            return;
        };
        self.follow_existing();
        let by_id: HashMap<&str, &ImageSummary> = images
            .iter()
            .map(|image| (image.id.as_str(), &**image))
            .collect();
        let known = self.known();
        let record = |reference: &str| {
            let record = known.records.get(reference)?.clone();
            let at = known.looked_up.get(reference).copied();
            Some((record, at.or(known.checked_at)))
        };
        let statuses: Vec<(String, UpdateStatus)> = containers
            .iter()
            .map(|container| {
                let image = by_id.get(container.image_id.as_str()).copied();
                let is_ignored = self.is_ignored(container);
                (
                    container.id.clone(),
                    verdict(container, image, is_ignored, record),
                )
            })
            .collect();
        drop(known);
        let is_unchecked = statuses
            .iter()
            .any(|(_, status)| status.reason == Some(UnknownReason::NotChecked));
        self.statuses.replace(statuses);
        self.tell();
        if is_unchecked {
            self.unchecked.notify_one();
        }
    }
}
