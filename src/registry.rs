//! Registries of images (OCI Distribution Specification): what a tag is now,
//! manifests and configurations, tags, and the logins for all of it, whose source is
//! handed in. Nothing is pulled here: that is the engine's.
//!
//! Invariants: every answer is bounded in size and time; contents have the digest
//! that they were asked by; a login goes to its own registry and to that one's
//! token service over TLS, and nowhere else.

mod answer;
mod auth;
mod authorizer;
mod certificates;
mod challenge;
mod client;
mod endpoint;
mod error;
mod limits;
mod logins;
mod manifest;
mod plain;
mod pool;
mod pools;
mod redirect;
mod session;
mod tags;

pub use client::{RegistryClient, RegistrySettings};
pub use endpoint::mirror_name;
pub use error::RegistryError;
pub use logins::{FileLogin, FileLogins, LoginFiles, Logins, OwnLogins};
pub use manifest::{
    Descriptor, ImageConfig, ImageIndex, ImageManifest, ImagePlatform, Manifest, TagHead,
};
pub use session::{LoginCheck, RegistrySession};
pub use tags::TagList;
