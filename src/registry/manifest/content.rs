//! What is in an index, a manifest and a configuration, as far as it is used.
//! Unknown fields are left aside, and every list has a limit. Pure.

use crate::model::bounded;
use crate::model::image_defaults::{ImageDefaults, ImageOrigin};
use crate::model::reference::is_digest;
use crate::model::timestamp::Timestamp;
use serde::{Deserialize, Deserializer};

/// Entries of an index, and layers of an image, that are looked at.
const MOST_ENTRIES: usize = 1000;
/// A digest, with room for algorithms to come.
const DIGEST: usize = 256;
/// Media types, names of platforms, times.
const SHORT: usize = 256;

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
    pub origin: ImageOrigin,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageManifest {
    pub digest: String,
    pub config: Descriptor,
    pub layers: Vec<Descriptor>,
    pub origin: ImageOrigin,
}

/// OCI Content Descriptor.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Descriptor {
    #[serde(deserialize_with = "bounded::text::<DIGEST, _>")]
    pub digest: String,
    #[serde(deserialize_with = "or_default")]
    pub size: u64,
    pub platform: Option<ImagePlatform>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct ImagePlatform {
    #[serde(deserialize_with = "bounded::text::<SHORT, _>")]
    pub os: String,
    #[serde(deserialize_with = "bounded::text::<SHORT, _>")]
    pub architecture: String,
    #[serde(deserialize_with = "bounded::text::<SHORT, _>")]
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
    pub defaults: ImageDefaults,
    /// Of the layers without compression, from the lowest.
    pub diff_ids: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct RawManifest {
    #[serde(rename = "schemaVersion")]
    schema: u32,
    #[serde(deserialize_with = "bounded::optional_list::<MOST_ENTRIES, _, _>")]
    manifests: Option<Vec<Descriptor>>,
    config: Option<Descriptor>,
    #[serde(deserialize_with = "bounded::list::<MOST_ENTRIES, _, _>")]
    layers: Vec<Descriptor>,
    #[serde(rename = "annotations")]
    origin: ImageOrigin,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct RawConfig {
    #[serde(deserialize_with = "bounded::text::<SHORT, _>")]
    created: String,
    #[serde(deserialize_with = "bounded::text::<SHORT, _>")]
    os: String,
    #[serde(deserialize_with = "bounded::text::<SHORT, _>")]
    architecture: String,
    #[serde(deserialize_with = "bounded::text::<SHORT, _>")]
    variant: String,
    #[serde(rename = "config", deserialize_with = "or_default")]
    defaults: ImageDefaults,
    #[serde(deserialize_with = "or_default")]
    rootfs: RootFs,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct RootFs {
    #[serde(deserialize_with = "bounded::texts::<MOST_ENTRIES, DIGEST, _>")]
    diff_ids: Vec<String>,
}

/// What ended a reading: a bound of something in it, or `otherwise`.
fn why(error: &serde_json::Error, what: &str, otherwise: &str) -> String {
    match bounded::exceeded(error) {
        Some(bound) => format!("its {what} has {bound}"),
        None => otherwise.to_owned(),
    }
}

/// # Errors
/// A sentence that says why it is neither an index nor a manifest.
pub(super) fn read(body: &[u8], digest: String) -> Result<Manifest, String> {
    let raw: RawManifest = serde_json::from_slice(body)
        .map_err(|error| why(&error, "manifest", "it is not a manifest"))?;
    if raw.schema != 2 {
        return Err("it is not a manifest of schema version 2".to_owned());
    }
    let all = raw
        .manifests
        .iter()
        .flatten()
        .chain(&raw.layers)
        .chain(&raw.config);
    if all.into_iter().any(|one| !is_digest(&one.digest)) {
        return Err("its manifest names something without a digest".to_owned());
    }
    match (raw.manifests, raw.config) {
        (Some(manifests), _) => Ok(Manifest::Index(ImageIndex {
            digest,
            manifests,
            origin: raw.origin,
        })),
        (None, Some(config)) => Ok(Manifest::Image(ImageManifest {
            digest,
            config,
            layers: raw.layers,
            origin: raw.origin,
        })),
        (None, None) => Err("it is neither an index nor the manifest of an image".to_owned()),
    }
}

/// # Errors
/// A sentence.
pub(super) fn read_config(body: &[u8]) -> Result<ImageConfig, String> {
    let raw: RawConfig = serde_json::from_slice(body).map_err(|error| {
        why(
            &error,
            "configuration",
            "it is not the configuration of an image",
        )
    })?;
    let mut platform = format!("{}/{}", raw.os, raw.architecture);
    if !raw.variant.is_empty() {
        platform.push('/');
        platform.push_str(&raw.variant);
    }
    Ok(ImageConfig {
        created: Timestamp::parse(&raw.created),
        platform,
        defaults: raw.defaults,
        diff_ids: raw.rootfs.diff_ids,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

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

    /// Read to the end, each byte of these would take a hundred in memory.
    #[test]
    fn reading_ends_at_the_first_entry_that_is_too_much() {
        let endless = |begin: &str, entry: &str| {
            format!("{{\"schemaVersion\": 2, {begin}{}", entry.repeat(5000))
        };
        for (begin, entry) in [("\"manifests\": [", "{},"), ("\"layers\": [", "{},")] {
            let told = read(endless(begin, entry).as_bytes(), digest('f')).unwrap_err();
            assert_eq!(told, "its manifest has too many entries", "{begin}");
        }
        for begin in [
            "\"rootfs\": {\"diff_ids\": [",
            "\"config\": {\"Env\": [",
            "\"config\": {\"Healthcheck\": {\"Test\": [",
        ] {
            let told = read_config(endless(begin, "\"\",").as_bytes()).unwrap_err();
            assert_eq!(told, "its configuration has too many entries", "{begin}");
        }
    }

    #[test]
    fn annotations_cost_nothing_unless_they_are_shown() {
        let many: serde_json::Map<_, _> = (0..5000)
            .map(|n| (format!("k{n}"), Value::from("v")))
            .chain([("org.opencontainers.image.version".to_owned(), "1".into())])
            .collect();
        let found = parsed(&json!({"schemaVersion": 2, "annotations": many,
            "config": {"digest": digest('c'), "annotations": many}}));
        let Ok(Manifest::Image(image)) = found else {
            panic!("{found:?}");
        };
        assert_eq!(image.origin.version.as_deref(), Some("1"));
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
        assert_eq!(read(json!({})).unwrap().defaults, ImageDefaults::default());
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
