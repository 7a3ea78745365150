//! The health check of a container that is to be made.

use super::quantity;
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

/// How the engine finds out whether it works (Docker Engine API,
/// `HealthConfig`). What is left out comes from the image, else the engine.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct HealthSpec {
    /// `["CMD", …]`, `["CMD-SHELL", "…"]` or `["NONE"]`; a text is a shell line.
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "test")]
    pub test: Vec<String>,
    /// `30s`; a bare number is seconds.
    #[serde(
        skip_serializing_if = "Option::is_none",
        deserialize_with = "quantity::duration"
    )]
    pub interval: Option<String>,
    #[serde(
        skip_serializing_if = "Option::is_none",
        deserialize_with = "quantity::duration"
    )]
    pub timeout: Option<String>,
    #[serde(
        skip_serializing_if = "Option::is_none",
        deserialize_with = "quantity::duration"
    )]
    pub start_period: Option<String>,
    /// From API 1.44 on.
    #[serde(
        skip_serializing_if = "Option::is_none",
        deserialize_with = "quantity::duration"
    )]
    pub start_interval: Option<String>,
    /// Failures in a row until it counts as unhealthy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retries: Option<u32>,
}

#[derive(Deserialize)]
#[serde(
    untagged,
    expecting = "a list that begins with CMD, CMD-SHELL or NONE, or a shell line"
)]
enum Test {
    List(Vec<String>),
    Text(String),
}

fn test<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    Ok(match Test::deserialize(deserializer)? {
        Test::List(list) => list,
        Test::Text(line) if line.trim().is_empty() => Vec::new(),
        Test::Text(line) => vec!["CMD-SHELL".to_owned(), line],
    })
}
