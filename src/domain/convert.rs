//! Between commands, containers and Compose files.
//!
//! Invariant: what a Compose file cannot say is named as a warning, never dropped in
//! silence.

mod around;
mod compose_yaml;
mod fields;
mod from_compose;
mod from_run;
mod resources;
mod service;
mod service_keys;
mod service_limits;
mod service_mounts;
mod service_network;
mod spec;
mod spec_limits;
mod spec_mounts;
mod spec_network;
mod writing;

pub use from_compose::{ComposeInput, RunScript, compose_to_run};
pub use from_run::{ComposeText, RunCommand, containers_to_compose, run_to_compose};
