//! DockerMate: a Docker appliance in one binary.

pub mod domain;
pub mod engine;
pub mod error;
pub mod host;
pub mod model;
