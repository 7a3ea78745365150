//! What the engine's builder keeps for the next build.

use super::timestamp::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

/// What the engine's builder keeps for the next build.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct BuildCache {
    /// False on an engine that has none, such as Podman; then the rest is empty.
    pub is_available: bool,
    pub size_bytes: u64,
    /// What pruning all of it frees.
    pub reclaimable_bytes: u64,
    /// The largest first.
    pub items: Vec<BuildCacheItem>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct BuildCacheItem {
    pub id: String,
    /// `regular`, `source.local`, `exec.cachemount` …
    pub kind: String,
    pub description: String,
    pub size_bytes: u64,
    pub in_use: bool,
    /// Other items or images use it.
    pub shared: bool,
    pub created_at: Option<Timestamp>,
    pub last_used_at: Option<Timestamp>,
}
