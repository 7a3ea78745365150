//! Splits a script into tokens, and writes tokens as few bytes: without comments,
//! and with white space only where it means something. Names stay as they are.

use std::fmt;

/// Where a script has a form that the build does not know.
#[derive(Debug, PartialEq, Eq)]
pub struct Fault {
    pub file: String,
    pub line: usize,
    pub what: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.what)
    }
}

impl std::error::Error for Fault {}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A name or a keyword.
    Word,
    Number,
    /// With its quotes.
    Text,
    Regex,
    /// A template without values, or the part before, between or after them.
    Template,
    /// One character, except `=>`, `...`, `?.`, `++` and `--`.
    Mark,
}

#[derive(Debug, Clone)]
pub struct Token {
    pub kind: Kind,
    pub text: String,
    pub line: usize,
    /// Whether a line ended before it.
    pub on_new_line: bool,
    /// Whether anything that is left out stood before it.
    pub is_apart: bool,
    /// How many brackets are open around it.
    pub depth: usize,
}

impl Token {
    pub fn is(&self, text: &str) -> bool {
        self.text == text && matches!(self.kind, Kind::Word | Kind::Mark)
    }
}

/// What a bracket that is open was opened by.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Open {
    /// `(` after `if`, `while`, `for` or `with`: what follows its end is a statement.
    Condition,
    Bracket,
    /// `${` of a template; `true` if it is one of `html`.
    Value(bool),
}

/// After these words an expression begins, so that `/` begins a regular expression.
const BEFORE_EXPRESSION: &[&str] = &[
    "await",
    "case",
    "delete",
    "do",
    "else",
    "in",
    "instanceof",
    "new",
    "of",
    "return",
    "throw",
    "typeof",
    "void",
    "yield",
];

struct Scanner<'a> {
    file: &'a str,
    rest: &'a str,
    line: usize,
    open: Vec<Open>,
    tokens: Vec<Token>,
    on_new_line: bool,
    is_apart: bool,
    /// Whether the last `)` ended a condition.
    after_condition: bool,
}

pub fn scan(file: &str, text: &str) -> Result<Vec<Token>, Fault> {
    let mut scanner = Scanner {
        file,
        rest: text,
        line: 1,
        open: Vec::new(),
        tokens: Vec::new(),
        on_new_line: true,
        is_apart: false,
        after_condition: false,
    };
    while scanner.step()? {}
    if scanner.open.is_empty() {
        Ok(scanner.tokens)
    } else {
        Err(scanner.fault("a bracket is never closed"))
    }
}

impl<'a> Scanner<'a> {
    fn fault(&self, what: &str) -> Fault {
        Fault {
            file: self.file.to_owned(),
            line: self.line,
            what: what.to_owned(),
        }
    }

    /// The next `length` bytes, which are behind it from now on.
    fn take(&mut self, length: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at(length);
        self.line += taken.matches('\n').count();
        self.rest = rest;
        taken
    }

    fn push(&mut self, kind: Kind, length: usize) {
        let line = self.line;
        let text = self.take(length).to_owned();
        self.tokens.push(Token {
            kind,
            text,
            line,
            on_new_line: std::mem::take(&mut self.on_new_line),
            is_apart: std::mem::take(&mut self.is_apart),
            depth: self.open.len(),
        });
    }

    fn step(&mut self) -> Result<bool, Fault> {
        let Some(first) = self.rest.chars().next() else {
            return Ok(false);
        };
        self.is_apart |=
            first.is_whitespace() || self.rest.starts_with("//") || self.rest.starts_with("/*");
        if first.is_whitespace() {
            let length = self.rest.len() - self.rest.trim_start().len();
            self.on_new_line |= self.take(length).contains('\n');
        } else if self.rest.starts_with("//") {
            let length = self.rest.find('\n').unwrap_or(self.rest.len());
            self.take(length);
        } else if self.rest.starts_with("/*") {
            let end = self.rest.find("*/");
            let length = end.ok_or_else(|| self.fault("a comment is never closed"))? + 2;
            self.on_new_line |= self.take(length).contains('\n');
        } else if first.is_alphabetic() || matches!(first, '_' | '$' | '#') {
            let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '$' | '#');
            let length = self.rest.find(|c| !is_part(c)).unwrap_or(self.rest.len());
            self.push(Kind::Word, length);
        } else if self.begins_number(first) {
            let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.');
            let length = self.rest.find(|c| !is_part(c)).unwrap_or(self.rest.len());
            self.push(Kind::Number, length);
        } else if matches!(first, '"' | '\'') {
            let length = self.quoted(first)?;
            self.push(Kind::Text, length);
        } else if first == '`' {
            let is_html = self.tokens.last().is_some_and(|last| last.is("html"));
            self.template(is_html)?;
        } else if first == '/' && self.begins_regex()? {
            let length = self.regex()?;
            self.push(Kind::Regex, length);
        } else {
            self.mark(first)?;
        }
        Ok(true)
    }

    fn begins_number(&self, first: char) -> bool {
        let rest = self.rest.strip_prefix('.').filter(|_| first == '.');
        rest.unwrap_or(self.rest)
            .starts_with(|c: char| c.is_ascii_digit())
    }

    fn quoted(&self, quote: char) -> Result<usize, Fault> {
        let mut escaped = false;
        for (at, c) in self.rest.char_indices().skip(1) {
            match c {
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                '\n' => break,
                c if c == quote => return Ok(at + 1),
                _ => {}
            }
        }
        Err(self.fault("a text is never closed"))
    }

    /// From a backquote, or from the `}` that ends a value, to the next value or the end.
    fn template(&mut self, is_html: bool) -> Result<(), Fault> {
        let mut escaped = false;
        let mut found = None;
        for (at, c) in self.rest.char_indices().skip(1) {
            match c {
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                '`' => {
                    found = Some((at + 1, false));
                    break;
                }
                '$' if self.rest[at..].starts_with("${") => {
                    found = Some((at + 2, true));
                    break;
                }
                _ => {}
            }
        }
        let (length, has_value) = found.ok_or_else(|| self.fault("a template is never closed"))?;
        self.push(Kind::Template, length);
        if is_html && let Some(last) = self.tokens.last_mut() {
            last.text = without_indentation(&last.text);
        }
        if has_value {
            self.open.push(Open::Value(is_html));
        }
        Ok(())
    }

    fn begins_regex(&self) -> Result<bool, Fault> {
        let Some(last) = self.tokens.last() else {
            return Ok(true);
        };
        Ok(match last.kind {
            Kind::Word => BEFORE_EXPRESSION.contains(&last.text.as_str()),
            Kind::Number | Kind::Text | Kind::Regex => false,
            // Of one that has a value to come, an expression begins.
            Kind::Template => last.text.ends_with("${"),
            Kind::Mark => match last.text.as_str() {
                ")" => self.after_condition,
                "]" | "++" | "--" => false,
                "}" => {
                    return Err(self.fault("`/` after `}` is a division or a regular expression: use brackets or a name"));
                }
                _ => true,
            },
        })
    }

    fn regex(&self) -> Result<usize, Fault> {
        let (mut escaped, mut in_class) = (false, false);
        let mut end = None;
        for (at, c) in self.rest.char_indices().skip(1) {
            match c {
                '\n' => break,
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                '[' => in_class = true,
                ']' => in_class = false,
                '/' if !in_class => {
                    end = Some(at + 1);
                    break;
                }
                _ => {}
            }
        }
        let end = end.ok_or_else(|| self.fault("a regular expression is never closed"))?;
        let flags = &self.rest[end..];
        Ok(end + flags.len()
            - flags
                .trim_start_matches(|c: char| c.is_ascii_lowercase())
                .len())
    }

    fn mark(&mut self, first: char) -> Result<(), Fault> {
        if first == '}'
            && let Some(Open::Value(is_html)) = self.open.last().copied()
        {
            self.open.pop();
            return self.template(is_html);
        }
        if matches!(first, ')' | ']' | '}') {
            let opened = self.open.pop();
            let opened = opened.ok_or_else(|| self.fault("a bracket is closed twice"))?;
            self.after_condition = opened == Open::Condition;
        }
        let long = ["...", "=>", "?.", "++", "--"];
        let long = long.iter().find(|mark| self.rest.starts_with(**mark));
        // `a ?.5 : b` has a number.
        let long = long.filter(|mark| {
            **mark != "?." || !self.rest[2..].starts_with(|c: char| c.is_ascii_digit())
        });
        let opens = match first {
            '(' => {
                let last = self.tokens.last();
                let is_condition = last.is_some_and(|last| {
                    ["if", "while", "for", "with"]
                        .iter()
                        .any(|word| last.is(word))
                });
                Some(if is_condition {
                    Open::Condition
                } else {
                    Open::Bracket
                })
            }
            '[' | '{' => Some(Open::Bracket),
            _ => None,
        };
        self.push(Kind::Mark, long.map_or(first.len_utf8(), |mark| mark.len()));
        self.open.extend(opens);
        Ok(())
    }
}

/// What htm does not keep: the indentation of a line.
fn without_indentation(template: &str) -> String {
    let mut lines = template.split('\n');
    let mut out = lines.next().unwrap_or_default().to_owned();
    for line in lines {
        out.push('\n');
        out.push_str(line.trim_start_matches([' ', '\t']));
    }
    out
}

/// The tokens as a script.
pub fn write(tokens: &[Token]) -> String {
    let mut out = String::new();
    let mut before: Option<&Token> = None;
    for token in tokens {
        if let Some(before) = before {
            if token.on_new_line && keeps_line(before, token) {
                out.push('\n');
            } else if keeps_space(before, token) {
                out.push(' ');
            }
        }
        out.push_str(&token.text);
        before = Some(token);
    }
    out
}

/// Whether the end of the line may end a statement. Statements of a module stand
/// on lines of their own, so that a line says where an error is.
fn keeps_line(before: &Token, token: &Token) -> bool {
    if token.depth == 0 && ![")", "]", "}"].contains(&token.text.as_str()) {
        return true;
    }
    let continues =
        before.kind == Kind::Mark && !matches!(before.text.as_str(), ")" | "]" | "}" | "++" | "--");
    let is_continued = token.kind == Kind::Mark
        && !matches!(
            token.text.as_str(),
            "(" | "[" | "{" | "++" | "--" | "+" | "-" | "!" | "~" | "..."
        );
    !continues && !is_continued
}

fn keeps_space(before: &Token, token: &Token) -> bool {
    let is_wordy = |kind| matches!(kind, Kind::Word | Kind::Number);
    match (before.kind, token.kind) {
        (a, b) if is_wordy(a) && is_wordy(b) => true,
        (Kind::Regex, b) => is_wordy(b),
        (Kind::Number, Kind::Mark) => token.text.starts_with('.'),
        (Kind::Mark, Kind::Regex) => before.text.ends_with(['/', '<']),
        // Those of `===` are three tokens; two that stood apart could be read as one.
        (Kind::Mark, Kind::Mark) => {
            let joins = |c: char| "+-*/&|=<>!?.".contains(c);
            token.is_apart && before.text.ends_with(joins) && token.text.starts_with(joins)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn short(text: &str) -> String {
        write(&scan("a.js", text).unwrap())
    }

    #[test]
    fn script_keeps_its_meaning_without_comments_and_spaces() {
        for (text, expected) in [
            ("a = b / c / d; // e\nf();", "a=b/c/d;\nf();"),
            (
                "const r = /[/\"]\\/`/g.test(x) ? a : b;",
                "const r=/[/\"]\\/`/g.test(x)?a:b;",
            ),
            ("if (a) /b/.exec(c);", "if(a)/b/.exec(c);"),
            ("x = (a + b) / 2 + +c - -d;", "x=(a+b)/2+ +c- -d;"),
            (
                "f(() => {\n  return\n  g()\n  h()\n})",
                "f(()=>{return\ng()\nh()})",
            ),
            (
                "let a = `x ${ b ? `${c} /* d */` : '//' } y`;",
                "let a=`x ${b?`${c} /* d */`:'//'} y`;",
            ),
            (
                "async () => { await /* a */ b; 1 .toFixed() }",
                "async()=>{await b;1 .toFixed()}",
            ),
            ("a ?.5 : b; a?.b", "a?.5:b;a?.b"),
            (
                "html`<p>\n    ${a}\n    b c\n  </p>`",
                "html`<p>\n${a}\nb c\n</p>`",
            ),
            ("css`\n  a`", "css`\n  a`"),
            ("x = a ++ + b; y = a + ++ b", "x=a++ +b;y=a+ ++b"),
        ] {
            assert_eq!(short(text), expected, "{text}");
        }
    }

    #[test]
    fn script_that_is_not_understood_is_refused_with_its_line() {
        for (text, line) in [
            ("\n\nf(`a", 3),
            ("\n\"a\n\"", 2),
            ("/* a", 1),
            ("f(\n", 2),
            ("}\n", 1),
            ("x = {}\n/ 2", 2),
            ("x = /a\n/", 1),
        ] {
            assert_eq!(scan("a.js", text).unwrap_err().line, line, "{text}");
        }
    }
}
