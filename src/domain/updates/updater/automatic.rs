//! Updates that are made by themselves: of containers whose policy says so, in the
//! maintenance windows.
//!
//! Invariant: what was tried and did not work, or was taken back, is not tried again.

use super::super::stateful::{is_database, is_major_of_database};
use super::selection::{Chosen, Selection, is_temporary, untouchable};
use super::{LookedAt, UpdateAllRequest, Updater};
use crate::error::Result;
use crate::model::container::{ContainerView, lasting_name};
use crate::model::reference::Reference;
use crate::model::timestamp::Timestamp;
use crate::model::update::{UpdateState, UpdateStatus};
use crate::model::update_history::{UpdateHistoryEntry, UpdateOutcome, UpdateTrigger};
use crate::model::update_policy::{EffectivePolicy, UpdatePolicy, UpdateRange};
use crate::model::version_tag::VersionTag;
use std::collections::HashMap;
use std::sync::{Arc, MutexGuard, PoisonError};
use std::time::Duration;

const DAY: Duration = Duration::from_hours(24);
/// A pull that failed, or a registry that did not answer, is tried again after this.
const AGAIN: Duration = Duration::from_hours(6);
/// What has been cut off this often is not tried by itself any more.
const MOST_INTERRUPTED: u32 = 3;

/// What one would be updated to.
#[derive(Debug, PartialEq, Eq)]
struct Target {
    tag: Option<String>,
    /// Its digest, or its tag: what is not tried twice.
    version: String,
}

impl Updater {
    /// Updates what is due; gives a sentence.
    ///
    /// # Errors
    /// When the engine does not answer, or updates are being made already.
    pub async fn run_automatic(self: &Arc<Self>) -> Result<String> {
        let mut selection = Selection::default();
        for view in self.containers.views()? {
            let policy = self.updates.policy_of(&view);
            let container = &view.container;
            if policy.policy != UpdatePolicy::Auto
                || is_temporary(container)
                || untouchable(container).is_some()
            {
                continue;
            }
            let Some(target) = self.target(&view, &policy).await? else {
                continue;
            };
            let dependents = self.dependents_of(container)?;
            match self.why_skipped(&view, &dependents, UpdateTrigger::Automatic) {
                Some(why) => selection.skipped.push((container.name.clone(), why)),
                None => selection.chosen.push(Chosen {
                    view,
                    dependents,
                    tag: target.tag,
                    version: Some(target.version),
                }),
            }
        }
        if selection.chosen.is_empty() {
            let mut said = "No update is due.".to_owned();
            for (name, why) in &selection.skipped {
                said.push_str(&format!(" {name} is skipped: {why}"));
            }
            return Ok(said);
        }
        if !self.settings.is_window_open() {
            return Ok(match selection.chosen.len() {
                1 => "1 update waits for the maintenance window.".to_owned(),
                many => format!("{many} updates wait for the maintenance window."),
            });
        }
        let remove_old_images = self
            .settings
            .read(|settings| settings.updates.remove_old_images);
        let keys: Vec<_> = selection
            .chosen
            .iter()
            .filter_map(Chosen::attempt)
            .collect();
        selection.sort();
        let request = UpdateAllRequest {
            remove_old_images,
            ..UpdateAllRequest::default()
        };
        {
            let mut attempts = self.attempts();
            attempts.retain(|_, at| at.age() < AGAIN);
            attempts.extend(keys.iter().map(|key| (key.clone(), Timestamp::now())));
        }
        let started = self.run_all(selection, request, UpdateTrigger::Automatic);
        if started.is_err() {
            let mut attempts = self.attempts();
            attempts.retain(|key, _| !keys.contains(key));
        }
        let started = started?;
        let operation = started.finished().await?;
        Ok(operation.message.unwrap_or_default())
    }

    /// Why one that was chosen is not updated by itself after all, when its turn comes.
    pub(super) async fn why_not_due(
        &self,
        chosen: &Chosen,
        view: &ContainerView,
    ) -> Result<Option<String>> {
        // That it was chosen does not count against it, and is forgotten when it is skipped.
        let key = chosen.attempt();
        let attempt = key.and_then(|key| self.attempts().remove_entry(&key));
        let policy = self.updates.policy_of(view);
        if policy.policy != UpdatePolicy::Auto {
            return Ok(Some("its update policy was changed.".to_owned()));
        }
        if !self.settings.is_window_open() {
            return Ok(Some("the maintenance window has closed.".to_owned()));
        }
        let target = self.target(view, &policy).await?;
        if target.map(|target| target.version) != chosen.version {
            return Ok(Some(
                "what it was to be updated to is not what it would be updated to now.".to_owned(),
            ));
        }
        self.attempts().extend(attempt);
        Ok(None)
    }

    fn attempts(&self) -> MutexGuard<'_, HashMap<(String, String), Timestamp>> {
        self.attempts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What it may be updated to by itself now, if anything.
    async fn target(
        &self,
        view: &ContainerView,
        policy: &EffectivePolicy,
    ) -> Result<Option<Target>> {
        let Some(status) = &view.update else {
            return Ok(None);
        };
        // The greatest step first; a smaller one where that was refused or is too new.
        for target in allowed(status, policy.range) {
            if self.is_due(view, policy, status, &target).await? {
                return Ok(Some(target));
            }
        }
        Ok(None)
    }

    async fn is_due(
        &self,
        view: &ContainerView,
        policy: &EffectivePolicy,
        status: &UpdateStatus,
        target: &Target,
    ) -> Result<bool> {
        let name = &view.container.name;
        let key = (name.clone(), target.version.clone());
        let tried = self.attempts().get(&key).copied();
        if tried.is_some_and(|at| at.age() < AGAIN) || self.was_rejected(view, target).await? {
            return Ok(false);
        }
        if policy.rules.range != Some(UpdateRange::Major)
            && !self.keeps_major_of_database(view, target).await
        {
            return Ok(false);
        }
        let soak = DAY * u32::from(policy.soak_days);
        if soak.is_zero() {
            return Ok(true);
        }
        let (seen, created) = match &target.tag {
            None => (status.latest_since, None),
            // An image says itself when it was made, so that makes the wait only longer.
            Some(tag) => (
                status.newer_since.get(tag).copied(),
                self.looked_at(view, target).await.created_at,
            ),
        };
        let now = Timestamp::now();
        let since = seen.max(created.filter(|at| *at <= now));
        Ok(seen.is_some() && since.is_some_and(|since| since.age() >= soak))
    }

    /// Whether it is not another major version of a database, as far as can be told.
    async fn keeps_major_of_database(&self, view: &ContainerView, target: &Target) -> bool {
        let Ok(own) = Reference::parse(&view.container.image) else {
            return true;
        };
        if !is_database(&own) {
            return true;
        }
        let names_version = |tag: &String| VersionTag::parse(tag).is_some();
        match &target.tag {
            Some(tag) => !is_major_of_database(&own, &own.with_tag(tag)),
            None if own.tag.as_ref().is_some_and(names_version) => true,
            None => self.looked_at(view, target).await.keeps_major,
        }
    }

    /// What a registry says of the image that it would be updated to. It is asked once
    /// in a while, however often the job looks.
    async fn looked_at(&self, view: &ContainerView, target: &Target) -> LookedAt {
        let container = &view.container;
        // Compared is with the image that this one runs.
        let of = format!("{} {}", container.image_id, container.image);
        let key = (of, target.version.clone());
        let known = self.looked().get(&key).cloned();
        if let Some(known) = known
            && known.asked_at.age() < AGAIN
        {
            return known;
        }
        let review = self
            .updates
            .review(&view.container.id, target.tag.as_deref())
            .await
            .ok();
        let found = LookedAt {
            asked_at: Timestamp::now(),
            created_at: review.as_ref().and_then(|review| review.new.created_at),
            digest: review.as_ref().and_then(|review| review.new.digest.clone()),
            keeps_major: review.is_some_and(|review| review.keeps_major),
        };
        let mut looked = self.looked();
        looked.retain(|_, known| known.asked_at.age() < AGAIN);
        looked.insert(key, found.clone());
        found
    }

    fn looked(&self) -> MutexGuard<'_, HashMap<(String, String), LookedAt>> {
        self.looked.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether it was tried and did not work, or was taken back, be it by recreating the
    /// container with what it was before; or was cut off so often that it may be the reason.
    async fn was_rejected(&self, view: &ContainerView, target: &Target) -> Result<bool> {
        let container = &view.container;
        let all = self.history(Some(lasting_name(&container.name)))?;
        let own = Reference::parse(&container.image).ok();
        let wanted = own.zip(target.tag.as_ref());
        let wanted = wanted.map(|(own, tag)| own.with_tag(tag).familiar());
        let of_tag = |entry: &UpdateHistoryEntry| wanted.as_ref() == Some(&entry.new_image);
        // A tag may be another image by now than the one that was rejected.
        let now = if all.iter().any(of_tag) {
            self.looked_at(view, target).await.digest
        } else {
            None
        };
        let is_same = |entry: &&UpdateHistoryEntry| {
            let is_same = entry.new_digest.as_ref() == Some(&target.version)
                || of_tag(entry) && (now.is_none() || entry.new_digest == now);
            is_same && entry.rollback_of.is_none()
        };
        // It has this version no more, although that was the last to be installed in it.
        let last = all.iter().find(|entry| {
            entry.outcome == UpdateOutcome::Succeeded
                && entry.container_id.as_ref() == Some(&container.id)
        });
        if last.is_some_and(|last| is_same(&last)) {
            return Ok(true);
        }
        let tries = all.iter().filter(is_same);
        let mut interrupted = 0;
        for entry in tries {
            if entry.rolled_back_by.is_some() {
                return Ok(true);
            }
            match entry.outcome {
                UpdateOutcome::RolledBack if entry.interrupted => interrupted += 1,
                UpdateOutcome::RolledBack => return Ok(true),
                _ => {}
            }
        }
        Ok(interrupted >= MOST_INTERRUPTED)
    }
}

/// The steps that are within the range, the greatest first.
fn allowed(status: &UpdateStatus, range: UpdateRange) -> Vec<Target> {
    let newer = &status.newer;
    let steps = [
        (UpdateRange::Major, &newer.major),
        (UpdateRange::Minor, &newer.minor),
        (UpdateRange::Patch, &newer.patch),
    ];
    let is_known = matches!(
        status.state,
        UpdateState::UpdateAvailable | UpdateState::NewerVersion
    );
    let tags = steps
        .into_iter()
        .filter(|(step, _)| is_known && *step <= range)
        .filter_map(|(_, tag)| tag.clone())
        .map(|tag| Target {
            version: tag.clone(),
            tag: Some(tag),
        });
    let digest = status.latest_digest.clone();
    let same_tag = digest.filter(|_| status.state == UpdateState::UpdateAvailable);
    let same_tag = same_tag.map(|version| Target { tag: None, version });
    tags.chain(same_tag).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::version_tag::NewerVersions;

    #[test]
    fn greatest_step_within_the_range_comes_first() {
        let status = |state, patch: Option<&str>, major: Option<&str>| UpdateStatus {
            state,
            reason: None,
            message: String::new(),
            reference: None,
            current_digest: None,
            latest_digest: Some("sha256:new".to_owned()),
            latest_since: None,
            newer_since: std::collections::BTreeMap::new(),
            newer: NewerVersions {
                patch: patch.map(ToOwned::to_owned),
                minor: None,
                major: major.map(ToOwned::to_owned),
            },
            checked_at: None,
        };
        let taken = |state, range| {
            let all = allowed(&status(state, Some("1.2.4"), Some("2.0.0")), range);
            let all = all.into_iter().map(|target| target.version);
            all.collect::<Vec<_>>().join(" ")
        };
        use UpdateRange as R;
        use UpdateState as S;
        for (state, range, expected) in [
            (S::UpdateAvailable, R::Digest, "sha256:new"),
            (S::NewerVersion, R::Digest, ""),
            (S::NewerVersion, R::Patch, "1.2.4"),
            (S::UpdateAvailable, R::Minor, "1.2.4 sha256:new"),
            (S::NewerVersion, R::Major, "2.0.0 1.2.4"),
            (S::Unknown, R::Major, ""),
            (S::UpToDate, R::Digest, ""),
        ] {
            assert_eq!(taken(state, range), expected, "{state:?} {range:?}");
        }
    }
}
