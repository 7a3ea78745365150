//! Completes or rolls back what an earlier run of the program, or an engine
//! that went away, has left half done: whenever the engine has come up, when an
//! operation asks for it, and again after a while when it failed.

use super::driver::{Job, Next, Ran};
use crate::domain::background_jobs::{JobInfo, Schedule};
use crate::domain::operations::{Operations, Recovery};
use crate::error::Result;
use crate::model::engine::{EngineState, EngineStatus};
use futures_util::future::BoxFuture;
use std::sync::Arc;
use tokio::sync::watch;

pub struct Recoveries {
    pub operations: Operations,
    /// One for each kind of journal entry.
    pub recoveries: Vec<Arc<dyn Recovery>>,
    pub engine_status: watch::Receiver<EngineStatus>,
}

impl Job for Recoveries {
    fn info(&self) -> JobInfo {
        JobInfo {
            id: "recover_operations",
            title: "Recover interrupted operations",
            description: "Completes or rolls back operations that were cut off, as soon as the engine responds.",
            schedule: Schedule::WhenNeeded,
        }
    }

    fn run(&mut self) -> BoxFuture<'_, Result<Ran>> {
        Box::pin(async {
            if self.engine_status.borrow_and_update().state != EngineState::Up {
                return Ok(Ran::new("Waiting for the engine.", Next::Scheduled));
            }
            Ok(if self.operations.recover(&self.recoveries).await? {
                Ran::new("No operation is left to recover.", Next::Scheduled)
            } else {
                Ran::new("An operation could not be recovered yet.", Next::Retry)
            })
        })
    }

    fn changed(&mut self) -> BoxFuture<'_, ()> {
        Box::pin(async {
            tokio::select! {
                Ok(()) = self.engine_status.changed() => {}
                () = self.operations.recovery_requested() => {}
            }
        })
    }
}
