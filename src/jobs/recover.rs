//! Completes or rolls back what an earlier run of the program, or an engine
//! that went away, has left half done: whenever the engine has come up, when an
//! operation asks for it, and again after a while when it failed.

use super::Recoveries;
use crate::model::engine::EngineState;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

const FIRST_PAUSE: Duration = Duration::from_secs(5);
const LONGEST_PAUSE: Duration = Duration::from_mins(10);

pub async fn run(recoveries: Recoveries, stop: CancellationToken) {
    let Recoveries {
        operations,
        recoveries,
        mut engine_status,
    } = recoveries;
    let mut pause = FIRST_PAUSE;
    loop {
        let up = engine_status.borrow_and_update().state == EngineState::Up;
        let done = up
            && operations
                .recover(&recoveries)
                .await
                .inspect_err(|error| tracing::error!(%error, "recovery failed, it is retried"))
                .unwrap_or(false);
        let later = async {
            if done {
                std::future::pending::<()>().await;
            } else {
                tokio::time::sleep(pause).await;
            }
        };
        tokio::select! {
            () = stop.cancelled() => return,
            Ok(()) = engine_status.changed() => pause = FIRST_PAUSE,
            () = operations.recovery_requested() => pause = FIRST_PAUSE,
            () = later => pause = (pause * 2).min(LONGEST_PAUSE),
        }
    }
}
