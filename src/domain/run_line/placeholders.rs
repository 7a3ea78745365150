//! Values of a command that stand for the person's own: `<your-password>`,
//! `/path/to/config`, `MY_TIME_ZONE`, `CHANGE_ME`, `example.com`.
//!
//! Names are never placeholders, only values are: `-e MY_VAR=1` says something.
//! What only a shell knows (`$(id -u)`, `${VAR}`) is one as well.

use super::Draft;
use crate::model::spec::ContainerSpec;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// A value of a pasted command that is to be replaced before a container is made of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Placeholder {
    /// Where it is in `spec`, written as in errors: `env[2]`, `mounts[0].source`,
    /// `labels.KEY`. The whole field, such as `ports`, where the value could not be kept.
    pub field: String,
    /// What is to be replaced: the whole value, or a part of it.
    pub text: String,
}

/// A longer value is not one that somebody was to write.
const LONGEST: usize = 1000;
/// The longest host name (RFC 1035), and more than any upper-case name has.
const LONGEST_NAME: usize = 253;

/// What kind of value it is: some texts are placeholders only in some places.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// A path on the host.
    Folder,
    /// Words of a program, which may well name `example.com`.
    Argument,
    /// Names that people choose, such as `your_spotify`.
    Name,
    Value,
}

/// Fields that hold words of the engine.
const FIXED: [&str; 9] = [
    "restart",
    "platform",
    "log_driver",
    "network_mode",
    "healthcheck",
    "engine",
    "stop_signal",
    "runtime",
    "isolation",
];
/// First folders of paths that nobody has.
const EXAMPLE_FOLDERS: [&str; 3] = ["some", "my", "path"];
/// The same, if `path` follows.
const BEFORE_PATH: [&str; 6] = ["host", "local", "full", "absolute", "actual", "real"];
const DOMAINS: [&str; 7] = [
    "example",
    "domain",
    "mydomain",
    "yourdomain",
    "my-domain",
    "your-domain",
    "yourdomainname",
];

/// Each placeholder of a container, in the order of its fields. `unknown` is what
/// only a shell knows, as it is written.
pub(super) fn of(draft: &Draft, unknown: &[String]) -> Vec<Placeholder> {
    let mut found = in_spec(&draft.spec, unknown);
    found.extend(draft.dropped.iter().map(|(field, text)| Placeholder {
        field: field.clone(),
        text: text.clone(),
    }));
    found
}

fn in_spec(spec: &ContainerSpec, unknown: &[String]) -> Vec<Placeholder> {
    let mut found = Vec::new();
    let Ok(Value::Object(fields)) = serde_json::to_value(spec) else {
        return found;
    };
    for (key, value) in &fields {
        if !FIXED.contains(&key.as_str()) {
            walk(key, key, value, unknown, &mut found);
        }
    }
    found
}

fn walk(root: &str, path: &str, value: &Value, unknown: &[String], found: &mut Vec<Placeholder>) {
    match value {
        Value::String(text) => {
            let text = match root {
                "env" => text.split_once('=').map_or("", |(_, value)| value),
                _ => text.as_str(),
            };
            let known = unknown.iter().find(|one| text.contains(one.as_str()));
            let part = known
                .map(String::as_str)
                .or_else(|| placeholder(text, place(root, path, text)));
            if let Some(part) = part {
                found.push(Placeholder {
                    field: path.to_owned(),
                    text: part.to_owned(),
                });
            }
        }
        Value::Array(list) => {
            for (at, value) in list.iter().enumerate() {
                walk(root, &format!("{path}[{at}]"), value, unknown, found);
            }
        }
        Value::Object(map) => {
            for (key, value) in map {
                walk(root, &format!("{path}.{key}"), value, unknown, found);
            }
        }
        _ => {}
    }
}

fn place(root: &str, path: &str, text: &str) -> Place {
    match root {
        "mounts" if path.ends_with(".source") && text.starts_with(['/', '.', '~', '\\']) => {
            Place::Folder
        }
        "mounts" if path.ends_with(".source") => Place::Name,
        "image" | "name" | "networks" => Place::Name,
        "command" | "entrypoint" => Place::Argument,
        _ => Place::Value,
    }
}

/// A run of letters and digits, and where it stands.
#[derive(Clone, Copy)]
struct Token<'a> {
    text: &'a str,
    at: usize,
}

impl Token<'_> {
    fn end(&self) -> usize {
        self.at + self.text.len()
    }

    fn is(&self, word: &str) -> bool {
        self.text.eq_ignore_ascii_case(word)
    }

    fn is_one_of(&self, words: &[&str]) -> bool {
        words.iter().any(|word| self.is(word))
    }
}

fn tokens(value: &str) -> Vec<Token<'_>> {
    let mut found = Vec::new();
    let mut from = None;
    for (at, c) in value.char_indices().chain([(value.len(), ' ')]) {
        match (c.is_alphanumeric(), from) {
            (true, None) => from = Some(at),
            (false, Some(start)) => {
                found.push(Token {
                    text: &value[start..at],
                    at: start,
                });
                from = None;
            }
            _ => {}
        }
    }
    found
}

/// The part of a value that is to be replaced.
fn placeholder(value: &str, place: Place) -> Option<&str> {
    let whole = value.trim();
    if whole.is_empty() || whole.len() > LONGEST {
        return None;
    }
    if let Some(part) = in_angle_brackets(whole) {
        return Some(part);
    }
    if ["...", "…"].contains(&whole) || (whole.len() >= 3 && whole.bytes().all(|b| b == b'*')) {
        return Some(whole);
    }
    let tokens = tokens(whole);
    if place == Place::Folder && is_example_folder(&tokens) {
        return Some(whole);
    }
    if is_advice(whole, &tokens, place) {
        return Some(whole);
    }
    let at = (0..tokens.len()).find(|at| stands_for_another(whole, &tokens, *at, place))?;
    let token = tokens[at];
    if token.is("your") && whole[token.end()..].starts_with(' ') {
        return Some(whole);
    }
    let paths = matches!(place, Place::Folder) || is_path_to(whole, &tokens, at);
    Some(if paths && whole.starts_with(['/', '.', '~']) {
        whole
    } else {
        around(whole, tokens[at].at)
    })
}

/// `<your password>`, and not the tags of HTML.
fn in_angle_brackets(value: &str) -> Option<&str> {
    let open = value.find('<')?;
    let rest = &value[open..];
    let close = rest.find('>')?;
    let inside = &rest[1..close];
    let begins = inside.starts_with(char::is_alphabetic) && !inside.ends_with(char::is_whitespace);
    let plain = !inside.contains(['<', '=', '"', '\'', '\n', ';']) && inside.chars().count() <= 60;
    let tags = value.contains("</") || value.contains("/>");
    (begins && plain && !tags).then(|| &rest[..=close])
}

fn is_example_folder(tokens: &[Token<'_>]) -> bool {
    match tokens {
        [first, ..] if first.is_one_of(&EXAMPLE_FOLDERS) => true,
        [first, second, ..] => first.is_one_of(&BEFORE_PATH) && second.is("path"),
        _ => false,
    }
}

/// A sentence in place of a value: "set a secure password here".
fn is_advice(value: &str, tokens: &[Token<'_>], place: Place) -> bool {
    let Some(first) = tokens.first() else {
        return false;
    };
    let asks = [
        "set", "enter", "insert", "put", "add", "type", "paste", "fill", "choose", "use",
    ];
    let here = tokens.iter().any(|one| one.is("here"));
    let secret = |one: &Token<'_>| one.is_one_of(&["secret", "password", "pw", "token", "key"]);
    let mine = place == Place::Value
        && (["mysecretpassword", "mypassword"].contains(&value)
            || (value.starts_with("my")
                && tokens.len() > 1
                && first.is("my")
                && tokens.iter().any(secret)
                && tokens
                    .iter()
                    .all(|one| secret(one) || one.is_one_of(&["my", "super", "strong", "very"]))));
    mine || (first.is_one_of(&asks) && here) || (tokens.len() == 1 && first.text == "TODO")
}

/// Whether a token begins something that is to be replaced.
fn stands_for_another(value: &str, tokens: &[Token<'_>], at: usize, place: Place) -> bool {
    let token = tokens[at];
    let next = tokens.get(at + 1);
    let between = |next: &Token<'_>| &value[token.end()..next.at];
    let joined = next.filter(|next| matches!(between(next), "_" | "-" | "." | "/" | " "));
    let before = at.checked_sub(1).map(|at| tokens[at]);
    let is_x = token.text.bytes().all(|b| b.eq_ignore_ascii_case(&b'x'));
    let in_address = before.is_some_and(|one| {
        one.text.bytes().all(|b| b.is_ascii_digit()) && &value[one.end()..token.at] == "."
    });
    if is_x && (token.text.len() >= 3 || in_address) {
        return true;
    }
    if token.is_one_of(&[
        "changeme",
        "changethis",
        "changeit",
        "replaceme",
        "fillme",
        "editme",
    ]) {
        return true;
    }
    if token.is_one_of(&["change", "replace"])
        && joined.is_some_and(|next| next.is_one_of(&["me", "this", "it", "with"]))
    {
        return true;
    }
    if is_path_to(value, tokens, at) {
        return true;
    }
    // An upper-case name: MY_TIME_ZONE, YOUR_TOKEN, TOKEN_HERE; not MY_NAME=value.
    let name = upper_name(value, token.at);
    if name.len() > token.text.len()
        && !value[token.at + name.len()..].starts_with('=')
        && (name.starts_with("MY_") || name.starts_with("YOUR_") || name.ends_with("_HERE"))
    {
        return true;
    }
    if place != Place::Name && is_yours(value, tokens, at) {
        return true;
    }
    let option = place == Place::Argument && !value.contains('@') && !value.starts_with("--");
    !option && (is_example_domain(value, token) || (place == Place::Folder && token.is("username")))
}

fn is_path_to(value: &str, tokens: &[Token<'_>], at: usize) -> bool {
    let token = tokens[at];
    token.is("path")
        && tokens.get(at + 1).is_some_and(|next| {
            next.is_one_of(&["to", "on", "of"])
                && matches!(&value[token.end()..next.at], "_" | "-" | "/")
        })
}

/// `your-password`, `your_key`, `yourdomain`; and not prose, `yours`, or `yourls`.
fn is_yours(value: &str, tokens: &[Token<'_>], at: usize) -> bool {
    let token = tokens[at];
    if token.is("your") {
        return tokens.get(at + 1).is_some_and(|next| {
            let between = &value[token.end()..next.at];
            !next.is("spotify")
                && (matches!(between, "_" | "-" | "." | "/" | "@")
                    || (between == " " && tokens.len() <= 4))
        });
    }
    let lower = token.text.to_lowercase();
    lower.starts_with("your") && !["yours", "yourself", "yourls"].contains(&lower.as_str())
}

/// RFC 2606, and what guides write in its place.
fn is_example_domain(value: &str, token: Token<'_>) -> bool {
    // Each domain that counts has one of these words.
    if !token.is_one_of(&DOMAINS) && !token.is("tld") {
        return false;
    }
    let host = around(value, token.at);
    let host = host.rsplit('@').next().unwrap_or(host);
    let labels: Vec<String> = host.split('.').map(str::to_lowercase).collect();
    match &labels[..] {
        [.., name, top] => {
            top == "tld"
                || (top == "example" && !name.is_empty())
                || (DOMAINS.contains(&name.as_str())
                    && ["com", "org", "net", "de", "eu", "io"].contains(&top.as_str()))
        }
        _ => false,
    }
}

/// The upper-case name that begins here.
fn upper_name(value: &str, at: usize) -> &str {
    let rest = &value[at..];
    let end = rest
        .char_indices()
        .nth(LONGEST_NAME)
        .map_or(rest.len(), |(end, _)| end);
    let rest = &rest[..end];
    let upper = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    let length = rest.find(|c| !upper(c)).unwrap_or(rest.len());
    let name = &rest[..length];
    // `MY_Var` is no such name.
    if rest[length..].starts_with(char::is_alphanumeric) {
        ""
    } else {
        name.trim_end_matches('_')
    }
}

/// What belongs together around a place: a name, a host or an address.
fn around(value: &str, at: usize) -> &str {
    let part = |c: char| c.is_alphanumeric() || "_-.@".contains(c);
    let from = value[..at]
        .char_indices()
        .rev()
        .take(LONGEST_NAME)
        .take_while(|(_, c)| part(*c))
        .last()
        .map_or(at, |(from, _)| from);
    let length: usize = value[at..]
        .chars()
        .take(LONGEST_NAME)
        .take_while(|c| part(*c))
        .map(char::len_utf8)
        .sum();
    &value[from..at + length]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_that_stand_for_others_are_found_with_the_part_to_replace() {
        for (value, part) in [
            ("<your-password>", "<your-password>"),
            ("http://<hostIPAddress>:32400/", "<hostIPAddress>"),
            ("MY_TIME_ZONE", "MY_TIME_ZONE"),
            ("YOUR_API_KEY", "YOUR_API_KEY"),
            ("CHANGE_ME", "CHANGE_ME"),
            ("changeme", "changeme"),
            ("xxx", "xxx"),
            ("XXXXXXXX", "XXXXXXXX"),
            ("192.168.1.x", "192.168.1.x"),
            ("192.168.xxx.xxx", "192.168.xxx.xxx"),
            ("https://vw.domain.tld", "vw.domain.tld"),
            ("your.domain.com", "your.domain.com"),
            ("me@example.com", "me@example.com"),
            ("Host(`app.example.com`)", "app.example.com"),
            ("yourdomain", "yourdomain"),
            ("postgres://app:your_password@db/app", "your_password@db"),
            (
                "set a secure password here or it will be random",
                "set a secure password here or it will be random",
            ),
            ("your time zone", "your time zone"),
            ("TOKEN_HERE", "TOKEN_HERE"),
            ("/path/to/config.yml", "/path/to/config.yml"),
            ("my-secret-pw", "my-secret-pw"),
            ("mysecretpassword", "mysecretpassword"),
            ("...", "..."),
            ("****", "****"),
        ] {
            assert_eq!(placeholder(value, Place::Value), Some(part), "{value}");
        }
    }

    #[test]
    fn ordinary_values_are_not_placeholders() {
        for value in [
            "",
            "mysite",
            "my_network",
            "mysql",
            "MYSQL_DATABASE",
            "My home",
            "yours",
            "yourls",
            "Europe/Berlin",
            "hello <b>you</b> & me",
            "1 < 2 and 3 > 2",
            "exchange",
            "hunter2",
            "/config",
            "pathfinder",
            "Welcome to your new home at the lake",
            "x86_64",
            "xx",
            "v2.x",
            "correct horse battery staple",
            "wOEI9rqqbDwnN8/Bpp22sVz48T71vJ4fYmFWujulwUU=",
            "example",
            "http://+:80",
            "%h %l <",
        ] {
            assert_eq!(placeholder(value, Place::Value), None, "{value}");
        }
    }

    #[test]
    fn paths_and_names_have_rules_of_their_own() {
        for path in [
            "/path/to/data",
            "/path/on/host",
            "/path",
            "/some/content",
            "/my/own/datadir",
            "/host/path/nginx.conf",
            "/PATH_TO_YOUR_CONFIG",
            "/yourpath",
            "/home/username/media",
            "./path/to/data",
            "/mnt/<disk>/media",
        ] {
            assert!(placeholder(path, Place::Folder).is_some(), "{path}");
        }
        for path in [
            "/srv/my/app",
            "/mnt/data",
            "/volume1/docker",
            "/home/user/x",
            "./data",
            "/host",
        ] {
            assert_eq!(placeholder(path, Place::Folder), None, "{path}");
        }
        for name in [
            "your_spotify",
            "my-nginx",
            "my_volume",
            "lscr.io/linuxserver/your_spotify",
        ] {
            assert_eq!(placeholder(name, Place::Name), None, "{name}");
        }
        for name in ["YOUR_IMAGE", "PATH_TO_CONFIG", "registry.example.com/app"] {
            assert!(placeholder(name, Place::Name).is_some(), "{name}");
        }
        for argument in ["http://example.com/", "MY_VAR=3", "--yes"] {
            assert_eq!(placeholder(argument, Place::Argument), None, "{argument}");
        }
        let email = "--certificatesresolvers.le.acme.email=your-email@example.com";
        assert_eq!(
            placeholder(email, Place::Argument),
            Some("your-email@example.com")
        );
    }

    proptest::proptest! {
        #[test]
        fn any_value_gives_a_part_of_itself_or_nothing(value in "\\PC{0,40}") {
            for place in [Place::Folder, Place::Argument, Place::Name, Place::Value] {
                if let Some(part) = placeholder(&value, place) {
                    proptest::prop_assert!(value.contains(part) && !part.is_empty());
                }
            }
        }
    }
}
