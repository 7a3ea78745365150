//! Images: the ones on this host, who uses them, what they share, and pulling,
//! tagging, removing, saving and loading them.
//!
//! Invariant: an image that a container uses is never removed, and of those that
//! nothing uses, prune leaves what a saved configuration or an interrupted
//! operation needs.

mod archive;
mod bulk;
mod cache;
mod details;
mod find;
mod follow;
mod journalled;
mod layers;
mod list;
mod load;
mod parents;
mod prune;
mod pull;
mod removal;
mod sharing;
mod tag_users;
mod tagging;

pub use bulk::{ImageAction, ImageBulkRequest};
pub use cache::CachePrune;
pub use list::{ImageList, ImageQuery, ImageSort, ImageUse};
pub use load::{LoadRequest, Upload};
pub use prune::PruneRequest;
pub use pull::Pull;
pub use tagging::TagRequest;

use crate::domain::containers::Containers;
use crate::domain::environments::Environments;
use crate::domain::feed::Feed;
use crate::domain::operations::Operations;
use crate::domain::saved_configurations::SavedConfigurations;
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::model::image::{ImageSummary, ImageView};
use crate::registry::Logins;
use layers::ImageLayers;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};

/// The images of the engine.
#[derive(Debug, Clone)]
pub struct Images {
    engine: Engine,
    logins: Logins,
}

impl Images {
    pub fn new(engine: Engine, logins: Logins) -> Self {
        Self { engine, logins }
    }
}

/// The images of the engine as the product shows and changes them.
#[derive(Debug)]
pub struct ImageService {
    engine: Engine,
    feed: Feed,
    environments: Arc<Environments>,
    containers: Arc<Containers>,
    operations: Operations,
    saved: Arc<SavedConfigurations>,
    /// Requests to the engine at the same time.
    at_once: usize,
    /// What images are made of, by their id. An image never changes.
    layers: Mutex<HashMap<String, Arc<ImageLayers>>>,
}

/// What the room is made of, as `app` put it together.
#[derive(Debug)]
pub struct ImageParts {
    pub engine: Engine,
    pub feed: Feed,
    pub environments: Arc<Environments>,
    pub containers: Arc<Containers>,
    pub operations: Operations,
    pub saved: Arc<SavedConfigurations>,
    /// Requests to the engine at the same time.
    pub at_once: usize,
}

impl ImageService {
    pub fn new(parts: ImageParts) -> Arc<Self> {
        Arc::new(Self {
            engine: parts.engine,
            feed: parts.feed,
            environments: parts.environments,
            containers: parts.containers,
            operations: parts.operations,
            saved: parts.saved,
            at_once: parts.at_once.max(1),
            layers: Mutex::default(),
        })
    }

    /// Every image, by its first tag. From memory.
    pub fn views(&self) -> Result<Vec<ImageView>> {
        let images = self.engine.images()?;
        let containers = self.engine.containers()?;
        Ok(find::views(&images, &containers))
    }

    /// Those that fit, in order.
    pub fn list(&self, query: &ImageQuery) -> Result<ImageList> {
        let views = self.views()?;
        let total = views.len();
        Ok(ImageList {
            items: list::select(views, query),
            total,
        })
    }

    /// By id, tag, digest, or a beginning of the id that fits one image.
    pub fn get(&self, reference: &str) -> Result<ImageView> {
        let image = self.find(reference)?;
        Ok(find::view(&image, &self.engine.containers()?))
    }

    fn find(&self, reference: &str) -> Result<Arc<ImageSummary>> {
        let images = self.engine.images()?;
        find::find(&images, reference, self.naming()).cloned()
    }

    fn naming(&self) -> find::Naming {
        if self.engine.is_podman() {
            find::Naming::Podman
        } else {
            find::Naming::Docker
        }
    }
}

/// What the engine says of an image that is gone meanwhile, or is in use.
fn engine_error(error: crate::engine::EngineError, name: &str) -> Error {
    use crate::engine::EngineError as E;
    match &error {
        E::Engine { status: 404, .. } => find::missing(name).source(error),
        E::Conflict(said) => Error::conflict(format!(
            "The engine does not remove {name}: {said}. Delete what uses it first."
        ))
        .code("image_in_use")
        .source(error),
        _ => Error::from(error),
    }
}
