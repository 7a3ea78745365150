//! Flags and the words after them, read as the client's flag library reads
//! them (`spf13/pflag` without abbreviations, flags only before the image).
//!
//! What the client would refuse is named with its place, and reading continues
//! with what was most likely meant.

use super::shell::Word;
use super::source::{Note, Notes};
use crate::model::flags::{self, Flag};

/// A flag that was given.
#[derive(Debug)]
pub(super) struct ParsedFlag<'w> {
    pub flag: &'static Flag,
    /// As it was written: `-p`, `--publish`.
    pub shown: String,
    pub value: String,
    /// Where the flag itself stands.
    pub at: (usize, usize),
    /// The word that the value stands in, and how much of it comes before.
    pub word: &'w Word,
    skip: usize,
}

impl ParsedFlag<'_> {
    /// Where the value stands.
    pub fn place(&self) -> (usize, usize) {
        self.word.place_from(self.skip)
    }
}

#[derive(Debug, Default)]
pub(super) struct Arguments<'w> {
    pub given: Vec<ParsedFlag<'w>>,
    /// The image and what follows.
    pub rest: &'w [Word],
}

/// Flags of other clients (Podman, nerdctl) that have no equal in Docker, and
/// whether they take a value.
const FOREIGN: [(&str, bool); 34] = [
    ("replace", false),
    ("read-only-tmpfs", false),
    ("tls-verify", false),
    ("rmi", false),
    ("no-hosts", false),
    ("no-hostname", false),
    ("env-host", false),
    ("http-proxy", false),
    ("rootfs", false),
    ("passwd", false),
    ("unsetenv-all", false),
    ("pod", true),
    ("pod-id-file", true),
    ("conmon-pidfile", true),
    ("pidfile", true),
    ("secret", true),
    ("systemd", true),
    ("umask", true),
    ("tz", true),
    ("timezone", true),
    ("authfile", true),
    ("cgroups", true),
    ("creds", true),
    ("gidmap", true),
    ("uidmap", true),
    ("hostuser", true),
    ("health-on-failure", true),
    ("image-volume", true),
    ("requires", true),
    ("sdnotify", true),
    ("unsetenv", true),
    ("arch", true),
    ("os", true),
    ("snapshotter", true),
];

/// Whether a word looks like a flag of the clients, and not like something that
/// a program printed.
pub(super) fn is_flag(word: &str) -> bool {
    let rest = word.trim_start_matches(['-', '–', '—', '−', '‒', '‑', '―']);
    let dashes = word.chars().count() - rest.chars().count();
    let name = rest.split('=').next().unwrap_or(rest);
    let named = name.starts_with(|c: char| c.is_ascii_lowercase())
        && name
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    match dashes {
        1 => {
            let letter = rest.chars().next();
            letter.is_some_and(|letter| flags::lettered(letter).is_some())
                || (named && flags::named(name).is_some())
        }
        2 => named,
        _ => false,
    }
}

/// Words of a variable's name that say that it holds flags.
const HOLDS_FLAGS: [&str; 5] = ["opt", "arg", "flag", "param", "extra"];

/// A variable in the place of flags whose name does not look like an image.
fn holds_flags(word: &Word) -> bool {
    let [unknown] = &word.unknown[..] else {
        return false;
    };
    let key = unknown.key.to_lowercase();
    let whole = unknown.length == word.place().1 || word.text.ends_with("[@]}");
    whole && HOLDS_FLAGS.iter().any(|part| key.contains(part))
}

/// Reads flags up to the image.
pub(super) fn arguments<'w>(words: &'w [Word], notes: &mut Notes) -> Arguments<'w> {
    let mut reading = Reading {
        words,
        at: 0,
        out: Arguments::default(),
        notes,
    };
    while let Some(word) = words.get(reading.at) {
        let text = reading.dashes(word);
        if text == "--" {
            reading.at += 1;
            break;
        }
        if holds_flags(word) && reading.at + 1 < words.len() {
            reading.at += 1;
            continue;
        }
        if text.len() < 2 || !text.starts_with('-') {
            break;
        }
        reading.at += 1;
        match text.strip_prefix("--") {
            Some(long) => reading.long(word, long),
            None => reading.letters(word, &text[1..]),
        }
    }
    let at = reading.at.min(words.len());
    let mut out = reading.out;
    out.rest = &words[at..];
    out
}

struct Reading<'w, 'n> {
    words: &'w [Word],
    at: usize,
    out: Arguments<'w>,
    notes: &'n mut Notes,
}

impl<'w> Reading<'w, '_> {
    /// The word, with plain dashes where a word processor made long ones.
    fn dashes(&mut self, word: &Word) -> String {
        let rest = word
            .text
            .trim_start_matches(['-', '–', '—', '−', '‒', '‑', '―']);
        let before = &word.text[..word.text.len() - rest.len()];
        if before.bytes().all(|b| b == b'-') {
            return word.text.clone();
        }
        let name = rest.split('=').next().unwrap_or(rest);
        let letters = name.chars().count() == 1
            || (flags::named(name).is_none()
                && name
                    .chars()
                    .all(|c| flags::lettered(c).is_some_and(Flag::is_switch)));
        let dashes = if rest.is_empty() || !letters {
            "--"
        } else {
            "-"
        };
        self.notes.push(Note::warning(
            (word.at, before.chars().count()),
            format!("The client does not accept a typographic dash; read as {dashes}{name}."),
        ));
        format!("{dashes}{rest}")
    }

    fn long(&mut self, word: &'w Word, text: &str) {
        let (name, value) = match text.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (text, None),
        };
        match flags::named(name) {
            Some(flag) => self.take(
                word,
                flag,
                format!("--{name}"),
                name.chars().count() + 2,
                value,
            ),
            None => self.unknown(word, name, value),
        }
    }

    /// A flag, its value in the same word or the next.
    fn take(
        &mut self,
        word: &'w Word,
        flag: &'static Flag,
        shown: String,
        length: usize,
        value: Option<&str>,
    ) {
        let at = if word.literal {
            (word.at, length)
        } else {
            word.place()
        };
        let (value, word, skip) = match value {
            Some(value) => (value.to_owned(), word, length + 1),
            None if flag.is_switch() => ("true".to_owned(), word, 0),
            None => {
                let Some(next) = self.words.get(self.at) else {
                    self.notes.push(
                        Note::error(at, format!("{shown} needs a value: {}", flag.meaning))
                            .flag(&shown),
                    );
                    return;
                };
                self.at += 1;
                (next.text.clone(), next, 0)
            }
        };
        self.out.given.push(ParsedFlag {
            flag,
            shown,
            value,
            at,
            word,
            skip,
        });
    }

    /// `-it`, `-p80:80`, `-eFOO=1`, `-e=FOO=1`.
    fn letters(&mut self, word: &'w Word, text: &str) {
        let mut rest = text;
        let mut passed = 1;
        while let Some(letter) = rest.chars().next() {
            let Some(flag) = flags::lettered(letter) else {
                self.unknown_letter(word, text, letter, passed);
                return;
            };
            rest = &rest[letter.len_utf8()..];
            let at = if word.literal {
                (word.at + passed, 1)
            } else {
                word.place()
            };
            passed += 1;
            let shown = format!("-{letter}");
            let (value, skip) = match rest.strip_prefix('=') {
                // Only right after the letter, and not for a blank value.
                Some(value) if !value.is_empty() => (Some(value), passed + 1),
                _ if flag.is_switch() => {
                    self.out.given.push(ParsedFlag {
                        flag,
                        shown,
                        value: "true".to_owned(),
                        at,
                        word,
                        skip: 0,
                    });
                    continue;
                }
                _ if !rest.is_empty() => (Some(rest), passed),
                _ => (None, 0),
            };
            match value {
                Some(value) => self.out.given.push(ParsedFlag {
                    flag,
                    shown,
                    value: value.to_owned(),
                    at,
                    word,
                    skip,
                }),
                None => self.take(word, flag, shown, passed, None),
            }
            return;
        }
    }

    fn unknown_letter(&mut self, word: &'w Word, text: &str, letter: char, passed: usize) {
        let name = text.split('=').next().unwrap_or(text);
        // `-name x`: a long flag with one dash.
        if passed == 1 && name.chars().count() > 1 && flags::named(name).is_some() {
            self.notes.push(
                Note::error(
                    (word.at, name.chars().count() + 1),
                    format!("-{name} has one dash, so the client reads it as single letters. Write --{name}; it is read that way here."),
                )
                .flag(&format!("-{name}")),
            );
            self.long(word, text);
            return;
        }
        let place = if word.literal {
            (word.at + passed, 1)
        } else {
            word.place()
        };
        self.notes.push(
            Note::error(
                place,
                format!("Unknown flag -{letter}. Remove it, or write its long name."),
            )
            .flag(&format!("-{letter}")),
        );
        if passed == 1 && text.chars().count() == 1 {
            self.skip_value();
        }
    }

    fn unknown(&mut self, word: &'w Word, name: &str, value: Option<&str>) {
        let place = if word.literal {
            (word.at, name.chars().count() + 2)
        } else {
            word.place()
        };
        let shown = format!("--{}", name.chars().take(60).collect::<String>());
        // Looking for what was meant takes time; nobody reads the thousandth.
        let meant = (!self.notes.is_full())
            .then(|| flags::nearest(name))
            .flatten();
        let foreign = FOREIGN.iter().find(|(known, _)| *known == name);
        let message = match (meant, foreign) {
            (_, Some(_)) => format!(
                "{shown} is not a Docker flag and has no equivalent in Docker. It is ignored."
            ),
            (Some(meant), _) => {
                format!("Unknown flag {shown}. Did you mean --{meant}? It is ignored.")
            }
            (None, None) => format!("Unknown flag {shown}. It is ignored."),
        };
        self.notes.push(Note::error(place, message).flag(&shown));
        if value.is_some() {
            return;
        }
        let takes = match (foreign, meant.and_then(flags::named)) {
            (Some((_, takes)), _) => Some(*takes),
            (None, Some(flag)) => Some(!flag.is_switch()),
            (None, None) => None,
        };
        match takes {
            Some(true) => self.at = (self.at + 1).min(self.words.len()),
            Some(false) => {}
            None => self.skip_value(),
        }
    }

    /// After a flag that nobody knows: the next word is its value when another
    /// flag or a word that can be the image follows.
    fn skip_value(&mut self) {
        let flag_like = |at: usize| {
            self.words
                .get(at)
                .is_some_and(|word| word.text.starts_with('-'))
        };
        if self.words.len() > self.at + 1 && !flag_like(self.at) {
            let image_like = |text: &str| text.contains(['/', ':']) && !text.starts_with('/');
            let here = &self.words[self.at].text;
            let next = &self.words[self.at + 1].text;
            if flag_like(self.at + 1) || image_like(next) || !image_like(here) {
                self.at += 1;
            }
        }
    }
}

#[cfg(test)]
mod tests;
