//! Adding, changing and ordering environments: checked, told as a plan, done.
//!
//! A built-in environment keeps its code, and PRD keeps what the design says
//! of it without exception: its configuration is always saved, and how it
//! confirms is `require_prd_confirmation`'s to relax. Removing one is in
//! `domain::containers`, because containers refer to it.

use super::{Environments, PRODUCTION};
use crate::domain::feed::Event;
use crate::error::{Error, Result};
use crate::model::environment::{
    AlertLevel, AutoUpdate, Confirmation, Environment, EnvironmentIcon, Frequency, RESERVED,
};
use crate::model::plan::Plan;
use serde::Deserialize;
use utoipa::ToSchema;

/// More would fit on no screen, and in no head.
const MOST: usize = 32;

/// An environment as it should be. What is left out stays as it is, or for a
/// new one is as careful as UAT.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct EnvironmentPatch {
    /// For a new one: 1 to 16 of `A`–`Z`, `0`–`9`, `_`, `-`. It never changes.
    pub code: Option<String>,
    /// 1 to 64 characters; the code when left out.
    pub name: Option<String>,
    /// At most 200 characters.
    pub description: Option<String>,
    /// `#rrggbb`.
    pub color: Option<String>,
    pub icon: Option<EnvironmentIcon>,
    pub confirmation: Option<Confirmation>,
    pub auto_update: Option<AutoUpdate>,
    pub health_frequency: Option<Frequency>,
    pub backup_on_change: Option<bool>,
    pub warnings: Option<AlertLevel>,
}

/// The order in which they are shown.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct EnvironmentOrder {
    /// Every code, once.
    pub codes: Vec<String>,
}

impl Environments {
    /// What adding it would do.
    pub fn plan_add(&self, patch: EnvironmentPatch) -> Result<Plan> {
        let new = added(&self.list(), patch)?;
        Ok(Plan {
            title: format!("Add the environment {}", new.code),
            steps: rules(&new),
            keeps: vec!["The environments of all containers.".to_owned()],
            ..Plan::default()
        })
    }

    pub async fn add(&self, patch: EnvironmentPatch) -> Result<Environment> {
        let _alone = self.hold().await;
        let list = self.list();
        let new = added(&list, patch)?;
        self.store.put_environments(vec![new.clone()]).await?;
        self.replace(list.iter().cloned().chain([new.clone()]).collect());
        // A label that meant nothing may mean something now.
        self.feed.publish(Event::Inventory);
        Ok(new)
    }

    /// What changing it would do.
    pub fn plan_change(&self, code: &str, patch: EnvironmentPatch) -> Result<Plan> {
        let before = self.known(code)?;
        let after = changed(&before, patch)?;
        let (was, will) = (rules(&before), rules(&after));
        let mut steps: Vec<String> = will
            .into_iter()
            .filter(|rule| !was.contains(rule))
            .collect();
        if steps.is_empty() {
            steps.push("Nothing: it already has these values.".to_owned());
        }
        let mut warnings = Vec::new();
        if after.confirmation < before.confirmation {
            warnings.push(format!(
                "Deleting and changing containers tagged {} then asks for less confirmation.",
                after.code
            ));
        }
        Ok(Plan {
            title: format!("Change the environment {}", after.code),
            steps,
            warnings,
            keeps: vec!["Its code, and the containers tagged with it.".to_owned()],
            ..Plan::default()
        })
    }

    pub async fn change(&self, code: &str, patch: EnvironmentPatch) -> Result<Environment> {
        let _alone = self.hold().await;
        let before = self.known(code)?;
        let after = changed(&before, patch)?;
        if after != before {
            self.store.put_environments(vec![after.clone()]).await?;
            let mut list = self.list().to_vec();
            for known in &mut list {
                if known.code == after.code {
                    known.clone_from(&after);
                }
            }
            self.replace(list);
        }
        Ok(after)
    }

    /// What ordering them so would do.
    pub fn plan_order(&self, order: &EnvironmentOrder) -> Result<Plan> {
        let list = ordered(&self.list(), order)?;
        let codes: Vec<&str> = list.iter().map(|known| known.code.as_str()).collect();
        Ok(Plan {
            title: "Reorder the environments".to_owned(),
            steps: vec![format!("Show them in this order: {}.", codes.join(", "))],
            keeps: vec!["Their rules.".to_owned()],
            ..Plan::default()
        })
    }

    pub async fn order(&self, order: &EnvironmentOrder) -> Result<()> {
        let _alone = self.hold().await;
        let before = self.list();
        let list = ordered(&before, order)?;
        if list[..] != before[..] {
            self.store.put_environments(list.clone()).await?;
            self.replace(list);
        }
        Ok(())
    }

    /// The one of an address, or not found.
    pub(in crate::domain) fn known(&self, code: &str) -> Result<Environment> {
        self.find(code)
            .ok_or_else(|| Error::not_found(format!("There is no environment {code:?}.")))
    }
}

fn added(list: &[Environment], patch: EnvironmentPatch) -> Result<Environment> {
    let code = patch.code.clone().unwrap_or_default();
    check_code(&code)?;
    if list.iter().any(|known| known.code == code) {
        return Err(
            Error::conflict(format!("The environment {code} exists already."))
                .code("environment_exists"),
        );
    }
    if list.len() >= MOST {
        return Err(Error::conflict(format!(
            "At most {MOST} environments are allowed. Delete one that is not used."
        ))
        .code("environment_limit"));
    }
    let last = list.iter().map(|known| known.display_order).max();
    let new = Environment {
        name: code.clone(),
        display_order: last.unwrap_or(0).saturating_add(1),
        code,
        ..Environment::default()
    };
    changed(&new, patch)
}

/// Letters that read the same in a label, an address and a filter.
fn check_code(code: &str) -> Result<()> {
    let good = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_' || b == b'-';
    let begins_well = code
        .bytes()
        .next()
        .is_some_and(|b| b.is_ascii_alphanumeric());
    if !begins_well || code.len() > 16 || !code.bytes().all(good) {
        return Err(Error::invalid(
            "code",
            "A code has 1 to 16 capital letters, digits, _ and -, and begins with a letter or digit.",
        ));
    }
    if RESERVED.contains(&code) {
        return Err(Error::invalid(
            "code",
            format!("{code} is reserved. Choose another code."),
        ));
    }
    Ok(())
}

fn changed(before: &Environment, patch: EnvironmentPatch) -> Result<Environment> {
    let mut after = before.clone();
    if patch.code.is_some_and(|code| code != before.code) {
        return Err(Error::invalid(
            "code",
            format!(
                "The code cannot be changed because labels refer to it. Add another environment, then delete {} with move_to.",
                before.code
            ),
        ));
    }
    if let Some(name) = patch.name {
        after.name = line("name", &name, 1..=64)?;
    }
    if let Some(description) = patch.description {
        after.description = line("description", &description, 0..=200)?;
    }
    if let Some(color) = patch.color {
        after.color = check_color(&color)?;
    }
    after.icon = patch.icon.unwrap_or(before.icon);
    after.confirmation = patch.confirmation.unwrap_or(before.confirmation);
    after.auto_update = patch.auto_update.unwrap_or(before.auto_update);
    after.health_frequency = patch.health_frequency.unwrap_or(before.health_frequency);
    after.backup_on_change = patch.backup_on_change.unwrap_or(before.backup_on_change);
    after.warnings = patch.warnings.unwrap_or(before.warnings);
    if after.code == PRODUCTION && after.confirmation != Confirmation::TypeName {
        return Err(Error::invalid(
            "confirmation",
            "PRD always asks for the name. The setting require_prd_confirmation reduces that to a simple confirmation.",
        ));
    }
    if after.code == PRODUCTION && !after.backup_on_change {
        return Err(Error::invalid(
            "backup_on_change",
            "The configuration of a PRD container is always saved before it is changed.",
        ));
    }
    Ok(after)
}

/// One line of text without control characters, trimmed.
fn line(
    field: &'static str,
    text: &str,
    length: std::ops::RangeInclusive<usize>,
) -> Result<String> {
    let text = text.trim();
    if !length.contains(&text.chars().count()) || text.chars().any(char::is_control) {
        return Err(Error::invalid(
            field,
            format!(
                "It must have {} to {} characters, none of them a control character.",
                length.start(),
                length.end()
            ),
        ));
    }
    Ok(text.to_owned())
}

/// Any colour will do: the interface makes a readable text colour of it.
fn check_color(text: &str) -> Result<String> {
    let good = text
        .strip_prefix('#')
        .is_some_and(|digits| digits.len() == 6 && digits.bytes().all(|b| b.is_ascii_hexdigit()));
    if good {
        Ok(text.to_ascii_lowercase())
    } else {
        Err(Error::invalid(
            "color",
            "A colour is # and six hexadecimal digits, such as #22c55e.",
        ))
    }
}

fn ordered(list: &[Environment], order: &EnvironmentOrder) -> Result<Vec<Environment>> {
    let mut after = Vec::with_capacity(list.len());
    for (place, code) in (1..).zip(&order.codes) {
        let known = list.iter().find(|known| known.code == *code);
        let again = after.iter().any(|seen: &Environment| seen.code == *code);
        let Some(known) = known.filter(|_| !again) else {
            return Err(Error::invalid(
                "codes",
                format!("{code:?} is not an environment, or is listed twice."),
            ));
        };
        after.push(Environment {
            display_order: place,
            ..known.clone()
        });
    }
    if after.len() != list.len() {
        return Err(Error::invalid("codes", "List every environment once."));
    }
    Ok(after)
}

/// What an environment says, a sentence a field.
fn rules(environment: &Environment) -> Vec<String> {
    let mut rules = vec![format!("Call it {}.", environment.name)];
    if !environment.description.is_empty() {
        rules.push(format!("Describe it as: {}", environment.description));
    }
    rules.push(format!(
        "Show it in {} with the icon {}.",
        environment.color,
        format!("{:?}", environment.icon).to_lowercase()
    ));
    let mut add = |rule: &str| rules.push(rule.to_owned());
    add(match environment.confirmation {
        Confirmation::None => "Delete and change its containers without confirmation.",
        Confirmation::Yes => "Ask for confirmation before its containers are deleted or changed.",
        Confirmation::TypeName => "Ask for the container's name before it is deleted or changed.",
    });
    add(match environment.auto_update {
        AutoUpdate::Never => "Update its containers only manually, one by one.",
        AutoUpdate::Ask => "Offer updates of its containers and wait for confirmation.",
        AutoUpdate::Always => {
            "Update its containers automatically where automatic updates are enabled."
        }
    });
    add(match environment.health_frequency {
        Frequency::High => "Check the health of its containers at every interval of the profile.",
        Frequency::Medium => "Check the health of its containers at every 2nd interval.",
        Frequency::Low => "Check the health of its containers at every 4th interval.",
    });
    add(if environment.backup_on_change {
        "Save a container's configuration before changing it."
    } else {
        "Do not save the configuration before a change."
    });
    add(match environment.warnings {
        AlertLevel::High => "List its alerts first, with all warnings.",
        AlertLevel::Medium => "Show all its alerts and warnings.",
        AlertLevel::Low => "Show its alerts one level lower, and only warnings about data loss.",
        AlertLevel::None => "Show none of its alerts.",
    });
    rules
}
