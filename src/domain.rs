//! Rules and decisions. Imports adapters and `model`, never `http` or `jobs`.

pub mod attention;
pub mod auth;
pub mod background_jobs;
pub mod cleanup;
pub mod commands;
pub mod containers;
pub mod creation;
pub mod database_copy;
pub mod environments;
pub mod exec;
pub mod feed;
pub mod images;
pub mod networks;
pub mod operations;
pub mod recreate;
pub mod run_line;
pub mod saved_configurations;
pub mod security;
pub mod settings;
pub mod setup;
pub mod stats;
pub mod system;
pub mod templates;
pub mod tls;
pub mod volumes;
