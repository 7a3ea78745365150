//! The tags of a repository, page by page (OCI Distribution Specification,
//! "Listing Tags"; RFC 8288).

use super::answer::Bound;
use super::error::RegistryError;
use super::pool::Query;
use super::redirect;
use super::session::{Asked, RegistrySession};
use crate::model::bounded::Cut;
use crate::model::reference::Reference;
use hyper::StatusCode;
use hyper::header::LINK;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::fmt;

/// Asked for on each page; a registry may give fewer.
const PAGE: usize = 1000;
const MOST_PAGES: usize = 100;
/// Tags that are kept, of those that are wanted.
const MOST_TAGS: usize = 10_000;

const BOUND: Bound = Bound {
    what: "the list of tags",
    // Some registries ignore what was asked for, and give all at once.
    bytes: 2 * 1024 * 1024,
};
/// OCI Distribution Specification, "Pulling manifests".
const LONGEST_TAG: usize = 128;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagList {
    pub tags: Vec<String>,
    /// There were more pages or tags than are read.
    pub is_cut: bool,
}

/// Takes the tags that are wanted out of a page, and makes nothing of the others.
struct Page<'a, F> {
    list: &'a mut TagList,
    wanted: &'a F,
}

impl<F: Fn(&str) -> bool> Page<'_, F> {
    fn read(self, body: &[u8]) -> serde_json::Result<()> {
        let mut reader = serde_json::Deserializer::from_slice(body);
        reader.deserialize_map(self)?;
        reader.end()
    }

    fn take(&mut self, tag: String) {
        if tag.len() > LONGEST_TAG || !(self.wanted)(&tag) {
            return;
        }
        if self.list.tags.len() == MOST_TAGS {
            self.list.is_cut = true;
        } else {
            self.list.tags.push(tag);
        }
    }
}

impl<'de, F: Fn(&str) -> bool> Visitor<'de> for Page<'_, F> {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a page of tags")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key_seed(Cut(8))? {
            if key == "tags" {
                map.next_value_seed(Tags(&mut self))?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }
}

struct Tags<'a, 'b, F>(&'a mut Page<'b, F>);

impl<'de, F: Fn(&str) -> bool> DeserializeSeed<'de> for Tags<'_, '_, F> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<(), D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de, F: Fn(&str) -> bool> Visitor<'de> for Tags<'_, '_, F> {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a list of tags")
    }

    /// `null` where there are none.
    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut tags: A) -> Result<(), A::Error> {
        while let Some(tag) = tags.next_element_seed(Cut(LONGEST_TAG + 1))? {
            self.0.take(tag);
        }
        Ok(())
    }
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
            let page = Page {
                list: &mut list,
                wanted: &wanted,
            };
            page.read(&answer.body)
                .map_err(|_| invalid("its list of tags cannot be read"))?;
            if list.is_cut {
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

    fn page(body: &str) -> Option<TagList> {
        let mut list = TagList {
            tags: Vec::new(),
            is_cut: false,
        };
        let page = Page {
            list: &mut list,
            wanted: &|tag: &str| tag.starts_with('1'),
        };
        page.read(body.as_bytes()).ok().map(|()| list)
    }

    #[test]
    fn tags_of_a_page_are_those_that_are_wanted_up_to_a_bound() {
        let long = format!("1{}", "0".repeat(LONGEST_TAG));
        let found = page(&format!(
            r#"{{"name": ["x"], "tags": ["1", "a", null, "{long}", "1.2"]}}"#
        ));
        assert_eq!(found.unwrap().tags, ["1", "1.2"]);
        assert!(page(r#"{"tags": null}"#).unwrap().tags.is_empty());
        assert!(page("{}").unwrap().tags.is_empty());
        for bad in ["", "[]", r#"{"tags": "1"}"#, r#"{"tags": []} x"#, "<html>"] {
            assert_eq!(page(bad), None, "{bad}");
        }
        let many = vec!["\"1\""; MOST_TAGS + 5].join(",");
        let found = page(&format!("{{\"tags\": [{many}]}}")).unwrap();
        assert_eq!((found.tags.len(), found.is_cut), (MOST_TAGS, true));
        let others = vec!["\"\""; MOST_TAGS * 5].join(",");
        let found = page(&format!("{{\"tags\": [{others}]}}")).unwrap();
        assert_eq!(found.tags.capacity(), 0);
    }

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
