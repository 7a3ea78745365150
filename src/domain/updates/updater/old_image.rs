//! Removing the image that an update has replaced.

use super::Updater;
use crate::domain::operations::Task;
use crate::model::image::ImageSummary;
use crate::model::update_history::UpdateHistoryEntry;

impl Updater {
    /// Removes it if nothing else has or needs it; the sentence says why it stays.
    pub(super) async fn remove_old_image(
        &self,
        task: &Task,
        entry: &UpdateHistoryEntry,
    ) -> Option<String> {
        self.engine.refresh_images().await;
        let images = self.engine.images().ok()?;
        let image = images.iter().find(|image| image.id == entry.old_image_id)?;
        let why = if let Some(why) = self.keeps(task, image, entry) {
            why
        } else {
            let mut refused = None;
            for reference in image.references() {
                if let Err(error) = self.engine.remove_image(&reference).await {
                    refused = Some(error.to_string());
                }
            }
            self.engine.refresh_images().await;
            refused?
        };
        Some(format!("The old image was kept: {why}"))
    }

    fn keeps(
        &self,
        task: &Task,
        image: &ImageSummary,
        entry: &UpdateHistoryEntry,
    ) -> Option<String> {
        if entry.old_digest.is_none() {
            return Some("no registry is known to have it, so a rollback needs it.".to_owned());
        }
        let containers = self.engine.containers().ok()?;
        let mut users = containers.iter().filter(|container| {
            container.image_id == image.id && container.name != entry.container
        });
        if let Some(user) = users.next() {
            return Some(format!("{} uses it.", user.name));
        }
        let other = image.tags.iter().find(|tag| **tag != entry.old_image);
        if let Some(other) = other {
            return Some(format!("it is called {other}, too."));
        }
        let journalled = self.operations.journalled_by_others(task.id()).ok()?;
        let is_needed = journalled.contains(&image.id);
        is_needed.then(|| "an interrupted operation may need it.".to_owned())
    }
}
