//! Tells systemd that the program still responds, if systemd asks. Not a job
//! with runs: it is as frequent as the service unit says.

use crate::domain::system::{notify_watchdog, watchdog_interval};
use tokio_util::sync::CancellationToken;

pub async fn run(stop: CancellationToken) {
    let Some(every) = watchdog_interval() else {
        return;
    };
    loop {
        notify_watchdog();
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(every) => {}
        }
    }
}
