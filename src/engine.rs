//! The container engine: finding it, keeping in touch with it, what it holds,
//! and acting on it. Docker from API 1.40 up, and Podman's Docker-compatible
//! socket.
//!
//! One task keeps the connection. While it stands, [`Engine`] answers lists
//! from memory; while it does not, every call fails at once with a sentence
//! that says why, so nothing stale is shown as fresh. `bollard` is named only
//! in this room.

mod address;
mod api_version;
mod build_cache;
mod client;
mod connect;
mod containers;
mod convert;
mod create;
mod discover;
mod error;
mod event_stream;
mod events;
mod exec;
mod explain;
mod filter;
mod handle;
mod image_archives;
mod image_changes;
mod image_details;
mod image_facts;
mod image_parents;
mod images;
mod info;
mod inventory;
mod labels;
mod lines;
mod logs;
mod lookup;
mod network_body;
mod networks;
mod own;
mod platforms;
mod podman;
mod probe;
mod problem;
mod reading;
mod registries;
mod resources;
mod session;
mod settings;
mod shared;
mod snapshot;
mod socket_files;
mod stats;
mod tls;
mod transport;
mod volumes;
mod volumes_from;
mod wire;

pub use address::{DEFAULT_SOCKET, Host, Surroundings, candidates, parse_host};
pub use containers::{ActionOutcome, Details, RemoveOptions, StopOptions};
pub use convert::{CreateBody, looks_secret, typed_keys};
pub use create::Created;
pub use discover::diagnose;
pub use error::EngineError;
pub use exec::{Exec, ExecReader, ExecSpec, ExecState, ExecWriter, Frames, Output};
pub use handle::Engine;
pub use image_archives::ImageArchive;
pub use image_details::HistoryStep;
pub use image_facts::ImageFacts;
pub use image_parents::ImageAncestry;
pub use images::{Image, PullProgress};
pub use inventory::{ContainerList, InventoryChange};
pub use network_body::NetworkBody;
pub use networks::{NetworkDetails, NewNetwork};
pub use own::{detect as own_container, own_id};
pub use probe::{Probe, ProbeAnswer};
pub use resources::List;
pub use settings::EngineSettings;
pub use snapshot::Snapshot;
pub use stats::Running;
