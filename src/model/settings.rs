//! What the user can change while the program runs.

use super::container::Level;
use super::environment::HostMode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Debug, Clone, Serialize, Deserialize, PartialEq, Eq, ToSchema)]
#[serde(default)]
pub struct Settings {
    /// What the whole host is for: an environment's code, or `MIXED`.
    pub host_environment: HostMode,
    /// Shown in the frame; not the mDNS name.
    pub host_name: String,
    /// Deleting or changing a PRD container asks for its name; without it, for a yes.
    pub require_prd_confirmation: bool,
    pub skill_level: Level,
    pub theme: Theme,
    /// Cards of the dashboard in order; those left out come last.
    pub dashboard_cards: Vec<String>,
    /// Cards that are not shown.
    pub dashboard_hidden: Vec<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            host_environment: HostMode::default(),
            host_name: String::new(),
            require_prd_confirmation: true,
            skill_level: Level::default(),
            theme: Theme::default(),
            dashboard_cards: Vec::new(),
            dashboard_hidden: Vec::new(),
        }
    }
}

#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize, PartialEq, Eq, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Theme {
    /// What the browser prefers, dark when it does not say.
    #[default]
    Auto,
    Dark,
    Light,
}
