//! Recreating a network with another subnet, smaller or larger, and moving its
//! containers to it.
//!
//! Invariants: the journal has what creates the old network again before it is touched;
//! until every container is on the new one, whatever goes wrong puts everything back;
//! containers are never stopped, and keep their aliases.

mod attach;
mod journal;
mod perform;
mod plan;
mod prepare;
mod recovery;
mod restore;
mod translate;

pub use recovery::MigrationRecovery;

use super::NetworkService;
use super::create::Acknowledgment;
use crate::domain::environments;
use crate::domain::operations::{JournalEntry, PendingCommit, Started, Task};
use crate::engine::Engine;
use crate::error::{Error, Kind, Result};
use crate::model::operation::{Target, TargetKind};
use crate::model::plan::Plan;
use crate::model::timestamp::Timestamp;
use crate::store::Commit;
use journal::{Content, KIND, Stage};
use perform::perform;
use prepare::Prepared;
use restore::restore;
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;
use utoipa::ToSchema;

/// The subnet that a network is to have.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct NetworkMigration {
    /// In CIDR notation. Without it one of the given size is chosen in which most
    /// containers keep their addresses.
    pub subnet: Option<String>,
    /// `/27`; without it as large as this host's containers need.
    pub size: Option<String>,
    /// As at creation, for one that is larger than this host should have.
    pub acknowledge: Vec<Acknowledgment>,
}

impl NetworkService {
    pub async fn plan_migrate(&self, reference: &str, request: &NetworkMigration) -> Result<Plan> {
        let prepared = self.prepare(reference, request).await?;
        self.plan_migration(&prepared)
    }

    /// Recreates it, as an operation. `confirm` answers what the plan needs.
    pub async fn migrate(
        self: &Arc<Self>,
        reference: &str,
        request: &NetworkMigration,
        confirm: Option<&str>,
    ) -> Result<Started> {
        let prepared = self.prepare(reference, request).await?;
        let name = prepared.view.network.name.clone();
        let plan = self.plan_migration(&prepared)?;
        environments::require(plan.needs.as_ref(), confirm, &name)?;
        self.require_acknowledged(prepared.needs_acknowledgment, &request.acknowledge)?;
        let reserved = self.operations.reserve(&targets(&prepared))?;
        // Others may have changed it before it was reserved.
        let before: Vec<String> = prepared.members.iter().map(|one| one.id.clone()).collect();
        let prepared = self.prepare(reference, request).await?;
        if prepared.members.iter().any(|one| !before.contains(&one.id)) {
            return Err(Error::conflict(format!(
                "Another container has been connected to {name} meanwhile. Look at the plan again."
            ))
            .code("network_changed"));
        }
        let plan = self.plan_migration(&prepared)?;
        environments::require(plan.needs.as_ref(), confirm, &name)?;
        let target = Target::new(TargetKind::Network, &name);
        let this = Arc::clone(self);
        Ok(self.operations.start_task(
            "network.migrate",
            plan.title,
            target,
            true,
            move |task| async move {
                let _reserved = reserved;
                this.run_migration(&task, prepared).await
            },
        ))
    }

    async fn run_migration(&self, task: &Task, prepared: Prepared) -> Result<String> {
        let targets = targets(&prepared);
        let title = plan::title(&prepared);
        let mut entry = task.journal(KIND, title, targets);
        let mut content = content(&self.engine, &entry, prepared);
        // Its reserved ranges move with it.
        let _alone = self.changing.lock().await;
        match perform(&self.engine, task, &mut entry, &mut content).await {
            Ok(()) => {
                let pending = self.finished(&content)?;
                task.produced(json!({"id": content.new_id, "name": content.name}));
                task.end_entry(&entry, pending);
                Ok(done(&content))
            }
            Err(cause) => Err(self.undo(task, &mut entry, &mut content, cause).await),
        }
    }

    /// Everything as it was, and the error that says why.
    async fn undo(
        &self,
        task: &Task,
        entry: &mut JournalEntry,
        content: &mut Content,
        cause: Error,
    ) -> Error {
        let name = content.name.clone();
        task.step_failed(&cause.message);
        task.step(format!("Put {name} back as it was"));
        match restore(&self.engine, entry, content).await {
            Ok(()) => {
                task.step_succeeded();
                task.end_entry(entry, PendingCommit::none());
                if cause.code == Some("cancelled") {
                    return Error::conflict(format!("It was cancelled. {name} is as it was."))
                        .code("cancelled");
                }
                let message = format!("{} {name} is as it was before.", cause.message);
                Error::new(cause.kind.clone(), message)
                    .code("rolled_back")
                    .source(cause)
            }
            Err(failed) => {
                task.step_failed(&failed.message);
                task.leave_to_recovery();
                if failed.kind != Kind::EngineUnavailable {
                    tracing::error!(error = %failed, cause = %cause, name, "a network could not be put back yet");
                }
                let message = format!(
                    "{} {name} could not be put back yet: {} DockerMate tries again as soon as the engine answers, and when it starts.",
                    cause.message, failed.message
                );
                Error::new(failed.kind.clone(), message)
                    .code("rollback_pending")
                    .source(failed)
            }
        }
    }

    /// What is stored with the end of it: the reserved ranges, where they are now.
    fn finished(&self, content: &Content) -> Result<PendingCommit> {
        let mut record = self.store.network_record(&content.name)?;
        translate::move_ranges(&mut record, content.old_subnet, content.new_subnet);
        // What was said of the old size does not hold for the new one.
        record.dismissal = None;
        record.oversized_acknowledged_at = content.acknowledged.then(Timestamp::now);
        let mut pending = PendingCommit::none();
        pending.commit = Commit::new().put_network(&content.name, record);
        Ok(pending)
    }
}

fn targets(prepared: &Prepared) -> Vec<Target> {
    let network = Target::new(TargetKind::Network, &prepared.view.network.name);
    let members = prepared.members.iter().map(|one| one.name.as_str());
    let mut all = Target::containers(members);
    all.insert(0, network);
    all
}

fn content(engine: &Engine, entry: &JournalEntry, prepared: Prepared) -> Content {
    let network = &prepared.view.network;
    let operation = entry.operation();
    let tail = operation
        .get(operation.len().saturating_sub(8)..)
        .unwrap_or(operation);
    Content {
        stage: if prepared.can_try {
            Stage::Trying
        } else {
            Stage::Replacing
        },
        engine: engine.identity(),
        name: network.name.clone(),
        old_id: network.id.clone(),
        temporary_name: format!("{}.new-{tail}", network.name),
        old: prepared.old.1,
        new: prepared.new.1,
        old_subnet: prepared.old.0.network,
        new_subnet: prepared.new.0.network,
        new_id: None,
        restored_id: None,
        members: prepared.members,
        acknowledged: prepared.needs_acknowledgment,
    }
}

fn done(content: &Content) -> String {
    let moved = match content.members.len() {
        0 => String::new(),
        1 => " 1 container was moved.".to_owned(),
        count => format!(" {count} containers were moved."),
    };
    format!(
        "The network {} has the subnet {} now.{moved}",
        content.name, content.new_subnet
    )
}
