//! Follows the engine: annotations follow their containers, and every browser
//! follows both.

use super::Containers;
use crate::domain::feed::Event;
use crate::engine::InventoryChange;
use crate::model::container::Container;
use crate::model::service::EnginePlace;
use crate::model::status::ContainerCounts;
use std::collections::HashSet;
use std::sync::Arc;
use std::time::Instant;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::mpsc::{self, UnboundedSender};
use tokio::time::sleep_until;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

/// More containers that change at once are best read again.
const MANY: usize = 100;

impl Containers {
    /// Publishes what happens to the engine and its containers. Runs until `stop`.
    pub async fn follow(self: Arc<Self>, stop: CancellationToken) {
        let mut changes = self.engine.changes();
        let mut status = self.engine.watch();
        let mut counted = None;
        let (started, to_ask) = mpsc::unbounded_channel();
        let (answered, mut to_tell) = mpsc::unbounded_channel();
        let asking = Arc::clone(&self).ask_ports(to_ask, answered, stop.clone());
        let asking = tokio::spawn(asking);
        let _asking = AbortOnDropHandle::new(asking);
        self.adopt_all(&started).await;
        loop {
            // A burst is counted once.
            if changes.is_empty() {
                self.count(&mut counted);
            }
            let due = self.statuses().next_change();
            let end = due.as_ref().map_or_else(Instant::now, |(end, _)| *end);
            tokio::select! {
                () = stop.cancelled() => return,
                changed = status.changed() => {
                    if changed.is_err() {
                        return;
                    }
                    let now = status.borrow_and_update().clone();
                    self.feed.publish(Event::Engine(Arc::new(now)));
                }
                change = changes.recv() => match change {
                    Ok(InventoryChange::Upsert(container)) => {
                        // What was read meanwhile is newer than what waited here.
                        let container = self.engine.get(&container.id).unwrap_or(container);
                        self.statuses().observe(&container, Instant::now());
                        self.ask_if_new(&container, &started);
                        self.seen(&container).await;
                        let view = self.view(container);
                        self.feed.publish(Event::Container(Arc::new(view)));
                    }
                    Ok(InventoryChange::Removed { id, name }) => {
                        self.statuses().forget(&id);
                        self.web_ports().forget(&id);
                        if let Err(error) = self.release(&id).await {
                            tracing::error!(%error, name, "the end of a container could not be noted");
                        }
                        self.feed.publish(Event::ContainerRemoved { id, name });
                    }
                    // Told by `images`, with who uses it.
                    Ok(InventoryChange::Image(_) | InventoryChange::ImageRemoved { .. }) => {}
                    Ok(InventoryChange::Network(network)) => self.feed.publish(Event::Network(network)),
                    Ok(InventoryChange::NetworkRemoved { id, name }) => {
                        self.feed.publish(Event::NetworkRemoved { id, name });
                    }
                    Ok(InventoryChange::Volume(volume)) => self.feed.publish(Event::Volume(volume)),
                    Ok(InventoryChange::VolumeRemoved { name }) => {
                        self.feed.publish(Event::VolumeRemoved { name });
                    }
                    Ok(InventoryChange::Relisted) | Err(RecvError::Lagged(_)) => {
                        self.adopt_all(&started).await;
                        self.feed.publish(Event::Inventory);
                    }
                    Err(RecvError::Closed) => return,
                },
                // Told from here as everything else, so that an older view never follows a newer.
                Some(id) = to_tell.recv() => self.tell(&id),
                () = self.updates.changed() => self.tell_updates(),
                () = sleep_until(end.into()), if due.is_some() => {
                    if let Some((_, id)) = due {
                        self.statuses().end_loop(&id);
                        self.tell(&id);
                    }
                }
            }
        }
    }

    /// Publishes what is known of a container, unless there is no engine to know it from.
    fn tell(&self, id: &str) {
        if let Ok(view) = self.get(id) {
            self.feed.publish(Event::Container(Arc::new(view)));
        }
    }

    /// Publishes the containers of which something else is known about updates.
    fn tell_updates(&self) {
        let changed = self.updates.take_changed();
        if changed.len() > MANY {
            self.feed.publish(Event::Inventory);
        } else {
            for id in &changed {
                self.tell(id);
            }
        }
    }

    /// A run whose ports have not been asked yet is asked soon.
    fn ask_if_new(&self, container: &Container, started: &UnboundedSender<String>) {
        // Ports of another machine are not ours to ask.
        if self.engine.place() == EnginePlace::Here && self.web_ports().begin(container) {
            // The receiver is there as long as this follows.
            let _ = started.send(container.id.clone());
        }
    }

    /// Publishes how many containers are in which state, unless it is as before.
    fn count(&self, last: &mut Option<ContainerCounts>) {
        if let Some(counts) = self.counts()
            && last.as_ref() != Some(&counts)
        {
            self.feed.publish(Event::Counts(counts.clone()));
            *last = Some(counts);
        }
    }

    /// The annotations of all containers that there are belong to them.
    async fn adopt_all(&self, started: &UnboundedSender<String>) {
        let Ok(all) = self.engine.containers() else {
            return;
        };
        {
            let ids: HashSet<&str> = all.iter().map(|container| container.id.as_str()).collect();
            let (mut statuses, now) = (self.statuses(), Instant::now());
            statuses.retain(|id| ids.contains(id));
            self.web_ports().retain(|id| ids.contains(id));
            all.iter()
                .for_each(|container| statuses.observe(container, now));
        }
        for container in all.iter() {
            self.ask_if_new(container, started);
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
