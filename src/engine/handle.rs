//! The handle that the rest of the program holds.

use super::address::DEFAULT_SOCKET;
use super::connect;
use super::discover::diagnose;
use super::error::EngineError;
use super::inventory::{ContainerList, InventoryChange};
use super::own;
use super::probe::Probe;
use super::resources::List;
use super::settings::EngineSettings;
use super::shared::Shared;
use crate::model::container::Container;
use crate::model::engine::{EngineState, EngineStatus};
use crate::model::image::ImageSummary;
use crate::model::network::Network;
use crate::model::timestamp::Timestamp;
use crate::model::volume::Volume;
use std::sync::Arc;
use tokio::sync::{broadcast, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// The engine. A handle: clones share one connection and one memory.
#[derive(Debug, Clone)]
pub struct Engine {
    pub(super) shared: Arc<Shared>,
}

impl Engine {
    /// Starts the task that connects and stays connected, and returns at once.
    /// It ends when `stop` is cancelled.
    pub fn start(settings: EngineSettings, tracker: &TaskTracker, stop: CancellationToken) -> Self {
        let own = settings.own_container.clone().or_else(own::detect);
        let shared = Arc::new(Shared::new(settings, own, stop));
        tracker.spawn(connect::run(Arc::clone(&shared)));
        Self { shared }
    }

    /// Whether the engine answers, since when, and if not, why.
    pub fn status(&self) -> EngineStatus {
        self.shared.status.borrow().clone()
    }

    /// The status now and whenever it changes.
    pub fn watch(&self) -> watch::Receiver<EngineStatus> {
        self.shared.status.subscribe()
    }

    /// Tries to connect now instead of at `next_try`. Harmless while it is up.
    pub fn retry_now(&self) {
        self.shared.retry.notify_one();
    }

    /// Every container, running or not, by name. From memory: it costs a
    /// pointer, however many there are.
    ///
    /// # Errors
    /// [`EngineError::Unavailable`] while the engine does not answer.
    pub fn containers(&self) -> Result<ContainerList, EngineError> {
        self.shared.up()?;
        let cached = self.shared.inventory().cached();
        Ok(cached.unwrap_or_else(|| self.shared.inventory_mut().list()))
    }

    /// The containers as they were known last, also while the engine does not answer;
    /// then with when it did last. `None` before the first connection.
    pub fn last_known(&self) -> Option<(ContainerList, Option<Timestamp>)> {
        let as_of = {
            let status = self.shared.status.borrow();
            (status.state != EngineState::Up).then_some(status.since)
        };
        let mut inventory = self.shared.inventory_mut();
        inventory.is_filled().then(|| (inventory.list(), as_of))
    }

    /// One container by exact name (with or without a leading slash), full id,
    /// or a unique beginning of its id, in that order.
    ///
    /// # Errors
    /// [`EngineError::NotFound`], [`EngineError::Ambiguous`] with the names,
    /// [`EngineError::Unavailable`].
    pub fn get(&self, reference: &str) -> Result<Arc<Container>, EngineError> {
        self.shared.record(reference).map(|record| record.container)
    }

    /// Every image, by its first reference. From memory, as the next two.
    ///
    /// # Errors
    /// [`EngineError::Unavailable`] while the engine does not answer; the reason
    /// when it does not give this list.
    pub fn images(&self) -> Result<List<ImageSummary>, EngineError> {
        self.shared.up()?;
        self.shared.resources().images.list()
    }

    /// Every network, by name, without who is on it.
    pub fn networks(&self) -> Result<List<Network>, EngineError> {
        self.shared.up()?;
        self.shared.resources().networks.list()
    }

    /// Every volume, by name.
    pub fn volumes(&self) -> Result<List<Volume>, EngineError> {
        self.shared.up()?;
        self.shared.resources().volumes.list()
    }

    /// What changes from now on. `Lagged` means: read everything again.
    pub fn changes(&self) -> broadcast::Receiver<InventoryChange> {
        self.shared.changes.subscribe()
    }

    /// What tells the connected engine from another one, if that is known.
    pub fn identity(&self) -> Option<String> {
        self.shared.client().ok()?.identity
    }

    /// An engine that is being stopped stops the containers first, and still answers.
    /// What fails meanwhile says nothing about the containers.
    ///
    /// # Errors
    /// [`EngineError::Unavailable`] if it is not there for good.
    pub async fn require_open(&self) -> Result<(), EngineError> {
        self.shared.client()?.transport.ping_new_connection().await
    }

    /// Tries every address and says what each gave.
    pub async fn diagnose(&self) -> Vec<Probe> {
        diagnose(&self.shared.settings).await
    }

    /// The address to hand to the CLI (`docker -H …`) so that it talks to the
    /// same engine; `None` when that is where the CLI looks anyway.
    pub fn cli_endpoint(&self) -> Option<String> {
        let endpoint = self.shared.status.borrow().endpoint.clone()?;
        (endpoint != format!("unix://{DEFAULT_SOCKET}"))
            .then(|| endpoint.replacen("https://", "tcp://", 1))
    }
}
