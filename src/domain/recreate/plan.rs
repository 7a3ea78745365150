//! Planning and starting a recreation.

mod patch;

use super::{Outcome, PreviousState, RecreateOptions, Recreator, Replacement};
use crate::domain::commands::{self, RecreateCommandOptions, RecreatedContainer};
use crate::domain::containers::{Annotation, Containers};
use crate::domain::creation::{Checks, Findings};
use crate::domain::environments::{self, Environments, Impact};
use crate::domain::images::{Images, Pull};
use crate::domain::operations::{Operations, Started};
use crate::domain::saved_configurations::SavedConfigurations;
use crate::engine::{Engine, Snapshot};
use crate::error::{Error, Result};
use crate::model::command::Commands;
use crate::model::container::ContainerView;
use crate::model::operation::Target;
use crate::model::plan::{Need, Plan};
use crate::model::spec::{ContainerSpec, bytes_said};
use crate::model::volume::UNNAMED_LABEL;
use patch::{changed_body, changed_fields, follow, patched};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::sync::Arc;
use std::time::Duration;
use utoipa::ToSchema;

/// Less is what most programs leave behind: process ids, caches of a start.
const WORTH_A_WORD: u64 = 64 * 1024;

/// How a container is recreated.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Recreate {
    /// What is to be different, as a merge patch (RFC 7396) on the container's
    /// specification: what is left out stays, `null` takes it away, lists are
    /// replaced whole. Nothing: the same container, recreated.
    #[schema(value_type = Object)]
    pub changes: Map<String, Value>,
    pub pull: Pull,
    /// Without a health check: seconds that it must stay up to count as
    /// working; 10 unless given, at most 600.
    pub stable_seconds: Option<u64>,
}

/// Everything that is known before the first thing is done.
#[derive(Debug)]
pub(super) struct Recreation {
    pub group: Vec<Replacement>,
    pub spec: ContainerSpec,
    /// What is ours to change.
    pub annotation: Annotation,
    pub plan: Plan,
    pub pull: Pull,
    pub stable: Duration,
}

/// Plans and starts the recreation of containers.
#[derive(Debug)]
pub struct RecreateService {
    engine: Engine,
    operations: Operations,
    environments: Arc<Environments>,
    containers: Arc<Containers>,
    checks: Arc<Checks>,
    images: Images,
    saved: Arc<SavedConfigurations>,
    recreator: Recreator,
}

/// What [`RecreateService`] is made of, as `app` put it together.
#[derive(Debug)]
pub struct RecreateParts {
    pub engine: Engine,
    pub operations: Operations,
    pub environments: Arc<Environments>,
    pub containers: Arc<Containers>,
    pub checks: Arc<Checks>,
    pub images: Images,
    pub saved: Arc<SavedConfigurations>,
    pub recreator: Recreator,
}

impl RecreateService {
    pub fn new(parts: RecreateParts) -> Arc<Self> {
        Arc::new(Self {
            engine: parts.engine,
            operations: parts.operations,
            environments: parts.environments,
            containers: parts.containers,
            checks: parts.checks,
            images: parts.images,
            saved: parts.saved,
            recreator: parts.recreator,
        })
    }

    pub(super) fn engine(&self) -> &Engine {
        &self.engine
    }

    pub(super) fn containers(&self) -> &Arc<Containers> {
        &self.containers
    }

    /// What recreating it will do.
    pub async fn plan(&self, reference: &str, request: &Recreate) -> Result<Plan> {
        let (known, findings) = self.recreation(reference, request).await?;
        let mut plan = known.plan;
        plan.warnings
            .extend(findings.risks.into_iter().map(|risk| risk.message));
        for replacement in &known.group {
            let container = &replacement.snapshot.container;
            let written = self.engine.written_inside(&container.id).await;
            plan.warnings.extend(
                written
                    .filter(|bytes| *bytes >= WORTH_A_WORD)
                    .map(|bytes| {
                        format!(
                            "{} that were written inside {}, outside of volumes, do not come along. Copy out what matters first (docker cp), or give its folder a volume.",
                            bytes_said(bytes),
                            container.name
                        )
                    }),
            );
        }
        Ok(plan)
    }

    /// Recreates it, as an operation. `confirm` answers what the plan needs.
    pub async fn recreate(
        self: &Arc<Self>,
        reference: &str,
        request: Recreate,
        confirm: Option<&str>,
        acknowledged: &[String],
    ) -> Result<Started> {
        let (known, findings) = self.recreation(reference, &request).await?;
        findings.acknowledged(acknowledged)?;
        let name = known.group[0].snapshot.container.name.clone();
        environments::require(known.plan.needs.as_ref(), confirm, &name)?;
        let reserved = self.operations.reserve(&super::targets(&known.group))?;
        for replacement in &known.group {
            let container = &replacement.snapshot.container;
            let view = self.containers.view(Arc::clone(container));
            self.saved
                .save(
                    &replacement.snapshot,
                    view.environment.as_deref(),
                    "recreate",
                )
                .await?;
        }
        let this = Arc::clone(self);
        let title = known.plan.title.clone();
        let target = Target::container(name.as_str());
        let id = known.group[0].snapshot.container.id.clone();
        Ok(self.operations.start_task(
            "container.recreate",
            title,
            target,
            true,
            move |task| async move {
                let image = &known.spec.image;
                this.images.provide(&task, image, known.spec.platform.as_deref(), known.pull).await?;
                // Others may have changed it while the image was pulled.
                let now = this.recreation(&id, &request).await?.0;
                still_as_planned(&known, &now)?;
                let mut group = now.group;
                for replacement in &mut group {
                    this.follow_image(replacement).await?;
                }
                let options = RecreateOptions { stable: known.stable, pending_annotation: known.annotation.to_json() };
                let annotation = known.annotation;
                let finish = async |outcome: &Outcome| this.containers.replaced(&outcome.created, annotation).await;
                let outcome = this.recreator.run(&task, &reserved, group, &options, finish).await?;
                task.produced(json!({
                    "id": outcome.created.first().map(|(_, id)| id),
                    "containers": outcome.created.iter().map(|(name, id)| json!({"name": name, "id": id})).collect::<Vec<_>>(),
                    "warnings": outcome.warnings,
                    "unused_volumes": outcome.unused_volumes,
                }));
                let mut message = format!("{name} was recreated");
                if outcome.created.len() > 1 {
                    let others: Vec<_> = outcome.created[1..].iter().map(|(name, _)| name.as_str()).collect();
                    message.push_str(&format!(", and with it {}", others.join(", ")));
                }
                message.push('.');
                if !outcome.unused_volumes.is_empty() {
                    message.push_str(&format!(" No longer used, and kept: {}.", outcome.unused_volumes.join(", ")));
                }
                Ok(message)
            },
        ))
    }

    async fn recreation(
        &self,
        reference: &str,
        request: &Recreate,
    ) -> Result<(Recreation, Findings)> {
        let snapshot = self.engine.snapshot(reference).await?;
        super::refuse(&snapshot)?;
        let stable = request.stable_seconds.unwrap_or(super::STABLE.as_secs());
        if stable > 600 {
            return Err(Error::invalid("stable_seconds", "At most 600 seconds."));
        }
        let old = self.containers.annotated(&snapshot);
        let spec = patched(&old, &request.changes)?;
        if spec.name != old.name {
            return Err(Error::invalid(
                "changes.name",
                "A new name needs no new container: change it with PUT /api/containers/{id}.",
            ));
        }
        let mut body = changed_body(
            &snapshot.body,
            &self.engine.create_body(&old)?,
            self.engine.create_body(&spec)?,
        );
        follow(&mut body, &old, &spec);
        let replacement = Replacement {
            snapshot: snapshot.clone(),
            body,
        };
        let group = self.recreator.with_dependents(replacement).await?;
        let ours: Vec<&str> = group
            .iter()
            .map(|one| one.snapshot.container.name.as_str())
            .collect();
        let mut findings = self.checks.check(&spec, Some(&old), &ours).await?;
        for replacement in &group[1..] {
            let (was, tag) = (
                &replacement.snapshot.container,
                replacement.body.config_text("Image"),
            );
            let now = self.engine.image(tag).await?;
            if now.is_some_and(|now| now.id != was.image_id) {
                findings.warnings.push(format!(
                    "{} depends on it and is recreated too, from a newer {tag} than it runs now.",
                    was.name
                ));
            }
        }
        let annotation = Annotation {
            environment: (spec.environment != old.environment).then(|| spec.environment.clone()),
            description: (spec.description != old.description)
                .then(|| spec.description.clone().unwrap_or_default()),
            ..Annotation::default()
        };
        let plan = self.recreation_plan(
            &snapshot,
            &old,
            &spec,
            &group,
            request,
            &mut findings.warnings,
        );
        let known = Recreation {
            group,
            spec,
            annotation,
            plan,
            pull: request.pull,
            stable: Duration::from_secs(stable),
        };
        Ok((known, findings))
    }

    fn recreation_plan(
        &self,
        snapshot: &Snapshot,
        old: &ContainerSpec,
        spec: &ContainerSpec,
        group: &[Replacement],
        request: &Recreate,
        warnings: &mut Vec<String>,
    ) -> Plan {
        let name = &snapshot.container.name;
        let view = self.containers.view(snapshot.container.clone());
        let was = PreviousState::of(snapshot.container.state);
        let mut steps = Vec::new();
        match request.pull {
            Pull::Always => steps.push(format!("Pull {}.", spec.image)),
            Pull::Missing => steps.push(format!("Pull {} if it is not on this host.", spec.image)),
            Pull::Never => {}
        }
        let changed = changed_fields(old, spec);
        if changed.is_empty() {
            steps.push(format!(
                "Create a new {name} with the same settings beside the old one."
            ));
        } else {
            steps.push(format!(
                "Create a new {name} beside the old one, with these changed: {}.",
                changed.join(", ")
            ));
        }
        let dependents: Vec<_> = group[1..]
            .iter()
            .map(|one| one.snapshot.container.name.clone())
            .collect();
        if !dependents.is_empty() {
            steps.push(format!(
                "Do the same for those that depend on it: {}.",
                dependents.join(", ")
            ));
        }
        if was == PreviousState::Stopped {
            steps.push("Rename the old container and give its name to the new one. The new one stays stopped, like the old one.".to_owned());
        } else {
            steps.push(
                "Stop and rename the old container, and start the new one under its name."
                    .to_owned(),
            );
            steps.push(
                if snapshot.container.health == crate::model::container::Health::None {
                    "Check that it stays up and answers.".to_owned()
                } else {
                    "Wait for its health check.".to_owned()
                },
            );
        }
        steps.push(
            "Remove the old one, with what was written inside it outside of volumes. If anything fails before, everything is rolled back."
                .to_owned(),
        );
        let mut all = std::mem::take(warnings);
        if !snapshot.image_known {
            all.push("The image it was created from is no longer on this host, so what came from the image and what was set cannot be told apart: all of it is kept as set.".to_owned());
        }
        for replacement in group {
            let of = &replacement.snapshot;
            for said in of.uncertain.iter().chain(&of.kept_volumes) {
                all.push(if of.container.id == snapshot.container.id {
                    said.clone()
                } else {
                    format!("{}: {said}", of.container.name)
                });
            }
        }
        if let Some(stack) = &snapshot.container.stack {
            all.push(format!("It belongs to the stack {stack}. Its Compose file does not learn of changes made here."));
        }
        if snapshot.container.auto_remove && was != PreviousState::Stopped {
            all.push("The engine removes it as soon as it stops (--rm). It is rebuilt from what is known of it if the new one fails.".to_owned());
        }
        Plan {
            title: format!("Recreate {name}"),
            steps,
            warnings: all,
            keeps: vec![
                "Its volumes, anonymous ones too, with all data in them.".to_owned(),
                if snapshot.uncertain.is_some() {
                    "Its networks, name and labels.".to_owned()
                } else {
                    "Its networks, fixed addresses, name and labels.".to_owned()
                },
            ],
            needs: self.need_for_group(group, &view),
            offers: Vec::new(),
            commands: Some(self.commands(spec, group, request)),
        }
    }

    /// The commands that do the same for the whole group.
    fn commands(
        &self,
        spec: &ContainerSpec,
        group: &[Replacement],
        request: &Recreate,
    ) -> Commands {
        let containers: Vec<RecreatedContainer> = group
            .iter()
            .enumerate()
            .map(|(at, replacement)| {
                let old = &replacement.snapshot.container;
                let spec = if at == 0 {
                    spec
                } else {
                    &replacement.snapshot.spec
                };
                let mut spec = ContainerSpec {
                    name: Some(old.name.clone()),
                    ..spec.clone()
                };
                // Part of no specification, and of what is created all the same.
                let note = replacement.body.label(UNNAMED_LABEL);
                spec.labels
                    .extend(note.map(|names| (UNNAMED_LABEL.to_owned(), names.to_owned())));
                RecreatedContainer {
                    spec: self.containers.with_partner_names(spec),
                    state: old.state,
                    auto_remove: old.auto_remove,
                }
            })
            .collect();
        let options = RecreateCommandOptions {
            pull: request.pull,
            stable_seconds: request.stable_seconds.unwrap_or(super::STABLE.as_secs()),
        };
        commands::recreate(&containers, &options, self.engine.cli_endpoint().as_deref())
    }

    /// Its own confirmation, unless one that is recreated with it needs a stricter one.
    fn need_for_group(&self, group: &[Replacement], first: &ContainerView) -> Option<Need> {
        let targets: Vec<_> = group
            .iter()
            .map(|replacement| {
                let view = self.containers.view(replacement.snapshot.container.clone());
                let asks = self
                    .environments
                    .confirmation(view.environment.as_deref(), Impact::Change);
                (asks, view.container.name.clone())
            })
            .collect();
        let own = self.containers.need_for_change(first, "recreate");
        if group.len() == 1 {
            return own;
        }
        let all = Environments::need_for_many(&targets, "recreate");
        match (&own, &all) {
            (Some(own), Some(all)) if own.kind == all.kind => {}
            _ => return all,
        }
        own
    }

    /// After a pull, Compose's note of the image must name the new one, or its
    /// next `up` would think that the container drifted.
    async fn follow_image(&self, replacement: &mut Replacement) -> Result<()> {
        const LABEL: &str = "com.docker.compose.image";
        let image = replacement.body.config_text("Image").to_owned();
        let Some(Value::Object(labels)) = replacement.body.config.get_mut("Labels") else {
            return Ok(());
        };
        if !labels.contains_key(LABEL) {
            return Ok(());
        }
        if let Some(image) = self.engine.image(&image).await? {
            labels.insert(LABEL.to_owned(), image.id.into());
        }
        Ok(())
    }
}

/// What was agreed to is what is about to be done.
fn still_as_planned(planned: &Recreation, now: &Recreation) -> Result<()> {
    let names = |of: &Recreation| {
        let mut names = super::names(&of.group);
        names.sort();
        names
    };
    let asks_more = now.plan.needs.is_some() && now.plan.needs != planned.plan.needs;
    if names(planned) == names(now) && !asks_more {
        return Ok(());
    }
    Err(Error::conflict(
        "Its dependents or its environment changed since the preview. Nothing was changed: look at the plan again.",
    )
    .code("plan_changed"))
}
