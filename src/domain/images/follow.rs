//! Tells every browser of images that come, go, or are used by others than before.

use super::{ImageService, find};
use crate::domain::feed::Event;
use crate::engine::InventoryChange;
use crate::model::container::Container;
use crate::model::image::ImageUser;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use tokio::sync::broadcast::error::RecvError;
use tokio_util::sync::CancellationToken;

/// What was told last, so that nothing is told twice.
#[derive(Debug, Default)]
struct Told {
    /// By image.
    users: HashMap<String, Vec<ImageUser>>,
    /// The image of each container.
    images: HashMap<String, String>,
}

impl Told {
    /// The images that a container's change may be about.
    fn touched(&mut self, container: &Container) -> [Option<String>; 2] {
        let id = container.image_id.clone();
        let before = self.images.insert(container.id.clone(), id.clone());
        [before.filter(|before| *before != id), Some(id)]
    }
}

impl ImageService {
    /// Runs until `stop`. Everything that changed at once is told by the feed's
    /// `inventory`, for which `Containers::follow` cares.
    pub async fn follow(self: Arc<Self>, stop: CancellationToken) {
        let mut changes = self.engine.changes();
        let mut told = Told::default();
        let mut touched: HashSet<String> = HashSet::new();
        self.learn(&mut told);
        loop {
            // A burst is told once.
            if changes.is_empty() && !touched.is_empty() {
                self.tell_users(&mut told, std::mem::take(&mut touched));
            }
            let change = tokio::select! {
                () = stop.cancelled() => return,
                change = changes.recv() => change,
            };
            match change {
                Ok(InventoryChange::Image(image)) => {
                    if let Ok(containers) = self.engine.containers() {
                        let view = find::view(&image, &containers);
                        told.users.insert(image.id.clone(), view.used_by.clone());
                        self.feed.publish(Event::Image(Arc::new(view)));
                    }
                }
                Ok(InventoryChange::ImageRemoved { id, tags }) => {
                    told.users.remove(&id);
                    self.feed.publish(Event::ImageRemoved { id, tags });
                }
                Ok(InventoryChange::Upsert(container)) => {
                    touched.extend(told.touched(&container).into_iter().flatten());
                }
                Ok(InventoryChange::Removed { id, .. }) => touched.extend(told.images.remove(&id)),
                Ok(InventoryChange::Relisted) | Err(RecvError::Lagged(_)) => self.learn(&mut told),
                Ok(_) => {}
                Err(RecvError::Closed) => return,
            }
        }
    }

    /// What there is at first has been told by whatever page was opened.
    fn learn(&self, told: &mut Told) {
        let Ok(views) = self.views() else { return };
        told.users = views
            .into_iter()
            .map(|view| (view.image.id.clone(), view.used_by))
            .collect();
        told.images = self
            .engine
            .containers()
            .iter()
            .flat_map(|all| all.iter())
            .map(|container| (container.id.clone(), container.image_id.clone()))
            .collect();
    }

    fn tell_users(&self, told: &mut Told, touched: HashSet<String>) {
        let (Ok(images), Ok(containers)) = (self.engine.images(), self.engine.containers()) else {
            return;
        };
        for image in images.iter().filter(|image| touched.contains(&image.id)) {
            let view = find::view(image, &containers);
            if told.users.get(&image.id) != Some(&view.used_by) {
                told.users.insert(image.id.clone(), view.used_by.clone());
                self.feed.publish(Event::Image(Arc::new(view)));
            }
        }
    }
}
