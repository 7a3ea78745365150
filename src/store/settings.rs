//! The settings that change while the program runs.

use super::{Commit, Store, StoreError};
use crate::model::settings::Settings;

pub(super) const KEY: &str = "settings";

impl Store {
    /// `None` also for settings that cannot be read; the defaults hold then.
    pub fn settings(&self) -> Result<Option<Settings>, StoreError> {
        self.read(|txn, tables| tables.settings.find(txn, KEY))
    }

    pub async fn put_settings(&self, settings: Settings) -> Result<(), StoreError> {
        self.commit(Commit::new().put_settings(settings)).await
    }
}

impl Commit {
    pub fn put_settings(self, settings: Settings) -> Self {
        self.change(move |txn, tables| tables.settings.put(txn, KEY, &settings))
    }
}
