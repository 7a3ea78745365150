//! What stands around commands in pages and terminals: fences and bullets of
//! Markdown, signs of HTML, prompts. It is blanked out before anything is read,
//! so that every place stays where it was.

use super::continuation::{begins_command, quotes_after};
use super::is_blank;
use super::quotes::Quoting;

/// The signs of HTML that a page's source shows, and what they mean.
const ENTITIES: [(&str, &str); 8] = [
    ("&lt;", "<"),
    ("&gt;", ">"),
    ("&quot;", "\""),
    ("&#39;", "'"),
    ("&#34;", "\""),
    ("&apos;", "'"),
    ("&nbsp;", " "),
    // Last: `&amp;lt;` is text.
    ("&amp;", "&"),
];
/// Signs at the end of prompts.
const SIGNS: &str = "$#%>❯➜➸λ»→";
/// A prompt is not longer.
const LONGEST: usize = 100;

/// The text without the signs of HTML; `None` when it has none.
pub(in super::super) fn without_html(text: &str) -> Option<String> {
    let found = ENTITIES.iter().any(|(sign, _)| text.contains(sign));
    found.then(|| {
        ENTITIES
            .iter()
            .fold(text.to_owned(), |text, (sign, meant)| {
                text.replace(sign, meant)
            })
    })
}

/// Blanks out what stands around the commands of a text, and not what is a value.
pub(in super::super) fn blank_out(chars: &mut [char]) {
    let mut blanked = chars.to_vec();
    // An apostrophe that opens nothing would hide all that follows.
    if lines(&mut blanked, true).is_open() {
        lines(chars, false);
    } else {
        chars.copy_from_slice(&blanked);
    }
}

/// Each line; gives the quotes that are open after the last one.
fn lines(chars: &mut [char], in_quotes: bool) -> Quoting {
    let mut quoting = Quoting::default();
    let mut start = 0;
    while start < chars.len() {
        let length = chars[start..].iter().position(|c| *c == '\n');
        let end = length.map_or(chars.len(), |length| start + length);
        let of_value = in_quotes && quoting.is_open();
        if !of_value {
            line(&mut chars[start..end]);
        }
        quoting = quotes_after(&chars[start..end], quoting);
        start = end + 1;
    }
    quoting
}

fn line(chars: &mut [char]) {
    let blanks = chars.iter().take_while(|c| is_blank(**c)).count();
    let rest = &mut chars[blanks..];
    if rest.starts_with(&['`'; 3]) || rest.starts_with(&['~'; 3]) {
        rest.fill(' ');
        return;
    }
    let skip = bullet(rest);
    rest[..skip].fill(' ');
    let rest = &mut rest[skip..];
    // `docker run …` in a sentence of its own.
    let end = rest.len() - rest.iter().rev().take_while(|c| is_blank(**c)).count();
    if end > 2 && rest[0] == '`' && rest[end - 1] == '`' && leads_to_one(&rest[1..]) {
        (rest[0], rest[end - 1]) = (' ', ' ');
    }
    let skip = prompt(rest);
    rest[..skip].fill(' ');
}

/// `- `, `* `, `1. ` in front of a command.
fn bullet(rest: &[char]) -> usize {
    let digits = rest.iter().take_while(|c| c.is_ascii_digit()).count();
    let sign = match rest.get(digits) {
        Some('-' | '*' | '•' | '+') if digits == 0 => 1,
        Some('.' | ')') if (1..4).contains(&digits) => digits + 1,
        _ => return 0,
    };
    let blanks = rest[sign..].iter().take_while(|c| is_blank(**c)).count();
    let after = &rest[sign + blanks..];
    let after = after.strip_prefix(&['`']).unwrap_or(after);
    if blanks > 0 && leads_to_one(after) {
        sign + blanks
    } else {
        0
    }
}

/// Everything up to a prompt's sign with a command after it. A `#` alone may
/// begin a comment, which is for others to decide.
fn prompt(rest: &[char]) -> usize {
    if begins(rest) {
        return 0;
    }
    let near = &rest[..rest.len().min(LONGEST)];
    for (at, c) in near.iter().enumerate() {
        if "'\"\\=;|&".contains(*c) && !(*c == '\\' && drive(near)) {
            return 0;
        }
        if !SIGNS.contains(*c) || (*c == '#' && at == 0) {
            continue;
        }
        let blanks = rest[at + 1..].iter().take_while(|c| is_blank(**c)).count();
        let glued = blanks == 0 && !(at == 0 && *c == '$') && *c != '>';
        if !glued && begins(&rest[at + 1 + blanks..]) {
            return at + 1;
        }
    }
    0
}

/// `C:\…`.
fn drive(rest: &[char]) -> bool {
    let rest = rest.strip_prefix(&['P', 'S', ' ']).unwrap_or(rest);
    matches!(rest, [letter, ':', ..] if letter.is_ascii_alphabetic())
}

/// At a command, or a prompt before one.
fn leads_to_one(rest: &[char]) -> bool {
    begins(rest) || prompt(rest) > 0
}

/// A program that runs containers, and a word after it.
fn begins(rest: &[char]) -> bool {
    let first = rest.iter().take_while(|c| !is_blank(**c)).count();
    let more = rest[first..].iter().any(|c| !is_blank(*c));
    more && begins_command(rest.iter().copied())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blanked(text: &str) -> String {
        let mut chars: Vec<char> = text.chars().collect();
        blank_out(&mut chars);
        assert_eq!(chars.len(), text.chars().count());
        chars.into_iter().collect()
    }

    #[test]
    fn prompts_bullets_and_code_fences_are_blanked_out() {
        for prompt in [
            "pi@raspberrypi:~ $ ",
            "me@mac ~ % ",
            "(venv) me@h:~$ ",
            "(rootful) $ ",
            "bash-5.1$ ",
            "sh-4.2# ",
            "~$ ",
            "/ # ",
            "host$ ",
            "root# ",
            "➜  ~ $ ",
            "➸ ",
            "unix> ",
            "PS> ",
            "PS C:\\Users\\me> ",
            "C:\\>",
            "$",
            "> ",
            "- ",
            "* ",
            "12. ",
        ] {
            let line = format!("{prompt}docker run x");
            assert_eq!(blanked(&line).trim_start(), "docker run x", "{prompt:?}");
        }
        assert_eq!(
            blanked("```bash\n$ docker run x\n```\n- `PS> sudo docker run y`")
                .split_whitespace()
                .collect::<Vec<_>>(),
            ["docker", "run", "x", "sudo", "docker", "run", "y"]
        );
    }

    #[test]
    fn text_of_the_commands_themselves_is_not_blanked_out() {
        for text in [
            "docker run x > docker run y",
            "FOO=1 docker run x",
            "# docker run x",
            "echo 'a $ docker run x'",
            "cat x > docker",
            "X=$ docker run x",
            "true && docker run x",
            "-p 80:80 \\",
            "docker run -e 'A=\n```\n$ docker run y\n' x",
        ] {
            assert_eq!(blanked(text), text);
        }
    }

    #[test]
    fn html_entities_are_decoded_once() {
        assert_eq!(without_html("docker run -e 'A=1' x && true"), None);
        assert_eq!(
            without_html("docker run -e TZ=&lt;TZ&gt; &quot;x&quot; &amp;&amp; true").as_deref(),
            Some("docker run -e TZ=<TZ> \"x\" && true")
        );
        assert_eq!(without_html("&amp;lt;").as_deref(), Some("&lt;"));
    }
}
