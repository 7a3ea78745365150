//! DockerMate: a Docker appliance in one binary.

pub mod config;
pub mod domain;
pub mod engine;
pub mod error;
pub mod host;
pub mod http;
pub mod lifecycle;
pub mod model;
pub mod store;
