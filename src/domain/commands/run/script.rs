//! The careful form: POSIX shell scripts that look first, do one thing, prove
//! that it worked, and say what to do when it did not.
//!
//! Invariant: each name from outside stands in a script once, quoted; from
//! there on it is a variable.

use super::arguments::Words;
use super::lines::{Layout, Stand, Text};
use super::networks::is_user_defined;
use crate::domain::commands::quote::quote;
use crate::model::command::Command;
use crate::model::spec::ContainerSpec;
use std::fmt::Write as _;

/// The beginning of every script.
fn begin(title: &str, notes: &[String], endpoint: Option<&str>) -> Text {
    let mut text = Text::default();
    text.raw("#!/bin/sh\n");
    text.raw(&format!("# {}\n", one_line(title)));
    for note in notes {
        text.raw(&format!("# {}\n", one_line(note)));
    }
    text.raw("(\n");
    text.part(
        "set -eu",
        "Ends the script at the first command that fails and at any name without a value.",
    );
    text.raw("\n");
    text.explain(
        "( … )",
        "Runs it in a shell of its own, so that pasting it leaves your shell as it was.",
    );
    if let Some(endpoint) = endpoint {
        text.raw("export ");
        text.part("DOCKER_HOST", "The engine that DockerMate uses.");
        text.raw(&format!("={}\n", quote(endpoint)));
    }
    text
}

const FAIL: &str = "\nfail() {\n  printf '%s\\n' \"$1\" >&2\n  exit 1\n}\n\
     docker version >/dev/null 2>&1 || fail 'The engine does not answer.'\n";
const STATE: &str =
    "\nstate() {\n  docker container inspect --format '{{.State.Status}}' -- \"$1\"\n}\n";

fn done(mut text: Text, words: Option<&Words>) -> Command {
    text.raw(")\n");
    if let Some(words) = words.filter(|words| !words.missing.is_empty()) {
        text.explain(
            "# Not said here",
            format!("No flag says this: {}.", words.missing.join("; ")),
        );
    }
    Command {
        text: text.text,
        explain: text.explain,
    }
}

/// A comment stays one line, whatever is in it.
fn one_line(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}

fn notes(words: &Words, spec: &ContainerSpec) -> Vec<String> {
    let mut notes: Vec<String> = words
        .missing
        .iter()
        .map(|missing| format!("Not said here: {missing}."))
        .collect();
    if let Some(environment) = &spec.environment {
        notes.push(format!(
            "DockerMate also knows its environment: {environment}."
        ));
    }
    if let Some(description) = &spec.description {
        notes.push(format!(
            "DockerMate also knows what it is for: {description}"
        ));
    }
    notes
}

/// What makes a container.
pub(super) fn make(
    words: &Words,
    spec: &ContainerSpec,
    start: bool,
    endpoint: Option<&str>,
) -> Command {
    let name = spec.name.as_deref().filter(|name| !name.is_empty());
    let shown = name.unwrap_or("a container");
    let title = if start {
        format!("Makes and starts {shown}")
    } else {
        format!("Makes {shown}")
    };
    let mut text = begin(&title, &notes(words, spec), endpoint);
    if let Some(name) = name {
        text.raw(&format!("name={}\n", quote(name)));
    }
    text.raw(&format!("image={}\n", quote(&spec.image)));
    text.raw(FAIL);
    if name.is_some() {
        text.raw(
            "\nif [ \"$(docker container inspect --format '{{.Name}}' -- \"$name\" 2>/dev/null)\" = \"/$name\" ]; then\n  \
             fail \"There is a container $name already. Rename or remove it first.\"\nfi\n",
        );
        text.explain(
            "docker container inspect",
            "Looks whether the name is taken: a second container cannot have it.",
        );
    }
    networks(&mut text, spec);
    pull(&mut text, spec, false);

    let at_once = start && words.connects.is_empty();
    create(&mut text, words, at_once, name.map(|_| "\"$name\""));
    if name.is_none() {
        text.raw("name=$(docker container inspect --format '{{.Name}}' -- \"$container\")\nname=${name#/}\n");
    }
    connects(&mut text, words, "\"$container\"");
    if !start {
        text.raw("\nprintf '%s\\n' \"$name is made. Start it with: docker start $name\"\n");
        return done(text, Some(words));
    }
    if !at_once {
        text.raw("\n");
        text.part(
            "docker container start",
            "Starts it, once it is on all its networks.",
        );
        text.raw(" -- \"$container\" >/dev/null\n");
    }
    verify(&mut text, spec.auto_remove);
    done(text, Some(words))
}

/// Networks of the user's own must be there.
fn networks(text: &mut Text, spec: &ContainerSpec) {
    if spec.network_mode.is_some() {
        return;
    }
    let own = spec
        .networks
        .iter()
        .filter(|network| is_user_defined(&network.name));
    for (index, network) in own.enumerate() {
        if index == 0 {
            text.raw("\n");
        }
        let name = quote(&network.name);
        text.part(
            "docker network inspect",
            "Looks whether the network is there.",
        );
        text.raw(&format!(" -- {name} >/dev/null 2>&1 ||\n  "));
        match network.ipv4.as_deref().or(network.ipv6.as_deref()) {
            None => {
                text.part(
                    "docker network create",
                    "Makes the network that is missing, with addresses that the engine chooses.",
                );
                text.raw(&format!(" -- {name} >/dev/null\n"));
            }
            Some(address) => {
                let hint = format!(
                    "The network {} is missing. Make it with a subnet that holds {address}: docker network create --subnet {} {}",
                    one_line(&network.name),
                    subnet(address),
                    quote(&network.name),
                );
                text.raw(&format!("fail {}\n", quote(&one_line(&hint))));
            }
        }
    }
}

/// A usual subnet around an address.
fn subnet(address: &str) -> String {
    match address.rsplit_once('.') {
        Some((net, _)) => format!("{net}.0/24"),
        None => format!(
            "--ipv6 {}::/64",
            address.split("::").next().unwrap_or(address)
        ),
    }
}

fn pull(text: &mut Text, spec: &ContainerSpec, newest: bool) {
    let platform = spec
        .platform
        .as_deref()
        .map(|platform| format!(" --platform {}", quote(platform)))
        .unwrap_or_default();
    text.raw("\n");
    if newest {
        text.raw("# An image that was made on this host cannot be pulled; it is there.\n");
        text.part("docker pull", "Gets the newest image of this name.");
        text.raw(&format!(
            "{platform} -- \"$image\" || docker image inspect -- \"$image\" >/dev/null\n"
        ));
    } else {
        text.part("docker image inspect", "Looks whether the image is there.");
        text.raw(" -- \"$image\" >/dev/null 2>&1 || ");
        text.part("docker pull", "Gets the image from its registry.");
        text.raw(&format!("{platform} -- \"$image\"\n"));
    }
}

/// `container=$(docker run …)`.
fn create(text: &mut Text, words: &Words, start: bool, name: Option<&str>) {
    text.raw("\n");
    text.part("container=", "Keeps the id of the container that is made.");
    text.raw("$(docker ");
    let stand = Stand {
        name,
        image: Some("\"$image\""),
    };
    text.make(words, start, Layout::Long, stand);
    text.input(words);
    text.raw(if words.input.is_some() {
        "\n)\n"
    } else {
        ")\n"
    });
}

fn connects(text: &mut Text, words: &Words, container: &str) {
    for (index, connect) in words.connects.iter().enumerate() {
        text.raw(if index == 0 { "\ndocker " } else { "docker " });
        text.connect(connect);
        text.raw(&format!(" {container}\n"));
    }
}

/// It runs, or it has done its work.
fn verify(text: &mut Text, auto_remove: bool) {
    text.raw("\n# A process that ends at once has started, too: look again after a moment.\n");
    text.part(
        "sleep 2",
        "Gives it a moment: a process that fails at once would look started.",
    );
    text.raw(
        "\nnow=$(docker container inspect --format '{{.State.Status}} {{.State.ExitCode}}' -- \"$container\" 2>/dev/null) || now=gone\n\
         if [ \"$now\" = 'running 0' ]; then\n  printf '%s\\n' \"$name is running.\"\n\
         elif [ \"$now\" = 'exited 0' ]; then\n  printf '%s\\n' \"$name has done its work and ended.\"\n",
    );
    if auto_remove {
        text.raw("elif [ \"$now\" = gone ]; then\n  printf '%s\\n' \"$name has ended, and the engine removed it.\"\n");
    }
    text.raw(
        "else\n  docker container logs --tail 20 -- \"$container\" >&2 || true\n  \
         fail \"$name did not stay up ($now); its last lines are above.\"\nfi\n",
    );
    text.explain(
        "docker container logs",
        "Shows its last lines when it did not stay up.",
    );
}

/// What makes a container anew, and puts the old one back if that fails.
pub(super) fn recreate(words: &Words, spec: &ContainerSpec, endpoint: Option<&str>) -> Command {
    let name = spec.name.as_deref().unwrap_or("");
    let title = format!("Makes {name} anew, and puts the old one back if that fails");
    let mut text = begin(&title, &notes(words, spec), endpoint);
    text.raw(&format!(
        "name={}\nimage={}\n",
        quote(name),
        quote(&spec.image)
    ));
    text.raw(STATE);
    text.raw(FAIL);
    text.raw("before=$(state \"$name\" 2>/dev/null) || fail \"There is no container $name.\"\n");
    text.raw("old=$(docker container inspect --format '{{.Id}}' -- \"$name\")\n");
    networks(&mut text, spec);
    pull(&mut text, spec, true);
    text.raw("\n# The new one, under a name for the time being; the old one still runs.");
    create(&mut text, words, false, Some("\"$name-new\""));
    let _ = write!(
        text.text,
        "\nback() {{\n  printf '%s\\n' \"Going back to the old $name.\" >&2\n  \
         docker container rm --force -- \"$container\" >/dev/null 2>&1 || true\n  \
         docker container rename -- \"$old\" \"$name\" >/dev/null 2>&1 || true\n  \
         [ \"$before\" != running ] || docker container start -- \"$old\" >/dev/null\n}}\n",
    );
    text.part(
        "trap",
        "Puts the old one back whenever the script ends before it is done.",
    );
    text.raw(" back EXIT\ntrap 'exit 130' INT\ntrap 'exit 143' TERM HUP\n");
    connects(&mut text, words, "\"$container\"");
    if spec.auto_remove {
        text.raw("\n# The old one has --rm: the engine removes it as soon as it stops, so there is no way back after this.\n");
    }
    text.raw("\n[ \"$before\" != running ] || ");
    text.part(
        "docker container stop",
        "Asks the old one to end, which frees its ports and addresses.",
    );
    text.raw(" -- \"$old\" >/dev/null\n");
    let gone = if spec.auto_remove {
        " 2>/dev/null || true"
    } else {
        ""
    };
    text.part(
        "docker container rename",
        "Puts the old one aside and gives the new one its name.",
    );
    text.raw(&format!(" -- \"$old\" \"$name-old\"{gone}\n"));
    text.raw("docker container rename -- \"$container\" \"$name\"\n");
    text.raw("if [ \"$before\" = running ]; then\n  docker container start -- \"$container\" >/dev/null\n");
    text.raw(
        "  # It must stay up, and a health check must be met, within two minutes.\n  tries=0\n",
    );
    text.raw(
        "  while tries=$((tries + 1)); do\n    sleep 2\n    \
         now=$(docker container inspect --format '{{.State.Status}} {{if .State.Health}}{{.State.Health.Status}}{{end}}' -- \"$container\")\n    \
         [ \"$now\" != 'running ' ] && [ \"$now\" != 'running healthy' ] || break\n    \
         if [ \"$now\" != 'running starting' ] || [ \"$tries\" -ge 60 ]; then\n      \
         docker container logs --tail 20 -- \"$container\" >&2 || true\n      \
         fail \"The new $name is $now; its last lines are above.\"\n    fi\n  done\nfi\n",
    );
    text.explain(
        "sleep 2",
        "Gives it a moment: a process that fails at once would look started.",
    );
    text.raw("trap - EXIT\n");
    text.part(
        "docker container rm",
        "Removes the old one. Its image and volumes stay.",
    );
    text.raw(&format!(
        " -- \"$old\" >/dev/null{gone}\nprintf '%s\\n' \"$name is made anew.\"\n"
    ));
    done(text, Some(words))
}

pub(super) fn rename(old: &str, new: &str, endpoint: Option<&str>) -> Command {
    let mut text = begin(&format!("Renames {old} to {new}"), &[], endpoint);
    text.raw(&format!("old={}\nnew={}\n", quote(old), quote(new)));
    text.raw(STATE);
    text.raw(FAIL);
    text.raw(
        "state \"$old\" >/dev/null 2>&1 || fail \"There is no container $old.\"\n\
         if state \"$new\" >/dev/null 2>&1; then\n  fail \"There is a container $new already.\"\nfi\n\n",
    );
    text.part(
        "docker container rename",
        "Gives it another name; it goes on running.",
    );
    text.raw(" -- \"$old\" \"$new\"\n\nstate \"$new\" >/dev/null || fail \"$old was not renamed.\"\nprintf '%s\\n' \"$old is now $new.\"\n");
    done(text, None)
}

pub(super) fn update(name: &str, words: &Words, endpoint: Option<&str>) -> Command {
    let notes: Vec<String> = words
        .missing
        .iter()
        .map(|missing| format!("Not said here: {missing}."))
        .collect();
    let mut text = begin(
        &format!("Changes {name} while it goes on running"),
        &notes,
        endpoint,
    );
    text.raw(&format!("name={}\n", quote(name)));
    text.raw(STATE);
    text.raw(FAIL);
    text.raw("state \"$name\" >/dev/null 2>&1 || fail \"There is no container $name.\"\n\n");
    text.part(
        "docker container update",
        "Changes limits and the restart policy; it goes on running.",
    );
    text.flags(words, Layout::Long, Stand::default());
    text.raw(" \\\n  -- \"$name\" >/dev/null\n\nprintf '%s\\n' \"$name is changed.\"\n");
    done(text, Some(words))
}
