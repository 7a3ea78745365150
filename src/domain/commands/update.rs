//! `docker update`: limits and the restart policy of a container that keeps running.

use super::arguments::{RunArguments, run_arguments};
use super::layout::{Layout, Placeholders};
use super::quote::quote;
use super::script::{FAIL, STATE, begin, finish};
use super::writer::CommandWriter;
use crate::model::command::{Command, Commands};
use crate::model::spec::ContainerSpec;

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

const UPDATES: &str = "Changes limits and the restart policy; it keeps running.";

/// What changes the container `name`. `change` holds only what is to change.
pub fn update(name: &str, change: &ContainerSpec, endpoint: Option<&str>) -> Commands {
    let endpoint = endpoint.filter(|endpoint| !endpoint.is_empty());
    let arguments = update_arguments(change);
    let short = |layout: Layout| {
        let mut text = CommandWriter::default();
        text.docker(endpoint);
        text.flag("update", UPDATES);
        text.run_flags(&arguments, layout, Placeholders::default());
        text.raw(layout.gap().trim_end_matches(' '));
        text.targets(&[name]);
        text.name_missing(&arguments, "update");
        text.finish()
    };
    Commands {
        simple: short(Layout::Line),
        intermediate: short(Layout::Lines),
        advanced: script(name, &arguments, endpoint),
    }
}

fn update_arguments(change: &ContainerSpec) -> RunArguments {
    let mut arguments = run_arguments(&ContainerSpec {
        name: None,
        ..change.clone()
    });
    let (known, unknown): (Vec<_>, Vec<_>) = std::mem::take(&mut arguments.flags)
        .into_iter()
        .partition(|argument| UPDATE.contains(&argument.flag.name));
    arguments.flags = known;
    arguments.missing.extend(unknown.iter().map(|argument| {
        format!(
            "--{}, which docker update does not support",
            argument.flag.name
        )
    }));
    arguments
}

fn script(name: &str, arguments: &RunArguments, endpoint: Option<&str>) -> Command {
    let notes: Vec<String> = arguments
        .missing
        .iter()
        .map(|missing| format!("Not included: {missing}."))
        .collect();
    let title = format!("Changes limits of {name} while it keeps running");
    let mut text = begin(&title, &notes, endpoint);
    text.raw(&format!("name={}\n", quote(name)));
    text.raw(STATE);
    text.raw(FAIL);
    text.raw("state \"$name\" >/dev/null 2>&1 || fail \"There is no container $name.\"\n\n");
    text.part("docker container update", UPDATES);
    text.run_flags(arguments, Layout::Long, Placeholders::default());
    text.raw(" \\\n  -- \"$name\" >/dev/null\n\nprintf '%s\\n' \"$name is changed.\"\n");
    text.explain_missing(arguments);
    finish(text)
}
