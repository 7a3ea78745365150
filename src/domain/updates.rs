//! Updates: whether the images of containers are the newest of their tags, and
//! what would change. Registries are asked by a schedule, on demand, and when a
//! container appears whose image was not looked up yet.
//!
//! Invariants: one check of everything at a time; each distinct reference is looked up once in
//! it, however many containers have it; what fails concerns its own reference.

mod check;
mod difference;
mod equivalence;
mod existing;
mod follow;
mod interrupted;
mod look_up;
mod policies;
mod policy;
mod problem;
mod registries;
mod review;
mod stateful;
mod updater;
mod verdict;

pub use difference::{ChangeKind, ConfigurationChange};
pub use registries::RegistryReport;
pub use review::{ReviewedImage, UpdateReview};
pub use updater::{UpdateAllRequest, UpdateRequest, Updater, UpdaterParts};

use existing::Existing;
use review::other_tag;

use crate::domain::containers::Containers;
use crate::domain::environments::Environments;
use crate::domain::feed::{Event, Feed};
use crate::domain::operations::Operations;
use crate::domain::settings::SettingsService;
use crate::domain::update_status::UpdateStatuses;
use crate::engine::Engine;
use crate::error::Result;
use crate::model::profile::Profile;
use crate::model::timestamp::Timestamp;
use crate::model::update::{RegistryStatus, UpdateStatus, UpdateSummary};
use crate::model::update_policy::EffectivePolicy;
use crate::registry::RegistryClient;
use crate::store::{Store, UpdateRecord};
use serde::Serialize;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use utoipa::ToSchema;

#[derive(Debug)]
pub struct Updates {
    engine: Engine,
    store: Store,
    feed: Feed,
    operations: Operations,
    containers: Arc<Containers>,
    registry: RegistryClient,
    statuses: UpdateStatuses,
    environments: Arc<Environments>,
    settings: Arc<SettingsService>,
    profile: &'static Profile,
    known: Mutex<Known>,
    /// Held by the check of everything that runs.
    checking: tokio::sync::Mutex<()>,
    /// Reviews at a time: each has a manifest and a configuration in memory.
    reviews: tokio::sync::Semaphore,
    /// There is a container whose image was not looked up.
    unchecked: Notify,
    /// There is another number of updates.
    news: Notify,
}

/// What [`Updates`] is made of, as `app` put it together.
#[derive(Debug)]
pub struct UpdateParts {
    pub engine: Engine,
    pub store: Store,
    pub feed: Feed,
    pub operations: Operations,
    pub containers: Arc<Containers>,
    pub registry: RegistryClient,
    pub statuses: UpdateStatuses,
    pub environments: Arc<Environments>,
    pub settings: Arc<SettingsService>,
    pub profile: &'static Profile,
}

/// What registries said.
#[derive(Debug, Default)]
struct Known {
    /// As they are stored, by canonical reference.
    records: HashMap<String, UpdateRecord>,
    /// When each was looked up since the start.
    looked_up: HashMap<String, Timestamp>,
    registries: BTreeMap<String, RegistryStatus>,
    /// What was under way when the program ended before, and how often it was.
    interrupted: BTreeMap<String, u32>,
    /// What registries are being asked for, with what is stored of it.
    asking: BTreeMap<String, u32>,
    checked_at: Option<Timestamp>,
    next_check_at: Option<Timestamp>,
    /// Checks that ask registries now.
    running: u32,
    /// Checks of everything that have ended.
    checks: u64,
    told: Option<UpdateSummary>,
    /// The containers that were there before DockerMate, of the engine that was there
    /// last, once that is noted.
    existing: Option<Arc<Existing>>,
    is_existing_stored: bool,
}

/// A container in the list of updates.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ContainerUpdates {
    pub id: String,
    pub name: String,
    /// The reference it was made with.
    pub image: String,
    pub environment: Option<String>,
    #[serde(flatten)]
    #[schema(inline)]
    pub status: Arc<UpdateStatus>,
    pub policy: EffectivePolicy,
}

/// The answer of `GET /api/updates/available`, by name.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AvailableUpdates {
    pub items: Vec<ContainerUpdates>,
}

/// The answer of `GET /api/updates`.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct UpdateOverview {
    #[serde(flatten)]
    #[schema(inline)]
    pub summary: UpdateSummary,
    /// Time from one check of everything to the next.
    pub interval_s: u64,
    /// Every container, by name.
    pub items: Vec<ContainerUpdates>,
    /// The registries that were asked.
    pub registries: Vec<RegistryStatus>,
}

impl Updates {
    /// # Errors
    /// When the store cannot be read.
    pub fn new(parts: UpdateParts) -> Result<Arc<Self>> {
        let mut known = Known {
            records: parts.store.update_records()?,
            checked_at: parts.store.updates_checked_at()?,
            is_existing_stored: true,
            ..Known::default()
        };
        known.put_off_interrupted(parts.store.updates_under_way()?);
        Ok(Arc::new(Self {
            engine: parts.engine,
            store: parts.store,
            feed: parts.feed,
            operations: parts.operations,
            containers: parts.containers,
            registry: parts.registry,
            statuses: parts.statuses,
            environments: parts.environments,
            settings: parts.settings,
            profile: parts.profile,
            known: Mutex::new(known),
            checking: tokio::sync::Mutex::default(),
            reviews: tokio::sync::Semaphore::new(review::AT_ONCE),
            unchecked: Notify::new(),
            news: Notify::new(),
        }))
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Time from one check of everything to the next.
    pub fn interval(&self) -> Duration {
        let minutes = self
            .settings
            .read(|settings| settings.updates.check_minutes);
        minutes.map_or(self.profile.update_check_interval, |minutes| {
            Duration::from_mins(u64::from(minutes))
        })
    }

    pub fn summary(&self) -> UpdateSummary {
        let known = self.known();
        UpdateSummary {
            counts: self.statuses.counts(),
            checking: known.running > 0,
            checked_at: known.checked_at,
            next_check_at: known.next_check_at,
        }
    }

    /// # Errors
    /// When the engine does not answer.
    pub fn overview(&self) -> Result<UpdateOverview> {
        self.refresh();
        let items = self.containers.views()?.into_iter().filter_map(|view| {
            let policy = self.policy_of(&view);
            Some(ContainerUpdates {
                policy,
                id: view.container.id.clone(),
                name: view.container.name.clone(),
                image: view.container.image.clone(),
                environment: view.environment,
                status: view.update?,
            })
        });
        Ok(UpdateOverview {
            items: items.collect(),
            summary: self.summary(),
            interval_s: self.interval().as_secs(),
            registries: self.known().registries.values().cloned().collect(),
        })
    }

    /// Those that have something newer, by name.
    ///
    /// # Errors
    /// When the engine does not answer.
    pub fn available(&self) -> Result<AvailableUpdates> {
        let mut items = self.overview()?.items;
        items.retain(ContainerUpdates::is_available);
        Ok(AvailableUpdates { items })
    }

    /// Tells the browsers, unless it is as before.
    fn tell(&self) {
        let summary = self.summary();
        let mut known = self.known();
        if known.told.as_ref() != Some(&summary) {
            self.news.notify_one();
            known.told = Some(summary.clone());
            // Under the lock, so that the order of events is the order of changes.
            self.feed.publish(Event::Updates(summary));
        }
    }
}
