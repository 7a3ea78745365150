//! The scripts for the actions on a container.

use super::{
    ContainerAction, DELETES, DELETES_BY_NAME, DELETES_RUNNING, DELETES_VOLUMES, stop_flags,
};
use crate::domain::commands::quote::quote;
use crate::domain::commands::script::{FAIL, STATE, begin, finish};
use crate::domain::commands::writer::CommandWriter;
use crate::model::command::Command;

const MOMENT: &str = "Waits: a process that fails immediately would appear to be running.";
const TEMPLATE: &str = "Selects single values with a Go template.";
const PRIVATE: &str = "Makes the file readable for you only: it may hold passwords.";

/// Fails when the container does not run two seconds later.
const STAYS_UP: &str = "\n# A process that ends at once has started, too: look again after a moment.\n\
     sleep 2\n\
     if [ \"$(state \"$name\")\" != running ]; then\n  docker container logs --tail 20 -- \"$name\" >&2\n  fail \"$name did not keep running; its last lines are above.\"\nfi\n";

/// The script for an action; see [`super::container`].
pub(super) fn script(action: &ContainerAction, name: &str, endpoint: Option<&str>) -> Command {
    let mut text = begin(&format!("{} {name}", purpose(action)), &[], endpoint);
    text.raw(&format!("name={}\n", quote(name)));
    text.raw(STATE);
    text.raw(FAIL);
    text.raw("before=$(state \"$name\" 2>/dev/null) || fail \"There is no container $name.\"\n");
    text.explain(
        "docker container inspect",
        "Checks the state first: the script does nothing if the container does not exist.",
    );
    body(&mut text, action);
    finish(text)
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

/// The middle of a script: the action and its verification. `$before` holds the state.
fn body(text: &mut CommandWriter, action: &ContainerAction) {
    use ContainerAction as A;
    match action {
        A::Start => {
            text.raw(
                "[ \"$before\" != running ] || { printf '%s\\n' \"$name is running already.\"; exit 0; }\n\n\
                 docker container start -- \"$name\" >/dev/null\n",
            );
            text.raw(STAYS_UP);
            text.explain("sleep 2", MOMENT);
            text.raw("printf '%s\\n' \"$name is running.\"\n");
        }
        A::Stop { timeout, signal } => stop(text, *timeout, signal.as_deref()),
        A::Restart { timeout } => {
            text.raw("\ndocker container restart");
            stop_flags(text, *timeout, None);
            text.raw(" -- \"$name\" >/dev/null\n");
            text.raw(STAYS_UP);
            text.explain("sleep 2", MOMENT);
            text.raw("printf '%s\\n' \"$name was in state $before and is running now.\"\n");
        }
        A::Pause => text.raw(
            "[ \"$before\" != paused ] || { printf '%s\\n' \"$name is paused already.\"; exit 0; }\n\
             [ \"$before\" = running ] || fail \"$name is $before; only a running container can be paused.\"\n\n\
             docker container pause -- \"$name\" >/dev/null\n\n\
             [ \"$(state \"$name\")\" = paused ] || fail \"$name is not paused.\"\n\
             printf '%s\\n' \"$name is paused.\"\n",
        ),
        A::Unpause => text.raw(
            "[ \"$before\" != running ] || { printf '%s\\n' \"$name is running already.\"; exit 0; }\n\
             [ \"$before\" = paused ] || fail \"$name is $before, not paused.\"\n\n\
             docker container unpause -- \"$name\" >/dev/null\n\n\
             [ \"$(state \"$name\")\" = running ] || fail \"$name does not run.\"\n\
             printf '%s\\n' \"$name runs again.\"\n",
        ),
        A::Kill { signal } => {
            text.raw(
                "case $before in\n  running|paused|restarting) ;;\n  *) fail \"$name does not run, so no signal reaches it.\" ;;\nesac\n\n\
                 docker container kill ",
            );
            text.part("--signal", "The signal to send. SIGKILL ends a process immediately.");
            text.raw(&format!(
                " {} -- \"$name\" >/dev/null\n\n\
                 now=$(state \"$name\" 2>/dev/null) || now=removed\n\
                 printf '%s\\n' \"The signal was sent; $name is now in state $now.\"\n",
                quote(signal.as_deref().unwrap_or("SIGKILL"))
            ));
        }
        A::Delete {
            force,
            volumes,
            and_volumes,
        } => delete(text, *force, *volumes, and_volumes),
        A::Exec(exec) => exec.script_body(text),
        A::Stats => {
            text.raw(
                "[ \"$before\" = running ] || fail \"$name is $before; only a running container can be measured.\"\n\n\
                 docker container stats --no-stream --format 'CPU:       {{.CPUPerc}}\n\
                 memory:    {{.MemUsage}} ({{.MemPerc}})\n\
                 network:   {{.NetIO}}\n\
                 disk:      {{.BlockIO}}\n\
                 processes: {{.PIDs}}' -- \"$name\"\n",
            );
            text.explain("--no-stream", "Measures once, which takes up to two seconds.");
            text.explain("--format", TEMPLATE);
        }
        A::Logs => {
            text.raw(
                "driver=$(docker container inspect --format '{{.HostConfig.LogConfig.Type}}' -- \"$name\")\n\
                 [ \"$driver\" != none ] || fail \"$name has the logging driver none: no logs are stored.\"\n\n\
                 file=./container-$(date +%Y%m%d-%H%M%S).log\n\
                 [ ! -e \"$file\" ] || fail \"$file exists already.\"\n\
                 docker container logs --timestamps -- \"$name\" >\"$file\" 2>&1\n\n\
                 printf '%s\\n' \"$(wc -l <\"$file\") lines were saved in $file.\"\n",
            );
            text.explain("--timestamps", "Adds the time to each line.");
            text.explain("2>&1", "Saves standard output and standard error in the same file.");
        }
        A::Inspect => {
            text.raw(
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
            text.explain("umask 077", PRIVATE);
            text.explain("--format", TEMPLATE);
        }
    }
}

fn stop(text: &mut CommandWriter, timeout: Option<u32>, signal: Option<&str>) {
    text.raw(
        "case $before in\n  exited|created|dead) printf '%s\\n' \"$name does not run.\"; exit 0 ;;\nesac\n\n\
         docker container stop",
    );
    stop_flags(text, timeout, signal);
    text.raw(
        " -- \"$name\" >/dev/null\n\n\
         now=$(state \"$name\" 2>/dev/null) || now=gone\n\
         case $now in\n  exited|dead) ;;\n  \
         gone|removing) printf '%s\\n' \"$name has stopped, and the engine removed it (--rm).\"; exit 0 ;;\n  \
         *) fail \"$name still runs.\" ;;\nesac\n\
         code=$(docker container inspect --format '{{.State.ExitCode}}' -- \"$name\" 2>/dev/null) || code=unknown\n\
         printf '%s\\n' \"$name has stopped with exit code $code.\"\n\
         [ \"$code\" != 137 ] || printf '%s\\n' 'It did not end in time and was killed; a longer -t may help.'\n",
    );
    text.explain(
        "137",
        "128 + 9: the exit code of a process that was killed.",
    );
}

fn delete(text: &mut CommandWriter, force: bool, volumes: bool, and_volumes: &[String]) {
    if !force {
        text.raw(
            "case $before in\n  running|paused|restarting) fail \"$name is $before: stop it first.\" ;;\nesac\n",
        );
    }
    text.raw("\n# Its configuration, should you want it back.\n");
    text.part("umask 077", PRIVATE);
    text.raw(
        "\nbackup=./container-$(date +%Y%m%d-%H%M%S).json\n\
         [ ! -e \"$backup\" ] || fail \"$backup exists already.\"\n\
         docker container inspect -- \"$name\" >\"$backup\"\n\n",
    );
    text.raw("docker container ");
    text.part("rm", DELETES);
    if force {
        text.flag("--force", DELETES_RUNNING);
    }
    if volumes {
        text.flag("--volumes", DELETES_VOLUMES);
    }
    text.raw(" -- \"$name\" >/dev/null\n");
    if !and_volumes.is_empty() {
        text.raw("docker ");
        text.part("volume rm", DELETES_BY_NAME);
        text.raw(" --");
        for volume in and_volumes {
            text.raw(&format!(" \\\n  {}", quote(volume)));
        }
        text.raw(" >/dev/null\n");
    }
    text.raw(
        "\nif state \"$name\" >/dev/null 2>&1; then\n  fail \"$name is still there.\"\nfi\n\
         printf '%s\\n' \"$name is deleted; its configuration is in $backup.\"\n",
    );
}
