//! What an image on this host is made of, to be compared with another one.

use super::error::EngineError;
use super::handle::Engine;
use super::platforms;
use super::transport::REQUEST;
use super::wire::{encode, or_default, parse};
use crate::model::bounded;
use crate::model::image_defaults::ImageDefaults;
use crate::model::timestamp::Timestamp;
use hyper::Method;
use serde::Deserialize;

/// Layers that are looked at, and how long the digest of one may be.
const MOST_LAYERS: usize = 1000;
const DIGEST: usize = 256;

/// `GET /images/{id}/json`, as far as it is compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageFacts {
    pub created: Option<Timestamp>,
    /// `linux/arm64/v8`.
    pub platform: String,
    pub defaults: ImageDefaults,
    /// Of its layers, from the lowest.
    pub diff_ids: Vec<String>,
    pub size_bytes: u64,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Inspected {
    #[serde(deserialize_with = "or_default")]
    created: String,
    #[serde(deserialize_with = "or_default")]
    os: String,
    #[serde(deserialize_with = "or_default")]
    architecture: String,
    #[serde(deserialize_with = "or_default")]
    variant: String,
    #[serde(deserialize_with = "or_default")]
    size: u64,
    #[serde(deserialize_with = "or_default")]
    config: ImageDefaults,
    #[serde(rename = "RootFS", deserialize_with = "or_default")]
    root_fs: RootFs,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct RootFs {
    #[serde(deserialize_with = "bounded::texts::<MOST_LAYERS, DIGEST, _>")]
    layers: Vec<String>,
}

impl Engine {
    /// `None` when the image is not on this host, or not whole.
    pub async fn image_facts(&self, id: &str) -> Result<Option<ImageFacts>, EngineError> {
        let client = self.shared.client()?;
        let path = format!("/images/{}/json", encode(id).replace("%2F", "/"));
        match self
            .ask(&client, Method::GET, &path, None, REQUEST, id)
            .await
        {
            Ok(answer) => Ok(facts(parse(&answer)?)),
            Err(EngineError::NotFound(_) | EngineError::Engine { status: 404, .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

fn facts(image: Inspected) -> Option<ImageFacts> {
    (!image.architecture.is_empty()).then(|| ImageFacts {
        created: Timestamp::parse(&image.created),
        platform: platforms::named(&image.os, &image.architecture, &image.variant),
        defaults: image.config,
        diff_ids: image.root_fs.layers,
        size_bytes: image.size,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn facts_of_an_image_are_read_and_one_without_architecture_is_not_known() {
        let read = |image| facts(serde_json::from_value(image).unwrap());
        let facts = read(
            json!({"Os": "linux", "Architecture": "arm64", "Variant": "v8",
            "Created": "2026-01-02T03:04:05Z", "Size": 7, "Config": {"Env": ["A=b"]},
            "RootFS": {"Layers": ["sha256:1", "sha256:2"]}}),
        )
        .unwrap();
        assert_eq!(facts.platform, "linux/arm64/v8");
        assert_eq!((facts.diff_ids.len(), facts.size_bytes), (2, 7));
        assert_eq!(read(json!({"Os": "", "Architecture": ""})), None);
    }
}
