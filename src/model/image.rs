//! An image on this host: as the engine lists it, with who uses it, and with
//! everything that is known about it.

use super::timestamp::Timestamp;
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::Arc;
use utoipa::ToSchema;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ImageSummary {
    /// `sha256:…`: of its configuration, or of its manifest with the containerd
    /// image store.
    pub id: String,
    /// References by which it can be used, sorted. Without one it is dangling.
    pub tags: Vec<String>,
    /// `name@sha256:…` for each repository that it was pulled from or pushed to.
    pub digests: Vec<String>,
    /// `linux/arm64/v8`; none where the engine does not tell.
    pub platform: Option<String>,
    pub size_bytes: u64,
    pub created_at: Option<Timestamp>,
    pub labels: BTreeMap<String, String>,
}

impl ImageSummary {
    /// What a person calls it: its first tag, else where it came from, else its short id.
    pub fn name(&self) -> String {
        if let Some(tag) = self.tags.first() {
            return tag.clone();
        }
        let digest = self.digests.first();
        match digest.and_then(|digest| digest.split_once('@')) {
            Some((repository, _)) => format!("{repository} ({})", self.short_id()),
            None => self.short_id().to_owned(),
        }
    }

    /// What the engine is asked for to get exactly this image: its first tag, else its id.
    pub fn reference(&self) -> String {
        self.tags.first().unwrap_or(&self.id).clone()
    }

    /// What has to be removed so that the image goes: each tag, each digest of a
    /// repository that no tag is of, and without any of these the id.
    pub fn references(&self) -> Vec<String> {
        let repository = |tag: &str| {
            let name_begins = tag.rfind('/').map_or(0, |at| at + 1);
            let end = tag[name_begins..].rfind(':').map(|at| name_begins + at);
            end.map_or(tag, |end| &tag[..end]).to_owned()
        };
        let tagged: Vec<String> = self.tags.iter().map(|tag| repository(tag)).collect();
        let alone = self.digests.iter().filter(|digest| {
            let of = digest.split_once('@').map_or("", |(of, _)| of);
            !tagged.iter().any(|known| known == of)
        });
        let all: Vec<String> = self.tags.iter().chain(alone).cloned().collect();
        if all.is_empty() {
            vec![self.id.clone()]
        } else {
            all
        }
    }

    /// The first 12 digits of the id, as the CLI shows it.
    pub fn short_id(&self) -> &str {
        short_id(&self.id)
    }
}

/// The first 12 digits of an image's id, as the CLI shows it.
pub fn short_id(id: &str) -> &str {
    let digits = id.strip_prefix("sha256:").unwrap_or(id);
    digits.get(..12).unwrap_or(digits)
}

/// A container that was created from an image.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
pub struct ImageUser {
    pub name: String,
    pub id: String,
    /// It runs, is paused or is restarting.
    pub running: bool,
}

/// An image with who uses it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ImageView {
    #[serde(flatten)]
    pub image: Arc<ImageSummary>,
    /// Containers that were created from it, running or not, by name.
    pub used_by: Vec<ImageUser>,
    /// No tag names it, mostly because its tag was moved to a newer image.
    pub is_dangling: bool,
}

/// Everything about one image.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ImageDetail {
    #[serde(flatten)]
    pub view: ImageView,
    /// Containers whose saved configurations name it: it is needed to restore them.
    pub saved_for: Vec<String>,
    pub author: String,
    pub config: ImageConfiguration,
    /// What it was built by, the newest first. Empty where the engine does not tell.
    pub history: Vec<ImageLayer>,
    /// Bytes of its layers that other images on this host have too; none where the
    /// engine does not tell.
    pub shared_bytes: Option<u64>,
    /// The engine's own inspect answer, untouched.
    #[schema(value_type = Object)]
    pub inspect: serde_json::Value,
}

/// What a container of the image gets unless it says otherwise.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct ImageConfiguration {
    pub entrypoint: Vec<String>,
    pub command: Vec<String>,
    /// Empty is root.
    pub user: String,
    pub working_dir: String,
    pub variables: Vec<ImageVariable>,
    /// `80/tcp`
    pub ports: Vec<String>,
    /// Paths that it keeps data in.
    pub volumes: Vec<String>,
    /// The command of its health check, `CMD-SHELL` or `CMD` first; empty without one.
    pub health_check: Vec<String>,
    pub stop_signal: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ImageVariable {
    pub name: String,
    pub value: String,
    /// The value looks like a secret: the page masks it until asked.
    pub secret: bool,
}

/// A step of an image's history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ImageLayer {
    pub created_at: Option<Timestamp>,
    /// The instruction, as the builder wrote it down.
    pub created_by: String,
    pub comment: String,
    /// 0 for a step that changed no files.
    pub size_bytes: u64,
    /// Tags that end at this step.
    pub tags: Vec<String>,
}

/// How much of the disk the images share.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ImageSharing {
    /// Of each image; those that the engine tells nothing of are left out.
    pub images: Vec<SharedSize>,
    /// All layers, each counted once.
    pub layers_bytes: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct SharedSize {
    pub id: String,
    /// Bytes of its layers that other images on this host have too.
    pub shared_bytes: u64,
}

/// What removing unused images would do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct PrunePreview {
    /// Those that would be removed.
    pub images: Vec<PrunedImage>,
    /// Those that nothing uses and that stay all the same.
    pub kept: Vec<KeptImage>,
    /// Bytes that are free afterwards.
    pub frees_bytes: u64,
    /// The engine tells the sizes of all their layers; else it is an estimate.
    pub is_exact: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct PrunedImage {
    pub id: String,
    pub name: String,
    pub tags: Vec<String>,
    pub size_bytes: u64,
    pub created_at: Option<Timestamp>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct KeptImage {
    pub id: String,
    pub name: String,
    /// A sentence.
    pub reason: String,
}

#[cfg(test)]
impl ImageSummary {
    /// One of this id and these tags, of which nothing else is worth telling.
    pub fn named(id: &str, tags: &[&str]) -> Self {
        Self {
            id: id.to_owned(),
            tags: tags.iter().map(|&tag| tag.to_owned()).collect(),
            digests: Vec::new(),
            platform: None,
            size_bytes: 0,
            created_at: None,
            labels: BTreeMap::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn image_is_called_by_its_tag_or_repository_or_short_id() {
        let id = format!("sha256:{}", "0a".repeat(32));
        let mut image = ImageSummary::named(&id, &["web:1", "web:2"]);
        assert_eq!(image.name(), "web:1");
        image.tags.clear();
        assert_eq!(image.name(), "0a0a0a0a0a0a");
        image.digests.push("ghcr.io/a/b@sha256:00".to_owned());
        assert_eq!(image.name(), "ghcr.io/a/b (0a0a0a0a0a0a)");
    }

    #[test]
    fn references_are_the_tags_and_the_digests_of_other_repositories_or_the_id() {
        let mut image = ImageSummary::named("sha256:aa", &["localhost:5000/a:1", "b:2"]);
        image.digests = ["b@sha256:1", "c@sha256:2", "localhost:5000/a@sha256:3"]
            .map(ToOwned::to_owned)
            .into();
        assert_eq!(
            image.references(),
            ["localhost:5000/a:1", "b:2", "c@sha256:2"]
        );
        assert_eq!(
            ImageSummary::named("sha256:aa", &[]).references(),
            ["sha256:aa"]
        );
    }
}
