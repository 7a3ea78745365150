//! Saved configurations: what a container was like before a change. Always
//! saved for production.

mod partners;

use crate::domain::environments::Environments;
use crate::engine::{CreateBody, Engine, Snapshot};
use crate::error::{Error, Result};
use crate::model::hex;
use crate::model::plan::Plan;
use crate::model::read;
use crate::model::spec::ContainerSpec;
use crate::model::timestamp::Timestamp;
use crate::store::{BackupRecord, Store};
use partners::Partners;
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// Configurations kept of each container.
const EACH: usize = 10;

/// A saved configuration.
#[derive(Debug, Serialize, ToSchema)]
pub struct Backup {
    pub id: String,
    /// The container's name then.
    pub container: String,
    pub at: Timestamp,
    pub environment: Option<String>,
    /// What was about to be done.
    pub reason: String,
    pub image: String,
    /// `sha256:…` of the image then.
    pub image_id: String,
}

/// One with all that is in it.
#[derive(Debug, Serialize, ToSchema)]
pub struct BackupDetail {
    #[serde(flatten)]
    pub backup: Backup,
    pub spec: ContainerSpec,
}

impl From<BackupRecord> for Backup {
    fn from(record: BackupRecord) -> Self {
        Self {
            id: record.id,
            container: record.container,
            at: record.at,
            environment: record.environment,
            reason: record.reason,
            image: record.image,
            image_id: record.image_id,
        }
    }
}

/// What makes the container of a saved configuration again.
#[derive(Debug)]
pub struct SavedRequest {
    pub body: CreateBody,
    /// Which other containers it names now in place of those of then.
    pub said: Vec<String>,
    /// Ids of containers that are gone, and of which no name is known.
    pub unknown: Vec<String>,
}

/// The configurations of containers as they were before a change.
#[derive(Debug)]
pub struct SavedConfigurations {
    engine: Engine,
    store: Store,
    environments: Arc<Environments>,
}

impl SavedConfigurations {
    pub fn new(engine: Engine, store: Store, environments: Arc<Environments>) -> Arc<Self> {
        Arc::new(Self {
            engine,
            store,
            environments,
        })
    }

    /// Saves the configuration of a container of this environment, where the
    /// environment asks for it.
    pub async fn save(
        &self,
        snapshot: &Snapshot,
        environment: Option<&str>,
        reason: &str,
    ) -> Result<()> {
        if self.environments.backs_up(environment) {
            self.save_always(snapshot, environment, reason).await?;
        }
        Ok(())
    }

    /// Saves it whatever the environment says; gives its id.
    pub async fn save_always(
        &self,
        snapshot: &Snapshot,
        environment: Option<&str>,
        reason: &str,
    ) -> Result<String> {
        let mut tail = [0; 4];
        getrandom::fill(&mut tail)
            .map_err(|_| Error::internal("The system's random number generator failed."))?;
        let at = Timestamp::now();
        let body = serde_json::to_value(&snapshot.body).map_err(|error| {
            Error::internal("The saved configuration could not be stored.").source(error)
        })?;
        let record = BackupRecord {
            id: format!("{:012x}{}", at.0, hex::encode(&tail)),
            container: snapshot.container.name.clone(),
            at,
            environment: environment.map(ToOwned::to_owned),
            reason: reason.to_owned(),
            image: snapshot.container.image.clone(),
            image_id: snapshot.container.image_id.clone(),
            body,
            container_id: snapshot.container.id.clone(),
            partners: self.partners(&snapshot.body)?,
        };
        Ok(self.store.put_backup(record, EACH).await?)
    }

    /// Newest first; of one container by its name, or all.
    pub fn list(&self, container: Option<&str>) -> Result<Vec<Backup>> {
        let records = self.store.backups(container)?;
        Ok(records.into_iter().map(Backup::from).collect())
    }

    pub fn get(&self, id: &str) -> Result<BackupDetail> {
        let record = self.backup_record(id)?;
        let mut body = body_of(&record)?;
        // As a person would name them: who is there has the name of now.
        partners::replace(&mut body, |reference| {
            let known = self.name_of(reference);
            known.or_else(|| record.partners.get(reference).cloned())
        });
        let mut spec = self.engine.spec_of(&body)?;
        spec.name = Some(record.container.clone());
        spec.environment.clone_from(&record.environment);
        Ok(BackupDetail {
            backup: record.into(),
            spec,
        })
    }

    pub fn plan_delete(&self, id: &str) -> Result<Plan> {
        let record = self.backup_record(id)?;
        Ok(Plan {
            title: "Forget a backup".to_owned(),
            steps: vec![format!(
                "Delete the saved configuration of {}: {}.",
                record.container, record.reason
            )],
            warnings: Vec::new(),
            keeps: vec!["The container, if it exists.".to_owned()],
            needs: None,
            offers: Vec::new(),
            commands: None,
        })
    }

    pub async fn delete(&self, id: &str) -> Result<()> {
        if self.store.delete_backup(id.to_owned()).await? {
            return Ok(());
        }
        Err(no_backup(id))
    }

    /// The request that makes its container again.
    pub fn body(&self, id: &str) -> Result<CreateBody> {
        Ok(self.request(id)?.body)
    }

    /// The same, and what became of the other containers that it names.
    pub fn request(&self, id: &str) -> Result<SavedRequest> {
        let record = self.backup_record(id)?;
        let mut body = body_of(&record)?;
        let (mut said, mut unknown) = (Vec::new(), Vec::new());
        partners::replace(&mut body, |reference| {
            if self.engine.get(reference).is_ok() {
                return None;
            }
            let Some(name) = record.partners.get(reference) else {
                unknown.push(reference.to_owned());
                return None;
            };
            let Ok(now) = self.engine.get(name) else {
                return Some(name.clone());
            };
            said.push(format!(
                "It used {name}, which has been recreated since (its ID was {reference:.12}): it uses the {name} that there is now."
            ));
            Some(now.id.clone())
        });
        said.dedup();
        unknown.retain(|reference| partners::is_id(reference));
        Ok(SavedRequest {
            body,
            said,
            unknown,
        })
    }

    /// The names of the containers that a request names by id.
    fn partners(&self, body: &CreateBody) -> Result<Partners> {
        let mut found = Partners::new();
        let mut saved = None;
        for id in partners::ids(body) {
            let mut name = self.name_of(&id);
            if name.is_none() {
                // It is gone already; it may have been saved then.
                let all = match saved.take() {
                    Some(all) => all,
                    None => self.store.backups(None)?,
                };
                let own = all.iter().find(|one| one.container_id.starts_with(&id));
                name = own.map(|own| own.container.clone());
                saved = Some(all);
            }
            found.extend(name.map(|name| (id, name)));
        }
        Ok(found)
    }

    /// The name of the container whose id begins so.
    fn name_of(&self, id: &str) -> Option<String> {
        let found = self.engine.get(id).ok()?;
        found.id.starts_with(id).then(|| found.name.clone())
    }

    fn backup_record(&self, id: &str) -> Result<BackupRecord> {
        self.store.backup_record(id)?.ok_or_else(|| no_backup(id))
    }
}

fn no_backup(id: &str) -> Error {
    Error::not_found(format!("There is no saved configuration {id:?}."))
}

fn body_of(record: &BackupRecord) -> Result<CreateBody> {
    read::from_value(record.body.clone())
        .map_err(|error| Error::internal("The saved configuration cannot be read.").source(error))
}
