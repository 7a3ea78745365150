//! DockerMate: a Docker appliance in one binary. This is the map.
//!
//! Imports run strictly downward; `tests/tidy.rs` keeps it so.
//!
//! ```text
//! 4  main  cli  app                      composition root; the commands of the binary
//! 3  http  |  jobs                       siblings: never import each other
//! 2  domain                              rules and decisions
//! 1  store | engine | registry | host | outbox   adapters to the outside; never import each other
//! 0  model  error  config  lifecycle  https
//! ```
//!
//! - [`store`] is LMDB: the only place that names `heed`. One commit a decision.
//! - [`engine`] is the container engine: the only place that names `bollard`. Its
//!   inventory answers lists from memory and follows the engine's event stream.
//! - [`host`] is the machine: hardware profile, interfaces, mDNS, systemd, figures.
//! - [`registry`] asks registries of images: digests, manifests, tags, and their logins.
//! - [`outbox`] is what goes out over HTTPS: orders of certificates at an ACME authority.
//! - [`domain`] decides: who may come in, what an action will do and needs, what is
//!   worth attention, which command line does the same.
//! - [`http`] is hyper: one table of routes makes the router, the API description
//!   and the test that anonymous requests are refused.
//! - [`jobs`] go on by themselves: following the engine, the certificate, the sweep.
//! - [`app`] puts it together and stops it in order; [`cli`] is what a person types.
//!
//! What attackers can and cannot do is in [`threat_model`]; what each word means,
//! in [`glossary`].
//!
//! A resource has the same name in every layer: `engine/containers`,
//! `store/containers`, `domain/containers`, `http/api/containers`,
//! `web/js/pages/containers.js`.

pub mod app;
pub mod cli;
pub mod config;
pub mod domain;
pub mod engine;
pub mod error;
pub mod host;
pub mod http;
pub mod https;
pub mod jobs;
pub mod lifecycle;
pub mod model;
pub mod outbox;
pub mod registry;
pub mod store;
#[doc = include_str!("threat_model.md")]
pub mod threat_model {}
#[doc = include_str!("glossary.md")]
pub mod glossary {}
