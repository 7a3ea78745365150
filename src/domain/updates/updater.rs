//! Updating a container: it is recreated from the newer image, watched, and rolled
//! back when the new one does not work.
//!
//! Invariants: its configuration is saved and its history entry written before it
//! is touched; the tag names the old image again after a rollback; an image that is
//! the same already changes nothing.

mod all;
mod automatic;
mod descent;
mod history;
mod old_image;
mod perform;
mod roll_back;
mod rollback_needs;
mod selection;

pub use all::UpdateAllRequest;

use super::stateful::before_update;
use super::verdict::{Subject, subject};
use super::{Updates, other_tag};
use crate::domain::containers::Containers;
use crate::domain::environments::{self, Environments};
use crate::domain::images::{Images, Pull};
use crate::domain::operations::{Operations, Reservation, Started};
use crate::domain::recreate::{self, Purpose, Recreate, RecreateService, Recreation, Replace};
use crate::domain::saved_configurations::SavedConfigurations;
use crate::domain::settings::SettingsService;
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::model::container::ContainerView;
use crate::model::operation::Target;
use crate::model::plan::Plan;
use crate::model::reference::Reference;
use crate::model::timestamp::Timestamp;
use crate::model::update_history::UpdateTrigger;
use crate::store::Store;
use serde::Deserialize;
use serde_json::json;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use utoipa::ToSchema;

/// How long a new container without a health check must stay up.
pub(super) const STABLE_SECONDS: u64 = 30;

/// Which container is updated, and how.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateRequest {
    /// Name, id or id prefix.
    pub container: String,
    /// Another tag of the same repository. Without one: what its own tag is now.
    #[serde(default)]
    pub tag: Option<String>,
    /// Without a health check: seconds that the new one must stay up to count as
    /// working; unless given, what its policy says (30), at most 600.
    #[serde(default)]
    pub stable_seconds: Option<u64>,
    /// Remove the image that it runs now, once the new one works and if nothing else
    /// uses it. A rollback has to pull it again.
    #[serde(default)]
    pub remove_old_image: bool,
    /// The digest that was judged, where nobody is asked: any other is not taken.
    #[serde(skip)]
    #[schema(ignore)]
    pub(super) expected: Option<String>,
}

/// Who says yes to what a plan asks.
#[derive(Debug, Clone, Copy)]
pub(super) enum Consent<'a> {
    Given {
        confirm: Option<&'a str>,
        acknowledged: &'a [String],
    },
    /// It was given for all of them, or by the schedule.
    Whole,
}

/// Updates containers, and takes updates back.
#[derive(Debug)]
pub struct Updater {
    updates: Arc<Updates>,
    recreate: Arc<RecreateService>,
    engine: Engine,
    store: Store,
    operations: Operations,
    containers: Arc<Containers>,
    images: Images,
    saved: Arc<SavedConfigurations>,
    environments: Arc<Environments>,
    settings: Arc<SettingsService>,
    /// What was tried by itself and failed, and when: by container and digest or tag.
    attempts: Mutex<HashMap<(String, String), Timestamp>>,
    /// What registries said of images to update to: by the reference of a container and
    /// the digest or tag.
    looked: Mutex<HashMap<(String, String), LookedAt>>,
    /// One for each tag that is being moved.
    turns: Mutex<HashMap<String, Turn>>,
}

type Turn = Arc<tokio::sync::Mutex<()>>;

/// What a registry said of an image.
#[derive(Debug, Clone)]
struct LookedAt {
    asked_at: Timestamp,
    digest: Option<String>,
    created_at: Option<Timestamp>,
    /// It is known to be of the same major version.
    keeps_major: bool,
}

/// What [`Updater`] is made of, as `app` put it together.
#[derive(Debug)]
pub struct UpdaterParts {
    pub updates: Arc<Updates>,
    pub recreate: Arc<RecreateService>,
    pub engine: Engine,
    pub store: Store,
    pub operations: Operations,
    pub containers: Arc<Containers>,
    pub images: Images,
    pub saved: Arc<SavedConfigurations>,
    pub environments: Arc<Environments>,
    pub settings: Arc<SettingsService>,
}

/// What is to be done, as far as it is known before.
#[derive(Debug)]
struct Wanted {
    view: ContainerView,
    own: Reference,
    /// The reference of the new image.
    image: String,
    replace: Replace,
}

impl Updater {
    pub fn new(parts: UpdaterParts) -> Arc<Self> {
        Arc::new(Self {
            updates: parts.updates,
            recreate: parts.recreate,
            engine: parts.engine,
            store: parts.store,
            operations: parts.operations,
            containers: parts.containers,
            images: parts.images,
            saved: parts.saved,
            environments: parts.environments,
            settings: parts.settings,
            attempts: Mutex::default(),
            turns: Mutex::default(),
            looked: Mutex::default(),
        })
    }

    /// What updating it will do.
    pub async fn plan(&self, request: &UpdateRequest) -> Result<Plan> {
        let wanted = self.wanted(request)?;
        let id = &wanted.view.container.id;
        if wanted.view.container.is_self {
            return self.recreate.plan_for_own(id, &wanted.replace).await;
        }
        let mut plan = self.recreate.plan_replacement(id, &wanted.replace).await?;
        let spec = self.containers.spec(id).await?;
        if let Ok(new) = Reference::parse(&wanted.image) {
            let said = before_update(&spec, &wanted.own, &new);
            plan.warnings.splice(0..0, said);
        }
        if request.remove_old_image {
            plan.steps
                .push("Remove the old image, unless something else uses it.".to_owned());
        } else {
            plan.keeps
                .push("The old image, so that the update can be rolled back.".to_owned());
        }
        Ok(plan)
    }

    /// Updates it, as an operation. `confirm` answers what the plan needs.
    ///
    /// # Errors
    /// When it cannot be updated, or what the plan asks is not answered.
    pub async fn start(
        self: &Arc<Self>,
        request: UpdateRequest,
        confirm: Option<&str>,
        acknowledged: &[String],
    ) -> Result<Started> {
        let consent = Consent::Given {
            confirm,
            acknowledged,
        };
        self.begin(request, UpdateTrigger::Manual, consent).await
    }

    pub(super) async fn begin(
        self: &Arc<Self>,
        request: UpdateRequest,
        trigger: UpdateTrigger,
        consent: Consent<'_>,
    ) -> Result<Started> {
        let wanted = self.wanted(&request)?;
        let (known, reserved) = self.agreed(&wanted, consent).await?;
        let this = Arc::clone(self);
        let target = Target::container(known.name());
        Ok(self.operations.start_task(
            "container.update",
            known.plan.title.clone(),
            target,
            true,
            move |task| async move {
                let update = this.update(&task, wanted, known, reserved, &request, trigger);
                Box::pin(update).await
            },
        ))
    }

    /// Everything that is known, agreed to and reserved.
    async fn agreed(
        &self,
        wanted: &Wanted,
        consent: Consent<'_>,
    ) -> Result<(Recreation, Reservation)> {
        let id = &wanted.view.container.id;
        let (known, findings) = self.recreate.recreation(id, &wanted.replace).await?;
        if let Consent::Given {
            confirm,
            acknowledged,
        } = consent
        {
            findings.acknowledged(acknowledged)?;
            environments::require(known.plan.needs.as_ref(), confirm, known.name())?;
        }
        let reserved = self.operations.reserve(&recreate::targets(&known.group))?;
        Ok((known, reserved))
    }

    /// The saved configuration of the first; those that depend on it are saved too.
    async fn save(&self, known: &Recreation, reason: &str) -> Result<Option<String>> {
        let mut first = None;
        for replacement in &known.group {
            let container = &replacement.snapshot.container;
            let view = self.containers.view(Arc::clone(container));
            let environment = view.environment.as_deref();
            let saved = self
                .saved
                .save_always(&replacement.snapshot, environment, reason)
                .await?;
            first.get_or_insert(saved);
        }
        Ok(first)
    }

    fn wanted(&self, request: &UpdateRequest) -> Result<Wanted> {
        let view = self.containers.get(&request.container)?;
        let container = &view.container;
        let images = self.engine.images()?;
        let image = images.iter().find(|image| image.id == container.image_id);
        let name = &container.name;
        let own = match subject(container, image.map(AsRef::as_ref)) {
            Subject::Tag {
                reference,
                is_pinned: false,
            } => reference,
            Subject::LocalBuild(reference) if request.tag.is_some() => reference,
            Subject::LocalBuild(reference) => {
                return Err(Error::conflict(format!(
                    "The image of {name}, {reference}, was built or loaded on this host, so no registry has a newer one. Build it again, then recreate {name}."
                ))
                .code("local_build"));
            }
            Subject::Fixed(_) | Subject::Tag { .. } => {
                return Err(Error::conflict(format!(
                    "{name} was created with a digest or an image ID, which never changes. To have another image, recreate it with that image."
                ))
                .code("pinned"));
            }
            Subject::Invalid(why) => return Err(Error::conflict(why).code("invalid_reference")),
        };
        let tag = request.tag.as_deref();
        let tag = tag.filter(|tag| own.tag.as_deref() != Some(*tag));
        let mut recreate = Recreate {
            pull: Pull::Always,
            stable_seconds: Some(
                request
                    .stable_seconds
                    .unwrap_or_else(|| self.updates.policy_of(&view).stable_seconds),
            ),
            ..Recreate::default()
        };
        let image = match tag {
            None => container.image.clone(),
            Some(tag) => {
                let image = other_tag(&own, tag)?.familiar();
                recreate.changes.insert("image".to_owned(), json!(image));
                image
            }
        };
        Ok(Wanted {
            own,
            image,
            replace: Replace {
                purpose: Purpose::Update,
                request: recreate,
                ..Replace::default()
            },
            view,
        })
    }
}
