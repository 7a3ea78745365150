//! What an update would bring: everything that can be known of the new image
//! before it is pulled.

use super::Updates;
mod labels;

pub use labels::ReviewedImage;

use super::difference::{ConfigurationChange, differences};
use super::problem::refusal;
use super::stateful::keeps_major;
use super::verdict::{LocalDigests, Subject, newest, subject};
use crate::engine::ImageFacts;
use crate::error::{Error, Kind, Result};
use crate::model::image_defaults::ImageOrigin;
use crate::model::reference::Reference;
use crate::model::update::UpdateState;
use crate::registry::{Descriptor, ImageConfig, ImageManifest, Manifest, RegistrySession};
use labels::{described, releases};
use serde::Serialize;
use std::time::Duration;
use utoipa::ToSchema;

/// Others wait for so long.
pub(super) const AT_ONCE: usize = 2;
const PATIENCE: Duration = Duration::from_mins(1);

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
    /// Of a database: both images say that they are of the same major version.
    #[serde(skip)]
    pub(super) keeps_major: bool,
}

/// The new image, as the registry describes it.
struct Offered {
    digest: String,
    manifest: ImageManifest,
    config: ImageConfig,
    origin: ImageOrigin,
}

impl Updates {
    /// Compares with what the tag is now, or with another tag of the repository.
    ///
    /// # Errors
    /// When there is nothing to compare with, or the registry does not tell.
    pub async fn review(&self, container: &str, tag: Option<&str>) -> Result<UpdateReview> {
        let _place = tokio::time::timeout(PATIENCE, self.reviews.acquire())
            .await
            .map_err(|_| {
                Error::new(
                    Kind::Busy,
                    "Other updates are being looked at, and their registries are slow. Try again in a moment.",
                )
            })?;
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

pub(super) fn other_tag(own: &Reference, tag: &str) -> Result<Reference> {
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
    let (digest, manifest, of_index) = match read(reference).await? {
        Manifest::Image(image) => (image.digest.clone(), image, ImageOrigin::default()),
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
            (index.digest.clone(), image, index.origin)
        }
    };
    let config = session.config(reference, &manifest.config).await;
    let config = config.map_err(refusal)?;
    // What is closer to the image counts more.
    let of_image = config.defaults.origin.clone();
    let origin = of_image.or(manifest.origin.clone()).or(of_index);
    Ok(Offered {
        digest,
        manifest,
        config,
        origin,
    })
}

fn current(own: &Reference, digest: Option<String>, facts: &ImageFacts) -> ReviewedImage {
    described(
        own,
        digest,
        facts.created,
        facts.size_bytes,
        &facts.defaults.origin,
    )
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
        &offered.origin,
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
            differences(&facts.defaults, &offered.config.defaults)
        }),
        keeps_major: facts
            .is_some_and(|facts| keeps_major(&facts.defaults.env, &offered.config.defaults.env)),
        releases_url: new.source.as_deref().and_then(releases),
        current,
        new,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_tag_stays_in_the_repository() {
        let own = Reference::parse("nginx:1.25").unwrap();
        assert_eq!(other_tag(&own, "1.27").unwrap().familiar(), "nginx:1.27");
        for bad in ["", "a/b", "1.27@sha256:00", "../x", "a b"] {
            assert!(other_tag(&own, bad).is_err(), "{bad}");
        }
    }
}
