//! The profile as a person reads it: the line of the table in words, each with
//! where it comes from.

use super::{ContainerLimits, LogAnalysis, Profile, ProfileName};
use serde::Serialize;
use std::time::Duration;
use utoipa::ToSchema;

/// The profile as the wizard, the settings page and the API show it.
#[derive(Debug, Clone, Serialize, PartialEq, ToSchema)]
pub struct ProfileView {
    /// The active value.
    pub name: ProfileName,
    pub title: &'static str,
    pub summary: &'static str,
    /// Why this profile, in a sentence.
    pub how: String,
    /// Set by the user rather than found.
    pub overridden: bool,
    /// What the host itself would get.
    pub detected: ProfileName,
    /// The program runs in a container, whose limits count.
    pub in_container: bool,
    pub cpu_cores: u32,
    pub memory_bytes: u64,
    /// The board, where the firmware tells.
    pub model: Option<String>,
    /// `null`: no limit.
    pub max_containers: Option<u32>,
    pub limits: Option<ContainerLimits>,
    pub update_check_interval_s: u64,
    pub health_check_interval_s: u64,
    pub continuous_monitoring: bool,
    pub log_analysis: LogAnalysis,
    pub auto_update: bool,
    /// Prefix length of the largest network offered by default.
    pub network_size_limit: u8,
    pub reduced_motion: bool,
    pub warning: Option<&'static str>,
    /// The same, one line each, with where it comes from.
    pub values: Vec<ProfileValue>,
}

#[derive(Debug, Clone, Serialize, PartialEq, Eq, ToSchema)]
pub struct ProfileValue {
    pub key: &'static str,
    pub label: &'static str,
    pub value: String,
    /// The file, call, setting or table that says so.
    pub source: String,
}

/// The lines of `profile` that a person reads.
pub(crate) fn table_values(profile: &Profile) -> Vec<ProfileValue> {
    let source = format!("profile {}", profile.name);
    let line = |key, label, value: String| ProfileValue {
        key,
        label,
        value,
        source: source.clone(),
    };
    let yes = |on| if on { "yes" } else { "no" }.to_owned();
    vec![
        line(
            "max_containers",
            "Containers",
            profile.limits().map_or_else(
                || "no limit".to_owned(),
                |limits| {
                    format!(
                        "{} (warns from {}, at the limit from {})",
                        limits.max, limits.approaching_from, limits.at_limit_from
                    )
                },
            ),
        ),
        line(
            "update_check_interval",
            "Update checks every",
            spell(profile.update_check_interval),
        ),
        line(
            "health_check_interval",
            "Health checks every",
            spell(profile.health_check_interval),
        ),
        line(
            "continuous_monitoring",
            "Continuous monitoring",
            yes(profile.continuous_monitoring),
        ),
        line(
            "log_analysis",
            "Log analysis",
            match profile.log_analysis {
                LogAnalysis::Off => "one container, on request",
                LogAnalysis::OnDemand => "on request",
                LogAnalysis::Continuous => "on request, or continuously",
            }
            .to_owned(),
        ),
        line(
            "auto_update",
            "Automatic updates possible",
            yes(profile.auto_update),
        ),
        line(
            "network_size_limit",
            "Largest network offered",
            format!(
                "/{} ({} addresses)",
                profile.network_prefix_min,
                (1_u64 << (32 - u32::from(profile.network_prefix_min))) - 2
            ),
        ),
        line(
            "reduced_motion",
            "Reduced animations",
            yes(profile.reduced_motion),
        ),
    ]
}

/// `12 hours`, `1 minute`. Every interval of the table is whole minutes.
pub(crate) fn spell(interval: Duration) -> String {
    let minutes = interval.as_secs() / 60;
    let (count, unit) = match minutes {
        60.. if minutes.is_multiple_of(60) => (minutes / 60, "hour"),
        _ => (minutes, "minute"),
    };
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {unit}{plural}")
}
