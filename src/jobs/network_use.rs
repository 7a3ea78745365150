//! Notes how much of large networks is used, so that their sizes can be judged by
//! more than one moment. Writes only when it is more than ever.

use super::driver::{Job, Next, Ran};
use crate::domain::background_jobs::{JobInfo, Schedule};
use crate::domain::networks::NetworkService;
use crate::error::{Kind, Result};
use futures_util::future::BoxFuture;
use std::sync::Arc;
use std::time::Duration;

pub struct NoteNetworkUse {
    pub networks: Arc<NetworkService>,
    pub interval: Duration,
}

impl Job for NoteNetworkUse {
    fn info(&self) -> JobInfo {
        JobInfo {
            id: "note_network_use",
            title: "Note the use of networks",
            description: "Notes the most addresses that were in use at once, of networks that are larger than this host needs.",
            schedule: Schedule::Every(self.interval),
        }
    }

    fn run(&mut self) -> BoxFuture<'_, Result<Ran>> {
        Box::pin(async {
            let result = match self.networks.note_peaks().await {
                Ok(0) => "Nothing has changed.".to_owned(),
                Ok(1) => "1 network has more in use than before.".to_owned(),
                Ok(changed) => format!("{changed} networks have more in use than before."),
                // It is connected to all the time; this job has not failed.
                Err(error) if error.kind == Kind::EngineUnavailable => {
                    return Ok(Ran::new("Waiting for the engine.", Next::Scheduled));
                }
                Err(error) => return Err(error),
            };
            Ok(Ran::new(result, Next::Scheduled))
        })
    }
}
