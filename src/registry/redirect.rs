//! Where an answer leads on to (RFC 9110, 10.2.2 and 15.4). Pure.

use crate::https::HttpOrigin;
use hyper::{StatusCode, Uri};

/// The origin and the path of a `Location`, seen from a request.
///
/// # Errors
/// A sentence that says why it is not followed.
pub(super) fn target(
    from: &HttpOrigin,
    path: &str,
    location: &str,
) -> Result<(HttpOrigin, String), String> {
    let unreadable = || "it redirects to an address that cannot be read".to_owned();
    let absolute = if has_scheme(location) {
        location.to_owned()
    } else if location.starts_with("//") {
        format!("{}:{location}", from.scheme())
    } else if location.starts_with('/') {
        format!("{from}{location}")
    } else {
        let folder = path.split('?').next().unwrap_or_default();
        let folder = folder.rsplit_once('/').map_or("", |(folder, _)| folder);
        format!("{from}{folder}/{location}")
    };
    let uri: Uri = absolute.parse().map_err(|_| unreadable())?;
    let origin = HttpOrigin::of(&uri).map_err(|_| unreadable())?;
    if from.is_https && !origin.is_https {
        return Err("it redirects from HTTPS to plain HTTP".to_owned());
    }
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    Ok((origin, path.to_owned()))
}

/// `https:` as in RFC 3986, 3.1; `://` may also be in the query of a relative one.
fn has_scheme(location: &str) -> bool {
    location.split_once(':').is_some_and(|(scheme, _)| {
        scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
    })
}

pub(super) fn is_redirect(status: StatusCode) -> bool {
    matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn redirects_are_resolved_and_never_leave_tls() {
        let from = HttpOrigin::of(&"https://a.example:5000/".parse().unwrap()).unwrap();
        let to = |location: &str| {
            target(&from, "/v2/x/tags/list?n=1", location)
                .map(|(origin, path)| format!("{origin}{path}"))
        };
        for (location, expected) in [
            (
                "https://b.example/blob?sig=1",
                "https://b.example/blob?sig=1",
            ),
            ("//b.example/blob", "https://b.example/blob"),
            ("/v2/y", "https://a.example:5000/v2/y"),
            (
                "list?last=b",
                "https://a.example:5000/v2/x/tags/list?last=b",
            ),
            (
                "/blob?from=https://b.example/x",
                "https://a.example:5000/blob?from=https://b.example/x",
            ),
            (
                "list?from=http://b.example/",
                "https://a.example:5000/v2/x/tags/list?from=http://b.example/",
            ),
            ("https://u:p@b.example/x", "https://b.example/x"),
        ] {
            assert_eq!(to(location).unwrap(), expected, "{location}");
        }
        assert!(to("http://b.example/").unwrap_err().contains("plain HTTP"));
        for location in ["https://", "ftp://x/y", "https:// /", "file:///etc/passwd"] {
            assert!(to(location).is_err(), "{location}");
        }
    }
}
