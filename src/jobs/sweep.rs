//! Removes records that are older than they are kept. Writes only when there
//! is something to remove.

use super::driver::{Job, Next, Ran};
use crate::domain::background_jobs::{JobInfo, Schedule};
use crate::domain::cleanup::Cleanup;
use crate::error::Result;
use futures_util::future::BoxFuture;
use std::time::Duration;

pub struct Sweep {
    pub cleanup: Cleanup,
    pub interval: Duration,
}

impl Job for Sweep {
    fn info(&self) -> JobInfo {
        JobInfo {
            id: "remove_old_records",
            title: "Remove old records",
            description: "Removes expired sessions and security events older than 90 days.",
            schedule: Schedule::Every(self.interval),
        }
    }

    fn run(&mut self) -> BoxFuture<'_, Result<Ran>> {
        Box::pin(async {
            let result = match self.cleanup.run().await? {
                0 => "Nothing to remove.".to_owned(),
                1 => "1 record removed.".to_owned(),
                removed => format!("{removed} records removed."),
            };
            Ok(Ran::new(result, Next::Scheduled))
        })
    }
}
