//! What can be done to a container: planned purely, then applied as an
//! operation.

use super::Containers;
use super::consequences::{self, warning};
use crate::domain::commands::{self, ContainerAction};
use crate::domain::environments::{self, Environments};
use crate::domain::images::Pull;
use crate::domain::operations::Started;
use crate::domain::volumes;
use crate::engine::{Engine, EngineError, Outcome, RemoveOptions, Snapshot, StopOptions};
use crate::error::{Error, Result};
use crate::model::command::{Command, Commands};
use crate::model::container::{Container, ContainerView, State};
use crate::model::environment::AlertLevel;
use crate::model::operation::Target;
use crate::model::plan::{Offer, Plan};
use serde::Deserialize;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;
use utoipa::ToSchema;

/// The actions of the API and the interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    Start,
    Stop,
    Restart,
    Pause,
    Unpause,
    Kill,
    Delete,
}

/// How an action is done. What is left out follows the container.
#[derive(Debug, Clone, Default, Deserialize, PartialEq, Eq, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// Seconds before a stop becomes a kill; 0 to 3600.
    pub timeout: Option<u32>,
    /// `SIGTERM`, `TERM` or a number.
    pub signal: Option<String>,
    /// Delete: also while it runs.
    #[serde(skip)]
    pub force: bool,
    /// Delete: its anonymous volumes too.
    #[serde(skip)]
    pub volumes: bool,
    /// Keep its environment, description, notes and tags for the next container
    /// of its name: of a container created with `--rm`, which goes when it stops.
    pub keep_annotations: bool,
    /// Start and restart: restart those that use its namespaces or volumes too.
    pub restart_dependents: bool,
}

impl Action {
    pub fn word(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Stop => "stop",
            Self::Restart => "restart",
            Self::Pause => "pause",
            Self::Unpause => "unpause",
            Self::Kill => "kill",
            Self::Delete => "delete",
        }
    }

    /// The word of the interface, as a title begins.
    pub(super) fn verb(self) -> &'static str {
        match self {
            Self::Start => "Start",
            Self::Stop => "Stop",
            Self::Restart => "Restart",
            Self::Pause => "Pause",
            Self::Unpause => "Resume",
            Self::Kill => "Kill",
            Self::Delete => "Delete",
        }
    }

    fn title(self, name: &str) -> String {
        format!("{} {name}", self.verb())
    }

    /// How it went, as a sentence.
    pub(super) fn done(self, name: &str, changed: bool) -> String {
        match (self, changed) {
            (Self::Start, true) => format!("{name} is running."),
            (Self::Start, false) => format!("{name} was running already."),
            (Self::Stop, true) => format!("{name} has stopped."),
            (Self::Stop, false) => format!("{name} had stopped already."),
            (Self::Restart, _) => format!("{name} was restarted."),
            (Self::Pause, _) => format!("{name} is paused."),
            (Self::Unpause, _) => format!("{name} was resumed."),
            (Self::Kill, _) => format!("{name} was sent the signal."),
            (Self::Delete, _) => format!("{name} was deleted."),
        }
    }
}

impl Options {
    pub(super) fn check(&self, action: Action) -> Result<()> {
        consequences::check_restart(action, self)?;
        if self.timeout.is_some_and(|seconds| seconds > 3600) {
            return Err(Error::invalid("timeout", "At most 3600 seconds."));
        }
        if self.timeout.is_some() && !matches!(action, Action::Stop | Action::Restart) {
            return Err(Error::invalid(
                "timeout",
                format!("{} has no timeout.", action.word()),
            ));
        }
        let Some(signal) = &self.signal else {
            return Ok(());
        };
        if !matches!(action, Action::Stop | Action::Kill) {
            return Err(Error::invalid(
                "signal",
                format!("{} takes no signal.", action.word()),
            ));
        }
        let good = !signal.is_empty()
            && signal.len() <= 16
            && signal
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'+' || b == b'-')
            && !signal.starts_with('-');
        if good {
            Ok(())
        } else {
            Err(Error::invalid(
                "signal",
                "A signal is a name such as SIGTERM or a number.",
            ))
        }
    }
}

impl Containers {
    /// What an action will do.
    pub fn plan(&self, reference: &str, action: Action, options: &Options) -> Result<Plan> {
        let view = self.get(reference)?;
        self.plan_for(&view, action, options)
    }

    pub(super) fn plan_for(
        &self,
        view: &ContainerView,
        action: Action,
        options: &Options,
    ) -> Result<Plan> {
        options.check(action)?;
        refuse_self(view, action)?;
        let removed = consequences::removes(&view.container, action, options);
        let disturbed = self.disturbed(&view.container, action, options)?;
        let mut plan = plan(
            view,
            action,
            options,
            &self.environments,
            self.commands_for(view, action, options)?,
        );
        if removed && let Some(said) = self.said_of(&view.container) {
            plan.offers.push(Offer::KeepAnnotations);
            if options.keep_annotations {
                plan.keeps.push(format!(
                    "Its annotations in DockerMate ({said}), for the next container of this name."
                ));
            } else {
                plan.steps
                    .push(format!("Delete its annotations in DockerMate: {said}."));
            }
        }
        if matches!(action, Action::Start | Action::Restart)
            && !self.restarted_with(view)?.is_empty()
        {
            plan.offers.push(Offer::RestartDependents);
        }
        if options.restart_dependents {
            let names = self.restarted_with(view)?;
            plan.steps
                .extend(names.iter().map(|user| format!("Restart {}.", user.name)));
        }
        let restarts = options.restart_dependents;
        plan.warnings
            .extend(warning(&view.container.name, &disturbed, action, restarts));
        plan.needs = self.need_for_action(view, removed, &disturbed, action.word());
        Ok(plan)
    }

    /// Those that are restarted after a container, in order: what runs, with a
    /// namespace that is gone.
    pub(super) fn restarted_with(&self, view: &ContainerView) -> Result<Vec<Arc<Container>>> {
        let mut users = self.users_of(&view.container)?;
        users.retain(|user| consequences::is_active(user));
        Ok(users)
    }

    /// Does it, as an operation. `confirm` answers what the plan needs.
    pub fn act(
        self: &Arc<Self>,
        reference: &str,
        action: Action,
        options: Options,
        confirm: Option<&str>,
    ) -> Result<Started> {
        let view = self.get(reference)?;
        let plan = self.plan_for(&view, action, &options)?;
        let name = view.container.name.clone();
        environments::require(plan.needs.as_ref(), confirm, &name)?;
        refuse_running(&view, action, options.force)?;
        let users = if options.restart_dependents {
            self.restarted_with(&view)?
        } else {
            Vec::new()
        };
        let mut names = vec![name.clone()];
        names.extend(users.iter().map(|user| user.name.clone()));
        let reserved = self
            .operations
            .reserve(&Target::containers(names.iter().map(String::as_str)))?;
        let on = Target::container(name.as_str());
        let this = Arc::clone(self);
        Ok(self.operations.start(
            &format!("container.{}", action.word()),
            plan.title,
            on,
            async move {
                let _reserved = reserved;
                let told = this.perform(&view, action, options).await?;
                this.restart(&users, &view.container.name).await?;
                Ok(told)
            },
        ))
    }

    /// Saves what is to be saved, does it, and takes note of what it came to.
    pub(super) async fn perform(
        &self,
        view: &ContainerView,
        action: Action,
        options: Options,
    ) -> Result<String> {
        let container = &view.container;
        let removed = consequences::removes(container, action, &options);
        if removed {
            let snapshot = self.engine.snapshot(&container.id).await?;
            self.save_configuration(&snapshot, action.word()).await?;
        }
        let keep = options.keep_annotations;
        let outcome = apply(&self.engine, &container.id, action, options).await?;
        if !removed {
            return Ok(action.done(&container.name, outcome.changed));
        }
        if self.gone(&container.id, action).await {
            self.deleted(container, keep).await?;
            if action != Action::Delete {
                return Ok(format!(
                    "{} has stopped and was removed by the engine (--rm).",
                    container.name
                ));
            }
        }
        Ok(action.done(&container.name, outcome.changed))
    }

    /// Whether it is gone. The engine removes what was created with `--rm` a
    /// moment after its end; after a signal it may take its time.
    async fn gone(&self, id: &str, action: Action) -> bool {
        let patience = match action {
            Action::Kill => Duration::from_secs(1),
            _ => Duration::from_secs(5),
        };
        let deadline = Instant::now() + patience;
        loop {
            if matches!(self.engine.get(id), Err(EngineError::NotFound(_))) {
                return true;
            }
            if Instant::now() >= deadline {
                return false;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Restarts those that use what was started.
    pub(super) async fn restart(&self, users: &[Arc<Container>], owner: &str) -> Result<()> {
        for user in users {
            let done = apply(&self.engine, &user.id, Action::Restart, Options::default()).await;
            done.map_err(|error| {
                let told = format!(
                    "{owner} runs, but {} could not be restarted: {error}",
                    user.name
                );
                Error::new(error.kind.clone(), told).source(error)
            })?;
        }
        Ok(())
    }

    /// The commands of one action on a container, for the shell.
    pub async fn commands(&self, reference: &str, action: &str) -> Result<Commands> {
        if action == "run" {
            return self.run_commands(reference).await;
        }
        let view = self.get(reference)?;
        let action = ContainerAction::from_word(action).ok_or_else(|| {
            Error::invalid(
                "action",
                format!(
                    "{action:?} is not an action. Known: run, {}.",
                    ContainerAction::WORDS.join(", ")
                ),
            )
        })?;
        Ok(commands::container(
            &action,
            &view.container.name,
            self.engine.cli_endpoint().as_deref(),
        ))
    }

    /// The commands that make this container again, as it was made.
    async fn run_commands(&self, reference: &str) -> Result<Commands> {
        let detail = self.detail(reference).await?;
        Ok(commands::run(
            &detail.spec,
            true,
            Pull::Missing,
            self.endpoint().as_deref(),
        ))
    }

    /// The engine's address, when the CLI would not find it by itself.
    pub fn endpoint(&self) -> Option<String> {
        self.engine.cli_endpoint()
    }

    /// Saves the configuration, where the environment asks for it.
    pub(super) async fn save_configuration(&self, snapshot: &Snapshot, reason: &str) -> Result<()> {
        let view = self.view(Arc::clone(&snapshot.container));
        self.saved
            .save(snapshot, view.environment.as_deref(), reason)
            .await
    }

    pub(super) fn commands_for(
        &self,
        view: &ContainerView,
        action: Action,
        options: &Options,
    ) -> Result<Commands> {
        let action = match action {
            Action::Start => ContainerAction::Start,
            Action::Stop => ContainerAction::Stop {
                timeout: options.timeout,
                signal: options.signal.clone(),
            },
            Action::Restart => ContainerAction::Restart {
                timeout: options.timeout,
            },
            Action::Pause => ContainerAction::Pause,
            Action::Unpause => ContainerAction::Unpause,
            Action::Kill => ContainerAction::Kill {
                signal: options.signal.clone(),
            },
            Action::Delete => ContainerAction::Delete {
                force: options.force,
                volumes: options.volumes,
            },
        };
        let endpoint = self.engine.cli_endpoint();
        let own = commands::container(&action, &view.container.name, endpoint.as_deref());
        if !options.restart_dependents {
            return Ok(own);
        }
        let mut all = vec![own];
        let restart = ContainerAction::Restart { timeout: None };
        for user in self.restarted_with(view)? {
            all.push(commands::container(
                &restart,
                &user.name,
                endpoint.as_deref(),
            ));
        }
        Ok(one_after_another(&all))
    }
}

/// The commands of several, in the order in which they are to be run.
pub(super) fn one_after_another(each: &[Commands]) -> Commands {
    let join = |pick: fn(&Commands) -> &Command, between: &str| Command {
        text: each
            .iter()
            .map(|commands| pick(commands).text.as_str())
            .collect::<Vec<_>>()
            .join(between),
        explain: each
            .first()
            .map(|commands| pick(commands).explain.clone())
            .unwrap_or_default(),
    };
    Commands {
        simple: join(|commands| &commands.simple, "\n"),
        intermediate: join(|commands| &commands.intermediate, "\n"),
        advanced: join(|commands| &commands.advanced, "\n\n"),
    }
}

pub(super) async fn apply(
    engine: &Engine,
    id: &str,
    action: Action,
    options: Options,
) -> Result<Outcome> {
    let outcome = match action {
        Action::Start => engine.start_container(id).await,
        Action::Stop => {
            let stop = StopOptions {
                timeout: options.timeout,
                signal: options.signal,
            };
            engine.stop_container(id, &stop).await
        }
        Action::Restart => engine.restart_container(id, options.timeout).await,
        Action::Pause => engine.pause_container(id).await,
        Action::Unpause => engine.unpause_container(id).await,
        Action::Kill => engine.kill_container(id, options.signal.as_deref()).await,
        Action::Delete => {
            let remove = RemoveOptions {
                force: options.force,
                volumes: options.volumes,
            };
            // A recreated container has them by name, so the engine would keep them.
            let volumes = if options.volumes {
                engine.anonymous_volumes(id).await?
            } else {
                Vec::new()
            };
            let removed = engine.remove_container(id, remove).await;
            if removed.is_ok() {
                volumes::remove(engine, &volumes).await;
            }
            removed
        }
    };
    Ok(outcome?)
}

/// Deleting what runs must be meant.
pub(super) fn refuse_running(view: &ContainerView, action: Action, force: bool) -> Result<()> {
    let running = consequences::is_active(&view.container);
    if action == Action::Delete && running && !force {
        let name = &view.container.name;
        return Err(Error::conflict(format!(
            "{name} is running. Stop it first, or delete it with force=true."
        ))
        .code("container_running"));
    }
    Ok(())
}

/// DockerMate must not stop or delete the container that it runs in.
fn refuse_self(view: &ContainerView, action: Action) -> Result<()> {
    let harmless = matches!(action, Action::Start | Action::Unpause);
    if harmless || !view.container.is_self {
        return Ok(());
    }
    Err(Error::conflict(format!(
        "{} is DockerMate itself, or what it reaches the engine through. It cannot {} itself from \
         here; use the command line of the machine.",
        view.container.name,
        action.word()
    ))
    .code("protected_self"))
}

fn plan(
    view: &ContainerView,
    action: Action,
    options: &Options,
    environments: &Environments,
    commands: Commands,
) -> Plan {
    let container = &view.container;
    let name = &container.name;
    let environment = view.environment.as_deref();
    let running = container.state == State::Running;
    let removed = consequences::removes(container, action, options);
    let mut steps = Vec::new();
    // Data that cannot be brought back, and what is merely worth knowing.
    let (mut losses, mut remarks) = (Vec::new(), Vec::new());
    let mut keeps = Vec::new();
    let grace = options.timeout.map_or_else(
        || "its own stop time (10 seconds unless it says otherwise)".to_owned(),
        |seconds| format!("{seconds} seconds"),
    );
    let disturbs = !matches!(action, Action::Start | Action::Unpause);
    if let Some(code) = environment
        && disturbs
        && environments.alert_level(environment) == AlertLevel::High
    {
        remarks.push(format!(
            "It is tagged {code}: whoever relies on it will notice."
        ));
    }
    match action {
        Action::Start if running => {
            steps.push(format!("{name} is running already; nothing changes."));
        }
        Action::Start => steps.push(format!("Start {name} with the settings it was made with.")),
        Action::Stop => {
            steps.push(format!("Ask {name} to stop and wait {grace}; then end it."));
            if !removed {
                keeps.push("Its settings, volumes, networks and writable layer.".to_owned());
            }
            if matches!(container.restart_policy.as_str(), "always") {
                remarks.push(
                    "Its restart policy is \"always\": it starts again when the engine is restarted.".to_owned(),
                );
            }
        }
        Action::Restart => {
            steps.push(format!("Ask {name} to stop and wait {grace}; then end it."));
            steps.push(format!("Start {name} again."));
            keeps.push("Its settings, volumes, networks and writable layer.".to_owned());
        }
        Action::Pause => steps.push(format!(
            "Freeze every process of {name}; connections to it hang."
        )),
        Action::Unpause => steps.push(format!("Resume all processes of {name}.")),
        Action::Kill => {
            let signal = options.signal.as_deref().unwrap_or("SIGKILL");
            steps.push(format!(
                "Send {signal} to {name}, at once and without a grace time."
            ));
            if signal.trim_start_matches("SIG") == "KILL" {
                losses.push("What it had not written to disk is lost.".to_owned());
            }
        }
        Action::Delete => {
            if running {
                steps.push(format!("End {name} at once."));
            }
            steps.push(format!(
                "Remove the container {name} and its writable layer."
            ));
            keeps.push("Its image and its named volumes and host folders.".to_owned());
            if options.volumes {
                steps.push("Remove its anonymous volumes.".to_owned());
                losses.push("Data in anonymous volumes cannot be brought back.".to_owned());
            } else {
                keeps.push("Its anonymous volumes.".to_owned());
            }
            losses.push(
                "What was written inside the container, outside volumes, is lost.".to_owned(),
            );
        }
    }
    if removed && action != Action::Delete {
        steps.push(
            "Once it has stopped, the engine removes it with its writable layer and its anonymous volumes: it was created with --rm.".to_owned(),
        );
        keeps.push("Its image and its named volumes and host folders.".to_owned());
        losses.push(
            "What was written inside the container and in its anonymous volumes cannot be brought back.".to_owned(),
        );
    }
    if let Some(owner) = container.orchestrator {
        remarks.push(format!(
            "It belongs to {}, which may undo this.",
            match owner {
                crate::model::container::Orchestrator::Swarm => "a swarm service",
                crate::model::container::Orchestrator::Kubernetes => "Kubernetes",
                crate::model::container::Orchestrator::Nomad => "Nomad",
            }
        ));
    }
    Plan {
        title: action.title(name),
        steps,
        warnings: environments.filter_warnings(environment, losses, remarks),
        keeps,
        needs: None,
        offers: Vec::new(),
        commands: Some(commands),
    }
}
