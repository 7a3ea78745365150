//! What one act on many containers will do: checked, in order, with what must
//! be confirmed.

use super::action_commands::one_after_another;
use super::bulk::{BulkAction, BulkRequest};
use super::consequences::{self, Others};
use super::dependencies::levels;
use super::dependent_restarts::OwnerUsers;
use super::{Action, ActionOptions, Annotation, Containers};
use crate::domain::environments::{Environments, Impact};
use crate::error::{Error, Result};
use crate::model::command::Commands;
use crate::model::container::{Container, ContainerView};
use crate::model::environment::Confirmation;
use crate::model::plan::{Need, Offer, Plan};
use std::sync::Arc;

/// The most containers of one request.
const MOST: usize = 1000;

impl Containers {
    pub(super) fn bulk_plan(
        &self,
        request: &BulkRequest,
    ) -> Result<(Vec<Vec<ContainerView>>, Plan)> {
        if request.containers.is_empty() {
            return Err(Error::invalid(
                "containers",
                "Select at least one container.",
            ));
        }
        if request.containers.len() > MOST {
            return Err(Error::invalid(
                "containers",
                format!("At most {MOST} containers at once."),
            ));
        }
        let tags = request.environment.is_some()
            || !request.add_tags.is_empty()
            || !request.remove_tags.is_empty();
        if (request.action == BulkAction::Tag) != tags {
            return Err(Error::invalid(
                "action",
                "environment, add_tags and remove_tags are only allowed, and one of them required, with the action tag.",
            ));
        }
        for (field, set) in [
            ("force", request.force),
            ("stop", request.stop),
            ("volumes", request.volumes),
        ] {
            if set && request.action != BulkAction::Delete {
                return Err(Error::invalid(
                    field,
                    "Only allowed with the action delete.",
                ));
            }
        }
        if request.stop && request.force {
            return Err(Error::invalid(
                "stop",
                "Not allowed together with force, which kills them.",
            ));
        }
        self.check_annotation(&Annotation {
            environment: request.environment.clone(),
            tags: Some(request.add_tags.clone()),
            ..Annotation::default()
        })?;
        let mut views: Vec<ContainerView> = Vec::new();
        for reference in &request.containers {
            let view = self.get(reference)?;
            if !views
                .iter()
                .any(|known| known.container.id == view.container.id)
            {
                views.push(view);
            }
        }
        if let Some(action) = request.action.action() {
            let options = ActionOptions {
                restart_dependents: request.restart_dependents,
                ..request.options()
            };
            options.check(action)?;
        }
        let levels = levels(views, request.action.owners_first());
        let plan = self.describe(&levels, request);
        Ok((levels, plan))
    }

    fn describe(&self, levels: &[Vec<ContainerView>], request: &BulkRequest) -> Plan {
        let all: Vec<&ContainerView> = levels.iter().flatten().collect();
        let verb = request.action.verb();
        let mut warnings = Vec::new();
        let mut offers = Vec::new();
        for view in &all {
            let Some(action) = request.action.action() else {
                break;
            };
            match self.plan_for(view, action, &request.options()) {
                Ok(plan) => {
                    if plan.offers.contains(&Offer::KeepAnnotations)
                        && !offers.contains(&Offer::KeepAnnotations)
                    {
                        offers.push(Offer::KeepAnnotations);
                    }
                    let container = &view.container;
                    let options = request.options();
                    let removed = consequences::removes(container, action, &options);
                    if removed && action != Action::Delete {
                        warnings.push(format!(
                            "{} was created with --rm: once it has stopped, the engine removes it with its anonymous volumes.",
                            container.name
                        ));
                    }
                    let users = self.disturbed_outside(view, action, request, &all);
                    warnings.extend(consequences::warning(
                        &container.name,
                        &users,
                        action,
                        request.restart_dependents,
                    ));
                }
                Err(error) => warnings.push(format!(
                    "{} will be skipped: {}",
                    view.container.name, error.message
                )),
            }
        }
        let stopped: Vec<&str> = stopped_first(&all, request)
            .map(|view| view.container.name.as_str())
            .collect();
        let mut steps = Vec::new();
        if !stopped.is_empty() {
            steps.push(format!(
                "Stop {} first, each with its own stop time.",
                stopped.join(", ")
            ));
        }
        steps.extend(levels.iter().map(|level| {
            let names: Vec<&str> = level
                .iter()
                .map(|view| view.container.name.as_str())
                .collect();
            format!("{verb} {}.", names.join(", "))
        }));
        if request.restart_dependents {
            let users = self.restarted_after(&all).unwrap_or_default();
            steps.extend(users.iter().map(|user| format!("Restart {}.", user.name)));
        }
        let keeps = if request.action == BulkAction::Delete {
            vec!["Their images, named volumes and host folders.".to_owned()]
        } else {
            Vec::new()
        };
        if matches!(request.action, BulkAction::Start | BulkAction::Restart)
            && self
                .restarted_after(&all)
                .is_ok_and(|users| !users.is_empty())
        {
            offers.push(Offer::RestartDependents);
        }
        Plan {
            title: format!("{verb} {}", count(all.len())),
            steps,
            warnings,
            keeps,
            needs: self.bulk_need(&all, request),
            offers,
            commands: self.bulk_commands(&all, request),
        }
    }

    /// Those that are disturbed and are not among the containers of the request.
    fn disturbed_outside(
        &self,
        view: &ContainerView,
        action: Action,
        request: &BulkRequest,
        all: &[&ContainerView],
    ) -> Vec<Arc<Container>> {
        let mut users = self
            .disturbed(&view.container, action, &request.options())
            .unwrap_or_default();
        users.retain(|user| !all.iter().any(|one| one.container.id == user.id));
        users
    }

    /// Those whose users have to be restarted after them, by the request or because
    /// they are among its containers.
    pub(super) fn owners_of(
        &self,
        levels: &[Vec<ContainerView>],
        request: &BulkRequest,
    ) -> Result<Vec<OwnerUsers>> {
        let is_restart = request.action == BulkAction::Restart;
        if !is_restart && !request.restart_dependents {
            return Ok(Vec::new());
        }
        let all: Vec<&ContainerView> = levels.iter().flatten().collect();
        let mut owners = Vec::new();
        for view in &all {
            let (mut requested, mut restarted): (Vec<_>, Vec<_>) = self
                .restarted_with(view)?
                .into_iter()
                .partition(|user| all.iter().any(|one| one.container.id == user.id));
            if !request.restart_dependents {
                restarted.clear();
            }
            if !is_restart {
                requested.clear();
            }
            if restarted.is_empty() && requested.is_empty() {
                continue;
            }
            owners.push(OwnerUsers {
                owner: Arc::clone(&view.container),
                restarted,
                requested,
            });
        }
        Ok(owners)
    }

    /// Those that are restarted besides, each once.
    fn restarted_after(&self, all: &[&ContainerView]) -> Result<Vec<Arc<Container>>> {
        let mut users: Vec<Arc<Container>> = Vec::new();
        for view in all {
            for user in self.restarted_with(view)? {
                let known = all.iter().any(|one| one.container.id == user.id)
                    || users.iter().any(|one| one.id == user.id);
                if !known {
                    users.push(user);
                }
            }
        }
        Ok(users)
    }

    /// What all of them need: the strictest of what each of them and of what those that
    /// are disturbed need decides.
    fn bulk_need(&self, all: &[&ContainerView], request: &BulkRequest) -> Option<Need> {
        let name = |view: &ContainerView| view.container.name.clone();
        let Some(action) = request.action.action() else {
            let moved: Vec<_> = all
                .iter()
                .filter(|view| self.moves(view, request.environment.as_ref()))
                .collect();
            if let [one] = moved[..] {
                return self.need_for_change(one, "change");
            }
            let asks = moved.iter().map(|view| {
                let environment = view.environment.as_deref();
                let asks = self.environments.confirmation(environment, Impact::Change);
                (asks, name(view))
            });
            return Environments::need_for_many(&asks.collect::<Vec<_>>(), "change");
        };
        let (verb, options) = (action.word(), request.options());
        let impact = |view: &ContainerView| consequences::impact(&view.container, action, &options);
        let others = |view: &ContainerView| {
            let mut restarted = Vec::new();
            if request.restart_dependents {
                restarted = self.restarted_with(view).unwrap_or_default();
                restarted.retain(|user| !all.iter().any(|one| one.container.id == user.id));
            }
            Others {
                disturbed: self.disturbed_outside(view, action, request, all),
                restarted,
            }
        };
        if let [one] = all {
            return self.need_for_action(one, impact(one), &others(one), verb);
        }
        let targets: Vec<_> = all
            .iter()
            .map(|view| {
                let need = self.asking(view, impact(view), &others(view), verb);
                let asks = need.map_or(Confirmation::None, |(_, _, need)| need.kind.confirmation());
                (asks, name(view))
            })
            .collect();
        Environments::need_for_many(&targets, verb)
    }

    fn bulk_commands(&self, all: &[&ContainerView], request: &BulkRequest) -> Option<Commands> {
        // What we say of a container, no command line can say.
        let action = request.action.action()?;
        let stops = stopped_first(all, request)
            .map(|view| self.commands_for(view, Action::Stop, &ActionOptions::default()));
        // What was created with `--rm` is gone once it has stopped.
        let gone = |view: &ContainerView| {
            let stop = ActionOptions::default();
            request.stop && consequences::removes(&view.container, Action::Stop, &stop)
        };
        let acts = all
            .iter()
            .filter(|view| !gone(view))
            .map(|view| self.commands_for(view, action, &request.options()));
        let each: Result<Vec<Commands>> = stops.chain(acts).collect();
        each.map(|each| one_after_another(&each)).ok()
    }
}

/// Those that run and are stopped before they are deleted.
fn stopped_first<'a>(
    all: &'a [&'a ContainerView],
    request: &BulkRequest,
) -> impl Iterator<Item = &'a ContainerView> {
    let stop = request.stop;
    all.iter()
        .copied()
        .filter(move |view| stop && consequences::is_active(&view.container))
}

fn count(n: usize) -> String {
    if n == 1 {
        "1 container".to_owned()
    } else {
        format!("{n} containers")
    }
}
