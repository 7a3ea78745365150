//! Rules and decisions. Imports adapters and `model`, never `http` or `jobs`.

pub mod auth;
pub mod feed;
pub mod operations;
pub mod security;
