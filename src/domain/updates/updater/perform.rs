//! The update itself.

use super::{UpdateRequest, Updater, Wanted};
use crate::domain::operations::{PendingCommit, Reservation, Task};
use crate::domain::recreate::{Outcome, PendingUpdate, Recreation, Replace, TagMove};
use crate::error::{Error, Result};
use crate::model::reference::Reference;
use crate::model::timestamp::Timestamp;
use crate::model::update_history::{UpdateHistoryEntry, UpdateOutcome, UpdateTrigger};
use crate::store::Commit;
use std::sync::{Arc, PoisonError};
use std::time::Duration;
use tokio::sync::OwnedMutexGuard;

/// Between two looks at whether it is one's turn.
const LOOK: Duration = Duration::from_millis(200);

impl Updater {
    /// Its sentence is how it went.
    pub(super) async fn update(
        &self,
        task: &Task,
        wanted: Wanted,
        known: Recreation,
        reserved: Reservation,
        request: &UpdateRequest,
        trigger: UpdateTrigger,
    ) -> Result<String> {
        let name = known.name().to_owned();
        let _turn = self.turn(task, &wanted.image).await?;
        let mut entry = begun(task, &wanted, trigger);
        if entry.old_digest.is_none() {
            entry.old_digest = self.digest_of(&entry.old_image_id, &wanted.own, None);
        }
        let old_of_tag = self.engine.image(&wanted.image).await?;
        if let Err(error) = self.recreate.provide(task, &known).await {
            self.note_failure(entry, &error).await;
            return Err(error);
        }
        self.engine.refresh_images().await;
        let Some(new) = self.engine.image(&wanted.image).await? else {
            return Err(Error::conflict(format!(
                "{} was pulled and then removed by somebody. Try again.",
                wanted.image
            ))
            .code("image_missing"));
        };
        let is_other_tag = wanted.image != wanted.view.container.image;
        if new.id == entry.old_image_id && !is_other_tag {
            self.updates.refresh();
            return Ok(format!(
                "{name} runs the newest {} already; nothing was changed.",
                wanted.image
            ));
        }
        let latest = wanted.view.update.as_ref();
        let latest = latest.and_then(|status| status.latest_digest.as_deref());
        let expected = request.expected.as_deref();
        entry.new_digest = self.digest_of(&new.id, &wanted.own, expected.or(latest));
        entry.new_image_id = Some(new.id.clone());
        let tag = TagMove {
            reference: wanted.image.clone(),
            old: old_of_tag.map(|image| image.id),
            new: new.id,
        };
        if expected.is_some() && entry.new_digest.as_deref() != expected {
            let _ = self
                .updates
                .start_check(Some(&known.group[0].snapshot.container.id));
            let moved = Error::conflict(format!(
                "{} has become another image since it was looked at, and that one was not judged yet. Nothing was changed.",
                tag.reference
            ));
            return Err(self.not_begun(entry, &tag, moved.code("tag_moved")).await);
        }
        match self.save(&known, "image_update").await {
            Ok(saved) => entry.backup = saved,
            Err(error) => return Err(self.not_begun(entry, &tag, error).await),
        }
        let what = if is_other_tag {
            wanted.image.clone()
        } else {
            format!("the newest {}", wanted.image)
        };
        let done = format!("{name} was updated to {what}");
        let update = PendingUpdate {
            entry: entry.clone(),
            tag: Some(tag.clone()),
        };
        let replaced = self.replace(task, &reserved, known, &wanted.replace, update, &done);
        let outcome = match Box::pin(replaced).await {
            Ok(outcome) => outcome,
            Err(error) => return Err(self.not_begun(entry, &tag, error).await),
        };
        let mut message = outcome.sentence(&done);
        if request.remove_old_image {
            task.step("Remove the old image");
            if let Some(why) = self.remove_old_image(task, &entry).await {
                task.note(&why);
                message.push(' ');
                message.push_str(&why);
            }
        }
        task.produced(outcome.produced());
        self.updates.refresh();
        Ok(message)
    }

    /// Of several that use the same tag one is updated or rolled back at a time: the tag
    /// is either's while it is not known which image stays.
    pub(super) async fn turn(&self, task: &Task, reference: &str) -> Result<OwnedMutexGuard<()>> {
        let tag = Reference::parse(reference)
            .map_or_else(|_| reference.to_owned(), |reference| reference.canonical());
        let turn = {
            let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
            turns.retain(|_, turn| Arc::strong_count(turn) > 1);
            Arc::clone(turns.entry(tag).or_default())
        };
        let mut is_told = false;
        loop {
            if let Ok(held) = Arc::clone(&turn).try_lock_owned() {
                return Ok(held);
            }
            task.check()?;
            if !std::mem::replace(&mut is_told, true) {
                task.step(format!("Wait for another update of {reference}"));
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Replaces the container; its entry in the history ends with the journal's.
    pub(super) async fn replace(
        &self,
        task: &Task,
        reserved: &Reservation,
        known: Recreation,
        replace: &Replace,
        update: PendingUpdate,
        done: &str,
    ) -> Result<Outcome> {
        let id = update.entry.id.clone();
        let mut options = known.options();
        options.purpose = replace.purpose;
        options.update = Some(update);
        let succeeded = |outcome: &Outcome| PendingCommit {
            commit: Commit::new().end_update_history(
                id,
                UpdateOutcome::Succeeded,
                outcome.sentence(done),
            ),
            ..PendingCommit::none()
        };
        self.recreate
            .replace(task, reserved, known, replace, &options, succeeded)
            .await
    }

    /// An update that failed. Where that was before its journal knew of it, nothing has
    /// put the tag back that the pull has moved.
    async fn not_begun(&self, entry: UpdateHistoryEntry, tag: &TagMove, error: Error) -> Error {
        let is_journalled = self.store.update_history_entry(&entry.id);
        if !matches!(is_journalled, Ok(None)) {
            return error;
        }
        if let Err(failed) = self.recreate.restore_tag(tag).await {
            tracing::warn!(%failed, reference = tag.reference, "a tag could not be put back");
        }
        self.note_failure(entry, &error).await;
        error
    }

    /// One that ended before the container was touched. A person who cancels it knows.
    pub(super) async fn note_failure(&self, entry: UpdateHistoryEntry, error: &Error) {
        if error.code == Some("cancelled") {
            return;
        }
        let id = entry.id.clone();
        let commit = Commit::new().put_update_history(entry).end_update_history(
            id,
            UpdateOutcome::Failed,
            &error.message,
        );
        if let Err(error) = self.store.commit(commit).await {
            tracing::warn!(%error, "an update that failed is missing in the history");
        }
    }

    /// The digest by which the repository names an image on this host; of several,
    /// the one that the registry named last.
    fn digest_of(&self, image: &str, own: &Reference, latest: Option<&str>) -> Option<String> {
        let images = self.engine.images().ok()?;
        let image = images.iter().find(|known| known.id == image)?;
        let named = image.digests.iter().rev().filter_map(|text| {
            let named = Reference::parse(text).ok()?;
            named
                .digest
                .clone()
                .filter(|_| named.is_same_repository(own))
        });
        let named: Vec<String> = named.collect();
        let is_latest = |digest: &&String| Some(digest.as_str()) == latest;
        let found = named.iter().find(is_latest).or(named.first());
        found.cloned()
    }
}

/// The entry of one that begins.
pub(super) fn begun(task: &Task, wanted: &Wanted, trigger: UpdateTrigger) -> UpdateHistoryEntry {
    let container = &wanted.view.container;
    let status = wanted.view.update.as_ref();
    UpdateHistoryEntry {
        id: task.id().to_owned(),
        operation: task.id().to_owned(),
        container: container.name.clone(),
        container_id: Some(container.id.clone()),
        environment: wanted.view.environment.clone(),
        trigger,
        old_image: container.image.clone(),
        new_image: wanted.image.clone(),
        old_image_id: container.image_id.clone(),
        new_image_id: None,
        old_digest: status.and_then(|status| status.current_digest.clone()),
        new_digest: None,
        started_at: Timestamp::now(),
        completed_at: None,
        outcome: UpdateOutcome::Running,
        interrupted: false,
        message: None,
        backup: None,
        rollback_of: None,
        takes_back: Vec::new(),
        rolled_back_by: None,
    }
}
