//! The command that makes a container: as people type it, a flag a line, and
//! as a script that looks first and proves that it worked.
//!
//! Invariant: read again, each form gives the container that it was made from;
//! what no flag can say is named, never dropped in silence.

mod arguments;
mod csv;
mod lines;
mod mounts;
mod networks;
mod script;

use super::quote::quote;
use crate::model::command::{Command, Commands};
use crate::model::spec::ContainerSpec;
use arguments::{Words, words};
use lines::{Layout, Stand, Text};

const ENDPOINT: &str =
    "The engine that DockerMate uses; the command would ask another one without it.";

/// What makes this container, and starts it if asked for. `endpoint` is the
/// engine's address when the CLI would not find it by itself.
pub fn run(spec: &ContainerSpec, start: bool, endpoint: Option<&str>) -> Commands {
    let endpoint = endpoint.filter(|endpoint| !endpoint.is_empty());
    let words = words(spec);
    Commands {
        simple: plain(&words, spec, start, endpoint, Layout::Line, ""),
        intermediate: plain(&words, spec, start, endpoint, Layout::Lines, ""),
        advanced: script::make(&words, spec, start, endpoint),
    }
}

/// What makes the container `name` anew from this, as DockerMate does it.
pub fn recreate(spec: &ContainerSpec, name: &str, endpoint: Option<&str>) -> Commands {
    let endpoint = endpoint.filter(|endpoint| !endpoint.is_empty());
    let fresh = ContainerSpec {
        name: Some(name.to_owned()),
        ..spec.clone()
    };
    let words = words(&fresh);
    let step = |layout: Layout| {
        let gap = if layout == Layout::Line {
            " && "
        } else {
            " &&\n"
        };
        let docker = docker(endpoint);
        let mut text = Text::default();
        let old = quote(name);
        let aside = format!("{name}-old");
        let aside = quote(&aside);
        text.raw(&docker);
        text.raw(" ");
        text.part("stop", "Asks the old one to end.");
        text.raw(&format!(" {old}{gap}{docker} "));
        text.part("rename", "Puts the old one aside; it is the way back.");
        text.raw(&format!(" {old} {aside}{gap}"));
        let made = plain(
            &words,
            &fresh,
            true,
            endpoint,
            layout,
            &format!("{docker} rm {aside}"),
        );
        text.raw(&made.text);
        text.explain.extend(made.explain);
        text.explain("rm", "Removes the old one. Its image and volumes stay.");
        Command {
            text: text.text,
            explain: text.explain,
        }
    };
    Commands {
        simple: step(Layout::Line),
        intermediate: step(Layout::Lines),
        advanced: script::recreate(&words, &fresh, endpoint),
    }
}

/// What gives a container another name.
pub fn rename(old: &str, new: &str, endpoint: Option<&str>) -> Commands {
    let endpoint = endpoint.filter(|endpoint| !endpoint.is_empty());
    let line = |verb: &str| {
        let mut text = Text::default();
        head(&mut text, endpoint);
        text.part(verb, "Gives it another name; it goes on running.");
        text.raw(&format!(
            " {}{} {}",
            dashes(&[old, new]),
            quote(old),
            quote(new)
        ));
        Command {
            text: text.text,
            explain: text.explain,
        }
    };
    Commands {
        simple: line("rename"),
        intermediate: line("container rename"),
        advanced: script::rename(old, new, endpoint),
    }
}

/// What changes limits and the restart policy of a container that goes on
/// running. `change` holds only what is to change.
pub fn update(name: &str, change: &ContainerSpec, endpoint: Option<&str>) -> Commands {
    let endpoint = endpoint.filter(|endpoint| !endpoint.is_empty());
    let words = update_words(change);
    let line = |layout: Layout| {
        let mut text = Text::default();
        head(&mut text, endpoint);
        text.part(
            "update",
            "Changes limits and the restart policy; it goes on running.",
        );
        text.flags(&words, layout, Stand::default());
        text.raw(layout.gap());
        text.raw(&format!("{}{}", dashes(&[name]), quote(name)));
        text.missing(&words, "update");
        Command {
            text: text.text,
            explain: text.explain,
        }
    };
    Commands {
        simple: line(Layout::Line),
        intermediate: line(Layout::Lines),
        advanced: script::update(name, &words, endpoint),
    }
}

/// Flags that `docker update` knows.
const UPDATE: [&str; 15] = [
    "blkio-weight",
    "cpu-period",
    "cpu-quota",
    "cpu-rt-period",
    "cpu-rt-runtime",
    "cpu-shares",
    "cpus",
    "cpuset-cpus",
    "cpuset-mems",
    "kernel-memory",
    "memory",
    "memory-reservation",
    "memory-swap",
    "pids-limit",
    "restart",
];

fn update_words(change: &ContainerSpec) -> Words {
    let bare = ContainerSpec {
        name: None,
        ..change.clone()
    };
    let mut words = words(&bare);
    let (known, unknown): (Vec<_>, Vec<_>) = std::mem::take(&mut words.arguments)
        .into_iter()
        .partition(|argument| UPDATE.contains(&argument.flag.name));
    words.arguments = known;
    let unsaid = unknown.iter().map(|argument| {
        format!(
            "--{}, which docker update does not know",
            argument.flag.name
        )
    });
    words.missing.extend(unsaid);
    words
}

fn docker(endpoint: Option<&str>) -> String {
    match endpoint {
        None => "docker".to_owned(),
        Some(endpoint) => format!("docker -H {}", quote(endpoint)),
    }
}

/// `docker `, with the address where it is needed.
fn head(text: &mut Text, endpoint: Option<&str>) {
    text.raw("docker ");
    if let Some(endpoint) = endpoint {
        text.part(&format!("-H {}", quote(endpoint)), ENDPOINT);
        text.raw(" ");
    }
}

/// `-- ` where a name could be taken for a flag.
fn dashes(names: &[&str]) -> &'static str {
    if names.iter().any(|name| name.starts_with('-')) {
        "-- "
    } else {
        ""
    }
}

/// One command, or a chain of them where there are further networks; `last` is
/// a command that follows when all went well.
fn plain(
    words: &Words,
    spec: &ContainerSpec,
    start: bool,
    endpoint: Option<&str>,
    layout: Layout,
    last: &str,
) -> Command {
    let mut text = Text::default();
    let docker = docker(endpoint);
    let chained = !words.connects.is_empty();
    // The lines of a here-document must follow the line that begins it.
    let one_line = layout == Layout::Line || words.input.is_some();
    let gap = if one_line { " && " } else { " &&\n" };
    let named = spec.name.as_deref().filter(|name| !name.is_empty());
    let held = chained && named.is_none();
    if held {
        text.part("c=", "Keeps the id of the container that is made.");
        text.raw("$(");
    }
    head(&mut text, endpoint);
    text.make(words, start && !chained, layout, Stand::default());
    if held {
        text.input(words);
        text.raw(if words.input.is_some() { "\n)" } else { ")" });
    }
    let container = named.map_or_else(|| "\"$c\"".to_owned(), |name| quote(name).into_owned());
    for connect in &words.connects {
        text.raw(&format!("{gap}{docker} "));
        text.connect(connect);
        text.raw(&format!(" {container}"));
    }
    if chained && start {
        text.raw(&format!("{gap}{docker} "));
        text.part("start", "Starts it, once it is on all its networks.");
        text.raw(&format!(" {container}"));
    }
    if !last.is_empty() {
        text.raw(&format!("{gap}{last}"));
    }
    if !held {
        text.input(words);
    }
    text.missing(words, if start && !chained { "run" } else { "create" });
    Command {
        text: text.text,
        explain: text.explain,
    }
}

#[cfg(test)]
mod tests;
