//! `WWW-Authenticate`: what a registry wants to see (RFC 9110, 11.6.1; the
//! distribution project's "Token Authentication Specification"). Pure.

use hyper::HeaderMap;
use hyper::header::WWW_AUTHENTICATE;

/// Longer headers are not read.
const LONGEST: usize = 8 * 1024;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Challenge {
    Basic,
    Bearer {
        realm: String,
        service: Option<String>,
    },
}

/// The one to follow: Bearer before Basic. `None` when nothing known is offered.
pub(super) fn challenge(headers: &HeaderMap) -> Option<Challenge> {
    let all = headers
        .get_all(WWW_AUTHENTICATE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .filter(|text| text.len() <= LONGEST)
        .flat_map(read);
    let mut basic = None;
    for (scheme, parameters) in all {
        let named = |name: &str| {
            let found = parameters.iter().find(|(key, _)| key == name);
            found.map(|(_, value)| value.clone())
        };
        match scheme.as_str() {
            "bearer" => {
                if let Some(realm) = named("realm") {
                    return Some(Challenge::Bearer {
                        realm,
                        service: named("service"),
                    });
                }
            }
            "basic" => basic = Some(Challenge::Basic),
            _ => {}
        }
    }
    basic
}

type Parameters = Vec<(String, String)>;

/// Every challenge of one header: a scheme, and its parameters up to the next scheme.
fn read(text: &str) -> Vec<(String, Parameters)> {
    let mut found: Vec<(String, Parameters)> = Vec::new();
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches(|c: char| c == ',' || c.is_ascii_whitespace());
        let end = rest.find(|c: char| !is_token(c)).unwrap_or(rest.len());
        if end == 0 {
            // The end, or something that is not a challenge.
            return found;
        }
        let word = rest[..end].to_ascii_lowercase();
        let after = rest[end..].trim_start();
        let Some(value) = after.strip_prefix('=') else {
            found.push((word, Vec::new()));
            rest = &rest[end..];
            continue;
        };
        let (value, left) = value_of(value.trim_start());
        if let Some((_, parameters)) = found.last_mut() {
            parameters.push((word, value));
        }
        rest = left;
    }
}

fn is_token(c: char) -> bool {
    c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c)
}

/// A token or a quoted string, and what follows it.
fn value_of(text: &str) -> (String, &str) {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text
            .find(|c: char| c == ',' || c.is_ascii_whitespace())
            .unwrap_or(text.len());
        return (text[..end].to_owned(), &text[end..]);
    };
    let mut value = String::new();
    let mut escaped = false;
    for (at, c) in quoted.char_indices() {
        match c {
            _ if escaped => {
                value.push(c);
                escaped = false;
            }
            '\\' => escaped = true,
            '"' => return (value, &quoted[at + 1..]),
            _ => value.push(c),
        }
    }
    (value, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(texts: &[&str]) -> Option<Challenge> {
        let mut headers = HeaderMap::new();
        for text in texts {
            headers.append(WWW_AUTHENTICATE, text.parse().unwrap());
        }
        challenge(&headers)
    }

    fn bearer(realm: &str, service: Option<&str>) -> Challenge {
        Challenge::Bearer {
            realm: realm.to_owned(),
            service: service.map(ToOwned::to_owned),
        }
    }

    #[test]
    fn bearer_and_basic_challenges_are_read_with_quoted_strings() {
        assert_eq!(
            of(&[
                r#"Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:library/nginx:pull""#
            ]),
            Some(bearer(
                "https://auth.docker.io/token",
                Some("registry.docker.io")
            ))
        );
        assert_eq!(of(&[r#"Basic realm="a, b=c""#]), Some(Challenge::Basic));
        assert_eq!(
            of(&[r#"bearer REALM = "https://x/?a=\"b\"" , service=plain"#]),
            Some(bearer(r#"https://x/?a="b""#, Some("plain")))
        );
    }

    #[test]
    fn bearer_is_preferred_in_one_header_and_in_several() {
        let wanted = Some(bearer("https://x/t", None));
        assert_eq!(
            of(&[r#"Basic realm="r", Bearer realm="https://x/t""#]),
            wanted
        );
        assert_eq!(
            of(&[r#"Basic realm="r""#, r#"Bearer realm="https://x/t""#]),
            wanted
        );
        assert_eq!(
            of(&[r#"Negotiate, Bearer realm="https://x/t", Basic"#]),
            wanted
        );
    }

    #[test]
    fn challenges_that_are_not_understood_are_none() {
        for text in [
            "",
            "Bearer",
            "Digest realm=\"x\"",
            "=",
            ",,,",
            "Bearer service=\"x\"",
            "\"Basic\"",
        ] {
            assert_eq!(of(&[text]), None, "{text}");
        }
        let long = format!("Bearer realm=\"{}\"", "x".repeat(LONGEST));
        assert_eq!(of(&[&long]), None);
    }

    proptest::proptest! {
        #[test]
        fn any_header_is_read_to_its_end(text in "[ -~]{0,200}") {
            read(&text);
        }
    }
}
