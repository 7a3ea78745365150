//! Recreating a container with rollback: the core of every change that the
//! engine cannot make in place, and of every update.
//!
//! The new container is created beside the old one, the old one is stopped and
//! renamed, the new one takes its name, starts, and is watched; only then is the
//! old one removed. Containers that live inside another's namespaces or use its
//! volumes are recreated with it, in order. Invariants: until all of them work,
//! whatever goes wrong restores the old ones; no volume is removed that an old
//! one used; two containers never write to one volume by our doing; what is
//! about to be done is in the journal before it is done, so a process killed at
//! any instruction completes it or rolls it back when it starts again.

mod apply;
mod group;
mod journal;
mod phase;
pub mod plan;
mod recovery;
mod restore;
mod rollback;
mod start;
mod tag;
mod verify;

pub use group::PreviousState;
pub use phase::Phase;
pub use plan::{Purpose, Recreate, RecreateService, Recreation, Replace};
pub use tag::TagMove;

use crate::domain::containers::depends_on;
use crate::domain::operations::{PendingCommit, Reservation, Task};
use crate::engine::{CreateBody, Engine, Snapshot};
use crate::error::{Error, Kind, Result};
use crate::model::operation::Target;
use crate::model::update_history::{UpdateHistoryEntry, UpdateOutcome};
use journal::Journal;
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;

/// How long a container without a health check must stay up to count as working.
pub const STABLE: Duration = Duration::from_secs(10);

/// Replaces containers.
#[derive(Debug, Clone)]
pub struct Recreator {
    engine: Engine,
}

/// One container that is to be recreated, and as what.
#[derive(Debug, Clone)]
pub struct Replacement {
    pub snapshot: Snapshot,
    /// What it is to be; the old one's own request when nothing is changed.
    pub body: CreateBody,
}

#[derive(Debug, Clone)]
pub struct RecreateOptions {
    /// Without a health check: how long it must stay up.
    pub stable: Duration,
    /// What is to be stored as its annotation when it has succeeded; in the
    /// journal until then.
    pub pending_annotation: Value,
    pub purpose: Purpose,
    /// Of an update.
    pub update: Option<PendingUpdate>,
}

/// An update that is under way: its entry in the history, and the tag that names
/// another image from then on.
#[derive(Debug, Clone)]
pub struct PendingUpdate {
    pub entry: UpdateHistoryEntry,
    pub tag: Option<TagMove>,
}

impl Default for RecreateOptions {
    fn default() -> Self {
        Self {
            stable: STABLE,
            pending_annotation: Value::Null,
            purpose: Purpose::Recreate,
            update: None,
        }
    }
}

/// What came of it.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// Name and new id of every container that was recreated, in order.
    pub created: Vec<(String, String)>,
    /// The engine's remarks, and what is not as it should be but was so before.
    pub warnings: Vec<String>,
    /// Volumes that the old one used and the new one does not.
    pub unused_volumes: Vec<String>,
    /// The engine went away before the old ones were removed.
    clean_up_pending: bool,
}

impl Recreator {
    pub fn new(engine: Engine) -> Self {
        Self { engine }
    }

    /// The containers that must be recreated with this one, in order: those in
    /// its network, process or IPC namespace, and those that use its volumes.
    ///
    /// # Errors
    /// When one of them must not be touched, or the engine does not answer.
    pub async fn with_dependents(&self, first: Replacement) -> Result<Vec<Replacement>> {
        let all = self.engine.containers()?;
        let mut group = vec![first];
        let mut at = 0;
        while at < group.len() {
            let owner = Arc::clone(&group[at].snapshot.container);
            at += 1;
            for other in all.iter() {
                let known = group
                    .iter()
                    .any(|one| one.snapshot.container.id == other.id);
                if known || !depends_on(other, &owner) {
                    continue;
                }
                let snapshot = self.engine.snapshot(&other.id).await?;
                refuse(&snapshot)?;
                let body = snapshot.body.clone();
                group.push(Replacement { snapshot, body });
            }
        }
        Ok(group::in_order(group))
    }

    /// Does it. The names of the whole group must have been reserved. The
    /// journal entry ends with the operation, in one commit with what `finish`
    /// makes of the outcome.
    ///
    /// # Errors
    /// With the code `rolled_back` when everything is as it was before, and
    /// `rollback_pending` when the engine went away in the middle: then it is
    /// rolled back as soon as the engine answers again.
    pub async fn run(
        &self,
        task: &Task,
        _reserved: &Reservation,
        group: Vec<Replacement>,
        options: &RecreateOptions,
        finish: impl AsyncFnOnce(&Outcome) -> Result<PendingCommit>,
    ) -> Result<Outcome> {
        for one in &group {
            refuse(&one.snapshot)?;
        }
        let mut entry = journal::entry(task, &group, options.purpose);
        let mut journal = Journal::begin(&mut entry, &group, self.engine.identity(), options);
        task.check()?;
        journal.write_first(options.update.as_ref()).await?;
        let done = apply::apply(&self.engine, task, &mut journal, options).await;
        let outcome = match done {
            Ok(outcome) => outcome,
            Err(error) => {
                let is_judged = journal.content.phase >= Phase::Verifying && blames_image(&error);
                let (error, rolled_back) = self.undo(task, &mut journal, error).await;
                if rolled_back {
                    let mut pending = PendingCommit::none();
                    let restored = journal.restored();
                    pending.commit = pending.commit.follow_in_update_history(restored);
                    if let Some(update) = &options.update {
                        pending.commit = pending.commit.end_update_history(
                            &update.entry.id,
                            UpdateOutcome::RolledBack,
                            &error.message,
                        );
                        if !is_judged {
                            let id = &update.entry.id;
                            pending.commit = pending.commit.interrupted_update_history(id);
                        }
                    }
                    task.end_entry(&entry, pending);
                } else {
                    task.leave_to_recovery();
                }
                return Err(error);
            }
        };
        let replaced = journal.replaced();
        let finished = finish(&outcome).await;
        match finished {
            Ok(mut pending) if !outcome.clean_up_pending => {
                pending.commit = pending.commit.follow_in_update_history(replaced);
                task.end_entry(&entry, pending);
            }
            other => {
                task.leave_to_recovery();
                other?;
            }
        }
        Ok(outcome)
    }

    /// Everything as it was, and the error that says why; whether it succeeded.
    async fn undo(&self, task: &Task, journal: &mut Journal<'_>, cause: Error) -> (Error, bool) {
        let name = journal.first_name().to_owned();
        task.step_failed(&cause.message);
        task.step(format!("Roll {name} back"));
        let log_lines = cause.log_lines().to_vec();
        match rollback::roll_back(&self.engine, journal).await {
            Ok(problem) => {
                match &problem {
                    None => task.step_succeeded(),
                    Some(problem) => task.step_failed(problem),
                }
                let code = if cause.code == Some("cancelled") {
                    "cancelled"
                } else {
                    "rolled_back"
                };
                let message = match problem {
                    Some(problem) => format!("{} {problem}", cause.message),
                    None if code == "cancelled" => {
                        format!("It was cancelled. {name} is as it was before.")
                    }
                    None => format!(
                        "{} {name} was rolled back to what it was before.",
                        cause.message
                    ),
                };
                let error = Error::new(cause.kind.clone(), message).code(code);
                (error.with_log_lines(&log_lines).source(cause), true)
            }
            Err(failed) => {
                task.step_failed(&failed.message);
                // An engine that is about to go has stopped the new ones itself.
                if failed.kind != Kind::EngineUnavailable {
                    note_failure(journal, &cause).await;
                }
                tracing::error!(error = %failed, cause = %cause, name, "a container could not be rolled back yet");
                let message = format!(
                    "{} {name} could not be rolled back yet: {} DockerMate tries again as soon as the engine answers, and when it starts.",
                    cause.message, failed.message
                );
                let error = Error::new(failed.kind.clone(), message).code("rollback_pending");
                (error.with_log_lines(&log_lines).source(failed), false)
            }
        }
    }
}

/// That the engine went away, its disk is full, or somebody cancelled it, says nothing
/// about the new ones.
fn blames_image(cause: &Error) -> bool {
    cause.kind != Kind::EngineUnavailable
        && !matches!(cause.code, Some("cancelled" | "engine_disk_full"))
}

/// Notes that the new ones did not work, for whoever completes the rollback.
async fn note_failure(journal: &mut Journal<'_>, cause: &Error) {
    if !blames_image(cause) {
        return;
    }
    journal.content.failed = true;
    if let Err(error) = journal.write().await {
        tracing::error!(%error, "that a replacement did not work could not be noted");
    }
}

/// What must never be recreated by us: our own container, and those that an
/// orchestrator would replace again.
///
/// # Errors
/// With the codes `protected_self` and `orchestrated`.
pub fn refuse(snapshot: &Snapshot) -> Result<()> {
    let container = &snapshot.container;
    if container.is_self {
        return Err(Error::conflict(format!(
            "{} is the container that DockerMate itself runs in or reaches the engine through. DockerMate cannot \
             replace it; use the command line for this one.",
            container.name
        ))
        .code("protected_self"));
    }
    if container.orchestrator.is_some() {
        return Err(Error::conflict(format!(
            "{} is managed by an orchestrator, which would replace whatever is created here. Change it there.",
            container.name
        ))
        .code("orchestrated"));
    }
    if let Some(pod) = &snapshot.pod {
        return Err(Error::conflict(format!(
            "{} is a member of the Podman pod {pod}, and Podman replaces no single member of a pod. Recreate the pod \
             (podman kube generate {pod}, then podman kube play --replace).",
            container.name
        ))
        .code("orchestrated"));
    }
    Ok(())
}

/// What an operation on the group reserves.
pub fn targets(group: &[Replacement]) -> Vec<Target> {
    Target::containers(group.iter().map(|one| one.snapshot.container.name.as_str()))
}

/// The names of the group, for a plan.
pub fn names(group: &[Replacement]) -> Vec<String> {
    group
        .iter()
        .map(|one| one.snapshot.container.name.clone())
        .collect()
}
