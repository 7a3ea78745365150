//! Whether there is something newer than what a container runs, as the API shows it.

use super::registry::RegistryLimit;
use super::timestamp::Timestamp;
use super::version_tag::NewerVersions;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

#[derive(Debug, Clone, Copy, Serialize, Deserialize, PartialEq, Eq, PartialOrd, Ord, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum UpdateState {
    /// The tag was seen, and it is what the container runs.
    UpToDate,
    /// The same tag is another image now.
    UpdateAvailable,
    /// The tag is the same; another tag of its family has a higher version.
    NewerVersion,
    /// Made with a digest or an image ID: it is never updated by itself.
    Pinned,
    /// The image has no digest of a registry: it was built or loaded on this host.
    LocalBuild,
    /// Its policy is to ignore updates: no registry is asked.
    Ignored,
    /// `reason` says why.
    Unknown,
}

/// Why a state is not known.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, PartialEq, Eq, PartialOrd, Ord, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum UnknownReason {
    /// It was not looked up yet.
    NotChecked,
    /// A login is missing or refused, or the image does not exist.
    Login,
    RateLimited,
    NotFound,
    Unreachable,
    InvalidAnswer,
    /// The program ended while it was being looked up.
    Interrupted,
    /// The new image does not exist for this platform.
    Platform,
    /// The name of the image cannot be read.
    InvalidReference,
}

/// What is known of updates of one container.
#[derive(Debug, Clone, Serialize, PartialEq, Eq, ToSchema)]
pub struct UpdateStatus {
    pub state: UpdateState,
    /// Of the state `unknown`.
    pub reason: Option<UnknownReason>,
    /// The state in a sentence.
    pub message: String,
    /// What was looked up (`nginx:1.27`); `null` where nothing can be.
    pub reference: Option<String>,
    /// What the container runs, as its repository names it.
    pub current_digest: Option<String>,
    /// What the tag was when it was last seen.
    pub latest_digest: Option<String>,
    /// When the tag was first seen to be that.
    pub latest_since: Option<Timestamp>,
    pub newer: NewerVersions,
    /// When each of these was first seen here, by tag.
    pub newer_since: BTreeMap<String, Timestamp>,
    /// When it was last looked up.
    pub checked_at: Option<Timestamp>,
}

/// How many containers are in which state.
#[derive(Debug, Clone, Copy, Default, Serialize, PartialEq, Eq, ToSchema)]
pub struct UpdateCounts {
    pub up_to_date: u32,
    pub update_available: u32,
    pub newer_version: u32,
    pub pinned: u32,
    pub local_build: u32,
    pub ignored: u32,
    pub unknown: u32,
}

impl UpdateCounts {
    pub fn of(states: impl IntoIterator<Item = UpdateState>) -> Self {
        let mut counts = Self::default();
        for state in states {
            let count = match state {
                UpdateState::UpToDate => &mut counts.up_to_date,
                UpdateState::UpdateAvailable => &mut counts.update_available,
                UpdateState::NewerVersion => &mut counts.newer_version,
                UpdateState::Pinned => &mut counts.pinned,
                UpdateState::LocalBuild => &mut counts.local_build,
                UpdateState::Ignored => &mut counts.ignored,
                UpdateState::Unknown => &mut counts.unknown,
            };
            *count += 1;
        }
        counts
    }
}

/// Updates of all containers in short.
#[derive(Debug, Clone, Default, Serialize, PartialEq, Eq, ToSchema)]
pub struct UpdateSummary {
    pub counts: UpdateCounts,
    /// Registries are being asked.
    pub checking: bool,
    /// When all of them were looked up last.
    pub checked_at: Option<Timestamp>,
    pub next_check_at: Option<Timestamp>,
}

/// What a registry said of its limits at the last check.
#[derive(Debug, Clone, Serialize, PartialEq, Eq, ToSchema)]
pub struct RegistryStatus {
    pub registry: String,
    pub limit: Option<RegistryLimit>,
    /// It is not asked before.
    pub retry_at: Option<Timestamp>,
}
