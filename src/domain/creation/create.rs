//! Creating a container: checked, planned, pulled for, created, started. What
//! fails on the way leaves nothing half created behind.

use super::Creation;
use super::check::Findings;
use super::recovery;
use super::request::{CreateRequest, SentCreation};
use crate::domain::commands;
use crate::domain::containers::from_image;
use crate::domain::images::Pull;
use crate::domain::networks;
use crate::domain::operations::{JournalEntry, PendingCommit, Started, Task};
use crate::engine::Created;
use crate::error::{Error, Result};
use crate::model::operation::Target;
use crate::model::plan::Plan;
use crate::model::spec::{ContainerSpec, MountKind};
use serde_json::json;
use std::sync::Arc;

/// How a container is created.
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

impl Creation {
    /// What creating it will do, whether or not its risks have been taken.
    pub async fn plan_create(&self, spec: ContainerSpec, options: &CreateOptions) -> Result<Plan> {
        let (spec, mut findings) = self.prepared(spec, options.keep_annotations).await?;
        self.takes_over(&spec, options.keep_annotations, &mut findings);
        self.engine.create_body(&spec)?;
        Ok(self.creation_plan(&spec, options.start, options.pull, &mut findings))
    }

    /// Creates it, as an operation.
    pub async fn create(
        self: &Arc<Self>,
        spec: ContainerSpec,
        options: &CreateOptions,
    ) -> Result<Started> {
        let sent = SentCreation {
            spec: spec.clone(),
            start: options.start,
            pull: options.pull,
        };
        let (spec, mut findings) = self.prepared(spec, options.keep_annotations).await?;
        let body = self.engine.create_body(&spec)?;
        let takes_over = self.takes_over(&spec, options.keep_annotations, &mut findings);
        let plan = self.creation_plan(&spec, options.start, options.pull, &mut findings);
        findings.acknowledged(&options.acknowledged)?;
        let request = CreateRequest {
            spec,
            body,
            start: options.start,
            pull: options.pull,
            takes_over,
            sent: Some(sent),
        };
        self.make(request, plan)
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
        self.checks.require_environment(&spec)?;
        Ok((spec, findings))
    }

    pub(super) fn make(self: &Arc<Self>, request: CreateRequest, plan: Plan) -> Result<Started> {
        let name = request.spec.name.clone().unwrap_or_default();
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
                this.run_create(&task, request, name).await
            },
        ))
    }

    async fn run_create(
        self: &Arc<Self>,
        task: &Task,
        request: CreateRequest,
        name: String,
    ) -> Result<String> {
        if let Some(sent) = &request.sent {
            task.requested(sent);
        }
        let spec = &request.spec;
        self.images
            .provide(task, &spec.image, spec.platform.as_deref(), request.pull)
            .await?;
        let _uninterruptible = task.uninterruptible()?;
        let targets = vec![Target::container(name.as_str())];
        let mut entry = task.journal(recovery::KIND, format!("Create {name}"), targets);
        let mut content = recovery::Content::new(&entry, &name, &request, self.engine.identity());
        entry.write(&content).await?;
        let created = match self
            .create_steps(task, &request, &mut entry, &mut content)
            .await
        {
            Ok(created) => created,
            Err(error) => {
                return Err(self
                    .undo_create(task, &entry, &content, &request, error)
                    .await);
            }
        };
        let pending = self
            .containers
            .created(&created.id, request.takes_over, request.annotation())
            .await
            .inspect_err(|_| task.leave_to_recovery())?;
        task.end_entry(&entry, pending);
        task.produced(json!({ "id": created.id, "name": name, "warnings": created.warnings }));
        Ok(if request.start {
            format!("{name} was created and is running.")
        } else {
            format!("{name} was created.")
        })
    }

    /// Under a name that only this operation gives, until it has all its
    /// networks: what it leaves when it is cut off is known by that.
    async fn create_steps(
        &self,
        task: &Task,
        request: &CreateRequest,
        entry: &mut JournalEntry,
        content: &mut recovery::Content,
    ) -> Result<Created> {
        let name = &content.name.clone();
        task.step(format!("Create {name}"));
        let temporary = content.temporary_name.clone();
        let created = self
            .engine
            .create_container(Some(&temporary), &request.body)
            .await?;
        content.id = Some(created.id.clone());
        entry.write(content).await?;
        let tell = |network: &str| task.step(format!("Connect {name} to {network}"));
        networks::connect(&self.engine, &created.id, &request.body, tell).await?;
        self.engine.rename_container(&created.id, name).await?;
        if request.start {
            task.step(format!("Start {name}"));
            self.engine.start_container(&created.id).await?;
        }
        Ok(created)
    }

    /// Removes what was half created, and says so.
    async fn undo_create(
        &self,
        task: &Task,
        entry: &JournalEntry,
        content: &recovery::Content,
        request: &CreateRequest,
        cause: Error,
    ) -> Error {
        let name = &content.name;
        let created = content.id.is_some();
        if created {
            task.step_failed(&cause.message);
            task.step(format!("Remove the half-created {name}"));
        }
        // What it brought along itself is empty. One that it was given by name may
        // be somebody's data, and Podman looks only at how the volume was made.
        let volumes = !(self.engine.is_podman() && request.body.names_volumes());
        let message = match self.remove_half_created(content, volumes).await {
            Ok(()) => {
                if created {
                    task.step_succeeded();
                }
                task.end_entry(entry, PendingCommit::none());
                if !created {
                    return cause;
                }
                format!("{} Nothing of it remains.", cause.message)
            }
            Err(error) => {
                if created {
                    task.step_failed(&error.message);
                }
                task.leave_to_recovery();
                if !created {
                    return cause;
                }
                format!(
                    "{} It could not be removed again ({error}); DockerMate tries again as soon as the engine answers.",
                    cause.message
                )
            }
        };
        let mut told = Error::new(cause.kind.clone(), message);
        told.code = cause.code;
        told.source(cause)
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
                steps.push(format!("Pull {}: it is not on this host yet.", spec.image));
            }
            Pull::Missing | Pull::Never => {}
        }
        for mount in &spec.mounts {
            if mount.kind == MountKind::Volume
                && !mount.source.is_empty()
                && findings.new_volumes.contains(&mount.source)
            {
                steps.push(format!("Create the volume {}.", mount.source));
            }
        }
        steps.push(format!("Create the container {name} from {}.", spec.image));
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
            offers: Vec::new(),
            commands: Some(commands::run(
                spec,
                start,
                pull,
                self.engine.cli_endpoint().as_deref(),
            )),
        }
    }
}
