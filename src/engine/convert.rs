//! From the engine's words to the product's nouns. What the engine sends stops
//! here: nothing above this room sees an inspect answer, except the untouched
//! JSON that an expert asks for.

mod body;
mod configuration;
mod container;
mod create;
mod host;
mod listed;
mod mounts;
mod podman;
mod read;
mod rules;
mod secrets;
mod settings;
mod show;
mod summary;

pub(super) use body::{EngineFacts, body_of, keep_assigned};
pub(super) use configuration::configuration;
pub(super) use container::container;
pub use create::{CreateBody, create_body};
pub(super) use listed::{NetworkRow, images, network, networks, volumes};
pub(super) use mounts::{health_log, is_generated, mounts};
pub(super) use podman::network_name as podman_network_name;
pub(super) use read::spec_of;
pub use read::typed_keys;
pub use secrets::looks_secret;
pub(super) use settings::Defaults;
pub(super) use summary::{differs, from_summary};
