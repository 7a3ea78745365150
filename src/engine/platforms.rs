//! The platform of each image, which the engine's list does not tell. It is a
//! part of what the id is the checksum of, so each image is asked for once, when
//! it is listed for the first time.

use super::client::Client;
use super::error::EngineError;
use super::resources::List;
use super::transport::within;
use super::wire::{encode, or_default, parse};
use crate::model::image::ImageSummary;
use futures_util::StreamExt as _;
use serde::Deserialize;
use std::collections::HashMap;
use std::time::Duration;
use tokio::time::Instant;

/// How long all of them may take; the list does not wait longer for them.
const ALL: Duration = Duration::from_secs(5);

/// Fills in what was known before, and asks for the rest, `limit` at a time.
pub(super) async fn fill(
    client: &Client,
    known: &List<ImageSummary>,
    limit: usize,
    images: &mut [ImageSummary],
) {
    let known: HashMap<&str, &Option<String>> = known
        .iter()
        .map(|image| (image.id.as_str(), &image.platform))
        .collect();
    let mut fresh = Vec::new();
    for (at, image) in images.iter_mut().enumerate() {
        match known.get(image.id.as_str()) {
            Some(platform) => image.platform.clone_from(platform),
            None => fresh.push((at, image.id.clone())),
        }
    }
    let end = Instant::now() + ALL;
    let mut asked = futures_util::stream::iter(fresh)
        .map(|(at, id)| async move { (at, platform(client, &id, end).await) })
        .buffer_unordered(limit.max(1));
    let mut found = Vec::new();
    while let Some((at, answer)) = asked.next().await {
        match answer {
            Ok(platform) => found.push((at, platform)),
            // A proxy that lets none through.
            Err(EngineError::Filtered(_)) => break,
            Err(error) => tracing::debug!(%error, "the platform of an image is not known"),
        }
    }
    drop(asked);
    for (at, platform) in found {
        images[at].platform = platform;
    }
}

async fn platform(client: &Client, id: &str, end: Instant) -> Result<Option<String>, EngineError> {
    let path = format!("/images/{}/json", encode(id));
    let left = end.saturating_duration_since(Instant::now());
    let answer = within(left, client.transport.get(&path, id)).await?;
    let image: Inspected = parse(&answer)?;
    let platform = named(&image.os, &image.architecture, &image.variant);
    // Of an image without its content some engines tell blanks.
    Ok((!image.architecture.is_empty()).then_some(platform))
}

/// `GET /images/{name}/json`; of its labels, which may be many, nothing is made.
#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Inspected {
    #[serde(deserialize_with = "or_default")]
    os: String,
    #[serde(deserialize_with = "or_default")]
    architecture: String,
    #[serde(deserialize_with = "or_default")]
    variant: String,
}

/// `linux/arm64/v8`.
pub(super) fn named(os: &str, architecture: &str, variant: &str) -> String {
    let mut platform = format!("{os}/{architecture}");
    if !variant.is_empty() {
        platform.push('/');
        platform.push_str(variant);
    }
    platform
}
