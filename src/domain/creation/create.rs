//! Making a container: checked, planned, pulled for, made, started. What fails
//! on the way leaves nothing half-made behind.

use super::Creation;
use super::check::Findings;
use crate::domain::commands;
use crate::domain::containers::{Annotation, from_image};
use crate::domain::images::Pull;
use crate::domain::networks;
use crate::domain::operations::{Started, Task};
use crate::engine::{CreateBody, EngineError, RemoveOptions};
use crate::error::{Error, Kind, Result};
use crate::model::operation::{OperationState, Target};
use crate::model::plan::Plan;
use crate::model::spec::{ContainerSpec, MountKind};
use crate::model::timestamp::Timestamp;
use crate::store::JournalRecord;
use serde_json::json;
use std::sync::Arc;

/// The kind of our entries in the journal.
const KIND: &str = "create";

/// Milliseconds by which the engine's clock may differ.
const MARGIN: i64 = 60_000;

/// How a container is made.
#[derive(Debug, Clone)]
pub struct CreateOptions {
    /// Also start it.
    pub start: bool,
    pub pull: Pull,
    /// Have the annotations that an earlier container of this name has left.
    pub keep_annotations: bool,
    /// Codes of risks that the person takes.
    pub acknowledged: Vec<String>,
}

/// A container that is about to be made.
#[derive(Debug)]
pub(super) struct Making {
    pub spec: ContainerSpec,
    pub body: CreateBody,
    pub start: bool,
    pub pull: Pull,
    /// Has the annotations that an earlier container of its name has left.
    pub takes_over: bool,
}

impl Creation {
    /// What making it will do, whether or not its risks have been taken.
    pub async fn plan_create(&self, spec: ContainerSpec, options: &CreateOptions) -> Result<Plan> {
        let (spec, mut findings) = self.prepared(spec, options.keep_annotations).await?;
        self.takes_over(&spec, options.keep_annotations, &mut findings);
        self.engine.create_body(&spec)?;
        Ok(self.creation_plan(&spec, options.start, options.pull, &mut findings))
    }

    /// Makes it, as an operation.
    pub async fn create(
        self: &Arc<Self>,
        spec: ContainerSpec,
        options: &CreateOptions,
    ) -> Result<Started> {
        let (spec, mut findings) = self.prepared(spec, options.keep_annotations).await?;
        let body = self.engine.create_body(&spec)?;
        let takes_over = self.takes_over(&spec, options.keep_annotations, &mut findings);
        let plan = self.creation_plan(&spec, options.start, options.pull, &mut findings);
        findings.acknowledged(&options.acknowledged)?;
        let making = Making {
            spec,
            body,
            start: options.start,
            pull: options.pull,
            takes_over,
        };
        self.make(making, plan)
    }

    /// Whether it has what an earlier container of its name has left; a warning
    /// names it.
    pub(super) fn takes_over(
        &self,
        spec: &ContainerSpec,
        wanted: bool,
        findings: &mut Findings,
    ) -> bool {
        let left = self.containers.left_for(spec).filter(|_| wanted);
        findings.warnings.extend(left.as_ref().map(|left| {
            let name = spec.name.as_deref().unwrap_or_default();
            format!(
                "An earlier container {name} has left annotations, which the new one takes over: {left}. Send keep_annotations=false to begin without them."
            )
        }));
        left.is_some()
    }

    /// With a name, the environment that an earlier container of its name has
    /// left if none is asked for, and checked.
    async fn prepared(
        &self,
        mut spec: ContainerSpec,
        keep_annotations: bool,
    ) -> Result<(ContainerSpec, Findings)> {
        if spec
            .name
            .as_deref()
            .is_none_or(|name| name.trim().is_empty())
        {
            spec.name = Some(from_image(&spec.image, |name| {
                self.containers.is_taken(name)
            }));
        }
        let labelled = spec.labels.contains_key(crate::domain::environments::LABEL);
        if keep_annotations && spec.environment.is_none() && !labelled {
            spec.environment = self.containers.environment_left_for(&spec);
        }
        let findings = self.checks.check(&spec, None, &[]).await?;
        Ok((spec, findings))
    }

    pub(super) fn make(self: &Arc<Self>, making: Making, plan: Plan) -> Result<Started> {
        let name = making.spec.name.clone().unwrap_or_default();
        let target = Target::container(name.as_str());
        let reserved = self.operations.reserve(std::slice::from_ref(&target))?;
        let this = Arc::clone(self);
        Ok(self.operations.start_task(
            "container.create",
            plan.title,
            target,
            true,
            move |task| async move {
                let _reserved = reserved;
                this.made(&task, making, &name).await
            },
        ))
    }

    async fn made(&self, task: &Task, making: Making, name: &str) -> Result<String> {
        let spec = &making.spec;
        self.images
            .provide(task, &spec.image, spec.platform.as_deref(), making.pull)
            .await?;
        task.point_of_no_return()?;
        self.store
            .put_journal(JournalRecord {
                id: task.id().to_owned(),
                kind: KIND.to_owned(),
                title: format!("Create {name}"),
                started_at: Timestamp::now(),
                entry: json!({ "name": name, "annotation": annotation(spec).noted() }),
            })
            .await?;
        task.step(format!("Make {name}"));
        let created = match self.engine.create_container(Some(name), &making.body).await {
            Ok(created) => created,
            Err(error) => {
                // A refusal made nothing; whether a silence did is for the recovery to find out.
                let error = Error::from(error);
                if error.kind == Kind::EngineUnavailable {
                    self.recreator.something_is_left();
                } else {
                    self.forget(task.id()).await;
                }
                return Err(error);
            }
        };
        let finished = self.finish_making(task, &making, name, &created.id).await;
        if let Err(error) = finished {
            return Err(self.unmake(task, &making, &created.id, error).await);
        }
        self.containers
            .begin(&created.id, making.takes_over)
            .await
            .inspect_err(|_| self.recreator.something_is_left())?;
        let annotation = annotation(spec);
        if !annotation.is_empty() {
            self.containers
                .annotate(name, annotation)
                .await
                .inspect_err(|_| self.recreator.something_is_left())?;
        }
        self.forget(task.id()).await;
        task.produced(json!({ "id": created.id, "name": name, "warnings": created.warnings }));
        let done = if making.start {
            "is made and running"
        } else {
            "is made"
        };
        Ok(format!("{name} {done}."))
    }

    async fn finish_making(
        &self,
        task: &Task,
        making: &Making,
        name: &str,
        id: &str,
    ) -> Result<()> {
        let tell = |network: &str| task.step(format!("Connect {name} to {network}"));
        networks::connect(&self.engine, id, &making.body, tell).await?;
        if making.start {
            task.step(format!("Start {name}"));
            self.engine.start_container(id).await?;
        }
        Ok(())
    }

    /// Takes away what was half-made, and says so.
    async fn unmake(&self, task: &Task, making: &Making, id: &str, cause: Error) -> Error {
        let name = making.spec.name.as_deref().unwrap_or(id);
        task.step_failed(&cause.message);
        task.step(format!("Remove the half-made {name}"));
        // What it brought along itself is empty. One that it was given by name may
        // be somebody's data, and Podman looks only at how the volume was made.
        let remove = RemoveOptions {
            force: true,
            volumes: !(self.engine.is_podman() && making.body.names_volumes()),
        };
        let removed = self.engine.remove_container(id, remove).await;
        let (rest, code) = match removed {
            Ok(_) => {
                self.forget(task.id()).await;
                ("Nothing of it remains.".to_owned(), cause.code)
            }
            Err(error) => {
                self.recreator.something_is_left();
                (
                    format!(
                        "It could not be removed again ({error}); DockerMate tries again as soon as the engine answers."
                    ),
                    cause.code,
                )
            }
        };
        let mut told = Error::new(cause.kind.clone(), format!("{} {rest}", cause.message));
        told.code = code;
        told.source(cause)
    }

    async fn forget(&self, id: &str) {
        if let Err(error) = self.store.delete_journal(id.to_owned()).await {
            tracing::error!(%error, id, "a finished journal entry could not be deleted");
        }
    }

    /// Removes what an interrupted run left half-made: a container of the noted
    /// name that has never been started. One that was started is whole.
    /// False when one is under way and must be looked at again.
    pub async fn recover_creations(&self) -> Result<bool> {
        let mut done = true;
        for record in self.store.journal()? {
            if record.kind != KIND {
                continue;
            }
            if self.operations.is_running(&record.id) {
                done = false;
                continue;
            }
            // It may have come to its end while others were dealt with.
            if !self.store.journal()?.iter().any(|now| now.id == record.id) {
                continue;
            }
            let name = record
                .entry
                .get("name")
                .and_then(|name| name.as_str())
                .unwrap_or("");
            let found = match self.engine.get(name) {
                Ok(found) => Some(found),
                Err(EngineError::NotFound(_)) => None,
                Err(error) => return Err(error.into()),
            };
            // One that somebody else made under this name since then is not ours.
            let began = record.started_at.0;
            let ours = found.filter(|found| {
                found.name == name
                    && found
                        .created_at
                        .is_some_and(|at| (began - MARGIN..began + 3 * MARGIN).contains(&at.0))
            });
            let (state, told) = match ours {
                Some(found) if found.started_at.is_some() => {
                    if let Some(noted) = record.entry.get("annotation")
                        && !noted.is_null()
                    {
                        self.containers.keep_noted(name, noted.clone()).await?;
                    }
                    (
                        OperationState::Succeeded,
                        "was interrupted at its end. It is made and was started.",
                    )
                }
                Some(found) => {
                    // Podman would take volumes along that it was given by name.
                    let remove = RemoveOptions {
                        force: true,
                        volumes: !self.engine.is_podman(),
                    };
                    self.engine.remove_container(&found.id, remove).await?;
                    (
                        OperationState::RolledBack,
                        "was interrupted. Nothing half-made remains.",
                    )
                }
                None => (
                    OperationState::RolledBack,
                    "was interrupted. Nothing half-made remains.",
                ),
            };
            self.forget(&record.id).await;
            self.operations
                .interrupted(
                    &record.id,
                    "container.create",
                    &record.title,
                    &Target::container(name),
                    state,
                    format!("{} {told}", record.title),
                )
                .await?;
        }
        Ok(done)
    }

    pub(super) fn creation_plan(
        &self,
        spec: &ContainerSpec,
        start: bool,
        pull: Pull,
        findings: &mut Findings,
    ) -> Plan {
        let name = spec.name.as_deref().unwrap_or_default();
        let mut steps = Vec::new();
        match pull {
            Pull::Always => steps.push(format!("Pull {}.", spec.image)),
            Pull::Missing if !findings.image_here => {
                steps.push(format!("Pull {}: it is not on this box yet.", spec.image));
            }
            Pull::Missing | Pull::Never => {}
        }
        for mount in &spec.mounts {
            if mount.kind == MountKind::Volume
                && !mount.source.is_empty()
                && findings.new_volumes.contains(&mount.source)
            {
                steps.push(format!("Make the volume {}.", mount.source));
            }
        }
        steps.push(format!("Make the container {name} from {}.", spec.image));
        for network in spec.networks.iter().skip(1) {
            steps.push(format!("Connect it to {}.", network.name));
        }
        if start {
            steps.push("Start it.".to_owned());
        }
        let mut warnings: Vec<String> = findings
            .risks
            .iter()
            .map(|risk| risk.message.clone())
            .collect();
        warnings.append(&mut findings.warnings);
        Plan {
            title: format!("Create {name}"),
            steps,
            warnings,
            keeps: Vec::new(),
            needs: None,
            commands: Some(commands::run(
                spec,
                start,
                pull,
                self.engine.cli_endpoint().as_deref(),
            )),
        }
    }
}

/// What of a specification is ours to keep.
fn annotation(spec: &ContainerSpec) -> Annotation {
    Annotation {
        environment: spec.environment.clone().map(Some),
        description: spec.description.clone(),
        ..Annotation::default()
    }
}
