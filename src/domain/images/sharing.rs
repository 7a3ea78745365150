//! What images share on the disk. The engine is asked about each image once: an
//! image never changes.

use super::ImageService;
use super::layers::{self, ImageLayers};
use crate::error::{Error, Result};
use crate::model::image::{ImageSharing, ImageSummary, SharedSize};
use futures_util::StreamExt as _;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, MutexGuard, PoisonError};

impl ImageService {
    /// What the images share.
    pub async fn sharing(&self) -> Result<ImageSharing> {
        let images = self.engine.images()?;
        let all = self.layers_of(&images).await?;
        let (each, layers_bytes) = layers::shared(&all);
        let images = each
            .into_iter()
            .map(|(id, shared_bytes)| SharedSize { id, shared_bytes })
            .collect();
        Ok(ImageSharing {
            images,
            layers_bytes,
        })
    }

    /// What each of these is made of, by its id.
    pub(super) async fn layers_of(
        &self,
        images: &[Arc<ImageSummary>],
    ) -> Result<Vec<(String, Arc<ImageLayers>)>> {
        let mut asked = futures_util::stream::iter(images.to_vec())
            .map(|image| async move {
                let layers = self.layers_of_one(&image).await?;
                Ok::<_, Error>((image.id.clone(), layers))
            })
            .buffered(self.at_once);
        let mut found = Vec::with_capacity(images.len());
        while let Some(one) = asked.next().await {
            found.push(one?);
        }
        let known = self.engine.images()?;
        let mut kept = self.layers();
        let known: HashSet<&str> = known
            .iter()
            .chain(images)
            .map(|image| image.id.as_str())
            .collect();
        kept.retain(|id, _| known.contains(id.as_str()));
        Ok(found)
    }

    async fn layers_of_one(&self, image: &ImageSummary) -> Result<Arc<ImageLayers>> {
        if let Some(known) = self.layers().get(&image.id) {
            return Ok(Arc::clone(known));
        }
        let inspect = self.engine.image_inspect(&image.id).await;
        let history = self.engine.image_history(&image.id).await;
        match (inspect, history) {
            (Ok(Some(inspect)), Ok(history)) => {
                let layers = Arc::new(ImageLayers::new(&inspect, &history, image.size_bytes));
                self.layers().insert(image.id.clone(), Arc::clone(&layers));
                Ok(layers)
            }
            // Without an engine there is no answer; an engine that knows nothing of one
            // image is in the way of no other.
            (inspect, history) => {
                self.engine.images()?;
                let error = inspect.err().or(history.err());
                tracing::debug!(
                    ?error,
                    id = image.id,
                    "the layers of an image are not known"
                );
                Ok(Arc::new(ImageLayers::unknown(image.size_bytes)))
            }
        }
    }

    fn layers(&self) -> MutexGuard<'_, HashMap<String, Arc<ImageLayers>>> {
        self.layers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
