//! What the engine's builder keeps for the next build (`GET /system/df`,
//! `POST /build/prune`). Podman builds in another way and has none.

use super::error::EngineError;
use super::handle::Engine;
use super::wire::{or_default, parse};
use crate::model::build_cache::BuildCacheItem;
use crate::model::timestamp::Timestamp;
use hyper::Method;
use serde::Deserialize;
use std::time::Duration;

/// Engines before API 1.42 also measure every volume and container when they are
/// asked for the cache.
const MEASURE: Duration = Duration::from_mins(2);
const PRUNE: Duration = Duration::from_mins(10);
/// From this API on one part of the usage can be asked for.
const BY_TYPE: (usize, usize) = (1, 42);

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Usage {
    #[serde(deserialize_with = "or_default")]
    build_cache: Vec<Row>,
    /// From API 1.52 on.
    build_cache_usage: Option<NewUsage>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct NewUsage {
    #[serde(deserialize_with = "or_default")]
    items: Vec<Row>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Row {
    #[serde(rename = "ID", deserialize_with = "or_default")]
    id: String,
    #[serde(deserialize_with = "or_default")]
    r#type: String,
    #[serde(deserialize_with = "or_default")]
    description: String,
    #[serde(deserialize_with = "or_default")]
    in_use: bool,
    #[serde(deserialize_with = "or_default")]
    shared: bool,
    #[serde(deserialize_with = "or_default")]
    size: u64,
    #[serde(deserialize_with = "or_default")]
    created_at: String,
    #[serde(deserialize_with = "or_default")]
    last_used_at: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Pruned {
    #[serde(deserialize_with = "or_default")]
    space_reclaimed: u64,
}

impl Engine {
    /// The records of the build cache; `None` on an engine that has none.
    pub async fn build_cache(&self) -> Result<Option<Vec<BuildCacheItem>>, EngineError> {
        if self.is_podman() {
            return Ok(None);
        }
        let client = self.shared.client()?;
        let path = if client.api >= BY_TYPE {
            "/system/df?type=build-cache"
        } else {
            "/system/df"
        };
        match self
            .ask(&client, Method::GET, path, None, MEASURE, "")
            .await
        {
            Ok(answer) => Ok(Some(items(parse(&answer)?))),
            Err(EngineError::NotOffered(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Removes what no build uses: all of it, or what nothing refers to any longer.
    /// Gives the bytes that are free now.
    pub async fn prune_build_cache(&self, all: bool) -> Result<u64, EngineError> {
        let client = self.shared.client()?;
        let path = if all {
            "/build/prune?all=1"
        } else {
            "/build/prune"
        };
        let answer = self
            .ask(&client, Method::POST, path, None, PRUNE, "")
            .await?;
        let pruned: Pruned = parse(&answer)?;
        Ok(pruned.space_reclaimed)
    }
}

fn items(usage: Usage) -> Vec<BuildCacheItem> {
    let rows = match usage.build_cache_usage {
        Some(new) if usage.build_cache.is_empty() => new.items,
        _ => usage.build_cache,
    };
    let mut items: Vec<BuildCacheItem> = rows
        .into_iter()
        .map(|row| BuildCacheItem {
            id: row.id,
            kind: row.r#type,
            description: row.description,
            size_bytes: row.size,
            in_use: row.in_use,
            shared: row.shared,
            created_at: Timestamp::parse(&row.created_at),
            last_used_at: Timestamp::parse(&row.last_used_at),
        })
        .collect();
    items.sort_by(|a, b| b.size_bytes.cmp(&a.size_bytes).then(a.id.cmp(&b.id)));
    items
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn build_cache_of_old_and_new_engines_is_read_with_the_largest_first() {
        let old = r#"{"LayersSize":5,"BuildCache":[
            {"ID":"a","Type":"regular","Description":"x","InUse":false,"Shared":true,"Size":3,
             "CreatedAt":"2026-01-02T03:04:05Z","LastUsedAt":null,"UsageCount":1},
            {"ID":"b","Type":"source.local","Size":9}]}"#;
        let new = r#"{"BuildCacheUsage":{"Items":[{"ID":"b","Size":9},{"ID":"a","Size":3}]}}"#;
        for text in [old, new] {
            let items = items(parse(text.as_bytes()).unwrap());
            let ids: Vec<_> = items.iter().map(|item| item.id.as_str()).collect();
            assert_eq!(ids, ["b", "a"], "{text}");
        }
        assert!(items(parse(br#"{"BuildCache":null}"#).unwrap()).is_empty());
    }
}
