//! Removes containers that the engine creates after their operation was rolled
//! back: when the engine has come up, when such a container appears, and when an
//! operation on containers has ended without success.

use super::driver::{Job, Next, Ran};
use crate::domain::background_jobs::{JobInfo, Schedule};
use crate::domain::creation::Creation;
use crate::domain::feed::{Event, Feed};
use crate::error::Result;
use crate::model::container::temporary_tail;
use crate::model::engine::EngineState;
use crate::model::operation::OperationState;
use futures_util::future::BoxFuture;
use std::sync::Arc;
use tokio::sync::Notify;

pub struct LateContainers {
    creation: Arc<Creation>,
    alarm: Arc<Notify>,
}

impl LateContainers {
    pub fn new(creation: Arc<Creation>, feed: &Feed) -> Self {
        Self {
            creation,
            alarm: feed.alarm(may_matter),
        }
    }
}

impl Job for LateContainers {
    fn info(&self) -> JobInfo {
        JobInfo {
            id: "remove_late_containers",
            title: "Remove late containers",
            description: "Removes containers that the engine created only after the operation that asked for them was rolled back.",
            schedule: Schedule::WhenNeeded,
        }
    }

    fn run(&mut self) -> BoxFuture<'_, Result<Ran>> {
        Box::pin(async {
            let removed = self.creation.remove_late_containers().await?;
            let result = if removed.is_empty() {
                "Nothing to remove.".to_owned()
            } else {
                format!("Removed {}.", removed.join(", "))
            };
            Ok(Ran::new(result, Next::Scheduled))
        })
    }

    fn changed(&mut self) -> BoxFuture<'_, ()> {
        Box::pin(self.alarm.notified())
    }
}

fn may_matter(event: &Event) -> bool {
    match event {
        Event::Engine(status) => status.state == EngineState::Up,
        Event::Container(view) => temporary_tail(&view.container.name).is_some(),
        Event::Inventory => true,
        Event::Operation(operation) => {
            operation.state.is_over()
                && operation.state != OperationState::Succeeded
                && operation.kind.starts_with("container.")
        }
        _ => false,
    }
}
