//! Looking up one reference: what its tag is now, what that stands for, and which
//! newer versions there are.

use super::equivalence;
use super::problem::problem;
use super::verdict::{LocalDigests, Subject, subject};
use crate::engine::Engine;
use crate::model::container::Container;
use crate::model::image::ImageSummary;
use crate::model::reference::Reference;
use crate::model::timestamp::Timestamp;
use crate::model::version_tag::{VersionTag, newer};
use crate::registry::{RegistryError, RegistrySession};
use crate::store::UpdateRecord;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::OnceCell;
use tokio::time::timeout;

/// All pages of the tags of a repository together.
const TAGS: Duration = Duration::from_mins(1);

/// A reference, and who runs what under its name.
#[derive(Debug, Clone)]
pub(super) struct LookUp {
    pub reference: Reference,
    pub users: Vec<User>,
}

#[derive(Debug, Clone)]
pub(super) struct User {
    container: Arc<Container>,
    local: LocalDigests,
    is_pinned: bool,
}

impl User {
    /// Whether it is the container with this id.
    pub fn is(&self, id: &str) -> bool {
        self.container.id == id
    }
}

/// Every distinct reference of the containers, by its canonical form.
pub(super) fn references(
    containers: &[Arc<Container>],
    images: &[Arc<ImageSummary>],
) -> BTreeMap<String, LookUp> {
    let by_id: HashMap<&str, &ImageSummary> = images
        .iter()
        .map(|image| (image.id.as_str(), &**image))
        .collect();
    let mut found: BTreeMap<String, LookUp> = BTreeMap::new();
    for container in containers {
        let image = by_id.get(container.image_id.as_str()).copied();
        let Subject::Tag {
            reference,
            is_pinned,
        } = subject(container, image)
        else {
            continue;
        };
        let user = User {
            container: Arc::clone(container),
            local: LocalDigests::of(container, image, &reference),
            is_pinned,
        };
        let look_up = found
            .entry(reference.canonical())
            .or_insert_with(|| LookUp {
                reference,
                users: Vec::new(),
            });
        look_up.users.push(user);
    }
    found
}

/// What the look-ups of one check share.
#[derive(Debug)]
pub(super) struct Looker<'a> {
    pub session: &'a RegistrySession,
    pub engine: &'a Engine,
    /// Version tags by repository.
    tags: Mutex<HashMap<String, Cell>>,
    /// By image id.
    platforms: Mutex<HashMap<String, String>>,
}

type Cell = Arc<OnceCell<Option<Vec<String>>>>;

impl<'a> Looker<'a> {
    pub fn new(session: &'a RegistrySession, engine: &'a Engine) -> Self {
        Self {
            session,
            engine,
            tags: Mutex::default(),
            platforms: Mutex::default(),
        }
    }

    /// What is known of the reference afterwards. A failure keeps what was seen before.
    pub async fn look_up(&self, look_up: &LookUp, before: UpdateRecord) -> UpdateRecord {
        match self.digest(look_up, &before).await {
            Ok(record) => self.with_versions(look_up, record).await,
            Err(error) => UpdateRecord {
                problem: Some(problem(&error)),
                ..before
            },
        }
    }

    async fn digest(
        &self,
        look_up: &LookUp,
        before: &UpdateRecord,
    ) -> Result<UpdateRecord, RegistryError> {
        let reference = &look_up.reference;
        let head = self.session.head(reference).await?;
        let mut record = UpdateRecord {
            problem: None,
            ..before.clone()
        };
        if record.digest.as_ref() != Some(&head.digest) {
            record.digest = Some(head.digest.clone());
            record.since = Some(Timestamp::now());
            record.platforms = Vec::new();
        }
        for user in look_up.users.iter().filter(|user| !user.is_pinned) {
            if user.local.is(&record) {
                continue;
            }
            let Some(platform) = self.platform(&user.container).await else {
                continue;
            };
            if record.platforms.iter().any(|one| one.platform == platform) {
                continue;
            }
            let found = equivalence::platform(
                self.session,
                reference,
                &head.digest,
                &platform,
                &user.local,
            );
            record.platforms.push(found.await.map_err(unknown_digest)?);
        }
        Ok(record)
    }

    /// `linux/arm64/v8`; `None` when the image is gone.
    async fn platform(&self, container: &Container) -> Option<String> {
        let id = &container.image_id;
        let platforms = || {
            self.platforms
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
        };
        let known = platforms().get(id).cloned();
        if known.is_some() {
            return known;
        }
        let facts = self.engine.image_facts(id).await.ok().flatten()?;
        platforms().insert(id.clone(), facts.platform.clone());
        Some(facts.platform)
    }

    /// Asks for the tags of the repository, where the own tag is a version.
    async fn with_versions(&self, look_up: &LookUp, record: UpdateRecord) -> UpdateRecord {
        let reference = &look_up.reference;
        let own = reference.tag.as_deref().unwrap_or_default();
        let is_followed = look_up.users.iter().any(|user| !user.is_pinned);
        if VersionTag::parse(own).is_none() || !is_followed {
            return UpdateRecord {
                patch: None,
                minor: None,
                major: None,
                newer_since: BTreeMap::new(),
                ..record
            };
        }
        let cell = {
            let mut tags = self.tags.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(tags.entry(reference.name()).or_default())
        };
        let listed = cell.get_or_init(|| self.tags_of(reference)).await;
        // A registry that does not list its tags leaves what was known.
        let Some(tags) = listed else {
            return record;
        };
        let newer = newer(own, tags.iter().map(String::as_str));
        let now = Timestamp::now();
        let steps = [&newer.patch, &newer.minor, &newer.major];
        let since = |tag: &String| record.newer_since.get(tag).copied().unwrap_or(now);
        let newer_since = steps.into_iter().flatten();
        let newer_since = newer_since.map(|tag| (tag.clone(), since(tag))).collect();
        UpdateRecord {
            newer_since,
            patch: newer.patch,
            minor: newer.minor,
            major: newer.major,
            ..record
        }
    }

    async fn tags_of(&self, reference: &Reference) -> Option<Vec<String>> {
        let is_version = |tag: &str| VersionTag::parse(tag).is_some();
        match timeout(TAGS, self.session.tags(reference, is_version)).await {
            Ok(Ok(list)) => Some(list.tags),
            Err(_) => {
                tracing::debug!(%reference, "the tags of an image were not listed in time");
                None
            }
            Ok(Err(error)) => {
                tracing::debug!(%error, %reference, "the tags of an image were not listed");
                None
            }
        }
    }
}

/// A digest that the registry has just named itself.
fn unknown_digest(error: RegistryError) -> RegistryError {
    match error {
        RegistryError::NotFound { registry, .. } => RegistryError::InvalidAnswer {
            registry,
            why: "it does not have the image that it says the tag is".to_owned(),
        },
        other => other,
    }
}
