//! Text that came from elsewhere, made fit to be kept and shown.
//!
//! What leaves here is plain text: whoever shows it still treats it as text,
//! never as markup.

use crate::model::characters::is_invisible;

/// An id for addresses: `Home Assistant` gives `home-assistant`. Empty when
/// nothing of the name can stand in one.
pub fn slug(name: &str) -> String {
    let mut id = String::new();
    for c in name.chars() {
        if c.is_ascii_alphanumeric() {
            id.push(c.to_ascii_lowercase());
        } else if !id.ends_with('-') && !id.is_empty() {
            id.push('-');
        }
        if id.len() >= 60 {
            break;
        }
    }
    id.trim_end_matches('-').to_owned()
}

/// One line without invisible characters, at most `most` characters.
pub fn line(text: &str, most: usize) -> String {
    let spaced: String = text
        .chars()
        .map(|c| if c.is_whitespace() { ' ' } else { c })
        .filter(|c| !is_invisible(*c))
        .collect();
    let words: Vec<&str> = spaced.split(' ').filter(|word| !word.is_empty()).collect();
    words.join(" ").chars().take(most).collect()
}

/// The text of a piece of HTML: tags go, entities become what they mean, the
/// content of scripts and styles goes with them.
pub fn text_of_html(html: &str) -> String {
    let mut out = String::new();
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        let Some(end) = from.find('>') else {
            // A lone sign in a sentence: `a < b`.
            out.push_str(from);
            rest = "";
            break;
        };
        let (tag, after) = from.split_at(end + 1);
        let name: String = tag
            .trim_start_matches(['<', '/'])
            .chars()
            .take_while(char::is_ascii_alphanumeric)
            .collect::<String>()
            .to_ascii_lowercase();
        rest = after;
        match name.as_str() {
            "script" | "style" => rest = skip_past(after, &format!("</{name}")),
            "" if !tag.starts_with("<!") => out.push_str(tag),
            "b" | "i" | "em" | "strong" | "code" | "a" | "span" | "u" => {}
            _ => out.push(' '),
        }
    }
    out.push_str(rest);
    unescape(&out)
}

/// What follows the closing tag, in any case of letters.
fn skip_past<'a>(text: &'a str, close: &str) -> &'a str {
    text.match_indices("</")
        .map(|(at, _)| &text[at..])
        .find(|rest| {
            let tag = rest.as_bytes().get(..close.len());
            tag.is_some_and(|tag| tag.eq_ignore_ascii_case(close.as_bytes()))
        })
        .and_then(|rest| rest.split_once('>'))
        .map_or("", |(_, rest)| rest)
}

/// The name of an entity, without `&` and `;`.
const LONGEST_ENTITY: usize = 8;

fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        let name = from.as_bytes().iter().take(LONGEST_ENTITY + 2);
        let entity = name
            .into_iter()
            .position(|b| *b == b';')
            .and_then(|end| Some((entity(from.get(1..end)?)?, from.get(end + 1..)?)));
        if let Some((c, after)) = entity {
            out.push(c);
            rest = after;
        } else {
            out.push('&');
            rest = from.get(1..).unwrap_or("");
        }
    }
    out.push_str(rest);
    out
}

fn entity(name: &str) -> Option<char> {
    Some(match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => ' ',
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code)?
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn template_ids_are_slugs_of_names() {
        for (name, id) in [
            ("Home Assistant", "home-assistant"),
            ("  Pi-hole (v6)!  ", "pi-hole-v6"),
            ("../../etc/passwd", "etc-passwd"),
            ("日本", ""),
            ("n8n", "n8n"),
        ] {
            assert_eq!(slug(name), id);
        }
        assert!(slug(&"a b".repeat(100)).len() <= 60);
    }

    #[test]
    fn html_is_reduced_to_plain_text() {
        for (html, text) in [
            ("Default user is <b>root</b>.", "Default user is root."),
            (
                r#"See <a href="https://x.example" onclick="alert(1)">the manual</a>"#,
                "See the manual",
            ),
            ("a<script>alert('<b>')</SCRIPT >b", "ab"),
            ("a<script>never closed", "a"),
            ("one<br/>two<p>three", "one two three"),
            (
                "1 &lt; 2 &amp;&amp; 3 &#62; 2 &#x26; &unknown; &",
                "1 < 2 && 3 > 2 & &unknown; &",
            ),
            ("a < b and <", "a < b and <"),
            ("<img src=x onerror=alert(1)>", ""),
        ] {
            assert_eq!(line(&text_of_html(html), 500), text, "{html}");
        }
    }

    #[test]
    fn html_of_any_shape_is_read_in_linear_time() {
        for html in [
            "&".repeat(1 << 20),
            "<script></script>".repeat(60_000),
            "<script>".repeat(100_000),
            "<".repeat(1 << 20),
            "<a".repeat(1 << 19),
        ] {
            let begun = std::time::Instant::now();
            let _ = text_of_html(&html);
            let took = begun.elapsed();
            assert!(took.as_secs() < 2, "{}: {took:?}", &html[..8]);
        }
    }

    #[test]
    fn control_and_bidi_characters_are_removed_and_long_lines_truncated() {
        assert_eq!(
            line("a\u{0}b\r\n\tc\u{202e}d\u{1b}[31m  e", 100),
            "ab cd[31m e"
        );
        assert_eq!(line("abcdef", 3), "abc");
    }

    proptest::proptest! {
        #[test]
        fn arbitrary_text_is_sanitized_to_printable_lines_and_plain_ids(text in "\\PC{0,60}", tail in "[<&;/scriptSTYLE>#x0-9!-]{0,40}") {
            let all = format!("{text}{tail}");
            let clean = line(&text_of_html(&all), 50);
            proptest::prop_assert!(!clean.chars().any(is_invisible));
            proptest::prop_assert!(clean.chars().count() <= 50);
            let id = slug(&all);
            proptest::prop_assert!(id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'));
        }
    }
}
