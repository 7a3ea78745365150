//! The frame of every script, the careful form of a command: a POSIX shell script
//! that looks first, does one thing, verifies it, and says what to do when it failed.
//!
//! Invariant: each name from outside stands in a script once, quoted; from there
//! on it is a variable. What has to be a comment stays on one line.

pub(super) mod create;

use super::quote::quote;
use super::writer::CommandWriter;
use crate::model::characters::is_invisible;
use crate::model::command::Command;

/// Prints a message and ends the script; then asks whether the engine answers.
pub(super) const FAIL: &str = "\nfail() {\n  printf '%s\\n' \"$1\" >&2\n  exit 1\n}\n\
     docker version >/dev/null 2>&1 || fail 'The engine is not responding.'\n";

/// `state NAME` prints the state of a container, and fails when there is none.
pub(super) const STATE: &str =
    "\nstate() {\n  docker container inspect --format '{{.State.Status}}' -- \"$1\"\n}\n";

/// The beginning: what the script does, what it leaves out, how it behaves.
pub(super) fn begin(title: &str, notes: &[String], endpoint: Option<&str>) -> CommandWriter {
    let mut text = CommandWriter::default();
    text.raw("#!/bin/sh\n");
    text.raw(&format!("# {}\n", one_line(title)));
    for note in notes {
        text.raw(&format!("# {}\n", one_line(note)));
    }
    text.raw("(\n");
    text.part(
        "set -eu",
        "Ends the script at the first failing command or unset variable.",
    );
    text.raw("\n");
    text.explain(
        "( … )",
        "Runs it in a subshell, so that pasting it does not change your shell.",
    );
    if let Some(endpoint) = endpoint {
        text.raw("export ");
        text.part("DOCKER_HOST", "The engine that DockerMate uses.");
        text.raw(&format!("={}\n", quote(endpoint)));
    }
    text
}

/// The end.
pub(super) fn finish(mut text: CommandWriter) -> Command {
    text.raw(")\n");
    text.finish()
}

/// A comment stays one line, whatever is in it.
pub(super) fn one_line(text: &str) -> String {
    text.chars()
        .map(|c| if is_invisible(c) { ' ' } else { c })
        .collect()
}
