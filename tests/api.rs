//! The API against the built program and a real engine, a file a resource.

mod abuse;
mod actions;
mod auth;
mod containers;
mod create;
mod events;
mod logs;
mod recreate;
mod routes;
mod scripts;
mod sessions;
mod settings;
mod slow;
mod system;
