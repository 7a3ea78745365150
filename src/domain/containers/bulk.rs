//! One act on many containers: one operation, a result for each, in an order
//! that respects who depends on whom.

use super::dependent_restarts::DependentRestarts;
use super::{Action, ActionOptions, Annotation, Containers, consequences, depends_on};
use crate::domain::environments;
use crate::domain::operations::{Started, Task};
use crate::error::{Error, Result};
use crate::model::container::{Container, ContainerView};
use crate::model::operation::{OperationResult, OperationState, Progress, Target};
use crate::model::plan::Plan;
use futures_util::StreamExt as _;
use serde::Deserialize;
use std::collections::BTreeSet;
use std::sync::Arc;
use utoipa::ToSchema;

/// What is to be done to many containers.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BulkRequest {
    pub action: BulkAction,
    /// Names, ids, or their beginnings.
    pub containers: Vec<String>,
    /// Seconds before a stop becomes a kill.
    #[serde(default)]
    pub timeout: Option<u32>,
    /// Kill: `SIGKILL` unless another is named.
    #[serde(default)]
    pub signal: Option<String>,
    /// Delete: those that run too; they are killed.
    #[serde(default)]
    pub force: bool,
    /// Delete: stop those that run first, each with its own stop time. Without `stop` or `force`
    /// they are not deleted.
    #[serde(default)]
    pub stop: bool,
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
    pub(super) fn action(self) -> Option<Action> {
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

    pub(super) fn verb(self) -> &'static str {
        self.action().map_or("Tag", Action::verb)
    }

    /// Whether those that others depend on come first.
    pub(super) fn owners_first(self) -> bool {
        matches!(
            self,
            Self::Start | Self::Restart | Self::Unpause | Self::Tag
        )
    }
}

impl BulkRequest {
    pub(super) fn options(&self) -> ActionOptions {
        ActionOptions {
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
    pub fn plan_bulk(&self, request: &BulkRequest) -> Result<Plan> {
        Ok(self.bulk_plan(request)?.1)
    }

    /// Does it, as one operation. It fails only when not one of them worked.
    pub fn bulk(self: &Arc<Self>, request: BulkRequest, confirm: Option<&str>) -> Result<Started> {
        let (levels, plan) = self.bulk_plan(&request)?;
        environments::require(plan.needs.as_ref(), confirm, &plan.title)?;
        let names: Vec<String> = levels
            .iter()
            .flatten()
            .map(|view| view.container.name.clone())
            .collect();
        let owners = self.owners_of(&levels, &request)?;
        let mut busy = names.clone();
        for owner in &owners {
            busy.extend(owner.restarted.iter().map(|user| user.name.clone()));
        }
        let reserved = self
            .operations
            .reserve(&Target::containers(busy.iter().map(String::as_str)))?;
        let this = Arc::clone(self);
        let kind = format!("container.bulk.{}", request.action.word());
        Ok(self.operations.start_task(
            &kind,
            plan.title.clone(),
            Target::container(names.join(", ")),
            true,
            move |task| async move {
                let _reserved = reserved;
                let restarts = DependentRestarts::new(&this, &task, plan.title, owners, true);
                let outcome = this.run_bulk(&task, levels, &request, &restarts).await;
                restarts.end(&task).await;
                let mut with = String::new();
                let restarted = restarts.restarted();
                if !restarted.is_empty() {
                    with = format!(" Restarted with them: {}.", restarted.join(", "));
                }
                match outcome {
                    Ok(told) => Ok(told + &with),
                    Err(error) => {
                        let told = format!("{}{with}", error.message);
                        Err(Error::new(error.kind, told).code(error.code.unwrap_or("failed")))
                    }
                }
            },
        ))
    }

    async fn run_bulk(
        &self,
        task: &Task,
        levels: Vec<Vec<ContainerView>>,
        request: &BulkRequest,
        restarts: &DependentRestarts<'_>,
    ) -> Result<String> {
        let total = levels.iter().map(Vec::len).sum::<usize>();
        let (mut done, mut failed) = (0_u64, Vec::new());
        let mut restarted: Vec<Arc<Container>> = Vec::new();
        let mut broken: Vec<Arc<Container>> = Vec::new();
        for level in levels {
            let before = (&restarted.clone(), &broken.clone());
            let mut running =
                futures_util::stream::iter(level.into_iter().map(|view| async move {
                    // What uses one that was restarted is without it until its own restart.
                    let uses = |all: &[Arc<Container>]| {
                        let used = all.iter().find(|one| depends_on(&view.container, one));
                        used.map(|one| one.name.clone())
                    };
                    let outcome = match (task.check(), uses(before.1)) {
                        (Err(cancelled), _) if uses(before.0).is_none() => Err(cancelled),
                        // It would be stopped, and could not be started again.
                        (_, Some(owner)) => Err(Error::conflict(format!(
                            "{} was not restarted, because it uses {owner}, which could not be restarted.",
                            view.container.name
                        ))),
                        _ => self.one(&view, request, restarts).await,
                    };
                    (view.container, outcome)
                }))
                .buffer_unordered(self.at_once.max(1));
            while let Some((container, outcome)) = running.next().await {
                done += 1;
                let target = container.name.clone();
                match &outcome {
                    _ if request.action != BulkAction::Restart => {}
                    Ok(_) => restarted.push(container),
                    Err(error) if error.code == Some("cancelled") => {}
                    Err(_) => broken.push(container),
                }
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

    async fn one(
        &self,
        view: &ContainerView,
        request: &BulkRequest,
        restarts: &DependentRestarts<'_>,
    ) -> Result<String> {
        let Some(action) = request.action.action() else {
            return self.tag(view, request).await;
        };
        self.plan_for(view, action, &request.options())?;
        if request.stop && consequences::is_active(&view.container) {
            return self.stop_and_delete(view, request).await;
        }
        super::action_plan::refuse_running(view, action, request.force)?;
        let id = &view.container.id;
        restarts.begin(id, request.timeout).await?;
        let outcome = self.perform(view, action, request.options()).await;
        restarts.follow(id, outcome).await
    }

    async fn stop_and_delete(&self, view: &ContainerView, request: &BulkRequest) -> Result<String> {
        let stop = ActionOptions {
            keep_annotations: request.keep_annotations,
            ..ActionOptions::default()
        };
        // What was created with `--rm` is removed by its stop.
        let removed = consequences::removes(&view.container, Action::Stop, &stop);
        let told = self.perform(view, Action::Stop, stop).await?;
        if removed {
            return Ok(told);
        }
        self.perform(view, Action::Delete, request.options()).await
    }

    async fn tag(&self, view: &ContainerView, request: &BulkRequest) -> Result<String> {
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
}
