//! Tells systemd that the program still responds, if systemd asks. Not a job
//! with runs: it is as frequent as the service unit says.

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
