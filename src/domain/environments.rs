//! Environments: what they are, which one a container has, and what that asks
//! of whoever interrupts or changes it (sections 6.1 to 6.3 of the design).
//!
//! Whatever changes a container asks here first. A code that nobody knows is
//! the same as none: the next source decides.

mod change;

pub use change::{EnvironmentOrder, EnvironmentPatch};

use crate::domain::feed::{Event, Feed};
use crate::domain::settings::SettingsService;
use crate::error::{Error, Kind, Result};
use crate::model::environment::{AlertLevel, Confirmation, Environment, EnvironmentSource};
use crate::model::plan::{Need, NeedKind};
use crate::store::Store;
use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

/// The label that tags a container from its Compose file or run line.
pub const LABEL: &str = "dockermate.environment";
/// The one whose confirmation `require_prd_confirmation` relaxes.
pub const PRODUCTION: &str = "PRD";

/// What something that is done to a container means for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Impact {
    /// It is stopped, restarted, killed or paused, and stays what it is.
    Interruption,
    /// It is deleted, or becomes another.
    Change,
}

#[derive(Debug)]
pub struct Environments {
    store: Store,
    feed: Feed,
    settings: Arc<SettingsService>,
    /// In the order in which they are shown.
    current: RwLock<Arc<[Environment]>>,
    /// One change at a time, so that none is lost.
    changing: tokio::sync::Mutex<()>,
}

impl Environments {
    pub fn new(store: Store, feed: Feed, settings: Arc<SettingsService>) -> Result<Arc<Self>> {
        let current = RwLock::new(store.environments()?.into());
        Ok(Arc::new(Self {
            store,
            feed,
            settings,
            current,
            changing: tokio::sync::Mutex::default(),
        }))
    }

    /// All of them, in their order.
    pub fn list(&self) -> Arc<[Environment]> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub fn find(&self, code: &str) -> Option<Environment> {
        self.list().iter().find(|known| known.code == code).cloned()
    }

    /// The code as it is written here, whatever its case. `field` names it in errors.
    pub fn parse(&self, field: &'static str, text: &str) -> Result<String> {
        let known = self.list();
        if let Some(code) = known_code(&known, text) {
            return Ok(code.to_owned());
        }
        let codes: Vec<&str> = known.iter().map(|known| known.code.as_str()).collect();
        Err(Error::invalid(
            field,
            format!(
                "{text:?} is not an environment. Known: {}.",
                codes.join(", ")
            ),
        ))
    }

    /// The environment of a container: the user's choice, else the label, else
    /// what the host is.
    pub fn of(
        &self,
        chosen: Option<&str>,
        labels: &BTreeMap<String, String>,
    ) -> (Option<String>, EnvironmentSource) {
        let known = self.list();
        let label = labels.get(LABEL).map(String::as_str);
        for (text, source) in [
            (chosen, EnvironmentSource::User),
            (label, EnvironmentSource::Label),
        ] {
            if let Some(code) = text.and_then(|text| known_code(&known, text)) {
                return (Some(code.to_owned()), source);
            }
        }
        let host = self
            .settings
            .read(|settings| settings.host_environment.clone());
        match host
            .default_environment()
            .and_then(|text| known_code(&known, text))
        {
            Some(code) => (Some(code.to_owned()), EnvironmentSource::Host),
            None => (None, EnvironmentSource::None),
        }
    }

    /// Smaller comes first; what has no environment comes last.
    pub fn rank(&self, environment: Option<&str>) -> usize {
        let known = self.list();
        environment
            .and_then(|code| known.iter().position(|known| known.code == code))
            .unwrap_or(known.len())
    }

    /// What something that is done to a container needs; `verb` says what (`recreate`).
    pub fn need(
        &self,
        environment: Option<&str>,
        impact: Impact,
        name: &str,
        verb: &str,
    ) -> Option<Need> {
        let code = environment?;
        match self.confirmation(environment, impact) {
            Confirmation::TypeName => Some(Need {
                kind: NeedKind::TypeName,
                confirm: name.to_owned(),
                reason: format!("{name} is tagged {code}: type its name to {verb} it."),
            }),
            Confirmation::Yes => Some(Need {
                kind: NeedKind::Yes,
                confirm: "yes".to_owned(),
                reason: format!("{name} is tagged {code}: confirm to {verb} it."),
            }),
            Confirmation::None => None,
        }
    }

    /// What doing it to several at once needs: the strictest of them. Where names
    /// would have to be typed, the verb and the number of all are enough
    /// (`delete 3`): nobody types twenty names, and nobody types a number by
    /// accident or without having seen how many they are.
    pub fn need_for_many(targets: &[(Confirmation, String)], verb: &str) -> Option<Need> {
        let strictest = targets.iter().map(|(asks, _)| *asks).max()?;
        let names: Vec<&str> = targets
            .iter()
            .filter(|(asks, _)| *asks == strictest)
            .map(|(_, name)| name.as_str())
            .collect();
        let (all, who) = (targets.len(), some_of(&names));
        match strictest {
            Confirmation::TypeName => {
                let confirm = format!("{verb} {all}");
                Some(Need {
                    kind: NeedKind::TypeName,
                    reason: format!(
                        "To {verb} all {all}, type \"{confirm}\": confirmation by name is required for {who}."
                    ),
                    confirm,
                })
            }
            Confirmation::Yes => Some(Need {
                kind: NeedKind::Yes,
                confirm: "yes".to_owned(),
                reason: format!("Confirm to {verb} all {all}: confirmation is required for {who}."),
            }),
            Confirmation::None => None,
        }
    }

    /// Whether a container's configuration is saved before it is changed.
    pub fn backs_up(&self, environment: Option<&str>) -> bool {
        environment
            .and_then(|code| self.find(code))
            .is_some_and(|known| known.backup_on_change)
    }

    /// The alert level of an environment; medium without one.
    pub fn alert_level(&self, environment: Option<&str>) -> AlertLevel {
        environment
            .and_then(|code| self.find(code))
            .map_or(AlertLevel::Medium, |known| known.warnings)
    }

    /// The warnings of a plan that the environment's alert level lets through.
    /// `losses` are about data that cannot be recovered, `remarks` are the rest.
    pub fn filter_warnings(
        &self,
        environment: Option<&str>,
        losses: Vec<String>,
        remarks: Vec<String>,
    ) -> Vec<String> {
        let level = self.alert_level(environment);
        let mut warnings = Vec::new();
        if level.reports_remarks() {
            warnings.extend(remarks);
        }
        if level.reports_data_loss() {
            warnings.extend(losses);
        }
        warnings
    }

    /// Whether a change is asked about less strictly in one environment than in another.
    pub fn protects_less(&self, before: Option<&str>, after: Option<&str>) -> bool {
        let asks = |of| self.confirmation(of, Impact::Change);
        asks(after) < asks(before)
    }

    /// How something that is done to a container of an environment is confirmed: the
    /// matrix of the README.
    pub fn confirmation(&self, environment: Option<&str>, impact: Impact) -> Confirmation {
        let asks = self.asks(environment);
        match impact {
            Impact::Change => asks,
            Impact::Interruption if asks == Confirmation::TypeName => Confirmation::Yes,
            Impact::Interruption => Confirmation::None,
        }
    }

    fn asks(&self, environment: Option<&str>) -> Confirmation {
        let Some(known) = environment.and_then(|code| self.find(code)) else {
            return Confirmation::None;
        };
        let strict = known.code != PRODUCTION
            || self
                .settings
                .read(|settings| settings.require_prd_confirmation);
        if strict {
            known.confirmation
        } else {
            known.confirmation.min(Confirmation::Yes)
        }
    }

    /// Keeps every other change of the list away while it is held.
    pub(in crate::domain) async fn hold(&self) -> tokio::sync::MutexGuard<'_, ()> {
        self.changing.lock().await
    }

    /// What the store now holds.
    pub(in crate::domain) fn replace(&self, mut list: Vec<Environment>) {
        list.sort_by(|a, b| (a.display_order, &a.code).cmp(&(b.display_order, &b.code)));
        let list: Arc<[Environment]> = list.into();
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&list);
        self.feed.publish(Event::Environments(list));
    }
}

/// Refuses unless what is needed was sent. Who types the name has said yes too.
pub fn require(need: Option<&Need>, given: Option<&str>, name: &str) -> Result<()> {
    let Some(need) = need else { return Ok(()) };
    let fits = match (need.kind, given) {
        (_, Some(given)) if given == need.confirm => true,
        (NeedKind::Yes, Some(given)) => given == name || given.eq_ignore_ascii_case("yes"),
        _ => false,
    };
    if fits {
        return Ok(());
    }
    Err(Error::new(
        Kind::ConfirmationRequired {
            confirm: need.confirm.clone(),
        },
        format!("{} Send it as `confirm`.", need.reason),
    ))
}

/// The first few names, and how many more.
pub(in crate::domain) fn some_of(names: &[&str]) -> String {
    const SHOWN: usize = 3;
    match names {
        [] => "Nothing".to_owned(),
        [one] => (*one).to_owned(),
        [rest @ .., last] if names.len() <= SHOWN => format!("{} and {last}", rest.join(", ")),
        _ => format!(
            "{} and {} more",
            names[..SHOWN].join(", "),
            names.len() - SHOWN
        ),
    }
}

fn known_code<'a>(known: &'a [Environment], text: &str) -> Option<&'a str> {
    let text = text.trim();
    known
        .iter()
        .find(|known| known.code.eq_ignore_ascii_case(text))
        .map(|known| known.code.as_str())
}

#[cfg(test)]
mod tests;
