//! The check itself: which references, how many at once, and what is kept of it.

mod ask;

use super::Updates;
use super::look_up::{LookUp, references};
use crate::domain::operations::{Started, Task};
use crate::error::Result;
use crate::model::backoff::chance;
use crate::model::container::Container;
use crate::model::operation::{Target, TargetKind};
use crate::model::plan::Plan;
use crate::model::timestamp::Timestamp;
use crate::model::update::UpdateCounts;
use crate::store::Commit;
use ask::Found;
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

/// The soonest that something is looked at again without being asked for.
const SOONEST: Duration = Duration::from_mins(1);

/// What is looked up.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Scope {
    All,
    /// What was not looked up yet, and what may be asked for again.
    Pending,
    /// What one container runs.
    Container(String),
}

/// How a check went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Checked {
    references: usize,
    failed: usize,
}

/// Whoever looks sees that registries are being asked, until this is dropped.
struct Checking<'a>(&'a Updates);

impl<'a> Checking<'a> {
    fn begin(updates: &'a Updates) -> Self {
        updates.known().running += 1;
        updates.tell();
        Self(updates)
    }
}

impl Drop for Checking<'_> {
    fn drop(&mut self) {
        self.0.known().running -= 1;
        self.0.tell();
    }
}

impl Updates {
    /// What the schedule asks for; gives a sentence, and when to come again.
    ///
    /// # Errors
    /// When the engine does not answer, or the store cannot be written.
    pub async fn run_due(&self) -> Result<(String, Duration)> {
        self.note_existing().await?;
        let interval = self.interval();
        let checked_at = self.known().checked_at;
        // A clock that was set back makes it due as well.
        let is_due = checked_at.is_none_or(|at| at > Timestamp::now() || at.age() >= interval);
        let scope = if is_due { Scope::All } else { Scope::Pending };
        let checked = if scope == Scope::All {
            // What appears meanwhile does not wait for the slowest registry.
            tokio::select! {
                checked = self.check(&scope, None) => checked?,
                never = self.check_what_appears() => match never {},
            }
        } else {
            self.check(&scope, None).await?
        };
        let since = self
            .known()
            .checked_at
            .map_or(Duration::ZERO, Timestamp::age);
        let jitter = interval.mul_f64(chance() / 10.0);
        let full = interval.saturating_sub(since) + jitter;
        let wait = self.soonest_retry().map_or(full, |retry| full.min(retry));
        let wait = wait.max(SOONEST);
        self.known().next_check_at = Some(Timestamp::now().plus(wait));
        self.tell();
        Ok((self.sentence(checked), wait))
    }

    async fn check_what_appears(&self) -> std::convert::Infallible {
        loop {
            self.unchecked().await;
            if let Err(error) = self.check(&Scope::Pending, None).await {
                tracing::debug!(%error, "new images could not be looked up yet");
                // They are still to be looked up, so the next round would come at once.
                tokio::time::sleep(SOONEST).await;
            }
        }
    }

    /// Until something may be asked for that a registry has put off.
    fn soonest_retry(&self) -> Option<Duration> {
        let known = self.known();
        let times = known
            .records
            .values()
            .filter_map(|record| record.problem.as_ref()?.retry_at);
        let soonest = times.min()?;
        let wait = soonest.0.saturating_sub(Timestamp::now().0);
        Some(Duration::from_millis(u64::try_from(wait).unwrap_or(0)))
    }

    /// Looks for updates of one container or of all, as an operation.
    ///
    /// # Errors
    /// When there is no such container, or the same is looked for already.
    pub fn start_check(self: &Arc<Self>, container: Option<&str>) -> Result<Started> {
        let found = container
            .map(|reference| self.containers.get(reference))
            .transpose()?
            .map(|view| view.container);
        let (title, target, scope) = match &found {
            Some(container) => (
                format!("Check {} for updates", container.name),
                Target::container(&container.name),
                Scope::Container(container.id.clone()),
            ),
            None => (
                "Check for updates".to_owned(),
                Target::new(TargetKind::System, "updates"),
                Scope::All,
            ),
        };
        // Not the container itself: a look at its registry is in nobody's way.
        let busy = Target::new(TargetKind::System, format!("updates of {}", target.name));
        let reserved = self.operations.reserve(&[busy])?;
        let this = Arc::clone(self);
        Ok(self.operations.start_task(
            "updates.check",
            title,
            target,
            true,
            move |task| async move {
                let _reserved = reserved;
                let checking = this.check(&scope, Some(&task));
                let checked = Box::pin(task.unless_cancelled(checking)).await?;
                Ok(match found {
                    Some(container) => this.statuses.of(&container.id).map_or_else(
                        || format!("{} has no image that can be looked up.", container.name),
                        |status| status.message.clone(),
                    ),
                    None => this.sentence(checked),
                })
            },
        ))
    }

    /// What [`Self::start_check`] would do.
    ///
    /// # Errors
    /// When there is no such container, or the engine does not answer.
    pub fn plan_check(&self, container: Option<&str>) -> Result<Plan> {
        let name = container
            .map(|reference| self.containers.get(reference))
            .transpose()?
            .map(|view| view.container);
        let scope = name.as_ref().map_or(Scope::All, |container| {
            Scope::Container(container.id.clone())
        });
        let wanted = self.wanted(&scope)?;
        let all: Vec<String> = wanted
            .values()
            .map(|look_up| look_up.reference.familiar())
            .collect();
        let step = match all.len() {
            0 => "Nothing: no container has an image that a registry can be asked for.".to_owned(),
            1..=10 => format!("Ask the registries what these are now: {}.", all.join(", ")),
            many => format!("Ask the registries what the tags of {many} images are now."),
        };
        Ok(Plan {
            title: name.map_or_else(
                || "Check for updates".to_owned(),
                |container| format!("Check {} for updates", container.name),
            ),
            steps: vec![step],
            keeps: vec!["Nothing is pulled, and no container is changed.".to_owned()],
            ..Plan::default()
        })
    }

    fn wanted(&self, scope: &Scope) -> Result<BTreeMap<String, LookUp>> {
        let (containers, images) = (self.engine.containers()?, self.engine.images()?);
        let containers: Vec<Arc<Container>> = containers
            .iter()
            .filter(|container| !self.is_ignored(container))
            .cloned()
            .collect();
        let mut wanted = references(&containers, &images);
        match scope {
            Scope::All => {}
            Scope::Container(id) => {
                wanted.retain(|_, look_up| look_up.users.iter().any(|user| user.is(id)));
            }
            Scope::Pending => {
                let known = self.known();
                let now = Timestamp::now();
                wanted.retain(|reference, _| match known.records.get(reference) {
                    _ if known.asking.contains_key(reference) => false,
                    None => true,
                    Some(record) => {
                        let problem = record.problem.as_ref();
                        problem.is_some_and(|problem| problem.retry_at.is_some_and(|at| at <= now))
                    }
                });
            }
        }
        Ok(wanted)
    }

    async fn check(&self, scope: &Scope, task: Option<&Task>) -> Result<Checked> {
        let before = self.known().checks;
        // A look at one container does not wait for a registry that another is stuck at.
        let _one = match scope {
            Scope::Container(_) | Scope::Pending => None,
            Scope::All => Some(self.checking.lock().await),
        };
        let wanted = self.wanted(scope)?;
        // Nothing has changed that would have to be said.
        if *scope == Scope::Pending && wanted.is_empty() {
            return Ok(self.count(&wanted));
        }
        // One that ran while this waited has looked everything up.
        if *scope == Scope::All && self.known().checks != before {
            return Ok(self.count(&wanted));
        }
        let mut asked = self.without_limited(&wanted);
        // A person may ask for what was interrupted; by itself it waits.
        if task.is_none() {
            let known = self.known();
            asked.retain(|(reference, _)| !known.is_put_off(reference));
        }
        let checking = (!asked.is_empty()).then(|| Checking::begin(self));
        self.keep(self.put_off(&wanted)).await?;
        let kept = self.ask_all(&asked, task).await;
        if *scope == Scope::All && kept.is_ok() {
            self.end_of_all(&wanted).await?;
        }
        drop(checking);
        self.refresh();
        kept?;
        Ok(self.count(&wanted))
    }

    /// What was interrupted before is asked for last, and one at a time, so that it is
    /// known which of them ended the program.
    async fn ask_all(&self, asked: &[(&String, &LookUp)], task: Option<&Task>) -> Result<()> {
        let suspects = self.known().interrupted.clone();
        let (last, first): (Vec<_>, Vec<_>) = asked
            .iter()
            .partition(|(reference, _)| suspects.contains_key(*reference));
        let mut kept = Ok(());
        for asked in std::iter::once(first).chain(last.into_iter().map(|one| vec![one])) {
            if asked.is_empty() {
                continue;
            }
            let references = asked.iter().map(|(reference, _)| (*reference).clone());
            let (under_way, stored) = self.begin_looking_up(references.collect()).await;
            let answered = self.ask(&asked, task).await;
            let ended = self.end_looking_up(under_way).await;
            kept = kept.and(stored).and(answered).and(ended);
        }
        kept
    }

    /// Stores what differs from before.
    async fn keep(&self, records: Vec<Found>) -> Result<()> {
        let now = Timestamp::now();
        let mut commit = Commit::new();
        {
            let mut known = self.known();
            for (reference, record) in records {
                known.looked_up.insert(reference.clone(), now);
                if known.records.get(&reference) != Some(&record) {
                    commit = commit.put_update(reference.clone(), record.clone());
                    known.records.insert(reference, record);
                }
            }
        }
        Ok(self.store.commit(commit).await?)
    }

    /// Everything was looked up: what nobody uses any more is forgotten.
    async fn end_of_all(&self, wanted: &BTreeMap<String, LookUp>) -> Result<()> {
        let now = Timestamp::now();
        let mut commit = Commit::new().updates_checked(now);
        {
            let mut known = self.known();
            let gone: HashSet<String> = known
                .records
                .keys()
                .filter(|reference| !wanted.contains_key(*reference))
                .cloned()
                .collect();
            for reference in gone {
                known.records.remove(&reference);
                known.looked_up.remove(&reference);
                commit = commit.delete_update(reference);
            }
            known.checked_at = Some(now);
            known.checks += 1;
        }
        Ok(self.store.commit(commit).await?)
    }

    fn count(&self, wanted: &BTreeMap<String, LookUp>) -> Checked {
        let known = self.known();
        let failed = wanted.keys().filter(|reference| {
            let record = known.records.get(*reference);
            record.is_none_or(|record| record.problem.is_some())
        });
        Checked {
            references: wanted.len(),
            failed: failed.count(),
        }
    }

    /// "2 updates are available …"
    fn sentence(&self, checked: Checked) -> String {
        sentence(&self.statuses.counts(), checked)
    }
}

fn sentence(counts: &UpdateCounts, checked: Checked) -> String {
    let mut text = match counts.update_available {
        0 => "No updates are available".to_owned(),
        1 => "1 update is available".to_owned(),
        many => format!("{many} updates are available"),
    };
    match counts.newer_version {
        0 => {}
        1 => text.push_str(", and 1 newer version"),
        many => text.push_str(&format!(", and {many} newer versions")),
    }
    text.push('.');
    if checked.failed > 0 {
        text.push_str(&format!(
            " {} of {} images could not be looked up.",
            checked.failed, checked.references
        ));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn result_of_a_check_is_a_sentence() {
        let counts = |update_available, newer_version| UpdateCounts {
            update_available,
            newer_version,
            ..UpdateCounts::default()
        };
        let whole = Checked {
            references: 5,
            failed: 0,
        };
        assert_eq!(sentence(&counts(0, 0), whole), "No updates are available.");
        assert_eq!(
            sentence(&counts(3, 1), whole),
            "3 updates are available, and 1 newer version."
        );
        let partial = Checked { failed: 2, ..whole };
        assert_eq!(
            sentence(&counts(1, 0), partial),
            "1 update is available. 2 of 5 images could not be looked up."
        );
    }
}
