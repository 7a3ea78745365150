//! Environments: what a container is for, and so how carefully it is handled.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// One of the environments of section 6.1 of the design.
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq, Eq, ToSchema)]
pub struct Environment {
    /// `PRD`, `UAT`, `DEV`, `SANDBOX`.
    pub code: String,
    pub name: String,
    pub description: String,
    /// `#rrggbb`.
    pub color: String,
    /// Smaller comes first.
    pub display_order: u32,
    /// Whether deleting asks first, and how.
    pub confirmation: Confirmation,
}

/// How a destructive act on a container of an environment is confirmed.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, PartialEq, Eq, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Confirmation {
    /// No question.
    None,
    /// A plain yes.
    Yes,
    /// The container's name, typed.
    TypeName,
}

/// What the whole box is. `MIXED` gives containers no default.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, PartialEq, Eq, ToSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum HostMode {
    Prd,
    Uat,
    Dev,
    Sandbox,
    Mixed,
}

impl HostMode {
    pub const ALL: [Self; 5] = [Self::Prd, Self::Uat, Self::Dev, Self::Sandbox, Self::Mixed];

    pub fn code(self) -> &'static str {
        match self {
            Self::Prd => "PRD",
            Self::Uat => "UAT",
            Self::Dev => "DEV",
            Self::Sandbox => "SANDBOX",
            Self::Mixed => "MIXED",
        }
    }

    /// The environment that an untagged container has, if the host gives one.
    pub fn default_environment(self) -> Option<&'static str> {
        (self != Self::Mixed).then(|| self.code())
    }
}

/// Where a container's environment comes from.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, PartialEq, Eq, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EnvironmentSource {
    /// Chosen in `DockerMate`, stored by container name.
    User,
    /// The label `dockermate.environment`.
    Label,
    /// The host's mode.
    Host,
    /// Nothing says.
    None,
}
