//! Saved configurations: what a container was like before a change. Always
//! saved for production.

use crate::domain::environments::Environments;
use crate::engine::{CreateBody, Engine, Snapshot};
use crate::error::{Error, Result};
use crate::model::hex;
use crate::model::plan::Plan;
use crate::model::read;
use crate::model::spec::ContainerSpec;
use crate::model::timestamp::Timestamp;
use crate::store::{BackupRecord, Store};
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
        let mut spec = self.engine.spec_of(&body_of(&record)?)?;
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
        body_of(&self.backup_record(id)?)
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
