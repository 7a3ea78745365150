//! The composition root: store → adapters → domain → jobs → listeners, and
//! back again in an ordered stop.

use crate::config::{Config, LogFormat};
use crate::domain::auth::{self, Auth, Hasher};
use crate::domain::background_jobs::BackgroundJobs;
use crate::domain::cleanup::Cleanup;
use crate::domain::containers::{ContainerParts, Containers, RestartRecovery};
use crate::domain::creation::{Checks, Creation, CreationParts, CreationRecovery};
use crate::domain::database_copy::DatabaseCopy;
use crate::domain::environments::Environments;
use crate::domain::exec::ExecService;
use crate::domain::feed::Feed;
use crate::domain::images::{ImageParts, ImageService, Images};
use crate::domain::networks::{MigrationRecovery, NetworkParts, NetworkService};
use crate::domain::operations::{Operations, Recovery};
use crate::domain::recreate::plan::RecreateParts;
use crate::domain::recreate::{RecreateService, Recreator};
use crate::domain::registries::{Registries, RegistryParts, StoredLogins};
use crate::domain::saved_configurations::SavedConfigurations;
use crate::domain::security::SecurityLog;
use crate::domain::settings::SettingsService;
use crate::domain::stats::Stats;
use crate::domain::system::{System, SystemParts, certified_addresses};
use crate::domain::templates::Templates;
use crate::domain::tls::{Acme, Directory, Names, Tls};
use crate::domain::update_status::UpdateStatuses;
use crate::domain::updates::{UpdateParts, Updater, UpdaterParts, Updates};
use crate::engine::{Engine, EngineSettings};
use crate::error::Error;
use crate::host::hardware::Hardware;
use crate::host::interfaces;
use crate::host::mdns::{Announcement, Mdns};
use crate::host::systemd;
use crate::http::{BindError, Listeners, Server, Services};
use crate::jobs::{
    self, ApplyUpdates, Certificates, CheckUpdates, CopyDatabase, Jobs, LateContainers,
    NoteNetworkUse, Recoveries, Sweep,
};
use crate::lifecycle::Lifecycle;
use crate::model::hash_cost::HashCost;
use crate::model::profile::Profile;
use crate::registry::{LoginFiles, Logins, RegistryClient, RegistrySettings};
use crate::store::{Sizes, Store, StoreError, require_whole};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// Why the appliance could not start. `main` maps it to an exit code.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error(transparent)]
    Bind(#[from] BindError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("{0}")]
    Domain(#[from] Error),
    #[error("signals cannot be received: {0}")]
    Signals(std::io::Error),
}

/// Address space for the database, from the profile.
pub fn sizes(profile: &Profile) -> Sizes {
    Sizes {
        initial: profile.map_size_bytes,
        // Address space, not memory. A 32-bit process has little of it.
        most: if cfg!(target_pointer_width = "64") {
            4 << 30
        } else {
            256 << 20
        },
    }
}

/// Runs until a signal, then stops in order.
pub async fn run(config: Config, hardware: Hardware) -> Result<(), StartError> {
    let config = Arc::new(config);
    let profile = hardware.profile(config.profile);
    let hashing = hardware.hashing(profile);
    if hashing.is_tight {
        tracing::warn!(
            bytes = hardware.facts.own_memory,
            "DockerMate has very little memory: a login may exceed it. Give it 32 MiB or more"
        );
    }
    let life = Lifecycle::new(config.grace);
    life.watch_signals().map_err(StartError::Signals)?;
    // Ports first: nothing is written for a start that cannot be.
    let listeners = Listeners::bind(&config.listen, &config.ports())?;
    require_whole(&config.data_dir)?;
    let store = Store::open(&config.data_dir, sizes(profile))?;
    if config.reset_password {
        reset_password_at_start(&store, hashing.cost)?;
    }

    let (lan_sender, lan) = interfaces::fresh();
    life.tracker
        .spawn(interfaces::follow(lan_sender, life.stop.clone()));
    let machine = machine_name();
    let addresses = certified_addresses(&config, &lan.borrow());
    let mut names = Names::of_this_host(&config.hostname, None, &machine, &addresses);
    names.dns.extend(config.allowed_hosts.iter().cloned());
    let directory = Directory {
        url: config.acme_directory.clone(),
        ca: config.acme_ca.clone(),
        ports: config.ports(),
    };
    let folder = config.data_dir.join("tls");
    let tls = Arc::new(Tls::open(&folder, names, directory.authority())?);

    let mut engine_settings = EngineSettings::from_environment(config.docker_host.clone());
    engine_settings.list_concurrency = profile.engine_concurrency;
    let engine = Engine::start(engine_settings, &life.connections, life.close.clone());

    let mdns = start_mdns(&config, profile, &machine, &lan);
    let mdns_name = mdns
        .as_ref()
        .map_or_else(|| watch::channel(None).1, Mdns::name);

    let engine_status = engine.watch();
    let feed = Feed::new(profile.event_ring);
    let security = SecurityLog::new(store.clone());
    let settings = Arc::new(SettingsService::new(
        store.clone(),
        feed.clone(),
        machine.clone(),
    )?);
    let environments = Environments::new(store.clone(), feed.clone(), Arc::clone(&settings))?;
    let operations = Operations::new(
        store.clone(),
        feed.clone(),
        life.tracker.clone(),
        life.stop.clone(),
    )?;
    let acme = Acme::new(
        Arc::clone(&tls),
        directory,
        operations.clone(),
        security.clone(),
        life.stop.clone(),
    );
    let hasher = Hasher::new(hashing)?;
    let auth = Auth::new(
        store.clone(),
        security.clone(),
        hasher,
        config.session,
        config.remember,
    )?;
    let recreator = Recreator::new(engine.clone());
    let login_files = LoginFiles::from_environment();
    let own_logins = Arc::new(StoredLogins::new(store.clone()));
    let logins = Logins::new(own_logins, login_files.clone());
    let images = Images::new(engine.clone(), logins.clone());
    let saved = SavedConfigurations::new(engine.clone(), store.clone(), Arc::clone(&environments));
    let update_statuses = UpdateStatuses::default();
    let containers = Containers::new(ContainerParts {
        engine: engine.clone(),
        store: store.clone(),
        feed: feed.clone(),
        settings: Arc::clone(&settings),
        environments: Arc::clone(&environments),
        operations: operations.clone(),
        saved: Arc::clone(&saved),
        updates: update_statuses.clone(),
        at_once: profile.engine_concurrency,
    })?;
    let registry = RegistryClient::new(RegistrySettings::from_environment(logins));
    let updates = Updates::new(UpdateParts {
        engine: engine.clone(),
        store: store.clone(),
        feed: feed.clone(),
        operations: operations.clone(),
        containers: Arc::clone(&containers),
        registry: registry.clone(),
        statuses: update_statuses,
        environments: Arc::clone(&environments),
        settings: Arc::clone(&settings),
        profile,
    })?;
    let registries = Registries::new(RegistryParts {
        store: store.clone(),
        engine: engine.clone(),
        client: registry,
        files: login_files,
        updates: Arc::clone(&updates),
        security: security.clone(),
    });
    let checks = Arc::new(Checks {
        engine: engine.clone(),
        environments: Arc::clone(&environments),
        settings: Arc::clone(&settings),
        containers: Arc::clone(&containers),
        images: images.clone(),
        profile,
        data_dir: config.data_dir.clone(),
    });
    let creation = Creation::new(CreationParts {
        engine: engine.clone(),
        operations: operations.clone(),
        containers: Arc::clone(&containers),
        images: images.clone(),
        saved: Arc::clone(&saved),
        checks: Arc::clone(&checks),
        profile,
    });
    let recreate = RecreateService::new(RecreateParts {
        engine: engine.clone(),
        operations: operations.clone(),
        environments: Arc::clone(&environments),
        containers: Arc::clone(&containers),
        checks,
        images: images.clone(),
        saved: Arc::clone(&saved),
        recreator,
    });
    let updater = Updater::new(UpdaterParts {
        updates: Arc::clone(&updates),
        recreate: Arc::clone(&recreate),
        engine: engine.clone(),
        store: store.clone(),
        operations: operations.clone(),
        containers: Arc::clone(&containers),
        images,
        saved: Arc::clone(&saved),
        environments: Arc::clone(&environments),
        settings: Arc::clone(&settings),
    });
    let image_service = ImageService::new(ImageParts {
        engine: engine.clone(),
        feed: feed.clone(),
        environments: Arc::clone(&environments),
        containers: Arc::clone(&containers),
        operations: operations.clone(),
        saved: Arc::clone(&saved),
        at_once: profile.engine_concurrency,
    });
    let networks = NetworkService::new(NetworkParts {
        engine: engine.clone(),
        store: store.clone(),
        feed: feed.clone(),
        containers: Arc::clone(&containers),
        operations: operations.clone(),
        settings: Arc::clone(&settings),
        profile,
        lan: lan.clone(),
    });
    let recovered_operations = operations.clone();
    let recoveries: Vec<Arc<dyn Recovery>> = vec![
        Arc::clone(&recreate) as _,
        Arc::new(CreationRecovery(Arc::clone(&creation))),
        Arc::new(RestartRecovery(Arc::clone(&containers))),
        Arc::new(MigrationRecovery(Arc::clone(&networks))),
    ];
    let exec = ExecService::new(engine.clone(), Arc::clone(&containers), security.clone());
    let templates = Templates::new(
        store.clone(),
        engine.clone(),
        profile.name,
        hardware.facts.memory_bytes.value,
    )?;
    let stats = Stats::new(engine.clone(), profile);
    let recorder = Arc::clone(&stats);
    let system = Arc::new(System::new(SystemParts {
        store: store.clone(),
        config: Arc::clone(&config),
        engine,
        hardware,
        machine,
        lan,
        mdns_name,
    }));
    let background_jobs = BackgroundJobs::new(feed.clone());
    let automatic = Arc::clone(&updater);
    let late_containers = LateContainers::new(Arc::clone(&creation), &feed);
    let server = Server::new(Services {
        config: Arc::clone(&config),
        auth: Arc::clone(&auth),
        background_jobs: Arc::clone(&background_jobs),
        containers: Arc::clone(&containers),
        creation: Arc::clone(&creation),
        images: Arc::clone(&image_service),
        networks: Arc::clone(&networks),
        recreate,
        registries,
        exec,
        saved,
        environments,
        stats,
        operations,
        settings,
        security,
        system: Arc::clone(&system),
        templates,
        tls: Arc::clone(&tls),
        acme: Arc::clone(&acme),
        updates: Arc::clone(&updates),
        updater: Arc::clone(&updater),
        feed,
        life: life.clone(),
    })?;

    jobs::start(
        &life,
        &background_jobs,
        Jobs {
            recoveries: Recoveries {
                operations: recovered_operations,
                recoveries,
                engine_status,
            },
            late_containers,
            certificates: Certificates::new(
                Arc::clone(&system),
                Arc::clone(&tls),
                acme,
                Arc::clone(&auth),
            ),
            sweep: Sweep {
                cleanup: Cleanup::new(store.clone()),
                interval: profile.cleanup_interval,
            },
            database_copy: CopyDatabase(DatabaseCopy::new(store)),
            check_updates: CheckUpdates(Arc::clone(&updates)),
            apply_updates: ApplyUpdates {
                updater: automatic,
                updates: Arc::clone(&updates),
            },
            network_use: NoteNetworkUse {
                networks,
                interval: profile.cleanup_interval,
            },
        },
    );
    life.tracker.spawn(containers.follow(life.stop.clone()));
    life.tracker.spawn(updates.follow(life.stop.clone()));
    life.tracker.spawn(image_service.follow(life.stop.clone()));
    life.tracker.spawn(recorder.record(life.stop.clone()));
    listeners.serve(&server, tls.server_config());
    if !life.stop.is_cancelled() {
        greet(&config, &system, &auth, &tls);
        systemd::ready(&format!("Open {}", system.urls().join(" ")));
    }

    life.stop.cancelled().await;
    systemd::stopping();
    tracing::info!("stopping");
    if let Some(mdns) = mdns {
        mdns.stop(Duration::from_secs(1)).await;
    }
    if !life.drained().await {
        tracing::warn!(
            "some work was cut off at the end of the grace time; it is rolled back at the next start"
        );
    }
    life.closed().await;
    tracing::info!("stopped");
    Ok(())
}

fn start_mdns(
    config: &Config,
    profile: &Profile,
    machine: &str,
    lan: &watch::Receiver<Arc<interfaces::Lan>>,
) -> Option<Mdns> {
    if !config.mdns {
        return None;
    }
    let announcement = Announcement {
        hostname: config.hostname.clone(),
        machine: machine.to_owned(),
        https_port: if config.extra_ports.contains(&443) {
            443
        } else {
            config.port
        },
        http_port: if config.extra_ports.contains(&80) {
            80
        } else {
            config.port
        },
        profile: profile.name.as_str().to_owned(),
    };
    Mdns::start(announcement, lan.clone())
        .inspect_err(|error| tracing::warn!(%error, "this host is not announced"))
        .ok()
}

/// The kernel's host name, lower-cased.
fn machine_name() -> String {
    rustix::system::uname()
        .nodename()
        .to_string_lossy()
        .trim()
        .to_ascii_lowercase()
}

/// Tells a person on the console where to go next: plain lines for a person,
/// one record for a log that is read by programs.
fn greet(config: &Config, system: &System, auth: &Auth, tls: &Tls) {
    let certificate = tls.info();
    // What these addresses get.
    let fingerprint = certificate
        .own_fingerprint_sha256
        .unwrap_or(certificate.fingerprint_sha256);
    let mut addresses = system.urls();
    if config.mdns && system.mdns_name().is_none() && !system.has_unknown_address() {
        // Being probed for; it is ours a second from now unless it is taken.
        addresses.insert(0, system.expected_url());
    }
    if config.log_format == LogFormat::Json {
        tracing::info!(
            version = env!("CARGO_PKG_VERSION"),
            profile = system.profile.name.as_str(),
            addresses = addresses.join(" "),
            fingerprint,
            setup_token = (!auth.is_set_up()).then(|| auth.setup_token()),
            "DockerMate is ready"
        );
        return;
    }
    let mut text = format!(
        "\nDockerMate {} is ready on this {}.\n\n",
        env!("CARGO_PKG_VERSION"),
        system.profile.title
    );
    for (at, address) in addresses.iter().enumerate() {
        text.push_str(if at == 0 {
            "  Open         "
        } else {
            "               "
        });
        text.push_str(address);
        text.push('\n');
    }
    if system.has_unknown_address() {
        text.push_str(
            "               from other machines: https://, the address of this machine and the port that the\n\
             \x20              container publishes; --address names it here and in the certificate\n",
        );
    }
    text.push_str(&format!("  Certificate  SHA-256 {fingerprint}\n"));
    if !auth.is_set_up() {
        text.push_str(&format!(
            "  Setup token  {}   (only asked for from another network)\n\n\
             Open one of the addresses and choose a password. Browsers warn until they know this\n\
             host's own authority: compare the fingerprint, or install https://<address>/ca.crt once.\n",
            auth.setup_token()
        ));
    }
    text.push('\n');
    let _ = std::io::Write::write_all(&mut std::io::stderr(), text.as_bytes());
}

/// `DOCKERMATE_RESET_PASSWORD=true`: a temporary password at the start.
fn reset_password_at_start(store: &Store, cost: HashCost) -> Result<(), StartError> {
    let Some(password) = auth::reset_blocking(store, cost)? else {
        tracing::warn!("there is no password to reset yet");
        return Ok(());
    };
    tracing::warn!(
        temporary_password = password,
        "the password was reset; remove DOCKERMATE_RESET_PASSWORD and restart. \
         Every session has ended, and a new password is asked for at the next login"
    );
    Ok(())
}
