//! Anything that takes longer than a blink: it has an id, it can be left and
//! found again, and it ends in a plain sentence.

use super::timestamp::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Debug, Clone, Serialize, Deserialize, PartialEq, ToSchema)]
pub struct Operation {
    /// Sorts by time.
    pub id: String,
    /// `container.start`, `container.stop` …
    pub kind: String,
    /// "Stop jellyfin".
    pub title: String,
    /// What kind of thing it is about.
    #[serde(default)]
    pub target_kind: TargetKind,
    /// Name of the thing it is about; the names of several are joined by commas.
    pub target: String,
    pub state: OperationState,
    pub started_at: Timestamp,
    pub finished_at: Option<Timestamp>,
    /// How it ended, as a sentence.
    pub message: Option<String>,
    /// Stable code of the problem when it failed.
    pub error: Option<String>,
    /// What it is made of, in order; those to come are not known before they begin.
    #[serde(default)]
    pub steps: Vec<OperationStep>,
    /// How far the running step is, where that can be told.
    #[serde(default)]
    pub progress: Option<Progress>,
    /// Of an operation on many things: how each of them went.
    #[serde(default)]
    pub results: Vec<OperationResult>,
    /// It ends early, and puts back what it changed, when it is asked to.
    #[serde(default)]
    pub cancellable: bool,
    /// What it made or changed, for programs (`{"id": …, "warnings": […]}`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub result: Option<serde_json::Value>,
    /// What a container wrote last, where that explains a failure. Known until
    /// DockerMate is restarted: it may hold secrets and is not stored.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub log_lines: Vec<String>,
    /// The `Idempotency-Key` of the request that started it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// Tells that request from another one that is sent with the same key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_digest: Option<String>,
    /// Of a failed creation: what was asked for is still known, and can be changed
    /// and tried again at `/containers/new?operation={id}`. Known until DockerMate
    /// is restarted: it may hold secrets and is not stored.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_request_known: bool,
}

impl Operation {
    /// One of which only the journal knows.
    pub fn interrupted(
        id: &str,
        kind: &str,
        title: &str,
        target: &Target,
        started_at: Timestamp,
    ) -> Self {
        Self {
            id: id.to_owned(),
            kind: kind.to_owned(),
            title: title.to_owned(),
            target_kind: target.kind,
            target: target.name.clone(),
            state: OperationState::Interrupted,
            started_at,
            finished_at: None,
            message: None,
            error: None,
            steps: Vec::new(),
            progress: None,
            results: Vec::new(),
            cancellable: false,
            result: None,
            log_lines: Vec::new(),
            request_id: None,
            request_digest: None,
            is_request_known: false,
        }
    }
}

/// What an operation works on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Target {
    pub kind: TargetKind,
    pub name: String,
}

/// A container, a network and a volume of one name are three things.
#[derive(
    Debug,
    Clone,
    Copy,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum TargetKind {
    #[default]
    Container,
    Image,
    Network,
    Volume,
    Stack,
    Certificate,
    System,
}

impl Target {
    pub fn new(kind: TargetKind, name: impl Into<String>) -> Self {
        Self {
            kind,
            name: name.into(),
        }
    }

    pub fn container(name: impl Into<String>) -> Self {
        Self::new(TargetKind::Container, name)
    }

    pub fn containers<'a>(names: impl IntoIterator<Item = &'a str>) -> Vec<Self> {
        names.into_iter().map(Self::container).collect()
    }
}

impl TargetKind {
    /// As a sentence names it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Container => "container",
            Self::Image => "image",
            Self::Network => "network",
            Self::Volume => "volume",
            Self::Stack => "stack",
            Self::Certificate => "certificate",
            Self::System => "system",
        }
    }
}

/// One step of an operation.
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq, Eq, ToSchema)]
pub struct OperationStep {
    /// "Stop jellyfin".
    pub title: String,
    pub state: StepState,
    /// What is worth knowing about it.
    #[serde(default)]
    pub detail: Option<String>,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize, PartialEq, Eq, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum StepState {
    Running,
    Succeeded,
    Failed,
}

/// How far something is.
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq, Eq, ToSchema)]
pub struct Progress {
    pub done: u64,
    /// Not known of every pull.
    pub total: Option<u64>,
    /// `bytes`, `containers`.
    pub unit: String,
    /// The parts of it, such as a pull's layers.
    #[serde(default)]
    pub parts: Vec<ProgressPart>,
}

/// A layer of a pull.
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq, Eq, ToSchema)]
pub struct ProgressPart {
    /// The layer's short digest.
    pub name: String,
    /// In the engine's words: `Downloading`, `Extracting`, `Pull complete`.
    pub status: String,
    pub done: Option<u64>,
    pub total: Option<u64>,
}

/// How one of many went.
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq, Eq, ToSchema)]
pub struct OperationResult {
    pub target: String,
    pub state: OperationState,
    /// A sentence.
    pub message: String,
    /// Stable code of the problem when it failed.
    #[serde(default)]
    pub error: Option<String>,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize, PartialEq, Eq, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OperationState {
    Queued,
    Running,
    Succeeded,
    Failed,
    RolledBack,
    Cancelled,
    /// DockerMate was stopped while it ran. What it began is completed or
    /// rolled back when the engine answers; that replaces this state.
    Interrupted,
}

impl OperationState {
    pub fn is_over(self) -> bool {
        !matches!(self, Self::Queued | Self::Running)
    }
}
