//! Rules and decisions. Imports adapters and `model`, never `http` or `jobs`.

pub mod attention;
pub mod auth;
pub mod cleanup;
pub mod commands;
pub mod containers;
pub mod convert;
pub mod environments;
pub mod feed;
pub mod operations;
pub mod recreate;
pub mod security;
pub mod settings;
pub mod setup;
pub mod system;
pub mod templates;
pub mod tls;
