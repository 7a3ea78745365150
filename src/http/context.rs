//! What every handler can reach: the domain, never an adapter.

use super::body_places::BodyPlaces;
use super::header_budget::HeaderBudget;
use crate::config::Config;
use crate::domain::auth::Auth;
use crate::domain::background_jobs::BackgroundJobs;
use crate::domain::containers::Containers;
use crate::domain::creation::Creation;
use crate::domain::environments::Environments;
use crate::domain::exec::ExecService;
use crate::domain::feed::Feed;
use crate::domain::images::ImageService;
use crate::domain::networks::NetworkService;
use crate::domain::operations::Operations;
use crate::domain::recreate::RecreateService;
use crate::domain::registries::Registries;
use crate::domain::saved_configurations::SavedConfigurations;
use crate::domain::security::SecurityLog;
use crate::domain::settings::SettingsService;
use crate::domain::stats::Stats;
use crate::domain::system::System;
use crate::domain::templates::Templates;
use crate::domain::tls::{Acme, Tls};
use crate::domain::updates::{Updater, Updates};
use crate::lifecycle::Lifecycle;
use crate::model::certificate::HttpsMode;
use crate::model::hash_cost::Hashing;
use crate::model::profile::Profile;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::num::NonZeroUsize;
use std::sync::Arc;
use tokio::sync::Semaphore;

/// The services of the domain, and what only HTTP needs.
pub struct Context {
    services: Services,
    pub(super) pages: super::renderer::Renderer,
    /// Permits for live streams.
    pub(super) streams: Arc<Semaphore>,
    /// Permits for terminals.
    pub(super) terminals: Arc<Semaphore>,
    /// Permits for request bodies that are being received.
    pub(super) bodies: Semaphore,
    /// The same for requests without a session, so that nobody can keep the owner
    /// from logging in.
    pub(super) anonymous_bodies: BodyPlaces,
    /// And for those that have logged in before.
    pub(super) known_bodies: BodyPlaces,
    /// Permits to read what is left of a body of HTTP/2 without a session.
    pub(super) drains: Semaphore,
    /// Permits to read and plan what a request asks for.
    pub(super) turns: Arc<Semaphore>,
    /// What changes with a key were answered.
    pub(super) answers: Arc<super::kept_answers::KeptAnswers>,
    pub(super) max_connections: usize,
    /// Of these, that have proved no session.
    pub(super) most_unproved: usize,
    pub(super) headers: HeaderBudget,
}

impl std::ops::Deref for Context {
    type Target = Services;

    fn deref(&self) -> &Services {
        &self.services
    }
}

/// The domain, as `app` put it together.
pub struct Services {
    pub config: Arc<Config>,
    pub auth: Arc<Auth>,
    pub background_jobs: Arc<BackgroundJobs>,
    pub containers: Arc<Containers>,
    pub creation: Arc<Creation>,
    pub images: Arc<ImageService>,
    pub networks: Arc<NetworkService>,
    pub recreate: Arc<RecreateService>,
    pub registries: Arc<Registries>,
    pub exec: Arc<ExecService>,
    pub saved: Arc<SavedConfigurations>,
    pub environments: Arc<Environments>,
    pub stats: Arc<Stats>,
    pub operations: Operations,
    pub settings: Arc<SettingsService>,
    pub security: SecurityLog,
    pub system: Arc<System>,
    pub templates: Arc<Templates>,
    pub tls: Arc<Tls>,
    pub acme: Arc<Acme>,
    pub updates: Arc<Updates>,
    pub updater: Arc<Updater>,
    pub feed: Feed,
    pub life: Lifecycle,
}

/// How many connections the limit of file descriptors has room for: each may
/// need one more to the engine, and the program itself some.
fn room_for_connections(descriptors: Option<u64>) -> usize {
    const OWN: u64 = 128;
    descriptors.map_or(usize::MAX, |limit| {
        usize::try_from(limit.saturating_sub(OWN) / 2)
            .unwrap_or(usize::MAX)
            .max(8)
    })
}

/// The memory of this process that hashing passwords leaves (0 where it is not known):
/// logins come while others hold all they can.
fn beside_hashing(memory: u64, profile: &Profile) -> u64 {
    let hashing = Hashing::within(memory, profile.hash_cost, profile.concurrent_hashes);
    memory.saturating_sub(hashing.cost.memory_bytes() * hashing.at_once as u64)
}

/// How many connections a quarter of the memory of this process has room for, with so
/// many bytes for each.
fn connections_in_memory(bytes: u64, each: u64, least: usize) -> usize {
    match bytes {
        0 => usize::MAX,
        _ => usize::try_from(bytes / 4 / each)
            .unwrap_or(usize::MAX)
            .max(least),
    }
}

/// What a connection of the owner's takes, generously.
const EACH: u64 = 256 * 1024;
/// What a client can make a connection of HTTP/2 hold before it has proved a session,
/// beside what the budget of headers counts: headers that have not ended (300 kB as
/// hyper keeps them), answers that are not read, buffers of TLS; and twice as much
/// again, for what is freed a moment later and because an allocator fills no page whole.
const EACH_UNPROVED: u64 = 2 * 1024 * 1024;
/// More are of no use to a household.
const MOST_UNPROVED: usize = 64;

impl std::fmt::Debug for Context {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Context")
    }
}

impl Context {
    pub(super) fn new(services: Services) -> Self {
        let profile = services.system.profile;
        let descriptors = rustix::process::getrlimit(rustix::process::Resource::Nofile).current;
        let cores = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        // A short one need not wait for a long one on a single core, either.
        let turns = cores.clamp(2, 4);
        let max_connections = profile
            .max_connections
            .min(room_for_connections(descriptors))
            .min(connections_in_memory(services.system.own_memory, EACH, 32));
        let most_unproved = connections_in_memory(
            beside_hashing(services.system.own_memory, profile),
            EACH_UNPROVED,
            8,
        )
        .min(MOST_UNPROVED);
        Self {
            pages: super::renderer::Renderer::default(),
            streams: Arc::new(Semaphore::new(profile.max_streams)),
            terminals: Arc::new(Semaphore::new(profile.max_terminals)),
            bodies: Semaphore::new(32),
            anonymous_bodies: BodyPlaces::new(64, 8),
            known_bodies: BodyPlaces::new(32, 8),
            drains: Semaphore::new(16),
            turns: Arc::new(Semaphore::new(turns)),
            answers: Arc::default(),
            max_connections,
            most_unproved,
            headers: HeaderBudget::new((most_unproved * 256 * 1024).min(32 * 1024 * 1024)),
            services,
        }
    }

    /// A name that browsers may use for this host: one of its own, or one of
    /// the certificate that the user brought or ordered.
    pub fn is_own_name(&self, name: &str) -> bool {
        self.system.is_own_name(name) || self.is_certified(name)
    }

    /// Only when asked for, and only for a name of such a certificate.
    pub fn sends_hsts(&self, host: &str) -> bool {
        self.config.hsts && self.is_certified(host)
    }

    fn is_certified(&self, name: &str) -> bool {
        let info = self.tls.info();
        let names = match info.mode {
            HttpsMode::SelfSigned => return false,
            HttpsMode::Custom => info.names,
            // Also when it has run out: the host's own is shown then.
            HttpsMode::Acme => info.acme.domains,
        };
        names.iter().any(|covered| {
            let covered = covered.to_ascii_lowercase();
            match covered.strip_prefix("*.") {
                Some(domain) => name.split_once('.').is_some_and(|(_, rest)| rest == domain),
                None => covered == name,
            }
        })
    }

    /// Fresh for every answer, so that a style which was injected cannot know it.
    pub(super) fn nonce() -> String {
        let mut bytes = [0; 12];
        if getrandom::fill(&mut bytes).is_err() {
            // Without a nonce no style with one is allowed: safe, if plain.
            return String::new();
        }
        URL_SAFE_NO_PAD.encode(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::profile::ProfileName;

    #[test]
    fn connections_leave_file_descriptors_for_the_engine_and_the_program() {
        assert_eq!(room_for_connections(Some(1024)), 448);
        assert_eq!(room_for_connections(Some(100)), 8);
        assert_eq!(room_for_connections(None), usize::MAX);
    }

    #[test]
    fn connections_follow_the_memory_of_the_process() {
        const MIB: u64 = 1024 * 1024;
        assert_eq!(connections_in_memory(64 * MIB, EACH, 32), 64);
        assert_eq!(connections_in_memory(16 * MIB, EACH, 32), 32);
        assert_eq!(connections_in_memory(64 * MIB, EACH_UNPROVED, 8), 8);
        assert_eq!(connections_in_memory(1024 * MIB, EACH, 32), 1024);
        assert_eq!(connections_in_memory(0, EACH, 32), usize::MAX);
    }

    #[test]
    fn hashing_connections_of_clients_and_of_proxies_fit_into_the_memory() {
        const MIB: u64 = 1024 * 1024;
        for name in ProfileName::ALL {
            let profile = name.profile();
            for memory in [256, 512, 1024].map(|mib| mib * MIB) {
                let left = beside_hashing(memory, profile);
                let unproved = connections_in_memory(left, EACH_UNPROVED, 8).min(MOST_UNPROVED);
                let all = 3 * unproved as u64 * EACH_UNPROVED;
                assert!(left < memory && all <= left, "{name:?} {memory}");
            }
            assert_eq!(beside_hashing(0, profile), 0);
        }
    }
}
