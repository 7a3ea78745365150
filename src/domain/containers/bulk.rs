//! One act on many containers: one operation, a result for each, in an order
//! that respects who depends on whom.

use super::action_commands::one_after_another;
use super::consequences;
use super::dependencies::levels;
use super::{Action, Annotation, Containers, Options};
use crate::domain::environments;
use crate::domain::operations::{Started, Task};
use crate::error::{Error, Result};
use crate::model::command::Commands;
use crate::model::container::{Container, ContainerView};
use crate::model::operation::{OperationResult, OperationState, Progress, Target};
use crate::model::plan::{Need, Offer, Plan};
use futures_util::StreamExt as _;
use serde::Deserialize;
use std::collections::BTreeSet;
use std::sync::Arc;
use utoipa::ToSchema;

/// The most containers of one request.
const MOST: usize = 1000;

/// What is to be done to many containers.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Bulk {
    pub action: BulkAction,
    /// Names, ids, or their beginnings.
    pub containers: Vec<String>,
    /// Seconds before a stop becomes a kill.
    #[serde(default)]
    pub timeout: Option<u32>,
    /// Kill: `SIGKILL` unless another is named.
    #[serde(default)]
    pub signal: Option<String>,
    /// Delete: those that run too.
    #[serde(default)]
    pub force: bool,
    /// Delete: their anonymous volumes too.
    #[serde(default)]
    pub volumes: bool,
    /// Delete, and stop and kill of those created with `--rm`: keep their
    /// environments, descriptions, notes and tags for the next containers of their names.
    #[serde(default)]
    pub keep_annotations: bool,
    /// Start and restart: afterwards restart those that use their namespaces or
    /// volumes and are not among them.
    #[serde(default)]
    pub restart_dependents: bool,
    /// Tag: the environment's code, or `null` to follow the label or the host.
    #[serde(default, deserialize_with = "super::present")]
    #[schema(value_type = Option<String>)]
    pub environment: Option<Option<String>>,
    /// Tag: words to add.
    #[serde(default)]
    pub add_tags: Vec<String>,
    /// Tag: words to take away.
    #[serde(default)]
    pub remove_tags: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum BulkAction {
    Start,
    Stop,
    Restart,
    Pause,
    Unpause,
    Kill,
    Delete,
    /// Environment and tags.
    Tag,
}

impl BulkAction {
    fn action(self) -> Option<Action> {
        Some(match self {
            Self::Start => Action::Start,
            Self::Stop => Action::Stop,
            Self::Restart => Action::Restart,
            Self::Pause => Action::Pause,
            Self::Unpause => Action::Unpause,
            Self::Kill => Action::Kill,
            Self::Delete => Action::Delete,
            Self::Tag => return None,
        })
    }

    fn word(self) -> &'static str {
        self.action().map_or("tag", Action::word)
    }

    fn verb(self) -> &'static str {
        self.action().map_or("Tag", Action::verb)
    }

    /// Whether those that others depend on come first.
    fn owners_first(self) -> bool {
        matches!(
            self,
            Self::Start | Self::Restart | Self::Unpause | Self::Tag
        )
    }
}

impl Bulk {
    fn options(&self) -> Options {
        Options {
            timeout: self.timeout,
            signal: self.signal.clone(),
            force: self.force,
            volumes: self.volumes,
            keep_annotations: self.keep_annotations,
            restart_dependents: false,
        }
    }
}

impl Containers {
    pub fn plan_bulk(&self, request: &Bulk) -> Result<Plan> {
        Ok(self.bulk_plan(request)?.1)
    }

    /// Does it, as one operation. It fails only when not one of them worked.
    pub fn bulk(self: &Arc<Self>, request: Bulk, confirm: Option<&str>) -> Result<Started> {
        let (levels, plan) = self.bulk_plan(&request)?;
        environments::require(plan.needs.as_ref(), confirm, &plan.title)?;
        let names: Vec<String> = levels
            .iter()
            .flatten()
            .map(|view| view.container.name.clone())
            .collect();
        let users = self.users_to_restart(&levels, &request)?;
        let mut busy = names.clone();
        busy.extend(users.iter().map(|user| user.name.clone()));
        let reserved = self
            .operations
            .reserve(&Target::containers(busy.iter().map(String::as_str)))?;
        let this = Arc::clone(self);
        let kind = format!("container.bulk.{}", request.action.word());
        Ok(self.operations.start_task(
            &kind,
            plan.title,
            Target::container(names.join(", ")),
            true,
            move |task| async move {
                let _reserved = reserved;
                let told = this.run_bulk(&task, levels, &request).await?;
                this.restart(&users, "What they use").await?;
                Ok(told)
            },
        ))
    }

    async fn run_bulk(
        &self,
        task: &Task,
        levels: Vec<Vec<ContainerView>>,
        request: &Bulk,
    ) -> Result<String> {
        let total = levels.iter().map(Vec::len).sum::<usize>();
        let (mut done, mut failed) = (0_u64, Vec::new());
        for level in levels {
            let mut running =
                futures_util::stream::iter(level.into_iter().map(|view| async move {
                    let outcome = match task.check() {
                        Ok(()) => self.one(&view, request).await,
                        Err(cancelled) => Err(cancelled),
                    };
                    (view.container.name.clone(), outcome)
                }))
                .buffer_unordered(self.at_once.max(1));
            while let Some((target, outcome)) = running.next().await {
                done += 1;
                let progress = Progress {
                    done,
                    total: Some(total as u64),
                    unit: "containers".to_owned(),
                    parts: Vec::new(),
                };
                let result = match outcome {
                    Ok(message) => OperationResult {
                        target,
                        state: OperationState::Succeeded,
                        message,
                        error: None,
                    },
                    Err(error) => {
                        let state = if error.code == Some("cancelled") {
                            OperationState::Cancelled
                        } else {
                            OperationState::Failed
                        };
                        failed.push(target.clone());
                        OperationResult {
                            target,
                            state,
                            message: error.message,
                            error: Some(error.code.unwrap_or("failed").to_owned()),
                        }
                    }
                };
                task.result(result, progress);
            }
        }
        task.check().map_err(|_| {
            Error::conflict(
                "It was cancelled; containers that had been handled before stay changed.",
            )
            .code("cancelled")
        })?;
        let word = request.action.word();
        if failed.len() == total {
            return Err(Error::conflict(format!(
                "Not one of {total} containers could be handled ({word}). The results say why."
            ))
            .code("bulk_failed"));
        }
        if failed.is_empty() {
            return Ok(format!("{word}: all {total} containers."));
        }
        Ok(format!(
            "{word}: done for {} of {total} containers; not for {}.",
            total - failed.len(),
            failed.join(", ")
        ))
    }

    async fn one(&self, view: &ContainerView, request: &Bulk) -> Result<String> {
        let Some(action) = request.action.action() else {
            return self.tag(view, request).await;
        };
        self.plan_for(view, action, &request.options())?;
        super::action_plan::refuse_running(view, action, request.force)?;
        self.perform(view, action, request.options()).await
    }

    async fn tag(&self, view: &ContainerView, request: &Bulk) -> Result<String> {
        let mut tags: BTreeSet<String> = view.tags.iter().cloned().collect();
        tags.extend(request.add_tags.iter().cloned());
        for tag in &request.remove_tags {
            tags.remove(tag);
        }
        let annotation = Annotation {
            environment: request.environment.clone(),
            tags: Some(tags.into_iter().collect()),
            ..Annotation::default()
        };
        self.annotate(&view.container.id, annotation).await?;
        Ok(format!("{} is tagged.", view.container.name))
    }

    fn bulk_plan(&self, request: &Bulk) -> Result<(Vec<Vec<ContainerView>>, Plan)> {
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
        for (field, set) in [("force", request.force), ("volumes", request.volumes)] {
            if set && request.action != BulkAction::Delete {
                return Err(Error::invalid(
                    field,
                    "Only allowed with the action delete.",
                ));
            }
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
            let options = Options {
                restart_dependents: request.restart_dependents,
                ..request.options()
            };
            options.check(action)?;
        }
        let levels = levels(views, request.action.owners_first());
        let plan = self.describe(&levels, request);
        Ok((levels, plan))
    }

    fn describe(&self, levels: &[Vec<ContainerView>], request: &Bulk) -> Plan {
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
        let steps = levels
            .iter()
            .map(|level| {
                let names: Vec<&str> = level
                    .iter()
                    .map(|view| view.container.name.as_str())
                    .collect();
                format!("{verb} {}.", names.join(", "))
            })
            .collect();
        let mut steps: Vec<String> = steps;
        let users = self.users_to_restart(levels, request).unwrap_or_default();
        steps.extend(users.iter().map(|user| format!("Restart {}.", user.name)));
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
        request: &Bulk,
        all: &[&ContainerView],
    ) -> Vec<Arc<Container>> {
        let mut users = self
            .disturbed(&view.container, action, &request.options())
            .unwrap_or_default();
        users.retain(|user| !all.iter().any(|one| one.container.id == user.id));
        users
    }

    fn users_to_restart(
        &self,
        levels: &[Vec<ContainerView>],
        request: &Bulk,
    ) -> Result<Vec<Arc<Container>>> {
        if !request.restart_dependents {
            return Ok(Vec::new());
        }
        let all: Vec<&ContainerView> = levels.iter().flatten().collect();
        self.restarted_after(&all)
    }

    /// Those that are restarted afterwards, each once.
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

    /// What all of them need: the strictest of those that are removed and of
    /// those that are disturbed decides.
    fn bulk_need(&self, all: &[&ContainerView], request: &Bulk) -> Option<Need> {
        let action = request.action.action()?;
        let verb = action.word();
        let mut targets: Vec<(Option<String>, String)> = Vec::new();
        for view in all {
            let removed = consequences::removes(&view.container, action, &request.options());
            let users = self.disturbed_outside(view, action, request, all);
            if let [one] = all
                && one.container.id == view.container.id
            {
                return self.need_for_action(view, removed, &users, verb);
            }
            let asking = self.asking(view, removed, &users, verb);
            if let Some((environment, _, _)) = asking {
                targets.push((environment, view.container.name.clone()));
            } else if removed {
                targets.push((view.environment.clone(), view.container.name.clone()));
            }
        }
        self.environments.need_for_many(&targets, verb)
    }

    fn bulk_commands(&self, all: &[&ContainerView], request: &Bulk) -> Option<Commands> {
        // What we say of a container, no command line can say.
        let action = request.action.action()?;
        let each: Result<Vec<Commands>> = all
            .iter()
            .map(|view| self.commands_for(view, action, &request.options()))
            .collect();
        each.map(|each| one_after_another(&each)).ok()
    }
}

fn count(n: usize) -> String {
    if n == 1 {
        "1 container".to_owned()
    } else {
        format!("{n} containers")
    }
}
