//! Containers that the engine creates late: it was asked to, then the program
//! was ended or gave up waiting, and the operation was rolled back before the
//! container was there. They are known by the temporary name that only the
//! operation gives, and were never started.

use super::Creation;
use crate::engine::EngineError;
use crate::engine::RemoveOptions;
use crate::error::{Error, Result};
use crate::model::container::{Container, State, temporary_tail};

impl Creation {
    /// Removes them, and gives the names that they had.
    ///
    /// # Errors
    /// When the engine or the store does not answer.
    pub async fn remove_late_containers(&self) -> Result<Vec<String>> {
        let mut removed = Vec::new();
        let Ok(containers) = self.engine.containers() else {
            return Ok(removed);
        };
        for container in containers.iter() {
            let Some(tail) = tail_if_never_started(container) else {
                continue;
            };
            if !self.operations.is_settled(tail)? {
                continue;
            }
            // As it is now; it may have been started or renamed since.
            let Some(now) = self.engine.current(&container.id).await? else {
                continue;
            };
            if now.name != container.name || tail_if_never_started(&now).is_none() {
                continue;
            }
            let remove = RemoveOptions {
                force: false,
                // Podman would remove volumes that it was given by name, too.
                volumes: !self.engine.is_podman(),
            };
            match self.engine.remove_container(&now.id, remove).await {
                Ok(_) => {
                    tracing::warn!(
                        name = now.name,
                        "the engine created a container after its operation was rolled back; it was removed"
                    );
                    removed.push(now.name.clone());
                }
                Err(EngineError::NotFound(_)) => {}
                Err(error) => return Err(Error::from(error)),
            }
        }
        Ok(removed)
    }
}

/// The end of the id of the operation that created it, and did not start it.
fn tail_if_never_started(container: &Container) -> Option<&str> {
    let never = container.state == State::Created && container.started_at.is_none();
    temporary_tail(&container.name).filter(|_| never)
}
