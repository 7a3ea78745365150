//! Planning a recreation.

mod images;
mod patch;
mod saved;
mod steps;

use super::{PreviousState, Recreator, Replacement, TagMove};
use crate::domain::commands::{self, RecreateCommandOptions, RecreatedContainer, TaggedImage};
use crate::domain::containers::{Annotation, Containers};
use crate::domain::creation::{Checks, Findings};
use crate::domain::environments::{Environments, Impact};
use crate::domain::images::{Images, Pull};
use crate::domain::operations::Operations;
use crate::domain::saved_configurations::SavedConfigurations;
use crate::engine::{CreateBody, Engine, Snapshot};
use crate::error::{Error, Result};
use crate::model::command::Commands;
use crate::model::container::ContainerView;
use crate::model::plan::{Need, Plan};
use crate::model::spec::{ContainerSpec, bytes_said};
use crate::model::volume::UNNAMED_LABEL;
use patch::{changed_body, follow, patched};
use serde::Deserialize;
use serde_json::{Map, Value};
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

/// What a container is recreated for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Purpose {
    #[default]
    Recreate,
    /// To have a newer image.
    Update,
    /// To take an update back.
    RollBack,
}

impl Purpose {
    pub fn title(self, name: &str) -> String {
        match self {
            Self::Recreate => format!("Recreate {name}"),
            Self::Update => format!("Update {name}"),
            Self::RollBack => format!("Roll {name} back"),
        }
    }

    /// As in "type web to update it".
    fn verb(self) -> &'static str {
        match self {
            Self::Recreate => "recreate",
            Self::Update => "update",
            Self::RollBack => "roll back",
        }
    }
}

/// What a container is replaced by.
#[derive(Debug, Clone, Default)]
pub struct Replace {
    pub purpose: Purpose,
    pub request: Recreate,
    /// A saved configuration that it becomes, in place of changes to what it is.
    pub saved: Option<CreateBody>,
    /// What its tag names from then on, where it does not name it already.
    pub tag: Option<TagMove>,
    /// The image that the tag is to name has to be pulled first, by this.
    pub source: Option<String>,
}

/// Everything that is known before the first thing is done.
#[derive(Debug)]
pub struct Recreation {
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
    pub(super) operations: Operations,
    environments: Arc<Environments>,
    pub(super) containers: Arc<Containers>,
    checks: Arc<Checks>,
    pub(super) images: Images,
    pub(super) saved: Arc<SavedConfigurations>,
    pub(super) recreator: Recreator,
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
        let replace = Replace {
            request: request.clone(),
            ..Replace::default()
        };
        Box::pin(self.plan_replacement(reference, &replace)).await
    }

    /// The same for another purpose.
    pub async fn plan_replacement(&self, reference: &str, replace: &Replace) -> Result<Plan> {
        let (known, findings) = Box::pin(self.recreation(reference, replace)).await?;
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

    /// What is known before anything is done.
    ///
    /// # Errors
    /// When it must not be recreated, or cannot be as it is wanted.
    pub async fn recreation(
        &self,
        reference: &str,
        replace: &Replace,
    ) -> Result<(Recreation, Findings)> {
        let snapshot = self.engine.snapshot(reference).await?;
        super::refuse(&snapshot)?;
        Box::pin(self.recreation_of(snapshot, replace)).await
    }

    /// How somebody else replaces what this program must not replace: the container
    /// that it runs in, or reaches the engine through.
    ///
    /// # Errors
    /// When it cannot be as it is wanted, or the engine does not answer.
    pub async fn plan_for_own(&self, reference: &str, replace: &Replace) -> Result<Plan> {
        let snapshot = self.engine.snapshot(reference).await?;
        let name = snapshot.container.name.clone();
        let (known, _) = Box::pin(self.recreation_of(snapshot, replace)).await?;
        Ok(Plan {
            steps: vec![format!(
                "DockerMate runs in {name} or reaches the engine through it, so it does not replace {name}. Run the commands below on the host; this page comes back by itself."
            )],
            needs: None,
            ..known.plan
        })
    }

    async fn recreation_of(
        &self,
        snapshot: Snapshot,
        replace: &Replace,
    ) -> Result<(Recreation, Findings)> {
        let request = &replace.request;
        let stable = request.stable_seconds.unwrap_or(super::STABLE.as_secs());
        if stable > 600 {
            return Err(Error::invalid("stable_seconds", "At most 600 seconds."));
        }
        let old = self.containers.annotated(&snapshot);
        let (spec, body) = match &replace.saved {
            None => {
                let spec = patched(&old, &request.changes)?;
                let mut body = changed_body(
                    &snapshot.body,
                    &self.engine.create_body(&old)?,
                    self.engine.create_body(&spec)?,
                );
                follow(&mut body, &old, &spec);
                (spec, body)
            }
            Some(saved) => {
                let body = saved::with_partners_of(saved, &snapshot.body, |reference| {
                    self.engine.get(reference).is_ok()
                });
                let spec = ContainerSpec {
                    name: old.name.clone(),
                    environment: old.environment.clone(),
                    description: old.description.clone(),
                    // As that of now names them: otherwise the same ones would be a change.
                    ..self
                        .containers
                        .with_partner_names(self.engine.spec_of(&body)?)
                };
                (spec, body)
            }
        };
        if spec.name != old.name {
            return Err(Error::invalid(
                "changes.name",
                "A new name needs no new container: change it with PUT /api/containers/{id}.",
            ));
        }
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
        let (other_image, said) = self
            .other_images(&group, old.image != spec.image, replace)
            .await?;
        findings.warnings.extend(said);
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
            (replace, other_image),
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
        (replace, other_image): (&Replace, Option<&str>),
        warnings: &mut Vec<String>,
    ) -> Plan {
        let name = &snapshot.container.name;
        let view = self.containers.view(snapshot.container.clone());
        let was = PreviousState::of(snapshot.container.state);
        let steps = steps::steps(snapshot, (old, spec), group, replace, other_image);
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
            title: replace.purpose.title(name),
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
            needs: self.need_for_group(group, &view, replace.purpose),
            offers: Vec::new(),
            commands: Some(self.commands(spec, group, replace)),
        }
    }

    /// The commands that do the same for the whole group.
    fn commands(&self, spec: &ContainerSpec, group: &[Replacement], replace: &Replace) -> Commands {
        let request = &replace.request;
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
            tag: replace.tag.as_ref().map(|tag| TaggedImage {
                image: replace.source.as_ref().unwrap_or(&tag.new).clone(),
                tag: tag.reference.clone(),
                is_pulled: replace.source.is_some(),
            }),
        };
        commands::recreate(&containers, &options, self.engine.cli_endpoint().as_deref())
    }

    /// Its own confirmation, unless one that is recreated with it needs a stricter one.
    fn need_for_group(
        &self,
        group: &[Replacement],
        first: &ContainerView,
        purpose: Purpose,
    ) -> Option<Need> {
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
        let own = self.containers.need_for_change(first, purpose.verb());
        if group.len() == 1 {
            return own;
        }
        let all = Environments::need_for_many(&targets, purpose.verb());
        match (&own, &all) {
            (Some(own), Some(all)) if own.kind == all.kind => {}
            _ => return all,
        }
        own
    }
}
