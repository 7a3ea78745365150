//! The API against the built program and a real engine, a file a resource.

mod abuse;
mod actions;
mod auth;
mod containers;
mod events;
pub mod exec;
mod https_acme;
mod logs;
mod routes;
mod scripts;
mod sessions;
mod settings;
mod slow;
mod system;
mod terminal;
