//! Handlers, a file a resource: parse, one domain call, reply.

pub mod auth;
pub mod background_jobs;
pub mod backups;
pub mod compose;
pub mod containers;
pub mod environments;
pub mod events;
pub mod exec;
pub mod image_archives;
pub mod images;
pub mod logs;
pub mod networks;
pub mod operations;
pub mod registries;
pub mod run_lines;
pub mod settings;
pub mod setup;
pub mod stats;
pub mod system;
pub mod templates;
pub mod terminal;
pub mod updates;
