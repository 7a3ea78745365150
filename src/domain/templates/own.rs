//! The user's own templates: saved from a container or a description of one,
//! changed, deleted, imported. Each change can be looked at before it is made.

use super::candidate::Candidate;
use super::check::{OWN_MOST, check};
use super::from_spec::from_spec;
use super::import::{self, ImportRequest, id_base};
use super::{Templates, library};
use crate::error::{Error, Result};
use crate::model::plan::Plan;
use crate::model::read;
use crate::model::spec::ContainerSpec;
use crate::model::template::{
    DeviceQuestion, Imported, ImportedTemplate, PathQuestion, PortQuestion, SkippedTemplate,
    Template, TemplateDetail, TemplateSource, VariableQuestion,
};
use crate::model::timestamp::Timestamp;
use crate::store::{Store, TemplateRecord};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use utoipa::ToSchema;

/// A template to be saved: from `spec`, or from the container that
/// `container` names.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SaveTemplate {
    pub name: String,
    /// A category code of the library or your own word; `other` when left out.
    pub category: Option<String>,
    pub description: String,
    pub homepage: Option<String>,
    pub notes: Vec<String>,
    pub spec: Option<ContainerSpec>,
    /// Name, id, or a beginning of the id.
    pub container: Option<String>,
    /// Values of variables that look like secrets stay in it. Without this
    /// they become questions.
    pub keep_secrets: bool,
}

/// What came of saving.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct SavedTemplate {
    pub template: TemplateDetail,
    /// Names of variables and labels whose values were left out.
    pub left_out: Vec<String>,
    pub warnings: Vec<String>,
}

/// A change; what is left out stays.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct TemplatePatch {
    pub name: Option<String>,
    pub category: Option<String>,
    pub description: Option<String>,
    /// Empty takes it away.
    pub homepage: Option<String>,
    pub notes: Option<Vec<String>>,
    /// What is fixed about the container.
    pub spec: Option<ContainerSpec>,
    pub ports: Option<Vec<PortQuestion>>,
    pub paths: Option<Vec<PathQuestion>>,
    pub variables: Option<Vec<VariableQuestion>>,
    pub devices: Option<Vec<DeviceQuestion>>,
}

/// What the store holds. A record that a newer version wrote and this one
/// cannot read is left where it is.
pub fn stored(store: &Store) -> Result<BTreeMap<String, Template>> {
    let mut own = BTreeMap::new();
    for (id, record) in store.template_records()? {
        match read::from_value::<Template>(record.template) {
            Ok(mut template) => {
                template.id.clone_from(&id);
                template.source = TemplateSource::Own;
                own.insert(id, template);
            }
            Err(error) => tracing::warn!(id, %error, "a template cannot be read"),
        }
    }
    Ok(own)
}

impl Templates {
    pub async fn plan_save(&self, mut request: SaveTemplate) -> Result<Plan> {
        let spec = self.wanted(&mut request).await?;
        let saved = self.prepare(request, spec)?;
        let template = saved.template.template;
        let mut steps = vec![format!("Save {} as one of your templates.", template.name)];
        let asked = template.variables.len() + template.ports.len() + template.paths.len();
        steps.push(match asked {
            0 => "Ask no questions when it is used.".to_owned(),
            1 => "Ask for 1 variable, port or folder when it is used.".to_owned(),
            n => format!("Ask for {n} variables, ports and folders when it is used."),
        });
        steps.extend(
            saved
                .left_out
                .iter()
                .map(|name| format!("Leave out the value of {name} and ask for it.")),
        );
        Ok(Plan {
            title: format!("Save {} as a template", template.name),
            steps,
            warnings: saved.warnings,
            keeps: vec!["The container itself.".to_owned()],
            ..Plan::default()
        })
    }

    pub async fn save(&self, mut request: SaveTemplate) -> Result<SavedTemplate> {
        let _alone = self.changing.lock().await;
        let spec = self.wanted(&mut request).await?;
        let saved = self.prepare(request, spec)?;
        self.keep(vec![saved.template.template.clone()]).await?;
        Ok(saved)
    }

    /// What is to be kept: the description that was sent, or a container's own.
    async fn wanted(&self, request: &mut SaveTemplate) -> Result<ContainerSpec> {
        match (request.spec.take(), request.container.take()) {
            (Some(spec), None) => Ok(spec),
            (None, Some(name)) => Ok(Box::pin(self.engine.snapshot(&name)).await?.spec),
            _ => Err(Error::invalid(
                "spec",
                "Send either spec, the description of a container, or container, the name of one.",
            )),
        }
    }

    fn prepare(&self, request: SaveTemplate, spec: ContainerSpec) -> Result<SavedTemplate> {
        let mut made = from_spec(spec, request.keep_secrets);
        let template = &mut made.template;
        request.name.trim().clone_into(&mut template.name);
        template.category = some_category(request.category);
        request
            .description
            .trim()
            .clone_into(&mut template.description);
        template.homepage = request.homepage.filter(|text| !text.trim().is_empty());
        template.notes = request.notes;
        template.source = TemplateSource::Own;
        let now = Timestamp::now();
        template.created_at = Some(now);
        template.updated_at = Some(now);
        if self.of_name(&template.name).is_some() {
            return Err(taken(&template.name));
        }
        template.id = self.free_id(&template.name, &BTreeSet::new());
        check(template)?;
        self.check_room(1)?;
        Ok(SavedTemplate {
            template: self.detail(made.template),
            left_out: made.left_out,
            warnings: made.warnings,
        })
    }

    pub fn plan_update(&self, id: &str, patch: TemplatePatch) -> Result<Plan> {
        let (before, after) = self.changed(id, patch)?;
        let steps = if before == after {
            vec!["Nothing changes.".to_owned()]
        } else {
            vec![format!("Change the template {}.", before.name)]
        };
        Ok(Plan {
            title: format!("Change {}", before.name),
            steps,
            keeps: vec!["Every container that was created from it.".to_owned()],
            ..Plan::default()
        })
    }

    pub async fn update(&self, id: &str, patch: TemplatePatch) -> Result<TemplateDetail> {
        let _alone = self.changing.lock().await;
        let (before, mut after) = self.changed(id, patch)?;
        if before != after {
            after.updated_at = Some(Timestamp::now());
            self.keep(vec![after.clone()]).await?;
        }
        Ok(self.detail(after))
    }

    fn changed(&self, id: &str, patch: TemplatePatch) -> Result<(Template, Template)> {
        let before = self.own_one(id)?;
        let mut after = before.clone();
        if let Some(name) = patch.name {
            name.trim().clone_into(&mut after.name);
            if self.of_name(&after.name).is_some_and(|other| other != id) {
                return Err(taken(&after.name));
            }
        }
        if let Some(category) = patch.category {
            after.category = some_category(Some(category));
        }
        if let Some(description) = patch.description {
            description.trim().clone_into(&mut after.description);
        }
        if let Some(homepage) = patch.homepage {
            after.homepage = Some(homepage).filter(|text| !text.trim().is_empty());
        }
        after.notes = patch.notes.unwrap_or(after.notes);
        after.spec = patch.spec.unwrap_or(after.spec);
        after.ports = patch.ports.unwrap_or(after.ports);
        after.paths = patch.paths.unwrap_or(after.paths);
        after.variables = patch.variables.unwrap_or(after.variables);
        after.devices = patch.devices.unwrap_or(after.devices);
        check(&after)?;
        Ok((before, after))
    }

    pub fn plan_delete(&self, id: &str) -> Result<Plan> {
        let template = self.own_one(id)?;
        Ok(Plan {
            title: format!("Delete the template {}", template.name),
            steps: vec![format!("Remove {} from your own templates.", template.name)],
            warnings: vec!["It cannot be restored, except from an export.".to_owned()],
            keeps: vec!["Every container that was created from it.".to_owned()],
            ..Plan::default()
        })
    }

    pub async fn delete(&self, id: &str) -> Result<()> {
        let _alone = self.changing.lock().await;
        self.own_one(id)?;
        self.store.delete_template_record(id.to_owned()).await?;
        self.own_mut().remove(id);
        Ok(())
    }

    /// Saves what a text holds, or says what it would save.
    pub async fn import(&self, request: ImportRequest, dry_run: bool) -> Result<Imported> {
        let parsed = import::parse(&request.text)?;
        let _alone = self.changing.lock().await;
        let mut answer = Imported {
            format: parsed.format.to_owned(),
            dry_run,
            skipped: parsed.skipped,
            ..Imported::default()
        };
        let mut fresh: BTreeMap<String, Template> = BTreeMap::new();
        let mut room = OWN_MOST.saturating_sub(self.own().len());
        let now = Timestamp::now();
        for Candidate {
            mut template,
            remarks,
        } in parsed.candidates
        {
            let existing = self.of_name(&template.name);
            let replaces = existing.is_some();
            let reason = if replaces && !request.replace {
                Some(
                    "You have a template with this name already. Import with replace to overwrite it."
                        .to_owned(),
                )
            } else if !replaces && room == 0 {
                Some(format!(
                    "At most {OWN_MOST} templates of your own are stored."
                ))
            } else {
                None
            };
            if let Some(reason) = reason {
                answer.skipped.push(SkippedTemplate {
                    name: template.name,
                    reason,
                });
                continue;
            }
            let used: BTreeSet<String> = fresh.keys().cloned().collect();
            template.id = match existing {
                Some(id) if !used.contains(&id) => id,
                _ => self.free_id(&template.name, &used),
            };
            room -= usize::from(!replaces);
            template.created_at = Some(now);
            template.updated_at = Some(now);
            answer.imported.push(ImportedTemplate {
                id: template.id.clone(),
                name: template.name.clone(),
                replaces,
                remarks,
            });
            fresh.insert(template.id.clone(), template);
        }
        if !dry_run && !fresh.is_empty() {
            self.keep(fresh.into_values().collect()).await?;
        }
        Ok(answer)
    }

    /// Writes to the store, then to memory.
    async fn keep(&self, templates: Vec<Template>) -> Result<()> {
        let mut records = Vec::new();
        for template in &templates {
            let value = serde_json::to_value(template).map_err(|error| {
                Error::internal("The template could not be stored.").source(error)
            })?;
            records.push((template.id.clone(), TemplateRecord { template: value }));
        }
        self.store.put_template_records(records).await?;
        let mut own = self.own_mut();
        own.extend(templates.into_iter().map(|one| (one.id.clone(), one)));
        Ok(())
    }

    /// One of the user's own; those of the library cannot be changed.
    fn own_one(&self, id: &str) -> Result<Template> {
        if let Some(template) = self.own().get(id) {
            return Ok(template.clone());
        }
        let template = self.find(id)?;
        Err(Error::conflict(format!(
            "{} is part of the library, which cannot be changed. Save a copy instead.",
            template.name
        ))
        .code("template_read_only"))
    }

    /// Id of the own template with this name, whatever its case.
    fn of_name(&self, name: &str) -> Option<String> {
        let wanted = name.to_lowercase();
        let own = self.own();
        own.values()
            .find(|one| one.name.to_lowercase() == wanted)
            .map(|one| one.id.clone())
    }

    /// An id that no other has, in the library, in the store or among `used`.
    fn free_id(&self, name: &str, used: &BTreeSet<String>) -> String {
        let mut base = id_base(name);
        let own = self.own();
        let reserved = base == "import" || library::library().iter().any(|one| one.id == base);
        if reserved {
            base.push_str("-own");
        }
        let free = |id: &String| {
            !own.contains_key(id)
                && !used.contains(id)
                && !library::library().iter().any(|one| one.id == *id)
        };
        let numbered = (2_u32..).map(|n| format!("{base}-{n}"));
        std::iter::once(base.clone())
            .chain(numbered)
            .find(free)
            .unwrap_or(base)
    }

    fn check_room(&self, more: usize) -> Result<()> {
        if self.own().len() + more > OWN_MOST {
            return Err(Error::conflict(format!(
                "At most {OWN_MOST} templates of your own are stored. Delete one first."
            ))
            .code("too_many_templates"));
        }
        Ok(())
    }
}

fn taken(name: &str) -> Error {
    Error::conflict(format!(
        "You have a template {name} already. Choose another name, or edit that one."
    ))
    .code("name_taken")
}

fn some_category(given: Option<String>) -> String {
    given
        .map(|text| text.trim().to_owned())
        .filter(|text| !text.is_empty())
        .unwrap_or_else(|| "other".to_owned())
}
