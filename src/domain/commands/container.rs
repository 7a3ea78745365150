//! Commands for one container: start, stop, restart, pause, unpause, kill,
//! delete, logs, inspect.
//!
//! `-t` is written short on purpose: its long form was renamed from `--time`
//! to `--timeout`, and the short one works with every client.

use super::quote::quote;
use crate::model::command::{Command, Commands, Explanation};
use std::fmt::Write as _;

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
        advanced: shell.advanced(action),
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

fn explanation(part: &str, meaning: impl Into<String>) -> Explanation {
    Explanation {
        part: part.to_owned(),
        meaning: meaning.into(),
    }
}

const STOPS: &str = "Asks the main process to end, and kills it if it does not end in time.";
const DELETES: &str = "Removes the container. Its image and named volumes stay.";
const DELETES_VOLUMES: &str =
    "Removes its volumes that nobody named as well; the data in them is lost.";
const DELETES_RUNNING: &str = "Removes it even while it runs: it is killed first.";

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

    fn advanced(&self, action: &ContainerAction) -> Command {
        let mut explain = vec![
            explanation(
                "set -eu",
                "Ends the script at the first command that fails and at any name without a value.",
            ),
            explanation(
                "( … )",
                "Runs it in a shell of its own, so that pasting it leaves your shell as it was.",
            ),
        ];
        let mut text = String::from("#!/bin/sh\n");
        // A comment must stay one line, whatever the name is made of.
        let shown: String = self
            .name
            .chars()
            .map(|c| if c.is_control() { ' ' } else { c })
            .collect();
        let _ = writeln!(text, "# {} {shown}\n(\nset -eu", purpose(action));
        let _ = writeln!(text, "name={}", quote(self.name));
        if let Some(endpoint) = self.endpoint {
            let _ = writeln!(text, "export DOCKER_HOST={}", quote(endpoint));
            explain.push(explanation(
                "DOCKER_HOST",
                "The engine that DockerMate uses.",
            ));
        }
        text.push_str(
            "\nstate() {\n  docker container inspect --format '{{.State.Status}}' -- \"$name\"\n}\n\
             fail() {\n  printf '%s\\n' \"$1\" >&2\n  exit 1\n}\n\n\
             docker version >/dev/null 2>&1 || fail 'The engine does not answer.'\n\
             before=$(state 2>/dev/null) || fail \"There is no container $name.\"\n",
        );
        explain.push(explanation(
            "docker container inspect",
            "Asks for the state first: the script does nothing to a container that is not there.",
        ));
        body(&mut text, &mut explain, action);
        text.push_str(")\n");
        Command { text, explain }
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

fn purpose(action: &ContainerAction) -> &'static str {
    match action {
        ContainerAction::Start => "Starts the container",
        ContainerAction::Stop { .. } => "Stops the container",
        ContainerAction::Restart { .. } => "Restarts the container",
        ContainerAction::Pause => "Pauses the container",
        ContainerAction::Unpause => "Resumes the container",
        ContainerAction::Kill { .. } => "Sends a signal to the container",
        ContainerAction::Delete { .. } => "Deletes the container",
        ContainerAction::Logs => "Saves the logs of the container",
        ContainerAction::Inspect => "Shows and saves the configuration of the container",
    }
}

/// The middle of a script: the deed and its proof. `$before` holds the state.
fn body(text: &mut String, explain: &mut Vec<Explanation>, action: &ContainerAction) {
    use ContainerAction as A;
    match action {
        A::Start => {
            text.push_str(
                "[ \"$before\" != running ] || { printf '%s\\n' \"$name runs already.\"; exit 0; }\n\n\
                 docker container start -- \"$name\" >/dev/null\n\n\
                 # A process that ends at once has started, too: look again after a moment.\n\
                 sleep 2\n\
                 if [ \"$(state)\" != running ]; then\n  docker container logs --tail 20 -- \"$name\" >&2\n  fail \"$name did not stay up; its last lines are above.\"\nfi\n\
                 printf '%s\\n' \"$name is running.\"\n",
            );
            explain.push(explanation("sleep 2", "Gives it a moment: a process that fails at once would look started."));
        }
        A::Stop { timeout, signal } => {
            let flags = script_flags(*timeout, signal.as_deref());
            let _ = write!(
                text,
                "case $before in\n  exited|created|dead) printf '%s\\n' \"$name does not run.\"; exit 0 ;;\nesac\n\n\
                 docker container stop{flags} -- \"$name\" >/dev/null\n\n\
                 case $(state) in\n  exited|dead) ;;\n  *) fail \"$name still runs.\" ;;\nesac\n\
                 code=$(docker container inspect --format '{{{{.State.ExitCode}}}}' -- \"$name\")\n\
                 printf '%s\\n' \"$name has stopped with exit code $code.\"\n\
                 [ \"$code\" != 137 ] || printf '%s\\n' 'It did not end in time and was killed; a longer -t may help.'\n",
            );
            explain_stop(explain, *timeout, signal.as_deref());
            explain.push(explanation("137", "128 + 9: the exit code of a process that was killed."));
        }
        A::Restart { timeout } => {
            let flags = script_flags(*timeout, None);
            let _ = write!(
                text,
                "\ndocker container restart{flags} -- \"$name\" >/dev/null\n\n\
                 sleep 2\n\
                 if [ \"$(state)\" != running ]; then\n  docker container logs --tail 20 -- \"$name\" >&2\n  fail \"$name did not stay up; its last lines are above.\"\nfi\n\
                 printf '%s\\n' \"$name was in state $before and is running now.\"\n",
            );
            explain_stop(explain, *timeout, None);
            explain.push(explanation("sleep 2", "Gives it a moment: a process that fails at once would look started."));
        }
        A::Pause => text.push_str(
            "[ \"$before\" != paused ] || { printf '%s\\n' \"$name is paused already.\"; exit 0; }\n\
             [ \"$before\" = running ] || fail \"$name is $before; only a running container can be paused.\"\n\n\
             docker container pause -- \"$name\" >/dev/null\n\n\
             [ \"$(state)\" = paused ] || fail \"$name is not paused.\"\n\
             printf '%s\\n' \"$name is paused.\"\n",
        ),
        A::Unpause => text.push_str(
            "[ \"$before\" != running ] || { printf '%s\\n' \"$name runs already.\"; exit 0; }\n\
             [ \"$before\" = paused ] || fail \"$name is $before, not paused.\"\n\n\
             docker container unpause -- \"$name\" >/dev/null\n\n\
             [ \"$(state)\" = running ] || fail \"$name does not run.\"\n\
             printf '%s\\n' \"$name runs again.\"\n",
        ),
        A::Kill { signal } => {
            let signal = quote(signal.as_deref().unwrap_or("SIGKILL"));
            let _ = write!(
                text,
                "case $before in\n  running|paused|restarting) ;;\n  *) fail \"$name does not run, so no signal reaches it.\" ;;\nesac\n\n\
                 docker container kill --signal {signal} -- \"$name\" >/dev/null\n\n\
                 printf '%s\\n' \"The signal was sent; $name is now in state $(state).\"\n",
            );
            explain.push(explanation("--signal", "The signal to send. SIGKILL ends a process without asking it."));
        }
        A::Delete { force, volumes } => delete_body(text, explain, *force, *volumes),
        A::Logs => {
            text.push_str(
                "driver=$(docker container inspect --format '{{.HostConfig.LogConfig.Type}}' -- \"$name\")\n\
                 [ \"$driver\" != none ] || fail \"$name has the logging driver none: nothing is kept.\"\n\n\
                 file=./container-$(date +%Y%m%d-%H%M%S).log\n\
                 [ ! -e \"$file\" ] || fail \"$file exists already.\"\n\
                 docker container logs --timestamps -- \"$name\" >\"$file\" 2>&1\n\n\
                 printf '%s\\n' \"$(wc -l <\"$file\") lines were saved in $file.\"\n",
            );
            explain.push(explanation("--timestamps", "Puts the time in front of each line."));
            explain.push(explanation("2>&1", "Saves standard output and standard error in the same file."));
        }
        A::Inspect => {
            text.push_str(
                "file=./container-$(date +%Y%m%d-%H%M%S).json\n\
                 [ ! -e \"$file\" ] || fail \"$file exists already.\"\n\
                 # The environment may hold passwords: for your eyes only.\n\
                 umask 077\n\
                 docker container inspect -- \"$name\" >\"$file\"\n\n\
                 docker container inspect --format 'image:   {{.Config.Image}}\n\
                 state:   {{.State.Status}} (exit code {{.State.ExitCode}})\n\
                 started: {{.State.StartedAt}}\n\
                 restart: {{.HostConfig.RestartPolicy.Name}}\n\
                 network: {{.HostConfig.NetworkMode}}' -- \"$name\"\n\
                 printf '%s\\n' \"Everything else is in $file.\"\n",
            );
            explain.push(explanation("umask 077", "Makes the file readable for you only."));
            explain.push(explanation("--format", "Picks single values from the answer by a Go template."));
        }
    }
}

fn delete_body(text: &mut String, explain: &mut Vec<Explanation>, force: bool, volumes: bool) {
    if force {
        explain.push(explanation("--force", DELETES_RUNNING));
    } else {
        text.push_str(
            "case $before in\n  running|paused|restarting) fail \"$name is $before: stop it first.\" ;;\nesac\n",
        );
    }
    text.push_str(
        "\n# What it is made of, should you want it back.\n\
         umask 077\n\
         backup=./container-$(date +%Y%m%d-%H%M%S).json\n\
         [ ! -e \"$backup\" ] || fail \"$backup exists already.\"\n\
         docker container inspect -- \"$name\" >\"$backup\"\n\n",
    );
    let flags = match (force, volumes) {
        (false, false) => "",
        (true, false) => " --force",
        (false, true) => " --volumes",
        (true, true) => " --force --volumes",
    };
    let _ = write!(
        text,
        "docker container rm{flags} -- \"$name\" >/dev/null\n\n\
         if state >/dev/null 2>&1; then\n  fail \"$name is still there.\"\nfi\n\
         printf '%s\\n' \"$name is deleted; its configuration is in $backup.\"\n",
    );
    explain.push(explanation("rm", DELETES));
    if volumes {
        explain.push(explanation("--volumes", DELETES_VOLUMES));
    }
    explain.push(explanation(
        "umask 077",
        "Makes the file readable for you only: it may hold passwords.",
    ));
}

fn script_flags(timeout: Option<u32>, signal: Option<&str>) -> String {
    let mut flags = String::new();
    if let Some(seconds) = timeout {
        let _ = write!(flags, " -t {seconds}");
    }
    if let Some(signal) = signal {
        let _ = write!(flags, " --signal {}", quote(signal));
    }
    flags
}

fn explain_stop(explain: &mut Vec<Explanation>, timeout: Option<u32>, signal: Option<&str>) {
    if let Some(seconds) = timeout {
        explain.push(explanation(
            "-t",
            format!("Waits {seconds} seconds for it to end before it is killed."),
        ));
    }
    if signal.is_some() {
        explain.push(explanation(
            "--signal",
            "The signal that asks it to end, instead of its own (Docker 23 and newer).",
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::io::Write as _;
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
        use std::os::unix::fs::PermissionsExt;
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
