//! Environment files: `.env`, and those that a service names with `env_file` and
//! `label_file`.

mod escapes;

use super::template::{Interpolation, InterpolationError};
use escapes::unescaped;
use std::collections::BTreeSet;

/// Bytes of all values of one file.
const LARGEST: usize = 4 * 1024 * 1024;
/// Variables of one file.
const MOST: usize = 5_000;

/// One variable of a file. Without a value it takes that of the environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variable {
    pub name: String,
    pub value: Option<String>,
}

/// Why a file cannot be read, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnvFault {
    /// From 1.
    pub line: u32,
    pub message: String,
}

/// A file of a service (`format: raw`): everything after the equals sign as it is.
pub fn read_raw(text: &str) -> Vec<Variable> {
    let lines = text.strip_prefix('\u{feff}').unwrap_or(text).lines();
    let lines = lines.filter(|line| {
        let line = line.trim_start();
        !line.is_empty() && !line.starts_with('#')
    });
    lines
        .map(|line| match line.split_once('=') {
            Some((name, value)) => Variable {
                name: name.to_owned(),
                value: Some(value.to_owned()),
            },
            None => Variable {
                name: line.trim().to_owned(),
                value: None,
            },
        })
        .collect()
}

/// `lookup` knows the variables from outside of the file; those above in the file come
/// after it. `later` knows what comes after these.
pub fn read(
    text: &str,
    lookup: &dyn Fn(&str) -> Option<String>,
    later: &dyn Fn(&str) -> Option<String>,
    unset: &mut BTreeSet<String>,
) -> Result<Vec<Variable>, EnvFault> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let text = text.replace("\r\n", "\n");
    let mut reader = Reader {
        rest: &text,
        line: 1,
        found: Vec::new(),
        lookup,
        later,
        unset,
        size: 0,
    };
    reader.all()?;
    Ok(reader.found)
}

struct Reader<'a> {
    rest: &'a str,
    line: u32,
    found: Vec<Variable>,
    lookup: &'a dyn Fn(&str) -> Option<String>,
    later: &'a dyn Fn(&str) -> Option<String>,
    unset: &'a mut BTreeSet<String>,
    /// Bytes of the values so far.
    size: usize,
}

impl Reader<'_> {
    fn all(&mut self) -> Result<(), EnvFault> {
        loop {
            self.skip_blank();
            if self.rest.is_empty() {
                return Ok(());
            }
            if self.rest.starts_with('#') {
                self.skip_line();
                continue;
            }
            self.statement()?;
        }
    }

    fn fault(&self, message: impl Into<String>) -> EnvFault {
        EnvFault {
            line: self.line,
            message: message.into(),
        }
    }

    fn forward(&mut self, bytes: usize) {
        let (passed, rest) = self.rest.split_at(bytes);
        let lines = passed.bytes().filter(|byte| *byte == b'\n').count();
        self.line += u32::try_from(lines).unwrap_or(0);
        self.rest = rest;
    }

    fn skip_blank(&mut self) {
        let blank = self.rest.len() - self.rest.trim_start().len();
        self.forward(blank);
    }

    fn skip_line(&mut self) {
        let end = self.rest.find('\n').map_or(self.rest.len(), |at| at + 1);
        self.forward(end);
    }

    fn statement(&mut self) -> Result<(), EnvFault> {
        let line_end = self.rest.find('\n').unwrap_or(self.rest.len());
        let line = &self.rest[..line_end];
        if let Some(after) = line.strip_prefix("export")
            && after.starts_with([' ', '\t'])
        {
            let length = line.len() - after.trim_start().len();
            self.forward(length);
            return self.statement();
        }
        let sign = line.find(['=', ':']);
        let name = line[..sign.unwrap_or(line.len())].trim_end();
        let is_good = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '-' | '[' | ']');
        if name.is_empty() || !name.chars().all(is_good) {
            return Err(self.fault(format!(
                "{:?} is not the name of a variable: use letters, digits and _ . -",
                name.chars().take(60).collect::<String>()
            )));
        }
        let name = name.to_owned();
        let Some(sign) = sign else {
            self.forward(line_end);
            self.push(name, None);
            return Ok(());
        };
        self.forward(sign + 1);
        let blank = self.rest.len() - self.rest.trim_start_matches([' ', '\t']).len();
        self.forward(blank);
        let value = match self.rest.as_bytes().first() {
            Some(quote @ (b'"' | b'\'')) => self.quoted(*quote)?,
            _ => self.unquoted()?,
        };
        self.push(name, Some(value));
        Ok(())
    }

    /// The last one of a name counts, at the place of the first.
    fn push(&mut self, name: String, value: Option<String>) {
        match self.found.iter_mut().find(|known| known.name == name) {
            Some(known) => known.value = value,
            None => self.found.push(Variable { name, value }),
        }
    }

    fn unquoted(&mut self) -> Result<String, EnvFault> {
        let end = self.rest.find('\n').unwrap_or(self.rest.len());
        let line = &self.rest[..end];
        let value = line.find(" #").map_or(line, |at| &line[..at]);
        let value = self.expanded(value.trim())?;
        self.forward(end);
        Ok(value)
    }

    fn quoted(&mut self, quote: u8) -> Result<String, EnvFault> {
        let bytes = self.rest.as_bytes();
        let mut at = 1;
        while at < bytes.len() && bytes[at] != quote {
            at += if bytes[at] == b'\\' { 2 } else { 1 };
        }
        if at >= bytes.len() {
            return Err(self.fault("A quote is opened and not closed."));
        }
        let inside = &self.rest[1..at];
        let value = if quote == b'"' {
            self.expanded(&unescaped(inside))?
        } else {
            inside.replace("\\'", "'")
        };
        self.forward(at + 1);
        let end = self.rest.find('\n').unwrap_or(self.rest.len());
        let after = self.rest[..end].trim();
        if !after.is_empty() && !after.starts_with('#') {
            return Err(self.fault(format!(
                "After the closing quote stands {:?}: put the whole value in quotes.",
                after.chars().take(60).collect::<String>()
            )));
        }
        self.forward(end);
        Ok(value)
    }

    fn expanded(&mut self, text: &str) -> Result<String, EnvFault> {
        let above = &self.found;
        let known = |name: &str| {
            let own = || above.iter().find(|one| one.name == name)?.value.clone();
            (self.lookup)(name)
                .or_else(own)
                .or_else(|| (self.later)(name))
        };
        let mut template = Interpolation {
            lookup: &known,
            unset: self.unset,
        };
        let done = template.expand(text);
        let done = done.map_err(|error| self.fault(told(&error)))?;
        self.size += done.len();
        if self.size > LARGEST || self.found.len() >= MOST {
            return Err(
                self.fault("The file has too many variables, or their values are too large.")
            );
        }
        Ok(done)
    }
}

/// A fault of a template as a sentence.
pub fn told(error: &InterpolationError) -> String {
    match error {
        InterpolationError::Format(text) => format!(
            "{text:?} is not a variable: write ${{NAME}}, ${{NAME:-default}}, or $$ for a dollar sign."
        ),
        InterpolationError::Required { name, message } if message.is_empty() => {
            format!("The variable {name} is required and has no value.")
        }
        InterpolationError::Required { name, message } => {
            format!("The variable {name} is required and has no value: {message}")
        }
        InterpolationError::TooLarge => "With its variables the value is too large.".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn found(text: &str) -> Result<Vec<(String, Option<String>)>, EnvFault> {
        let outside = |name: &str| (name == "OUT").then(|| "o".to_owned());
        let read = read(text, &outside, &|_| None, &mut BTreeSet::new())?;
        Ok(read.into_iter().map(|one| (one.name, one.value)).collect())
    }

    fn value(text: &str) -> String {
        found(text).unwrap().pop().unwrap().1.unwrap()
    }

    #[test]
    fn values_are_read_by_their_quotes() {
        assert_eq!(value("A=b # c"), "b");
        assert_eq!(value("A=x#y"), "x#y");
        assert_eq!(value("A=#x"), "#x");
        assert_eq!(value("A=  b  "), "b");
        assert_eq!(value("A: b"), "b");
        assert_eq!(value("export  A=b"), "b");
        assert_eq!(value(r"A=a\nb"), r"a\nb");
        assert_eq!(value(r#"A="a\nb\t\"q\" \$OUT $OUT""#), "a\nb\t\"q\" $OUT o");
        assert_eq!(value("A='$OUT \\'x'"), "$OUT 'x");
        assert_eq!(value("A=\"one\ntwo\" # c"), "one\ntwo");
        assert_eq!(value("A=1\nB=${A}2"), "12");
        assert_eq!(value("\u{feff}A=''\r\n"), "");
        assert_eq!(found("OUT\n").unwrap(), [("OUT".to_owned(), None)]);
    }

    #[test]
    fn faults_name_their_line() {
        assert_eq!(found("A=1\nB C=2").unwrap_err().line, 2);
        assert_eq!(found("A=1\n\nB=\"x").unwrap_err().line, 3);
        assert_eq!(found("A='x'y").unwrap_err().line, 1);
        assert_eq!(found("A=\"1\n2\"\nB=${}").unwrap_err().line, 3);
    }

    #[test]
    fn raw_files_are_taken_as_they_are() {
        let read = read_raw("# c\nA='$x' # y\nB\n");
        assert_eq!(read[0].value.as_deref(), Some("'$x' # y"));
        assert_eq!((read[1].name.as_str(), &read[1].value), ("B", &None));
    }

    proptest! {
        #[test]
        fn any_file_is_read_or_refused(text in "[A='\"\\\\$ #{}\n:é-]{0,80}") {
            let _ = found(&text);
        }

        #[test]
        fn single_quotes_keep_any_text(text in "[^'\\\\\r\u{feff}]{0,60}") {
            prop_assert_eq!(value(&format!("A='{text}'")), text);
        }
    }
}
