//! YAML as a person would write it: quotes only where they are needed.

use std::fmt::Write as _;

/// A value that is to be written.
#[derive(Debug, Clone, PartialEq)]
pub enum Yaml {
    Text(String),
    /// A text that is always quoted, as ports are.
    Quoted(String),
    /// As it is: numbers, true and false.
    Plain(String),
    /// A key without a value.
    Empty,
    /// On one line.
    Flow(Vec<Yaml>),
    List(Vec<Yaml>),
    Map(Vec<(String, Yaml)>),
}

impl Yaml {
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    pub fn texts(all: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self::List(all.into_iter().map(Self::text).collect())
    }

    pub fn map(pairs: impl IntoIterator<Item = (impl Into<String>, Yaml)>) -> Self {
        Self::Map(
            pairs
                .into_iter()
                .map(|(key, value)| (key.into(), value))
                .collect(),
        )
    }

    fn is_empty(&self) -> bool {
        match self {
            Self::List(items) | Self::Flow(items) => items.is_empty(),
            Self::Map(pairs) => pairs.is_empty(),
            _ => false,
        }
    }
}

/// A whole file. The parts at the top stand apart.
pub fn write(file: &[(String, Yaml)]) -> String {
    let mut out = String::new();
    for (index, (key, value)) in file.iter().enumerate() {
        if index > 0 {
            out.push('\n');
        }
        pair(&mut out, key, value, 0);
    }
    out
}

fn indent(out: &mut String, depth: usize) {
    for _ in 0..depth {
        out.push_str("  ");
    }
}

fn pair(out: &mut String, key: &str, value: &Yaml, depth: usize) {
    indent(out, depth);
    out.push_str(&scalar(key, false));
    out.push(':');
    below(out, value, depth);
}

/// What follows a colon.
fn below(out: &mut String, value: &Yaml, depth: usize) {
    match value {
        Yaml::Map(pairs) if !pairs.is_empty() => {
            out.push('\n');
            for (key, value) in pairs {
                pair(out, key, value, depth + 1);
            }
        }
        Yaml::List(items) if !items.is_empty() => {
            out.push('\n');
            for item in items {
                indent(out, depth + 1);
                out.push('-');
                match item {
                    Yaml::Map(pairs) if !pairs.is_empty() => {
                        let mut inner = String::new();
                        for (key, value) in pairs {
                            pair(&mut inner, key, value, depth + 2);
                        }
                        // The first key stands beside the dash.
                        out.push(' ');
                        out.push_str(inner.trim_start());
                    }
                    _ => {
                        let _ = writeln!(out, " {}", single(item));
                    }
                }
            }
        }
        Yaml::Empty => out.push('\n'),
        _ => {
            let _ = writeln!(out, " {}", single(value));
        }
    }
}

fn single(value: &Yaml) -> String {
    match value {
        Yaml::Text(text) => scalar(text, true),
        Yaml::Quoted(text) => quoted(text),
        Yaml::Plain(text) => text.clone(),
        Yaml::Empty => "null".to_owned(),
        Yaml::Flow(items) | Yaml::List(items) => {
            let all: Vec<String> = items
                .iter()
                .map(|item| match item {
                    // A comma or a bracket would end it.
                    Yaml::Text(text) => quoted(text),
                    other => single(other),
                })
                .collect();
            format!("[{}]", all.join(", "))
        }
        Yaml::Map(_) if value.is_empty() => "{}".to_owned(),
        Yaml::Map(pairs) => {
            let all: Vec<String> = pairs
                .iter()
                .map(|(key, value)| format!("{}: {}", scalar(key, false), single(value)))
                .collect();
            format!("{{{}}}", all.join(", "))
        }
    }
}

/// A text, in quotes where it would be read as something else.
fn scalar(text: &str, is_value: bool) -> String {
    let text = if is_value {
        text.replace('$', "$$")
    } else {
        text.to_owned()
    };
    if needs_quotes(&text) {
        quote(&text)
    } else {
        text
    }
}

fn quoted(text: &str) -> String {
    quote(&text.replace('$', "$$"))
}

fn quote(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c.is_control()
                || matches!(
                    c,
                    '\u{85}' | '\u{a0}' | '\u{2028}' | '\u{2029}' | '\u{feff}'
                ) =>
            {
                let code = u32::from(c);
                let _ = if code > 0xffff {
                    write!(out, "\\U{code:08x}")
                } else {
                    write!(out, "\\u{code:04x}")
                };
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

fn needs_quotes(text: &str) -> bool {
    const WORDS: [&str; 14] = [
        "true", "false", "null", "yes", "no", "on", "off", "y", "n", "~", "nan", ".nan", ".inf",
        "<<",
    ];
    let Some(first) = text.chars().next() else {
        return true;
    };
    let begins = "!&*-?:|>@`\"'%#,[]{}=+.".contains(first) && !is_plain_start(text)
        || first.is_ascii_digit()
        || text.starts_with(' ');
    begins
        || text.ends_with([' ', ':'])
        || text.contains(": ")
        || text.contains(" #")
        || text
            .chars()
            .any(|c| c.is_control() || !c.is_ascii() && c.is_whitespace() || c == '\u{feff}')
        || WORDS.contains(&text.to_ascii_lowercase().as_str())
}

/// Signs that only mean something before a blank, or before a digit.
fn is_plain_start(text: &str) -> bool {
    let mut chars = text.chars();
    match (chars.next(), chars.next()) {
        (Some('-'), Some(next)) => {
            !next.is_whitespace() && !next.is_ascii_digit() && next != '.' && next != '-'
        }
        (Some('.'), Some(next)) => next == '/' || next.is_ascii_alphabetic(),
        _ => false,
    }
}

/// A text that reads as a number with the same digits needs no quotes where numbers may
/// stand.
pub fn value(text: &str) -> Yaml {
    let is_number = !text.is_empty()
        && text.len() < 16
        && text.bytes().all(|byte| byte.is_ascii_digit())
        && (text == "0" || !text.starts_with('0'));
    if is_number {
        Yaml::Plain(text.to_owned())
    } else {
        Yaml::text(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::compose::{ValidateRequest, validate};
    use proptest::prelude::*;

    fn read_back(text: &str) -> Option<String> {
        let service = Yaml::map([
            ("image", Yaml::text("x")),
            ("command", Yaml::List(vec![Yaml::text(text)])),
            ("environment", Yaml::map([("KEY", value(text))])),
        ]);
        let written = write(&[("services".to_owned(), Yaml::map([("a", service)]))]);
        let told = validate(&ValidateRequest {
            compose: Some(written.clone()),
            ..ValidateRequest::default()
        });
        let model = told.resolved?;
        let service = &model["services"]["a"];
        let own = service["command"][0].as_str()?.replace("$$", "$");
        let variable = service["environment"]["KEY"].as_str()?.replace("$$", "$");
        assert_eq!(own, variable, "{written}");
        Some(own)
    }

    #[test]
    fn plain_words_have_no_quotes() {
        for text in [
            "nginx:1.27",
            "/srv/data:/data:ro",
            "./a",
            "Europe/Berlin",
            "-v",
            "a b",
        ] {
            assert!(!needs_quotes(text), "{text}");
        }
        for text in [
            "yes", "1.5", "a: b", "- a", "", " a", "#a", "*a", "08", "12:30", "-1", "a #b",
        ] {
            assert!(needs_quotes(text), "{text}");
            assert_eq!(read_back(text).as_deref(), Some(text), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_back_as_it_was(text in "\\PC{0,40}|[-:#'\"$ {}\\[\\],&*!?|>%@`\n\t0-9a-z.~]{1,20}") {
            prop_assert_eq!(read_back(&text), Some(text));
        }
    }
}
