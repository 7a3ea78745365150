//! Commands for one container: start, stop, restart, pause, unpause, kill,
//! delete, logs, inspect,
//! exec, stats.
//!
//! `-t` is written short on purpose: its long form was renamed from `--time`
//! to `--timeout`, and the short one works with every client.

use super::exec::{self, ExecLine};
use super::quote::quote;
use super::script::script;
use crate::model::command::{Command, Commands, Explanation};

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
    let shell = Shell {
        name,
        endpoint: endpoint.filter(|endpoint| !endpoint.is_empty()),
    };
    Commands {
        simple: shell.simple(action),
        intermediate: shell.intermediate(action),
        advanced: script(action, shell.name, shell.endpoint),
    }
}

struct Shell<'a> {
    name: &'a str,
    endpoint: Option<&'a str>,
}

/// A command under construction: its words and what they mean.
#[derive(Default)]
pub(super) struct Line {
    words: Vec<String>,
    explain: Vec<Explanation>,
}

impl Line {
    pub(super) fn word(mut self, word: &str) -> Self {
        self.words.push(word.to_owned());
        self
    }

    pub(super) fn part(mut self, part: &str, meaning: impl Into<String>) -> Self {
        self.words.push(part.to_owned());
        self.explain.push(explanation(part, meaning));
        self
    }

    pub(super) fn flag_if(self, given: bool, part: &str, meaning: &str) -> Self {
        if given {
            self.part(part, meaning)
        } else {
            self
        }
    }

    pub(super) fn done(self) -> Command {
        Command {
            text: self.words.join(" "),
            explain: self.explain,
        }
    }
}

pub(super) fn explanation(part: &str, meaning: impl Into<String>) -> Explanation {
    Explanation {
        part: part.to_owned(),
        meaning: meaning.into(),
    }
}

const STOPS: &str = "Asks the main process to end, and kills it if it does not end in time.";
pub(super) const DELETES: &str = "Removes the container. Its image and named volumes stay.";
pub(super) const DELETES_VOLUMES: &str =
    "Removes its volumes that nobody named as well; the data in them is lost.";
pub(super) const DELETES_RUNNING: &str = "Removes it even while it runs: it is killed first.";

impl Shell<'_> {
    fn simple(&self, action: &ContainerAction) -> Command {
        use ContainerAction as A;
        let line = self.docker();
        match action {
            A::Exec(exec) => return exec::simple(exec, line, self.name),
            A::Stats => line.part(
                "stats",
                "Shows live how much processor, memory and network it uses, until Ctrl+C.",
            ),
            A::Start => line.part("start", "Starts a container that exists already."),
            A::Stop { timeout, signal } => {
                stop_flags(line.part("stop", STOPS), *timeout, signal.as_deref())
            }
            A::Restart { timeout } => stop_flags(
                line.part("restart", "Stops it and starts it again."),
                *timeout,
                None,
            ),
            A::Pause => line.part(
                "pause",
                "Freezes all its processes; they keep their memory.",
            ),
            A::Unpause => line.part("unpause", "Lets its frozen processes run on."),
            A::Kill { signal } => kill_flags(
                line.part(
                    "kill",
                    "Sends a signal to the main process, SIGKILL unless another is named.",
                ),
                signal.as_deref(),
            ),
            A::Delete { force, volumes } => line
                .part("rm", DELETES)
                .flag_if(*force, "-f", DELETES_RUNNING)
                .flag_if(*volumes, "-v", DELETES_VOLUMES),
            A::Logs => line.part("logs", "Shows what the container has written."),
            A::Inspect => line.part(
                "inspect",
                "Shows everything the engine knows about it, as JSON.",
            ),
        }
        .target(self.name)
        .done()
    }

    fn intermediate(&self, action: &ContainerAction) -> Command {
        use ContainerAction as A;
        let line = self.docker().part(
            "container",
            "What the command is about; it makes names of images no trap.",
        );
        match action {
            A::Exec(exec) => return exec::intermediate(exec, line, self.name),
            A::Stats => line
                .part(
                    "stats",
                    "Shows how much processor, memory, network and disk it uses.",
                )
                .part(
                    "--no-stream",
                    "Measures once instead of going on until Ctrl+C.",
                ),
            A::Start => line.part("start", "Starts a container that exists already."),
            A::Stop { timeout, signal } => stop_flags(
                line.part("stop", STOPS),
                Some(timeout.unwrap_or(10)),
                signal.as_deref(),
            ),
            A::Restart { timeout } => stop_flags(
                line.part("restart", "Stops it and starts it again."),
                Some(timeout.unwrap_or(10)),
                None,
            ),
            A::Pause => line.part(
                "pause",
                "Freezes all its processes; they keep their memory.",
            ),
            A::Unpause => line.part("unpause", "Lets its frozen processes run on."),
            A::Kill { signal } => kill_flags(
                line.part("kill", "Sends a signal to the main process."),
                Some(signal.as_deref().unwrap_or("SIGKILL")),
            ),
            A::Delete { force, volumes } => line
                .part("rm", DELETES)
                .flag_if(*force, "--force", DELETES_RUNNING)
                .flag_if(*volumes, "--volumes", DELETES_VOLUMES),
            A::Logs => line
                .part("logs", "Shows what the container has written.")
                .part("--follow", "Goes on showing new lines until Ctrl+C.")
                .part("--timestamps", "Puts the time in front of each line.")
                .part("--tail 200", "Begins with the last 200 lines."),
            A::Inspect => line
                .part(
                    "inspect",
                    "Shows everything the engine knows about it, as JSON.",
                )
                .part(
                    "--size",
                    "Measures also how much it has written to its own layer.",
                ),
        }
        .target(self.name)
        .done()
    }

    fn docker(&self) -> Line {
        docker(self.endpoint)
    }
}

/// `docker`, with the address where it is needed.
pub(super) fn docker(endpoint: Option<&str>) -> Line {
    let line = Line::default().word("docker");
    match endpoint {
        None => line,
        Some(endpoint) => line.part(
            &format!("-H {}", quote(endpoint)),
            "The engine that DockerMate uses; the command would ask another one without it.",
        ),
    }
}

impl Line {
    /// The container's name, after `--` when it could be taken for a flag.
    pub(super) fn target(self, name: &str) -> Self {
        let line = if name.starts_with('-') {
            self.part("--", "Ends the flags: what follows is a name.")
        } else {
            self
        };
        line.word(&quote(name))
    }
}

fn stop_flags(line: Line, timeout: Option<u32>, signal: Option<&str>) -> Line {
    let line = match timeout {
        None => line,
        Some(seconds) => line.part(
            &format!("-t {seconds}"),
            format!("Waits {seconds} seconds for it to end before it is killed."),
        ),
    };
    match signal {
        None => line,
        Some(signal) => line.part(
            &format!("--signal {}", quote(signal)),
            "The signal that asks it to end, instead of its own (Docker 23 and newer).",
        ),
    }
}

fn kill_flags(line: Line, signal: Option<&str>) -> Line {
    match signal {
        None => line,
        Some(signal) => line.part(
            &format!("--signal {}", quote(signal)),
            "The signal to send.",
        ),
    }
}

#[cfg(test)]
mod tests;
