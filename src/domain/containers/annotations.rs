//! What the user says of a container: environment, description, notes, tags.
//! Kept by its name, so that a container made anew keeps it.

use super::Containers;
use crate::engine::Snapshot;
use crate::error::{Error, Kind, Result};
use crate::model::container::ContainerView;
use crate::model::read;
use crate::model::spec::ContainerSpec;
use crate::model::timestamp::Timestamp;
use crate::store::ContainerRecord;
use serde::{Deserialize, Serialize};
use serde_json::Value;

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
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<String>>,
}

impl Annotation {
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// For the journal; null when there is nothing.
    pub fn noted(&self) -> Value {
        if self.is_empty() {
            return Value::Null;
        }
        serde_json::to_value(self).unwrap_or_default()
    }
}

impl Containers {
    /// Changes what the user says of a container.
    pub async fn annotate(&self, reference: &str, change: Annotation) -> Result<ContainerView> {
        let container = self.engine.get(reference)?;
        let change = self.check_annotation(&change)?;
        let _alone = self.changing.lock().await;
        let mut record = self
            .records()
            .get(&container.name)
            .cloned()
            .unwrap_or(ContainerRecord {
                environment: None,
                description: String::new(),
                notes: String::new(),
                tags: Vec::new(),
                updated_at: Timestamp::now(),
            });
        if let Some(environment) = change.environment {
            record.environment = environment;
        }
        if let Some(description) = change.description {
            record.description = description;
        }
        if let Some(notes) = change.notes {
            record.notes = notes;
        }
        if let Some(tags) = change.tags {
            record.tags = tags;
        }
        record.updated_at = Timestamp::now();
        self.store
            .put_container_record(container.name.clone(), record.clone())
            .await?;
        self.records_mut().insert(container.name.clone(), record);
        let view = self.view(container);
        self.feed.publish("container", &view);
        Ok(view)
    }

    /// What an operation that was interrupted would have kept at its end. What
    /// cannot be kept any more, today or tomorrow, is let go.
    pub async fn keep_noted(&self, name: &str, noted: Value) -> Result<()> {
        let annotation = match read::from_value(noted) {
            Ok(annotation) => annotation,
            Err(fault) => {
                tracing::error!(%fault, name, "what was said of a container cannot be read");
                return Ok(());
            }
        };
        match self.annotate(name, annotation).await {
            Err(error) if matches!(error.kind, Kind::NotFound | Kind::Invalid { .. }) => {
                tracing::warn!(%error, name, "what was said of a container could not be kept");
                Ok(())
            }
            other => other.map(drop),
        }
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
                        "A tag is a word or a few, without commas and line breaks.",
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

    /// After a rename of ours.
    pub(super) async fn move_record(&self, from: &str, to: &str) -> Result<()> {
        let _alone = self.changing.lock().await;
        self.store
            .move_container_record(from.to_owned(), to.to_owned())
            .await?;
        let mut records = self.records_mut();
        if let Some(record) = records.remove(from) {
            records.insert(to.to_owned(), record);
        }
        Ok(())
    }

    pub(super) fn notes(&self, name: &str) -> String {
        self.records()
            .get(name)
            .map_or_else(String::new, |record| record.notes.clone())
    }

    /// The specification of a container as it is, with what DockerMate knows of it.
    pub async fn spec(&self, reference: &str) -> Result<ContainerSpec> {
        let snapshot = self.engine.snapshot(reference).await?;
        Ok(self.annotated(&snapshot))
    }

    pub fn annotated(&self, snapshot: &Snapshot) -> ContainerSpec {
        let spec = self.with_partner_names(snapshot.spec.clone());
        self.with_annotations(spec, &snapshot.container.name)
    }

    /// A specification with what we know of the container.
    pub fn with_annotations(&self, mut spec: ContainerSpec, name: &str) -> ContainerSpec {
        if let Some(record) = self.records().get(name) {
            spec.environment.clone_from(&record.environment);
            spec.description = Some(record.description.clone()).filter(|text| !text.is_empty());
        }
        spec
    }
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
