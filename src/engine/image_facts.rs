//! What an image on this host is made of, to be compared with another one.

use super::error::EngineError;
use super::handle::Engine;
use super::transport::REQUEST;
use super::wire::{encode, parse};
use crate::model::timestamp::Timestamp;
use hyper::Method;
use serde_json::Value;

/// `GET /images/{id}/json`, as far as it is compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageFacts {
    pub created: Option<Timestamp>,
    /// `linux/arm64/v8`.
    pub platform: String,
    /// `Env`, `Cmd`, `Entrypoint` …
    pub config: Value,
    /// Of its layers, from the lowest.
    pub diff_ids: Vec<String>,
    pub size_bytes: u64,
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
            Ok(answer) => Ok(read(&parse(&answer)?)),
            Err(EngineError::NotFound(_) | EngineError::Engine { status: 404, .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

fn read(image: &Value) -> Option<ImageFacts> {
    let text = |key: &str| image.get(key).and_then(Value::as_str).unwrap_or_default();
    let (os, architecture, variant) = (text("Os"), text("Architecture"), text("Variant"));
    if architecture.is_empty() {
        return None;
    }
    let mut platform = format!("{os}/{architecture}");
    if !variant.is_empty() {
        platform.push('/');
        platform.push_str(variant);
    }
    let layers = image.pointer("/RootFS/Layers").and_then(Value::as_array);
    let layers = layers.into_iter().flatten().filter_map(Value::as_str);
    Some(ImageFacts {
        created: Timestamp::parse(text("Created")),
        platform,
        config: image.get("Config").cloned().unwrap_or_default(),
        diff_ids: layers.map(ToOwned::to_owned).collect(),
        size_bytes: image.get("Size").and_then(Value::as_u64).unwrap_or(0),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn facts_of_an_image_are_read_and_one_without_architecture_is_not_known() {
        let facts = read(
            &json!({"Os": "linux", "Architecture": "arm64", "Variant": "v8",
            "Created": "2026-01-02T03:04:05Z", "Size": 7, "Config": {"Env": ["A=b"]},
            "RootFS": {"Layers": ["sha256:1", "sha256:2"]}}),
        )
        .unwrap();
        assert_eq!(facts.platform, "linux/arm64/v8");
        assert_eq!((facts.diff_ids.len(), facts.size_bytes), (2, 7));
        assert_eq!(read(&json!({"Os": "", "Architecture": ""})), None);
    }
}
