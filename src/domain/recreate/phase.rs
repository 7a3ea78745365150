//! How far a recreation is.

use serde::{Deserialize, Serialize};

/// The stages, in order. Until [`Phase::Committed`] everything is rolled back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// The new ones are created beside the old ones.
    Preparing,
    /// The old ones are stopped.
    Stopping,
    /// The new ones take over the names.
    Swapping,
    /// The new ones start and are watched.
    #[serde(alias = "proving")]
    Verifying,
    /// The new ones work; the old ones are removed.
    Committed,
}
