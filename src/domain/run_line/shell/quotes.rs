//! Quotes: single, double, ANSI-C (`$'…'`), PowerShell's backtick, and the
//! typographic ones that blogs and word processors put in their place.

use super::word::Building;
use super::{Dialect, Note, Shell, Variables};

impl Shell<'_> {
    pub(super) fn single_quotes(&mut self, word: &mut Building) {
        let open = self.at;
        word.opened();
        self.at += 1;
        while let Some(c) = self.peek(0) {
            self.at += 1;
            if c == '\'' {
                // PowerShell writes a quote inside quotes twice.
                if self.dialect == Dialect::PowerShell && self.peek(0) == Some('\'') {
                    self.at += 1;
                } else {
                    return;
                }
            }
            word.quoted(c);
        }
        self.never_closed(open);
    }

    pub(super) fn double_quotes(&mut self, word: &mut Building, variables: &Variables) {
        let open = self.at;
        word.opened();
        self.at += 1;
        self.until_closed(&['"'], open, word, variables);
    }

    /// Inside double quotes, up to one of these.
    fn until_closed(
        &mut self,
        close: &[char],
        open: usize,
        word: &mut Building,
        variables: &Variables,
    ) {
        while let Some(c) = self.peek(0) {
            match c {
                c if close.contains(&c) => {
                    self.at += 1;
                    if self.dialect == Dialect::PowerShell && c == '"' && self.peek(0) == Some('"')
                    {
                        word.quoted('"');
                        self.at += 1;
                        continue;
                    }
                    return;
                }
                '\\' if self.dialect != Dialect::PowerShell => self.backslash_in_quotes(word),
                '`' if self.dialect == Dialect::PowerShell => self.backtick_escape(word),
                '$' | '`' | '%' => self.expansion(word, variables, true),
                c => {
                    word.quoted(c);
                    self.at += 1;
                }
            }
        }
        self.never_closed(open);
    }

    fn backslash_in_quotes(&mut self, word: &mut Building) {
        let next = self.peek(1);
        match (self.dialect, next) {
            (Dialect::Posix, Some('\n')) => self.at += 2,
            (Dialect::Posix, Some('\r')) if self.peek(2) == Some('\n') => self.at += 3,
            (Dialect::Posix, Some(c @ ('$' | '`' | '"' | '\\' | '”' | '“')))
            | (Dialect::Cmd, Some(c @ '"')) => {
                word.quoted(c);
                self.at += 2;
            }
            _ => {
                word.quoted('\\');
                self.at += 1;
            }
        }
    }

    pub(super) fn backtick_escape(&mut self, word: &mut Building) {
        self.at += 1;
        let Some(c) = self.peek(0) else { return };
        word.quoted(match c {
            'n' => '\n',
            't' => '\t',
            'r' => '\r',
            'e' => '\u{1b}',
            other => other,
        });
        self.at += 1;
    }

    /// `$'…'`, at the dollar.
    pub(super) fn ansi_quotes(&mut self, word: &mut Building) {
        let open = self.at;
        word.opened();
        self.at += 2;
        while let Some(c) = self.peek(0) {
            self.at += 1;
            match c {
                '\'' => return,
                '\\' => self.ansi_escape(word),
                c => word.quoted(c),
            }
        }
        self.never_closed(open);
    }

    fn ansi_escape(&mut self, word: &mut Building) {
        let Some(c) = self.peek(0) else { return };
        self.at += 1;
        let code = match c {
            'n' => '\n' as u32,
            't' => '\t' as u32,
            'r' => '\r' as u32,
            'a' => 7,
            'b' => 8,
            'e' | 'E' => 27,
            'f' => 12,
            'v' => 11,
            'x' => self.digits(16, 2, 'x' as u32),
            'u' => self.digits(16, 4, 'u' as u32),
            'U' => self.digits(16, 8, 'U' as u32),
            '0'..='7' => {
                self.at -= 1;
                self.digits(8, 3, 0)
            }
            'c' => {
                let letter = self.peek(0).unwrap_or('@') as u32;
                self.at = (self.at + 1).min(self.end);
                letter & 0x1f
            }
            '\\' | '\'' | '"' | '?' => c as u32,
            other => {
                word.quoted('\\');
                other as u32
            }
        };
        word.quoted(char::from_u32(code).unwrap_or('\u{fffd}'));
    }

    fn digits(&mut self, base: u32, most: usize, without: u32) -> u32 {
        let mut code: Option<u32> = None;
        for _ in 0..most {
            let Some(digit) = self.peek(0).and_then(|c| c.to_digit(base)) else {
                break;
            };
            let next = code.unwrap_or(0).wrapping_mul(base).wrapping_add(digit);
            code = Some(next);
            self.at += 1;
        }
        code.unwrap_or(without)
    }

    /// A typographic quote is a quote where a word or a value begins; elsewhere
    /// it is an apostrophe.
    pub(super) fn opens_smart_quote(word: &Building) -> bool {
        word.is_empty() || word.last().is_some_and(|c| "=:,".contains(c))
    }

    pub(super) fn smart_quotes(&mut self, c: char, word: &mut Building, variables: &Variables) {
        let open = self.at;
        self.notes.push(Note::warning(
            (open, 1),
            format!("A shell does not treat the typographic quote {c} as a quote; read as a straight one. Write \" or ' instead."),
        ));
        word.opened();
        self.at += 1;
        if matches!(c, '‘' | '’') {
            while let Some(c) = self.peek(0) {
                self.at += 1;
                if matches!(c, '‘' | '’' | '\'') {
                    return;
                }
                word.quoted(c);
            }
            self.never_closed(open);
        } else {
            self.until_closed(&['“', '”', '„', '‟', '″', '"'], open, word, variables);
        }
    }

    fn never_closed(&mut self, open: usize) {
        // Inside a part of the text the end may cut a quote off.
        self.notes.push(Note::error(
            (open, 1),
            "This quote is not closed. Add the same quote where the text ends.",
        ));
    }
}

/// Which quotes of a POSIX shell are open, told character by character.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Quoting {
    /// `$` stands for `$'…'`.
    open: Option<char>,
    after_dollar: bool,
}

impl Quoting {
    pub(super) fn is_open(self) -> bool {
        self.open.is_some()
    }

    /// Every sign but the closing one is meant as it is.
    pub(super) fn is_literal(self) -> bool {
        matches!(self.open, Some('\'' | '$'))
    }

    /// Takes the next character, and says whether the one after it is meant as it is.
    pub(super) fn escapes(&mut self, c: char) -> bool {
        let after_dollar = std::mem::replace(&mut self.after_dollar, c == '$');
        match (self.open, c) {
            (Some('\'' | '$'), '\'') | (Some('"'), '"') => self.open = None,
            (Some('\''), _) => {}
            (_, '\\') => return true,
            (None, '\'') => self.open = Some(if after_dollar { '$' } else { '\'' }),
            (None, '"') => self.open = Some('"'),
            _ => {}
        }
        false
    }
}
