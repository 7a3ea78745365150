//! Which containers have updates, by their ids: found by the check, read by
//! whoever shows a container.

use crate::model::update::{UpdateCounts, UpdateStatus};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use tokio::sync::Notify;

/// A handle: clones share one memory.
#[derive(Debug, Clone, Default)]
pub struct UpdateStatuses(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    by_id: RwLock<HashMap<String, Arc<UpdateStatus>>>,
    /// Ids whose status is different, until somebody takes them.
    changed: Mutex<Vec<String>>,
    notify: Notify,
}

impl UpdateStatuses {
    pub fn of(&self, id: &str) -> Option<Arc<UpdateStatus>> {
        let all = self.0.by_id.read().unwrap_or_else(PoisonError::into_inner);
        all.get(id).cloned()
    }

    pub fn counts(&self) -> UpdateCounts {
        let all = self.0.by_id.read().unwrap_or_else(PoisonError::into_inner);
        UpdateCounts::of(all.values().map(|status| status.state))
    }

    /// Takes over all of them, and tells of those that are different now.
    pub fn replace(&self, new: Vec<(String, UpdateStatus)>) {
        let mut all = self.0.by_id.write().unwrap_or_else(PoisonError::into_inner);
        let mut before = std::mem::take(&mut *all);
        let mut changed = Vec::new();
        for (id, status) in new {
            let known = before.remove(&id).filter(|known| **known == status);
            let status = known.unwrap_or_else(|| {
                changed.push(id.clone());
                Arc::new(status)
            });
            all.insert(id, status);
        }
        drop(all);
        if !changed.is_empty() {
            let mut told = self
                .0
                .changed
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            told.extend(changed);
            drop(told);
            self.0.notify.notify_one();
        }
    }

    /// Waits until some are different. One task follows.
    pub async fn changed(&self) {
        self.0.notify.notified().await;
    }

    /// The ids of those that became different since the last call.
    pub fn take_changed(&self) -> Vec<String> {
        let mut told = self
            .0
            .changed
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *told)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::update::UpdateState;
    use crate::model::version_tag::NewerVersions;

    #[test]
    fn only_statuses_that_differ_are_told() {
        let status = |state| UpdateStatus {
            state,
            reason: None,
            message: String::new(),
            reference: None,
            current_digest: None,
            latest_digest: None,
            latest_since: None,
            newer: NewerVersions::default(),
            newer_since: std::collections::BTreeMap::new(),
            checked_at: None,
        };
        let statuses = UpdateStatuses::default();
        let (a, b) = ("a".to_owned(), "b".to_owned());
        let first = vec![
            (a.clone(), status(UpdateState::UpToDate)),
            (b.clone(), status(UpdateState::Pinned)),
        ];
        statuses.replace(first.clone());
        assert_eq!(statuses.take_changed().len(), 2);
        statuses.replace(first);
        assert!(statuses.take_changed().is_empty());
        let second = vec![(a.clone(), status(UpdateState::UpdateAvailable))];
        statuses.replace(second);
        assert_eq!(statuses.take_changed(), ["a"]);
        assert_eq!(statuses.of("b"), None);
        assert_eq!(statuses.counts().update_available, 1);
    }
}
