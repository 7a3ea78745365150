//! Reads what people paste: `docker run` and `docker create`, as they stand in
//! blogs, readmes and shell histories.
//!
//! Nothing is executed and no file is read. Whatever cannot be taken over is
//! named with its place and a way out, and the rest is still read; any text
//! gets an answer.

mod arguments;
mod builder;
mod checks;
mod command;
mod csv;
mod files;
mod gpus;
mod mount;
mod network;
mod placeholders;
mod program;
mod shell;
mod source;
mod special;

use crate::model::diagnostic::Diagnostic;
use crate::model::spec::{ContainerSpec, image_reference};
use builder::ShellContext;
pub use placeholders::Placeholder;
use program::{Program, Statement};
use serde::{Deserialize, Serialize};
use shell::{Command, Shell, Variables, Word, blank_out, without_html};
use source::{Note, Notes, Source};
use std::cell::Cell;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// So many containers of one text are read.
const MOST_CONTAINERS: usize = 100;
/// So many published ports of one text are read, which can name a range of them
/// again and again: those of a telephone exchange (10000-20000, 16384-32768).
const MOST_PORTS: usize = 20_000;
const MOST_FILE_BYTES: usize = 1 << 20;
/// So much of the values of variables, each time that one is handed on (`-e NAME`).
const MOST_EXPORTED_BYTES: usize = 4 << 20;
/// How deep `$( … )` around a command is followed.
const DEEPEST: usize = 4;

/// A pasted text, and what only the person's machine knows.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RunText {
    /// One or several commands, with whatever stands around them.
    pub command: String,
    /// Values of variables, by name; `PWD` and `HOME` for folders.
    pub variables: BTreeMap<String, String>,
    /// Contents of files that the command names, by path.
    pub files: BTreeMap<String, String>,
}

/// What was found in a text.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Conversion {
    pub containers: Vec<Converted>,
    /// What belongs to none of the containers.
    pub diagnostics: Vec<Diagnostic>,
}

/// One `docker run` or `docker create`.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Converted {
    pub spec: ContainerSpec,
    /// `run`, or `create` with a `start` of its own.
    pub start: bool,
    /// In the background.
    pub detach: bool,
    /// `missing`, `always` or `never`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pull: Option<String>,
    /// Where the command begins, from 1.
    pub line: usize,
    /// Values that are to be replaced before a container is made of `spec`, which holds
    /// them as they were written.
    pub placeholders: Vec<Placeholder>,
    pub diagnostics: Vec<Diagnostic>,
}

/// Reads a text.
pub fn run_to_spec(text: &RunText) -> Conversion {
    let plain = without_html(&text.command);
    let mut source = Source::new(plain.as_ref().unwrap_or(&text.command));
    blank_out(&mut source.chars);
    let mut reading = Reading {
        variables: Variables {
            values: text.variables.clone(),
            exported: text.variables.clone(),
        },
        files: text.files.clone(),
        drafts: Vec::new(),
        notes: Notes::default(),
        names: BTreeMap::new(),
        wants_image: false,
        ports_left: Cell::new(MOST_PORTS),
        file_bytes_left: Cell::new(MOST_FILE_BYTES),
        exported_bytes_left: Cell::new(MOST_EXPORTED_BYTES),
    };
    if plain.is_some() {
        reading.notes.push(Note::warning(
            (0, 1),
            "The text contains HTML entities, such as &amp; for &. They were decoded; positions refer to the decoded text.",
        ));
    }
    reading.commands(Shell::new(&source), 0);
    if reading.drafts.is_empty() && !reading.notes.has_error() {
        let whole = (0, source.chars.len().max(1));
        if is_compose(&text.command) {
            // What its lines would mean as commands says nothing more.
            reading.notes.take();
        }
        reading
            .notes
            .push(Note::error(whole, no_command(&text.command)));
    }
    Conversion {
        containers: reading
            .drafts
            .into_iter()
            .map(|mut draft| {
                let unknown = source.unknown(&draft.notes);
                Converted {
                    line: source.line(draft.at),
                    placeholders: placeholders::of(&draft, &unknown),
                    diagnostics: source.diagnostics(draft.notes.take()),
                    spec: draft.spec,
                    start: draft.start,
                    detach: draft.detach,
                    pull: draft.pull,
                }
            })
            .collect(),
        diagnostics: source.diagnostics(reading.notes.take()),
    }
}

/// Why a text without a command cannot be read.
fn no_command(text: &str) -> &'static str {
    if is_compose(text) {
        "This is a Compose file, which cannot be read here. Paste the docker run command of the service, or enter its image and settings in the form."
    } else {
        "The text contains no docker run or docker create command. Paste the whole command."
    }
}

fn is_compose(text: &str) -> bool {
    let key = |name: &str| text.lines().any(|line| line.trim().starts_with(name));
    key("services:") || (key("image:") && (key("ports:") || key("volumes:") || key("environment:")))
}

/// A container that is being read.
struct Draft {
    spec: ContainerSpec,
    start: bool,
    detach: bool,
    pull: Option<String>,
    at: usize,
    notes: Notes,
    /// Fields of values that only a shell knows and that have no other form, with the values.
    dropped: Vec<(String, String)>,
}

struct Reading {
    variables: Variables,
    files: BTreeMap<String, String>,
    drafts: Vec<Draft>,
    notes: Notes,
    /// Containers by name, and by the variables that hold their ids.
    names: BTreeMap<String, usize>,
    /// The command before this one had flags and no image.
    wants_image: bool,
    /// How many published ports the rest of the text may have.
    ports_left: Cell<usize>,
    /// The same for what its files hold, each time that one is named.
    file_bytes_left: Cell<usize>,
    exported_bytes_left: Cell<usize>,
}

impl Reading {
    fn commands(&mut self, mut shell: Shell<'_>, depth: usize) {
        while let Some(command) = shell.next(&self.variables) {
            self.command(&command, &shell, depth);
        }
    }

    fn command(&mut self, command: &Command, shell: &Shell<'_>, depth: usize) {
        let read = program::program(&command.words);
        let follows = std::mem::take(&mut self.wants_image);
        match read.statement {
            Statement::Other(Some(_)) if follows && self.image_below(&command.words) => {}
            Statement::Make { start, words } => self.make(command, &read, words, start),
            Statement::Connect(words) => self.connect(words),
            Statement::Start(words) => self.start(words),
            Statement::Other(what) => {
                let first = command.words.first();
                let alone = read.assignments.len() == command.words.len() || read.export;
                if alone {
                    self.assign(&read, shell, depth);
                } else if let (Some(what), Some(word)) = (what, first) {
                    let place = whole(&command.words).unwrap_or_else(|| word.place());
                    self.notes
                        .push(Note::info(place, format!("Not read: {what}.")));
                }
                // `cat >file <<EOF`: a file that a later command may name.
                if let (Some(path), Some(content)) = (&command.output, &command.input) {
                    self.files.insert(path.clone(), content.clone());
                }
            }
        }
    }

    fn make(&mut self, command: &Command, read: &Program<'_>, words: &[Word], start: bool) {
        let place = command.words.first().map_or((0, 1), Word::place);
        if self.drafts.len() >= MOST_CONTAINERS {
            self.notes.push(Note::error(
                place,
                format!("At most {MOST_CONTAINERS} containers are read at a time."),
            ));
            return;
        }
        let mut variables = None;
        if !read.assignments.is_empty() {
            let mut with = self.variables.clone();
            for (name, value, _) in &read.assignments {
                with.exported
                    .insert((*name).to_owned(), (*value).to_owned());
            }
            variables = Some(with);
        }
        let around = ShellContext {
            variables: variables.as_ref().unwrap_or(&self.variables),
            files: &self.files,
            ports_left: &self.ports_left,
            file_bytes_left: &self.file_bytes_left,
            exported_bytes_left: &self.exported_bytes_left,
            input: command.input.as_deref(),
        };
        let verb = words.as_ptr_range().start;
        let before = command
            .words
            .iter()
            .take_while(|word| std::ptr::from_ref(*word) < verb);
        let place = before
            .last()
            .map_or(place, |verb| (place.0, verb.end.saturating_sub(place.0)));
        let mut draft = command::make(words, start, place, &around);
        draft.notes.extend(command.notes.iter().cloned());
        if let Some(word) = read.elsewhere {
            draft.notes.push(Note::info(
                word.place(),
                "This selects another engine. The container is created on the engine that DockerMate is connected to.",
            ));
        }
        if command.piped && !draft.detach {
            draft
                .notes
                .push(Note::info(place, "The command after the | is ignored."));
        }
        if let Some(name) = &draft.spec.name {
            self.names.insert(name.clone(), self.drafts.len());
        }
        self.wants_image = draft.spec.image.is_empty();
        self.drafts.push(draft);
    }

    /// The image on a line of its own, because the line above lacks its backslash.
    fn image_below(&mut self, words: &[Word]) -> bool {
        let Some((image, command)) = words.split_first() else {
            return false;
        };
        let like_one = image.text.contains(['/', ':']) && !image.text.starts_with('/');
        let Some(draft) = self.drafts.last_mut() else {
            return false;
        };
        if !like_one || !image.unknown.is_empty() || image_reference(&image.text).is_err() {
            return false;
        }
        let mut notes = draft.notes.take();
        notes.retain(|note| note.message != builder::NO_IMAGE);
        draft.notes.extend(notes);
        draft.notes.push(Note::warning(
            image.place(),
            "The line above ends without a backslash, so a shell would end the command there. Reading continued; add \\ at its end.",
        ));
        image.text.clone_into(&mut draft.spec.image);
        if !command.is_empty() {
            draft.spec.command = Some(command.iter().map(|word| word.text.clone()).collect());
        }
        true
    }

    /// `NAME=value` lines; `NAME=$(docker create …)` makes a container.
    fn assign(&mut self, read: &Program<'_>, shell: &Shell<'_>, depth: usize) {
        for (name, value, word) in &read.assignments {
            let inside = word.unknown.iter().find_map(|unknown| unknown.command);
            let before = self.drafts.len();
            if let Some(inside) = inside.filter(|_| depth < DEEPEST) {
                self.commands(shell.inside(inside), depth + 1);
            }
            if self.drafts.len() > before {
                let id = format!("<container-{}>", self.drafts.len());
                self.names.insert(id.clone(), self.drafts.len() - 1);
                self.variables.values.insert((*name).to_owned(), id);
            } else if word.unknown.is_empty() {
                let (name, value) = ((*name).to_owned(), (*value).to_owned());
                if read.export {
                    self.variables.exported.insert(name.clone(), value.clone());
                }
                self.variables.values.insert(name, value);
            }
        }
    }

    /// `docker network connect` of a container that was made above.
    fn connect(&mut self, words: &[Word]) {
        let place = whole(words).unwrap_or((0, 1));
        let read = network::connect(words.iter().map(|word| word.text.as_str()));
        let (name, network) = match read {
            Ok(read) => read,
            Err(why) => return self.notes.push(Note::error(place, why)),
        };
        match self
            .names
            .get(&name)
            .and_then(|at| self.drafts.get_mut(*at))
        {
            Some(draft) if draft.spec.network_mode.is_none() => draft.spec.networks.push(network),
            Some(_) => self.notes.push(Note::error(
                place,
                "A container without its own network cannot be connected to one.",
            )),
            None => self.notes.push(Note::info(
                place,
                "Not read: it connects a container that this text does not create.",
            )),
        }
    }

    fn start(&mut self, words: &[Word]) {
        for word in words {
            if let Some(draft) = self
                .names
                .get(&word.text)
                .and_then(|at| self.drafts.get_mut(*at))
            {
                draft.start = true;
            }
        }
    }
}

/// From the first to the last word.
fn whole(words: &[Word]) -> Option<(usize, usize)> {
    let (first, last) = (words.first()?, words.last()?);
    Some((first.at, last.end.saturating_sub(first.at).max(1)))
}

#[cfg(test)]
mod tests;
