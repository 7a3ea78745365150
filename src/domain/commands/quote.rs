//! Quoting for a POSIX shell (POSIX.1-2024, Shell Command Language, 2.2).

use crate::model::characters::is_invisible;
use std::borrow::Cow;
use std::fmt::Write as _;

/// The text as one word of a shell command. Plain words stay as they are;
/// anything else goes into single quotes, where nothing has a meaning to a shell.
/// Control characters have one to the terminal that the command is pasted into
/// (Ctrl-C ends the line however it is quoted), and those that turn the direction of
/// writing show another command than is run, so `printf` makes them. A NUL cannot be
/// part of an argument and is left out.
pub fn quote(text: &str) -> Cow<'_, str> {
    let plain = |b: u8| {
        b.is_ascii_alphanumeric()
            || matches!(
                b,
                b'_' | b'-' | b'.' | b'/' | b':' | b'@' | b'%' | b'+' | b',' | b'='
            )
    };
    // Some shells expand a word that begins with `=`.
    if !text.is_empty() && !text.starts_with('=') && text.bytes().all(plain) {
        return Cow::Borrowed(text);
    }
    let mut quoted = String::with_capacity(text.len() + 2);
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let special = is_special(first);
        let end = rest
            .find(|c| is_special(c) != special)
            .unwrap_or(rest.len());
        let (part, after) = rest.split_at(end);
        rest = after;
        if special {
            push_printed(part, &mut quoted);
        } else {
            push_quoted(part, &mut quoted);
        }
    }
    if quoted.is_empty() {
        quoted.push_str("''");
    }
    Cow::Owned(quoted)
}

/// What a terminal acts on, and what makes a person read another command than the shell
/// does: marks that turn the direction of writing, and those without a width. A line
/// break is quoted like any other character: nothing acts on it there.
pub(super) fn is_special(c: char) -> bool {
    is_invisible(c) && c != '\n'
}

fn push_quoted(part: &str, quoted: &mut String) {
    quoted.push('\'');
    quoted.push_str(&part.replace('\'', "'\\''"));
    quoted.push('\'');
}

/// Each byte in octal, which every `printf` knows. None of them is a line break, which
/// the substitution would take away at its end.
fn push_printed(part: &str, quoted: &mut String) {
    let bytes: Vec<u8> = part.bytes().filter(|byte| *byte != 0).collect();
    if bytes.is_empty() {
        return;
    }
    quoted.push_str("\"$(printf '");
    for byte in bytes {
        let _ = write!(quoted, "\\{byte:03o}");
    }
    quoted.push_str("')\"");
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::process::Command;

    fn through_a_shell(words: &[String]) -> String {
        let quoted: Vec<_> = words.iter().map(|word| quote(word)).collect();
        let script = format!("printf '%s\\036' {}", quoted.join(" "));
        let output = Command::new("sh").arg("-c").arg(script).output().unwrap();
        assert!(output.status.success());
        String::from_utf8(output.stdout).unwrap()
    }

    #[test]
    fn only_plain_words_stay_unquoted() {
        for word in [
            "jellyfin",
            "my-app_1.0",
            "unix:///var/run/docker.sock",
            "SIGRTMIN+3",
        ] {
            assert_eq!(quote(word), word);
        }
        assert_eq!(quote(""), "''");
        assert_eq!(quote("it's"), "'it'\\''s'");
        assert_eq!(quote("=ls"), "'=ls'");
        assert_eq!(quote("~"), "'~'");
        assert_eq!(quote("grüße"), "'grüße'");
        assert_eq!(quote("a\0b"), "'a''b'");
        assert_eq!(quote("\0"), "''");
    }

    /// What a terminal acts on while a command is pasted: the interrupt, the end of a
    /// bracketed paste, an erase, a carriage return, a completion.
    #[test]
    fn control_characters_are_printed_and_never_part_of_the_command() {
        let text = "A=x\u{3}\ntouch /tmp/x\u{1b}[201~\r\t\u{7f}\u{9b}é";
        let quoted = quote(text);
        assert!(!quoted.chars().any(is_special), "{quoted:?}");
        assert_eq!(through_a_shell(&[text.to_owned()]), format!("{text}\u{1e}"));
        assert_eq!(quote("\u{3}"), "\"$(printf '\\003')\"");
    }

    #[test]
    fn characters_that_turn_the_direction_of_writing_are_printed() {
        let text = "A=x\u{202e}; rm -rf / #\u{2066}y\u{200b}\u{feff}";
        let quoted = quote(text);
        assert!(quoted.is_ascii(), "{quoted:?}");
        assert_eq!(through_a_shell(&[text.to_owned()]), format!("{text}\u{1e}"));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        /// A shell gives back exactly what went in, whatever it is.
        #[test]
        fn shell_reads_quoted_words_back_unchanged(words in proptest::collection::vec("[ -~\n\t\u{1}-\u{1d}\u{7f}-\u{9f}\u{200e}\u{202a}-\u{202e}\u{2066}-\u{2069}'\"$`\\\\*?äß€😀-]{0,12}", 1..8)) {
            let expected = words.join("\u{1e}") + "\u{1e}";
            prop_assert_eq!(through_a_shell(&words), expected);
        }
    }
}
