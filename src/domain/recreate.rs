//! Making a container anew without losing anything: the heart of every change
//! that the engine cannot make in place, and of every update.
//!
//! The new container is made beside the old one, the old one is stopped and put
//! aside, the new one takes its name, starts, and is watched; only then is the
//! old one removed. Containers that live inside another's namespaces or use its
//! volumes are made anew with it, in order. Invariants: until everything is
//! proven, whatever goes wrong puts the old ones back; no volume is removed that
//! an old one used; what is about to be done stands in the journal before it is
//! done, so a process killed at any instruction finishes or rolls back when it
//! starts again.

mod apply;
mod group;
mod journal;
pub mod plan;
mod prove;
mod rollback;

pub use group::Before;
pub use journal::Phase;
pub use plan::{Recreate, RecreateService};

use crate::domain::containers::depends_on;
use crate::domain::operations::{Operations, Reservation, Task};
use crate::engine::{CreateBody, Engine, Snapshot};
use crate::error::{Error, Result};
use crate::model::engine::EngineState;
use crate::model::operation::{OperationState, Target};
use crate::store::{JournalRecord, Store};
use group::Member;
use journal::Entry;
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;

/// How long a container without a health check must stay up to count as working.
pub const STABLE: Duration = Duration::from_secs(10);

#[derive(Debug)]
pub struct Recreator {
    engine: Engine,
    store: Store,
    operations: Operations,
    /// Something was left in the middle.
    left: Notify,
}

/// One container that is to be made anew, and as what.
#[derive(Debug, Clone)]
pub struct Wanted {
    pub snapshot: Snapshot,
    /// What it is to be; the old one's own request when nothing is changed.
    pub body: CreateBody,
}

#[derive(Debug, Clone)]
pub struct Options {
    /// Without a health check: how long it must stay up.
    pub stable: Duration,
    /// What is to be kept of it when it has succeeded, for whoever asked: it is
    /// in the journal until [`Recreator::finished`], and given back by
    /// [`Recreator::recover`].
    pub afterwards: Value,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            stable: STABLE,
            afterwards: Value::Null,
        }
    }
}

/// What came of it.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// Name and new id of every container that was made anew, in order.
    pub made: Vec<(String, String)>,
    /// The engine's remarks.
    pub warnings: Vec<String>,
    /// Volumes that the old one used and the new one does not.
    pub unused_volumes: Vec<String>,
    /// Nothing is left to be removed later.
    finished: bool,
}

impl Recreator {
    pub fn new(engine: Engine, store: Store, operations: Operations) -> Arc<Self> {
        Arc::new(Self {
            engine,
            store,
            operations,
            left: Notify::new(),
        })
    }

    /// The containers that must be made anew with this one, in order: those in
    /// its network, process or IPC namespace, and those that use its volumes.
    ///
    /// # Errors
    /// When one of them must not be touched, or the engine does not answer.
    pub async fn with_dependents(&self, wanted: Wanted) -> Result<Vec<Wanted>> {
        let all = self.engine.containers()?;
        let mut group = vec![wanted];
        let mut at = 0;
        while at < group.len() {
            let owner = Arc::clone(&group[at].snapshot.container);
            at += 1;
            for other in all.iter() {
                let known = group.iter().any(|w| w.snapshot.container.id == other.id);
                if known || !depends_on(other, &owner) {
                    continue;
                }
                let snapshot = self.engine.snapshot(&other.id).await?;
                refuse(&snapshot)?;
                let body = snapshot.body.clone();
                group.push(Wanted { snapshot, body });
            }
        }
        Ok(group::in_order(group))
    }

    /// Does it. The names of the whole group must have been reserved. Whoever
    /// asked says with [`Recreator::finished`] that nothing is left to be kept.
    ///
    /// # Errors
    /// With the code `rolled_back` when everything is as it was before, and
    /// `rollback_pending` when the engine went away in the middle: then the
    /// journal puts it back as soon as the engine answers again.
    pub async fn run(
        &self,
        task: &Task,
        _reserved: &Reservation,
        group: Vec<Wanted>,
        options: &Options,
    ) -> Result<Outcome> {
        for wanted in &group {
            refuse(&wanted.snapshot)?;
        }
        let mut entry = Entry::new(task.id(), &group, options.afterwards.clone());
        task.check()?;
        journal::write(&self.store, &entry).await?;
        let done = apply::apply(&self.engine, &self.store, task, &mut entry, options).await;
        match done {
            Ok(outcome) => Ok(outcome),
            Err(error) => Err(self.put_back(task, &entry, error).await),
        }
    }

    /// What was to be kept of it is kept.
    pub async fn finished(&self, task: &Task, outcome: &Outcome) {
        if outcome.finished {
            journal::forget(&self.store, task.id()).await;
        } else {
            self.left.notify_one();
        }
    }

    /// Finishes or puts back what an earlier run of the program, or a failing
    /// engine, left in the middle. Harmless when there is nothing. False when
    /// something is under way and must be looked at again. `keep` is told the
    /// name of what was finished and what was to be kept of it.
    pub async fn recover<F>(&self, keep: impl Fn(String, Value) -> F + Sync) -> Result<bool>
    where
        F: Future<Output = Result<()>> + Send,
    {
        let mut done = true;
        for record in self.store.journal()? {
            if record.kind != journal::KIND {
                continue;
            }
            // One that cannot be dealt with is in no other's way.
            let dealt = self.recover_one(&record, &keep).await.unwrap_or_else(|error| {
                tracing::error!(%error, id = record.id, "what was interrupted could not be dealt with yet");
                false
            });
            done &= dealt;
        }
        Ok(done)
    }

    async fn recover_one<F>(
        &self,
        record: &JournalRecord,
        keep: &(impl Fn(String, Value) -> F + Sync),
    ) -> Result<bool>
    where
        F: Future<Output = Result<()>> + Send,
    {
        if self.operations.is_running(&record.id) {
            return Ok(false);
        }
        let Some(entry) = Entry::read(record) else {
            tracing::error!(
                id = record.id,
                "a journal entry cannot be read; it is left alone"
            );
            return Ok(true);
        };
        let targets = Target::containers(entry.members.iter().map(|member| member.name.as_str()));
        let Ok(_reserved) = self.operations.reserve(&targets) else {
            return Ok(false);
        };
        // It may have come to its end while others were dealt with.
        let still = self.store.journal()?.into_iter();
        let Some(entry) = still
            .filter(|now| now.id == record.id)
            .find_map(|now| Entry::read(&now))
        else {
            return Ok(true);
        };
        let (state, told) = if entry.phase == Phase::Committed {
            apply::clean_up(&self.engine, &entry).await?;
            if !entry.afterwards.is_null() {
                keep(entry.members[0].name.clone(), entry.afterwards.clone()).await?;
            }
            let told = "was interrupted at its end, and was finished.".to_owned();
            (OperationState::Succeeded, told)
        } else {
            let told = match rollback::rollback(&self.engine, &entry).await? {
                None => "was interrupted. Everything is as it was before.".to_owned(),
                Some(trouble) => format!("was interrupted. {trouble}"),
            };
            (OperationState::RolledBack, told)
        };
        let message = format!("{} {told}", record.title);
        tracing::warn!(
            id = record.id,
            message,
            "an interrupted operation was dealt with"
        );
        journal::forget(&self.store, &entry.id).await;
        self.operations
            .interrupted(
                &record.id,
                "container.recreate",
                &record.title,
                &Target::container(entry.members[0].name.as_str()),
                state,
                message,
            )
            .await?;
        Ok(true)
    }

    pub fn engine_is_up(&self) -> bool {
        self.engine.status().state == EngineState::Up
    }

    /// What is left in the middle is to be looked at again.
    pub fn something_is_left(&self) {
        self.left.notify_one();
    }

    /// Returns when the engine has come or gone, or has work left for us.
    pub async fn engine_changed(&self) {
        let mut status = self.engine.watch();
        tokio::select! {
            _ = status.changed() => {}
            () = self.left.notified() => {}
        }
    }

    /// Everything as it was, and the error that says why.
    async fn put_back(&self, task: &Task, entry: &Entry, cause: Error) -> Error {
        let name = entry.members.first().map_or("", |member| &member.name);
        task.step_failed(&cause.message);
        task.step(format!("Put {name} back as it was"));
        let failed = match rollback::rollback(&self.engine, entry).await {
            Ok(trouble) => {
                journal::forget(&self.store, &entry.id).await;
                let code = if cause.code == Some("cancelled") {
                    "cancelled"
                } else {
                    "rolled_back"
                };
                let message = match trouble {
                    Some(trouble) => format!("{} {trouble}", cause.message),
                    None if code == "cancelled" => {
                        format!("It was cancelled. {name} is as it was before.")
                    }
                    None => format!("{} {name} was put back as it was before.", cause.message),
                };
                return Error::new(cause.kind.clone(), message)
                    .code(code)
                    .source(cause);
            }
            Err(failed) => failed,
        };
        task.step_failed(&failed.message);
        self.left.notify_one();
        tracing::error!(error = %failed, cause = %cause, name, "a container could not be put back yet");
        Error::new(
            failed.kind.clone(),
            format!(
                "{} {name} could not be put back yet: {} DockerMate tries again as soon as the engine answers, \
                 and when it starts.",
                cause.message, failed.message
            ),
        )
        .code("rollback_pending")
        .source(failed)
    }
}

/// What must never be made anew by us (traps 24 and 25).
///
/// # Errors
/// With the codes `protected_self` and `orchestrated`.
pub fn refuse(snapshot: &Snapshot) -> Result<()> {
    let container = &snapshot.container;
    if container.is_self {
        return Err(Error::conflict(format!(
            "{} is the container that DockerMate itself runs in or reaches the engine through. It cannot replace the \
             ground it stands on; use the command line for this one.",
            container.name
        ))
        .code("protected_self"));
    }
    if container.orchestrator.is_some() {
        return Err(Error::conflict(format!(
            "{} is managed by an orchestrator, which would replace whatever is made here. Change it there.",
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
pub fn targets(group: &[Wanted]) -> Vec<Target> {
    Target::containers(
        group
            .iter()
            .map(|wanted| wanted.snapshot.container.name.as_str()),
    )
}

/// What was found of the group, for a plan.
pub fn names(group: &[Wanted]) -> Vec<String> {
    group
        .iter()
        .map(|wanted| wanted.snapshot.container.name.clone())
        .collect()
}

impl Member {
    fn title(&self, verb: &str) -> String {
        format!("{verb} {}", self.name)
    }
}
