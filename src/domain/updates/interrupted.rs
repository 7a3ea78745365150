//! What was being looked up when the program ended. It may be why: what an unknown server
//! answers is read then. So it is not asked for again at once at every start, but later
//! each time, and alone.
//!
//! Invariant: a reference is stored as under way before its registry is asked, unless
//! nothing can be stored.

use super::{Known, Updates};
use crate::error::Result;
use crate::model::backoff::Backoff;
use crate::model::timestamp::Timestamp;
use crate::model::update::UnknownReason;
use crate::store::{Commit, ProblemRecord};
use std::collections::BTreeMap;
use std::time::Duration;

/// A power cut is the usual reason, so the first wait is short.
const WAIT: Backoff = Backoff {
    first: Duration::from_mins(15),
    longest: Duration::from_hours(24),
};

/// What is asked for now, as far as the store is told of it; at the end it is not any more.
pub(super) struct UnderWay<'a> {
    updates: &'a Updates,
    references: Vec<String>,
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        let mut known = self.updates.known();
        for reference in &self.references {
            known.asking.remove(reference);
        }
    }
}

impl Known {
    /// Puts off what was under way at the end of the run before.
    pub(super) fn put_off_interrupted(&mut self, under_way: BTreeMap<String, u32>) {
        for (reference, tries) in &under_way {
            let retry_at = Timestamp::now().plus(WAIT.after(*tries));
            let record = self.records.entry(reference.clone()).or_default();
            record.problem = Some(problem(retry_at));
        }
        self.interrupted = under_way;
    }

    /// Not to be asked for by itself yet.
    pub(super) fn is_put_off(&self, reference: &str) -> bool {
        let problem = self
            .records
            .get(reference)
            .and_then(|record| record.problem.as_ref())
            .filter(|problem| problem.reason == UnknownReason::Interrupted);
        problem.is_some_and(|problem| problem.retry_at.is_some_and(|at| at > Timestamp::now()))
    }

    fn under_way(&self) -> BTreeMap<String, u32> {
        let mut all = self.interrupted.clone();
        all.extend(self.asking.clone());
        all
    }
}

impl Updates {
    /// Stores that these are looked up from now on, and gives whether that could be
    /// stored: on a full disk they are looked up all the same.
    pub(super) async fn begin_looking_up(
        &self,
        references: Vec<String>,
    ) -> (UnderWay<'_>, Result<()>) {
        let all = {
            let mut known = self.known();
            for reference in &references {
                let tries = known.interrupted.get(reference).copied().unwrap_or(0);
                known
                    .asking
                    .insert(reference.clone(), tries.saturating_add(1));
            }
            known.under_way()
        };
        let under_way = UnderWay {
            updates: self,
            references,
        };
        (under_way, self.store_under_way(&all).await)
    }

    /// Stores that they were, and that nothing came of it but an answer.
    pub(super) async fn end_looking_up(&self, under_way: UnderWay<'_>) -> Result<()> {
        {
            let mut known = self.known();
            for reference in &under_way.references {
                known.interrupted.remove(reference);
            }
        }
        drop(under_way);
        let all = self.known().under_way();
        self.store_under_way(&all).await
    }

    async fn store_under_way(&self, all: &BTreeMap<String, u32>) -> Result<()> {
        let commit = Commit::new().updates_under_way(all);
        Ok(self.store.commit(commit).await?)
    }
}

fn problem(retry_at: Timestamp) -> ProblemRecord {
    ProblemRecord {
        reason: UnknownReason::Interrupted,
        message: "DockerMate ended while this was being looked up. It is looked up again later."
            .to_owned(),
        retry_at: Some(retry_at),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_under_way_is_put_off_longer_each_time() {
        let mut known = Known::default();
        let both = [("a".to_owned(), 1), ("b".to_owned(), 3)];
        known.put_off_interrupted(BTreeMap::from(both));
        assert!(known.is_put_off("a") && known.is_put_off("b") && !known.is_put_off("c"));
        let wait = |reference: &str| {
            let problem = known.records[reference].problem.clone().unwrap();
            problem.retry_at.unwrap().seconds() - Timestamp::now().seconds()
        };
        assert!((890..=900).contains(&wait("a")), "{}", wait("a"));
        assert!(wait("b") > wait("a") * 3);
        known.asking.insert("c".to_owned(), 1);
        assert_eq!(known.under_way().len(), 3);
    }
}
