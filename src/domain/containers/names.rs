//! Names of containers: what they may look like, whether one is free, and what
//! else would do (the engine's own rule and DNS).

use super::Containers;
use crate::error::Result;
use serde::Serialize;
use utoipa::ToSchema;

/// The longest name; beyond 63 characters DNS does not allow it as a host name (RFC 1035, 2.3.4).
pub const LONGEST: usize = 255;
const LONGEST_HOST_NAME: usize = 63;

/// Whether a name can be given.
#[derive(Debug, Serialize, PartialEq, Eq, ToSchema)]
pub struct NameCheck {
    pub name: String,
    /// Can be given to a new container.
    pub valid: bool,
    /// Why not, and the way out.
    pub problem: Option<String>,
    /// `format`, `length` or `taken`.
    pub reason: Option<&'static str>,
    /// Worth knowing although it is valid.
    pub warning: Option<String>,
    /// Free names close to it.
    pub suggestions: Vec<String>,
}

/// What is wrong with the form of a name, if anything.
pub fn malformed(name: &str) -> Option<(&'static str, String)> {
    let count = name.chars().count();
    if count == 0 {
        return Some(("length", "A container needs a name.".to_owned()));
    }
    if count > LONGEST {
        return Some((
            "length",
            format!("The name has {count} characters; at most {LONGEST} are allowed."),
        ));
    }
    let good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
    if !name.starts_with(|c: char| c.is_ascii_alphanumeric()) {
        return Some((
            "format",
            format!("The name {name:?} must begin with a letter or digit (a-z, A-Z, 0-9)."),
        ));
    }
    if count == 1 {
        return Some((
            "length",
            "The name must have at least two characters.".to_owned(),
        ));
    }
    name.chars().find(|c| !good(*c)).map(|wrong| {
        (
            "format",
            format!("The name {name:?} contains {wrong:?}. Allowed are letters and digits without accents, and _ . -"),
        )
    })
}

impl Containers {
    pub fn is_taken(&self, name: &str) -> bool {
        self.engine.get(name).is_ok_and(|found| found.name == name)
    }

    /// Whether a name can be given; `environment` is a code, for suggestions.
    pub fn validate_name(&self, name: &str, environment: Option<&str>) -> Result<NameCheck> {
        self.engine.containers()?;
        let taken = |name: &str| self.is_taken(name);
        let mut check = NameCheck {
            name: name.to_owned(),
            valid: true,
            problem: None,
            reason: None,
            warning: None,
            suggestions: Vec::new(),
        };
        if let Some((reason, problem)) = malformed(name) {
            check.valid = false;
            check.problem = Some(problem);
            check.reason = Some(reason);
            let mended = mended(name);
            if malformed(&mended).is_none() {
                check.suggestions = if taken(&mended) {
                    alternatives(&mended, environment, taken)
                } else {
                    vec![mended]
                };
            }
        } else if taken(name) {
            check.valid = false;
            check.problem = Some(format!(
                "A container named {name} exists already, running or stopped. Choose another name, or edit that container."
            ));
            check.reason = Some("taken");
            check.suggestions = alternatives(name, environment, taken);
        } else if name.len() > LONGEST_HOST_NAME {
            check.warning = Some(format!(
                "Longer than {LONGEST_HOST_NAME} characters: other containers cannot reach it by this name because DNS limits names to that length."
            ));
        }
        Ok(check)
    }
}

/// Free names similar to a taken one.
fn alternatives(
    name: &str,
    environment: Option<&str>,
    taken: impl Fn(&str) -> bool,
) -> Vec<String> {
    let mut wanted = Vec::new();
    if let Some(code) = environment {
        wanted.push(format!("{name}-{}", code.to_ascii_lowercase()));
    }
    for code in ["dev", "uat"] {
        wanted.push(format!("{name}-{code}"));
    }
    wanted.extend(numbered(name, &taken));
    let stem = name.split(['-', '_', '.']).next().unwrap_or(name);
    wanted.push(format!("{stem}-secondary"));
    let mut free: Vec<String> = Vec::new();
    for name in wanted {
        if name.len() <= LONGEST && !taken(&name) && !free.contains(&name) {
            free.push(name);
        }
    }
    free.truncate(4);
    free
}

/// The name with what is not allowed left out.
fn mended(name: &str) -> String {
    let mut out = String::new();
    for c in name.trim().chars() {
        match c {
            c if c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-') => out.push(c),
            _ if out.ends_with('-') => {}
            _ => out.push('-'),
        }
    }
    out.trim_start_matches(['-', '_', '.'])
        .trim_end_matches('-')
        .chars()
        .take(LONGEST)
        .collect()
}

/// A free name for a container of this image: `nginx`, `nginx-2`.
pub fn from_image(image: &str, taken: impl Fn(&str) -> bool) -> String {
    let path = image.split('@').next().unwrap_or(image);
    let last = path.rsplit('/').next().unwrap_or(path);
    let stem: String = mended(last.split(':').next().unwrap_or(last));
    let mut stem: String = stem.chars().take(LONGEST_HOST_NAME).collect();
    if malformed(&stem).is_some() || image.starts_with("sha256:") {
        "container".clone_into(&mut stem);
    }
    if !taken(&stem) {
        return stem;
    }
    numbered(&stem, &taken).unwrap_or(stem)
}

/// A free name with a number at its end: `nginx-2`. A long name is shortened
/// for it; the search ends after a thousand names.
pub fn numbered(name: &str, taken: impl Fn(&str) -> bool) -> Option<String> {
    (2..1000)
        .map(|number| {
            let end = format!("-{number}");
            let stem: String = name.chars().take(LONGEST - end.len()).collect();
            format!("{stem}{end}")
        })
        .find(|name| !taken(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn container_names_are_checked_for_length_and_allowed_characters() {
        for good in ["nginx-web", "a1", "A.b_c-d", &"x".repeat(255)] {
            assert_eq!(malformed(good), None, "{good}");
        }
        for (bad, reason) in [
            ("", "length"),
            ("a", "length"),
            (&"x".repeat(256), "length"),
            ("-web", "format"),
            ("web site", "format"),
            ("wéb", "format"),
            ("web/1", "format"),
            ("web\n", "format"),
        ] {
            assert_eq!(
                malformed(bad).map(|(reason, _)| reason),
                Some(reason),
                "{bad}"
            );
        }
    }

    #[test]
    fn alternatives_to_a_taken_name_are_free() {
        let taken = |name: &str| ["nginx-web", "nginx-web-2", "nginx-web-uat"].contains(&name);
        assert_eq!(
            alternatives("nginx-web", Some("DEV"), taken),
            ["nginx-web-dev", "nginx-web-3", "nginx-secondary"]
        );
        assert_eq!(mended(" my web!site "), "my-web-site");
    }

    #[test]
    fn numbered_name_respects_the_length_limit_and_the_search_ends() {
        for length in [2, 253, 254, 255] {
            let name = "x".repeat(length);
            let free = numbered(&name, |other| other == name).unwrap();
            assert!(free.len() <= LONGEST && free.ends_with("-2"), "{free}");
            assert_eq!(malformed(&free), None);
        }
        assert_eq!(numbered("web", |_| true), None);
        let long = from_image(&format!("r/{}", "y".repeat(300)), |_| false);
        assert_eq!(long.len(), LONGEST_HOST_NAME);
    }

    #[test]
    fn container_name_is_derived_from_the_image_reference() {
        let none = |_: &str| false;
        for (image, name) in [
            ("nginx", "nginx"),
            ("ghcr.io/owner/app:1.2@sha256:00", "app"),
            ("localhost:5000/x/y-z:1", "y-z"),
            ("sha256:abcdef", "container"),
            ("", "container"),
        ] {
            assert_eq!(from_image(image, none), name);
        }
        assert_eq!(from_image("nginx", |name| name == "nginx"), "nginx-2");
    }

    proptest! {
        #[test]
        fn corrected_name_is_valid_or_shorter_than_two_characters(name in "\\PC{0,40}") {
            let mended = mended(&name);
            prop_assert!(mended.chars().count() < 2 || malformed(&mended).is_none());
        }
    }
}
