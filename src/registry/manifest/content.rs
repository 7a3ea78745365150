//! What is in an index, a manifest and a configuration, as far as it is used.
//! Unknown fields are left aside, and every list has a limit. Pure.

use crate::model::reference::is_digest;
use crate::model::timestamp::Timestamp;
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use std::collections::BTreeMap;

/// Entries of an index, and layers of an image, that are looked at.
const MOST_ENTRIES: usize = 1000;

/// `null` as well as a missing field are the default.
fn or_default<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(
    deserializer: D,
) -> Result<T, D::Error> {
    Ok(Option::<T>::deserialize(deserializer)?.unwrap_or_default())
}

/// An index (`manifest list`), or the manifest of one image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Manifest {
    Index(ImageIndex),
    Image(ImageManifest),
}

impl Manifest {
    pub fn digest(&self) -> &str {
        match self {
            Self::Index(index) => &index.digest,
            Self::Image(image) => &image.digest,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageIndex {
    pub digest: String,
    pub manifests: Vec<Descriptor>,
    pub annotations: BTreeMap<String, String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageManifest {
    pub digest: String,
    pub config: Descriptor,
    pub layers: Vec<Descriptor>,
    pub annotations: BTreeMap<String, String>,
}

/// OCI Content Descriptor.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Descriptor {
    #[serde(deserialize_with = "or_default")]
    pub media_type: String,
    #[serde(deserialize_with = "or_default")]
    pub digest: String,
    #[serde(deserialize_with = "or_default")]
    pub size: u64,
    pub platform: Option<ImagePlatform>,
    #[serde(deserialize_with = "or_default")]
    pub annotations: BTreeMap<String, String>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct ImagePlatform {
    #[serde(deserialize_with = "or_default")]
    pub os: String,
    #[serde(deserialize_with = "or_default")]
    pub architecture: String,
    #[serde(deserialize_with = "or_default")]
    pub variant: String,
}

impl ImageIndex {
    /// The manifest for a platform (`linux/arm64/v8`): with its variant, or the
    /// first where only one of the two names a variant.
    pub fn of_platform(&self, platform: &str) -> Option<&Descriptor> {
        let mut parts = platform.split('/');
        let (os, architecture) = (parts.next()?, parts.next()?);
        let variant = parts.next().unwrap_or_default();
        let fits = |one: &&Descriptor| {
            let is_it = |p: &ImagePlatform| p.os == os && p.architecture == architecture;
            one.platform.as_ref().is_some_and(is_it)
        };
        let variant_of = |one: &Descriptor| {
            let platform = one.platform.as_ref();
            platform.map_or_else(String::new, |platform| platform.variant.clone())
        };
        let all: Vec<&Descriptor> = self.manifests.iter().filter(fits).collect();
        let exact = all.iter().find(|one| variant_of(one) == variant);
        let open = || {
            all.iter()
                .find(|one| variant.is_empty() || variant_of(one).is_empty())
        };
        exact.or_else(open).copied()
    }
}

/// The configuration of an image: what a container gets by default, and how it
/// was built (OCI Image Configuration).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ImageConfig {
    pub created: Option<Timestamp>,
    /// `linux/arm64/v8`.
    pub platform: String,
    /// `Env`, `Cmd`, `Entrypoint` …
    pub config: Value,
    /// Of the layers without compression, from the lowest.
    pub diff_ids: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct RawManifest {
    #[serde(rename = "schemaVersion")]
    schema: u32,
    manifests: Option<Vec<Descriptor>>,
    config: Option<Descriptor>,
    #[serde(deserialize_with = "or_default")]
    layers: Vec<Descriptor>,
    #[serde(deserialize_with = "or_default")]
    annotations: BTreeMap<String, String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct RawConfig {
    #[serde(deserialize_with = "or_default")]
    created: String,
    #[serde(deserialize_with = "or_default")]
    os: String,
    #[serde(deserialize_with = "or_default")]
    architecture: String,
    #[serde(deserialize_with = "or_default")]
    variant: String,
    #[serde(deserialize_with = "or_default")]
    config: Value,
    #[serde(deserialize_with = "or_default")]
    rootfs: RootFs,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct RootFs {
    #[serde(deserialize_with = "or_default")]
    diff_ids: Vec<String>,
}

/// # Errors
/// A sentence that says why it is neither an index nor a manifest.
pub(super) fn read(body: &[u8], digest: String) -> Result<Manifest, String> {
    let raw: RawManifest =
        serde_json::from_slice(body).map_err(|_| "it is not a manifest".to_owned())?;
    if raw.schema != 2 {
        return Err("it is not a manifest of schema version 2".to_owned());
    }
    let all = raw
        .manifests
        .iter()
        .flatten()
        .chain(&raw.layers)
        .chain(&raw.config);
    if raw
        .manifests
        .as_ref()
        .map_or(0, Vec::len)
        .max(raw.layers.len())
        > MOST_ENTRIES
    {
        return Err("its manifest has too many entries".to_owned());
    }
    if all.into_iter().any(|one| !is_digest(&one.digest)) {
        return Err("its manifest names something without a digest".to_owned());
    }
    match (raw.manifests, raw.config) {
        (Some(manifests), _) => Ok(Manifest::Index(ImageIndex {
            digest,
            manifests,
            annotations: raw.annotations,
        })),
        (None, Some(config)) => Ok(Manifest::Image(ImageManifest {
            digest,
            config,
            layers: raw.layers,
            annotations: raw.annotations,
        })),
        (None, None) => Err("it is neither an index nor the manifest of an image".to_owned()),
    }
}

/// # Errors
/// A sentence.
pub(super) fn read_config(body: &[u8]) -> Result<ImageConfig, String> {
    let raw: RawConfig = serde_json::from_slice(body)
        .map_err(|_| "it is not the configuration of an image".to_owned())?;
    let mut platform = format!("{}/{}", raw.os, raw.architecture);
    if !raw.variant.is_empty() {
        platform.push('/');
        platform.push_str(&raw.variant);
    }
    Ok(ImageConfig {
        created: Timestamp::parse(&raw.created),
        platform,
        config: raw.config,
        diff_ids: raw.rootfs.diff_ids,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn digest(c: char) -> String {
        format!("sha256:{}", c.to_string().repeat(64))
    }

    fn parsed(value: &Value) -> Result<Manifest, String> {
        read(value.to_string().as_bytes(), digest('f'))
    }

    fn index(platforms: &[(&str, &str)]) -> ImageIndex {
        let manifests: Vec<Value> = platforms
            .iter()
            .zip('a'..)
            .map(|((architecture, variant), c)| {
                json!({"digest": digest(c), "size": 1,
                    "platform": {"os": "linux", "architecture": architecture, "variant": variant}})
            })
            .collect();
        match parsed(&json!({"schemaVersion": 2, "manifests": manifests})).unwrap() {
            Manifest::Index(index) => index,
            Manifest::Image(_) => panic!("an image"),
        }
    }

    #[test]
    fn platform_of_an_index_is_found_by_variant_or_where_one_side_has_none() {
        let all = index(&[("amd64", ""), ("arm", "v6"), ("arm", "v7"), ("arm64", "v8")]);
        let of = |platform: &str| all.of_platform(platform).map(|one| one.digest.clone());
        assert_eq!(of("linux/amd64"), Some(digest('a')));
        assert_eq!(of("linux/arm/v7"), Some(digest('c')));
        assert_eq!(of("linux/arm64"), Some(digest('d')));
        assert_eq!(of("linux/arm/v5"), None);
        assert_eq!(of("windows/amd64"), None);
        assert_eq!(of("linux"), None);
        let plain = index(&[("arm64", "")]);
        assert!(plain.of_platform("linux/arm64/v8").is_some());
    }

    #[test]
    fn manifests_are_read_and_everything_else_is_named() {
        let image = json!({"schemaVersion": 2, "annotations": null,
            "config": {"digest": digest('c'), "size": 7}, "layers": [{"digest": digest('d'), "size": 9}]});
        assert!(matches!(parsed(&image), Ok(Manifest::Image(image)) if image.layers[0].size == 9));
        for (value, why) in [
            (json!({"schemaVersion": 1}), "schema version 2"),
            (json!({"schemaVersion": 2}), "neither"),
            (json!([]), "not a manifest"),
            (
                json!({"schemaVersion": 2, "config": {"digest": "sha256:1"}}),
                "without a digest",
            ),
            (
                json!({"schemaVersion": 2, "manifests": "x"}),
                "not a manifest",
            ),
            (
                json!({"schemaVersion": 2, "manifests": vec![json!({"digest": digest('a')}); 1001]}),
                "too many",
            ),
        ] {
            assert!(parsed(&value).unwrap_err().contains(why), "{value}");
        }
    }

    #[test]
    fn configuration_is_read_with_missing_fields_empty() {
        let read = |value: Value| read_config(value.to_string().as_bytes());
        let config = read(
            json!({"os": "linux", "architecture": "arm64", "variant": "v8",
            "created": "2026-01-02T03:04:05Z", "config": {"Env": ["A=b"]},
            "rootfs": {"type": "layers", "diff_ids": [digest('1')]}}),
        )
        .unwrap();
        assert_eq!(config.platform, "linux/arm64/v8");
        assert_eq!(config.diff_ids.len(), 1);
        assert!(config.created.is_some());
        assert_eq!(read(json!({})).unwrap().config, Value::Null);
        assert!(read(json!("x")).is_err());
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_read_or_named(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..200)) {
            let _ = read(&bytes, digest('f'));
            let _ = read_config(&bytes);
        }
    }
}
