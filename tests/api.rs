//! The API against the built program and a real engine, a file a resource.

mod abuse;
mod actions;
mod annotations;
mod auth;
mod commands_run;
mod consequences;
mod containers;
mod create;
mod environments;
mod events;
pub mod exec;
mod https_acme;
mod inventory;
mod logs;
mod previews;
mod recreate;
mod routes;
mod run_lines;
mod scripts;
mod sessions;
mod settings;
mod slow;
mod stats;
mod system;
mod templates;
mod terminal;
