//! The user's settings: read from memory, changed one commit at a time.

mod plan;

use crate::domain::feed::{Event, Feed};
use crate::error::{Error, Result};
use crate::host::timezone;
use crate::model::container::Level;
use crate::model::environment::HostMode;
use crate::model::settings::{Settings, Theme, UpdateSettings};
use crate::model::timestamp::Timestamp;
use crate::model::update_window::is_any_open;
use crate::store::Store;
use serde::Deserialize;
use std::sync::{Arc, PoisonError, RwLock};
use utoipa::ToSchema;

/// Days that a new image may be waited with.
pub const LONGEST_SOAK: u16 = 90;

/// A change of some settings; what is left out stays.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SettingsPatch {
    pub host_environment: Option<HostMode>,
    /// At most 64 characters.
    pub host_name: Option<String>,
    pub require_prd_confirmation: Option<bool>,
    pub skill_level: Option<Level>,
    pub theme: Option<Theme>,
    pub dashboard_cards: Option<Vec<String>>,
    pub dashboard_hidden: Option<Vec<String>>,
    /// All of them; what is left out inside has its default.
    #[serde(deserialize_with = "crate::model::read::optional_object")]
    pub updates: Option<UpdateSettings>,
}

#[derive(Debug)]
pub struct SettingsService {
    store: Store,
    feed: Feed,
    current: RwLock<Settings>,
    /// One change at a time, so that none is lost.
    changing: tokio::sync::Mutex<()>,
}

impl SettingsService {
    pub fn new(store: Store, feed: Feed, host_name: String) -> Result<Self> {
        let mut current = store.settings()?.unwrap_or_default();
        if current.host_name.is_empty() {
            current.host_name = host_name;
        }
        Ok(Self {
            store,
            feed,
            current: RwLock::new(current),
            changing: tokio::sync::Mutex::default(),
        })
    }

    pub fn get(&self) -> Settings {
        self.read(Clone::clone)
    }

    /// A part of them, without a copy of the whole.
    pub fn read<R>(&self, part: impl FnOnce(&Settings) -> R) -> R {
        part(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Keeps every other change away while it is held.
    pub(in crate::domain) async fn hold(&self) -> tokio::sync::MutexGuard<'_, ()> {
        self.changing.lock().await
    }

    /// Whether a maintenance window is open, which it always is where none is set.
    pub fn is_window_open(&self) -> bool {
        let windows = self.read(|settings| settings.updates.windows.clone());
        let zone = timezone::local();
        is_any_open(&windows, Timestamp::now(), zone.as_ref())
    }

    /// The settings as the patch would make them, checked. Nothing is stored.
    pub fn preview(&self, patch: SettingsPatch) -> Result<Settings> {
        self.check_host(&patch)?;
        apply(self.get(), patch)
    }

    pub async fn patch(&self, patch: SettingsPatch) -> Result<Settings> {
        let _alone = self.changing.lock().await;
        let before = self.get();
        let after = self.preview(patch)?;
        if after != before {
            self.store.put_settings(after.clone()).await?;
            self.replace(after.clone());
        }
        Ok(after)
    }

    /// What the store now holds by another commit (the wizard's).
    pub fn replace(&self, settings: Settings) {
        let before = self.get();
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = settings.clone();
        let told = Arc::new(settings);
        self.feed.publish(Event::Settings(Arc::clone(&told)));
        if before.host_environment != told.host_environment {
            // Every container without a tag of its own is now another's.
            self.feed.publish(Event::Inventory);
        }
    }
}

impl SettingsService {
    /// The store knows the codes; asking `environments` would ask in a circle.
    fn check_host(&self, patch: &SettingsPatch) -> Result<()> {
        let Some(mode) = &patch.host_environment else {
            return Ok(());
        };
        let known = self.store.environments()?;
        let fits = mode
            .default_environment()
            .is_none_or(|code| known.iter().any(|known| known.code == code));
        if fits {
            return Ok(());
        }
        let codes: Vec<&str> = known.iter().map(|known| known.code.as_str()).collect();
        Err(Error::invalid(
            "host_environment",
            format!(
                "{:?} is not an environment of a host. Allowed: {}, {}.",
                mode.code(),
                codes.join(", "),
                HostMode::MIXED
            ),
        ))
    }
}

fn check_updates(updates: &UpdateSettings) -> Result<()> {
    if let Some(minutes) = updates.check_minutes
        && !(15..=10_080).contains(&minutes)
    {
        return Err(Error::invalid(
            "updates.check_minutes",
            "Registries are asked every 15 to 10080 minutes.",
        ));
    }
    if updates.soak_days > LONGEST_SOAK {
        return Err(Error::invalid(
            "updates.soak_days",
            format!("At most {LONGEST_SOAK} days."),
        ));
    }
    if updates.windows.len() > 20 {
        return Err(Error::invalid("updates.windows", "At most 20 windows."));
    }
    for (at, window) in updates.windows.iter().enumerate() {
        window
            .check()
            .map_err(|why| Error::invalid(format!("updates.windows[{at}]"), why))?;
    }
    Ok(())
}

fn apply(mut settings: Settings, patch: SettingsPatch) -> Result<Settings> {
    if let Some(name) = patch.host_name {
        let name = name.trim();
        if name.is_empty() || name.chars().count() > 64 || name.chars().any(char::is_control) {
            return Err(Error::invalid(
                "host_name",
                "The name must have 1 to 64 characters, none of them a control character.",
            ));
        }
        name.clone_into(&mut settings.host_name);
    }
    for (field, cards, target) in [
        (
            "dashboard_cards",
            patch.dashboard_cards,
            &mut settings.dashboard_cards,
        ),
        (
            "dashboard_hidden",
            patch.dashboard_hidden,
            &mut settings.dashboard_hidden,
        ),
    ] {
        let Some(cards) = cards else { continue };
        let good = |card: &String| {
            !card.is_empty()
                && card.len() <= 32
                && card
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
        };
        if cards.len() > 32 || !cards.iter().all(good) {
            return Err(Error::invalid(
                field,
                "At most 32 card names of letters, digits, - and _ are allowed.",
            ));
        }
        *target = cards;
    }
    if let Some(value) = patch.host_environment {
        settings.host_environment = value;
    }
    if let Some(value) = patch.require_prd_confirmation {
        settings.require_prd_confirmation = value;
    }
    if let Some(value) = patch.skill_level {
        settings.skill_level = value;
    }
    if let Some(updates) = patch.updates {
        check_updates(&updates)?;
        settings.updates = updates;
    }
    if let Some(value) = patch.theme {
        settings.theme = value;
    }
    Ok(settings)
}
