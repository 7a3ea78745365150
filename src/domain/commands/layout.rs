//! `docker create`, `docker run` and `docker network connect` as text: on one
//! line with short flags, or a flag a line, with what each part means.

use super::arguments::{Argument, Connect, RunArguments};
use super::quote::{is_special, quote};
use super::writer::CommandWriter;

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

/// Shell text that stands for values in a script, such as `"$name"`.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Placeholders<'a> {
    pub name: Option<&'a str>,
    pub image: Option<&'a str>,
}

impl CommandWriter {
    /// `run -d` or `create` with everything up to the command's arguments.
    pub fn create(
        &mut self,
        arguments: &RunArguments,
        start: bool,
        layout: Layout,
        values: Placeholders<'_>,
    ) {
        if start {
            self.part("run", "Creates a container and starts it.");
            let detach = if layout == Layout::Long {
                "--detach"
            } else {
                "-d"
            };
            self.raw(" ");
            self.part(
                detach,
                "Runs in the background and prints the container ID.",
            );
        } else {
            self.part("create", "Creates a container without starting it.");
        }
        self.run_flags(arguments, layout, values);
        self.raw(layout.gap());
        // An image is never taken for a flag, whatever it is called.
        if arguments.image.starts_with('-') {
            self.raw("-- ");
        }
        match values.image {
            Some(image) => self.raw(image),
            None => self.part(&quote(&arguments.image), "The image it is created from."),
        }
        if !arguments.command.is_empty() {
            let command: Vec<_> = arguments.command.iter().map(|word| quote(word)).collect();
            let command = command.join(" ");
            self.raw(layout.gap());
            self.part(&command, "The arguments, instead of the image's own.");
        }
        if arguments.input.is_some() {
            self.raw(&format!(" <<'{}'", end_of(arguments)));
        }
    }

    /// The flags, each with its meaning.
    pub fn run_flags(
        &mut self,
        arguments: &RunArguments,
        layout: Layout,
        values: Placeholders<'_>,
    ) {
        for line in flag_texts(arguments, layout, values) {
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
    pub fn input(&mut self, arguments: &RunArguments) {
        if let Some(input) = &arguments.input {
            let end = end_of(arguments);
            self.raw(&format!("\n{}\n{end}", pasteable(input)));
        }
    }

    /// `network connect`, without the container.
    pub fn connect(&mut self, connect: &Connect) {
        self.part(
            "network connect",
            "Connects the container to a further network; clients before Docker 25 take one network when it is created.",
        );
        for (name, value) in &connect.flags {
            let shown = format!("--{name}");
            self.raw(&format!(" {shown} {}", quote(value)));
            let meaning = match *name {
                "ip" => "Its fixed IPv4 address there.",
                "ip6" => "Its fixed IPv6 address there.",
                "alias" => "An additional name for it there.",
                "link" => "Makes another container reachable under a name.",
                "link-local-ip" => "A link-local address there.",
                "driver-opt" => "An option of the network's driver.",
                _ => {
                    "The network with the highest priority is the default gateway. (Docker 28 and newer.)"
                }
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
    pub fn name_missing(&mut self, arguments: &RunArguments, part: &str) {
        if !arguments.missing.is_empty() {
            self.note(
                part,
                format!(
                    "This command does not include: {}.",
                    arguments.missing.join("; ")
                ),
            );
        }
    }
}

/// A terminal acts on control characters also here. JSON has them only between its
/// words, or as `\u0003` (RFC 8259, 7).
fn pasteable(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for c in json.chars() {
        match c {
            '\t' | '\r' => text.push(' '),
            c if is_special(c) => text.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => text.push(c),
        }
    }
    text
}

/// A line that ends a here-document and is not in it.
fn end_of(arguments: &RunArguments) -> String {
    let input = arguments.input.as_deref().unwrap_or("");
    let mut end = "EOF".to_owned();
    while input.lines().any(|line| line == end) {
        end.push('F');
    }
    end
}

struct FlagText {
    text: String,
    /// The flag alone.
    flag: String,
    meaning: String,
    /// The meaning is about the whole of it.
    whole: bool,
}

fn flag_texts(arguments: &RunArguments, layout: Layout, values: Placeholders<'_>) -> Vec<FlagText> {
    let mut lines = Vec::new();
    let both = |name: &str| {
        arguments
            .flags
            .iter()
            .any(|argument| argument.flag.name == name && argument.value.is_none())
    };
    let terminal = layout != Layout::Long && both("interactive") && both("tty");
    for argument in &arguments.flags {
        let name = argument.flag.name;
        if terminal && name == "tty" {
            continue;
        }
        if terminal && name == "interactive" {
            lines.push(FlagText {
                text: "-it".to_owned(),
                flag: "-it".to_owned(),
                meaning: "Keeps standard input open and allocates a terminal.".to_owned(),
                whole: true,
            });
            continue;
        }
        lines.push(flag_text(argument, layout, values));
    }
    lines
}

fn flag_text(argument: &Argument, layout: Layout, values: Placeholders<'_>) -> FlagText {
    let flag = match argument.flag.short.filter(|_| layout != Layout::Long) {
        Some(letter) => format!("-{letter}"),
        None => format!("--{}", argument.flag.name),
    };
    let text = match &argument.value {
        None => flag.clone(),
        Some(value) if argument.flag.is_switch() => format!("--{}={value}", argument.flag.name),
        Some(value) => {
            let stood = values.name.filter(|_| argument.flag.name == "name");
            let stood = stood.or(argument.shell.as_deref());
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
                "Mounts a folder inside. (Docker 25 and newer.)".to_owned(),
                true,
            )
        }
        None => (argument.flag.explained(), argument.flag.is_switch()),
    };
    FlagText {
        text,
        flag,
        meaning,
        whole,
    }
}
