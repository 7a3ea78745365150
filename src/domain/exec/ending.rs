//! How a command stands once its streams have closed. They close when it ends,
//! and also when the connection to the engine breaks off; which of the two it
//! was only the engine knows (`ExecInspect`, Docker Engine API).

use crate::engine::{EngineError, Exec};
use crate::host::processes;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// What the engine may take to notice that a command has ended.
const SETTLES: Duration = Duration::from_secs(3);

/// What the engine says of a command whose streams have closed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Ending {
    /// It has ended by itself.
    Exited(i64),
    /// It is still running, although nothing of it can be read any more.
    Running,
    /// The engine does not know it: it was restarted, or the container has
    /// stopped or is gone.
    Forgotten,
    /// The engine does not answer.
    Unknown,
}

impl Ending {
    /// What became of a command whose output broke off, for a person.
    pub fn interruption(&self, name: &str) -> String {
        match self {
            Self::Exited(code) => format!(
                "The connection to the engine broke off before all of the output was read. The command ended with exit code {code}."
            ),
            Self::Running => format!(
                "The connection to its output broke off, but the command is still running in {name}. What it writes from now on is not shown."
            ),
            Self::Forgotten => format!(
                "The output broke off: the engine was restarted, or {name} was stopped or removed, and the command ended with it."
            ),
            Self::Unknown => format!(
                "The connection to the engine broke off, and the engine does not answer. The command may still be running in {name}."
            ),
        }
    }
}

/// Asks until the engine knows how it ended. The streams close a moment before
/// it does.
pub(super) async fn settled(exec: &Exec) -> Ending {
    let deadline = Instant::now() + SETTLES;
    let mut pause = Duration::from_millis(5);
    loop {
        let now = match exec.state().await {
            Ok(state) if state.running => Ending::Running,
            Ok(state) => state.exit_code.map_or(Ending::Unknown, Ending::Exited),
            Err(EngineError::NotFound(_) | EngineError::Engine { status: 404, .. }) => {
                Ending::Forgotten
            }
            Err(_) => Ending::Unknown,
        };
        let final_answer = matches!(now, Ending::Exited(_) | Ending::Forgotten);
        if final_answer || Instant::now() > deadline {
            return now;
        }
        sleep(pause).await;
        pause = (pause * 2).min(Duration::from_millis(200));
    }
}

/// Ends what has had its time, where that is possible, and says what was.
pub(super) async fn end(exec: &Exec, limit: Duration) -> String {
    let seconds = limit.as_secs();
    if kill(exec).await && settled(exec).await != Ending::Running {
        return format!("It did not end within {seconds} seconds and was killed.");
    }
    format!(
        "It did not end within {seconds} seconds and is still running in the container: its process cannot be \
         reached from here. It ends when the container stops, or when you end it by hand."
    )
}

/// Kills it through this machine's process table, if it is there.
pub(super) async fn kill(exec: &Exec) -> bool {
    if !exec.is_local() {
        return false;
    }
    let Ok(state) = exec.state().await else {
        return false;
    };
    let container = exec.container.clone();
    state.running
        && tokio::task::spawn_blocking(move || processes::kill_tree(state.pid, &container))
            .await
            .unwrap_or(false)
}
