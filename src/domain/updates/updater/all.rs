//! Updating all containers that have an update, one after another: development
//! first, production never. Each is an operation of its own, so that whatever cuts
//! this one off, each of them is recovered as if it had been started alone; and whether
//! it may be updated is asked again when its turn comes.

use super::selection::{Chosen, Selection, shares_tag};
use super::{Consent, UpdateRequest, Updater};
use crate::domain::environments;
use crate::domain::operations::{Started, Task};
use crate::error::{Error, Kind, Result};
use crate::model::operation::{
    Operation, OperationResult, OperationState, Progress, Target, TargetKind,
};
use crate::model::plan::Plan;
use crate::model::update_history::UpdateTrigger;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use utoipa::ToSchema;

/// Between two looks at whether this was cancelled.
const PATIENCE: Duration = Duration::from_millis(200);

/// How all containers are updated.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct UpdateAllRequest {
    /// Only these, by name, id or id prefix.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub containers: Option<Vec<String>>,
    /// Without a health check: seconds that each new one must stay up to count as
    /// working; unless given, what its policy says (30), at most 600.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stable_seconds: Option<u64>,
    /// Remove each image that was replaced, if nothing else uses it.
    pub remove_old_images: bool,
}

impl Updater {
    /// What updating all of them will do.
    ///
    /// # Errors
    /// When the engine does not answer, or a container is not known.
    pub fn plan_all(&self, request: &UpdateAllRequest) -> Result<Plan> {
        let selection = self.select(request.containers.as_deref())?;
        let mut steps: Vec<String> = selection.chosen.iter().map(step).collect();
        if steps.is_empty() {
            steps.push("Nothing: no container has an update that may be made this way.".to_owned());
        } else {
            steps.push(
                "One after another. One that does not work is rolled back, and the next one is updated."
                    .to_owned(),
            );
        }
        let skipped = selection.skipped.iter();
        let skipped = skipped.map(|(name, why)| format!("{name} is skipped: {why}"));
        let dependents = selection.chosen.iter().flat_map(|one| {
            let owner = &one.view.container;
            one.dependents
                .iter()
                .map(move |other| (owner, &other.container))
        });
        let moved = dependents
            .filter(|(owner, other)| self.moves(other) || shares_tag(other, owner))
            .map(|(_, container)| {
                format!(
                    "{} moves to another image when it is recreated, because {} names another one then.",
                    container.name, container.image
                )
            });
        Ok(Plan {
            title: "Update all".to_owned(),
            steps,
            warnings: skipped.chain(moved).collect(),
            keeps: vec!["The volumes and the settings of every container.".to_owned()],
            needs: self.need_for(&selection),
            ..Plan::default()
        })
    }

    /// Updates all of them, as one operation.
    ///
    /// # Errors
    /// When there is nothing to update, this runs already, or what the plan asks is
    /// not answered.
    pub fn start_all(
        self: &Arc<Self>,
        request: UpdateAllRequest,
        confirm: Option<&str>,
    ) -> Result<Started> {
        let selection = self.select(request.containers.as_deref())?;
        if selection.chosen.is_empty() {
            let why = selection.skipped.first().map_or_else(
                || "No container has an update. Check for updates first.".to_owned(),
                |(name, why)| format!("None of them is updated this way: {name} is skipped, {why}"),
            );
            return Err(Error::conflict(why).code("nothing_to_update"));
        }
        environments::require(self.need_for(&selection).as_ref(), confirm, "all of them")?;
        self.run_all(selection, request, UpdateTrigger::UpdateAll)
    }

    pub(super) fn run_all(
        self: &Arc<Self>,
        selection: Selection,
        request: UpdateAllRequest,
        trigger: UpdateTrigger,
    ) -> Result<Started> {
        let target = Target::new(TargetKind::System, "updates");
        let reserved = self.operations.reserve(std::slice::from_ref(&target))?;
        let this = Arc::clone(self);
        Ok(self.operations.start_task(
            "updates.apply_all",
            "Update all".to_owned(),
            target,
            true,
            move |task| async move {
                let _reserved = reserved;
                Box::pin(this.update_all(&task, selection, &request, trigger)).await
            },
        ))
    }

    async fn update_all(
        self: &Arc<Self>,
        task: &Task,
        selection: Selection,
        request: &UpdateAllRequest,
        trigger: UpdateTrigger,
    ) -> Result<String> {
        let total = (selection.chosen.len() + selection.skipped.len()) as u64;
        let mut tally = Tally::default();
        for (name, why) in &selection.skipped {
            tally.skipped += 1;
            tell(task, skipped(name, why), tally.told(), total);
        }
        let mut stopped = None;
        // The ids of those that were recreated with others, by name.
        let mut recreated = HashMap::new();
        for chosen in &selection.chosen {
            let container = &chosen.view.container;
            task.check().map_err(|_| tally.cancelled())?;
            let name = &container.name;
            task.step(format!("Update {name}"));
            let id = recreated.get(name).unwrap_or(&container.id);
            let outcome = match self.why_not_any_more(chosen, id, trigger).await {
                Ok(Some(why)) => {
                    task.note(&why);
                    tally.skipped += 1;
                    tell(task, skipped(name, &why), tally.told(), total);
                    continue;
                }
                Ok(None) => Box::pin(self.update_one(task, id, chosen, request, trigger)).await,
                Err(error) => Err(error),
            };
            if let Ok(operation) = &outcome {
                recreated.extend(created(operation));
            }
            let result = match &outcome {
                Ok(operation) => result(
                    name,
                    operation.state,
                    operation.message.clone().unwrap_or_default(),
                    operation.error.as_deref(),
                ),
                Err(error) => result(
                    name,
                    OperationState::Failed,
                    error.message.clone(),
                    error.code.or(Some("failed")),
                ),
            };
            tally.count(&result);
            tell(task, result, tally.told(), total);
            task.save().await;
            if let Some(why) = critical(&outcome) {
                stopped = Some(why);
                break;
            }
        }
        task.check().map_err(|_| tally.cancelled())?;
        if let Some(why) = stopped {
            return Err(Error::conflict(format!(
                "{} It was stopped, because {why}.",
                tally.sentence()
            ))
            .code("update_all_stopped"));
        }
        Ok(tally.sentence())
    }

    /// The operation that updated it, once that is over. When all of it is cancelled,
    /// it is cancelled too, where it can be.
    async fn update_one(
        self: &Arc<Self>,
        task: &Task,
        id: &str,
        chosen: &Chosen,
        request: &UpdateAllRequest,
        trigger: UpdateTrigger,
    ) -> Result<Operation> {
        let one = UpdateRequest {
            container: id.to_owned(),
            tag: chosen.tag.clone(),
            stable_seconds: request.stable_seconds,
            remove_old_image: request.remove_old_images,
            expected: chosen.version.clone().filter(|_| chosen.tag.is_none()),
        };
        let started = Box::pin(self.begin(one, trigger, Consent::Whole)).await?;
        let id = started.id.clone();
        let mut end = std::pin::pin!(started.finished());
        let mut cancelled = false;
        loop {
            if let Ok(over) = tokio::time::timeout(PATIENCE, &mut end).await {
                // A failed operation is its error; here it is a result.
                return match over {
                    Ok(operation) => Ok(operation),
                    Err(error) => self.operations.get(&id).or(Err(error)),
                };
            }
            if !cancelled && task.check().is_err() {
                // It may be past that.
                cancelled = self.operations.cancel(&id).is_ok();
            }
        }
    }
}

#[derive(Debug, Default)]
struct Tally {
    succeeded: u64,
    skipped: u64,
    failed: u64,
}

impl Tally {
    fn told(&self) -> u64 {
        self.succeeded + self.skipped + self.failed
    }

    fn count(&mut self, result: &OperationResult) {
        if result.state == OperationState::Succeeded {
            self.succeeded += 1;
        } else {
            self.failed += 1;
        }
    }

    /// "Updated 8; 2 skipped; 1 failed …".
    fn sentence(&self) -> String {
        let mut text = format!("{} updated", self.succeeded);
        if self.skipped > 0 {
            text.push_str(&format!(", {} skipped", self.skipped));
        }
        if self.failed > 0 {
            text.push_str(&format!(", {} failed", self.failed));
        }
        text.push('.');
        text
    }

    fn cancelled(&self) -> Error {
        Error::conflict(format!(
            "It was cancelled. {} The others are as they were.",
            self.sentence()
        ))
        .code("cancelled")
    }
}

/// What is done to one of them, and to those that depend on it.
fn step(
    Chosen {
        view, dependents, ..
    }: &Chosen,
) -> String {
    let environment = view.environment.as_deref();
    let environment = environment.map_or_else(String::new, |code| format!(" ({code})"));
    let mut step = format!(
        "Update {}{environment} to the newest {}.",
        view.container.name, view.container.image
    );
    if !dependents.is_empty() {
        let names = dependents.iter().map(|other| other.container.name.as_str());
        let names: Vec<&str> = names.collect();
        step.push_str(&format!(
            " Recreate with it what depends on it: {}.",
            names.join(", ")
        ));
    }
    step
}

/// Name and id of every container that an operation has recreated.
fn created(operation: &Operation) -> Vec<(String, String)> {
    let containers = operation.result.as_ref();
    let containers = containers.and_then(|result| result.get("containers")?.as_array());
    let text = |one: &Value, key: &str| one.get(key)?.as_str().map(ToOwned::to_owned);
    containers
        .into_iter()
        .flatten()
        .filter_map(|one| Some((text(one, "name")?, text(one, "id")?)))
        .collect()
}

fn skipped(target: &str, why: &str) -> OperationResult {
    let state = OperationState::Cancelled;
    result(target, state, why.to_owned(), Some("skipped"))
}

fn result(
    target: &str,
    state: OperationState,
    message: String,
    error: Option<&str>,
) -> OperationResult {
    OperationResult {
        target: target.to_owned(),
        state,
        message,
        error: error.map(ToOwned::to_owned),
    }
}

fn tell(task: &Task, result: OperationResult, done: u64, total: u64) {
    let progress = Progress {
        done,
        total: Some(total),
        unit: "containers".to_owned(),
        parts: Vec::new(),
    };
    task.result(result, progress);
}

/// Why no other one can be updated after this.
fn critical(outcome: &Result<Operation>) -> Option<&'static str> {
    let code = match outcome {
        Ok(operation) => operation.error.as_deref(),
        Err(error) if error.kind == Kind::EngineUnavailable => Some("engine_unavailable"),
        Err(error) => error.code,
    };
    match code? {
        "rollback_pending" | "recovery_pending" => Some("a container could not be rolled back yet"),
        "engine_unavailable" | "engine_filtered" => Some("the engine does not answer"),
        "engine_disk_full" | "storage_full" => Some("the disk is full"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_counted_in_a_sentence() {
        let mut tally = Tally {
            skipped: 2,
            ..Tally::default()
        };
        let of = |state| result("web", state, String::new(), None);
        tally.count(&of(OperationState::Succeeded));
        tally.count(&of(OperationState::RolledBack));
        assert_eq!(tally.sentence(), "1 updated, 2 skipped, 1 failed.");
        assert!(critical(&Err(Error::conflict("x").code("rollback_pending"))).is_some());
        assert!(critical(&Err(Error::conflict("x").code("image_not_found"))).is_none());
    }
}
