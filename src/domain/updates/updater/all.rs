//! Updating all containers that have an update, one after another: development
//! first, production never. Each is an operation of its own, so that whatever cuts
//! this one off, each of them is recovered as if it had been started alone.

use super::{Consent, UpdateRequest, Updater};
use crate::domain::environments::{self, Environments, Impact, PRODUCTION};
use crate::domain::operations::{Started, Task};
use crate::error::{Error, Kind, Result};
use crate::model::container::ContainerView;
use crate::model::environment::Confirmation;
use crate::model::operation::{
    Operation, OperationResult, OperationState, Progress, Target, TargetKind,
};
use crate::model::plan::{Need, Plan};
use crate::model::update::UpdateState;
use crate::model::update_history::UpdateTrigger;
use serde::{Deserialize, Serialize};
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

/// What would be updated, in order, and what not, with the reason.
#[derive(Debug, Default)]
pub(super) struct Selection {
    pub chosen: Vec<Chosen>,
    pub skipped: Vec<(String, String)>,
}

#[derive(Debug)]
pub(super) struct Chosen {
    pub view: ContainerView,
    /// Another tag than its own.
    pub tag: Option<String>,
}

impl Updater {
    /// What updating all of them will do.
    ///
    /// # Errors
    /// When the engine does not answer, or a container is not known.
    pub fn plan_all(&self, request: &UpdateAllRequest) -> Result<Plan> {
        let selection = self.select(request)?;
        let mut steps: Vec<String> = selection
            .chosen
            .iter()
            .map(|Chosen { view, .. }| {
                let environment = view.environment.as_deref();
                let environment = environment.map_or_else(String::new, |code| format!(" ({code})"));
                format!(
                    "Update {}{environment} to the newest {}.",
                    view.container.name, view.container.image
                )
            })
            .collect();
        if steps.is_empty() {
            steps.push("Nothing: no container has an update that may be made this way.".to_owned());
        } else {
            steps.push(
                "One after another. One that does not work is rolled back, and the next one is updated."
                    .to_owned(),
            );
        }
        let warnings = selection
            .skipped
            .iter()
            .map(|(name, why)| format!("{name} is skipped: {why}"));
        Ok(Plan {
            title: "Update all".to_owned(),
            steps,
            warnings: warnings.collect(),
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
        let selection = self.select(&request)?;
        if selection.chosen.is_empty() && selection.skipped.is_empty() {
            return Err(
                Error::conflict("No container has an update. Check for updates first.")
                    .code("nothing_to_update"),
            );
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
            let result = result(
                name,
                OperationState::Cancelled,
                why.clone(),
                Some("skipped"),
            );
            tell(task, result, tally.told(), total);
        }
        let mut stopped = None;
        for chosen in &selection.chosen {
            let view = &chosen.view;
            task.check().map_err(|_| tally.cancelled())?;
            let name = &view.container.name;
            task.step(format!("Update {name}"));
            let outcome = Box::pin(self.update_one(task, chosen, request, trigger)).await;
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
        chosen: &Chosen,
        request: &UpdateAllRequest,
        trigger: UpdateTrigger,
    ) -> Result<Operation> {
        let one = UpdateRequest {
            container: chosen.view.container.id.clone(),
            tag: chosen.tag.clone(),
            stable_seconds: request.stable_seconds,
            remove_old_image: request.remove_old_images,
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

    fn select(&self, request: &UpdateAllRequest) -> Result<Selection> {
        self.updates.refresh();
        let views = match &request.containers {
            None => self.containers.views()?,
            Some(names) => names
                .iter()
                .map(|name| self.containers.get(name))
                .collect::<Result<_>>()?,
        };
        let mut selection = Selection::default();
        for view in views {
            let state = view.update.as_ref().map(|status| status.state);
            if state != Some(UpdateState::UpdateAvailable) {
                // Who names it wants to hear of it.
                if request.containers.is_some() {
                    let why = "no newer image of its tag is known.".to_owned();
                    selection.skipped.push((view.container.name.clone(), why));
                }
                continue;
            }
            match self.why_skipped(&view) {
                Some(why) => selection.skipped.push((view.container.name.clone(), why)),
                None => selection.chosen.push(Chosen { view, tag: None }),
            }
        }
        selection.sort();
        Ok(selection)
    }

    /// What those that are updated ask for.
    fn need_for(&self, selection: &Selection) -> Option<Need> {
        let targets: Vec<_> = selection
            .chosen
            .iter()
            .map(|Chosen { view, .. }| {
                let environment = view.environment.as_deref();
                let asks = self.environments.confirmation(environment, Impact::Change);
                (asks, view.container.name.clone())
            })
            .collect();
        Environments::need_for_many(&targets, "update")
    }

    pub(super) fn why_skipped(&self, view: &ContainerView) -> Option<String> {
        let container = &view.container;
        if container.is_self {
            return Some("DockerMate runs in it or reaches the engine through it.".to_owned());
        }
        if container.orchestrator.is_some() {
            return Some("an orchestrator manages it.".to_owned());
        }
        let code = view.environment.as_deref()?;
        let asks_for_name = self
            .environments
            .find(code)
            .is_some_and(|found| found.confirmation == Confirmation::TypeName);
        (code == PRODUCTION || asks_for_name).then(|| {
            format!("it is tagged {code}, whose containers are updated one by one, by hand.")
        })
    }
}

impl Selection {
    /// Those that matter least come first.
    pub fn sort(&mut self) {
        self.chosen.sort_by_key(|Chosen { view, .. }| {
            let rank = rank(view.environment.as_deref());
            (rank, view.container.name.clone())
        });
    }
}

fn rank(environment: Option<&str>) -> u8 {
    match environment {
        Some("DEV") => 0,
        Some("SANDBOX") => 1,
        None => 2,
        Some("UAT") => 4,
        Some(_) => 3,
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
    fn development_comes_first_and_acceptance_testing_last() {
        let mut all = [
            Some("UAT"),
            None,
            Some("SANDBOX"),
            Some("MINE"),
            Some("DEV"),
        ];
        all.sort_by_key(|code| rank(*code));
        assert_eq!(
            all,
            [
                Some("DEV"),
                Some("SANDBOX"),
                None,
                Some("MINE"),
                Some("UAT")
            ]
        );
    }

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
