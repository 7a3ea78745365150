//! Where a command continues in the next line, and where a person thought that
//! it does; prompts that were copied along.

use super::super::arguments::is_flag;
use super::quotes::Quoting;
use super::{Dialect, Note, Shell, Word, is_blank};

/// Programs that run containers, and what stands before them.
const BEGIN: [&str; 6] = ["docker", "podman", "nerdctl", "sudo", "docker.exe", "doas"];

/// So much of a text is searched for signs of Windows.
const LOOKED_AT: usize = 100_000;

/// The text without what stands in single quotes.
fn outside_quotes(text: &[char]) -> String {
    let mut quoting = Quoting::default();
    let mut outside = String::new();
    let mut escaped = false;
    for c in text {
        if !quoting.is_literal() {
            outside.push(*c);
        }
        escaped = !escaped && quoting.escapes(*c);
    }
    outside
}

/// A word that begins with a drive and a backslash, or a pipe of Windows.
fn has_windows_path(text: &str) -> bool {
    text.split([' ', '\t', '\n', '=', ',', '"', '\''])
        .any(|word| {
            let mut chars = word.chars();
            let drive = (chars.next(), chars.next(), chars.next(), chars.next());
            let drive = matches!(drive, (Some(letter), Some(':'), Some('\\'), Some(name)) if letter.is_ascii_alphabetic() && name != '\\');
            drive || word.starts_with("\\\\.\\pipe\\")
        })
}

impl Shell<'_> {
    /// By the first line of a text that ends with a sign of its own, and not
    /// inside of a value.
    pub(super) fn guess_dialect(&self) -> Dialect {
        let text = &self.source.chars[..self.end];
        let lines = || text.split(|c| *c == '\n');
        // An apostrophe that is none of POSIX's quotes would hide all that
        // follows; then each line is seen by itself.
        let whole = !lines()
            .fold(Quoting::default(), |quoting, line| {
                quotes_after(line, quoting)
            })
            .is_open();
        let mut quoting = Quoting::default();
        for line in lines() {
            let before = if whole { quoting } else { Quoting::default() };
            quoting = quotes_after(line, before);
            if quoting.is_open() {
                continue;
            }
            let mut end = line.iter().rev().skip_while(|c| is_blank(**c));
            match (end.next(), end.next()) {
                (Some('\\'), _) => return Dialect::Posix,
                (Some('^'), Some(c)) if is_blank(*c) => return Dialect::Cmd,
                (Some('`'), Some(c)) if is_blank(*c) => return Dialect::PowerShell,
                _ => {}
            }
        }
        let text = outside_quotes(&text[..text.len().min(LOOKED_AT)]).to_lowercase();
        if [
            "%cd%",
            "%userprofile%",
            "%appdata%",
            "%localappdata%",
            "%programdata%",
        ]
        .iter()
        .any(|name| text.contains(name))
        {
            Dialect::Cmd
        } else if text.contains("$env:") || text.contains("${env:") || has_windows_path(&text) {
            Dialect::PowerShell
        } else {
            Dialect::Posix
        }
    }

    /// `# docker run` is a root's prompt, unless other lines begin without one.
    pub(super) fn guess_prompt(&self) -> bool {
        !self.source.chars[..self.end]
            .split(|c| *c == '\n')
            .any(|line| {
                begins_command(
                    line.iter()
                        .copied()
                        .skip_while(|c| is_blank(*c) || *c == '$'),
                )
            })
    }

    /// `$ `, `# `, `user@host:~$ `, `PS C:\> ` in front of a command.
    pub(super) fn skip_prompt(&mut self) {
        let line: Vec<char> = self.source.chars[self.at..self.end]
            .iter()
            .copied()
            .take_while(|c| *c != '\n')
            .take(200)
            .collect();
        let blanks = line.iter().take_while(|c| is_blank(**c)).count();
        let rest = &line[blanks..];
        let after = |sign: &str| {
            let at = rest
                .windows(2)
                .position(|pair| sign.contains(pair[0]) && is_blank(pair[1]));
            at.map(|at| at + 1)
        };
        let skip = match rest {
            ['$' | '%' | '>' | '❯' | '➜' | 'λ', c, ..] if is_blank(*c) => Some(1),
            ['#', c, ..] if is_blank(*c) => {
                let command = rest[1..].iter().copied().skip_while(|c| is_blank(*c));
                (self.hash_is_prompt && begins_command(command)).then_some(1)
            }
            ['P', 'S', ' ', ..] => after(">"),
            [drive, ':', '\\', ..] if drive.is_ascii_alphabetic() => {
                let at = rest.iter().position(|c| *c == '>');
                at.map(|at| at + 1)
            }
            ['[', ..] => after("$#").filter(|at| rest[at - 2] == ']'),
            _ => {
                let first = rest.iter().take_while(|c| !is_blank(**c));
                let has_at = first.clone().any(|c| *c == '@');
                let sign = first.last().is_some_and(|c| "$#".contains(*c));
                (has_at && sign).then(|| after("$#")).flatten()
            }
        };
        if let Some(skip) = skip {
            self.at += blanks + skip;
        }
    }

    /// At a sign that continues the line: goes there, and says whether it did.
    pub(super) fn continuation(&mut self) -> bool {
        let sign = match self.dialect {
            Dialect::Posix => '\\',
            Dialect::Cmd => '^',
            Dialect::PowerShell => '`',
        };
        if self.peek(0) != Some(sign) {
            return false;
        }
        let mut ahead = 1;
        while self.peek(ahead).is_some_and(|c| c != '\n' && is_blank(c)) {
            ahead += 1;
        }
        let blanks = (1..ahead).any(|at| self.peek(at) != Some('\r'));
        match self.peek(ahead) {
            Some('\n') => {}
            // `\ ` is a blank that belongs to a word, unless nothing follows.
            Some('#') if blanks && self.dialect != Dialect::Cmd => {
                self.notes.push(Note::warning(
                    (self.at, 1),
                    format!("Nothing may follow {sign} on the line, not even a comment: a shell would end the command here. Reading continued."),
                ));
                self.at += ahead;
                self.skip_line();
                self.go_on();
                return true;
            }
            None if ahead > 1 || self.at + 1 == self.end => {
                self.at = self.end;
                return true;
            }
            _ => return false,
        }
        if blanks {
            self.notes.push(Note::warning(
                (self.at, ahead),
                format!("A space follows {sign}, so a shell would end the command here. Reading continued; remove the space."),
            ));
        }
        self.at += ahead;
        self.go_on();
        true
    }

    /// Past the end of a line that continues, and over comments in between.
    fn go_on(&mut self) {
        self.at = (self.at + 1).min(self.end);
        loop {
            let blanks = self.blanks_ahead(0);
            let comment = self.dialect != Dialect::Cmd && self.peek(blanks) == Some('#');
            if !comment {
                // A prompt of continued lines that was copied along.
                if self.peek(blanks) == Some('>') && self.peek(blanks + 1).is_some_and(is_blank) {
                    self.at += blanks + 1;
                }
                return;
            }
            let next = self.line_after(self.at);
            self.notes.push(Note::warning(
                (self.at + blanks, 1),
                "A comment between continued lines ends the command in a shell. Reading continued; put comments above the command.",
            ));
            self.at = next;
        }
    }

    fn skip_line(&mut self) {
        while self.peek(0).is_some_and(|c| c != '\n') {
            self.at += 1;
        }
    }

    fn line_after(&self, at: usize) -> usize {
        let rest = self.source.chars[at..self.end].iter();
        rest.clone()
            .position(|c| *c == '\n')
            .map_or(self.end, |length| at + length + 1)
    }

    fn blanks_ahead(&self, from: usize) -> usize {
        let mut ahead = from;
        while self.peek(ahead).is_some_and(|c| c != '\n' && is_blank(c)) {
            ahead += 1;
        }
        ahead
    }

    /// At the end of a line without a sign: whether the next one can only
    /// belong to it, because it begins with a flag. Goes there if so.
    pub(super) fn joins_at_newline(&mut self, words: &[Word]) -> bool {
        let ours = words
            .iter()
            .take(8)
            .any(|word| BEGIN.iter().any(|name| word.text.ends_with(name)));
        if !ours {
            return false;
        }
        let mut at = self.at + 1;
        loop {
            let line = &self.source.chars[at.min(self.end)..self.end];
            let blanks = line
                .iter()
                .take_while(|c| **c != '\n' && is_blank(**c))
                .count();
            match line.get(blanks..).unwrap_or_default() {
                ['\n', ..] => at += blanks + 1,
                // A prompt: the next command.
                ['#', c, rest @ ..]
                    if self.hash_is_prompt
                        && is_blank(*c)
                        && begins_command(rest.iter().copied().skip_while(|c| is_blank(*c))) =>
                {
                    return false;
                }
                ['#', ..] if self.dialect != Dialect::Cmd => at = self.line_after(at),
                flag @ ['-' | '–' | '—', c, ..]
                    if (c.is_alphabetic() || "-–—".contains(*c)) && looks_like_flag(flag) =>
                {
                    break;
                }
                _ => return false,
            }
        }
        self.notes.push(Note::warning(
            (self.at.saturating_sub(1), 1),
            "The line ends here without a backslash, so a shell would end the command. Reading continued; add \\ at the end of the line.",
        ));
        self.at = at;
        true
    }

    /// A comment, up to the end of its line.
    pub(super) fn comment(&mut self) {
        let start = self.at;
        self.skip_line();
        let inside = &self.source.chars[start..self.at];
        let mut end = inside.iter().rev().skip_while(|c| is_blank(**c));
        let continues = matches!((end.next(), end.next()), (Some('\\'), Some(c)) if is_blank(*c));
        if continues && self.at < self.end && !self.whole_line_comment(start) {
            self.notes.push(Note::warning(
                (start, 1),
                "A comment hides the backslash at the end of the line, so a shell would end the command here. Reading continued.",
            ));
            self.go_on();
        }
    }

    fn whole_line_comment(&self, at: usize) -> bool {
        let mut before = self.source.chars[..at].iter().rev();
        before
            .find(|c| **c == '\n' || !is_blank(**c))
            .is_none_or(|c| *c == '\n')
    }
}

/// Whether a flag of the clients begins here, and not what a program printed.
fn looks_like_flag(line: &[char]) -> bool {
    let word: String = line
        .iter()
        .take_while(|c| !is_blank(**c) && **c != '\n')
        .collect();
    is_flag(&word)
}

/// What is open after a line, when `quoting` was before it.
pub(super) fn quotes_after(line: &[char], mut quoting: Quoting) -> Quoting {
    let mut in_word = quoting.is_open();
    let mut chars = line.iter();
    while let Some(c) = chars.next() {
        if *c == '#' && !in_word {
            break;
        }
        if quoting.escapes(*c) {
            chars.next();
        }
        in_word = quoting.is_open() || !is_blank(*c);
    }
    quoting
}

pub(super) fn begins_command(line: impl Iterator<Item = char>) -> bool {
    let word: String = line.take_while(|c| !is_blank(*c)).take(40).collect();
    let name = word.rsplit('/').next().unwrap_or("");
    BEGIN.contains(&name)
}
