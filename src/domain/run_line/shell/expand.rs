//! Variables and commands inside words. Their values are not known here,
//! unless the caller or the text itself gives them: then they are filled in.
//! Else a default is used, or the text stays as it stands and is remembered.

use super::quotes::Quoting;
use super::word::{Building, Unknown};
use super::{DEEPEST, Dialect, Shell, Variables, is_blank};

impl Shell<'_> {
    /// At `$`, a backtick, `%` or `~`.
    pub(super) fn expansion(
        &mut self,
        word: &mut Building,
        variables: &Variables,
        in_quotes: bool,
    ) {
        let c = self.peek(0).unwrap_or(' ');
        let read = match (c, self.dialect) {
            ('~', Dialect::Posix | Dialect::PowerShell)
                if (word.is_empty() || word.is_assignment()) && !in_quotes =>
            {
                self.home(word, variables)
            }
            ('%', Dialect::Cmd) => self.percent(word, variables, in_quotes),
            ('`', Dialect::Posix) => self.backticks(word, variables, in_quotes),
            ('$', Dialect::Posix | Dialect::PowerShell) => self.dollar(word, variables, in_quotes),
            _ => false,
        };
        if !read {
            word.plain(c);
            self.at += 1;
        }
    }

    fn dollar(&mut self, word: &mut Building, variables: &Variables, in_quotes: bool) -> bool {
        match self.peek(1) {
            Some('\'') if !in_quotes && self.dialect == Dialect::Posix => {
                self.ansi_quotes(word);
                true
            }
            Some('"') if !in_quotes => {
                // A text to translate: the quotes do the rest.
                self.at += 1;
                true
            }
            Some('{') => self.braces(word, variables, in_quotes),
            Some('(') => {
                let Some(close) = self.closing(self.at + 1, '(', ')') else {
                    return false;
                };
                let inside = (self.at + 2, close);
                if let Some(text) = printed(&self.source.text(inside.0, inside.1))
                    && in_quotes
                    && self.dialect == Dialect::Posix
                {
                    text.chars().for_each(|c| word.quoted(c));
                    self.at = close + 1;
                    return true;
                }
                self.command_value(word, variables, in_quotes, inside, close + 1);
                true
            }
            Some(c) if c.is_ascii_alphabetic() || c == '_' => {
                let mut end = self.at + 1;
                let part = |c: &char| c.is_ascii_alphanumeric() || *c == '_';
                while end < self.end && part(&self.source.chars[end]) {
                    end += 1;
                }
                let mut name = self.source.text(self.at + 1, end);
                if self.dialect == Dialect::PowerShell {
                    if name.eq_ignore_ascii_case("env") && self.source.chars.get(end) == Some(&':')
                    {
                        let start = end + 1;
                        end = start;
                        while end < self.end && part(&self.source.chars[end]) {
                            end += 1;
                        }
                        name = self.source.text(start, end);
                    }
                    name = windows_name(&name);
                }
                self.fill(word, variables, in_quotes, &name, end);
                true
            }
            Some(c) if c.is_ascii_digit() || "@*#?$!".contains(c) => {
                let (at, key) = (self.at, c.to_string());
                self.keep(word, key, at, at + 2, None);
                true
            }
            _ => false,
        }
    }

    /// `${NAME}`, `${NAME:-default}` and the like.
    fn braces(&mut self, word: &mut Building, variables: &Variables, in_quotes: bool) -> bool {
        let Some(close) = self.closing(self.at + 1, '{', '}') else {
            return false;
        };
        let start = self.at + 2;
        let mut end = start;
        while end < close
            && (self.source.chars[end].is_ascii_alphanumeric()
                || "_:".contains(self.source.chars[end]))
            && !(self.source.chars[end] == ':' && self.dialect == Dialect::Posix)
        {
            end += 1;
        }
        let name = self.source.text(start, end);
        let name = match name
            .strip_prefix("env:")
            .or_else(|| name.strip_prefix("Env:"))
        {
            Some(name) => name.to_owned(),
            None => name,
        };
        let name = if self.dialect == Dialect::PowerShell {
            windows_name(&name)
        } else {
            name
        };
        let operator = self.source.text(end, (end + 2).min(close));
        let (strict, sign) = match operator.strip_prefix(':') {
            Some(rest) => (true, rest.chars().next()),
            None => (false, operator.chars().next()),
        };
        let operand = (end + 1 + usize::from(strict), close);
        let known = variables
            .values
            .get(&name)
            .filter(|value| !(strict && value.is_empty()));
        let after = close + 1;
        match (sign, known) {
            _ if name.is_empty() => {
                self.keep(word, self.source.text(start, close), self.at, after, None);
            }
            (None, _) => self.fill(word, variables, in_quotes, &name, after),
            (Some('-' | '=' | '?'), Some(value)) => {
                self.put(word, value, in_quotes, &name, after);
            }
            (Some('-' | '='), None) | (Some('+'), Some(_)) if self.depth < DEEPEST => {
                let at = self.at;
                let whole = self.source.chars[operand.0.min(close)..close].iter();
                let in_quotes = in_quotes || whole.clone().any(|c| matches!(c, '\'' | '"'));
                for part in self.operand(operand, variables) {
                    match part {
                        Ok(text) => word.value(&text, in_quotes, at),
                        Err((shown, unknown)) => {
                            word.unknown(&shown, unknown, &mut self.unknown_left);
                        }
                    }
                }
                self.at = after;
            }
            (Some('+'), None) => {
                word.value("", in_quotes, self.at);
                self.at = after;
            }
            _ => self.keep(word, name, self.at, after, None),
        }
        true
    }

    /// What stands after the sign, with its own variables filled in.
    fn operand(
        &mut self,
        (from, to): (usize, usize),
        variables: &Variables,
    ) -> Vec<Result<String, (String, Unknown)>> {
        let (at, end) = (self.at, self.end);
        (self.at, self.end) = (from.min(to), to);
        self.depth += 1;
        let mut inside = Building::new(self.at);
        while let Some(c) = self.peek(0) {
            match c {
                '\'' => self.single_quotes(&mut inside),
                '"' => self.double_quotes(&mut inside, variables),
                '\\' => {
                    self.at += 1;
                    if let Some(c) = self.peek(0) {
                        inside.quoted(c);
                        self.at += 1;
                    }
                }
                '$' | '`' => self.expansion(&mut inside, variables, true),
                c => {
                    inside.plain(c);
                    self.at += 1;
                }
            }
        }
        self.depth -= 1;
        (self.at, self.end) = (at, end);
        let mut parts = Vec::new();
        for word in inside.done(to) {
            let mut unknown = word.unknown.into_iter();
            match unknown.next() {
                None => parts.push(Ok(word.text)),
                Some(first) => {
                    parts.push(Err((word.text, first)));
                    parts.extend(unknown.map(|other| Err((String::new(), other))));
                }
            }
        }
        parts
    }

    /// How long the `<placeholder>` is that begins here. A shell would take it for
    /// a redirection, which nobody means who writes it.
    pub(super) fn placeholder(&self) -> Option<usize> {
        const LONGEST: usize = 60;
        if self.peek(0) != Some('<') {
            return None;
        }
        let rest = &self.source.chars[self.at..self.end.min(self.at + LONGEST)];
        let length = rest.iter().position(|c| *c == '>')?;
        let inside = rest.get(1..length)?;
        let begins = inside.first()?.is_alphabetic();
        let ends = !is_blank(*inside.last()?);
        let plain = !inside.iter().any(|c| "<\n\"'`$;".contains(*c));
        (begins && ends && plain).then_some(length + 1)
    }

    /// The `<placeholder>` of this length: the caller's value, or a question.
    pub(super) fn put_placeholder(
        &mut self,
        word: &mut Building,
        variables: &Variables,
        length: usize,
    ) {
        let after = self.at + length;
        let key = self.source.text(self.at + 1, after - 1);
        match variables.values.get(&key) {
            Some(value) => self.put(word, value, true, &key, after),
            None => self.keep(word, key, self.at, after, None),
        }
    }

    fn backticks(&mut self, word: &mut Building, variables: &Variables, in_quotes: bool) -> bool {
        let mut close = self.at + 1;
        while close < self.end && self.source.chars[close] != '`' {
            if !self.source.may_search() {
                return false;
            }
            close += if self.source.chars[close] == '\\' {
                2
            } else {
                1
            };
        }
        if close >= self.end {
            return false;
        }
        self.command_value(word, variables, in_quotes, (self.at + 1, close), close + 1);
        true
    }

    /// `$(pwd)` has a name that people know it by; other commands are their own.
    fn command_value(
        &mut self,
        word: &mut Building,
        variables: &Variables,
        in_quotes: bool,
        inside: (usize, usize),
        after: usize,
    ) {
        let shown = self.source.text(inside.0, inside.1.min(inside.0 + 200));
        if shown.trim_start().starts_with('#') {
            // A comment in the middle of a line: it prints nothing.
            word.value("", in_quotes, self.at);
            self.at = after;
            return;
        }
        let key = match shown.trim() {
            "pwd" => "PWD",
            "id -u" => "UID",
            "id -g" => "GID",
            "whoami" | "id -un" => "USER",
            "hostname" => "HOSTNAME",
            other => other,
        }
        .to_owned();
        match variables.values.get(&key) {
            Some(value) => {
                self.put(word, value, in_quotes, &key, after);
            }
            None => self.keep(word, key, self.at, after, Some(inside)),
        }
    }

    /// `~` and `~/…`; another's home is not asked for.
    fn home(&mut self, word: &mut Building, variables: &Variables) -> bool {
        if self.peek(1).is_some_and(|c| !"/:\\ \t\r\n".contains(c)) {
            return false;
        }
        self.fill(word, variables, true, "HOME", self.at + 1);
        true
    }

    /// `%NAME%`, `%cd%`.
    fn percent(&mut self, word: &mut Building, variables: &Variables, in_quotes: bool) -> bool {
        let rest = &self.source.chars[self.at + 1..self.end.min(self.at + 80)];
        let Some(length) = rest.iter().position(|c| *c == '%').filter(|n| *n > 0) else {
            return false;
        };
        if !rest[..length]
            .iter()
            .all(|c| c.is_ascii_alphanumeric() || *c == '_')
        {
            return false;
        }
        let name: String = rest[..length].iter().collect();
        self.fill(
            word,
            variables,
            in_quotes,
            &windows_name(&name),
            self.at + length + 2,
        );
        true
    }

    /// The value of a variable, or its text where the value is not known.
    fn fill(
        &mut self,
        word: &mut Building,
        variables: &Variables,
        in_quotes: bool,
        name: &str,
        after: usize,
    ) {
        match variables.values.get(name) {
            Some(value) => {
                self.put(word, value, in_quotes, name, after);
            }
            None => self.keep(word, name.to_owned(), self.at, after, None),
        }
    }

    fn put(&mut self, word: &mut Building, value: &str, in_quotes: bool, key: &str, after: usize) {
        if self.source.may_unfold(value.len()) {
            word.value(value, in_quotes, self.at);
            self.at = after;
        } else {
            // Values that hold values that hold values: enough.
            self.keep(word, key.to_owned(), self.at, after, None);
        }
    }

    fn keep(
        &mut self,
        word: &mut Building,
        key: String,
        at: usize,
        after: usize,
        command: Option<(usize, usize)>,
    ) {
        let shown = self.source.text(at, after);
        let length = after - at;
        word.unknown(
            &shown,
            Unknown {
                key,
                at,
                length,
                command,
                placeholder: self.source.chars.get(at) == Some(&'<'),
            },
            &mut self.unknown_left,
        );
        self.at = after;
    }

    /// Where the bracket that opens here is closed, quotes considered.
    fn closing(&mut self, open: usize, opens: char, closes: char) -> Option<usize> {
        let mut depth = 0_usize;
        let mut quoting = Quoting::default();
        let mut at = open;
        while at < self.end {
            if !self.source.may_search() {
                return None;
            }
            let c = self.source.chars[at];
            let inside = quoting.is_open();
            if quoting.escapes(c) {
                at += 1;
            } else if !inside && c == opens {
                depth += 1;
            } else if !inside && c == closes {
                depth -= 1;
                if depth == 0 {
                    return Some(at);
                }
            }
            at += 1;
        }
        None
    }
}

/// Windows asks for names in any case, and calls some things differently.
fn windows_name(name: &str) -> String {
    let upper = name.to_ascii_uppercase();
    match upper.as_str() {
        "CD" => "PWD".to_owned(),
        "USERPROFILE" => "HOME".to_owned(),
        "USERNAME" => "USER".to_owned(),
        "COMPUTERNAME" => "HOSTNAME".to_owned(),
        _ => upper,
    }
}

/// What `printf '\001\033'` prints: how commands of this program write control
/// characters, which a terminal would act on.
fn printed(command: &str) -> Option<String> {
    let octal = command.strip_prefix("printf '\\")?.strip_suffix('\'')?;
    let bytes: Option<Vec<u8>> = octal
        .split('\\')
        .map(|digits| {
            u8::from_str_radix(digits, 8)
                .ok()
                .filter(|_| digits.len() == 3)
        })
        .collect();
    // Of these a shell keeps no 0, and no line break at the end.
    let text = String::from_utf8(bytes?).ok()?;
    (!text.contains(['\0', '\n'])).then_some(text)
}
