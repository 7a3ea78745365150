//! Words of a pasted shell text: POSIX shells, and what Windows' `cmd` and
//! PowerShell make of it.
//!
//! It reads as a shell would, and continues where a shell would stop but a
//! person clearly meant to go on (a comment between continued lines, a blank
//! after the backslash, quotes that a word processor made); each such place is
//! noted. Nothing is ever executed, and any text has an end: nesting, searching
//! and what variables unfold to are bounded.

mod around;
mod continuation;
mod expand;
mod quotes;
mod word;

pub(super) use around::{blank_out, without_html};
pub(super) use word::Word;

use super::source::{Note, Notes, Source};
use std::collections::BTreeMap;
use word::Building;

/// How deep `${A:-${B:-…}}` is followed.
const DEEPEST: usize = 16;
/// So many words of one command are read: each takes many times its length in memory.
const MOST_WORDS: usize = 20_000;
/// So many parts of one command that only a shell knows are noted, beside one a word.
const MOST_UNKNOWN: usize = 20_000;

/// Whose rules of quoting a text follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    Posix,
    /// Windows' `cmd`: lines go on after `^`.
    Cmd,
    /// Lines go on after a backtick.
    PowerShell,
}

/// What is known of the values that a shell would fill in.
#[derive(Debug, Clone, Default)]
pub(super) struct Variables {
    pub values: BTreeMap<String, String>,
    /// Also seen by programs that the shell starts.
    pub exported: BTreeMap<String, String>,
}

/// One simple command.
#[derive(Debug, Default)]
pub(super) struct Command {
    pub words: Vec<Word>,
    /// What `<<` gives it as standard input.
    pub input: Option<String>,
    /// Where `>` writes its output.
    pub output: Option<String>,
    pub notes: Vec<Note>,
    /// In front of a pipe, so that another command gets its output.
    pub piped: bool,
}

pub(super) struct Shell<'a> {
    source: &'a Source,
    dialect: Dialect,
    at: usize,
    end: usize,
    notes: Notes,
    depth: usize,
    /// How many unknown parts of this command may still be noted.
    unknown_left: usize,
    /// Words of this command were left out.
    is_cut: bool,
    /// Where the line ends that here-documents follow, and where they end.
    input: Option<(usize, usize)>,
    /// Whether lines that begin with `# docker` are a prompt's.
    hash_is_prompt: bool,
}

impl<'a> Shell<'a> {
    pub fn new(source: &'a Source) -> Self {
        let mut shell = Self {
            source,
            dialect: Dialect::Posix,
            at: 0,
            end: source.chars.len(),
            notes: Notes::default(),
            depth: 0,
            unknown_left: MOST_UNKNOWN,
            is_cut: false,
            input: None,
            hash_is_prompt: false,
        };
        shell.dialect = shell.guess_dialect();
        shell.hash_is_prompt = shell.guess_prompt();
        shell
    }

    /// The commands of a part of the text, such as the inside of `$(…)`.
    pub fn inside(&self, (from, to): (usize, usize)) -> Self {
        Self {
            source: self.source,
            dialect: self.dialect,
            at: from,
            end: to.min(self.source.chars.len()),
            notes: Notes::default(),
            depth: 0,
            unknown_left: MOST_UNKNOWN,
            is_cut: false,
            input: None,
            hash_is_prompt: self.hash_is_prompt,
        }
    }

    /// The next command that has a word.
    pub fn next(&mut self, variables: &Variables) -> Option<Command> {
        while self.at < self.end {
            if self.at_line_start() {
                self.skip_prompt();
            }
            let command = self.command(variables);
            if !command.words.is_empty() {
                return Some(command);
            }
        }
        None
    }

    fn peek(&self, ahead: usize) -> Option<char> {
        let at = self.at + ahead;
        (at < self.end).then(|| self.source.chars[at])
    }

    fn at_line_start(&self) -> bool {
        self.at == 0 || self.source.chars[self.at - 1] == '\n'
    }

    /// Up to a separator, which is eaten.
    fn command(&mut self, variables: &Variables) -> Command {
        let mut command = Command::default();
        self.unknown_left = MOST_UNKNOWN;
        self.is_cut = false;
        while let Some(c) = self.peek(0) {
            match c {
                '\n' => {
                    let after = self
                        .input
                        .take()
                        .filter(|(line_end, _)| *line_end == self.at);
                    if let Some((_, resume)) = after {
                        self.at = resume;
                        break;
                    }
                    if !self.joins_at_newline(&command.words) {
                        self.at += 1;
                        break;
                    }
                }
                ';' if self.dialect != Dialect::Cmd => {
                    self.at += 1;
                    break;
                }
                '&' if self.peek(1) == Some('>') => self.redirection(&mut command, variables),
                '&' | '|' | '(' | ')' => {
                    command.piped = c == '|' && self.peek(1) != Some('|');
                    self.at += 1;
                    break;
                }
                '<' | '>' if self.placeholder().is_none() => {
                    self.redirection(&mut command, variables);
                }
                '#' if self.dialect != Dialect::Cmd => self.comment(),
                c if is_blank(c) => self.blank(c),
                c if is_zero_width(c) => self.zero_width(c),
                _ if self.continuation() => {}
                _ => {
                    let words = self.word(variables);
                    if matches!(self.peek(0), Some('<' | '>'))
                        && let [word] = &words[..]
                        && word.is_number()
                    {
                        continue; // The number of a stream: `2>file`.
                    }
                    self.keep_words(&mut command.words, words);
                }
            }
        }
        command.notes = self.notes.take();
        command
    }

    /// Words beyond the most are read over, and told once.
    fn keep_words(&mut self, words: &mut Vec<Word>, more: Vec<Word>) {
        let room = MOST_WORDS - words.len();
        if let Some(first) = more.get(room)
            && !std::mem::replace(&mut self.is_cut, true)
        {
            self.notes.push(Note::error(
                first.place(),
                format!("At most {MOST_WORDS} words of one command are read. The rest is ignored."),
            ));
        }
        words.extend(more.into_iter().take(room));
    }

    fn blank(&mut self, c: char) {
        if !matches!(c, ' ' | '\t' | '\r') {
            self.notes.push(Note::warning(
                (self.at, 1),
                "This looks like a space, but shells treat the character as part of a word; read as a space.",
            ));
        }
        self.at += 1;
    }

    fn zero_width(&mut self, _: char) {
        if self.at > 0 {
            self.notes
                .push(Note::warning((self.at, 1), "Invisible character; ignored."));
        }
        self.at += 1;
    }

    /// `>file`, `2>&1`, `<<EOF`.
    fn redirection(&mut self, command: &mut Command, variables: &Variables) {
        let mut operator = String::new();
        while let Some(c) = self.peek(0).filter(|c| "<>&|".contains(*c)) {
            // `<&` and `>&` take what follows; `>x&` ends a command.
            if operator.len() >= 3 || (c == '|' && !operator.ends_with('>')) {
                break;
            }
            operator.push(c);
            self.at += 1;
        }
        if operator == "<<" && self.peek(0) == Some('-') {
            operator.push('-');
            self.at += 1;
        }
        while self.peek(0).is_some_and(|c| matches!(c, ' ' | '\t')) {
            self.at += 1;
        }
        if self.peek(0).is_none_or(|c| "\n;&|()<>".contains(c)) {
            return;
        }
        let Some(target) = self.word(variables).into_iter().next() else {
            return;
        };
        match operator.as_str() {
            "<<" | "<<-" => {
                command.input = Some(self.here_document(&target.text, operator == "<<-"));
            }
            "<<<" => command.input = Some(target.text + "\n"),
            ">" | ">>" if target.unknown.is_empty() => command.output = Some(target.text),
            _ => {}
        }
    }

    /// The lines after this one, up to the one that ends them.
    fn here_document(&mut self, end: &str, cut_tabs: bool) -> String {
        let line = |at: usize| {
            let rest = self.source.chars[at..self.end].iter();
            at + rest.take_while(|c| **c != '\n').count()
        };
        // Several of them follow each other.
        let ahead = self.input.filter(|(line_end, _)| *line_end >= self.at);
        let (line_end, mut at) = ahead.unwrap_or_else(|| {
            let line_end = line(self.at);
            (line_end, (line_end + 1).min(self.end))
        });
        let mut body = String::new();
        while at < self.end {
            let stop = line(at);
            let text = self.source.text(at, stop);
            at = (stop + 1).min(self.end);
            let text = text.strip_suffix('\r').unwrap_or(&text);
            let text = if cut_tabs {
                text.trim_start_matches('\t')
            } else {
                text
            };
            if text == end {
                break;
            }
            body.push_str(text);
            body.push('\n');
        }
        self.input = Some((line_end, at));
        body
    }

    /// A single `|` or `&` in the middle of `NAME=a|b`, without blanks.
    fn belongs_to_value(&self, word: &Building) -> bool {
        word.has_value()
            && word.last().is_some_and(continues)
            && self.peek(1).is_some_and(continues)
    }

    /// One word, or several where the value of a variable has blanks.
    fn word(&mut self, variables: &Variables) -> Vec<Word> {
        let mut word = Building::new(self.at);
        while let Some(c) = self.peek(0) {
            if let Some(length) = self.placeholder() {
                self.put_placeholder(&mut word, variables, length);
                continue;
            }
            match c {
                '|' | '&' if self.belongs_to_value(&word) => {
                    self.notes.push(Note::warning(
                        (self.at, 1),
                        format!("A shell would end the command at this {c}. Read as part of the value; put quotes around it."),
                    ));
                    word.plain(c);
                    self.at += 1;
                }
                '\n' | ';' | '&' | '|' | '(' | ')' | '<' | '>'
                    if !(c == ';' && self.dialect == Dialect::Cmd) =>
                {
                    break;
                }
                c if is_blank(c) => break,
                c if is_zero_width(c) => self.zero_width(c),
                _ if self.continuation() => {
                    if !word.is_empty() && self.peek(0) == Some('-') {
                        self.notes.push(Note::warning(
                            (self.at, 1),
                            "Without a space at the end of the line above, a shell would join this to its last word. Read as a separate word.",
                        ));
                        break;
                    }
                }
                '\'' if self.dialect != Dialect::Cmd => self.single_quotes(&mut word),
                '"' => self.double_quotes(&mut word, variables),
                '‘' | '’' | '“' | '”' | '„' | '‟' | '″' if Self::opens_smart_quote(&word) =>
                {
                    self.smart_quotes(c, &mut word, variables);
                }
                '\\' if self.dialect == Dialect::Posix => {
                    self.at += 1;
                    match self.peek(0) {
                        Some(c) => {
                            word.quoted(c);
                            self.at += 1;
                        }
                        None => word.plain('\\'),
                    }
                }
                '^' if self.dialect == Dialect::Cmd => {
                    self.at += 1;
                    if let Some(c) = self.peek(0) {
                        word.quoted(c);
                        self.at += 1;
                    }
                }
                '`' if self.dialect == Dialect::PowerShell => self.backtick_escape(&mut word),
                '$' | '`' | '%' | '~' => self.expansion(&mut word, variables, false),
                c => {
                    word.plain(c);
                    self.at += 1;
                }
            }
        }
        word.done(self.at)
    }
}

/// The letters and signs that values of variables and addresses are made of.
fn continues(c: char) -> bool {
    c.is_alphanumeric() || "/_.:-".contains(c)
}

/// What parts words: also what only looks like a blank.
fn is_blank(c: char) -> bool {
    matches!(
        c,
        ' ' | '\t' | '\r' | '\u{b}' | '\u{c}' | '\u{a0}' | '\u{2000}'
            ..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}'
    )
}

/// What is not to be seen at all.
fn is_zero_width(c: char) -> bool {
    matches!(
        c,
        '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' | '\u{ad}' | '\0'
    )
}

#[cfg(test)]
mod tests;
