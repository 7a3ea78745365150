//! The careful form of a command: a POSIX shell script that looks first,
//! does one thing, and proves that it worked.
//!
//! Invariant: the container's name stands in the script once, quoted; from
//! there on it is `"$name"`.

use super::container::{ContainerAction, DELETES, DELETES_RUNNING, DELETES_VOLUMES, explanation};
use super::exec;
use super::quote::quote;
use crate::model::command::{Command, Explanation};
use std::fmt::Write as _;

/// The script for an action; see [`super::container`].
pub(super) fn script(action: &ContainerAction, name: &str, endpoint: Option<&str>) -> Command {
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
    let shown: String = name
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    let _ = writeln!(text, "# {} {shown}\n(\nset -eu", purpose(action));
    let _ = writeln!(text, "name={}", quote(name));
    if let Some(endpoint) = endpoint {
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
        ContainerAction::Exec(_) => "Runs a command in the container",
        ContainerAction::Stats => "Measures the container",
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
        A::Exec(exec) => exec::body(text, explain, exec),
        A::Stats => {
            text.push_str(
                "[ \"$before\" = running ] || fail \"$name is $before; only a running container can be measured.\"\n\n\
                 docker container stats --no-stream --format 'processor: {{.CPUPerc}}\n\
                 memory:    {{.MemUsage}} ({{.MemPerc}})\n\
                 network:   {{.NetIO}}\n\
                 disk:      {{.BlockIO}}\n\
                 processes: {{.PIDs}}' -- \"$name\"\n",
            );
            explain.push(explanation("--no-stream", "Measures once, which takes the engine up to two seconds."));
            explain.push(explanation("--format", "Picks single values from the answer by a Go template."));
        }
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
