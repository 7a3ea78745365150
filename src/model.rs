//! The nouns of the product: plain data, no I/O, nothing `async`.
//!
//! These are the shapes that the API shows. What is stored has its own types
//! under `store`, and what the engine sends stops at `engine/convert`.

pub mod backoff;
pub mod bounded;
pub mod build_cache;
pub mod certificate;
pub mod characters;
pub mod clock_jump;
pub mod command;
pub mod container;
pub mod diagnostic;
pub mod engine;
pub mod environment;
pub mod exec;
pub mod flags;
pub mod hash_cost;
pub mod hex;
pub mod host_port;
pub mod image;
pub mod image_defaults;
pub mod job;
pub mod logs;
pub mod network;
pub mod network_analysis;
pub mod network_record;
pub mod network_size;
pub mod operation;
pub mod plan;
pub mod profile;
pub mod program;
pub mod read;
pub mod reference;
pub mod registry;
pub mod security;
pub mod sequence;
pub mod service;
pub mod settings;
pub mod spec;
pub mod stats;
pub mod stats_history;
pub mod status;
pub mod system;
pub mod template;
pub mod timestamp;
pub mod topology;
pub mod update;
pub mod update_history;
pub mod update_policy;
pub mod update_window;
pub mod version_tag;
pub mod volume;
