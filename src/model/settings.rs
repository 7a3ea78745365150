//! What the user can change while the program runs.

use super::container::Level;
use super::environment::HostMode;
use super::update_window::UpdateWindow;
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
    pub updates: UpdateSettings,
}

/// When and how images of containers are updated.
#[derive(Debug, Clone, Default, Serialize, Deserialize, PartialEq, Eq, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct UpdateSettings {
    /// Whether containers whose environment says so are updated by themselves;
    /// `null`: as the hardware profile says.
    pub automatic: Option<bool>,
    /// Minutes from one check to the next, 15 to 10080; `null`: as the hardware
    /// profile says.
    pub check_minutes: Option<u32>,
    /// Days that a new image must have been known before it is taken by itself; at
    /// most 90.
    pub soak_days: u16,
    /// When containers may be updated by themselves; at any time when there are none.
    /// At most 20.
    #[serde(deserialize_with = "super::read::objects")]
    pub windows: Vec<UpdateWindow>,
    /// Remove an image that was replaced by itself, if nothing else uses it. A
    /// rollback has to pull it again.
    pub remove_old_images: bool,
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
            updates: UpdateSettings::default(),
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
