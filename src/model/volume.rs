//! A volume, as the engine lists it.

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
