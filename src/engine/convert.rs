//! From the engine's words to the product's nouns. What the engine sends stops
//! here: nothing above this room sees an inspect answer, except the untouched
//! JSON that an expert asks for.

mod configuration;
mod container;
mod host;
mod mounts;
mod rules;
mod secrets;
mod show;
mod summary;

pub(super) use configuration::{Defaults, configuration};
pub(super) use container::container;
pub(super) use mounts::{health_log, mounts};
pub use secrets::looks_secret;
pub(super) use summary::{differs, from_summary};
