//! Giving an image a tag, taking references away, and knowing of it at once.

use super::error::EngineError;
use super::handle::Engine;
use super::resources::Resource;
use super::transport::REQUEST;
use super::wire::encode;
use hyper::Method;
use std::time::Duration;

/// Deleting the layers of a large image on a slow disk.
const REMOVE: Duration = Duration::from_mins(5);

impl Engine {
    /// `POST /images/{id}/tag`.
    ///
    /// # Errors
    /// The engine's reason; a 404 when there is no such image.
    pub async fn tag_image(
        &self,
        id: &str,
        repository: &str,
        tag: &str,
    ) -> Result<(), EngineError> {
        let client = self.shared.client()?;
        let path = format!(
            "/images/{}/tag?repo={}&tag={}",
            encode(id),
            encode(repository),
            encode(tag)
        );
        self.ask(&client, Method::POST, &path, None, REQUEST, id)
            .await?;
        Ok(())
    }

    /// `DELETE /images/{reference}`, never by force: Podman would remove containers
    /// with it. The image itself goes with its last reference, and without what it was
    /// built on (`noprune`): an image without a name may be needed all the same. False
    /// when the reference does not exist.
    ///
    /// # Errors
    /// [`EngineError::Conflict`] when a container uses it.
    pub async fn remove_image(&self, reference: &str) -> Result<bool, EngineError> {
        let client = self.shared.client()?;
        // The engine reads slashes of a reference unencoded.
        let path = format!(
            "/images/{}?noprune=1",
            encode(reference).replace("%2F", "/")
        );
        match self
            .ask(&client, Method::DELETE, &path, None, REMOVE, reference)
            .await
        {
            Ok(_) => Ok(true),
            Err(EngineError::Engine { status: 404, .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Reads the list of images, so that memory shows a change that was just made.
    /// What fails is read when the engine's event comes.
    pub async fn refresh_images(&self) {
        let Ok(client) = self.shared.client() else {
            return;
        };
        let answer = self.shared.list(&client, Resource::Images).await;
        if let Err(error) = self.shared.apply_list(Resource::Images, answer) {
            tracing::debug!(%error, "the images could not be listed");
        }
    }
}
