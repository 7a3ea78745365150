//! A command while it is written: its text, and what its parts mean.
//!
//! Invariant: a part is explained at most once, in the order of appearance, and
//! as it stands in the text.

use super::quote::{is_special, quote};
use crate::model::command::{Command, Explanation};
use std::collections::BTreeSet;

const ENDPOINT: &str =
    "The engine that DockerMate uses; without it the command could reach another one.";

/// Collects the text of a command and the meaning of its parts.
#[derive(Debug, Default)]
pub(super) struct CommandWriter {
    text: String,
    explain: Vec<Explanation>,
    explained: BTreeSet<String>,
}

impl CommandWriter {
    /// Text without an explanation, as it is.
    pub fn raw(&mut self, text: &str) {
        // Words are quoted; what else comes from outside (a comment) is only read.
        let shown = text
            .chars()
            .map(|c| if is_special(c) { '\u{fffd}' } else { c });
        self.text.extend(shown);
    }

    /// Text with an explanation, as it is.
    pub fn part(&mut self, part: &str, meaning: impl Into<String>) {
        self.raw(part);
        self.explain(part, meaning);
    }

    /// A space and a word.
    pub fn word(&mut self, word: &str) {
        self.raw(" ");
        self.raw(word);
    }

    /// A space and a word with an explanation.
    pub fn flag(&mut self, part: &str, meaning: impl Into<String>) {
        self.raw(" ");
        self.part(part, meaning);
    }

    /// Explains a part that stands in the text; the first explanation of it counts.
    pub fn explain(&mut self, part: &str, meaning: impl Into<String>) {
        if self.explained.insert(part.to_owned()) {
            self.note(part, meaning);
        }
    }

    /// One more remark on a part that may be explained already.
    pub fn note(&mut self, part: &str, meaning: impl Into<String>) {
        self.explain.push(Explanation {
            part: part.to_owned(),
            meaning: meaning.into(),
        });
    }

    /// `docker`, with the engine's address where the client needs it.
    pub fn docker(&mut self, endpoint: Option<&str>) {
        self.raw("docker");
        if let Some(endpoint) = endpoint {
            self.flag(&format!("-H {}", quote(endpoint)), ENDPOINT);
        }
    }

    /// Names as the last arguments, after `--` when one could be taken for a flag.
    pub fn targets(&mut self, names: &[&str]) {
        if names.iter().any(|name| name.starts_with('-')) {
            self.flag("--", "Ends the flags: what follows are names.");
        }
        for name in names {
            self.word(&quote(name));
        }
    }

    pub fn finish(self) -> Command {
        Command {
            text: self.text,
            explain: self.explain,
        }
    }
}
