//! The handle that the rest of the program holds, and what stands behind it.

use super::address::{DEFAULT_SOCKET, Surroundings};
use super::connect;
use super::convert;
use super::discover::{Client, Probe, diagnose};
use super::error::EngineError;
use super::inventory::{Change, Containers, Inventory, Record};
use super::own::{self, Identity};
use super::wire::{Inspect, parse};
use crate::model::container::Container;
use crate::model::engine::{EngineState, EngineStatus};
use crate::model::timestamp::Timestamp;
use bytes::Bytes;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Duration;
use tokio::sync::{Notify, broadcast, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Changes that a slow receiver may lag behind before it has to read anew.
const CHANGES: usize = 1024;

/// What the engine adapter needs to know at the start.
#[derive(Debug, Clone)]
pub struct EngineSettings {
    /// Where to look.
    pub surroundings: Surroundings,
    /// `DOCKER_CERT_PATH`; `~/.docker` when TLS is asked for without it.
    pub cert_path: Option<PathBuf>,
    /// `DOCKER_CONFIG`: the folder of `config.json`; `~/.docker` without it.
    pub docker_config: Option<PathBuf>,
    /// Id of the container we run in; `None` finds it by itself.
    pub own_container: Option<String>,
    /// Inspects at the same time while reading everything.
    pub list_concurrency: usize,
    /// Between two comparisons of memory with the engine's list.
    pub reconcile_every: Duration,
}

impl EngineSettings {
    /// The given address, or else the usual places as `DOCKER_HOST`,
    /// `DOCKER_TLS_VERIFY`, `DOCKER_CERT_PATH`, `DOCKER_CONFIG`,
    /// `XDG_RUNTIME_DIR` and `HOME` say.
    pub fn from_environment(docker_host: Option<String>) -> Self {
        let text = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let uid = rustix::process::geteuid().as_raw();
        // systemd gives its services no HOME.
        let home = text("HOME").or_else(|| (uid == 0).then(|| "/root".to_owned()));
        Self {
            surroundings: Surroundings {
                docker_host: docker_host.or_else(|| text("DOCKER_HOST")),
                tls_verify: text("DOCKER_TLS_VERIFY").is_some(),
                xdg_runtime_dir: text("XDG_RUNTIME_DIR").map(PathBuf::from),
                home: home.map(PathBuf::from),
                uid,
            },
            cert_path: text("DOCKER_CERT_PATH").map(PathBuf::from),
            docker_config: text("DOCKER_CONFIG").map(PathBuf::from),
            own_container: None,
            list_concurrency: 4,
            reconcile_every: Duration::from_mins(10),
        }
    }

    /// Where `ca.pem`, `cert.pem` and `key.pem` are, if anywhere.
    pub(super) fn cert_folder(&self) -> Option<PathBuf> {
        self.cert_path.clone().or_else(|| {
            let folder = self.surroundings.home.as_ref()?.join(".docker");
            folder.join("ca.pem").exists().then_some(folder)
        })
    }
}

/// The engine. A handle: clones share one connection and one memory.
#[derive(Debug, Clone)]
pub struct Engine {
    pub(super) shared: Arc<Shared>,
}

#[derive(Debug)]
pub(super) struct Shared {
    pub settings: EngineSettings,
    pub stop: CancellationToken,
    pub status: watch::Sender<EngineStatus>,
    pub changes: broadcast::Sender<Change>,
    /// Ends the wait before the next try.
    pub retry: Notify,
    /// A call failed in a way that throws doubt on the connection.
    pub suspect: Notify,
    client: RwLock<Option<Client>>,
    inventory: RwLock<Inventory>,
    identity: RwLock<Identity>,
    asked: AtomicU64,
}

impl Engine {
    /// Starts the task that connects and stays connected, and returns at once.
    /// It ends when `stop` is cancelled.
    pub fn start(settings: EngineSettings, tracker: &TaskTracker, stop: CancellationToken) -> Self {
        let (status, _) = watch::channel(EngineStatus {
            state: EngineState::Connecting,
            since: Timestamp::now(),
            endpoint: None,
            error: None,
            next_try: None,
            info: None,
        });
        let own = settings.own_container.clone().or_else(own::detect);
        let shared = Arc::new(Shared {
            settings,
            stop,
            status,
            changes: broadcast::channel(CHANGES).0,
            retry: Notify::new(),
            suspect: Notify::new(),
            client: RwLock::default(),
            inventory: RwLock::default(),
            identity: RwLock::new(Identity { own, proxy: None }),
            asked: AtomicU64::new(1),
        });
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
    pub fn containers(&self) -> Result<Containers, EngineError> {
        self.shared.up()?;
        let cached = self.shared.inventory().cached();
        Ok(cached.unwrap_or_else(|| self.shared.inventory_mut().list()))
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

    /// What changes from now on. `Lagged` means: read everything anew.
    pub fn changes(&self) -> broadcast::Receiver<Change> {
        self.shared.changes.subscribe()
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

impl Shared {
    fn up(&self) -> Result<(), EngineError> {
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

    pub fn record(&self, reference: &str) -> Result<Record, EngineError> {
        self.up()?;
        self.inventory().find(reference).cloned()
    }

    /// A number that is larger than those given out before: the order of asking.
    pub fn ask(&self) -> u64 {
        self.asked.fetch_add(1, Ordering::Relaxed)
    }

    /// The raw inspect answer of a full id, and the record made of it.
    pub async fn inspect(&self, client: &Client, id: &str) -> Result<(Bytes, Record), EngineError> {
        let asked = self.ask();
        let body = client
            .transport
            .get(&format!("/containers/{id}/json"), id)
            .await?;
        let inspect: Inspect = parse(&body)?;
        Ok((body, self.record_of(&inspect, asked)))
    }

    fn record_of(&self, inspect: &Inspect, asked: u64) -> Record {
        Record {
            stop_timeout: inspect.config.stop_timeout,
            pid: u32::try_from(inspect.state.pid).unwrap_or(0),
            container: self.finish(convert::container(inspect)),
            asked,
        }
    }

    /// Marks our own.
    pub fn finish(&self, mut container: Container) -> Arc<Container> {
        container.is_self = self
            .identity
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .owns(&container);
        Arc::new(container)
    }

    /// Brings the memory up to date for one container and tells everybody.
    /// `None` when it is gone.
    pub fn learn(
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
