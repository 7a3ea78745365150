//! The configuration of a container as it was before a change (section 6.3 of
//! the design: always in production).

use super::Containers;
use super::check::Findings;
use super::create::Making;
use crate::domain::operations::Started;
use crate::engine::{CreateBody, Snapshot};
use crate::error::{Error, Result};
use crate::model::hex;
use crate::model::plan::Plan;
use crate::model::read;
use crate::model::spec::ContainerSpec;
use crate::model::timestamp::Timestamp;
use crate::store::BackupRecord;
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// Configurations kept of each container.
const EACH: usize = 10;

/// A configuration that was put by.
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

impl Containers {
    /// Puts the configuration by, where the environment asks for it.
    pub(super) async fn back_up(&self, snapshot: &Snapshot, reason: &str) -> Result<()> {
        let view = self.view(snapshot.container.clone());
        if !self.environments.backs_up(view.environment.as_deref()) {
            return Ok(());
        }
        let mut tail = [0; 4];
        getrandom::fill(&mut tail)
            .map_err(|_| Error::internal("There is no randomness for the backup's name."))?;
        let at = Timestamp::now();
        let body = serde_json::to_value(&snapshot.body)
            .map_err(|error| Error::internal("The backup could not be written.").source(error))?;
        let record = BackupRecord {
            id: format!("{:012x}{}", at.0, hex::encode(&tail)),
            container: snapshot.container.name.clone(),
            at,
            environment: view.environment,
            reason: reason.to_owned(),
            image: snapshot.container.image.clone(),
            image_id: snapshot.container.image_id.clone(),
            body,
        };
        self.store.put_backup(record, EACH).await?;
        Ok(())
    }

    /// Newest first; of one container by its name, or all.
    pub fn backups(&self, container: Option<&str>) -> Result<Vec<Backup>> {
        let records = self.store.backups(container)?;
        Ok(records.into_iter().map(Backup::from).collect())
    }

    pub fn backup(&self, id: &str) -> Result<BackupDetail> {
        let record = self.backup_record(id)?;
        let mut spec = self.engine.spec_of(&body_of(&record)?)?;
        spec.name = Some(record.container.clone());
        spec.environment.clone_from(&record.environment);
        Ok(BackupDetail {
            backup: record.into(),
            spec,
        })
    }

    pub fn plan_delete_backup(&self, id: &str) -> Result<Plan> {
        let record = self.backup_record(id)?;
        Ok(Plan {
            title: "Forget a backup".to_owned(),
            steps: vec![format!(
                "Forget how {} was configured before: {}.",
                record.container, record.reason
            )],
            warnings: Vec::new(),
            keeps: vec!["The container, if there is one.".to_owned()],
            needs: None,
            commands: None,
        })
    }

    pub async fn delete_backup(&self, id: &str) -> Result<()> {
        if self.store.delete_backup(id.to_owned()).await? {
            return Ok(());
        }
        Err(no_backup(id))
    }

    /// What making the container of a backup again will do.
    pub async fn plan_restore(&self, id: &str) -> Result<Plan> {
        Ok(self.restoration(id).await?.1)
    }

    /// Makes the container of a backup again. One of that name must not be
    /// there: put it aside or delete it first.
    pub async fn restore(self: &Arc<Self>, id: &str, acknowledged: &[String]) -> Result<Started> {
        let (making, plan, findings) = self.restoration(id).await?;
        findings.acknowledged(acknowledged)?;
        self.make(making, plan)
    }

    async fn restoration(&self, id: &str) -> Result<(Making, Plan, Findings)> {
        let record = self.backup_record(id)?;
        let body = body_of(&record)?;
        let mut detail = self.backup(id)?;
        let gone = detail
            .spec
            .environment
            .take_if(|code| self.environments.find(code).is_none());
        let mut findings = self.check(&detail.spec, None, &[]).await?;
        findings.warnings.extend(gone.map(|code| {
            format!("The environment {code} is no more, so it will have none of its own.")
        }));
        let plan = self.creation_plan(&detail.spec, true, super::Pull::Missing, &mut findings);
        let making = Making {
            spec: detail.spec,
            body,
            start: true,
            pull: super::Pull::Missing,
        };
        Ok((making, plan, findings))
    }

    fn backup_record(&self, id: &str) -> Result<BackupRecord> {
        self.store.backup_record(id)?.ok_or_else(|| no_backup(id))
    }
}

fn no_backup(id: &str) -> Error {
    Error::not_found(format!("There is no backup {id:?}."))
}

fn body_of(record: &BackupRecord) -> Result<CreateBody> {
    read::from_value(record.body.clone())
        .map_err(|error| Error::internal("The backup cannot be read.").source(error))
}
