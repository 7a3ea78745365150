//! The engine's lists of images, networks and volumes (Docker Engine API,
//! `ImageList`, `NetworkList`, `VolumeList`). A field that is missing, `null` or
//! of an unknown value costs that field only.

use super::super::error::EngineError;
use super::super::labels;
use super::super::wire::{or_default, parse};
use crate::model::image::ImageSummary;
use crate::model::network::{Network, Subnet};
use crate::model::timestamp::Timestamp;
use crate::model::volume::Volume;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

type Texts = BTreeMap<String, String>;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct ImageRow {
    #[serde(deserialize_with = "or_default")]
    id: String,
    #[serde(deserialize_with = "or_default")]
    repo_tags: Vec<String>,
    #[serde(deserialize_with = "or_default")]
    repo_digests: Vec<String>,
    size: Value,
    /// Seconds since the epoch.
    created: Value,
    #[serde(deserialize_with = "labels::kept")]
    labels: Texts,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct VolumeRow {
    #[serde(deserialize_with = "or_default")]
    name: String,
    #[serde(deserialize_with = "or_default")]
    driver: String,
    #[serde(deserialize_with = "or_default")]
    scope: String,
    #[serde(deserialize_with = "or_default")]
    mountpoint: String,
    #[serde(deserialize_with = "or_default")]
    options: Texts,
    #[serde(deserialize_with = "labels::kept")]
    labels: Texts,
    #[serde(deserialize_with = "or_default")]
    created_at: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct VolumeAnswer {
    #[serde(deserialize_with = "or_default")]
    volumes: Vec<VolumeRow>,
}

/// A row of the list, or the answer of `NetworkInspect`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(in super::super) struct NetworkRow {
    #[serde(deserialize_with = "or_default")]
    id: String,
    #[serde(deserialize_with = "or_default")]
    name: String,
    #[serde(deserialize_with = "or_default")]
    created: String,
    #[serde(deserialize_with = "or_default")]
    scope: String,
    #[serde(deserialize_with = "or_default")]
    driver: String,
    #[serde(deserialize_with = "or_default")]
    internal: bool,
    #[serde(deserialize_with = "or_default")]
    attachable: bool,
    #[serde(rename = "EnableIPv6", deserialize_with = "or_default")]
    enable_ipv6: bool,
    #[serde(rename = "IPAM", deserialize_with = "or_default")]
    ipam: Ipam,
    #[serde(deserialize_with = "labels::kept")]
    options: Texts,
    #[serde(deserialize_with = "labels::kept")]
    labels: Texts,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Ipam {
    #[serde(deserialize_with = "or_default")]
    config: Vec<Pool>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Pool {
    #[serde(deserialize_with = "or_default")]
    subnet: String,
    #[serde(deserialize_with = "or_default")]
    gateway: String,
    #[serde(rename = "IPRange", deserialize_with = "or_default")]
    ip_range: String,
    #[serde(rename = "AuxiliaryAddresses", deserialize_with = "or_default")]
    auxiliary: Texts,
}

/// The answer of `GET /images/json`.
pub(in super::super) fn images(body: &[u8]) -> Result<Vec<ImageSummary>, EngineError> {
    let rows: Vec<ImageRow> = parse(body)?;
    let mut images: BTreeMap<String, ImageSummary> = BTreeMap::new();
    for row in rows.into_iter().filter(|row| !row.id.is_empty()) {
        let row = image(row);
        match images.get_mut(&row.id) {
            // An image that is listed once for each of its names.
            Some(image) => {
                image.tags.extend(row.tags);
                image.digests.extend(row.digests);
            }
            None => {
                images.insert(row.id.clone(), row);
            }
        }
    }
    let mut images: Vec<_> = images.into_values().collect();
    for image in &mut images {
        for names in [&mut image.tags, &mut image.digests] {
            names.sort();
            names.dedup();
        }
    }
    Ok(images)
}

fn image(row: ImageRow) -> ImageSummary {
    // `<none>:<none>` stands for no name.
    let names = |all: Vec<String>| all.into_iter().filter(|name| !name.contains("<none>"));
    ImageSummary {
        id: row.id,
        tags: names(row.repo_tags).collect(),
        digests: names(row.repo_digests).collect(),
        // The list does not tell it (`engine/platforms`).
        platform: None,
        size_bytes: row.size.as_u64().unwrap_or(0),
        created_at: row
            .created
            .as_i64()
            .filter(|seconds| *seconds > 0)
            .map(Timestamp::from_seconds),
        labels: row.labels,
    }
}

/// The answer of `GET /volumes`.
pub(in super::super) fn volumes(body: &[u8]) -> Result<Vec<Volume>, EngineError> {
    let answer: VolumeAnswer = parse(body)?;
    let named = answer
        .volumes
        .into_iter()
        .filter(|row| !row.name.is_empty());
    Ok(named
        .map(|row| Volume {
            name: row.name,
            driver: row.driver,
            scope: row.scope,
            mountpoint: row.mountpoint,
            options: row.options,
            labels: row.labels,
            created_at: Timestamp::parse(&row.created_at),
        })
        .collect())
}

/// The answer of `GET /networks`.
pub(in super::super) fn networks(body: &[u8]) -> Result<Vec<Network>, EngineError> {
    let rows: Vec<NetworkRow> = parse(body)?;
    let named = rows.into_iter().filter(|row| !row.id.is_empty());
    Ok(named.map(network).collect())
}

pub(in super::super) fn network(row: NetworkRow) -> Network {
    Network {
        id: row.id,
        name: row.name,
        driver: row.driver,
        scope: row.scope,
        internal: row.internal,
        attachable: row.attachable,
        ipv6: row.enable_ipv6,
        subnets: row.ipam.config.into_iter().filter_map(subnet).collect(),
        options: row.options,
        labels: row.labels,
        created_at: Timestamp::parse(&row.created),
    }
}

fn subnet(pool: Pool) -> Option<Subnet> {
    Some(Subnet {
        network: pool.subnet.parse().ok()?,
        gateway: pool.gateway.split('/').next().unwrap_or("").parse().ok(),
        range: pool.ip_range.parse().ok(),
        reserved: pool.auxiliary,
    })
}

#[cfg(test)]
mod tests;
