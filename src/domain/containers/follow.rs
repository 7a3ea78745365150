//! Follows the engine, so that every browser follows it too.

use super::Containers;
use crate::engine::Change;
use crate::model::container::lasting_name;
use serde_json::json;
use std::collections::HashMap;
use std::sync::Arc;
use tokio::sync::broadcast::error::RecvError;
use tokio_util::sync::CancellationToken;

impl Containers {
    /// Publishes what happens to the engine and its containers. Runs until `stop`.
    pub async fn follow(self: Arc<Self>, stop: CancellationToken) {
        let mut changes = self.engine.changes();
        let mut status = self.engine.watch();
        let mut names: HashMap<String, String> = HashMap::new();
        self.learn(&mut names);
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
                        let before = names.insert(container.id.clone(), container.name.clone());
                        if let Some(before) = before
                            && before != container.name
                        {
                            self.renamed(before, container.name.clone()).await;
                        }
                        let view = self.view(container);
                        self.feed.publish("container", &view);
                    }
                    Ok(Change::Removed { id, name }) => {
                        names.remove(&id);
                        self.feed
                            .publish("container_removed", &json!({"id": id, "name": name}));
                    }
                    Ok(Change::Relisted) | Err(RecvError::Lagged(_)) => {
                        self.learn(&mut names);
                        self.feed.publish("inventory", &json!({}));
                    }
                    Err(RecvError::Closed) => return,
                },
            }
        }
    }

    fn learn(&self, names: &mut HashMap<String, String>) {
        if let Ok(all) = self.engine.containers() {
            *names = all
                .iter()
                .map(|container| (container.id.clone(), container.name.clone()))
                .collect();
        }
    }

    /// What the user said of a container goes with it to its new name.
    async fn renamed(&self, from: String, to: String) {
        // While a container is being replaced, its names change hands.
        if lasting_name(&from) != from || lasting_name(&to) != to {
            return;
        }
        let _alone = self.changing.lock().await;
        if !self.records().contains_key(&from) {
            return;
        }
        if let Err(error) = self
            .store
            .rename_container_record(from.clone(), to.clone())
            .await
        {
            tracing::error!(%error, from, to, "the container's tags did not follow its new name");
            return;
        }
        let mut records = self.records_mut();
        if let Some(record) = records.get(&from).cloned() {
            records.entry(to).or_insert(record);
        }
    }
}
