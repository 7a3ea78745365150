//! Names of images as the distribution project writes them (its package
//! `reference`), normalised as Docker does: `nginx` is
//! `docker.io/library/nginx:latest`.
//!
//! Invariant: what [`Reference::parse`] gives is canonical, and parsing its
//! canonical or its familiar form gives the same again.

use std::fmt;

/// The registry of names that name none.
pub const DOCKER_HUB: &str = "docker.io";
/// The longest repository, without its registry.
const LONGEST_REPOSITORY: usize = 255;
const LONGEST_TAG: usize = 128;
/// Longer than any valid reference: registry, repository, tag and digest.
const LONGEST: usize = 1024;

/// An image in a registry: by a tag, by a digest, or by both, where the digest counts.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Reference {
    /// Host and port in lower case; Docker Hub is `docker.io`.
    pub registry: String,
    /// `library/nginx`.
    pub repository: String,
    /// `None` only beside a digest.
    pub tag: Option<String>,
    /// `sha256:` and 64 digits.
    pub digest: Option<String>,
}

/// The registry that a reference names (Docker's rule: a first part with a dot,
/// a colon or an upper-case letter, or `localhost`).
pub fn registry_of(reference: &str) -> &str {
    split_registry(reference).map_or(DOCKER_HUB, |(registry, _)| registry)
}

fn split_registry(reference: &str) -> Option<(&str, &str)> {
    let (first, rest) = reference.split_once('/')?;
    let is_host = first.contains(['.', ':'])
        || first == "localhost"
        || first.chars().any(|c| c.is_ascii_uppercase());
    is_host.then_some((first, rest))
}

/// Whether a text is the digest of a content: an algorithm that registries use
/// and as many digits as it has (OCI image specification, "Digests").
pub fn is_digest(text: &str) -> bool {
    let digits = match text.split_once(':') {
        Some(("sha256", rest)) if rest.len() == 64 => rest,
        Some(("sha384", rest)) if rest.len() == 96 => rest,
        Some(("sha512", rest)) if rest.len() == 128 => rest,
        _ => return false,
    };
    digits
        .bytes()
        .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

/// Whether a text can only be the id of an image, never a name.
pub fn is_image_id(text: &str) -> bool {
    is_digest(text) || is_digest(&format!("sha256:{text}"))
}

impl Reference {
    /// # Errors
    /// A sentence that says what is wrong and how it is written.
    pub fn parse(text: &str) -> Result<Self, String> {
        let wrong = |why: &str| {
            let shown: String = text.chars().take(100).collect();
            Err(format!(
                "{shown:?} is not an image reference: {why}. Write it like nginx:1.27 or ghcr.io/owner/app:tag."
            ))
        };
        if text.len() > LONGEST {
            return wrong("it is too long");
        }
        if is_image_id(text) {
            return wrong("it is the ID of an image");
        }
        let (name, digest) = match text.split_once('@') {
            Some((name, digest)) => (name, Some(digest)),
            None => (text, None),
        };
        if digest.is_some_and(|digest| !is_digest(digest)) {
            return wrong("what follows the @ is not a digest (sha256: and 64 digits)");
        }
        let (host, rest) = match split_registry(name) {
            Some((host, rest)) => (Some(host), rest),
            None => (None, name),
        };
        let (path, tag) = match rest.rsplit_once(':') {
            Some((path, tag)) if !tag.contains('/') => (path, Some(tag)),
            _ => (rest, None),
        };
        if let Some(host) = host
            && !is_host(host)
        {
            return wrong("the registry is not a host name or address with an optional port");
        }
        if path.is_empty() || path.len() > LONGEST_REPOSITORY {
            return wrong("the repository must have 1 to 255 characters");
        }
        if path.chars().any(|c| c.is_ascii_uppercase()) {
            return wrong("the repository must be in lower case");
        }
        if !path.split('/').all(is_path_component) {
            return wrong(
                "the repository may have letters, digits, and . _ - between them, in parts separated by /",
            );
        }
        if tag.is_some_and(|tag| !is_tag(tag)) {
            return wrong(
                "a tag has 1 to 128 letters, digits, underscores, dots and dashes, and does not begin with a dot or dash",
            );
        }
        let registry = match host.map(str::to_ascii_lowercase) {
            None => DOCKER_HUB.to_owned(),
            Some(host) if host == "index.docker.io" => DOCKER_HUB.to_owned(),
            Some(host) => host,
        };
        let repository = if registry == DOCKER_HUB && !path.contains('/') {
            format!("library/{path}")
        } else {
            path.to_owned()
        };
        if repository.len() > LONGEST_REPOSITORY {
            return wrong("the repository must have 1 to 255 characters");
        }
        let tag = match (tag, digest) {
            (None, None) => Some("latest".to_owned()),
            (tag, _) => tag.map(ToOwned::to_owned),
        };
        Ok(Self {
            registry,
            repository,
            tag,
            digest: digest.map(ToOwned::to_owned),
        })
    }

    /// `docker.io/library/nginx`.
    pub fn name(&self) -> String {
        format!("{}/{}", self.registry, self.repository)
    }

    /// `docker.io/library/nginx:1.27@sha256:…`: the same for every way to write it.
    pub fn canonical(&self) -> String {
        self.complete(&self.name())
    }

    /// `nginx:1.27`: as people write it.
    pub fn familiar(&self) -> String {
        self.complete(&self.familiar_name())
    }

    /// `nginx`.
    pub fn familiar_name(&self) -> String {
        if self.registry != DOCKER_HUB {
            return self.name();
        }
        let short = self.repository.strip_prefix("library/");
        match short {
            // A name that would be read as a registry keeps its long form.
            Some(short) if !short.contains('/') && !is_image_id(short) => short.to_owned(),
            _ if split_registry(&self.repository).is_some() => self.name(),
            _ => self.repository.clone(),
        }
    }

    fn complete(&self, name: &str) -> String {
        let mut text = name.to_owned();
        if let Some(tag) = &self.tag {
            text.push(':');
            text.push_str(tag);
        }
        if let Some(digest) = &self.digest {
            text.push('@');
            text.push_str(digest);
        }
        text
    }

    /// The same repository with another tag, and without a digest.
    pub fn with_tag(&self, tag: &str) -> Self {
        Self {
            tag: Some(tag.to_owned()),
            digest: None,
            ..self.clone()
        }
    }

    pub fn is_same_repository(&self, other: &Self) -> bool {
        self.registry == other.registry && self.repository == other.repository
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.familiar())
    }
}

/// A host name, an IPv4 address or an IPv6 address in brackets, and a port.
pub(super) fn is_host(host: &str) -> bool {
    let (name, port) = if let Some(rest) = host.strip_prefix('[') {
        let Some((address, port)) = rest.split_once(']') else {
            return false;
        };
        if address.parse::<std::net::Ipv6Addr>().is_err() {
            return false;
        }
        ("v6", port)
    } else {
        match host.find(':') {
            Some(at) => host.split_at(at),
            None => (host, ""),
        }
    };
    let is_port = port.is_empty()
        || port.strip_prefix(':').is_some_and(|port| {
            port.bytes().all(|b| b.is_ascii_digit()) && port.parse::<u16>().is_ok()
        });
    let is_label = |label: &str| {
        let inner = |c: char| c.is_ascii_alphanumeric() || c == '-';
        !label.is_empty()
            && label.chars().all(inner)
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    is_port && name.len() <= 253 && name.split('.').all(is_label)
}

/// Letters and digits, with `.`, `_`, `__` or dashes between them.
fn is_path_component(part: &str) -> bool {
    let is_plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let bytes = part.as_bytes();
    let ends =
        bytes.first().copied().is_some_and(is_plain) && bytes.last().copied().is_some_and(is_plain);
    ends && part
        .split(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
        .all(|between| {
            matches!(between, "" | "." | "_" | "__") || between.bytes().all(|b| b == b'-')
        })
}

fn is_tag(tag: &str) -> bool {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    tag.len() <= LONGEST_TAG
        && tag.starts_with(word)
        && tag.chars().all(|c| word(c) || c == '.' || c == '-')
}

#[cfg(test)]
mod tests;
