//! What an action on a container will do, and what refuses it.

use super::Containers;
use super::action::{Action, ActionOptions};
use super::consequences::{self, Others, warning};
use super::volume_removal::VolumeRemoval;
use crate::domain::environments::Environments;
use crate::error::{Error, Result};
use crate::model::container::{Container, ContainerView, Orchestrator, State};
use crate::model::environment::AlertLevel;
use crate::model::plan::{Offer, Plan};
use crate::model::volume::VolumeOrigin;
use std::sync::Arc;

pub(super) const LOST_WITH_VOLUMES: &str = "Data in anonymous volumes cannot be brought back.";
pub(super) const LOST_INSIDE: &str =
    "What was written inside the container, outside volumes, is lost.";

impl Containers {
    /// What an action will do.
    pub fn plan(&self, reference: &str, action: Action, options: &ActionOptions) -> Result<Plan> {
        let view = self.get(reference)?;
        let plan = self.plan_for(&view, action, options)?;
        refuse_running(&view, action, options.force)?;
        Ok(plan)
    }

    pub(super) fn plan_for(
        &self,
        view: &ContainerView,
        action: Action,
        options: &ActionOptions,
    ) -> Result<Plan> {
        self.plan_after(view, action, options, &[])
    }

    /// The same once those with the ids `gone` have been deleted.
    pub(super) fn plan_after(
        &self,
        view: &ContainerView,
        action: Action,
        options: &ActionOptions,
        gone: &[&str],
    ) -> Result<Plan> {
        options.check(action)?;
        refuse_self(view, action)?;
        let volumes = if options.volumes {
            self.volume_removal(&view.container, gone)?
        } else {
            VolumeRemoval::default()
        };
        let removed = consequences::removes(&view.container, action, options);
        let disturbed = self.disturbed(&view.container, action, options)?;
        let mut plan = plan(view, action, options, &self.environments, &volumes);
        plan.commands = Some(self.commands_for(view, action, options, &volumes)?);
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
        let restarted = if options.restart_dependents {
            self.restarted_with(view)?
        } else {
            Vec::new()
        };
        plan.steps.extend(
            restarted
                .iter()
                .map(|user| format!("Restart {}.", user.name)),
        );
        let restarts = options.restart_dependents;
        plan.warnings
            .extend(warning(&view.container.name, &disturbed, action, restarts));
        let impact = consequences::impact(&view.container, action, options);
        let others = Others {
            disturbed,
            restarted,
        };
        plan.needs = self.need_for_action(view, impact, &others, action.word());
        Ok(plan)
    }

    /// Those that are restarted after a container, in order: what runs, with a
    /// namespace that is gone.
    pub(super) fn restarted_with(&self, view: &ContainerView) -> Result<Vec<Arc<Container>>> {
        let mut users = self.users_of(&view.container)?;
        users.retain(|user| consequences::is_active(user));
        Ok(self.in_order(users))
    }
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
    options: &ActionOptions,
    environments: &Environments,
    volumes: &VolumeRemoval,
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
            if !options.volumes {
                keeps.push("Its anonymous volumes.".to_owned());
            }
            if !volumes.removed.is_empty() {
                let names = volumes.removed.join(", ");
                steps.push(format!("Remove its anonymous volumes: {names}."));
                losses.push(LOST_WITH_VOLUMES.to_owned());
            }
            if !volumes.kept.is_empty() {
                keeps.push(format!("These volumes: {}.", volumes.kept.join("; ")));
            }
            losses.push(LOST_INSIDE.to_owned());
        }
    }
    if removed && action != Action::Delete {
        steps.push(
            "Once it has stopped, the engine removes it with its writable layer and its anonymous volumes: it was created with --rm.".to_owned(),
        );
        keeps.push("Its image and its named volumes and host folders.".to_owned());
        let replaced = container
            .volumes
            .iter()
            .filter(|volume| volume.origin == VolumeOrigin::Replaced);
        keeps.extend(replaced.map(|volume| {
            format!(
                "The volume {}, which it has by its name from the container that it replaced.",
                volume.name
            )
        }));
        losses.push(
            "What was written inside the container and in its anonymous volumes cannot be brought back.".to_owned(),
        );
    }
    if let Some(owner) = container.orchestrator {
        remarks.push(format!(
            "It belongs to {}, which may undo this.",
            match owner {
                Orchestrator::Swarm => "a swarm service",
                Orchestrator::Kubernetes => "Kubernetes",
                Orchestrator::Nomad => "Nomad",
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
        commands: None,
    }
}
