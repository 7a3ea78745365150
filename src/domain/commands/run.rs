//! The command that creates a container: as people type it, a flag a line, and
//! as a script that looks first and verifies that it worked.
//!
//! Invariant: read again, each form gives the container that it was made from;
//! what no flag can say is named, never dropped in silence.

mod script;

use super::arguments::{RunArguments, run_arguments};
use super::layout::{Layout, Placeholders};
use super::quote::quote;
use super::writer::CommandWriter;
use crate::domain::images::Pull;
use crate::model::command::{Command, Commands};
use crate::model::spec::ContainerSpec;

/// What creates this container, and starts it if asked for. `endpoint` is the
/// engine's address when the CLI would not find it by itself.
pub fn run(spec: &ContainerSpec, start: bool, pull: Pull, endpoint: Option<&str>) -> Commands {
    let endpoint = endpoint.filter(|endpoint| !endpoint.is_empty());
    let arguments = run_arguments(spec);
    let mut short = run_arguments(spec);
    short.pull(pull);
    Commands {
        simple: command(&short, start, endpoint, Layout::Line),
        intermediate: command(&short, start, endpoint, Layout::Lines),
        advanced: script::script(&arguments, spec, start, pull, endpoint),
    }
}

/// One command, or a chain of them where there are further networks.
fn command(
    arguments: &RunArguments,
    start: bool,
    endpoint: Option<&str>,
    layout: Layout,
) -> Command {
    let mut text = CommandWriter::default();
    let chained = !arguments.connects.is_empty();
    // The lines of a here-document must follow the line that begins it.
    let one_line = layout == Layout::Line || arguments.input.is_some();
    let gap = if one_line { " && " } else { " &&\n" };
    let name = arguments.name();
    let held = chained && name.is_none();
    if held {
        text.part("c=", "Keeps the id of the container that is created.");
        text.raw("$(");
    }
    text.docker(endpoint);
    text.raw(" ");
    text.create(
        arguments,
        start && !chained,
        layout,
        Placeholders::default(),
    );
    if held {
        text.input(arguments);
        text.raw(if arguments.input.is_some() {
            "\n)"
        } else {
            ")"
        });
    }
    let container = name.map_or_else(|| "\"$c\"".to_owned(), |name| quote(name).into_owned());
    for connect in &arguments.connects {
        text.raw(gap);
        text.docker(endpoint);
        text.raw(" ");
        text.connect(connect);
        text.word(&container);
    }
    if chained && start {
        text.raw(gap);
        text.docker(endpoint);
        text.flag("start", "Starts it, once it is on all its networks.");
        text.word(&container);
    }
    if !held {
        text.input(arguments);
    }
    text.name_missing(arguments, if start && !chained { "run" } else { "create" });
    text.finish()
}

#[cfg(test)]
mod tests;
