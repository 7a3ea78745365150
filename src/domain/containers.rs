//! Containers: the engine's facts with what the user says of them, and the
//! actions on them, each planned before it is done.

mod action;
pub mod exec;
mod follow;
pub mod list;
pub mod stats;
pub mod terminal;

pub use crate::engine::nanoseconds;
pub use action::{Action, Options};
pub use list::{ListQuery, Page};

use crate::domain::environments;
use crate::domain::feed::Feed;
use crate::domain::operations::Operations;
use crate::domain::security::SecurityLog;
use crate::domain::settings::SettingsKeeper;
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::model::container::{Container, ContainerDetail, ContainerView};
use crate::model::logs::{LogLine, LogQuery};
use crate::model::settings::Settings;
use crate::model::timestamp::Timestamp;
use crate::store::{ContainerRecord, Store};
use futures_util::{Stream, StreamExt as _};
use serde::{Deserialize, Deserializer};
use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use utoipa::ToSchema;

#[derive(Debug)]
pub struct Containers {
    engine: Engine,
    store: Store,
    feed: Feed,
    settings: Arc<SettingsKeeper>,
    operations: Operations,
    security: SecurityLog,
    /// What the store holds, by container name.
    records: RwLock<HashMap<String, ContainerRecord>>,
    /// One change of a record at a time.
    changing: tokio::sync::Mutex<()>,
}

/// What the user says of a container. What is left out stays.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Annotation {
    /// A code, or `null` to follow the label or the host again.
    #[serde(deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    pub environment: Option<Option<String>>,
    /// At most 500 characters.
    pub description: Option<String>,
}

/// Tells `null` from absent.
fn present<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> std::result::Result<Option<Option<String>>, D::Error> {
    Option::<String>::deserialize(deserializer).map(Some)
}

impl Containers {
    pub fn new(
        engine: Engine,
        store: Store,
        feed: Feed,
        settings: Arc<SettingsKeeper>,
        operations: Operations,
        security: SecurityLog,
    ) -> Result<Arc<Self>> {
        let records = store.container_records()?;
        Ok(Arc::new(Self {
            engine,
            store,
            feed,
            settings,
            operations,
            security,
            records: RwLock::new(records),
            changing: tokio::sync::Mutex::default(),
        }))
    }

    /// Every container, by name.
    pub fn views(&self) -> Result<Vec<ContainerView>> {
        let all = self.engine.containers()?;
        let settings = self.settings.get();
        let records = self.records();
        Ok(all
            .iter()
            .map(|container| view(Arc::clone(container), &records, &settings))
            .collect())
    }

    /// A page of the list.
    pub fn list(&self, query: &ListQuery) -> Result<Page> {
        Ok(list::select(self.views()?, query))
    }

    /// By name, id, or a beginning of the id that fits one container.
    pub fn get(&self, reference: &str) -> Result<ContainerView> {
        let container = self.engine.get(reference)?;
        Ok(self.view(container))
    }

    pub async fn detail(&self, reference: &str) -> Result<ContainerDetail> {
        let details = self.engine.container_details(reference).await?;
        Ok(ContainerDetail {
            view: self.view(details.container),
            configuration: details.configuration,
            mounts: details.mounts,
            health_log: details.health_log,
            inspect: details.inspect,
        })
    }

    /// Changes what the user says of a container.
    pub async fn annotate(&self, reference: &str, change: Annotation) -> Result<ContainerView> {
        let container = self.engine.get(reference)?;
        let _alone = self.changing.lock().await;
        let mut record = self
            .records()
            .get(&container.name)
            .cloned()
            .unwrap_or(ContainerRecord {
                environment: None,
                description: String::new(),
                updated_at: Timestamp::now(),
            });
        if let Some(environment) = change.environment {
            record.environment = environment
                .map(|code| environments::parse("environment", &code))
                .transpose()?;
        }
        if let Some(description) = change.description {
            let description = description.trim();
            if description.chars().count() > 500 {
                return Err(Error::invalid(
                    "description",
                    "The description has more than 500 characters.",
                ));
            }
            description.clone_into(&mut record.description);
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

    /// The log, line by line, as it is taken.
    pub async fn logs(
        &self,
        reference: &str,
        query: &LogQuery,
    ) -> Result<impl Stream<Item = Result<LogLine>> + Send + use<>> {
        let lines = self.engine.logs(reference, query).await?;
        Ok(lines.map(|line| line.map_err(Error::from)))
    }

    fn view(&self, container: Arc<Container>) -> ContainerView {
        view(container, &self.records(), &self.settings.get())
    }

    fn records(&self) -> std::sync::RwLockReadGuard<'_, HashMap<String, ContainerRecord>> {
        self.records.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn records_mut(&self) -> std::sync::RwLockWriteGuard<'_, HashMap<String, ContainerRecord>> {
        self.records.write().unwrap_or_else(PoisonError::into_inner)
    }
}

fn view(
    container: Arc<Container>,
    records: &HashMap<String, ContainerRecord>,
    settings: &Settings,
) -> ContainerView {
    let record = records.get(&container.name);
    let (environment, environment_source) = environments::of(
        record.and_then(|record| record.environment.as_deref()),
        &container.labels,
        settings.host_environment,
    );
    ContainerView {
        environment,
        environment_source,
        description: record.map_or_else(String::new, |record| record.description.clone()),
        container,
    }
}
