//! What an image says of itself in its labels: untrusted text, cut and cleaned.
//! Pure.

use super::super::difference::clean;
use crate::model::image_defaults::ImageOrigin;
use crate::model::reference::Reference;
use crate::model::timestamp::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

/// Hosts whose repositories have a page of releases, and where it is.
const RELEASES: [(&str, &str); 3] = [
    ("github.com", "/releases"),
    ("gitlab.com", "/-/releases"),
    ("codeberg.org", "/releases"),
];

/// One of the two images.
#[derive(Debug, Clone, Serialize, PartialEq, Eq, ToSchema)]
pub struct ReviewedImage {
    /// `nginx:1.27`.
    pub reference: String,
    pub digest: Option<String>,
    pub created_at: Option<Timestamp>,
    /// On disk for the current one, compressed for the new one.
    pub size_bytes: u64,
    /// `org.opencontainers.image.version` and its neighbours.
    pub version: Option<String>,
    pub revision: Option<String>,
    pub source: Option<String>,
    pub url: Option<String>,
}

pub(super) fn described(
    reference: &Reference,
    digest: Option<String>,
    created_at: Option<Timestamp>,
    size_bytes: u64,
    origin: &ImageOrigin,
) -> ReviewedImage {
    let label = |text: &Option<String>| text.as_ref().map(|text| clean(text.trim()));
    let address = |text| label(text).filter(|text| is_link(text));
    ReviewedImage {
        reference: reference.familiar(),
        digest,
        created_at,
        size_bytes,
        version: label(&origin.version),
        revision: label(&origin.revision),
        source: address(&origin.source),
        url: address(&origin.url),
    }
}

/// One that a browser may be led to.
fn is_link(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_graphic() && !"\"'<>\\`".contains(c);
    let rest = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"));
    rest.is_some_and(|rest| !rest.is_empty()) && text.chars().all(plain)
}

/// The page of releases of a source repository.
pub(super) fn releases(source: &str) -> Option<String> {
    let rest = source.strip_prefix("https://")?;
    let rest = rest.trim_end_matches('/').trim_end_matches(".git");
    let (host, path) = rest.split_once('/')?;
    let (_, page) = RELEASES.iter().find(|(known, _)| *known == host)?;
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let parts: Vec<&str> = path.split('/').collect();
    // What follows is a folder of the repository.
    let repository = match (host, parts.as_slice()) {
        ("gitlab.com", [_, _, ..]) => path.split("/-/").next().unwrap_or(path).to_owned(),
        (_, [owner, name, ..]) => format!("{owner}/{name}"),
        _ => return None,
    };
    Some(format!("https://{host}/{repository}{page}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn page_of_releases_is_known_of_a_few_hosts() {
        for (source, expected) in [
            (
                "https://github.com/owner/app",
                Some("https://github.com/owner/app/releases"),
            ),
            (
                "https://github.com/owner/app.git",
                Some("https://github.com/owner/app/releases"),
            ),
            (
                "https://github.com/owner/app/tree/main/docker",
                Some("https://github.com/owner/app/releases"),
            ),
            (
                "https://gitlab.com/a/b/c",
                Some("https://gitlab.com/a/b/c/-/releases"),
            ),
            (
                "https://codeberg.org/a/b/",
                Some("https://codeberg.org/a/b/releases"),
            ),
            ("https://example.org/a/b", None),
            ("https://github.com/owner", None),
            ("http://github.com/owner/app", None),
            ("javascript:alert(1)", None),
        ] {
            assert_eq!(releases(source).as_deref(), expected, "{source}");
        }
    }

    #[test]
    fn links_of_labels_are_addresses_and_nothing_else() {
        let described = |source: &str| {
            let origin = ImageOrigin {
                source: Some(source.to_owned()),
                ..ImageOrigin::default()
            };
            let reference = Reference::parse("a:1").unwrap();
            described(&reference, None, None, 0, &origin).source
        };
        assert!(described(" https://github.com/a/b ").is_some());
        for bad in [
            "",
            "javascript:alert(1)",
            "https://",
            "https://a b",
            "https://a\"onclick",
        ] {
            assert_eq!(described(bad), None, "{bad}");
        }
    }
}
