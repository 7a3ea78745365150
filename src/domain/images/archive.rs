//! Images saved to a file of the person's. The archive is passed on piece by piece,
//! and never held.

use super::ImageService;
use super::details::saved_references;
use crate::error::{Error, Result};
use bytes::Bytes;
use futures_util::{Stream, StreamExt as _};
use std::pin::Pin;

/// The most images of one archive.
const MOST: usize = 100;

type Saved = Pin<Box<dyn Stream<Item = Result<Bytes>> + Send>>;

impl ImageService {
    /// One archive with these images, and the name of the file.
    ///
    /// # Errors
    /// Before the first byte; what fails later ends the stream by an error.
    pub async fn save(&self, references: &[String]) -> Result<(String, Saved)> {
        if references.is_empty() || references.len() > MOST {
            return Err(Error::invalid(
                "image",
                format!("Name at least one image, and at most {MOST}."),
            ));
        }
        let mut names = Vec::new();
        let mut file = String::new();
        for reference in references {
            let image = self.find(reference)?;
            if file.is_empty() {
                file = image.name();
            }
            for name in saved_references(&image) {
                if !names.contains(&name) {
                    names.push(name);
                }
            }
        }
        let archive = self.engine.save_images(&names).await;
        let archive = archive.map_err(|error| super::engine_error(error, &names.join(", ")))?;
        let pieces = archive.pieces().map(|piece| piece.map_err(Error::from));
        Ok((file_name(&file, references.len()), Box::pin(pieces)))
    }
}

/// A name that every file system takes.
fn file_name(image: &str, images: usize) -> String {
    if images > 1 {
        return format!("images-{images}.tar");
    }
    let name: String = image
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || "._-".contains(c) {
                c
            } else {
                '-'
            }
        })
        .take(120)
        .collect();
    format!("{}.tar", name.trim_matches(['-', '.']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn saved_file_is_named_after_the_image_in_safe_characters() {
        assert_eq!(file_name("ghcr.io/a/b:1.2", 1), "ghcr.io-a-b-1.2.tar");
        assert_eq!(file_name("a/b (0a0b)", 1), "a-b--0a0b.tar");
        assert_eq!(file_name("x", 3), "images-3.tar");
    }
}
