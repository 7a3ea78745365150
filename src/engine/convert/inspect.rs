//! What the pages show of a container: its state, and its configuration setting
//! by setting.

mod configuration;
mod container;
mod host;
mod mounts;
mod rules;
mod secrets;
mod settings;
mod show;
mod summary;
mod volumes;

pub(in crate::engine) use configuration::configuration;
pub(in crate::engine) use container::container;
pub(in crate::engine) use mounts::{health_log, mounts};
pub(super) use rules::{MASKED, READONLY};
pub use secrets::looks_secret;
pub(in crate::engine) use settings::Defaults;
pub(super) use show::is_blank;
pub(in crate::engine) use summary::{differs, from_summary};
pub(in crate::engine) use volumes::{mounted_volumes, podman_volumes};
