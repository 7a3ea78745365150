//! Environments: what a container is for, and so how carefully it is handled
//! (sections 6.1 to 6.3 of the design, and its table `environments`).
//!
//! The rules of the matrix are fields here, so that an environment of the
//! owner's own says them in the same words as the four of the design.

use super::profile::Profile;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use utoipa::ToSchema;

/// Words that mean something else where a code could stand: the host's mode,
/// the filter for containers without an environment, and an address.
pub const RESERVED: [&str; 3] = [HostMode::MIXED, "NONE", "ORDER"];

/// One environment. Each field is a rule.
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq, Eq, ToSchema)]
#[serde(default)]
pub struct Environment {
    /// `PRD`, `UAT`, `DEV`, `SANDBOX`, or 1 to 16 of `A`–`Z`, `0`–`9`, `_`, `-`.
    /// It never changes: labels and records refer to it.
    pub code: String,
    /// At most 64 characters.
    pub name: String,
    /// At most 200 characters.
    pub description: String,
    /// `#rrggbb`, in small letters.
    pub color: String,
    /// Told apart by its shape where colours are not seen.
    pub icon: EnvironmentIcon,
    /// Smaller comes first.
    pub display_order: u32,
    /// One of the four of the design: it cannot be deleted.
    pub built_in: bool,
    /// How deletions and changes (updates, recreates) are confirmed. Where the name
    /// must be typed for them, interruptions (stop, restart, kill, pause) ask for a yes;
    /// elsewhere they ask for nothing.
    pub confirmation: Confirmation,
    /// Whether its containers may be updated without being asked for.
    pub auto_update: AutoUpdate,
    /// How often its containers are looked at.
    pub health_frequency: Frequency,
    /// Whether a container's configuration is saved before it is changed.
    pub backup_on_change: bool,
    /// The level of its containers' alerts.
    pub warnings: AlertLevel,
}

impl Default for Environment {
    fn default() -> Self {
        Self {
            code: String::new(),
            name: String::new(),
            description: String::new(),
            color: "#64748b".to_owned(),
            icon: EnvironmentIcon::Tag,
            display_order: u32::MAX,
            built_in: false,
            confirmation: Confirmation::Yes,
            auto_update: AutoUpdate::Never,
            health_frequency: Frequency::Medium,
            backup_on_change: true,
            warnings: AlertLevel::Medium,
        }
    }
}

impl Environment {
    /// The four built-in environments with their rules, in the order
    /// of care. UAT's backup is "by setting" there; the setting is the field of
    /// UAT itself, and on: a configuration is a few kilobytes.
    pub fn built_in() -> [Self; 4] {
        let prd = Self {
            code: "PRD".to_owned(),
            name: "Production".to_owned(),
            description: "Services the household relies on.".to_owned(),
            color: "#ef4444".to_owned(),
            icon: EnvironmentIcon::Shield,
            display_order: 1,
            built_in: true,
            confirmation: Confirmation::TypeName,
            auto_update: AutoUpdate::Never,
            health_frequency: Frequency::High,
            backup_on_change: true,
            warnings: AlertLevel::High,
        };
        let uat = Self {
            code: "UAT".to_owned(),
            name: "Acceptance testing".to_owned(),
            description: "Tested here before going live.".to_owned(),
            color: "#eab308".to_owned(),
            icon: EnvironmentIcon::Flask,
            display_order: 2,
            confirmation: Confirmation::Yes,
            auto_update: AutoUpdate::Ask,
            health_frequency: Frequency::Medium,
            warnings: AlertLevel::Medium,
            ..prd.clone()
        };
        let dev = Self {
            code: "DEV".to_owned(),
            name: "Development".to_owned(),
            description: "For development, changed often.".to_owned(),
            color: "#22c55e".to_owned(),
            icon: EnvironmentIcon::Hammer,
            display_order: 3,
            confirmation: Confirmation::None,
            auto_update: AutoUpdate::Always,
            health_frequency: Frequency::Low,
            backup_on_change: false,
            warnings: AlertLevel::Low,
            ..prd.clone()
        };
        let sandbox = Self {
            code: "SANDBOX".to_owned(),
            name: "Sandbox".to_owned(),
            description: "For experiments that may be lost.".to_owned(),
            color: "#3b82f6".to_owned(),
            icon: EnvironmentIcon::Shapes,
            display_order: 4,
            warnings: AlertLevel::None,
            ..dev.clone()
        };
        [prd, uat, dev, sandbox]
    }
}

/// How a change to a container of an environment is confirmed.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, PartialEq, Eq, PartialOrd, Ord, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Confirmation {
    /// No question.
    None,
    /// A plain yes.
    Yes,
    /// The container's name, typed.
    TypeName,
}

/// What happens when there is a newer image.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, PartialEq, Eq, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AutoUpdate {
    /// Only when somebody updates that one container.
    Never,
    /// It is offered; somebody says yes.
    Ask,
    /// By itself, at the time for updates.
    Always,
}

/// How often its containers are looked at, beside the profile's interval.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, PartialEq, Eq, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Frequency {
    High,
    Medium,
    Low,
}

impl Frequency {
    /// How many of the profile's intervals lie between two looks. The profile
    /// says what the host can bear, so no environment is looked at more often:
    /// those that matter less are looked at less.
    pub const fn factor(self) -> u32 {
        match self {
            Self::High => 1,
            Self::Medium => 2,
            Self::Low => 4,
        }
    }

    /// Time between two looks on a host of this profile.
    pub fn interval(self, profile: &Profile) -> Duration {
        profile.health_check_interval * self.factor()
    }
}

/// The level of alerts: in the plan of a change, and in the list of
/// what needs attention.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, PartialEq, Eq, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AlertLevel {
    /// Everything, before all others, and plans say how much it matters.
    High,
    /// Everything.
    Medium,
    /// A step quieter than it is, and plans warn of lost data only.
    Low,
    /// Not at all.
    None,
}

impl AlertLevel {
    /// Whether a plan mentions what is merely worth knowing.
    pub fn reports_remarks(self) -> bool {
        matches!(self, Self::High | Self::Medium)
    }

    /// Whether a plan mentions data that is lost for good.
    pub fn reports_data_loss(self) -> bool {
        self != Self::None
    }
}

/// The shapes to choose from, each an icon of the interface.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, PartialEq, Eq, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum EnvironmentIcon {
    Shield,
    Flask,
    Hammer,
    Shapes,
    Star,
    House,
    Rocket,
    Heart,
    Cloud,
    Globe,
    Bug,
    Leaf,
    Users,
    Camera,
    Archive,
    Tag,
}

/// What the whole host is: an environment's code, or `MIXED`, which gives
/// containers no default. Whether the code is known is checked by the service.
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq, Eq, ToSchema)]
#[serde(transparent)]
pub struct HostMode(String);

impl HostMode {
    /// No environment of its own.
    pub const MIXED: &'static str = "MIXED";

    pub fn of(code: impl Into<String>) -> Self {
        Self(code.into())
    }

    pub fn code(&self) -> &str {
        &self.0
    }

    /// The environment that an untagged container has, if the host gives one.
    pub fn default_environment(&self) -> Option<&str> {
        (self.0 != Self::MIXED).then_some(self.0.as_str())
    }
}

impl Default for HostMode {
    fn default() -> Self {
        Self(Self::MIXED.to_owned())
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::profile::ProfileName;

    /// The rules of the built-in environments.
    #[test]
    fn built_in_environments_have_their_specified_rules() {
        let rows: Vec<_> = Environment::built_in()
            .into_iter()
            .map(|e| {
                (
                    e.confirmation,
                    e.auto_update,
                    e.health_frequency,
                    e.backup_on_change,
                    e.warnings,
                )
            })
            .collect();
        use {AlertLevel as L, AutoUpdate as A, Confirmation as C, Frequency as F};
        assert_eq!(rows[0], (C::TypeName, A::Never, F::High, true, L::High));
        assert_eq!(rows[1], (C::Yes, A::Ask, F::Medium, true, L::Medium));
        assert_eq!(rows[2], (C::None, A::Always, F::Low, false, L::Low));
        assert_eq!(rows[3], (C::None, A::Always, F::Low, false, L::None));
    }

    #[test]
    fn health_check_interval_doubles_with_each_lower_frequency() {
        let pi = ProfileName::RaspberryPi.profile();
        assert_eq!(Frequency::High.interval(pi), Duration::from_mins(15));
        assert_eq!(Frequency::Medium.interval(pi), Duration::from_mins(30));
        assert_eq!(Frequency::Low.interval(pi), Duration::from_hours(1));
    }

    #[test]
    fn stored_host_mode_is_read_and_only_mixed_has_no_default_environment() {
        for code in ["PRD", "UAT", "DEV", "SANDBOX", "MIXED"] {
            let mode: HostMode = serde_json::from_str(&format!("\"{code}\"")).unwrap();
            assert_eq!(mode.code(), code);
            assert_eq!(mode.default_environment().is_none(), code == "MIXED");
        }
    }
}
