//! What an image gives a container by default, as far as two images are compared:
//! `config` of an OCI Image Configuration, `Config` of the engine's inspect answer.
//!
//! Invariant: it is read within bounds, since whoever made the image wrote it.

use super::bounded::{self, Cut};
use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use std::fmt;

/// Entries of a list, such as variables or words of a command.
const MOST: usize = 4096;
/// Linux takes no longer word or variable (`MAX_ARG_STRLEN`).
const LONGEST: usize = 128 * 1024;
const LONGEST_NAME: usize = 4096;
/// Of a label that is shown.
const LONGEST_LABEL: usize = 2048;

#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct ImageDefaults {
    #[serde(deserialize_with = "bounded::texts::<MOST, LONGEST, _>")]
    pub env: Vec<String>,
    #[serde(deserialize_with = "bounded::texts::<MOST, LONGEST, _>")]
    pub entrypoint: Vec<String>,
    #[serde(deserialize_with = "bounded::texts::<MOST, LONGEST, _>")]
    pub cmd: Vec<String>,
    #[serde(deserialize_with = "bounded::texts::<MOST, LONGEST, _>")]
    pub shell: Vec<String>,
    /// `80/tcp`
    #[serde(deserialize_with = "bounded::keys::<MOST, LONGEST_NAME, _>")]
    pub exposed_ports: Vec<String>,
    /// Paths.
    #[serde(deserialize_with = "bounded::keys::<MOST, LONGEST_NAME, _>")]
    pub volumes: Vec<String>,
    #[serde(deserialize_with = "bounded::text::<LONGEST_NAME, _>")]
    pub user: String,
    #[serde(deserialize_with = "bounded::text::<LONGEST_NAME, _>")]
    pub working_dir: String,
    #[serde(deserialize_with = "bounded::text::<LONGEST_NAME, _>")]
    pub stop_signal: String,
    pub healthcheck: Option<HealthcheckDefault>,
    #[serde(rename = "Labels")]
    pub origin: ImageOrigin,
}

/// Times are nanoseconds; 0 is the engine's own.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct HealthcheckDefault {
    #[serde(deserialize_with = "bounded::texts::<MOST, LONGEST, _>")]
    pub test: Vec<String>,
    pub interval: Option<i64>,
    pub timeout: Option<i64>,
    pub start_period: Option<i64>,
    pub retries: Option<u64>,
}

/// What an image says of where it comes from: the labels, or the annotations, of the
/// OCI Image Specification that are shown. All others are left aside.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ImageOrigin {
    pub version: Option<String>,
    pub revision: Option<String>,
    pub source: Option<String>,
    pub url: Option<String>,
}

impl ImageOrigin {
    /// What this does not say is as `other` says it.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self {
            version: self.version.or(other.version),
            revision: self.revision.or(other.revision),
            source: self.source.or(other.source),
            url: self.url.or(other.url),
        }
    }

    fn field(&mut self, label: &str) -> Option<&mut Option<String>> {
        match label.strip_prefix("org.opencontainers.image.")? {
            "version" => Some(&mut self.version),
            "revision" => Some(&mut self.revision),
            "source" => Some(&mut self.source),
            "url" => Some(&mut self.url),
            _ => None,
        }
    }
}

impl<'de> Deserialize<'de> for ImageOrigin {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        reader.deserialize_any(OriginVisitor)
    }
}

struct OriginVisitor;

impl<'de> Visitor<'de> for OriginVisitor {
    type Value = ImageOrigin;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a map of labels")
    }

    fn visit_unit<E>(self) -> Result<ImageOrigin, E> {
        Ok(ImageOrigin::default())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<ImageOrigin, A::Error> {
        let mut origin = ImageOrigin::default();
        // No name that is of interest is longer than what is kept of one.
        while let Some(label) = map.next_key_seed(Cut(64))? {
            match origin.field(&label) {
                Some(field) => {
                    let text = map.next_value_seed(Cut(LONGEST_LABEL))?;
                    *field = (!text.trim().is_empty()).then_some(text);
                }
                None => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(origin)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn defaults_are_read_with_the_labels_that_are_shown_and_no_others() {
        let read: ImageDefaults = serde_json::from_value(json!({
            "Env": ["A=b"], "Cmd": "run", "Entrypoint": null, "ExposedPorts": {"80/tcp": {}},
            "Healthcheck": {"Test": ["CMD", "true"], "Interval": 5}, "Unknown": [[[]]],
            "Labels": {"a": "b", "org.opencontainers.image.version": "1",
                "org.opencontainers.image.source": "x".repeat(9000), "org.opencontainers.image.url": [1]},
        }))
        .unwrap();
        assert_eq!(read.cmd, ["run"]);
        assert_eq!(read.exposed_ports, ["80/tcp"]);
        assert_eq!(read.origin.version.as_deref(), Some("1"));
        assert_eq!(
            read.origin.source.map(|text| text.len()),
            Some(LONGEST_LABEL)
        );
        assert_eq!(read.origin.url, None);
    }

    #[test]
    fn list_over_its_bound_ends_the_reading() {
        let many = format!("{{\"Env\": [{}", "\"\",".repeat(MOST + 1));
        let error = serde_json::from_str::<ImageDefaults>(&many).unwrap_err();
        assert_eq!(bounded::exceeded(&error), Some(bounded::TOO_MANY));
    }
}
