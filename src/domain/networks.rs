//! Networks: the ones of the engine, who is on them, which addresses are taken,
//! how large they have to be, and creating, removing and joining them.
//!
//! Invariants: an address that somebody has, or will have when its container
//! starts, is never given out; what DockerMate knows of a network is kept by its
//! name; a network with containers on it is never removed.

mod addresses;
mod analysis;
mod create;
mod dismissal;
mod documentation;
mod find;
mod free_subnet;
mod join;
mod mac;
mod membership;
mod migration;
mod oversized;
mod ports;
mod removal;
mod reservations;
mod sizing;
mod space;
mod subnet_field;
mod topology;
mod warnings;

pub use addresses::{AddressPage, AddressQuery, Allocation, AllocationRequest};
pub use create::{Acknowledgment, NetworkCreate};
pub use dismissal::DismissRequest;
pub use documentation::NetworkDocument;
pub use find::{NetworkList, NetworkQuery, NetworkSort, NetworkUse};
pub use join::connect;
pub use mac::check_mac;
pub use membership::{ConnectRequest, DisconnectRequest};
pub use migration::{MigrationRecovery, NetworkMigration};
pub use removal::NetworkPrune;
pub use reservations::{RangeRequest, ReservationList};
pub use sizing::{BUFFER, SizeRequest};

use crate::domain::commands::{self, NetworkCommand};
use crate::domain::containers::Containers;
use crate::domain::feed::Feed;
use crate::domain::operations::Operations;
use crate::domain::settings::SettingsService;
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::host::interfaces::Lan;
use crate::model::command::Commands;
use crate::model::network::{Network, NetworkView};
use crate::model::network_size::SizeRecommendation;
use crate::model::profile::Profile;
use crate::store::Store;
use addresses::Held;
use oversized::Judged;
use std::sync::{Arc, Mutex};
use tokio::sync::watch;

/// The networks of the engine as the product shows and changes them.
#[derive(Debug)]
pub struct NetworkService {
    engine: Engine,
    store: Store,
    feed: Feed,
    containers: Arc<Containers>,
    operations: Operations,
    settings: Arc<SettingsService>,
    profile: &'static Profile,
    lan: watch::Receiver<Arc<Lan>>,
    /// Addresses that were given out a moment ago and are not used yet.
    held: Mutex<Held>,
    /// One change of reservations at a time.
    changing: tokio::sync::Mutex<()>,
}

/// What the room is made of, as `app` put it together.
#[derive(Debug)]
pub struct NetworkParts {
    pub engine: Engine,
    pub store: Store,
    pub feed: Feed,
    pub containers: Arc<Containers>,
    pub operations: Operations,
    pub settings: Arc<SettingsService>,
    pub profile: &'static Profile,
    pub lan: watch::Receiver<Arc<Lan>>,
}

impl NetworkService {
    pub fn new(parts: NetworkParts) -> Arc<Self> {
        Arc::new(Self {
            engine: parts.engine,
            store: parts.store,
            feed: parts.feed,
            containers: parts.containers,
            operations: parts.operations,
            settings: parts.settings,
            profile: parts.profile,
            lan: parts.lan,
            held: Mutex::default(),
            changing: tokio::sync::Mutex::default(),
        })
    }

    /// Every network, by name. From memory.
    pub fn views(&self) -> Result<Vec<NetworkView>> {
        let containers = self.containers.views()?;
        let records = self.store.network_records()?;
        let networks = self.engine.networks()?;
        let judged = self.judged();
        let views = networks.iter().map(|network| {
            let record = records.get(&network.name);
            find::view(network, &networks, &containers, record, judged)
        });
        Ok(views.collect())
    }

    /// Those that fit, in order.
    pub fn list(&self, query: &NetworkQuery) -> Result<NetworkList> {
        let views = self.views()?;
        let total = views.len();
        Ok(NetworkList {
            items: find::select(views, query),
            total,
        })
    }

    /// By id, name, or a beginning of the id that fits one network.
    pub fn get(&self, reference: &str) -> Result<NetworkView> {
        let all = self.engine.networks()?;
        let network = find::find(&all, reference)?;
        let record = self.store.network_record(&network.name)?;
        let containers = self.containers.views()?;
        Ok(find::view(
            &network,
            &all,
            &containers,
            Some(&record),
            self.judged(),
        ))
    }

    fn judged(&self) -> Judged {
        Judged {
            profile: self.profile,
            is_window_open: self.settings.is_window_open(),
        }
    }

    fn find(&self, reference: &str) -> Result<Arc<Network>> {
        find::find(&self.engine.networks()?, reference)
    }

    /// How large a network has to be, and which sizes this host should have.
    pub fn size(&self, request: SizeRequest) -> Result<SizeRecommendation> {
        sizing::recommend(request, self.profile)
    }

    /// What is asked for when nothing is said.
    pub fn usual_size(&self) -> SizeRequest {
        SizeRequest::of_host(self.profile)
    }

    /// The commands for an action on a network.
    pub fn commands(&self, reference: &str, action: &str) -> Result<Commands> {
        let network = self.find(reference)?;
        let name = network.name.clone();
        Ok(self.shell(&match action {
            "remove" => NetworkCommand::Remove(vec![name]),
            _ => NetworkCommand::Inspect(name),
        }))
    }

    fn shell(&self, command: &NetworkCommand) -> Commands {
        commands::network(command, self.engine.cli_endpoint().as_deref())
    }
}

/// What the engine says of a network that is gone meanwhile, or is in use.
fn engine_error(error: crate::engine::EngineError, name: &str) -> Error {
    use crate::engine::EngineError as E;
    match &error {
        E::Engine { status: 404, .. } => find::missing(name).source(error),
        E::Engine {
            status: 403,
            message,
        } if message.contains("active endpoints") => {
            Error::conflict(format!("Something is on {name}: {message}."))
                .code("network_in_use")
                .source(error)
        }
        _ => Error::from(error),
    }
}
