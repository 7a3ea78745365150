//! Removing volumes.

use super::error::EngineError;
use super::handle::Engine;
use super::transport::REQUEST;
use super::wire::encode;
use hyper::Method;

impl Engine {
    /// `DELETE /volumes/{name}`; false when it is gone already, or in use.
    pub async fn remove_volume(&self, name: &str) -> Result<bool, EngineError> {
        let client = self.shared.client()?;
        let path = format!("/volumes/{}", encode(name));
        match self
            .ask(&client, Method::DELETE, &path, None, REQUEST, name)
            .await
        {
            Ok(_) => Ok(true),
            Err(
                EngineError::NotFound(_)
                | EngineError::Conflict(_)
                | EngineError::Engine {
                    status: 404 | 409, ..
                },
            ) => Ok(false),
            Err(error) => Err(error),
        }
    }
}
