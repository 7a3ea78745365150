//! Between commands, containers and Compose files.
//!
//! Invariant: what a Compose file cannot say is named as a warning, never dropped in
//! silence.

mod compose_yaml;
mod from_run;
mod resources;
mod service;
mod service_keys;
mod service_limits;
mod service_mounts;
mod service_network;
mod writing;

pub use from_run::{ComposeText, RunCommand, containers_to_compose, run_to_compose};
