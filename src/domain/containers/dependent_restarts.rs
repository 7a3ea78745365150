//! Restarts of the containers that use one which is restarted: without it they
//! keep namespaces that are gone, and nothing shows that.
//!
//! Invariant: from before an owner is restarted until its users have been, the
//! journal knows of both; whatever ends the operation or the program between
//! the two, the users are restarted. They are never restarted when the owner
//! does not run: that would stop what still works, and with `--rm` lose it.

use super::Containers;
use super::dependencies::{depends_on, levels};
use super::restart_journal::{Content, KIND, Owner, User};
use super::restart_pass::{Pass, is_before, started_at, text_of_start};
use crate::domain::operations::{
    EntryKind, JournalEntry, PendingCommit, Recovered, Recovery, Task, require_same_engine,
};
use crate::error::{Error, Kind, Result};
use crate::model::container::{Container, State};
use crate::model::operation::{OperationState, Target};
use crate::model::timestamp::Timestamp;
use futures_util::future::BoxFuture;
use serde_json::Value;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// What a restart takes beyond the time to stop.
const MARGIN: Duration = Duration::from_secs(30);
/// What the engine takes for a stop unless the container says otherwise.
const STOP_TIMEOUT: u64 = 10;
/// The longest that a restart is waited for after an interruption.
const LONGEST: u64 = 3600;

/// One that is restarted, and those that use it.
#[derive(Debug)]
pub(super) struct OwnerUsers {
    pub owner: Arc<Container>,
    /// Restarted right after it.
    pub restarted: Vec<Arc<Container>>,
    /// Users that the operation comes to by itself.
    pub requested: Vec<Arc<Container>>,
}

/// The restarts of one operation.
#[derive(Debug)]
pub(super) struct DependentRestarts<'a> {
    containers: &'a Containers,
    owners: Vec<OwnerUsers>,
    noted: tokio::sync::Mutex<Noted>,
    /// Two owners may have the same users.
    restarting: tokio::sync::Mutex<()>,
    told: Mutex<Told>,
}

#[derive(Debug)]
struct Noted {
    entry: JournalEntry,
    content: Content,
}

#[derive(Debug, Default)]
struct Told {
    restarted: Vec<String>,
    /// The engine went away, and may have restarted an owner all the same.
    is_unsure: bool,
}

impl<'a> DependentRestarts<'a> {
    /// Nothing is written before [`DependentRestarts::begin`].
    pub fn new(
        containers: &'a Containers,
        task: &Task,
        title: String,
        owners: Vec<OwnerUsers>,
        is_bulk: bool,
    ) -> Self {
        let mut names: Vec<&str> = Vec::new();
        for owner in &owners {
            let users = owner.restarted.iter().chain(&owner.requested);
            names.extend(users.chain([&owner.owner]).map(|one| one.name.as_str()));
        }
        names.sort_unstable();
        names.dedup();
        let content = Content {
            engine: containers.engine.identity(),
            is_bulk,
            owners: Vec::new(),
        };
        let entry = task.journal(KIND, title, Target::containers(names));
        Self {
            containers,
            owners,
            noted: tokio::sync::Mutex::new(Noted { entry, content }),
            restarting: tokio::sync::Mutex::default(),
            told: Mutex::default(),
        }
    }

    fn users_of(&self, id: &str) -> Option<&OwnerUsers> {
        self.owners.iter().find(|owner| owner.owner.id == id)
    }

    /// Before the one with this id is restarted.
    ///
    /// # Errors
    /// When it cannot be noted. Then it must not be restarted.
    pub async fn begin(&self, id: &str, timeout: Option<u32>) -> Result<()> {
        let Some(OwnerUsers {
            owner,
            restarted,
            requested,
        }) = self.users_of(id)
        else {
            return Ok(());
        };
        let engine = &self.containers.engine;
        let inspect = engine.inspect_container(id).await?.0;
        let configured = inspect.pointer("/Config/StopTimeout");
        let seconds = match (timeout, configured.and_then(Value::as_i64)) {
            (Some(seconds), _) => u64::from(seconds),
            // -1 waits for as long as it takes.
            (None, Some(seconds)) => u64::try_from(seconds).unwrap_or(LONGEST),
            (None, None) => STOP_TIMEOUT,
        };
        let patience = Duration::from_secs(seconds.min(LONGEST)) + MARGIN;
        let mut users = Vec::new();
        for user in restarted.iter().chain(requested) {
            users.push(User {
                id: user.id.clone(),
                name: user.name.clone(),
                started_at: started_at(engine, &user.id).await?.unwrap_or_default(),
            });
        }
        let noted = Owner {
            id: owner.id.clone(),
            name: owner.name.clone(),
            started_at: text_of_start(&inspect),
            due: Timestamp::now().plus(patience),
            users,
        };
        let mut all = self.noted.lock().await;
        all.content.owners.push(noted);
        let Noted { entry, content } = &mut *all;
        entry.write(content).await
    }

    /// After the one with this id was restarted, or was not: gives its sentence,
    /// with the names of those that were restarted with it.
    ///
    /// # Errors
    /// As it went, or when one of its users could not be restarted.
    pub async fn follow(&self, id: &str, outcome: Result<String>) -> Result<String> {
        let done = match (outcome, self.users_of(id)) {
            (Ok(told), Some(owner)) if !owner.restarted.is_empty() => {
                self.restart(owner, told).await
            }
            (outcome, _) => outcome,
        };
        if let Err(error) = &done
            && error.kind == Kind::EngineUnavailable
            && self.users_of(id).is_some()
        {
            self.told().is_unsure = true;
        }
        done
    }

    async fn restart(&self, owner: &OwnerUsers, told: String) -> Result<String> {
        let _one_at_a_time = self.restarting.lock().await;
        let engine = &self.containers.engine;
        let name = &owner.owner.name;
        let now = engine.current(&owner.owner.id).await?;
        if now.is_none_or(|now| now.state != State::Running) {
            return Err(Error::conflict(format!(
                "{told} But it does not run any more, so what uses it was not restarted. {name}'s log says why."
            )));
        }
        let mut pass = Pass::default();
        for user in &owner.restarted {
            pass.restart(engine, &user.id, &user.name).await?;
        }
        self.told().restarted.extend(pass.names());
        if !pass.problems.is_empty() {
            let problems = pass.problems.join(" ");
            return Err(Error::conflict(format!("{name} runs, but {problems}")));
        }
        Ok(match pass.names().collect::<Vec<_>>() {
            names if names.is_empty() => told,
            names => format!("{told} Restarted with it: {}.", names.join(", ")),
        })
    }

    /// The names of all that were restarted besides what was asked for.
    pub fn restarted(&self) -> Vec<String> {
        let mut names = self.told().restarted.clone();
        names.sort();
        names.dedup();
        names
    }

    /// Ends the entry with the operation, unless an owner may be restarted later.
    pub async fn end(&self, task: &Task) {
        let noted = self.noted.lock().await;
        if noted.content.owners.is_empty() {
            return;
        }
        if self.told().is_unsure {
            task.leave_to_recovery();
        } else {
            task.end_entry(&noted.entry, PendingCommit::none());
        }
    }

    fn told(&self) -> std::sync::MutexGuard<'_, Told> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Containers {
    /// In an order in which nobody comes before one that it uses.
    pub(super) fn in_order(&self, users: Vec<Arc<Container>>) -> Vec<Arc<Container>> {
        let views = users.into_iter().map(|user| self.view(user)).collect();
        let levels = levels(views, true).into_iter().flatten();
        levels.map(|view| view.container).collect()
    }

    async fn recover_restarts(&self, entry: &JournalEntry) -> Result<Recovered> {
        let content: Content = entry.read()?;
        require_same_engine(content.engine.as_deref(), self.engine.identity())?;
        let mut pass = Pass::default();
        let mut waits = None;
        let mut not_restarted = Vec::new();
        for owner in &content.owners {
            let now = self.engine.current(&owner.id).await?;
            let since = started_at(&self.engine, &owner.id).await?;
            let since = since.filter(|since| *since != owner.started_at);
            let runs = now.is_some_and(|now| now.state == State::Running);
            let Some(since) = since.filter(|_| runs) else {
                // The engine completes a restart although its client has gone.
                if Timestamp::now() < owner.due {
                    waits.get_or_insert(&owner.name);
                }
                not_restarted.push(owner.name.as_str());
                continue;
            };
            for user in &owner.users {
                let Some(now) = self.engine.current(&user.id).await? else {
                    continue;
                };
                let its = started_at(&self.engine, &user.id)
                    .await?
                    .unwrap_or_default();
                let is_old = its == user.started_at || is_before(&its, &since);
                let follows = pass.restarted.iter().any(|one| depends_on(&now, one));
                let is_done = pass.restarted.iter().any(|one| one.id == user.id);
                if !is_done && (is_old || follows) {
                    pass.restart(&self.engine, &user.id, &user.name).await?;
                }
            }
        }
        if let Some(name) = waits {
            return Err(Error::conflict(format!(
                "The engine may still be restarting {name}; what uses it is restarted afterwards."
            )));
        }
        Ok(recovered(&content, &pass, &not_restarted))
    }
}

fn recovered(content: &Content, pass: &Pass, not_restarted: &[&str]) -> Recovered {
    let mut message = "was interrupted.".to_owned();
    let names: Vec<String> = pass.names().collect();
    if !names.is_empty() {
        let names = names.join(", ");
        message.push_str(&format!(
            " Restarted now, because what they use had been restarted: {names}."
        ));
    }
    for problem in &pass.problems {
        message.push(' ');
        message.push_str(problem);
    }
    if !not_restarted.is_empty() {
        message.push_str(&format!(" Not restarted: {}.", not_restarted.join(", ")));
    }
    if content.is_bulk {
        message.push_str(" Which of the others it had come to is not known.");
    }
    let is_complete = !content.is_bulk && pass.problems.is_empty() && not_restarted.is_empty();
    let state = if is_complete {
        OperationState::Succeeded
    } else {
        OperationState::Failed
    };
    Recovered::new(state, message)
}

/// The recovery of restarts.
#[derive(Debug)]
pub struct RestartRecovery(pub Arc<Containers>);

impl Recovery for RestartRecovery {
    fn kind(&self) -> EntryKind {
        KIND
    }

    fn recover<'a>(&'a self, entry: &'a mut JournalEntry) -> BoxFuture<'a, Result<Recovered>> {
        Box::pin(self.0.recover_restarts(entry))
    }
}
