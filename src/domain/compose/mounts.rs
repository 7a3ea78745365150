//! The short form of a mount: `[source:]target[:options]`.

/// A mount of the short form.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ShortMount {
    /// A folder of the host, else a volume.
    pub is_bind: bool,
    pub source: Option<String>,
    pub target: String,
    pub read_only: bool,
    pub nocopy: bool,
    pub propagation: Option<String>,
    pub selinux: Option<String>,
    /// Options that mean nothing.
    pub unknown: Vec<String>,
}

const PROPAGATION: [&str; 6] = [
    "rprivate", "private", "rshared", "shared", "rslave", "slave",
];

/// # Errors
/// What is wrong, as a sentence.
pub fn parse(text: &str) -> Result<ShortMount, String> {
    let mut mount = ShortMount::default();
    if text.is_empty() {
        return Err("An empty volume is not allowed.".to_owned());
    }
    if text.chars().count() <= 2 {
        text.clone_into(&mut mount.target);
        return Ok(mount);
    }
    let parts = parts(text);
    if parts.iter().any(|part| part.is_empty()) {
        return Err(format!(
            "{text:?} has an empty section between colons. An unset variable leaves one."
        ));
    }
    let options = match parts[..] {
        [target] => {
            target.clone_into(&mut mount.target);
            ""
        }
        [source, target] => {
            mount.source = Some(source.to_owned());
            target.clone_into(&mut mount.target);
            ""
        }
        [source, target, options] => {
            mount.source = Some(source.to_owned());
            target.clone_into(&mut mount.target);
            options
        }
        _ => return Err(format!("{text:?} has too many colons.")),
    };
    for option in options.split(',').filter(|option| !option.is_empty()) {
        match option {
            "ro" => mount.read_only = true,
            "rw" => mount.read_only = false,
            "nocopy" => mount.nocopy = true,
            "z" | "Z" => mount.selinux = Some(option.to_owned()),
            other if PROPAGATION.contains(&other) => mount.propagation = Some(other.to_owned()),
            other => mount.unknown.push(other.to_owned()),
        }
    }
    mount.is_bind = mount.source.as_deref().is_some_and(is_path);
    mount.target = clean(&mount.target);
    Ok(mount)
}

/// At colons, but for the one after a drive letter.
fn parts(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut begin = 0;
    for (at, c) in text.char_indices().filter(|(_, c)| *c == ':') {
        let before = &text[begin..at];
        let is_drive = before.chars().count() == 1 && before.chars().all(char::is_alphabetic);
        if !is_drive {
            parts.push(before);
            begin = at + c.len_utf8();
        }
    }
    parts.push(&text[begin..]);
    parts
}

fn is_path(source: &str) -> bool {
    let mut chars = source.chars();
    match (chars.next(), chars.next()) {
        (Some('.' | '/' | '~' | '\\'), _) => true,
        (Some(drive), Some(':')) => drive.is_alphabetic(),
        _ => false,
    }
}

/// As Go's `path.Clean` does.
pub fn clean(path: &str) -> String {
    if path.is_empty() || !path.contains('/') && !path.starts_with('.') {
        return path.to_owned();
    }
    let is_absolute = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => match parts.last() {
                Some(&last) if last != ".." => {
                    parts.pop();
                }
                _ if is_absolute => {}
                _ => parts.push(".."),
            },
            part => parts.push(part),
        }
    }
    let joined = parts.join("/");
    match (is_absolute, joined.is_empty()) {
        (true, _) => format!("/{joined}"),
        (false, true) => ".".to_owned(),
        (false, false) => joined,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_read_as_compose_does() {
        let mount = parse("/abs4:/abs4/:ro,rslave,z,cached").unwrap();
        assert!(mount.is_bind && mount.read_only);
        assert_eq!(mount.target, "/abs4");
        assert_eq!(mount.unknown, ["cached"]);
        let named = parse("data:/d").unwrap();
        assert!(!named.is_bind && named.source.as_deref() == Some("data"));
        assert_eq!(parse("/anon").unwrap().source, None);
        assert_eq!(parse("d:/data").unwrap().target, "d:/data");
        assert!(parse("d:/data:ro").unwrap().is_bind);
        for text in ["", "vol::ro", ":/d", "aa:bb:cc:dd"] {
            assert!(parse(text).is_err(), "{text}");
        }
        assert_eq!(clean("/a//b/../c/"), "/a/c");
    }
}
