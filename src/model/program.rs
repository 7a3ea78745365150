//! The program of a command line, as it may be written down. Pure.
//!
//! Invariant: no argument, no value of a variable and no URL is shown: people put a
//! variable before the program, or a whole line where one word is expected, and either
//! may hold a secret.

const LONGEST: usize = 60;

/// The beginnings of what engines and runtimes say of a program that they cannot start,
/// and how they end its name.
const TOLD: [(&str, char); 3] = [
    ("exec: \"", '"'),
    ("executable file `", '`'),
    ("exec container process `", '`'),
];

/// A word that stands where a program is expected: the program, the name of the variable
/// that it sets, or neither. What is left out is shown as `…`.
pub fn shown(word: &str) -> String {
    let mut parts = word.split_whitespace();
    let first = parts.next().unwrap_or_default();
    if let Some((name, _)) = first.split_once('=') {
        let is_name = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_');
        return if is_name {
            format!("{name}=…")
        } else {
            "…".to_owned()
        };
    }
    if !is_plain(first) {
        return "…".to_owned();
    }
    let more = if parts.next().is_some() { " …" } else { "" };
    format!("{first}{more}")
}

/// Whether a word sets a variable for the program that follows, as a shell would take it.
pub fn is_variable(word: &str) -> bool {
    let first = word.split_whitespace().next();
    first.is_some_and(|first| first.contains('='))
}

/// What an engine says, with the programs that it names as they may be shown.
pub fn without_values(text: &str) -> String {
    let mut out = text.to_owned();
    for (beginning, end) in TOLD {
        for (at, _) in text.match_indices(beginning) {
            let rest = &text[at + beginning.len()..];
            let word = &rest[..end_of(rest, end)];
            let said = word.replace("\\\"", "\"").replace("\\\\", "\\");
            let shown = shown(&said);
            if !word.is_empty() && shown != word {
                // Runtimes say it a second time, without quotation marks.
                out = out.replace(word, &shown).replace(&said, &shown);
            }
        }
    }
    out
}

/// Where a quoted text ends; a quotation mark in it stands behind a backslash.
fn end_of(text: &str, quote: char) -> usize {
    let mut is_escaped = false;
    for (at, letter) in text.char_indices() {
        if letter == quote && !is_escaped {
            return at;
        }
        is_escaped = letter == '\\' && !is_escaped;
    }
    text.len()
}

fn is_plain(word: &str) -> bool {
    !word.is_empty()
        && !word.starts_with('-')
        && word.chars().count() <= LONGEST
        && word
            .chars()
            .all(|c| c.is_alphanumeric() || "/._-+[".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn program_is_shown_without_variables_arguments_and_urls() {
        for (word, expected) in [
            ("psql", "psql"),
            ("/usr/bin/[", "/usr/bin/["),
            ("PGPASSWORD=s3cret", "PGPASSWORD=…"),
            ("PGPASSWORD=s3cret or so", "PGPASSWORD=…"),
            ("--password=s3cret", "…"),
            ("psql --password=s3cret", "psql …"),
            ("-ps3cret", "…"),
            ("redis://app:s3cret@db:6379", "…"),
            ("redis://app:s3cret@db:6379/?a=b", "…"),
            ("a\u{1b}[31m", "…"),
            ("  ", "…"),
        ] {
            assert_eq!(shown(word), expected, "{word:?}");
        }
    }

    #[test]
    fn engine_message_names_the_program_without_values() {
        for (text, expected) in [
            (
                "starting container process caused: exec: \"PW=s3cret/x\": stat PW=s3cret/x: no such file or directory: unknown",
                "starting container process caused: exec: \"PW=…\": stat PW=…: no such file or directory: unknown",
            ),
            (
                "exec: \"PW=a\\\"s3cret\": executable file not found in $PATH",
                "exec: \"PW=…\": executable file not found in $PATH",
            ),
            (
                "crun: executable file `psql -p s3cret` not found in $PATH",
                "crun: executable file `psql …` not found in $PATH",
            ),
            (
                "exec: \"nothing\": executable file not found",
                "exec: \"nothing\": executable file not found",
            ),
            ("port \"A=1\" is taken", "port \"A=1\" is taken"),
            (
                "exec: \"\": permission denied",
                "exec: \"\": permission denied",
            ),
            ("exec: \"PW=s3cret", "exec: \"PW=…"),
        ] {
            assert_eq!(without_values(text), expected);
        }
    }
}
