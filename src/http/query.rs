//! Query parameters. A route declares each with its type, its default and its
//! limits; by that declaration it is checked, read and described.
//!
//! Invariant: a request reaches its handler only with parameters that its route
//! declares, each with a value of its type; and a handler reads no others.

use crate::error::{Error, Result};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// A query parameter of a route.
#[derive(Debug, Clone, Copy)]
pub struct Parameter {
    pub name: &'static str,
    pub kind: ParameterKind,
    /// For the API description, which only the tests make.
    #[cfg(test)]
    pub doc: &'static str,
}

#[derive(Debug, Clone, Copy)]
pub enum ParameterKind {
    Text,
    /// True or false, with the default where it is always the same.
    Flag(Option<bool>),
    /// A whole number, or the one word that stands for none.
    Number {
        least: u64,
        most: u64,
        default: Option<u64>,
        none: Option<&'static str>,
    },
    /// One of these words.
    Word {
        known: &'static [&'static str],
        default: Option<&'static str>,
    },
    /// Repeated or separated by commas; only these words, where there are any.
    List(&'static [&'static str]),
    /// RFC 3339, or seconds since 1970 with a fraction, as the CLI takes them.
    Moment,
}

const fn parameter(name: &'static str, kind: ParameterKind, doc: &'static str) -> Parameter {
    #[cfg(not(test))]
    let _ = doc;
    Parameter {
        name,
        kind,
        #[cfg(test)]
        doc,
    }
}

pub const fn text(name: &'static str, doc: &'static str) -> Parameter {
    parameter(name, ParameterKind::Text, doc)
}

pub const fn flag(name: &'static str, default: bool, doc: &'static str) -> Parameter {
    parameter(name, ParameterKind::Flag(Some(default)), doc)
}

/// A flag whose default depends on the request.
pub const fn choice(name: &'static str, doc: &'static str) -> Parameter {
    parameter(name, ParameterKind::Flag(None), doc)
}

pub const fn number(
    name: &'static str,
    (least, most): (u64, u64),
    default: u64,
    doc: &'static str,
) -> Parameter {
    let kind = ParameterKind::Number {
        least,
        most,
        default: Some(default),
        none: None,
    };
    parameter(name, kind, doc)
}

/// A count that the word `all` stands for the lack of, which is the default.
pub const fn count_or_all(name: &'static str, doc: &'static str) -> Parameter {
    let kind = ParameterKind::Number {
        least: 0,
        most: i64::MAX.unsigned_abs(),
        default: None,
        none: Some("all"),
    };
    parameter(name, kind, doc)
}

pub const fn word(
    name: &'static str,
    known: &'static [&'static str],
    default: Option<&'static str>,
    doc: &'static str,
) -> Parameter {
    parameter(name, ParameterKind::Word { known, default }, doc)
}

pub const fn words(
    name: &'static str,
    known: &'static [&'static str],
    doc: &'static str,
) -> Parameter {
    parameter(name, ParameterKind::List(known), doc)
}

pub const fn moment(name: &'static str, doc: &'static str) -> Parameter {
    parameter(name, ParameterKind::Moment, doc)
}

impl Parameter {
    fn check(&self, value: &str) -> Result<()> {
        let wrong = |message: String| Err(Error::invalid(self.name, message));
        match self.kind {
            ParameterKind::Text => Ok(()),
            ParameterKind::Flag(_) => match parse_flag(value) {
                Some(_) => Ok(()),
                None => wrong(format!("{value:?} is neither true nor false.")),
            },
            ParameterKind::Number { none, .. } if none == Some(value) => Ok(()),
            ParameterKind::Number { least, most, .. } => match value.parse::<u64>() {
                Ok(number) if (least..=most).contains(&number) => Ok(()),
                _ => wrong(format!(
                    "{value:?} is not a whole number from {least} to {most}."
                )),
            },
            ParameterKind::Word { known, .. } if known.contains(&value) => Ok(()),
            ParameterKind::Word { known, .. } => wrong(not_known(value, known)),
            ParameterKind::List([]) => Ok(()),
            ParameterKind::List(known) => {
                let mut parts = parts(value);
                match parts.find(|part| !known.iter().any(|one| one.eq_ignore_ascii_case(part))) {
                    Some(unknown) => wrong(not_known(unknown, known)),
                    None => Ok(()),
                }
            }
            ParameterKind::Moment => match parse_moment(value) {
                Some(_) => Ok(()),
                None => wrong(
                    "Give a time as 2026-01-21T10:00:00Z or as seconds since 1970.".to_owned(),
                ),
            },
        }
    }
}

fn not_known(value: &str, known: &[&str]) -> String {
    format!("{value:?} is not known. Allowed: {}.", known.join(", "))
}

fn parse_flag(text: &str) -> Option<bool> {
    match text {
        "true" | "1" | "yes" | "on" => Some(true),
        "false" | "0" | "no" | "off" => Some(false),
        _ => None,
    }
}

fn parts(value: &str) -> impl Iterator<Item = &str> {
    value
        .split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty())
}

/// Nanoseconds since 1970.
fn parse_moment(text: &str) -> Option<i128> {
    if let Ok(at) = OffsetDateTime::parse(text, &Rfc3339) {
        return Some(at.unix_timestamp_nanos());
    }
    let seconds = text
        .parse::<f64>()
        .ok()
        .filter(|seconds| (0.0..1e11).contains(seconds))?;
    #[expect(clippy::cast_possible_truncation, reason = "bounded above")]
    Some((seconds * 1e9) as i128)
}

/// A checked query string.
#[derive(Debug, Default)]
pub struct Query {
    declared: &'static [Parameter],
    pairs: Vec<(&'static str, String)>,
}

impl Query {
    /// # Errors
    /// Names the parameter that is not declared, or whose value is not of its
    /// type. An empty value counts as absent.
    pub fn parse(text: &str, declared: &'static [Parameter]) -> Result<Self> {
        let mut pairs = Vec::new();
        for (name, value) in form_urlencoded::parse(text.as_bytes()) {
            let Some(parameter) = declared.iter().find(|known| known.name == name) else {
                return Err(unknown(name.into_owned(), declared));
            };
            if value.is_empty() {
                continue;
            }
            parameter.check(&value)?;
            pairs.push((parameter.name, value.into_owned()));
        }
        Ok(Self { declared, pairs })
    }

    /// The last value of a parameter.
    pub fn text(&self, parameter: &Parameter) -> Option<&str> {
        self.values(parameter).last()
    }

    /// One of the parameter's words, or its default.
    pub fn word(&self, parameter: &Parameter) -> Option<&str> {
        let default = match parameter.kind {
            ParameterKind::Word { default, .. } => default,
            _ => None,
        };
        self.text(parameter).or(default)
    }

    pub fn flag(&self, parameter: &Parameter) -> bool {
        let default = matches!(parameter.kind, ParameterKind::Flag(Some(true)));
        self.flag_or(parameter, default)
    }

    pub fn flag_or(&self, parameter: &Parameter, default: bool) -> bool {
        self.text(parameter).and_then(parse_flag).unwrap_or(default)
    }

    /// `None` is what the parameter's word says.
    pub fn count(&self, parameter: &Parameter) -> Option<u64> {
        self.text(parameter).and_then(|text| text.parse().ok())
    }

    /// A number within the limits of the parameter, whose type must have room for them.
    pub fn number<T: TryFrom<u64> + Default>(&self, parameter: &Parameter) -> T {
        let default = match parameter.kind {
            ParameterKind::Number { default, .. } => default,
            _ => None,
        };
        let number = self.count(parameter).or(default);
        number
            .and_then(|number| T::try_from(number).ok())
            .unwrap_or_default()
    }

    /// Every value of a repeated or comma-separated parameter.
    pub fn all(&self, parameter: &Parameter) -> Vec<String> {
        self.values(parameter)
            .flat_map(parts)
            .map(ToOwned::to_owned)
            .collect()
    }

    /// Nanoseconds since 1970.
    pub fn moment(&self, parameter: &Parameter) -> Option<i128> {
        self.text(parameter).and_then(parse_moment)
    }

    fn values(&self, parameter: &Parameter) -> impl Iterator<Item = &str> {
        let name = parameter.name;
        debug_assert!(
            self.declared.iter().any(|known| known.name == name),
            "the route does not declare {name}"
        );
        self.pairs
            .iter()
            .filter(move |(key, _)| *key == name)
            .map(|(_, value)| value.as_str())
    }
}

fn unknown(name: String, declared: &[Parameter]) -> Error {
    let allowed = if declared.is_empty() {
        "This address has no query parameters.".to_owned()
    } else {
        let known: Vec<&str> = declared.iter().map(|known| known.name).collect();
        format!("Allowed: {}.", known.join(", "))
    };
    let message = format!("Unknown query parameter `{name}`. {allowed}");
    Error::invalid(name, message).code("unknown_parameter")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Kind;

    const DECLARED: &[Parameter] = &[
        text("q", ""),
        flag("dry_run", false, ""),
        flag("start", true, ""),
        number("limit", (1, 200), 50, ""),
        count_or_all("tail", ""),
        word("pull", &["missing", "always"], Some("missing"), ""),
        words("state", &["running", "exited"], ""),
        words("label", &[], ""),
        moment("since", ""),
    ];

    fn find(name: &str) -> &'static Parameter {
        DECLARED.iter().find(|known| known.name == name).unwrap()
    }

    #[test]
    fn query_values_are_read_by_their_declared_type_and_the_last_one_counts() {
        let read = |text| Query::parse(text, DECLARED).unwrap();
        let query = read("q=a&q=b%20c&dry_run=yes&start=0&limit=200&pull=always");
        assert_eq!(query.text(find("q")), Some("b c"));
        assert!(query.flag(find("dry_run")) && !query.flag(find("start")));
        assert_eq!(query.number::<usize>(find("limit")), 200);
        assert_eq!(query.word(find("pull")), Some("always"));
        let query = read("state=Running, exited&state=&label=a%3Db,c&label=d");
        assert_eq!(query.all(find("state")), ["Running", "exited"]);
        assert_eq!(query.all(find("label")), ["a=b", "c", "d"]);
        let query = read("tail=0&since=1.5");
        assert_eq!(query.count(find("tail")), Some(0));
        assert_eq!(query.moment(find("since")), Some(1_500_000_000));
        let same = read("since=1970-01-01T00:00:01.5Z").moment(find("since"));
        assert_eq!(same, query.moment(find("since")));
    }

    #[test]
    fn query_value_that_is_left_out_or_empty_is_the_declared_default() {
        for text in ["", "&&=", "q=&start=&limit=&pull=&tail=all&dry_run="] {
            let text = text.replace("&&=", "&&");
            let query = Query::parse(&text, DECLARED).unwrap();
            assert_eq!(query.text(find("q")), None);
            assert!(query.flag(find("start")) && !query.flag(find("dry_run")));
            assert!(query.flag_or(find("dry_run"), true));
            assert_eq!(query.number::<u8>(find("limit")), 50);
            assert_eq!(query.word(find("pull")), Some("missing"));
            assert_eq!(query.count(find("tail")), None);
            assert!(query.all(find("label")).is_empty());
        }
    }

    #[test]
    fn query_value_of_another_type_is_refused_by_its_name() {
        for (text, name) in [
            ("dry_run=maybe", "dry_run"),
            ("limit=0", "limit"),
            ("limit=201", "limit"),
            ("limit=-1", "limit"),
            ("limit=1.5", "limit"),
            ("limit=18446744073709551616", "limit"),
            ("tail=some", "tail"),
            ("pull=Always", "pull"),
            ("state=running,flying", "state"),
            ("since=yesterday", "since"),
            ("since=NaN", "since"),
            ("since=1e300", "since"),
            ("since=-1", "since"),
            ("colour=blue", "colour"),
            ("=", ""),
        ] {
            let error = Query::parse(text, DECLARED).unwrap_err();
            let Kind::Invalid { field } = &error.kind else {
                panic!("{text}: {error:?}");
            };
            assert_eq!(field.as_deref(), Some(name), "{text}");
        }
    }
}
