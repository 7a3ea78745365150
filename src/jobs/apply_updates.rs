//! Makes the updates that need nobody: of containers whose policy says so, in the
//! maintenance windows.

use super::driver::{Job, Next, Ran};
use crate::domain::background_jobs::{JobInfo, Schedule};
use crate::domain::updates::{Updater, Updates};
use crate::error::{Kind, Result};
use futures_util::future::BoxFuture;
use std::sync::Arc;
use std::time::Duration;

/// Windows begin to the minute, but nobody looks at the clock for it.
const INTERVAL: Duration = Duration::from_mins(5);

pub struct ApplyUpdates {
    pub updater: Arc<Updater>,
    pub updates: Arc<Updates>,
}

impl Job for ApplyUpdates {
    fn info(&self) -> JobInfo {
        JobInfo {
            id: "apply_updates",
            title: "Automatic updates",
            description: "Updates containers whose policy is automatic, in the maintenance windows. One that does not work is rolled back, and not tried again.",
            schedule: Schedule::Every(INTERVAL),
        }
    }

    fn run(&mut self) -> BoxFuture<'_, Result<Ran>> {
        Box::pin(async {
            match self.updater.run_automatic().await {
                Ok(result) => Ok(Ran::new(result, Next::Scheduled)),
                Err(error) if error.kind == Kind::EngineUnavailable => {
                    Ok(Ran::new("Waiting for the engine.", Next::Retry))
                }
                Err(error) => Err(error),
            }
        })
    }

    fn changed(&mut self) -> BoxFuture<'_, ()> {
        Box::pin(self.updates.news())
    }
}
