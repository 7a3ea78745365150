//! What a change will do, before it is done.

use super::command::Commands;
use super::environment::Confirmation;
use serde::Serialize;
use utoipa::ToSchema;

/// The answer to `?dry_run=true`, and the content of every confirmation.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Plan {
    /// "Stop jellyfin".
    pub title: String,
    /// What will happen, in order, in plain sentences.
    pub steps: Vec<String>,
    /// What is worth knowing first.
    pub warnings: Vec<String>,
    /// What stays as it is (volumes, image, networks).
    pub keeps: Vec<String>,
    /// What must be sent as `confirm` for the change to be made, if anything.
    pub needs: Option<Need>,
    /// The options of the request that would change this plan.
    pub offers: Vec<Offer>,
    /// The same for the shell. None where it would have to carry a secret.
    pub commands: Option<Commands>,
}

/// An option of a container action that is of use in the given situation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Offer {
    /// The container is removed and has annotations, which can be kept for the
    /// next container of its name.
    KeepAnnotations,
    /// Running containers use its namespaces or volumes and can be restarted
    /// after it.
    RestartDependents,
}

/// A confirmation that the environment asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Need {
    pub kind: NeedKind,
    /// The text to send as `confirm`: the container's name, `yes`, or for
    /// several containers the verb and their number (`delete 3`).
    pub confirm: String,
    pub reason: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum NeedKind {
    Yes,
    TypeName,
}

impl NeedKind {
    /// The rule of an environment that asks for it.
    pub fn confirmation(self) -> Confirmation {
        match self {
            Self::Yes => Confirmation::Yes,
            Self::TypeName => Confirmation::TypeName,
        }
    }
}
