//! What one act on many containers will do: checked, in order, with what must
//! be confirmed.

use super::action_commands::one_after_another;
use super::action_plan::{LOST_INSIDE, LOST_WITH_VOLUMES, refuse_running};
use super::bulk::{BulkAction, BulkRequest};
use super::consequences::{self, Others};
use super::dependencies::levels;
use super::dependent_restarts::OwnerUsers;
use super::volume_removal::VolumeRemoval;
use super::{Action, ActionOptions, Annotation, Containers};
use crate::domain::environments::{Environments, Impact};
use crate::error::{Error, Result};
use crate::model::command::Commands;
use crate::model::container::{Container, ContainerView};
use crate::model::environment::Confirmation;
use crate::model::plan::{Need, Offer, Plan};
use std::collections::{BTreeSet, HashSet};
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
        let plans = self.plan_each(&all, request);
        let mut warnings = Vec::new();
        let mut offers = Vec::new();
        for (view, plan) in all.iter().zip(&plans) {
            let name = &view.container.name;
            let Some(action) = request.action.action() else {
                break;
            };
            match plan {
                Ok(plan) => {
                    if plan.offers.contains(&Offer::KeepAnnotations)
                        && !offers.contains(&Offer::KeepAnnotations)
                    {
                        offers.push(Offer::KeepAnnotations);
                    }
                    let options = request.options();
                    let removed = consequences::removes(&view.container, action, &options);
                    if removed && action != Action::Delete {
                        warnings.push(format!(
                            "{name} was created with --rm: once it has stopped, the engine removes it with its anonymous volumes."
                        ));
                    }
                    let users = self.disturbed_outside(view, action, request, &all);
                    warnings.extend(consequences::warning(
                        name,
                        &users,
                        action,
                        request.restart_dependents,
                    ));
                    // Said once for all of those that it is true of.
                    for lost in [LOST_WITH_VOLUMES, LOST_INSIDE] {
                        let is_new = !warnings.iter().any(|said| said == lost);
                        if is_new && plan.warnings.iter().any(|said| said == lost) {
                            warnings.push(lost.to_owned());
                        }
                    }
                }
                Err(error) => {
                    warnings.push(format!("{name} will be skipped: {}", error.message));
                }
            }
        }
        let done: HashSet<&str> = all
            .iter()
            .zip(&plans)
            .filter(|(_, plan)| plan.is_ok())
            .map(|(view, _)| view.container.id.as_str())
            .collect();
        let names = |views: &[&ContainerView]| {
            let done = views
                .iter()
                .filter(|view| done.contains(view.container.id.as_str()));
            let names: Vec<&str> = done.map(|view| view.container.name.as_str()).collect();
            names.join(", ")
        };
        let mut steps = Vec::new();
        let stopped = names(&stopped_first(&all, request).collect::<Vec<_>>());
        if !stopped.is_empty() {
            steps.push(format!(
                "Stop {stopped} first, each with its own stop time."
            ));
        }
        for level in levels {
            let names = names(&level.iter().collect::<Vec<_>>());
            if !names.is_empty() {
                steps.push(format!("{verb} {names}."));
            }
        }
        let mut keeps = Vec::new();
        if request.action == BulkAction::Delete {
            keeps.push("Their images, named volumes and host folders.".to_owned());
        }
        if request.volumes {
            self.describe_volumes(&all, &done, request, &mut steps, &mut keeps);
        }
        let users = if request.restart_dependents {
            self.restarted_after(&all).unwrap_or_default()
        } else {
            Vec::new()
        };
        steps.extend(users.iter().map(|user| format!("Restart {}.", user.name)));
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
            commands: self.bulk_commands(&all, plans, &users, request),
        }
    }

    /// The plan of each, or why it is skipped, in the order in which they are handled.
    fn plan_each(&self, all: &[&ContainerView], request: &BulkRequest) -> Vec<Result<Plan>> {
        let Some(action) = request.action.action() else {
            return all.iter().map(|_| Ok(Plan::default())).collect();
        };
        let options = request.options();
        let mut gone: Vec<&str> = Vec::new();
        all.iter()
            .map(|view| {
                let plan = self
                    .plan_after(view, action, &options, &gone)
                    .and_then(|plan| {
                        refuse_running(view, action, request.force || request.stop)?;
                        Ok(plan)
                    });
                if action == Action::Delete && plan.is_ok() {
                    gone.push(&view.container.id);
                }
                plan
            })
            .collect()
    }

    /// Which volumes are removed with those that are deleted, and which are kept.
    fn describe_volumes(
        &self,
        all: &[&ContainerView],
        done: &HashSet<&str>,
        request: &BulkRequest,
        steps: &mut Vec<String>,
        keeps: &mut Vec<String>,
    ) {
        let mut gone: Vec<&str> = Vec::new();
        let (mut kept, mut removed) = (BTreeSet::new(), BTreeSet::new());
        for view in all {
            let container = &view.container;
            if !done.contains(container.id.as_str()) {
                continue;
            }
            let mut found = self.volume_removal(container, &gone).unwrap_or_default();
            gone.push(&container.id);
            let stop = ActionOptions::default();
            if request.stop && consequences::removes(container, Action::Stop, &stop) {
                // By the engine, which spares those that it has by their names.
                found.removed.retain(|name| !found.by_name.contains(name));
                found.kept.extend(found.by_name);
            }
            if !found.removed.is_empty() {
                let names = found.removed.join(", ");
                steps.push(format!(
                    "Remove the anonymous volumes of {}: {names}.",
                    container.name
                ));
            }
            removed.extend(found.removed);
            kept.extend(found.kept);
        }
        // One that another of them had is removed with the last.
        kept.retain(|text: &String| {
            let name = text.split(',').next().unwrap_or(text);
            !removed.contains(name)
        });
        if !kept.is_empty() {
            let kept: Vec<String> = kept.into_iter().collect();
            keeps.push(format!("These volumes: {}.", kept.join("; ")));
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

    fn bulk_commands(
        &self,
        all: &[&ContainerView],
        plans: Vec<Result<Plan>>,
        users: &[Arc<Container>],
        request: &BulkRequest,
    ) -> Option<Commands> {
        // What we say of a container, no command line can say.
        request.action.action()?;
        let planned: Vec<(&ContainerView, Plan)> = all
            .iter()
            .copied()
            .zip(plans)
            .filter_map(|(view, plan)| Some((view, plan.ok()?)))
            .collect();
        let views: Vec<&ContainerView> = planned.iter().map(|(view, _)| *view).collect();
        let stop = ActionOptions::default();
        let stops: Result<Vec<Commands>> = stopped_first(&views, request)
            .map(|view| self.commands_for(view, Action::Stop, &stop, &VolumeRemoval::default()))
            .collect();
        // What was created with `--rm` is gone once it has stopped.
        let gone = |view: &ContainerView| {
            request.stop && consequences::removes(&view.container, Action::Stop, &stop)
        };
        let mut each = stops.ok()?;
        let acts = planned.into_iter().filter(|(view, _)| !gone(view));
        each.extend(acts.filter_map(|(_, plan)| plan.commands));
        each.extend(self.restart_commands(users));
        (!each.is_empty()).then(|| one_after_another(&each))
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
