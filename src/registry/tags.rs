//! The tags of a repository, page by page (OCI Distribution Specification,
//! "Listing Tags"; RFC 8288).

use super::answer::Bound;
use super::error::RegistryError;
use super::pool::Query;
use super::redirect;
use super::session::{Asked, RegistrySession};
use crate::model::reference::Reference;
use hyper::StatusCode;
use hyper::header::LINK;
use serde::Deserialize;

/// Asked for on each page; a registry may give fewer.
const PAGE: usize = 1000;
const MOST_PAGES: usize = 100;
/// Tags that are kept, of those that are wanted.
const MOST_TAGS: usize = 10_000;

const BOUND: Bound = Bound {
    what: "the list of tags",
    bytes: 4 * 1024 * 1024,
};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagList {
    pub tags: Vec<String>,
    /// There were more pages or tags than are read.
    pub is_cut: bool,
}

#[derive(Deserialize)]
struct Page {
    tags: Option<Vec<String>>,
}

impl RegistrySession {
    /// Those tags of a repository that are wanted.
    pub async fn tags(
        &self,
        reference: &Reference,
        wanted: impl Fn(&str) -> bool,
    ) -> Result<TagList, RegistryError> {
        let mut path = format!("/v2/{}/tags/list?n={PAGE}", reference.repository);
        let mut list = TagList {
            tags: Vec::new(),
            is_cut: false,
        };
        for _ in 0..MOST_PAGES {
            let query = Query::get(path.clone(), BOUND);
            let Asked { answer, endpoint } = self.ask(reference, &query).await?;
            let invalid = |why: &str| RegistryError::invalid(&endpoint.name, why);
            match answer.status {
                StatusCode::OK => {}
                StatusCode::NOT_FOUND => {
                    return Err(RegistryError::NotFound {
                        registry: endpoint.name.clone(),
                        what: format!("tags of {}", reference.familiar_name()),
                    });
                }
                _ => return Err(invalid("it does not list its tags")),
            }
            let page: Page = serde_json::from_slice(&answer.body)
                .map_err(|_| invalid("its list of tags cannot be read"))?;
            let fitting = page.tags.into_iter().flatten().filter(|tag| wanted(tag));
            list.tags.extend(fitting);
            if list.tags.len() > MOST_TAGS {
                list.tags.truncate(MOST_TAGS);
                list.is_cut = true;
                return Ok(list);
            }
            let next = answer.text(LINK.as_str()).and_then(next_of);
            let Some(next) = next else {
                return Ok(list);
            };
            let ready = endpoint.ready.get().and_then(|ready| ready.as_ref().ok());
            let Some(ready) = ready else {
                return Ok(list);
            };
            let (origin, next) = redirect::target(&ready.pool.origin, &path, next)
                .map_err(|_| invalid("its list of tags continues nowhere"))?;
            if origin != ready.pool.origin || next == path {
                return Err(invalid("its list of tags continues elsewhere"));
            }
            path = next;
        }
        list.is_cut = true;
        Ok(list)
    }
}

/// `</v2/x/tags/list?last=b&n=2>; rel="next"`.
fn next_of(header: &str) -> Option<&str> {
    header.split(',').find_map(|link| {
        let (address, parameters) = link.trim().strip_prefix('<')?.split_once('>')?;
        let is_next = parameters.split(';').any(|parameter| {
            let Some((name, value)) = parameter.trim().split_once('=') else {
                return false;
            };
            name.trim().eq_ignore_ascii_case("rel")
                && value.trim().trim_matches('"').eq_ignore_ascii_case("next")
        });
        is_next.then_some(address)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn next_page_is_that_of_the_link_with_rel_next() {
        for (header, expected) in [
            (
                r#"</v2/x/tags/list?last=b&n=2>; rel="next""#,
                Some("/v2/x/tags/list?last=b&n=2"),
            ),
            (r"<list?last=b>;rel=next", Some("list?last=b")),
            (
                r#"</a>; rel="prev", </b>; title="x"; rel="next""#,
                Some("/b"),
            ),
            (r#"</a>; rel="prev""#, None),
            ("", None),
            ("</a", None),
            ("/a; rel=next", None),
        ] {
            assert_eq!(next_of(header), expected, "{header}");
        }
    }
}
