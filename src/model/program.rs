//! The program of a command line, as it may be written down. Pure.
//!
//! Invariant: no argument, no value of a variable and no URL is shown: people put a
//! variable before the program, or a whole line where one word is expected, and either
//! may hold a secret.

const LONGEST: usize = 60;
/// Characters of a message.
const LONGEST_MESSAGE: usize = 4000;
/// Programs that one message names.
const MOST_NAMED: usize = 8;

/// The beginnings of what engines and runtimes say of a program that they cannot start,
/// and how they end its name.
const TOLD: [(&str, char); 3] = [
    ("exec: \"", '"'),
    ("executable file `", '`'),
    ("exec container process `", '`'),
];

/// A word that stands where a program is expected: the program, the name of the variable
/// or option that it sets, or neither. What is left out is shown as `…`.
pub fn shown(word: &str) -> String {
    let mut parts = word.split_whitespace();
    let first = parts.next().unwrap_or_default();
    if let Some((name, _)) = first.split_once('=') {
        return if is_name(name.trim_start_matches('-')) {
            format!("{name}=…")
        } else {
            "…".to_owned()
        };
    }
    let more = if parts.next().is_some() { " …" } else { "" };
    if first.starts_with('-') && !first.starts_with("--") {
        // The value of a short option may follow it at once.
        let (flag, is_more) = match first.char_indices().nth(2) {
            Some((at, _)) => (&first[..at], true),
            None => (first, false),
        };
        return if is_more {
            format!("{flag}…")
        } else {
            format!("{flag}{more}")
        };
    }
    let last = first.rsplit('/').next().unwrap_or_default();
    if is_plain(first) {
        format!("{first}{more}")
    } else if first.chars().all(is_plain_letter) && is_plain(last) {
        // A long path: its end tells it.
        format!("…/{last}{more}")
    } else {
        "…".to_owned()
    }
}

/// Whether a word sets a variable for the program that follows, as a shell would take it.
pub fn is_variable(word: &str) -> bool {
    variable(word).is_some()
}

/// Whether it sets the variable to nothing: what follows may have been meant as its value.
pub fn is_empty_variable(word: &str) -> bool {
    variable(word) == Some("")
}

/// The value.
fn variable(word: &str) -> Option<&str> {
    let (name, value) = word.split_whitespace().next()?.split_once('=')?;
    let is_plain_name = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_');
    is_plain_name.then_some(value)
}

/// What an engine says, with the programs that it names as they may be shown.
pub fn without_values(text: &str) -> String {
    // As much as is ever told of a message.
    let text = match text.char_indices().nth(LONGEST_MESSAGE) {
        Some((at, _)) => &text[..at],
        None => text,
    };
    let mut hidden: Vec<(String, String)> = Vec::new();
    for (beginning, end) in TOLD {
        for (at, _) in text.match_indices(beginning).take(MOST_NAMED) {
            let rest = &text[at + beginning.len()..];
            let word = &rest[..end_of(rest, end)];
            let said = unescaped(word);
            let shown = shown(&said);
            if !said.trim().is_empty() && shown != word {
                // Runtimes say it a second time, without quotation marks.
                hidden.push((said, shown.clone()));
                hidden.push((word.to_owned(), shown));
            }
        }
    }
    hidden.sort_by_key(|(word, _)| std::cmp::Reverse(word.len()));
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        if let Some((word, shown)) = hidden.iter().find(|(word, _)| rest.starts_with(&**word)) {
            out.push_str(shown);
            rest = &rest[word.len()..];
        } else {
            out.push(letter);
            rest = &rest[letter.len_utf8()..];
        }
    }
    out
}

/// Without the escapes of Go's `%q`.
fn unescaped(word: &str) -> String {
    let mut out = String::with_capacity(word.len());
    let mut letters = word.chars();
    while let Some(letter) = letters.next() {
        if letter != '\\' {
            out.push(letter);
            continue;
        }
        match letters.next() {
            Some('n') => out.push('\n'),
            Some('r') => out.push('\r'),
            Some('t') => out.push('\t'),
            Some(other) => out.push(other),
            None => out.push('\\'),
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

fn is_name(name: &str) -> bool {
    let good = |c: char| c.is_alphanumeric() || "_-.".contains(c);
    !name.is_empty() && name.chars().all(good)
}

fn is_plain(word: &str) -> bool {
    !word.is_empty()
        && word.chars().count() <= LONGEST
        && !word.contains("://")
        && word.chars().all(is_plain_letter)
}

fn is_plain_letter(letter: char) -> bool {
    letter.is_alphanumeric() || "/._-+[$(){}~,%".contains(letter)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG_PATH: &str =
        "/nix/store/0123456789abcdef0123456789abcdef-hello-2.12.1/bin/extra/prog";

    #[test]
    fn program_is_shown_without_variables_arguments_and_urls() {
        for (word, expected) in [
            ("psql", "psql"),
            ("/usr/bin/[", "/usr/bin/["),
            ("PGPASSWORD=s3cret", "PGPASSWORD=…"),
            ("PGPASSWORD=s3cret or so", "PGPASSWORD=…"),
            ("--password=s3cret", "--password=…"),
            ("--config", "--config"),
            ("-c", "-c"),
            ("$APP_HOME/run", "$APP_HOME/run"),
            (LONG_PATH, "…/prog"),
            ("/start.sh\r", "/start.sh"),
            ("psql --password=s3cret", "psql …"),
            ("-ps3cret", "-p…"),
            ("redis://app:s3cret@db:6379", "…"),
            ("redis://app:s3cret@db:6379/?a=b", "…"),
            ("a\u{1b}[31m", "…"),
            ("  ", "…"),
        ] {
            assert_eq!(shown(word), expected, "{word:?}");
        }
    }

    #[test]
    fn message_that_names_many_programs_stays_short() {
        let many = "exec: \"A=\"".repeat(20_000);
        assert!(without_values(&many).len() < 3 * LONGEST_MESSAGE);
        assert!(is_empty_variable("PGPASSWORD=") && !is_empty_variable("A=b"));
        assert!(is_variable("A=b") && !is_variable("--a=b") && !is_variable("psql"));
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
            (
                "exec: \"KEY=a\\ns3cret\": stat KEY=a\ns3cret: no such file",
                "exec: \"KEY=…\": stat KEY=…: no such file",
            ),
        ] {
            assert_eq!(without_values(text), expected);
        }
    }
}
