//! What the handle and the connection task share: the connected client, the
//! status, and the memory of what the engine holds.

use super::client::Client;
use super::convert;
use super::error::EngineError;
use super::inventory::{Inventory, InventoryChange, Record};
use super::own::Identity;
use super::platforms;
use super::resources::{Listed, Resource, Resources};
use super::settings::EngineSettings;
use super::wire::{Inspect, parse};
use crate::model::container::Container;
use crate::model::engine::{EngineState, EngineStatus};
use crate::model::timestamp::Timestamp;
use bytes::Bytes;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use tokio::sync::{Notify, broadcast, watch};
use tokio_util::sync::CancellationToken;

/// Changes that a slow receiver may lag behind before it has to read everything again,
/// which costs it little. Each may hold a container of megabytes until it is received.
const CHANGES: usize = 128;

#[derive(Debug)]
pub(super) struct Shared {
    pub settings: EngineSettings,
    pub stop: CancellationToken,
    pub status: watch::Sender<EngineStatus>,
    pub changes: broadcast::Sender<InventoryChange>,
    /// Ends the wait before the next try.
    pub retry: Notify,
    /// A call failed in a way that throws doubt on the connection.
    pub check_connection: Notify,
    client: RwLock<Option<Client>>,
    inventory: RwLock<Inventory>,
    resources: RwLock<Resources>,
    identity: RwLock<Identity>,
    requests: AtomicU64,
}

impl Shared {
    /// `own` is the id of the container that this program runs in.
    pub fn new(settings: EngineSettings, own: Option<String>, stop: CancellationToken) -> Self {
        let (status, _) = watch::channel(EngineStatus {
            state: EngineState::Connecting,
            since: Timestamp::now(),
            endpoint: None,
            error: None,
            next_try: None,
            info: None,
        });
        Self {
            settings,
            stop,
            status,
            changes: broadcast::channel(CHANGES).0,
            retry: Notify::new(),
            check_connection: Notify::new(),
            client: RwLock::default(),
            inventory: RwLock::default(),
            resources: RwLock::new(Resources::new()),
            identity: RwLock::new(Identity { own, proxy: None }),
            requests: AtomicU64::new(1),
        }
    }

    pub fn up(&self) -> Result<(), EngineError> {
        let status = self.status.borrow();
        match status.state {
            EngineState::Up => Ok(()),
            EngineState::Connecting => Err(EngineError::Unavailable(
                "The engine is being looked for; try again in a moment.".to_owned(),
            )),
            EngineState::Down => Err(EngineError::Unavailable(
                status
                    .error
                    .clone()
                    .unwrap_or_else(|| "The engine does not answer.".to_owned()),
            )),
        }
    }

    /// The connected engine.
    pub fn client(&self) -> Result<Client, EngineError> {
        self.up()?;
        let client = self.client.read().unwrap_or_else(PoisonError::into_inner);
        client
            .clone()
            .ok_or_else(|| EngineError::Unavailable("The engine does not answer.".to_owned()))
    }

    pub fn set_client(&self, client: Option<Client>) {
        *self.client.write().unwrap_or_else(PoisonError::into_inner) = client;
    }

    pub fn set_proxy(&self, proxy: Option<String>) {
        self.identity
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .proxy = proxy;
    }

    pub fn inventory(&self) -> RwLockReadGuard<'_, Inventory> {
        self.inventory
            .read()
            .unwrap_or_else(PoisonError::into_inner)
    }

    pub fn inventory_mut(&self) -> RwLockWriteGuard<'_, Inventory> {
        self.inventory
            .write()
            .unwrap_or_else(PoisonError::into_inner)
    }

    pub fn resources(&self) -> RwLockReadGuard<'_, Resources> {
        self.resources
            .read()
            .unwrap_or_else(PoisonError::into_inner)
    }

    pub fn resources_mut(&self) -> RwLockWriteGuard<'_, Resources> {
        self.resources
            .write()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// The engine's list of a resource.
    pub async fn list(&self, client: &Client, resource: Resource) -> Result<Listed, EngineError> {
        let podman = client.info.product.contains("Podman");
        let body = client.transport.get(resource.path(podman), "").await?;
        Ok(match resource {
            Resource::Images => {
                let mut images = convert::images(&body)?;
                let known = self.resources().images.list().unwrap_or_default();
                let limit = self.settings.list_concurrency;
                platforms::fill(client, &known, limit, &mut images).await;
                Listed::Images(images)
            }
            Resource::Networks => Listed::Networks(convert::networks(&body)?),
            Resource::Volumes => Listed::Volumes(convert::volumes(&body)?),
        })
    }

    /// Brings the memory of a resource up to date and tells everybody.
    pub fn apply_list(
        &self,
        resource: Resource,
        answer: Result<Listed, EngineError>,
    ) -> Result<(), EngineError> {
        let mut resources = self.resources_mut();
        match answer {
            Ok(listed) => {
                for change in resources.put(listed) {
                    // Under the lock, so that what is told has the order of what is known.
                    let _ = self.changes.send(change);
                }
                Ok(())
            }
            Err(error) => {
                resources.fail(resource, &error);
                Err(error)
            }
        }
    }

    pub fn record(&self, reference: &str) -> Result<Record, EngineError> {
        self.up()?;
        self.inventory().find(reference).cloned()
    }

    /// A number that is larger than those given out before: the order of asking.
    pub fn next_request(&self) -> u64 {
        self.requests.fetch_add(1, Ordering::Relaxed)
    }

    /// The raw inspect answer of a full id, and the record made of it.
    pub async fn inspect(&self, client: &Client, id: &str) -> Result<(Bytes, Record), EngineError> {
        let asked = self.next_request();
        let body = client
            .transport
            .get(&format!("/containers/{id}/json"), id)
            .await?;
        let inspect: Inspect = parse(&body)?;
        let podman = client.info.product.contains("Podman");
        Ok((body, self.record_of(&inspect, asked, podman)))
    }

    fn record_of(&self, inspect: &Inspect, asked: u64, podman: bool) -> Record {
        let mut container = convert::container(inspect);
        if podman {
            convert::podman_volumes(&mut container.volumes);
        }
        Record {
            stop_timeout: inspect.config.stop_timeout,
            pid: u32::try_from(inspect.state.pid).unwrap_or(0),
            container: self.finish(container),
            asked,
        }
    }

    /// Adds what an inspect does not say: that it is our own, and that its end was
    /// asked for.
    pub fn finish(&self, mut container: Container) -> Arc<Container> {
        container.is_self = self
            .identity
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .owns(&container);
        container.stop_requested = self.inventory().is_stop_requested(&container);
        Arc::new(container)
    }

    /// Brings the memory up to date for one container and tells everybody.
    /// `None` when it is gone.
    pub fn apply(
        &self,
        id: &str,
        answer: Result<Record, EngineError>,
    ) -> Result<Option<Arc<Container>>, EngineError> {
        let mut inventory = self.inventory_mut();
        let (change, container) = match answer {
            Ok(record) => {
                let container = Arc::clone(&record.container);
                (inventory.put(record), Some(container))
            }
            Err(EngineError::NotFound(_)) => (inventory.remove(id), None),
            Err(error) => return Err(error),
        };
        if let Some(change) = change {
            // Under the lock, so that what is told has the order of what is known.
            // Nobody listening is fine.
            let _ = self.changes.send(change);
        }
        drop(inventory);
        Ok(container)
    }
}
