//! Whether an interrupted operation may need an image to roll back: its open entry
//! of the journal names the image, by id, tag or digest.

use crate::model::image::ImageSummary;
use std::collections::HashSet;

/// Whether an open entry of the journal names the image.
pub(super) fn is_journalled(texts: &HashSet<String>, image: &ImageSummary) -> bool {
    texts.contains(&image.id)
        || image.tags.iter().any(|tag| texts.contains(tag))
        || image.digests.iter().any(|digest| texts.contains(digest))
}
