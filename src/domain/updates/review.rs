//! What an update would bring: everything that can be known of the new image
//! before it is pulled.

use super::difference::{ConfigurationChange, clean, differences};
use super::problem::refusal;
use super::verdict::{LocalDigests, Subject, newest, subject};
use super::Updates;
use crate::engine::ImageFacts;
use crate::error::{Error, Result};
use crate::model::reference::Reference;
use crate::model::timestamp::Timestamp;
use crate::model::update::UpdateState;
use crate::registry::{Descriptor, ImageConfig, ImageManifest, Manifest, RegistrySession};
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// Hosts whose repositories have a page of releases, and where it is.
const RELEASES: [(&str, &str); 3] = [
    ("github.com", "/releases"),
    ("gitlab.com", "/-/releases"),
    ("codeberg.org", "/releases"),
];

/// What a container runs beside what it would run.
#[derive(Debug, Clone, Serialize, PartialEq, Eq, ToSchema)]
pub struct UpdateReview {
    pub container: String,
    /// `linux/arm64/v8`.
    pub platform: String,
    /// `null` when the image of the container is not whole on this host any more.
    pub current: Option<ReviewedImage>,
    pub new: ReviewedImage,
    /// The new image is the one that the container runs.
    pub is_same: bool,
    pub layers: u32,
    /// Layers that are on this host already.
    pub reused_layers: u32,
    /// Compressed, without what is reused.
    pub download_bytes: u64,
    pub reused_bytes: u64,
    /// What the new image does differently; empty when the old one is not known.
    pub changes: Vec<ConfigurationChange>,
    /// Where the source says what is new.
    pub releases_url: Option<String>,
}

/// One of the two images.
#[derive(Debug, Clone, Serialize, PartialEq, Eq, ToSchema)]
pub struct ReviewedImage {
    /// `nginx:1.27`.
    pub reference: String,
    pub digest: Option<String>,
    pub created_at: Option<Timestamp>,
    /// On disk for the current one, compressed for the new one.
    pub size_bytes: u64,
    /// `org.opencontainers.image.version` and its neighbours.
    pub version: Option<String>,
    pub revision: Option<String>,
    pub source: Option<String>,
    pub url: Option<String>,
}

/// The new image, as the registry describes it.
struct Offered {
    digest: String,
    manifest: ImageManifest,
    config: ImageConfig,
    labels: BTreeMap<String, String>,
}

impl Updates {
    /// Compares with what the tag is now, or with another tag of the repository.
    ///
    /// # Errors
    /// When there is nothing to compare with, or the registry does not tell.
    pub async fn review(&self, container: &str, tag: Option<&str>) -> Result<UpdateReview> {
        self.refresh();
        let view = self.containers.get(container)?;
        let container = view.container;
        let images = self.engine.images()?;
        let image = images.iter().find(|image| image.id == container.image_id);
        let own = match subject(&container, image.map(AsRef::as_ref)) {
            Subject::Tag { reference, .. } | Subject::LocalBuild(reference) => reference,
            Subject::Fixed(Some(reference)) if tag.is_some() => reference,
            Subject::Fixed(_) | Subject::Invalid(_) => {
                return Err(Error::conflict(format!(
                    "{} was created with an image that has no tag, so there is nothing to compare it with.",
                    container.name
                ))
                .code("no_tag"));
            }
        };
        let status = view.update.as_ref();
        let proposed = status
            .filter(|status| status.state == UpdateState::NewerVersion)
            .and_then(|status| newest(&status.newer));
        let wanted = match tag.or(proposed) {
            Some(tag) => other_tag(&own, tag)?,
            None => own.clone(),
        };
        let facts = self.engine.image_facts(&container.image_id).await?;
        let platform = self.platform_of(facts.as_ref());
        let session = self
            .registry
            .session(
                self.engine.registry_policy().await?,
                std::slice::from_ref(&wanted),
            )
            .await
            .map_err(refusal)?;
        let offered = offered(&session, &wanted, &platform).await?;
        let local = LocalDigests::of(&container, image.map(AsRef::as_ref), &own);
        let digest = status.and_then(|status| status.current_digest.clone());
        let current = facts.as_ref().map(|facts| current(&own, digest, facts));
        let is_same = local.has_any(&[
            &offered.digest,
            &offered.manifest.digest,
            &offered.manifest.config.digest,
        ]);
        Ok(review(
            container.name.clone(),
            &wanted,
            platform,
            facts.as_ref(),
            current,
            offered,
            is_same,
        ))
    }

    /// That of the present image, or of the engine.
    fn platform_of(&self, facts: Option<&ImageFacts>) -> String {
        if let Some(facts) = facts {
            return facts.platform.clone();
        }
        let info = self.engine.status().info;
        let architecture = info.map(|info| info.architecture).unwrap_or_default();
        let architecture = match architecture.as_str() {
            "aarch64" => "arm64",
            "armv7l" | "armv6l" => "arm",
            "i686" => "386",
            "" | "x86_64" => "amd64",
            other => other,
        };
        format!("linux/{architecture}")
    }
}

fn other_tag(own: &Reference, tag: &str) -> Result<Reference> {
    let text = format!("{}:{tag}", own.name());
    Reference::parse(&text)
        .ok()
        .filter(|other| other.is_same_repository(own) && other.digest.is_none())
        .ok_or_else(|| {
            Error::invalid(
                "tag",
                "It is not a tag. A tag has 1 to 128 letters, digits, underscores, dots and dashes, such as 1.27-alpine.",
            )
        })
}

async fn offered(
    session: &RegistrySession,
    reference: &Reference,
    platform: &str,
) -> Result<Offered> {
    let read = async |reference: &Reference| session.manifest(reference).await.map_err(refusal);
    let (digest, manifest, mut labels) = match read(reference).await? {
        Manifest::Image(image) => (image.digest.clone(), image, BTreeMap::new()),
        Manifest::Index(index) => {
            let missing = || {
                Error::conflict(format!("{reference} is not available for {platform}."))
                    .code("image_platform")
            };
            let entry = index.of_platform(platform).ok_or_else(missing)?;
            let by_digest = Reference {
                digest: Some(entry.digest.clone()),
                ..reference.clone()
            };
            let Manifest::Image(image) = read(&by_digest).await? else {
                return Err(missing());
            };
            (index.digest.clone(), image, index.annotations.clone())
        }
    };
    let config = session.config(reference, &manifest.config).await;
    let config = config.map_err(refusal)?;
    // What is closer to the image counts more.
    labels.extend(manifest.annotations.clone());
    labels.extend(labels_of(&config.config));
    Ok(Offered {
        digest,
        manifest,
        config,
        labels,
    })
}

fn labels_of(config: &Value) -> BTreeMap<String, String> {
    let labels = config.get("Labels").and_then(Value::as_object);
    let labels = labels.into_iter().flatten();
    labels
        .filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned())))
        .collect()
}

fn current(own: &Reference, digest: Option<String>, facts: &ImageFacts) -> ReviewedImage {
    described(
        own,
        digest,
        facts.created,
        facts.size_bytes,
        &labels_of(&facts.config),
    )
}

fn described(
    reference: &Reference,
    digest: Option<String>,
    created_at: Option<Timestamp>,
    size_bytes: u64,
    labels: &BTreeMap<String, String>,
) -> ReviewedImage {
    let label = |name: &str| {
        let text = labels.get(&format!("org.opencontainers.image.{name}"))?;
        (!text.trim().is_empty()).then(|| clean(text.trim()))
    };
    let address = |name: &str| label(name).filter(|text| is_link(text));
    ReviewedImage {
        reference: reference.familiar(),
        digest,
        created_at,
        size_bytes,
        version: label("version"),
        revision: label("revision"),
        source: address("source"),
        url: address("url"),
    }
}

/// One that a browser may be led to.
fn is_link(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_graphic() && !"\"'<>\\`".contains(c);
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    rest.is_some_and(|rest| !rest.is_empty()) && text.chars().all(plain)
}

fn review(
    container: String,
    reference: &Reference,
    platform: String,
    facts: Option<&ImageFacts>,
    current: Option<ReviewedImage>,
    offered: Offered,
    is_same: bool,
) -> UpdateReview {
    let layers = &offered.manifest.layers;
    let sizes = |layers: &[Descriptor]| {
        let sizes = layers.iter().map(|layer| layer.size);
        sizes.fold(0, u64::saturating_add)
    };
    // A layer is the same only on top of the same layers.
    let here = facts.map_or(&[][..], |facts| &facts.diff_ids);
    let same = offered.config.diff_ids.iter().zip(here);
    let reused = same.take_while(|(new, old)| new == old).count();
    // A list of another length would be of other layers.
    let reused = if offered.config.diff_ids.len() == layers.len() {
        reused
    } else {
        0
    };
    let (kept, fetched) = layers.split_at(reused);
    let new = described(
        reference,
        Some(offered.digest),
        offered.config.created,
        sizes(layers),
        &offered.labels,
    );
    UpdateReview {
        container,
        platform,
        is_same,
        layers: layers.len() as u32,
        reused_layers: kept.len() as u32,
        download_bytes: sizes(fetched),
        reused_bytes: sizes(kept),
        changes: facts.map_or_else(Vec::new, |facts| {
            differences(&facts.config, &offered.config.config)
        }),
        releases_url: new.source.as_deref().and_then(releases),
        current,
        new,
    }
}

/// The page of releases of a source repository.
fn releases(source: &str) -> Option<String> {
    let rest = source.strip_prefix("https://")?;
    let rest = rest.trim_end_matches('/').trim_end_matches(".git");
    let (host, path) = rest.split_once('/')?;
    let (_, page) = RELEASES.iter().find(|(known, _)| *known == host)?;
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let parts: Vec<&str> = path.split('/').collect();
    // What follows is a folder of the repository.
    let repository = match (host, parts.as_slice()) {
        ("gitlab.com", [_, _, ..]) => path.split("/-/").next().unwrap_or(path).to_owned(),
        (_, [owner, name, ..]) => format!("{owner}/{name}"),
        _ => return None,
    };
    Some(format!("https://{host}/{repository}{page}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn page_of_releases_is_known_of_a_few_hosts() {
        for (source, expected) in [
            ("https://github.com/owner/app", Some("https://github.com/owner/app/releases")),
            ("https://github.com/owner/app.git", Some("https://github.com/owner/app/releases")),
            ("https://github.com/owner/app/tree/main/docker", Some("https://github.com/owner/app/releases")),
            ("https://gitlab.com/a/b/c", Some("https://gitlab.com/a/b/c/-/releases")),
            ("https://codeberg.org/a/b/", Some("https://codeberg.org/a/b/releases")),
            ("https://example.org/a/b", None),
            ("https://github.com/owner", None),
            ("http://github.com/owner/app", None),
            ("javascript:alert(1)", None),
        ] {
            assert_eq!(releases(source).as_deref(), expected, "{source}");
        }
    }

    #[test]
    fn links_of_labels_are_addresses_and_nothing_else() {
        let described = |source: &str| {
            let labels = [("org.opencontainers.image.source".to_owned(), source.to_owned())];
            let reference = Reference::parse("a:1").unwrap();
            described(&reference, None, None, 0, &labels.into()).source
        };
        assert!(described(" https://github.com/a/b ").is_some());
        for bad in ["", "javascript:alert(1)", "https://", "https://a b", "https://a\"onclick"] {
            assert_eq!(described(bad), None, "{bad}");
        }
    }

    #[test]
    fn another_tag_stays_in_the_repository() {
        let own = Reference::parse("nginx:1.25").unwrap();
        assert_eq!(other_tag(&own, "1.27").unwrap().familiar(), "nginx:1.27");
        for bad in ["", "a/b", "1.27@sha256:00", "../x", "a b"] {
            assert!(other_tag(&own, bad).is_err(), "{bad}");
        }
    }
}
