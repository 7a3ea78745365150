//! What the user says of a container: environment, description, notes, tags.
//!
//! It belongs to the container and goes with it to another name. When the
//! container is deleted here it is forgotten, unless it is to be kept for the
//! next container of this name. When others remove the container, only its
//! replacement has it (`records.rs` says which container that is).

use super::Containers;
use super::addresses::{LONGEST_URL, is_web_url};
use super::records::repository;
use crate::domain::feed::Event;
use crate::domain::operations::PendingCommit;
use crate::engine::{EngineError, Snapshot};
use crate::error::{Error, Result};
use crate::model::container::{Container, ContainerView, lasting_name};
use crate::model::read;
use crate::model::spec::ContainerSpec;
use crate::model::timestamp::Timestamp;
use crate::model::update_policy::UpdateRules;
use crate::store::{Commit, ContainerRecord, OwnerRecord};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::sync::Arc;

const DESCRIPTION: usize = 500;
const NOTES: usize = 20_000;
const TAGS: usize = 20;
const TAG: usize = 32;

/// What is left out stays.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Annotation {
    /// A code, or `None` inside to follow the label or the host again.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[serde(deserialize_with = "super::present")]
    pub environment: Option<Option<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notes: Option<String>,
    /// Where its service is opened; empty to follow labels and ports again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<String>>,
    /// How it is updated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub updates: Option<UpdateRules>,
}

impl Annotation {
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// For the journal.
    pub fn to_json(&self) -> Value {
        serde_json::to_value(self).unwrap_or_default()
    }

    fn apply_to(self, record: &mut ContainerRecord) {
        if let Some(environment) = self.environment {
            record.environment = environment;
        }
        if let Some(description) = self.description {
            record.description = description;
        }
        if let Some(notes) = self.notes {
            record.notes = notes;
        }
        if let Some(url) = self.url {
            record.url = url;
        }
        if let Some(tags) = self.tags {
            record.tags = tags;
        }
        if let Some(updates) = self.updates {
            record.updates = updates;
        }
        record.updated_at = Timestamp::now();
    }
}

impl Containers {
    /// What the user says of a container's updates.
    pub fn update_rules(&self, container: &Container) -> UpdateRules {
        let records = self.records();
        let record = records.of(container);
        record.map_or_else(UpdateRules::default, |(_, record)| record.updates.clone())
    }

    /// Changes what the user says of a container.
    pub async fn annotate(&self, reference: &str, change: Annotation) -> Result<ContainerView> {
        let container = self.engine.get(reference)?;
        let change = self.check_annotation(&change)?;
        let _alone = self.changing.lock().await;
        let known = self
            .records()
            .of(&container)
            .map(|(_, record)| record.clone());
        let mut record = known.unwrap_or_else(|| self.records().empty(&container));
        change.apply_to(&mut record);
        let owners = record
            .owner
            .get_or_insert_with(|| self.records().owner(&container));
        if !owners.ids.contains(&container.id) {
            record.owner = Some(self.records().owner(&container));
        }
        let name = lasting_name(&container.name).to_owned();
        self.keep(vec![(name, Some(record))]).await?;
        let view = self.view(container);
        self.feed.publish(Event::Container(Arc::new(view.clone())));
        Ok(view)
    }

    /// Stores records, or removes them, in one commit.
    async fn keep(&self, changes: Vec<(String, Option<ContainerRecord>)>) -> Result<()> {
        self.store.commit(stored(&changes)).await?;
        self.remember(changes);
        Ok(())
    }

    fn remember(&self, changes: Vec<(String, Option<ContainerRecord>)>) {
        let mut records = self.records_mut();
        for (name, record) in changes {
            match record {
                Some(record) => records.put(name, record),
                None => records.remove(&name),
            }
        }
    }

    /// A container was seen: the annotation that it has becomes its own, and
    /// goes with it to its name.
    pub(super) async fn adopt(&self, container: &Container) -> Result<()> {
        if self.adoption(container).is_none() {
            return Ok(());
        }
        let _alone = self.changing.lock().await;
        match self.adoption(container) {
            Some(changes) => self.keep(changes).await,
            None => Ok(()),
        }
    }

    fn adoption(&self, container: &Container) -> Option<Vec<(String, Option<ContainerRecord>)>> {
        let records = self.records();
        let (key, record) = records.of(container)?;
        let name = lasting_name(&container.name);
        let known = record.owner.as_ref();
        let owned = known.is_some_and(|known| known.ids.contains(&container.id));
        let mut record = record.clone();
        if owned && key == name {
            if !records.lacks_digest(known?, container) {
                return None;
            }
            record.owner.as_mut()?.command_digest = records.owner(container).command_digest;
            return Some(vec![(name.to_owned(), Some(record))]);
        }
        if owned {
            // It was renamed. Whatever gets its old name next may replace it.
            let mut left = record.clone();
            if let Some(left) = &mut left.owner {
                forget_owner(left, &container.id);
            }
            record.owner = Some(records.owner(container));
            return Some(vec![
                (key.clone(), Some(left)),
                (name.to_owned(), Some(record)),
            ]);
        }
        if container.name == name {
            record.owner = Some(records.owner(container));
        } else {
            // One of the two containers of a replacement of ours.
            record.owner.as_mut()?.ids.push(container.id.clone());
        }
        Some(vec![(name.to_owned(), Some(record))])
    }

    /// A container is gone; its annotation waits for the replacement.
    pub(super) async fn release(&self, id: &str) -> Result<()> {
        if self.records().owned_by(id).is_none() {
            return Ok(());
        }
        let _alone = self.changing.lock().await;
        let found = {
            let records = self.records();
            let name = records.owned_by(id).cloned();
            name.and_then(|name| records.named(&name).cloned().map(|record| (name, record)))
        };
        let Some((name, mut record)) = found else {
            return Ok(());
        };
        if let Some(owner) = &mut record.owner {
            forget_owner(owner, id);
        }
        self.keep(vec![(name, Some(record))]).await
    }

    /// A container was deleted here: its annotation goes with it, or is kept
    /// for the next container of its name.
    pub(super) async fn deleted(&self, container: &Container, keep: bool) -> Result<()> {
        let _alone = self.changing.lock().await;
        let found = {
            let records = self.records();
            let name = lasting_name(&container.name);
            let of_it = records.of(container).or_else(|| {
                let record = records.named(name)?;
                // Its end has been noticed already.
                let gone = record.owner.as_ref().is_some_and(|by| by.ids.is_empty());
                let (name, _) = records.iter().find(|(known, _)| *known == name)?;
                gone.then_some((name, record))
            });
            of_it.map(|(name, record)| (name.clone(), record.clone()))
        };
        let Some((name, mut record)) = found else {
            return Ok(());
        };
        if let Some(owner) = &mut record.owner
            && self.is_lent(owner, &name, container)
        {
            forget_owner(owner, &container.id);
            return self.keep(vec![(name, Some(record))]).await;
        }
        record.owner = None;
        self.keep(vec![(name, keep.then_some(record))]).await
    }

    /// What an earlier container of this name has left for one that is to be
    /// created, in words; `None` when it begins without.
    pub fn left_for(&self, spec: &ContainerSpec) -> Option<String> {
        self.left_record(spec).as_ref().and_then(in_words)
    }

    /// The environment among it.
    pub fn environment_left_for(&self, spec: &ContainerSpec) -> Option<String> {
        self.left_record(spec)?.environment
    }

    fn left_record(&self, spec: &ContainerSpec) -> Option<ContainerRecord> {
        let name = spec.name.as_deref()?;
        let records = self.records();
        let record = records.named(name)?;
        let left = match &record.owner {
            None => true,
            Some(owner) => {
                let label = |key: &str| spec.labels.get(key);
                owner.ids.iter().all(|id| self.engine.get(id).is_err())
                    && repository(&owner.image) == repository(&spec.image)
                    && owner.project.as_ref() == label("com.docker.compose.project")
                    && owner.service.as_ref() == label("com.docker.compose.service")
            }
        };
        left.then(|| record.clone())
    }

    /// A container was created here: it has what an earlier one has left, or
    /// begins without, and what is said of it now.
    pub async fn created(
        self: &Arc<Self>,
        id: &str,
        takes_over: bool,
        annotation: Annotation,
    ) -> Result<PendingCommit> {
        self.pending(&[id], takes_over, annotation).await
    }

    /// Containers have replaced others under their names; the annotation is that
    /// of the first.
    pub async fn replaced(
        self: &Arc<Self>,
        created: &[(String, String)],
        annotation: Annotation,
    ) -> Result<PendingCommit> {
        let ids: Vec<&str> = created.iter().map(|(_, id)| id.as_str()).collect();
        self.pending(&ids, true, annotation).await
    }

    async fn pending(
        self: &Arc<Self>,
        ids: &[&str],
        takes_over: bool,
        annotation: Annotation,
    ) -> Result<PendingCommit> {
        let mut annotation = Some(self.check_annotation(&annotation)?);
        let alone = Arc::clone(&self.changing).lock_owned().await;
        let mut changes = Vec::new();
        let mut seen = Vec::new();
        for id in ids {
            let said = annotation.take().unwrap_or_default();
            let container = match self.engine.get(id) {
                Ok(container) => container,
                // It has ended, and the engine has removed it already.
                Err(EngineError::NotFound(_)) => continue,
                Err(error) => return Err(error.into()),
            };
            let known = self.records().named(&container.name).cloned();
            let mut record = known.clone().filter(|_| takes_over);
            if let Some(record) = &mut record {
                record.owner = Some(self.records().owner(&container));
            }
            if !said.is_empty() {
                said.apply_to(record.get_or_insert_with(|| self.records().empty(&container)));
            }
            if record.is_some() || known.is_some() {
                changes.push((container.name.clone(), record));
                seen.push(container);
            }
        }
        let this = Arc::clone(self);
        Ok(PendingCommit {
            commit: stored(&changes),
            then: Box::new(move || {
                this.remember(changes);
                drop(alone);
                for container in seen {
                    let view = this.view(container);
                    this.feed.publish(Event::Container(Arc::new(view)));
                }
            }),
        })
    }

    /// What an interrupted operation would have stored. What cannot be read or
    /// is not allowed any more is left out.
    pub fn annotation_from_journal(&self, value: Value) -> Annotation {
        if value.is_null() {
            return Annotation::default();
        }
        let read = read::from_value::<Annotation>(value).map_err(|fault| fault.to_string());
        let checked = read.and_then(|annotation| {
            self.check_annotation(&annotation)
                .map_err(|error| error.message)
        });
        checked.unwrap_or_else(|error| {
            tracing::error!(error, "the annotation in the journal is invalid");
            Annotation::default()
        })
    }

    /// What is said of a container, in words; `None` when it is nothing.
    pub(super) fn said_of(&self, container: &Container) -> Option<String> {
        let records = self.records();
        let (name, record) = records.of(container)?;
        let owner = record.owner.as_ref();
        let is_lent = owner.is_some_and(|owner| self.is_lent(owner, name, container));
        if is_lent { None } else { in_words(record) }
    }

    /// Whether the record belongs to another container that exists: this one has it only
    /// as what is left of a replacement, under a temporary name.
    fn is_lent(&self, owner: &OwnerRecord, name: &str, container: &Container) -> bool {
        let mut others = owner.ids.iter().filter(|id| **id != container.id);
        container.name != name && others.any(|id| self.engine.get(id).is_ok())
    }

    /// The change as it will be kept.
    ///
    /// # Errors
    /// Names the field that cannot be kept.
    pub(super) fn check_annotation(&self, change: &Annotation) -> Result<Annotation> {
        let mut kept = change.clone();
        if let Some(Some(code)) = &mut kept.environment {
            *code = self.environments.parse("environment", code)?;
        }
        if let Some(text) = &mut kept.description {
            *text = text.trim().to_owned();
            at_most("description", text, DESCRIPTION)?;
        }
        if let Some(url) = &mut kept.url {
            *url = url.trim().to_owned();
            if !url.is_empty() && !is_web_url(url) {
                return Err(Error::invalid(
                    "url",
                    format!(
                        "This is not an address that a browser opens. Enter it whole, such as https://cloud.example.org/, with at most {LONGEST_URL} characters and without a password."
                    ),
                ));
            }
        }
        if let Some(text) = &mut kept.notes {
            *text = text.trim_end().to_owned();
            at_most("notes", text, NOTES)?;
        }
        if let Some(tags) = &mut kept.tags {
            for tag in tags.iter_mut() {
                *tag = tag.trim().to_owned();
                if tag.is_empty() || tag.contains(|c: char| c.is_control() || c == ',') {
                    return Err(Error::invalid(
                        "tags",
                        "A tag must not contain commas or line breaks.",
                    ));
                }
                at_most("tags", tag, TAG)?;
            }
            tags.sort();
            tags.dedup();
            if tags.len() > TAGS {
                return Err(Error::invalid("tags", format!("At most {TAGS} tags.")));
            }
        }
        Ok(kept)
    }

    pub(super) fn notes(&self, container: &Container) -> String {
        let records = self.records();
        let record = records.of(container);
        record.map_or_else(String::new, |(_, record)| record.notes.clone())
    }

    /// The specification of a container as it is, with what DockerMate knows of it.
    pub async fn spec(&self, reference: &str) -> Result<ContainerSpec> {
        let snapshot = self.engine.snapshot(reference).await?;
        Ok(self.annotated(&snapshot))
    }

    pub fn annotated(&self, snapshot: &Snapshot) -> ContainerSpec {
        let spec = self.with_partner_names(snapshot.spec.clone());
        self.with_annotations(spec, &snapshot.container)
    }

    /// A specification with what we know of the container.
    pub fn with_annotations(
        &self,
        mut spec: ContainerSpec,
        container: &Container,
    ) -> ContainerSpec {
        if let Some((_, record)) = self.records().of(container) {
            spec.environment.clone_from(&record.environment);
            spec.description = Some(record.description.clone()).filter(|text| !text.is_empty());
        }
        spec
    }
}

fn stored(changes: &[(String, Option<ContainerRecord>)]) -> Commit {
    changes
        .iter()
        .fold(Commit::new(), |commit, (name, record)| match record {
            Some(record) => commit.put_annotation(name.clone(), record.clone()),
            None => commit.delete_annotation(name.clone()),
        })
}

fn forget_owner(owner: &mut OwnerRecord, id: &str) {
    owner.ids.retain(|known| known != id);
    if owner.ids.is_empty() {
        owner.removed_at = Some(Timestamp::now());
    }
}

/// `environment PRD, description, notes, 2 tags`.
fn in_words(record: &ContainerRecord) -> Option<String> {
    let mut words = Vec::new();
    words.extend(
        record
            .environment
            .as_ref()
            .map(|code| format!("environment {code}")),
    );
    if !record.description.is_empty() {
        words.push("description".to_owned());
    }
    if !record.url.is_empty() {
        words.push("address".to_owned());
    }
    if !record.notes.is_empty() {
        words.push("notes".to_owned());
    }
    match record.tags.len() {
        0 => {}
        1 => words.push("1 tag".to_owned()),
        many => words.push(format!("{many} tags")),
    }
    (!words.is_empty()).then(|| words.join(", "))
}

fn at_most(field: &'static str, text: &str, most: usize) -> Result<()> {
    if text.chars().count() > most {
        return Err(Error::invalid(
            field,
            format!("The text has more than {most} characters."),
        ));
    }
    Ok(())
}
