//! A word: its text after quotes and variables, and where it stands.

/// A word of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct Word {
    pub text: String,
    /// Where it begins and ends in the text.
    pub at: usize,
    pub end: usize,
    /// Nothing in it was quoted or filled in: it stands there as it reads.
    pub literal: bool,
    /// What only the shell would have known, kept as it stands.
    pub unknown: Vec<Unknown>,
}

/// A value that only the person's shell knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct Unknown {
    /// Under which name the caller may give it.
    pub key: String,
    pub at: usize,
    pub length: usize,
    /// The inside of `$(…)`.
    pub command: Option<(usize, usize)>,
    /// `<your name>`: what stands there is to be replaced.
    pub placeholder: bool,
}

impl Word {
    pub fn place(&self) -> (usize, usize) {
        (self.at, self.end.saturating_sub(self.at).max(1))
    }

    /// The place of what follows its first characters, as well as it is known.
    pub fn place_from(&self, skipped: usize) -> (usize, usize) {
        let length = self.end.saturating_sub(self.at);
        if self.literal && length == self.text.chars().count() && skipped < length {
            (self.at + skipped, length - skipped)
        } else {
            self.place()
        }
    }

    pub fn is_number(&self) -> bool {
        self.literal && !self.text.is_empty() && self.text.bytes().all(|b| b.is_ascii_digit())
    }
}

/// A word that is being read.
pub(super) struct Building {
    start: usize,
    text: String,
    literal: bool,
    unknown: Vec<Unknown>,
    /// Quotes make even an empty text a word.
    is_word: bool,
    /// Whole words that variables with blanks gave.
    before: Vec<Word>,
}

impl Building {
    pub fn new(start: usize) -> Self {
        Self {
            start,
            text: String::new(),
            literal: true,
            unknown: Vec::new(),
            is_word: false,
            before: Vec::new(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.text.is_empty() && !self.is_word
    }

    /// `NAME=`, after which a `~` is a home folder.
    pub fn is_assignment(&self) -> bool {
        let name = self.text.strip_suffix('=').unwrap_or("");
        self.literal
            && name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
    }

    /// `NAME=something` so far.
    pub fn has_value(&self) -> bool {
        self.text
            .find('=')
            .is_some_and(|at| at > 0 && at + 1 < self.text.len())
    }

    pub fn last(&self) -> Option<char> {
        self.text.chars().next_back()
    }

    pub fn plain(&mut self, c: char) {
        self.text.push(c);
        self.is_word = true;
    }

    pub fn quoted(&mut self, c: char) {
        self.literal = false;
        self.plain(c);
    }

    /// Quotes were opened here.
    pub fn opened(&mut self) {
        self.literal = false;
        self.is_word = true;
    }

    /// The value of something; without quotes, blanks part words.
    pub fn value(&mut self, value: &str, in_quotes: bool, at: usize) {
        self.literal = false;
        if in_quotes || !value.contains([' ', '\t', '\n']) {
            self.text.push_str(value);
            self.is_word |= in_quotes || !value.is_empty();
            return;
        }
        for (index, part) in value.split([' ', '\t', '\n']).enumerate() {
            if index > 0 && !self.is_empty() {
                let mut next = Self::new(self.start);
                next.literal = false;
                let whole = std::mem::replace(self, next);
                self.before = whole.done(at);
                // One more than is kept, so that the rest is told.
                self.before.truncate(super::MOST_WORDS + 1);
            }
            self.text.push_str(part);
            self.is_word |= !part.is_empty();
        }
    }

    /// What stays as it stands, because nobody here knows its value.
    /// Beyond `left` only the first of a word is noted.
    pub fn unknown(&mut self, shown: &str, unknown: Unknown, left: &mut usize) {
        self.text.push_str(shown);
        self.is_word = true;
        self.literal = false;
        if *left > 0 || self.unknown.is_empty() {
            self.unknown.push(unknown);
            *left = left.saturating_sub(1);
        }
    }

    pub fn done(self, end: usize) -> Vec<Word> {
        let mut words = self.before;
        if self.is_word {
            words.push(Word {
                text: self.text,
                at: self.start,
                end,
                literal: self.literal,
                unknown: self.unknown,
            });
        }
        words
    }
}
