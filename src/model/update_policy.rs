//! Whether a container is updated without being asked for, and how far.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Debug, Clone, Copy, Serialize, Deserialize, PartialEq, Eq, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum UpdatePolicy {
    /// By itself, in a maintenance window.
    Auto,
    /// It is shown; somebody makes the update.
    Notify,
    /// Registries are not asked for it.
    Ignore,
}

/// How far an automatic update may go.
#[derive(
    Debug, Clone, Copy, Default, Serialize, Deserialize, PartialEq, Eq, PartialOrd, Ord, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum UpdateRange {
    /// The same tag only.
    #[default]
    Digest,
    Patch,
    Minor,
    Major,
}

/// What the user says of one container's updates; `null` follows its labels, its
/// environment and the settings.
#[derive(Debug, Clone, Default, Serialize, Deserialize, PartialEq, Eq, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct UpdateRules {
    pub policy: Option<UpdatePolicy>,
    pub range: Option<UpdateRange>,
    /// Days that a new image must have been known before it is taken by itself; at
    /// most 90.
    pub soak_days: Option<u16>,
    /// Without a health check: seconds that a new container must stay up to count as
    /// working; at most 600.
    pub stable_seconds: Option<u64>,
}

/// What decided a policy.
#[derive(Debug, Clone, Copy, Serialize, PartialEq, Eq, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PolicySource {
    /// Chosen for this container.
    User,
    /// A label of DockerMate's, or of watchtower, wud or diun.
    Label,
    /// The rule of its environment.
    Environment,
    /// Nothing says: updates are shown.
    Default,
}

/// What applies to a container.
#[derive(Debug, Clone, Serialize, PartialEq, Eq, ToSchema)]
pub struct EffectivePolicy {
    pub policy: UpdatePolicy,
    pub source: PolicySource,
    pub range: UpdateRange,
    pub soak_days: u16,
    pub stable_seconds: u64,
    /// Why it is not updated by itself although its environment would have it so.
    pub reason: Option<String>,
    /// What was chosen for this container.
    pub rules: UpdateRules,
}
