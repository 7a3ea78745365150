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

#[derive(
    Debug, Clone, Copy, Serialize, Deserialize, PartialEq, Eq, PartialOrd, Ord, Hash, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum StatusName {
    /// Up, without a health check.
    Running,
    /// Up, and its health check has not decided yet.
    Starting,
    Healthy,
    Unhealthy,
    /// It ends soon after each start and is restarted; so until it stays up for a minute.
    CrashLoop,
    /// The engine starts it again after its end.
    Restarting,
    Paused,
    /// Ended well, or because somebody stopped it.
    Stopped,
    /// Ended with an error, or could not be started.
    Failed,
    NeverStarted,
    Removing,
    /// The engine could not remove it completely.
    Dead,
    /// The engine tells a state that this version does not know.
    Unknown,
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
    /// Its place in a list that begins with what needs somebody first.
    pub fn urgency(self) -> u8 {
        match self {
            Self::Dead => 0,
            Self::CrashLoop => 1,
            Self::Unhealthy => 2,
            Self::Failed => 3,
            Self::Restarting => 4,
            Self::Unknown => 5,
            Self::Paused => 6,
            Self::Starting => 7,
            Self::Running => 8,
            Self::Healthy => 9,
            Self::NeverStarted => 10,
            Self::Stopped => 11,
            Self::Removing => 12,
        }
    }

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
