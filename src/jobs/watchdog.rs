//! Tells systemd that the runtime still turns, if systemd asks.

use crate::domain::system::watchdog;
use tokio_util::sync::CancellationToken;

pub async fn run(stop: CancellationToken) {
    let Some(every) = watchdog::interval() else {
        return;
    };
    loop {
        watchdog::alive();
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(every) => {}
        }
    }
}
