//! What DockerMate itself knows of a network: reserved ranges, and what its user
//! said about its size. Kept by the network's name, so that a network which is
//! recreated keeps it.

use super::timestamp::Timestamp;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;
use std::time::Duration;
use utoipa::ToSchema;

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct NetworkRecord {
    pub reservations: Vec<ReservedRange>,
    /// When somebody accepted that it is larger than this host should have.
    pub oversized_acknowledged_at: Option<Timestamp>,
    /// That its size is not to be warned of for a while.
    pub dismissal: Option<SizeDismissal>,
    pub peak: Option<UsePeak>,
}

/// The most addresses that were in use at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct UsePeak {
    pub used: u64,
    pub at: Timestamp,
}

/// Since when the warning of a network's size is not shown, and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SizeDismissal {
    #[serde(rename = "for")]
    pub duration: DismissFor,
    pub at: Timestamp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub enum DismissFor {
    #[serde(rename = "7_days")]
    Week,
    #[serde(rename = "30_days")]
    Month,
    #[serde(rename = "permanent")]
    Permanent,
    /// It is shown while a maintenance window is open.
    #[serde(rename = "maintenance_window")]
    MaintenanceWindow,
}

impl SizeDismissal {
    /// Until when, where that is a day.
    pub fn until(self) -> Option<Timestamp> {
        let days = match self.duration {
            DismissFor::Week => 7,
            DismissFor::Month => 30,
            DismissFor::Permanent | DismissFor::MaintenanceWindow => return None,
        };
        Some(self.at.plus(Duration::from_hours(24 * days)))
    }

    pub fn is_in_effect(self, now: Timestamp, is_window_open: bool) -> bool {
        match self.duration {
            DismissFor::Permanent => true,
            DismissFor::MaintenanceWindow => !is_window_open,
            DismissFor::Week | DismissFor::Month => self.until().is_some_and(|end| now < end),
        }
    }
}

/// A range of addresses that is kept for something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReservedRange {
    pub id: String,
    #[schema(value_type = String)]
    pub first: IpAddr,
    #[schema(value_type = String)]
    pub last: IpAddr,
    /// "Media Services".
    pub label: String,
    #[serde(default)]
    pub description: String,
    /// A color of the palette: `blue`, `green` …
    pub color: String,
    /// Addresses in it are only given out when the range is named.
    pub prevent_auto_assign: bool,
    pub created_at: Timestamp,
}

impl NetworkRecord {
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dismissed_warning_returns_after_its_days_or_in_a_maintenance_window() {
        let at = Timestamp(1_000);
        let after = |days: u64| at.plus(Duration::from_hours(24 * days));
        let of = |duration| SizeDismissal { duration, at };
        assert!(of(DismissFor::Week).is_in_effect(after(6), true));
        assert!(!of(DismissFor::Week).is_in_effect(after(7), false));
        assert!(of(DismissFor::Month).is_in_effect(after(29), true));
        assert!(!of(DismissFor::Month).is_in_effect(after(31), false));
        assert!(of(DismissFor::Permanent).is_in_effect(after(9999), true));
        assert!(of(DismissFor::MaintenanceWindow).is_in_effect(after(1), false));
        assert!(!of(DismissFor::MaintenanceWindow).is_in_effect(after(1), true));
    }
}
