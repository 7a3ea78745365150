//! `docker rename`.

use super::quote::quote;
use super::script::{FAIL, STATE, begin, finish};
use super::writer::CommandWriter;
use crate::model::command::{Command, Commands};

const RENAMES: &str = "Renames it; it keeps running.";

/// What gives the container `old` the name `new`.
pub fn rename(old: &str, new: &str, endpoint: Option<&str>) -> Commands {
    let endpoint = endpoint.filter(|endpoint| !endpoint.is_empty());
    let short = |verb: &str| {
        let mut text = CommandWriter::default();
        text.docker(endpoint);
        text.flag(verb, RENAMES);
        text.targets(&[old, new]);
        text.finish()
    };
    Commands {
        simple: short("rename"),
        intermediate: short("container rename"),
        advanced: script(old, new, endpoint),
    }
}

fn script(old: &str, new: &str, endpoint: Option<&str>) -> Command {
    let mut text = begin(&format!("Renames {old} to {new}"), &[], endpoint);
    text.raw(&format!("old={}\nnew={}\n", quote(old), quote(new)));
    text.raw(STATE);
    text.raw(FAIL);
    text.raw(
        "state \"$old\" >/dev/null 2>&1 || fail \"There is no container $old.\"\n\
         if state \"$new\" >/dev/null 2>&1; then\n  fail \"There is a container $new already.\"\nfi\n\n",
    );
    text.part("docker container rename", RENAMES);
    text.raw(
        " -- \"$old\" \"$new\"\n\nstate \"$new\" >/dev/null || fail \"$old was not renamed.\"\n\
         printf '%s\\n' \"$old is now $new.\"\n",
    );
    finish(text)
}
