//! What a change of the settings would do, in sentences.

use super::{SettingsPatch, SettingsService};
use crate::error::Result;
use crate::model::plan::Plan;
use crate::model::settings::{Settings, UpdateSettings};

impl SettingsService {
    pub fn plan(&self, patch: SettingsPatch) -> Result<Plan> {
        let (before, after) = (self.get(), self.preview(patch)?);
        let mut steps = changes(&before, &after);
        if steps.is_empty() {
            steps.push("Nothing: the settings already have these values.".to_owned());
        }
        Ok(Plan {
            title: "Change the settings".to_owned(),
            steps,
            warnings: warnings(&before, &after),
            keeps: vec!["All other settings.".to_owned()],
            ..Plan::default()
        })
    }
}

fn changes(before: &Settings, after: &Settings) -> Vec<String> {
    let word = |value: &dyn std::fmt::Debug| format!("{value:?}").to_lowercase();
    let list = |cards: &[String]| {
        if cards.is_empty() {
            "none".to_owned()
        } else {
            cards.join(", ")
        }
    };
    let (hosts, names) = (
        [&before.host_environment, &after.host_environment],
        [&before.host_name, &after.host_name],
    );
    [
        (
            "The environment of this host",
            hosts[0].code().to_owned(),
            hosts[1].code().to_owned(),
        ),
        (
            "The name of this host",
            format!("{:?}", names[0]),
            format!("{:?}", names[1]),
        ),
        (
            "Typing the name of a production container",
            word(&before.require_prd_confirmation),
            word(&after.require_prd_confirmation),
        ),
        (
            "The skill level",
            word(&before.skill_level),
            word(&after.skill_level),
        ),
        ("The theme", word(&before.theme), word(&after.theme)),
        (
            "Automatic updates",
            updates(&before.updates),
            updates(&after.updates),
        ),
        (
            "The order of the dashboard's cards",
            list(&before.dashboard_cards),
            list(&after.dashboard_cards),
        ),
        (
            "The dashboard's hidden cards",
            list(&before.dashboard_hidden),
            list(&after.dashboard_hidden),
        ),
    ]
    .into_iter()
    .filter(|(_, was, will)| was != will)
    .map(|(what, was, will)| format!("{what}: from {was} to {will}."))
    .collect()
}

/// "as the hardware profile says, checked every 60 minutes, …"
fn updates(settings: &UpdateSettings) -> String {
    let mut parts = vec![
        match settings.automatic {
            None => "as the hardware profile says",
            Some(true) => "on",
            Some(false) => "off",
        }
        .to_owned(),
    ];
    if let Some(minutes) = settings.check_minutes {
        parts.push(format!("registries asked every {minutes} minutes"));
    }
    if settings.soak_days > 0 {
        parts.push(format!("images at least {} days old", settings.soak_days));
    }
    parts.push(if settings.windows.is_empty() {
        "at any time".to_owned()
    } else {
        let windows = settings.windows.iter().map(|window| {
            let days = window.days.iter().map(|day| format!("{day:?}"));
            let days: Vec<String> = days.collect();
            let days = if days.is_empty() {
                "every day".to_owned()
            } else {
                days.join(", ")
            };
            format!(
                "{days} from {} for {} minutes",
                window.start, window.minutes
            )
        });
        windows.collect::<Vec<_>>().join("; ")
    });
    if settings.remove_old_images {
        parts.push("old images removed".to_owned());
    }
    parts.join(", ")
}

fn warnings(before: &Settings, after: &Settings) -> Vec<String> {
    let mut warnings = Vec::new();
    if before.host_environment != after.host_environment {
        warnings.push(match after.host_environment.default_environment() {
            Some(code) => format!(
                "Every container without its own environment is treated as {code} from now on."
            ),
            None => "Containers without their own environment have none from now on, and are deleted without confirmation."
                .to_owned(),
        });
    }
    if before.require_prd_confirmation && !after.require_prd_confirmation {
        warnings.push(
            "Deleting and changing production containers then needs only a simple confirmation."
                .to_owned(),
        );
    }
    warnings
}
