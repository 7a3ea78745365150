//! A copy of the database beside it, for the day on which the file is damaged.
//! Once a week: the card is written as often as it has to be.

use crate::error::{Error, Result};
use crate::store::Store;
use std::time::Duration;

/// Half a day short, so that a run that comes early does not wait for the next.
const AGE: Duration = Duration::from_hours(24 * 7 - 12);

#[derive(Debug)]
pub struct DatabaseCopy {
    store: Store,
}

impl DatabaseCopy {
    pub fn new(store: Store) -> Self {
        Self { store }
    }

    /// Copies it, unless the last copy is recent. Returns how many bytes that took.
    pub async fn run(&self) -> Result<Option<u64>> {
        let store = self.store.clone();
        let copied = tokio::task::spawn_blocking(move || store.copy_regularly(AGE))
            .await
            .map_err(|error| Error::internal("The copy was interrupted.").source(error))??;
        Ok(copied)
    }
}
