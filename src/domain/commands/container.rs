//! Commands for one container: start, stop, restart, pause, unpause, kill,
//! delete, logs, inspect, exec, stats.
//!
//! `-t` is written short on purpose: its long form was renamed from `--time`
//! to `--timeout`, and the short one works with every client.

mod script;

use super::exec::{ExecLine, FlagNames};
use super::quote::quote;
use super::writer::CommandWriter;
use crate::model::command::{Command, Commands};

/// What is to be done, with the options that the person chose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ContainerAction {
    Start,
    /// `timeout` in seconds before SIGKILL; `signal` instead of the container's own.
    Stop {
        timeout: Option<u32>,
        signal: Option<String>,
    },
    Restart {
        timeout: Option<u32>,
    },
    Pause,
    Unpause,
    /// `SIGKILL` when no signal is given.
    Kill {
        signal: Option<String>,
    },
    Delete {
        /// Also when it runs.
        force: bool,
        /// Its anonymous volumes too.
        volumes: bool,
        /// Volumes to remove after it, which the engine would keep.
        and_volumes: Vec<String>,
    },
    Logs,
    Inspect,
    /// Run a command in it.
    Exec(ExecLine),
    /// How busy it is.
    Stats,
}

impl ContainerAction {
    /// From the word that the API uses, without options.
    pub fn from_word(word: &str) -> Option<Self> {
        Some(match word {
            "start" => Self::Start,
            "stop" => Self::Stop {
                timeout: None,
                signal: None,
            },
            "restart" => Self::Restart { timeout: None },
            "pause" => Self::Pause,
            "unpause" => Self::Unpause,
            "kill" => Self::Kill { signal: None },
            "delete" => Self::Delete {
                force: false,
                volumes: false,
                and_volumes: Vec::new(),
            },
            "logs" => Self::Logs,
            "inspect" => Self::Inspect,
            "exec" => Self::Exec(ExecLine::shell()),
            "stats" => Self::Stats,
            _ => return None,
        })
    }

    /// Every word that [`Self::from_word`] knows.
    pub const WORDS: [&'static str; 11] = [
        "start", "stop", "restart", "pause", "unpause", "kill", "delete", "logs", "inspect",
        "exec", "stats",
    ];
}

/// The commands for an action on the container `name`. `endpoint` is the
/// engine's address when the CLI would not find it by itself
/// (`unix:///run/podman/podman.sock`).
pub fn container(action: &ContainerAction, name: &str, endpoint: Option<&str>) -> Commands {
    let endpoint = endpoint.filter(|endpoint| !endpoint.is_empty());
    Commands {
        simple: simple(action, name, endpoint),
        intermediate: intermediate(action, name, endpoint),
        advanced: script::script(action, name, endpoint),
    }
}

const STARTS: &str = "Starts an existing container.";
const STOPS: &str = "Asks the main process to stop, and kills it if it does not stop in time.";
const RESTARTS: &str = "Stops and starts it.";
const PAUSES: &str = "Pauses all its processes; they keep their memory.";
const RESUMES: &str = "Resumes its paused processes.";
const KILLS: &str = "Sends a signal to the main process, SIGKILL unless another is named.";
const LOGS: &str = "Shows what the container has written.";
const INSPECTS: &str = "Shows everything the engine knows about it, as JSON.";
const DELETES: &str = "Removes the container. Its image and named volumes stay.";
const DELETES_VOLUMES: &str = "Removes its anonymous volumes as well; the data in them is lost.";
const DELETES_BY_NAME: &str = "Removes volumes that nobody named and that the container has from one that it replaced: it has them by their names, so its removal spares them. The data in them is lost.";
const DELETES_RUNNING: &str = "Removes it even while it runs: it is killed first.";

fn simple(action: &ContainerAction, name: &str, endpoint: Option<&str>) -> Command {
    use ContainerAction as A;
    let mut text = CommandWriter::default();
    text.docker(endpoint);
    match action {
        A::Exec(exec) => return exec.command(name, endpoint, FlagNames::Short),
        A::Stats => text.flag(
            "stats",
            "Shows live how much CPU, memory and network it uses, until Ctrl+C.",
        ),
        A::Start => text.flag("start", STARTS),
        A::Stop { timeout, signal } => {
            text.flag("stop", STOPS);
            stop_flags(&mut text, *timeout, signal.as_deref());
        }
        A::Restart { timeout } => {
            text.flag("restart", RESTARTS);
            stop_flags(&mut text, *timeout, None);
        }
        A::Pause => text.flag("pause", PAUSES),
        A::Unpause => text.flag("unpause", RESUMES),
        A::Kill { signal } => {
            text.flag("kill", KILLS);
            if let Some(signal) = signal {
                kill_signal(&mut text, signal);
            }
        }
        A::Delete { force, volumes, .. } => {
            text.flag("rm", DELETES);
            delete_flags(&mut text, force.then_some("-f"), volumes.then_some("-v"));
        }
        A::Logs => text.flag("logs", LOGS),
        A::Inspect => text.flag("inspect", INSPECTS),
    }
    text.targets(&[name]);
    and_volumes(&mut text, action, endpoint);
    text.finish()
}

fn intermediate(action: &ContainerAction, name: &str, endpoint: Option<&str>) -> Command {
    use ContainerAction as A;
    let mut text = CommandWriter::default();
    text.docker(endpoint);
    text.flag(
        "container",
        "Selects containers, so that an image of the same name is not meant.",
    );
    match action {
        A::Exec(exec) => return exec.command(name, endpoint, FlagNames::Long),
        A::Stats => {
            text.flag(
                "stats",
                "Shows how much CPU, memory, network and disk it uses.",
            );
            text.flag(
                "--no-stream",
                "Measures once instead of continuing until Ctrl+C.",
            );
        }
        A::Start => text.flag("start", STARTS),
        A::Stop { timeout, signal } => {
            text.flag("stop", STOPS);
            stop_flags(&mut text, *timeout, signal.as_deref());
        }
        A::Restart { timeout } => {
            text.flag("restart", RESTARTS);
            stop_flags(&mut text, *timeout, None);
        }
        A::Pause => text.flag("pause", PAUSES),
        A::Unpause => text.flag("unpause", RESUMES),
        A::Kill { signal } => {
            text.flag("kill", KILLS);
            kill_signal(&mut text, signal.as_deref().unwrap_or("SIGKILL"));
        }
        A::Delete { force, volumes, .. } => {
            text.flag("rm", DELETES);
            let (force, volumes) = (force.then_some("--force"), volumes.then_some("--volumes"));
            delete_flags(&mut text, force, volumes);
        }
        A::Logs => {
            text.flag("logs", LOGS);
            text.flag("--follow", "Follows new lines until Ctrl+C.");
            text.flag("--timestamps", "Adds the time to each line.");
            text.flag("--tail 200", "Starts with the last 200 lines.");
        }
        A::Inspect => {
            text.flag("inspect", INSPECTS);
            text.flag(
                "--size",
                "Also measures how much it has written to its own layer.",
            );
        }
    }
    text.targets(&[name]);
    and_volumes(&mut text, action, endpoint);
    text.finish()
}

/// How long it may take to end, and how it is asked. Without them the container's
/// own stop timeout and signal apply, as they do in the program.
fn stop_flags(text: &mut CommandWriter, timeout: Option<u32>, signal: Option<&str>) {
    if let Some(seconds) = timeout {
        text.flag(
            &format!("-t {seconds}"),
            format!("Waits {seconds} seconds for it to stop before it is killed."),
        );
    }
    if let Some(signal) = signal {
        text.flag(
            &format!("--signal {}", quote(signal)),
            "The stop signal, instead of its own. (Docker 23 and newer.)",
        );
    }
}

fn kill_signal(text: &mut CommandWriter, signal: &str) {
    text.flag(
        &format!("--signal {}", quote(signal)),
        "The signal to send.",
    );
}

fn delete_flags(text: &mut CommandWriter, force: Option<&str>, volumes: Option<&str>) {
    if let Some(force) = force {
        text.flag(force, DELETES_RUNNING);
    }
    if let Some(volumes) = volumes {
        text.flag(volumes, DELETES_VOLUMES);
    }
}

/// Removes volumes once nothing has them any more.
fn and_volumes(text: &mut CommandWriter, action: &ContainerAction, endpoint: Option<&str>) {
    let ContainerAction::Delete { and_volumes, .. } = action else {
        return;
    };
    if and_volumes.is_empty() {
        return;
    }
    text.raw(" && ");
    text.docker(endpoint);
    text.flag("volume rm", DELETES_BY_NAME);
    let names: Vec<&str> = and_volumes.iter().map(String::as_str).collect();
    text.targets(&names);
}

#[cfg(test)]
mod tests;
