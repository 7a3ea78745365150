//! Looks for newer images by the schedule of the profile, and soon when a
//! container appears whose image was not looked up yet.

use super::driver::{Job, Next, Ran};
use crate::domain::background_jobs::{JobInfo, Schedule};
use crate::domain::updates::Updates;
use crate::error::{Kind, Result};
use futures_util::future::BoxFuture;
use std::sync::Arc;

pub struct CheckUpdates(pub Arc<Updates>);

impl Job for CheckUpdates {
    fn info(&self) -> JobInfo {
        JobInfo {
            id: "check_updates",
            title: "Check for updates",
            description: "Asks the registries whether the images of containers have newer versions. Nothing is pulled or changed.",
            schedule: Schedule::Every(self.0.interval()),
        }
    }

    fn run(&mut self) -> BoxFuture<'_, Result<Ran>> {
        Box::pin(async {
            match self.0.run_due().await {
                Ok((result, wait)) => Ok(Ran::new(result, Next::After(wait))),
                // It is connected to all the time; this job has not failed.
                Err(error) if error.kind == Kind::EngineUnavailable => {
                    Ok(Ran::new("Waiting for the engine.", Next::Retry))
                }
                Err(error) => Err(error),
            }
        })
    }

    fn changed(&mut self) -> BoxFuture<'_, ()> {
        Box::pin(self.0.unchecked())
    }
}
