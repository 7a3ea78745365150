//! Deals with what an earlier run of the program, or a failing engine, left in
//! the middle: whenever the engine has come up, and again after a while when
//! that did not work out.

use crate::domain::containers::Containers;
use crate::domain::creation::Creation;
use crate::domain::recreate::Recreator;
use crate::error::Result;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

const FIRST_PAUSE: Duration = Duration::from_secs(5);
const LONGEST_PAUSE: Duration = Duration::from_mins(10);

pub async fn run(
    recreator: Arc<Recreator>,
    containers: Arc<Containers>,
    creation: Arc<Creation>,
    stop: CancellationToken,
) {
    let mut pause = FIRST_PAUSE;
    loop {
        let done = recreator.engine_is_up()
            && recover(&recreator, &containers, &creation)
                .await
                .inspect_err(|error| tracing::error!(%error, "what was interrupted could not be dealt with yet"))
                .unwrap_or(false);
        let again = !done;
        let later = async {
            if again {
                tokio::time::sleep(pause).await;
            } else {
                std::future::pending::<()>().await;
            }
        };
        tokio::select! {
            () = stop.cancelled() => return,
            () = recreator.engine_changed() => pause = FIRST_PAUSE,
            () = later => pause = (pause * 2).min(LONGEST_PAUSE),
        }
    }
}

/// Whether nothing is left in the middle.
async fn recover(
    recreator: &Recreator,
    containers: &Containers,
    creation: &Creation,
) -> Result<bool> {
    let replaced = recreator
        .recover(|name, noted| async move { containers.keep_noted(&name, noted).await })
        .await?;
    let made = creation.recover_creations().await?;
    Ok(replaced && made)
}
