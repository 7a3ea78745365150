//! An image on this host, as the engine lists it.

use super::timestamp::Timestamp;
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ImageSummary {
    /// `sha256:…`: of its configuration, or of its manifest with the containerd
    /// image store.
    pub id: String,
    /// References by which it can be used, sorted. Without one it is dangling.
    pub tags: Vec<String>,
    /// `name@sha256:…` for each repository that it was pulled from or pushed to.
    pub digests: Vec<String>,
    pub size_bytes: u64,
    pub created_at: Option<Timestamp>,
    pub labels: BTreeMap<String, String>,
}
