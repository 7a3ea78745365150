//! An update that was made, or tried: what it was from and to, and how it ended.

use super::timestamp::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The answer of `GET /api/updates/history`, newest first.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct UpdateHistory {
    pub items: Vec<UpdateHistoryEntry>,
}

/// One update of one container. A rollback of an update is an entry of its own.
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq, Eq, ToSchema)]
pub struct UpdateHistoryEntry {
    /// Sorts by time.
    pub id: String,
    /// The operation that made it.
    pub operation: String,
    /// Name of the container.
    pub container: String,
    /// The id of that container as it is now: what DockerMate recreates it as is the same
    /// container. Not known of entries of earlier versions.
    #[serde(default)]
    pub container_id: Option<String>,
    /// Its environment then.
    #[serde(default)]
    pub environment: Option<String>,
    pub trigger: UpdateTrigger,
    /// The references that the containers were created with.
    pub old_image: String,
    pub new_image: String,
    /// `sha256:…` of the images.
    pub old_image_id: String,
    #[serde(default)]
    pub new_image_id: Option<String>,
    /// As the registry names them.
    #[serde(default)]
    pub old_digest: Option<String>,
    #[serde(default)]
    pub new_digest: Option<String>,
    pub started_at: Timestamp,
    #[serde(default)]
    pub completed_at: Option<Timestamp>,
    pub outcome: UpdateOutcome,
    /// It was rolled back for a reason that says nothing about the new image: it never
    /// ran, or DockerMate or the engine ended in the middle of it.
    #[serde(default)]
    pub interrupted: bool,
    /// How it ended, as a sentence.
    #[serde(default)]
    pub message: Option<String>,
    /// The configuration that was saved before it.
    #[serde(default)]
    pub backup: Option<String>,
    /// Of a rollback: the entry that it took back.
    #[serde(default)]
    pub rollback_of: Option<String>,
    /// Of a rollback: the later entries that it took back as well.
    #[serde(default)]
    pub takes_back: Vec<String>,
    /// The entry of the rollback that took this one back.
    #[serde(default)]
    pub rolled_back_by: Option<String>,
}

#[cfg(test)]
impl UpdateHistoryEntry {
    pub fn example() -> Self {
        Self {
            id: "1".to_owned(),
            operation: "1".to_owned(),
            container: "web".to_owned(),
            container_id: None,
            environment: None,
            trigger: UpdateTrigger::Manual,
            old_image: "nginx:1.27".to_owned(),
            new_image: "nginx:1.27".to_owned(),
            old_image_id: "sha256:a".to_owned(),
            new_image_id: Some("sha256:b".to_owned()),
            old_digest: None,
            new_digest: None,
            started_at: Timestamp(1),
            completed_at: None,
            outcome: UpdateOutcome::Running,
            interrupted: false,
            message: None,
            backup: None,
            rollback_of: None,
            takes_back: Vec::new(),
            rolled_back_by: None,
        }
    }
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize, PartialEq, Eq, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum UpdateOutcome {
    /// It is under way, or was interrupted and is not recovered yet.
    Running,
    Succeeded,
    /// The new image did not work, or it was interrupted: the container is what it was
    /// before.
    RolledBack,
    /// It ended before the container was changed.
    Failed,
}

/// Who asked for it.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, PartialEq, Eq, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum UpdateTrigger {
    /// Somebody, for this container.
    Manual,
    /// Somebody, for all of them.
    UpdateAll,
    /// The schedule.
    Automatic,
    /// Somebody who took back an earlier one.
    Rollback,
}
