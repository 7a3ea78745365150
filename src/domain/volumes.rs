//! Volumes: which of them go with a container.

use crate::engine::Engine;

/// Removes volumes that nothing uses any more. One that cannot be removed is
/// logged and stays.
pub async fn remove(engine: &Engine, names: &[String]) {
    for volume in names {
        if let Err(error) = engine.remove_volume(volume).await {
            tracing::warn!(%error, volume, "an anonymous volume could not be removed");
        }
    }
}
