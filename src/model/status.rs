//! What a container's state means to its owner: the one answer that every page,
//! the palette and the API show.

use super::timestamp::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

#[derive(Debug, Clone, Serialize, PartialEq, Eq, ToSchema)]
pub struct ContainerStatus {
    pub name: StatusName,
    /// The status in the groups that counts and filters use.
    pub group: StatusGroup,
    /// When it began, if that is known.
    pub since: Option<Timestamp>,
    /// Of the last run that ended: of a crash loop, a restart, a failure, a stop.
    pub exit_code: Option<i64>,
    /// Automatic restarts, of a crash loop since it began.
    pub restarts: u32,
    /// The kernel ended the last run because it needed too much memory.
    pub out_of_memory: bool,
}

/// In the order of urgency: what needs somebody first comes first. Every list that
/// is sorted by state follows this order.
#[derive(
    Debug, Clone, Copy, Serialize, Deserialize, PartialEq, Eq, PartialOrd, Ord, Hash, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum StatusName {
    /// The engine could not remove it completely.
    Dead,
    /// It ends soon after each start and is restarted; so until it stays up for a minute.
    CrashLoop,
    Unhealthy,
    /// Ended with an error, or could not be started.
    Failed,
    /// The engine starts it again after its end.
    Restarting,
    /// The engine tells a state that this version does not know.
    Unknown,
    Paused,
    /// Up, and its health check has not decided yet.
    Starting,
    /// Up, without a health check.
    Running,
    Healthy,
    NeverStarted,
    /// Ended well, or because somebody stopped it.
    Stopped,
    Removing,
}

#[derive(
    Debug, Clone, Copy, Serialize, Deserialize, PartialEq, Eq, PartialOrd, Ord, Hash, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum StatusGroup {
    /// Running, starting, healthy.
    Running,
    Unhealthy,
    /// Restarting, in a crash loop.
    Restarting,
    /// Failed, dead.
    Failed,
    Paused,
    /// Stopped, never started, being removed.
    Stopped,
    Unknown,
}

impl StatusName {
    /// Every name as the JSON has it, in the order of urgency.
    pub const NAMES: [&str; 13] = [
        "dead",
        "crash_loop",
        "unhealthy",
        "failed",
        "restarting",
        "unknown",
        "paused",
        "starting",
        "running",
        "healthy",
        "never_started",
        "stopped",
        "removing",
    ];

    pub fn group(self) -> StatusGroup {
        match self {
            Self::Running | Self::Starting | Self::Healthy => StatusGroup::Running,
            Self::Unhealthy => StatusGroup::Unhealthy,
            Self::CrashLoop | Self::Restarting => StatusGroup::Restarting,
            Self::Failed | Self::Dead => StatusGroup::Failed,
            Self::Paused => StatusGroup::Paused,
            Self::Stopped | Self::NeverStarted | Self::Removing => StatusGroup::Stopped,
            Self::Unknown => StatusGroup::Unknown,
        }
    }
}

/// Containers in all and in each group; every container is in one of them.
#[derive(Debug, Clone, Default, Serialize, PartialEq, Eq, ToSchema)]
pub struct ContainerCounts {
    pub containers: usize,
    /// Groups without containers are left out.
    pub groups: BTreeMap<StatusGroup, usize>,
}

impl ContainerCounts {
    pub fn of(groups: impl Iterator<Item = StatusGroup>) -> Self {
        let mut counts = Self::default();
        for group in groups {
            counts.containers += 1;
            *counts.groups.entry(group).or_default() += 1;
        }
        counts
    }
}

#[cfg(test)]
mod tests {
    use super::StatusName;

    #[test]
    fn names_are_those_of_the_json_in_the_order_of_urgency() {
        let read: Vec<StatusName> = StatusName::NAMES
            .iter()
            .map(|name| serde_json::from_value(serde_json::json!(name)).unwrap())
            .collect();
        assert!(read.is_sorted(), "{read:?}");
        assert_eq!(StatusName::Removing as usize, StatusName::NAMES.len() - 1);
    }
}
