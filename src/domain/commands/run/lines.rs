//! Commands as text: on one line with short flags, or a flag a line, with what
//! each part means.

use super::arguments::{Argument, Words};
use super::networks::Connect;
use crate::domain::commands::container::explanation;
use crate::domain::commands::quote::quote;
use crate::model::command::Explanation;
use std::collections::BTreeSet;

/// How a command is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Layout {
    /// On one line, short flags.
    Line,
    /// A flag a line, short flags.
    Lines,
    /// A flag a line, long flags, for a script.
    Long,
}

impl Layout {
    /// Between two parts.
    pub fn gap(self) -> &'static str {
        match self {
            Self::Line => " ",
            Self::Lines | Self::Long => " \\\n  ",
        }
    }
}

/// Words of a script that stand for values, such as `"$name"`.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Stand<'a> {
    pub name: Option<&'a str>,
    pub image: Option<&'a str>,
}

/// A command that is being written.
#[derive(Debug, Default)]
pub(super) struct Text {
    pub text: String,
    pub explain: Vec<Explanation>,
    seen: BTreeSet<String>,
}

impl Text {
    pub fn raw(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// Text with a meaning of its own.
    pub fn part(&mut self, part: &str, meaning: impl Into<String>) {
        self.text.push_str(part);
        self.explain(part, meaning);
    }

    /// The meaning of a part that stands there already; once is enough.
    pub fn explain(&mut self, part: &str, meaning: impl Into<String>) {
        if self.seen.insert(part.to_owned()) {
            self.explain.push(explanation(part, meaning));
        }
    }

    /// `run -d` or `create` with everything up to the command's words.
    pub fn make(&mut self, words: &Words, start: bool, layout: Layout, stand: Stand<'_>) {
        if start {
            self.part("run", "Makes a container and starts it.");
            let detach = if layout == Layout::Long {
                "--detach"
            } else {
                "-d"
            };
            self.raw(" ");
            self.part(
                detach,
                "Runs in the background and prints the container's id.",
            );
        } else {
            self.part("create", "Makes a container without starting it.");
        }
        self.flags(words, layout, stand);
        self.raw(layout.gap());
        // An image is never taken for a flag, whatever it is called.
        if words.image.starts_with('-') {
            self.raw("-- ");
        }
        match stand.image {
            Some(image) => self.raw(image),
            None => self.part(&quote(&words.image), "The image that it is made from."),
        }
        if !words.command.is_empty() {
            let command: Vec<_> = words.command.iter().map(|word| quote(word)).collect();
            let command = command.join(" ");
            self.raw(layout.gap());
            self.part(
                &command,
                "What the program is given, instead of the image's own words.",
            );
        }
        if words.input.is_some() {
            self.raw(&format!(" <<'{}'", end_of(words)));
        }
    }

    /// The flags, each with its meaning.
    pub fn flags(&mut self, words: &Words, layout: Layout, stand: Stand<'_>) {
        for line in arguments(words, layout, stand) {
            self.raw(layout.gap());
            if line.whole {
                self.part(&line.text, line.meaning);
            } else {
                self.raw(&line.text);
                self.explain(&line.flag, line.meaning);
            }
        }
    }

    /// The lines after a command that reads them.
    pub fn input(&mut self, words: &Words) {
        if let Some(input) = &words.input {
            let end = end_of(words);
            self.raw(&format!("\n{input}\n{end}"));
        }
    }

    /// `network connect`, without the container.
    pub fn connect(&mut self, connect: &Connect) {
        self.part(
            "network connect",
            "Puts the container on a further network; clients before Docker 25 take one when it is made.",
        );
        for (name, value) in &connect.flags {
            let shown = format!("--{name}");
            self.raw(&format!(" {shown} {}", quote(value)));
            let meaning = match *name {
                "ip" => "Its fixed IPv4 address there.",
                "ip6" => "Its fixed IPv6 address there.",
                "alias" => "A further name for it there.",
                "link" => "Makes another container known to it under a name.",
                "link-local-ip" => "A link-local address there.",
                "driver-opt" => "An option of the network's driver.",
                _ => "The highest provides the way out. (Docker 28 and newer.)",
            };
            self.explain(&shown, meaning);
        }
        let dashes = if connect.network.starts_with('-') {
            "-- "
        } else {
            ""
        };
        self.raw(&format!(" {dashes}{}", quote(&connect.network)));
    }

    /// Names what no flag can say, where a reader of the command finds it.
    pub fn missing(&mut self, words: &Words, part: &str) {
        if !words.missing.is_empty() {
            self.explain.push(explanation(
                part,
                format!("Not said by this command: {}.", words.missing.join("; ")),
            ));
        }
    }
}

/// A line that ends a here-document and is not in it.
fn end_of(words: &Words) -> String {
    let input = words.input.as_deref().unwrap_or("");
    let mut end = "EOF".to_owned();
    while input.lines().any(|line| line == end) {
        end.push('F');
    }
    end
}

struct Written {
    text: String,
    /// The flag alone.
    flag: String,
    meaning: String,
    /// The meaning is about the whole of it.
    whole: bool,
}

fn arguments(words: &Words, layout: Layout, stand: Stand<'_>) -> Vec<Written> {
    let mut lines = Vec::new();
    let both = |name: &str| {
        words
            .arguments
            .iter()
            .any(|argument| argument.flag.name == name && argument.value.is_none())
    };
    let terminal = layout != Layout::Long && both("interactive") && both("tty");
    for argument in &words.arguments {
        let name = argument.flag.name;
        if terminal && name == "tty" {
            continue;
        }
        if terminal && name == "interactive" {
            lines.push(Written {
                text: "-it".to_owned(),
                flag: "-it".to_owned(),
                meaning: "Keeps standard input open and gives it a terminal.".to_owned(),
                whole: true,
            });
            continue;
        }
        lines.push(written(argument, layout, stand));
    }
    lines
}

fn written(argument: &Argument, layout: Layout, stand: Stand<'_>) -> Written {
    let flag = match argument.flag.short.filter(|_| layout != Layout::Long) {
        Some(letter) => format!("-{letter}"),
        None => format!("--{}", argument.flag.name),
    };
    let text = match &argument.value {
        None => flag.clone(),
        Some(value) if argument.flag.is_switch() => format!("--{}={value}", argument.flag.name),
        Some(value) => {
            let stood = stand.name.filter(|_| argument.flag.name == "name");
            let value = stood.map_or_else(|| quote(value), Into::into);
            format!("{flag} {value}")
        }
    };
    let bare = argument.flag.name == "env"
        && argument
            .value
            .as_deref()
            .is_some_and(|value| !value.contains('='));
    let (meaning, whole) = match &argument.meaning {
        Some(meaning) => (meaning.clone(), true),
        None if bare => (
            "Without a value: unset, unless your shell has one, which the client would take."
                .to_owned(),
            true,
        ),
        None if argument
            .value
            .as_deref()
            .is_some_and(|v| v.contains("bind-recursive=")) =>
        {
            (
                "Shows a folder inside. (Docker 25 and newer.)".to_owned(),
                true,
            )
        }
        None => (argument.flag.explained(), argument.flag.is_switch()),
    };
    Written {
        text,
        flag,
        meaning,
        whole,
    }
}
