//! Follows the engine: annotations follow their containers, and every browser
//! follows both.

use super::Containers;
use crate::engine::Change;
use crate::model::container::Container;
use serde_json::json;
use std::sync::Arc;
use tokio::sync::broadcast::error::RecvError;
use tokio_util::sync::CancellationToken;

impl Containers {
    /// Publishes what happens to the engine and its containers. Runs until `stop`.
    pub async fn follow(self: Arc<Self>, stop: CancellationToken) {
        let mut changes = self.engine.changes();
        let mut status = self.engine.watch();
        self.adopt_all().await;
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                changed = status.changed() => {
                    if changed.is_err() {
                        return;
                    }
                    let now = status.borrow_and_update().clone();
                    self.feed.publish("engine", &now);
                }
                change = changes.recv() => match change {
                    Ok(Change::Upsert(container)) => {
                        self.seen(&container).await;
                        let view = self.view(container);
                        self.feed.publish("container", &view);
                    }
                    Ok(Change::Removed { id, name }) => {
                        if let Err(error) = self.release(&id).await {
                            tracing::error!(%error, name, "the removal of a container could not be stored");
                        }
                        self.feed
                            .publish("container_removed", &json!({"id": id, "name": name}));
                    }
                    Ok(Change::Image(image)) => self.feed.publish("image", &*image),
                    Ok(Change::ImageRemoved { id, tags }) => self
                        .feed
                        .publish("image_removed", &json!({"id": id, "tags": tags})),
                    Ok(Change::Network(network)) => self.feed.publish("network", &*network),
                    Ok(Change::NetworkRemoved { id, name }) => self
                        .feed
                        .publish("network_removed", &json!({"id": id, "name": name})),
                    Ok(Change::Volume(volume)) => self.feed.publish("volume", &*volume),
                    Ok(Change::VolumeRemoved { name }) => {
                        self.feed.publish("volume_removed", &json!({"name": name}));
                    }
                    Ok(Change::Relisted) | Err(RecvError::Lagged(_)) => {
                        self.adopt_all().await;
                        self.feed.publish("inventory", &json!({}));
                    }
                    Err(RecvError::Closed) => return,
                },
            }
        }
    }

    /// The annotations of all containers that there are belong to them.
    async fn adopt_all(&self) {
        for container in self.engine.containers().iter().flat_map(|all| all.iter()) {
            self.seen(container).await;
        }
    }

    async fn seen(&self, container: &Container) {
        if let Err(error) = self.adopt(container).await {
            let name = &container.name;
            tracing::error!(%error, name, "the annotations of a renamed container could not be moved");
        }
    }
}
