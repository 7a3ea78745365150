//! Containers: the engine's facts with what the user says of them, and the
//! actions on them, each planned before it is done.

mod action;
mod action_commands;
mod action_plan;
mod actions;
mod addresses;
mod annotations;
mod answering;
mod bulk;
mod bulk_plan;
mod change;
mod change_plan;
mod consequences;
mod dependencies;
mod dependent_restarts;
mod environment_removal;
mod follow;
pub mod list;
mod names;
mod partners;
mod records;
mod restart_journal;
mod restart_pass;
mod status;
mod texts;
mod volume_removal;
mod web_ports;

pub use action::{Action, ActionOptions};
pub use annotations::Annotation;
pub use answering::{accepts, answering, published_tcp};
pub use bulk::BulkRequest;
pub use change::ContainerUpdate;
pub use dependencies::{dependents, depends_on};
pub use dependent_restarts::RestartRecovery;
pub use list::{ContainerPage, ListQuery};
pub use names::{NameCheck, from_image, malformed, numbered};

use crate::domain::environments::{Environments, Impact};
use crate::domain::feed::Feed;
use crate::domain::operations::Operations;
use crate::domain::saved_configurations::SavedConfigurations;
use crate::domain::settings::SettingsService;
use crate::domain::update_status::UpdateStatuses;
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::model::container::{Container, ContainerDetail, ContainerView};
use crate::model::logs::{LogLine, LogQuery};
use crate::model::plan::Need;
use crate::model::service::EnginePlace;
use crate::model::status::ContainerCounts;
use crate::model::timestamp::Timestamp;
use crate::store::Store;
use futures_util::{Stream, StreamExt as _};
use records::Records;
use serde::{Deserialize, Deserializer};
use status::Statuses;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard};
use std::time::Instant;
use texts::Texts;
use web_ports::WebPorts;

#[derive(Debug)]
pub struct Containers {
    engine: Engine,
    store: Store,
    feed: Feed,
    settings: Arc<SettingsService>,
    environments: Arc<Environments>,
    operations: Operations,
    saved: Arc<SavedConfigurations>,
    updates: UpdateStatuses,
    /// Requests to the engine at the same time.
    at_once: usize,
    /// What the store holds of them.
    records: RwLock<Records>,
    texts: Texts,
    statuses: Mutex<Statuses>,
    web_ports: Mutex<WebPorts>,
    /// One change of a record at a time.
    changing: Arc<tokio::sync::Mutex<()>>,
}

/// What the room is made of, as `app` put it together.
#[derive(Debug)]
pub struct ContainerParts {
    pub engine: Engine,
    pub store: Store,
    pub feed: Feed,
    pub settings: Arc<SettingsService>,
    pub environments: Arc<Environments>,
    pub operations: Operations,
    pub saved: Arc<SavedConfigurations>,
    pub updates: UpdateStatuses,
    /// Requests to the engine at the same time.
    pub at_once: usize,
}

/// Tells `null` from absent.
fn present<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> std::result::Result<Option<Option<String>>, D::Error> {
    Option::<String>::deserialize(deserializer).map(Some)
}

impl Containers {
    pub fn new(parts: ContainerParts) -> Result<Arc<Self>> {
        let records = Records::new(
            parts.store.container_records()?,
            parts.store.command_digest()?,
        );
        Ok(Arc::new(Self {
            engine: parts.engine,
            store: parts.store,
            feed: parts.feed,
            settings: parts.settings,
            environments: parts.environments,
            operations: parts.operations,
            saved: parts.saved,
            updates: parts.updates,
            at_once: parts.at_once,
            records: RwLock::new(records),
            texts: Texts::default(),
            statuses: Mutex::default(),
            web_ports: Mutex::default(),
            changing: Arc::default(),
        }))
    }

    /// Every container, by name.
    pub fn views(&self) -> Result<Vec<ContainerView>> {
        Ok(self.views_of(&self.engine.containers()?))
    }

    fn views_of(&self, all: &[Arc<Container>]) -> Vec<ContainerView> {
        let known = self.known();
        all.iter().map(|container| known.view(container)).collect()
    }

    /// How many containers are in which state, as far as that was known last.
    pub fn counts(&self) -> Option<ContainerCounts> {
        let (all, _) = self.engine.last_known()?;
        let (statuses, now) = (self.statuses(), Instant::now());
        let groups = all
            .iter()
            .map(|container| statuses.of(container, now).group);
        Some(ContainerCounts::of(groups))
    }

    /// Every container as it was known last, also while the engine does not answer;
    /// then with when it did last. `None` before the first connection.
    pub fn last_known(&self) -> Option<(Vec<ContainerView>, Option<Timestamp>)> {
        let (all, as_of) = self.engine.last_known()?;
        Some((self.views_of(&all), as_of))
    }

    /// One of them, by its id or name.
    pub fn last_known_of(&self, reference: &str) -> Option<ContainerView> {
        let (all, _) = self.engine.last_known()?;
        let is_it = |c: &&Arc<Container>| c.id == reference || c.name == reference;
        all.iter()
            .find(is_it)
            .map(|found| self.view(Arc::clone(found)))
    }

    /// A page of the list.
    pub fn list(&self, query: &ListQuery) -> Result<ContainerPage> {
        let views = self.views()?;
        let all = views.len();
        let selected = list::select(views, query, |code| self.environments.rank(code));
        selected.into_page(|views| self.texts.of(views, all))
    }

    /// By name, id, or a beginning of the id that fits one container.
    pub fn get(&self, reference: &str) -> Result<ContainerView> {
        let container = self.engine.get(reference)?;
        Ok(self.view(container))
    }

    /// Learns of a container that was made a moment ago. That the engine does not
    /// know it either is for whoever asks for it next to find out.
    pub async fn look_up(&self, reference: &str) {
        if let Err(error) = self.engine.look_up(reference).await {
            tracing::debug!(%error, reference, "no such container is known");
        }
    }

    pub async fn detail(&self, reference: &str) -> Result<ContainerDetail> {
        let details = self.engine.container_details(reference).await?;
        let spec = self.with_partner_names(details.spec);
        let spec = self.with_annotations(spec, &details.container);
        let all = self.engine.containers()?;
        let this = &details.container;
        let named = |test: &dyn Fn(&Container) -> bool| {
            let found = all.iter().filter(|other| test(other));
            found.map(|other| other.name.clone()).collect()
        };
        let images = self.engine.images()?;
        let image = images.iter().find(|image| image.id == this.image_id);
        Ok(ContainerDetail {
            image_digests: image.map_or_else(Vec::new, |image| image.digests.clone()),
            depends_on: named(&|other| dependencies::needs(this, other)),
            used_by: named(&|other| dependencies::needs(other, this)),
            notes: self.notes(&details.container),
            spec,
            view: self.view(details.container),
            configuration: details.configuration,
            mounts: details.mounts,
            health_log: details.health_log,
            inspect: details.inspect,
        })
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

    pub fn need_for_change(&self, view: &ContainerView, verb: &str) -> Option<Need> {
        self.environments.need(
            view.environment.as_deref(),
            Impact::Change,
            &view.container.name,
            verb,
        )
    }

    /// Whether this machine's files and sockets are the engine's: not from
    /// inside a container, nor with the engine on another machine.
    pub fn sees_the_host(&self) -> bool {
        let local = self
            .engine
            .status()
            .endpoint
            .is_some_and(|endpoint| endpoint.starts_with("unix://"));
        let inside = self
            .engine
            .containers()
            .is_ok_and(|all| all.iter().any(|container| container.is_self));
        local && !inside
    }

    pub fn view(&self, container: Arc<Container>) -> ContainerView {
        self.known().view(&container)
    }

    /// Whether a container leaves its environment for one that protects it less when
    /// its annotation becomes `to`.
    fn moves(&self, view: &ContainerView, to: Option<&Option<String>>) -> bool {
        to.is_some_and(|to| {
            let (after, _) = self.environments.of(to.as_deref(), &view.container.labels);
            let (before, after) = (view.environment.as_deref(), after.as_deref());
            self.environments.protects_less(before, after)
        })
    }

    fn records(&self) -> RwLockReadGuard<'_, Records> {
        self.records.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn statuses(&self) -> MutexGuard<'_, Statuses> {
        self.statuses.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn web_ports(&self) -> MutexGuard<'_, WebPorts> {
        self.web_ports
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Locked for a moment; in this order everywhere.
    fn known(&self) -> Known<'_> {
        Known {
            records: self.records(),
            statuses: self.statuses(),
            web_ports: self.web_ports(),
            environments: &self.environments,
            updates: &self.updates,
            place: self.engine.place(),
        }
    }

    fn records_mut(&self) -> std::sync::RwLockWriteGuard<'_, Records> {
        self.records.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is known of containers beside the engine's facts.
struct Known<'a> {
    records: RwLockReadGuard<'a, Records>,
    statuses: MutexGuard<'a, Statuses>,
    web_ports: MutexGuard<'a, WebPorts>,
    environments: &'a Environments,
    updates: &'a UpdateStatuses,
    place: EnginePlace,
}

impl Known<'_> {
    fn view(&self, container: &Arc<Container>) -> ContainerView {
        let record = self.records.of(container).map(|(_, record)| record);
        let (environment, environment_source) = self.environments.of(
            record.and_then(|record| record.environment.as_deref()),
            &container.labels,
        );
        let url = record.map_or("", |record| record.url.as_str());
        ContainerView {
            status: self.statuses.of(container, Instant::now()),
            addresses: addresses::of(container, url, self.web_ports.of(container), &self.place),
            environment,
            environment_source,
            description: record.map_or_else(String::new, |record| record.description.clone()),
            tags: record.map_or_else(Vec::new, |record| record.tags.clone()),
            update: self.updates.of(&container.id),
            container: Arc::clone(container),
        }
    }
}
