//! The pasted text, and what is noticed in it.
//!
//! Places inside are offsets in characters; lines and columns are made from
//! them at the end. What is kept is bounded, however bad the text is.

use crate::model::diagnostic::{Diagnostic, Severity};
use std::cell::Cell;

/// At most this many notes are kept; a text with more is not a command.
const MOST_NOTES: usize = 200;
/// So much of the text is repeated in a note.
const SHOWN: usize = 120;
/// How much all variables together may unfold to, in bytes.
pub(super) const UNFOLDED: usize = 4 * 1024 * 1024;
/// How many characters are looked at while searching for closing brackets.
const SEARCHED: usize = 4 * 1024 * 1024;

pub(super) struct Source {
    pub chars: Vec<char>,
    /// Where each line begins.
    lines: Vec<usize>,
    /// What is left of the limits, for the whole text.
    unfolded: Cell<usize>,
    searched: Cell<usize>,
}

/// Something noticed, at an offset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Note {
    pub severity: Severity,
    pub message: String,
    pub at: usize,
    pub length: usize,
    pub flag: Option<String>,
    pub variable: Option<String>,
    pub file: Option<String>,
}

impl Note {
    pub fn new(
        severity: Severity,
        (at, length): (usize, usize),
        message: impl Into<String>,
    ) -> Self {
        Self {
            severity,
            message: message.into(),
            at,
            length,
            flag: None,
            variable: None,
            file: None,
        }
    }

    pub fn error(place: (usize, usize), message: impl Into<String>) -> Self {
        Self::new(Severity::Error, place, message)
    }

    pub fn warning(place: (usize, usize), message: impl Into<String>) -> Self {
        Self::new(Severity::Warning, place, message)
    }

    pub fn info(place: (usize, usize), message: impl Into<String>) -> Self {
        Self::new(Severity::Info, place, message)
    }

    pub fn flag(mut self, flag: &str) -> Self {
        self.flag = Some(flag.to_owned());
        self
    }
}

impl Source {
    pub fn new(text: &str) -> Self {
        let chars: Vec<char> = text.chars().collect();
        let ends = chars.iter().enumerate().filter(|(_, c)| **c == '\n');
        let lines = std::iter::once(0)
            .chain(ends.map(|(at, _)| at + 1))
            .collect();
        Self {
            chars,
            lines,
            unfolded: Cell::new(UNFOLDED),
            searched: Cell::new(SEARCHED),
        }
    }

    /// Whether so much more may come out of variables; then it is taken.
    pub fn may_unfold(&self, bytes: usize) -> bool {
        take(&self.unfolded, bytes)
    }

    /// Whether one more character may be looked at in a search.
    pub fn may_search(&self) -> bool {
        take(&self.searched, 1)
    }

    /// The line of an offset, from 1.
    pub fn line(&self, at: usize) -> usize {
        self.lines.partition_point(|start| *start <= at).max(1)
    }

    pub fn text(&self, from: usize, to: usize) -> String {
        let to = to.min(self.chars.len());
        self.chars[from.min(to)..to].iter().collect()
    }

    /// What only a shell knows, as it is written.
    pub fn unknown(&self, notes: &Notes) -> Vec<String> {
        let asked = notes.0.iter().filter(|note| note.variable.is_some());
        asked
            .map(|note| self.text(note.at, note.at + note.length))
            .filter(|text| !text.is_empty())
            .collect()
    }

    /// With lines and columns, in the order of the text.
    pub fn diagnostics(&self, mut notes: Vec<Note>) -> Vec<Diagnostic> {
        notes.sort_by_key(|note| (note.at, note.severity));
        notes.dedup();
        let more = notes.len().saturating_sub(MOST_NOTES);
        notes.truncate(MOST_NOTES);
        if more > 0 {
            let at = notes.last().map_or(0, |note| note.at);
            notes.push(Note::error(
                (at, 1),
                format!("And {more} more; fix these first."),
            ));
        }
        notes
            .into_iter()
            .map(|note| self.diagnostic(note))
            .collect()
    }

    fn diagnostic(&self, note: Note) -> Diagnostic {
        let line = self.line(note.at);
        let start = self.lines.get(line - 1).copied().unwrap_or(0);
        let text = self.text(note.at, note.at + note.length.min(SHOWN));
        Diagnostic {
            severity: note.severity,
            message: note.message,
            line,
            column: note.at - start + 1,
            length: note.length,
            text,
            flag: note.flag,
            variable: note.variable,
            file: note.file,
        }
    }
}

/// Whether there is so much left; then it is taken.
pub(super) fn take(left: &Cell<usize>, amount: usize) -> bool {
    match left.get().checked_sub(amount) {
        Some(rest) => {
            left.set(rest);
            true
        }
        None => false,
    }
}

/// A list of notes that does not grow without end.
#[derive(Default)]
pub(super) struct Notes(Vec<Note>);

impl Notes {
    pub fn push(&mut self, note: Note) {
        // One more than is shown, so that the end of the list is told.
        if self.0.len() <= MOST_NOTES {
            self.0.push(note);
        }
    }

    pub fn extend(&mut self, notes: impl IntoIterator<Item = Note>) {
        for note in notes {
            self.push(note);
        }
    }

    pub fn is_full(&self) -> bool {
        self.0.len() > MOST_NOTES
    }

    pub fn has_error(&self) -> bool {
        self.0.iter().any(|note| note.severity == Severity::Error)
    }

    pub fn take(&mut self) -> Vec<Note> {
        std::mem::take(&mut self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn diagnostic_positions_count_lines_and_characters_from_one() {
        let source = Source::new("äöü\nabc\r\n x");
        let found = source.diagnostics(vec![Note::error((9, 2), "no x"), Note::info((1, 2), "ö")]);
        let places: Vec<_> = found.iter().map(|d| (d.line, d.column, &*d.text)).collect();
        assert_eq!(places, [(1, 2, "öü"), (3, 1, " x")]);
    }

    #[test]
    fn number_of_diagnostics_is_limited() {
        let mut notes = Notes::default();
        notes.extend((0..5000).map(|at| Note::error((at, 1), "bad")));
        let found = Source::new(&"x".repeat(5000)).diagnostics(notes.take());
        assert_eq!(found.len(), MOST_NOTES + 1);
    }
}
