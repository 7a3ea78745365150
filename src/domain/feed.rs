//! The one stream of what happens, for everything in the program that follows it,
//! and for every browser.
//!
//! Events are serialised once, numbered, and the last few are kept, so that a
//! browser which reconnects gets what it missed or is told to start afresh.

use crate::model::container::ContainerView;
use crate::model::engine::EngineStatus;
use crate::model::environment::Environment;
use crate::model::hex;
use crate::model::image::ImageSummary;
use crate::model::job::JobStatus;
use crate::model::network::Network;
use crate::model::operation::Operation;
use crate::model::settings::Settings;
use crate::model::status::ContainerCounts;
use crate::model::volume::Volume;
use serde_json::json;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::broadcast;

/// What happened. What has a state is told whole, as it is now.
#[derive(Debug, Clone)]
pub enum Event {
    /// The engine came, went, or is being looked for.
    Engine(Arc<EngineStatus>),
    Container(Arc<ContainerView>),
    ContainerRemoved {
        id: String,
        name: String,
    },
    Image(Arc<ImageSummary>),
    ImageRemoved {
        id: String,
        tags: Vec<String>,
    },
    Network(Arc<Network>),
    NetworkRemoved {
        id: String,
        name: String,
    },
    Volume(Arc<Volume>),
    VolumeRemoved {
        name: String,
    },
    /// How many containers are in each group of states, when that has changed.
    Counts(ContainerCounts),
    /// So much may be different that what is shown is best read again.
    Inventory,
    Operation(Arc<Operation>),
    /// A background job began or ended a run.
    Job(Arc<JobStatus>),
    Settings(Arc<Settings>),
    /// All of them, in their order.
    Environments(Arc<[Environment]>),
}

impl Event {
    /// The name of the server-sent event.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Engine(_) => "engine",
            Self::Container(_) => "container",
            Self::ContainerRemoved { .. } => "container_removed",
            Self::Image(_) => "image",
            Self::ImageRemoved { .. } => "image_removed",
            Self::Network(_) => "network",
            Self::NetworkRemoved { .. } => "network_removed",
            Self::Volume(_) => "volume",
            Self::VolumeRemoved { .. } => "volume_removed",
            Self::Counts(_) => "counts",
            Self::Inventory => "inventory",
            Self::Operation(_) => "operation",
            Self::Job(_) => "job",
            Self::Settings(_) => "settings",
            Self::Environments(_) => "environments",
        }
    }

    /// Its data, as JSON on one line.
    fn to_json(&self) -> serde_json::Result<String> {
        match self {
            Self::Engine(status) => serde_json::to_string(status),
            Self::Container(view) => serde_json::to_string(view),
            Self::ContainerRemoved { id, name } | Self::NetworkRemoved { id, name } => {
                serde_json::to_string(&json!({"id": id, "name": name}))
            }
            Self::Image(image) => serde_json::to_string(image),
            Self::ImageRemoved { id, tags } => {
                serde_json::to_string(&json!({"id": id, "tags": tags}))
            }
            Self::Network(network) => serde_json::to_string(network),
            Self::Volume(volume) => serde_json::to_string(volume),
            Self::VolumeRemoved { name } => serde_json::to_string(&json!({"name": name})),
            Self::Counts(counts) => serde_json::to_string(counts),
            Self::Inventory => Ok("{}".to_owned()),
            Self::Operation(operation) => serde_json::to_string(operation),
            Self::Job(status) => serde_json::to_string(status),
            Self::Settings(settings) => serde_json::to_string(settings),
            Self::Environments(list) => serde_json::to_string(&json!({"items": list})),
        }
    }
}

/// One event with its number, and its data as JSON for the browsers.
#[derive(Debug, Clone)]
pub struct FeedEvent {
    pub seq: u64,
    pub event: Event,
    pub json: Arc<str>,
}

#[derive(Debug, Clone)]
pub struct Feed {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    /// Tells this run's numbers from another's.
    run: String,
    sender: broadcast::Sender<FeedEvent>,
    recent: Mutex<Recent>,
    keep: usize,
}

#[derive(Debug)]
struct Recent {
    /// The first is 1, so that 0 can say: after nothing.
    next: u64,
    events: VecDeque<FeedEvent>,
}

/// What a new listener gets first, and then live.
#[derive(Debug)]
pub struct Subscription {
    pub missed: Vec<FeedEvent>,
    /// Something was missed that is no longer kept: fetch everything again.
    pub gap: bool,
    /// The newest event at that moment.
    pub position: u64,
    pub live: broadcast::Receiver<FeedEvent>,
}

impl Feed {
    pub fn new(keep: usize) -> Self {
        let mut run = [0; 4];
        // Without randomness two runs could look alike; the clock is enough then.
        if getrandom::fill(&mut run).is_err() {
            run = (crate::model::timestamp::Timestamp::now().0 as u32).to_be_bytes();
        }
        Self {
            inner: Arc::new(Inner {
                run: hex::encode(&run),
                sender: broadcast::channel(keep.max(16)).0,
                recent: Mutex::new(Recent {
                    next: 1,
                    events: VecDeque::new(),
                }),
                keep: keep.max(16),
            }),
        }
    }

    pub fn publish(&self, event: Event) {
        let json = match event.to_json() {
            Ok(json) => Arc::from(json),
            Err(error) => {
                let name = event.name();
                tracing::error!(%error, name, "an event could not be serialised");
                return;
            }
        };
        let mut recent = self.recent();
        let event = FeedEvent {
            seq: recent.next,
            event,
            json,
        };
        recent.next += 1;
        recent.events.push_back(event.clone());
        while recent.events.len() > self.inner.keep {
            recent.events.pop_front();
        }
        // Sent under the lock, so that the order of numbers is the order of sending.
        let _ = self.inner.sender.send(event);
    }

    /// The `id:` of an event.
    pub fn id(&self, seq: u64) -> String {
        format!("{}-{seq}", self.inner.run)
    }

    /// The id of the newest event: what is read now is true up to here.
    pub fn position(&self) -> String {
        let last = self.recent().next - 1;
        self.id(last)
    }

    /// Follows from after `last_id` (a `Last-Event-ID`), or from now.
    pub fn subscribe(&self, last_id: Option<&str>) -> Subscription {
        let recent = self.recent();
        let live = self.inner.sender.subscribe();
        let position = recent.next - 1;
        let Some(last_id) = last_id else {
            return Subscription {
                missed: Vec::new(),
                gap: false,
                position,
                live,
            };
        };
        let last = last_id
            .rsplit_once('-')
            .filter(|(run, _)| *run == self.inner.run)
            .and_then(|(_, seq)| seq.parse::<u64>().ok())
            .filter(|seq| *seq < recent.next);
        let oldest = recent.next - recent.events.len() as u64;
        match last {
            Some(last) if last + 1 >= oldest => Subscription {
                missed: recent
                    .events
                    .iter()
                    .filter(|event| event.seq > last)
                    .cloned()
                    .collect(),
                gap: false,
                position,
                live,
            },
            _ => Subscription {
                missed: Vec::new(),
                gap: true,
                position,
                live,
            },
        }
    }

    fn recent(&self) -> std::sync::MutexGuard<'_, Recent> {
        self.inner
            .recent
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_events_keep_their_names_and_json_fields() {
        let feed = Feed::new(16);
        let start = feed.position();
        let (id, name) = ("a".to_owned(), "web".to_owned());
        feed.publish(Event::ContainerRemoved { id, name });
        feed.publish(Event::VolumeRemoved { name: "v".into() });
        feed.publish(Event::Environments(Arc::from([])));
        feed.publish(Event::Inventory);
        let told = feed.subscribe(Some(&start)).missed;
        let seen: Vec<_> = told
            .iter()
            .map(|told| (told.event.name(), &*told.json))
            .collect();
        assert_eq!(
            seen,
            [
                ("container_removed", r#"{"id":"a","name":"web"}"#),
                ("volume_removed", r#"{"name":"v"}"#),
                ("environments", r#"{"items":[]}"#),
                ("inventory", "{}"),
            ]
        );
    }

    #[test]
    fn subscriber_resumes_after_its_last_event_or_is_told_of_a_gap() {
        let feed = Feed::new(16);
        let start = feed.position();
        assert!(!feed.subscribe(Some(&start)).gap);
        for _ in 0..5 {
            feed.publish(Event::Inventory);
        }
        assert_eq!(feed.subscribe(Some(&start)).missed.len(), 5);
        assert!(feed.subscribe(Some(&feed.position())).missed.is_empty());
        let id = feed.id(2);
        let resumed = feed.subscribe(Some(&id));
        let missed: Vec<u64> = resumed.missed.iter().map(|event| event.seq).collect();
        assert_eq!(missed, [3, 4, 5]);
        assert!(!resumed.gap);
        for _ in 0..40 {
            feed.publish(Event::Inventory);
        }
        assert!(feed.subscribe(Some(&id)).gap);
        assert!(feed.subscribe(Some("another-2")).gap);
        assert!(feed.subscribe(Some("rubbish")).gap);
        assert!(feed.subscribe(Some(&feed.id(999))).gap);
        assert!(!feed.subscribe(None).gap);
    }
}
