//! The platform of each image, which the engine's list does not tell. It is a
//! part of what the id is the checksum of, so each image is asked for once, when
//! it is listed for the first time.

use super::client::Client;
use super::error::EngineError;
use super::images::Image;
use super::shared::Shared;
use super::transport::within;
use super::wire::{encode, parse};
use crate::model::image::ImageSummary;
use futures_util::StreamExt as _;
use std::collections::HashMap;
use std::time::Duration;
use tokio::time::Instant;

/// How long all of them may take; the list does not wait longer for them.
const ALL: Duration = Duration::from_secs(5);

/// Fills in what was known before, and asks for the rest.
pub(super) async fn fill(shared: &Shared, client: &Client, images: &mut [ImageSummary]) {
    let known = shared.resources().images.list().unwrap_or_default();
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
    let limit = shared.settings.list_concurrency.max(1);
    let end = Instant::now() + ALL;
    let mut asked = futures_util::stream::iter(fresh)
        .map(|(at, id)| async move { (at, platform(client, &id, end).await) })
        .buffer_unordered(limit);
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
    let image = Image::read(&parse(&answer)?);
    Ok(image.is_known().then_some(image.platform))
}
