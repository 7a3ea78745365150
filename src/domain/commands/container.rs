//! Commands for one container: start, stop, restart, pause, unpause, kill,
//! delete, logs, inspect.
//!
//! `-t` is written short on purpose: its long form was renamed from `--time`
//! to `--timeout`, and the short one works with every client.

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
            _ => return None,
        })
    }

    /// Every word that [`Self::from_word`] knows.
    pub const WORDS: [&'static str; 9] = [
        "start", "stop", "restart", "pause", "unpause", "kill", "delete", "logs", "inspect",
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
struct Line {
    words: Vec<String>,
    explain: Vec<Explanation>,
}

impl Line {
    fn word(mut self, word: &str) -> Self {
        self.words.push(word.to_owned());
        self
    }

    fn part(mut self, part: &str, meaning: impl Into<String>) -> Self {
        self.words.push(part.to_owned());
        self.explain.push(explanation(part, meaning));
        self
    }

    fn flag_if(self, given: bool, part: &str, meaning: &str) -> Self {
        if given {
            self.part(part, meaning)
        } else {
            self
        }
    }

    fn done(self) -> Command {
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

    /// `docker`, with the address where it is needed.
    fn docker(&self) -> Line {
        let line = Line::default().word("docker");
        match self.endpoint {
            None => line,
            Some(endpoint) => line.part(
                &format!("-H {}", quote(endpoint)),
                "The engine that DockerMate uses; the command would ask another one without it.",
            ),
        }
    }
}

impl Line {
    /// The container's name, after `--` when it could be taken for a flag.
    fn target(self, name: &str) -> Self {
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
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::io::Write as _;
    use std::os::unix::fs::PermissionsExt as _;
    use std::process::{Command as Process, Stdio};

    fn all(name: &str, endpoint: Option<&str>) -> Vec<(String, Commands)> {
        let mut actions: Vec<_> = ContainerAction::WORDS
            .iter()
            .map(|word| ContainerAction::from_word(word).unwrap())
            .collect();
        actions.push(ContainerAction::Stop {
            timeout: Some(30),
            signal: Some("SIGINT".into()),
        });
        actions.push(ContainerAction::Restart { timeout: Some(5) });
        actions.push(ContainerAction::Kill {
            signal: Some("SIGHUP".into()),
        });
        actions.push(ContainerAction::Delete {
            force: true,
            volumes: true,
        });
        actions
            .iter()
            .map(|action| (format!("{action:?}"), container(action, name, endpoint)))
            .collect()
    }

    #[test]
    fn the_simple_ones_are_what_people_type() {
        let simple = |word: &str| {
            container(&ContainerAction::from_word(word).unwrap(), "jellyfin", None)
                .simple
                .text
        };
        assert_eq!(simple("start"), "docker start jellyfin");
        assert_eq!(simple("stop"), "docker stop jellyfin");
        assert_eq!(simple("delete"), "docker rm jellyfin");
        assert_eq!(simple("logs"), "docker logs jellyfin");
    }

    #[test]
    fn options_are_spelled_out() {
        let stop = ContainerAction::Stop {
            timeout: Some(30),
            signal: Some("SIGINT".into()),
        };
        let commands = container(&stop, "web", Some("unix:///run/podman/podman.sock"));
        assert_eq!(
            commands.intermediate.text,
            "docker -H unix:///run/podman/podman.sock container stop -t 30 --signal SIGINT web"
        );
        assert!(
            commands
                .advanced
                .text
                .contains("export DOCKER_HOST=unix:///run/podman/podman.sock")
        );
        let delete = ContainerAction::Delete {
            force: true,
            volumes: true,
        };
        assert_eq!(
            container(&delete, "web", None).simple.text,
            "docker rm -f -v web"
        );
    }

    #[test]
    fn every_explained_part_stands_in_the_text() {
        for (action, commands) in all("web", Some("tcp://10.0.0.1:2375")) {
            for command in [&commands.simple, &commands.intermediate, &commands.advanced] {
                assert!(!command.explain.is_empty());
                for explanation in &command.explain {
                    let whole =
                        explanation.part == "( … )" || command.text.contains(&explanation.part);
                    assert!(
                        whole,
                        "{action}: {} is not in\n{}",
                        explanation.part, command.text
                    );
                }
            }
        }
    }

    #[test]
    fn unknown_words_are_unknown() {
        assert_eq!(ContainerAction::from_word("explode"), None);
    }

    /// Runs the text with a `docker` that only writes down what it was called
    /// with, one argument a line.
    fn arguments_seen(text: &str) -> Vec<Vec<String>> {
        let dir = tempfile::tempdir().unwrap();
        let fake = dir.path().join("docker");
        let seen = dir.path().join("seen");
        std::fs::write(
            &fake,
            "#!/bin/sh\nfor a; do printf '%s\\037' \"$a\" >>\"$SEEN\"; done\nprintf '\\036' >>\"$SEEN\"\n\
             case \"$*\" in *State.Status*) cat \"$SEEN.state\" 2>/dev/null || echo running;; esac\n",
        )
        .unwrap();
        std::fs::set_permissions(&fake, std::fs::Permissions::from_mode(0o755)).unwrap();
        let path = format!(
            "{}:{}",
            dir.path().display(),
            std::env::var("PATH").unwrap()
        );
        let mut sh = Process::new("sh")
            .env("PATH", path)
            .env("SEEN", &seen)
            .current_dir(dir.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        sh.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
        sh.wait().unwrap();
        let seen = std::fs::read_to_string(seen).unwrap_or_default();
        seen.split_terminator('\u{1e}')
            .map(|call| call.split_terminator('\u{1f}').map(str::to_owned).collect())
            .collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        /// However hostile a name is, a shell hands it to docker as one
        /// argument, and runs nothing else.
        #[test]
        fn pasted_commands_name_exactly_the_container(name in "[ -~\n'\"$`;&|<>()\\\\é-]{1,16}") {
            for action in [ContainerAction::Pause, ContainerAction::Kill { signal: None }] {
                let commands = container(&action, &name, None);
                for command in [&commands.simple, &commands.intermediate] {
                    let calls = arguments_seen(&command.text);
                    prop_assert_eq!(calls.len(), 1, "{}", &command.text);
                    prop_assert_eq!(calls[0].last(), Some(&name));
                }
                for call in arguments_seen(&commands.advanced.text) {
                    if call != ["version"] {
                        prop_assert_eq!(call.last(), Some(&name), "{}", &commands.advanced.text);
                    }
                }
            }
        }
    }
}
