//! Which images are listed, and in which order: pure.

use crate::model::image::ImageView;
use serde::Serialize;
use std::cmp::Ordering;
use utoipa::ToSchema;

/// What to show of the list. An empty list of uses allows everything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ImageQuery {
    /// In a tag, digest, label, container's name, or at the beginning of the id.
    pub text: Option<String>,
    pub uses: Vec<ImageUse>,
    pub sort: ImageSort,
    pub descending: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImageUse {
    Used,
    Unused,
    Dangling,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ImageSort {
    #[default]
    Name,
    Size,
    CreatedAt,
    Used,
}

/// The images of the host.
#[derive(Debug, Serialize, ToSchema)]
pub struct ImageList {
    pub items: Vec<ImageView>,
    /// How many there are without the filters.
    pub total: usize,
}

impl ImageUse {
    pub const WORDS: &[&str] = &["used", "unused", "dangling"];

    /// One of [`Self::WORDS`].
    pub fn parse(word: &str) -> Option<Self> {
        Some(match word.to_ascii_lowercase().as_str() {
            "used" => Self::Used,
            "unused" => Self::Unused,
            "dangling" => Self::Dangling,
            _ => return None,
        })
    }

    pub(super) fn fits(self, view: &ImageView) -> bool {
        match self {
            Self::Used => !view.used_by.is_empty(),
            Self::Unused => view.used_by.is_empty(),
            Self::Dangling => view.is_dangling,
        }
    }
}

impl ImageSort {
    pub const WORDS: &[&str] = &[
        "name",
        "-name",
        "size",
        "-size",
        "created_at",
        "-created_at",
        "used",
        "-used",
    ];

    /// One of [`Self::WORDS`]; a minus sorts downward.
    pub fn parse(word: &str) -> (Self, bool) {
        let (descending, word) = match word.strip_prefix('-') {
            Some(word) => (true, word),
            None => (false, word),
        };
        let sort = match word {
            "size" => Self::Size,
            "created_at" => Self::CreatedAt,
            "used" => Self::Used,
            _ => Self::Name,
        };
        (sort, descending)
    }

    fn compare(self, a: &ImageView, b: &ImageView) -> Ordering {
        match self {
            Self::Name => Ordering::Equal,
            Self::Size => a.image.size_bytes.cmp(&b.image.size_bytes),
            Self::CreatedAt => a.image.created_at.cmp(&b.image.created_at),
            Self::Used => a.used_by.len().cmp(&b.used_by.len()),
        }
    }
}

/// Those that fit, in order. What is alike stands by name, those without a tag last.
pub(super) fn select(mut views: Vec<ImageView>, query: &ImageQuery) -> Vec<ImageView> {
    let text = query.text.as_deref().unwrap_or("").to_lowercase();
    views.retain(|view| {
        let is_used_so = query.uses.is_empty() || query.uses.iter().any(|one| one.fits(view));
        is_used_so && text.split_whitespace().all(|word| has(view, word))
    });
    let by_name = |a: &ImageView, b: &ImageView| {
        (a.is_dangling, &a.image.tags, &a.image.id).cmp(&(
            b.is_dangling,
            &b.image.tags,
            &b.image.id,
        ))
    };
    views.sort_by(|a, b| {
        let (first, second) = (query.sort.compare(a, b), by_name(a, b));
        if query.descending && query.sort == ImageSort::Name {
            return second.reverse();
        }
        let first = if query.descending {
            first.reverse()
        } else {
            first
        };
        first.then(second)
    });
    views
}

fn has(view: &ImageView, word: &str) -> bool {
    let within = |text: &str| text.to_lowercase().contains(word);
    let image = &view.image;
    image.tags.iter().any(|tag| within(tag))
        || image.digests.iter().any(|digest| within(digest))
        || image.short_id().starts_with(word)
        || image.id.starts_with(word)
        || view.used_by.iter().any(|user| within(&user.name))
        || image
            .labels
            .iter()
            .any(|(key, value)| within(key) || within(value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::image::{ImageSummary, ImageUser};
    use std::sync::Arc;

    fn views() -> Vec<ImageView> {
        let user = |name: &str| ImageUser {
            name: name.to_owned(),
            id: name.to_owned(),
            running: true,
        };
        let view = |id: &str, tags: &[&str], size_bytes, used_by| ImageView {
            image: Arc::new(ImageSummary {
                size_bytes,
                ..ImageSummary::named(id, tags)
            }),
            used_by,
            is_dangling: tags.is_empty(),
        };
        vec![
            view("sha256:c1", &[], 5, Vec::new()),
            view("sha256:b2", &["Web:2"], 9, vec![user("shop")]),
            view("sha256:a3", &["db:1", "db:latest"], 7, Vec::new()),
        ]
    }

    fn told(query: &ImageQuery) -> Vec<String> {
        let selected = select(views(), query);
        selected
            .into_iter()
            .map(|view| view.image.id.clone())
            .collect()
    }

    #[test]
    fn images_are_filtered_by_use_and_by_words_that_must_all_be_found() {
        let query = |text: &str, uses: &[ImageUse]| ImageQuery {
            text: Some(text.to_owned()),
            uses: uses.to_vec(),
            ..ImageQuery::default()
        };
        assert_eq!(told(&query("", &[ImageUse::Used])), ["sha256:b2"]);
        let unused = ["sha256:a3", "sha256:c1"];
        assert_eq!(told(&query("", &[ImageUse::Unused])), unused);
        assert_eq!(told(&query("", &[ImageUse::Dangling])), ["sha256:c1"]);
        assert_eq!(told(&query("web SHOP", &[])), ["sha256:b2"]);
        assert_eq!(told(&query("a3", &[])), ["sha256:a3"]);
        assert!(told(&query("web db", &[])).is_empty());
    }

    #[test]
    fn images_are_sorted_by_every_word_with_dangling_ones_last_by_name() {
        let by = |word: &str| {
            let (sort, descending) = ImageSort::parse(word);
            told(&ImageQuery {
                sort,
                descending,
                ..ImageQuery::default()
            })
        };
        assert_eq!(by("name"), ["sha256:b2", "sha256:a3", "sha256:c1"]);
        assert_eq!(by("size"), ["sha256:c1", "sha256:a3", "sha256:b2"]);
        assert_eq!(by("-size"), ["sha256:b2", "sha256:a3", "sha256:c1"]);
        assert_eq!(by("-used")[0], "sha256:b2");
        assert!(
            ImageUse::WORDS
                .iter()
                .all(|word| ImageUse::parse(word).is_some())
        );
    }
}
