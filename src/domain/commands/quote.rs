//! Quoting for a POSIX shell (POSIX.1-2024, Shell Command Language, 2.2).

use std::borrow::Cow;

/// The text as one word of a shell command. Plain words stay as they are;
/// anything else goes into single quotes, where nothing has a meaning. A NUL
/// cannot be part of an argument and is left out.
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
    quoted.push('\'');
    for c in text.chars() {
        match c {
            '\0' => {}
            '\'' => quoted.push_str("'\\''"),
            c => quoted.push(c),
        }
    }
    quoted.push('\'');
    Cow::Owned(quoted)
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
        assert_eq!(quote("a\0b"), "'ab'");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        /// A shell gives back exactly what went in, whatever it is.
        #[test]
        fn shell_reads_quoted_words_back_unchanged(words in proptest::collection::vec("[ -~\n\t'\"$`\\\\*?äß€😀-]{0,12}", 1..8)) {
            let expected = words.join("\u{1e}") + "\u{1e}";
            prop_assert_eq!(through_a_shell(&words), expected);
        }
    }
}
