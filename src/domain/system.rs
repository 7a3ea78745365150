//! The host as a whole: its names and addresses, its profile, how busy it is,
//! and whether a caller is at home.

use crate::config::Config;
use crate::domain::attention::HostCondition;
use crate::domain::tls::Names;
use crate::engine::Engine;
use crate::host::clock;
use crate::host::hardware::Hardware;
use crate::host::interfaces::Lan;
use crate::host::sockets::is_trusted_owner;
use crate::host::stats::Sampler;
use crate::host::systemd;
use crate::model::engine::{EngineState, EngineStatus};
use crate::model::plan::Plan;
use crate::model::profile::{Profile, ProfileView};
use crate::model::system::HostSample;
use crate::model::timestamp::Timestamp;
use crate::store::Store;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;
use tokio::sync::{broadcast, watch};

pub struct System {
    store: Store,
    untrusted_proxy: OnceLock<IpAddr>,
    config: Arc<Config>,
    engine: Engine,
    pub profile: &'static Profile,
    pub profile_view: ProfileView,
    /// Memory that this process may use; 0 where that is not known.
    pub own_memory: u64,
    pub started_at: Timestamp,
    /// The machine's own name, from the kernel.
    pub machine: String,
    lan: watch::Receiver<Arc<Lan>>,
    /// `dockermate.local` once it is announced, without a dot at its end.
    mdns_name: watch::Receiver<Option<String>>,
    sampler: Arc<Mutex<Sampler>>,
    samples: broadcast::Sender<HostSample>,
    watchers: Arc<AtomicUsize>,
    sampling: AtomicBool,
}

impl std::fmt::Debug for System {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("System")
    }
}

/// What the host is made of, as `app` found it.
pub struct SystemParts {
    pub store: Store,
    pub config: Arc<Config>,
    pub engine: Engine,
    pub hardware: Hardware,
    pub machine: String,
    pub lan: watch::Receiver<Arc<Lan>>,
    pub mdns_name: watch::Receiver<Option<String>>,
}

/// What the certificate is made for: the addresses that are seen, and those that the
/// settings name.
pub fn certified_addresses(config: &Config, lan: &Lan) -> Vec<IpAddr> {
    [config.addresses.clone(), lan.addresses()].concat()
}

impl System {
    pub fn new(parts: SystemParts) -> Self {
        let chosen = parts.config.profile;
        Self {
            store: parts.store,
            untrusted_proxy: OnceLock::new(),
            engine: parts.engine,
            profile: parts.hardware.profile(chosen),
            profile_view: parts.hardware.view(chosen),
            own_memory: parts.hardware.facts.own_memory,
            started_at: Timestamp::now(),
            machine: parts.machine,
            lan: parts.lan,
            mdns_name: parts.mdns_name,
            sampler: Arc::new(Mutex::new(Sampler::new(&parts.config.data_dir))),
            samples: broadcast::channel(4).0,
            watchers: Arc::default(),
            sampling: AtomicBool::new(false),
            config: parts.config,
        }
    }

    pub fn engine_status(&self) -> EngineStatus {
        self.engine.status()
    }

    /// Tries to reach the engine now instead of at the next turn.
    pub fn retry_engine(&self) {
        self.engine.retry_now();
    }

    /// What trying the engine again would do.
    pub fn plan_retry(&self) -> Plan {
        let step = match self.engine_status().state {
            EngineState::Up => "Nothing: the engine answers.".to_owned(),
            _ => "Try every known engine address now instead of at the next attempt.".to_owned(),
        };
        Plan {
            title: "Retry the engine connection".to_owned(),
            steps: vec![step],
            keeps: vec!["The engine and its containers.".to_owned()],
            ..Plan::default()
        }
    }

    pub fn condition(&self) -> HostCondition {
        HostCondition {
            clock_is_plausible: self.clock_is_plausible(),
            untrusted_proxy: self.untrusted_proxy.get().copied(),
            database_is_in_place: self.store.is_in_place(),
            unreadable: self.store.unreadable(),
        }
    }

    /// The announced name, if the host is announced.
    pub fn mdns_name(&self) -> Option<String> {
        self.mdns_name.borrow().clone()
    }

    /// Whether a browser may use this name for this host: those that its
    /// certificate is made for.
    pub fn is_own_name(&self, name: &str) -> bool {
        self.certificate_names().dns.contains(name)
    }

    /// Addresses that a person of the house can type.
    pub fn addresses(&self) -> Vec<IpAddr> {
        if !self.config.addresses.is_empty() {
            return self.config.addresses.clone();
        }
        if self.has_unknown_address() {
            return Vec::new();
        }
        let mut addresses = self.lan.borrow().addresses();
        addresses.retain(|address| self.config.listens_on(*address));
        addresses
    }

    /// In a container's own network only the settings can tell where it is reached.
    pub fn has_unknown_address(&self) -> bool {
        self.config.addresses.is_empty() && self.lan.borrow().is_behind_engine()
    }

    /// Told whenever names or addresses change.
    pub fn name_changes(&self) -> HostNameChanges {
        HostNameChanges {
            lan: self.lan.clone(),
            mdns_name: self.mdns_name.clone(),
        }
    }

    /// Where the host can be opened once its name is announced.
    pub fn expected_url(&self) -> String {
        format!(
            "https://{}.local{}",
            self.config.hostname,
            self.port_suffix()
        )
    }

    fn port_suffix(&self) -> String {
        if self.config.ports().contains(&443) {
            String::new()
        } else {
            format!(":{}", self.config.port)
        }
    }

    /// Where the host can be opened, the announced name first.
    pub fn urls(&self) -> Vec<String> {
        let port = self.port_suffix();
        let mut urls: Vec<String> = self
            .mdns_name()
            .filter(|_| !self.has_unknown_address())
            .map(|name| format!("https://{}{port}", name.trim_end_matches('.')))
            .into_iter()
            .collect();
        for address in self.addresses() {
            urls.push(match address {
                IpAddr::V4(v4) => format!("https://{v4}{port}"),
                IpAddr::V6(v6) => format!("https://[{v6}]{port}"),
            });
        }
        if urls.is_empty() {
            urls.push(format!("https://localhost{port}"));
        }
        urls
    }

    /// Names and addresses for the certificate.
    pub fn certificate_names(&self) -> Names {
        let mut names = Names::of_this_host(
            &self.config.hostname,
            self.mdns_name().as_deref(),
            &self.machine,
            &certified_addresses(&self.config, &self.lan.borrow()),
        );
        names.dns.extend(self.config.allowed_hosts.iter().cloned());
        names
    }

    /// A Pi without a battery clock starts in the past.
    pub fn clock_is_plausible(&self) -> bool {
        clock::is_plausible(Timestamp::now())
    }

    /// Bytes of the database file.
    pub fn database_bytes(&self) -> u64 {
        self.store.size_bytes()
    }

    /// Whether the caller sits on this machine or its private network; `scope` is
    /// the index of the link that a link-local address came by.
    pub fn is_local_caller(&self, ip: IpAddr, scope: u32) -> bool {
        self.lan.borrow().is_local_caller(ip, scope)
    }

    /// Whether the address is one of this machine's own.
    pub fn is_this_machine(&self, ip: IpAddr) -> bool {
        self.lan.borrow().is_this_machine(ip)
    }

    /// Whether `near`, this machine's own end of a connection to us, belongs to root
    /// or to the user that this program runs as.
    pub async fn is_trusted_connection(&self, near: SocketAddr, far: SocketAddr) -> bool {
        let look = tokio::task::spawn_blocking(move || is_trusted_owner(near, far));
        look.await.unwrap_or(false)
    }

    /// Requests of the owner come through something that calls itself a proxy and
    /// is not trusted, so all who come through it look like one.
    pub fn note_untrusted_proxy(&self, address: IpAddr) {
        if self.untrusted_proxy.set(address).is_ok() {
            tracing::warn!(
                %address,
                "requests come through a reverse proxy that is not trusted, so all of its visitors count as one; \
                 name it with --trusted-proxy"
            );
        }
    }

    /// One look at how busy the host is.
    pub async fn sample(&self) -> HostSample {
        let sampler = Arc::clone(&self.sampler);
        let disk = self
            .engine
            .status()
            .info
            .map(|info| std::path::PathBuf::from(info.root_dir))
            .filter(|path| path.exists());
        let look = tokio::task::spawn_blocking(move || {
            let mut sampler = sampler.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(disk) = disk {
                sampler.watch_disk(disk);
            }
            sampler.sample()
        });
        look.await.unwrap_or_default()
    }

    /// One loop at a time: who finds it running leaves it to run.
    async fn sample_on(self: Arc<Self>) {
        loop {
            while self.watchers.load(Ordering::Acquire) > 0 {
                let sample = self.sample().await;
                let _ = self.samples.send(sample);
                tokio::time::sleep(self.profile.host_sample_interval).await;
            }
            self.sampling.store(false, Ordering::Release);
            // Somebody may have come between the look and the word.
            let again = self.watchers.load(Ordering::Acquire) > 0
                && !self.sampling.swap(true, Ordering::AcqRel);
            if !again {
                return;
            }
        }
    }

    /// Samples for as long as somebody listens, and not a moment longer.
    pub fn watch_samples(self: &Arc<Self>) -> SampleSubscription {
        let receiver = self.samples.subscribe();
        self.watchers.fetch_add(1, Ordering::AcqRel);
        if !self.sampling.swap(true, Ordering::AcqRel) {
            tokio::spawn(Arc::clone(self).sample_on());
        }
        SampleSubscription {
            receiver,
            watchers: Arc::clone(&self.watchers),
        }
    }
}

/// Follows the names and addresses of the host.
#[derive(Debug)]
pub struct HostNameChanges {
    lan: watch::Receiver<Arc<Lan>>,
    mdns_name: watch::Receiver<Option<String>>,
}

impl HostNameChanges {
    /// Returns when one of them has changed since the last call.
    pub async fn changed(&mut self) {
        tokio::select! {
            Ok(()) = self.lan.changed() => {}
            Ok(()) = self.mdns_name.changed() => {}
            else => std::future::pending().await,
        }
    }
}

/// A listener's hold on the sampler.
#[derive(Debug)]
pub struct SampleSubscription {
    pub receiver: broadcast::Receiver<HostSample>,
    watchers: Arc<AtomicUsize>,
}

impl Drop for SampleSubscription {
    fn drop(&mut self) {
        self.watchers.fetch_sub(1, Ordering::AcqRel);
    }
}

/// How often systemd is to be told that the program responds; `None` when it
/// does not ask for it.
pub fn watchdog_interval() -> Option<Duration> {
    systemd::watchdog_interval()
}

/// Tells systemd's watchdog that the program responds.
pub fn notify_watchdog() {
    systemd::alive();
}
