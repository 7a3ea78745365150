//! From the words after `docker run` to what the container should be: each
//! flag's value goes to its place, checked as the client checks it.

use super::arguments::{ParsedFlag, arguments};
use super::builder::{ShellContext, SpecBuilder};
use super::shell::Word;
use super::source::Note;
use super::{Draft, checks, special};
use crate::model::flags::Field;

/// Reads one command. `at` is where it stands.
pub(super) fn make(
    words: &[Word],
    start: bool,
    at: (usize, usize),
    around: &ShellContext<'_>,
) -> Draft {
    let mut builder = SpecBuilder::new(around);
    let arguments = arguments(words, &mut builder.notes);
    for given in &arguments.given {
        apply(&mut builder, given);
    }
    builder.image(arguments.rest, at);
    builder.unknown(words);
    builder.finish(at);
    Draft {
        spec: builder.spec,
        start,
        detach: builder.detach || !start,
        pull: builder.pull,
        at: at.0,
        notes: builder.notes,
        dropped: builder.dropped,
    }
}

fn apply(builder: &mut SpecBuilder<'_>, given: &ParsedFlag<'_>) {
    let flag = given.flag;
    let value = given.value.as_str();
    let repeats = matches!(flag.field, Field::List(_) | Field::Map(_)) || flag.takes == "list";
    if !repeats
        && !["network", "net", "mount", "gpus"].contains(&flag.name)
        && builder.is_repeated(flag.name)
    {
        builder.notes.push(
            Note::warning(
                given.at,
                format!("{} is given twice; the last one counts.", given.shown),
            )
            .flag(&given.shown),
        );
    }
    match flag.field {
        Field::Switch(place) => {
            if let Some(value) = builder.checked(given, checks::switch(value)) {
                *place(&mut builder.spec) = value;
            }
        }
        Field::Maybe(place) => {
            if let Some(value) = builder.checked(given, checks::switch(value)) {
                *place(&mut builder.spec) = Some(value);
            }
        }
        Field::Text(place) => {
            if let Some(value) = builder.checked(given, checks::text(flag.name, value)) {
                // For the client an empty text is as good as none.
                *place(&mut builder.spec) = Some(value).filter(|value| !value.is_empty());
            }
        }
        Field::Number(place) => {
            if let Some(value) = builder.checked(given, checks::number(flag.name, value)) {
                *place(&mut builder.spec) = Some(value);
            }
        }
        Field::Size(place) => {
            if let Some(value) = builder.checked(given, checks::size(flag.name, value)) {
                *place(&mut builder.spec) = Some(value);
            }
        }
        Field::List(place) => {
            if let Some(value) = builder.checked(given, checks::text(flag.name, value)) {
                place(&mut builder.spec).push(value);
            }
        }
        Field::Map(place) => {
            if let Some((key, value)) = builder.checked(given, checks::pair(flag.name, value)) {
                place(&mut builder.spec).insert(key, value);
            }
        }
        Field::Host(key) => windows(builder, given, key),
        Field::Client => client(builder, given),
        Field::Special if is_of_network(flag.name) => {
            let taken = builder.network.take(flag.name, value, given.place());
            if let Some(Some(remark)) = builder.checked(given, taken) {
                builder.warn(given, remark);
            }
        }
        Field::Special => special::apply(builder, given),
    }
    if flag.name == "kernel-memory" {
        builder.warn(
            given,
            "Current kernels and engines no longer support a limit on kernel memory.",
        );
    }
}

fn windows(builder: &mut SpecBuilder<'_>, given: &ParsedFlag<'_>, key: &str) {
    let value = if given.flag.takes == "bytes" {
        checks::size(given.flag.name, &given.value)
    } else {
        checks::number(given.flag.name, &given.value)
    };
    if let Some(value) = builder.checked(given, value) {
        builder
            .spec
            .engine
            .host_config
            .insert(key.to_owned(), value.into());
        builder.warn(given, "Only Windows engines support this limit.");
    }
}

/// Flags about the person's terminal and machine.
fn client(builder: &mut SpecBuilder<'_>, given: &ParsedFlag<'_>) {
    if given.flag.is_switch()
        && builder
            .checked(given, checks::switch(&given.value))
            .is_none()
    {
        return;
    }
    let why = match given.flag.name {
        "detach" => {
            builder.detach = checks::switch(&given.value).unwrap_or(true);
            return;
        }
        "cidfile" => format!(
            "The client would write the container's ID to {} on your machine. This is ignored.",
            given.value
        ),
        "help" => "With --help the client creates nothing; the command is ignored.".to_owned(),
        "attach"
            if !["stdin", "stdout", "stderr"].contains(&given.value.to_lowercase().as_str()) =>
        {
            builder.error(
                given,
                format!(
                    "{:?} is not a stream. Allowed: stdin, stdout, stderr.",
                    given.value
                ),
            );
            return;
        }
        _ => format!(
            "{} concerns your terminal or the pull, not the container. It is ignored.",
            given.shown
        ),
    };
    builder
        .notes
        .push(Note::info(given.at, why).flag(&given.shown));
}

fn is_of_network(name: &str) -> bool {
    [
        "network",
        "net",
        "ip",
        "ip6",
        "link",
        "link-local-ip",
        "mac-address",
        "network-alias",
        "net-alias",
    ]
    .contains(&name)
}
