//! Compose files: reading them as `docker compose` does, to the model that is deployed,
//! and saying where something is wrong.
//!
//! Pure: what is read comes through [`Files`], so a form that is being typed and a
//! folder on the disk are read alike.

mod canonical;
mod env_file;
mod extends;
mod fault;
mod include;
mod load;
mod merge;
mod mounts;
mod name;
mod node;
mod order;
mod output;
mod paths;
mod ports;
mod project;
mod reader;
mod resolve;
mod rules;
mod scalar;
mod schema;
mod short;
mod template;
mod unique;
mod units;
mod validate;
mod words;
mod yaml;

pub use node::{Entry, Node, Value};
pub use order::in_order;
pub use project::{Project, ProjectRequest};
pub use reader::Files;
pub use units::duration;
pub use validate::{ComposeFile, ComposeValidation, ValidateRequest, typed, validate};

#[cfg(test)]
mod tests;
