//! The environments, by code. The four of the design are put there by the
//! migration and never removed.

use super::settings::KEY as SETTINGS;
use super::{ContainerRecord, Store, StoreError};
use crate::model::environment::Environment;
use crate::model::settings::Settings;

impl Store {
    /// All of them, in the order in which they are shown.
    pub fn environments(&self) -> Result<Vec<Environment>, StoreError> {
        let mut all = self.read(|txn, tables| {
            tables
                .environments
                .iter(txn)?
                .map(|entry| entry.map(|(_, environment)| environment))
                .collect::<heed::Result<Vec<_>>>()
        })?;
        for built_in in Environment::built_in() {
            // One that cannot be read holds as it was built in.
            if !all.iter().any(|known| known.code == built_in.code) {
                all.push(built_in);
            }
        }
        all.sort_by(|a, b| (a.display_order, &a.code).cmp(&(b.display_order, &b.code)));
        Ok(all)
    }

    /// Adds or changes these, in one commit.
    pub async fn put_environments(&self, list: Vec<Environment>) -> Result<(), StoreError> {
        self.write(move |txn, tables| {
            for environment in &list {
                tables
                    .environments
                    .put(txn, &environment.code, environment)?;
            }
            Ok(())
        })
        .await
    }

    /// Removes one; what referred to it refers to something else in the same
    /// commit, so that no start in between finds a tag without its meaning.
    pub async fn remove_environment(
        &self,
        code: String,
        records: Vec<(String, ContainerRecord)>,
        settings: Option<Settings>,
    ) -> Result<(), StoreError> {
        self.write(move |txn, tables| {
            tables.environments.delete(txn, &code)?;
            for (name, record) in &records {
                tables.containers.put(txn, name, record)?;
            }
            if let Some(settings) = &settings {
                tables.settings.put(txn, SETTINGS, settings)?;
            }
            Ok(())
        })
        .await
    }
}
