//! A volume, as the engine lists it and as a container has it.

use super::timestamp::Timestamp;
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Volume {
    pub name: String,
    pub driver: String,
    /// `local` or `global`.
    pub scope: String,
    /// Where its files are, on the engine's machine.
    pub mountpoint: String,
    /// Of its driver.
    pub options: BTreeMap<String, String>,
    pub labels: BTreeMap<String, String>,
    pub created_at: Option<Timestamp>,
}

/// The label of a container that names, joined by commas, those of its volumes that
/// nobody named: recreated, it has them by their generated names, and the request alone
/// would not tell them from volumes that somebody chose.
pub const UNNAMED_LABEL: &str = "dockermate.unnamed-volumes";

/// The engine names a volume that no one named by 64 hexadecimal digits. So may anybody.
pub fn is_generated(name: &str) -> bool {
    name.len() == 64 && name.bytes().all(|b| b.is_ascii_hexdigit())
}

/// A volume in a container, and how it got there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MountedVolume {
    pub name: String,
    pub target: String,
    pub origin: VolumeOrigin,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VolumeOrigin {
    /// Somebody asked for it by its name.
    Named,
    /// The engine made it for this container, and removes it with it when asked to.
    Anonymous,
    /// The engine made it for an earlier container that this one replaced: it is
    /// attached by its name, so the engine keeps it.
    Replaced,
    /// It comes from another container (`--volumes-from`).
    Others,
}
