//! The one stream of what happens, for everything in the program that follows it,
//! and for every browser.
//!
//! Events are serialised once, numbered, and the last few are kept, so that a
//! browser which reconnects gets what it missed or is told to start afresh.
//!
//! Invariant: an event is held in one place, the ring, which is bounded by count and
//! by bytes. Whoever follows has only a position in it.

use crate::model::container::ContainerView;
use crate::model::engine::EngineStatus;
use crate::model::environment::Environment;
use crate::model::hex;
use crate::model::image::ImageView;
use crate::model::job::JobStatus;
use crate::model::network::Network;
use crate::model::operation::Operation;
use crate::model::settings::Settings;
use crate::model::status::ContainerCounts;
use crate::model::update::UpdateSummary;
use crate::model::volume::Volume;
use serde_json::json;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{Notify, watch};

/// Bytes of JSON that are kept for each event of the ring, on the average: several
/// times an ordinary container. 256 events (a small machine) are at most 2 MiB.
const BYTES_EACH: usize = 8 * 1024;

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
    Image(Arc<ImageView>),
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
    /// How many updates there are, or that they are looked for, when that has changed.
    Updates(UpdateSummary),
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
            Self::Updates(_) => "updates",
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
            Self::Updates(summary) => serde_json::to_string(summary),
            Self::Inventory => Ok("{}".to_owned()),
            Self::Operation(operation) => serde_json::to_string(operation),
            Self::Job(status) => serde_json::to_string(status),
            Self::Settings(settings) => serde_json::to_string(settings),
            Self::Environments(list) => serde_json::to_string(&json!({"items": list})),
        }
    }
}

/// One event as the browsers get it: its number, its name, its data as JSON.
#[derive(Debug, Clone)]
pub struct FeedEvent {
    pub seq: u64,
    pub name: &'static str,
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
    /// The number of the newest event; wakes those who follow.
    newest: watch::Sender<u64>,
    ring: Mutex<Ring>,
    /// Who is woken by events of a kind.
    alarms: Mutex<Vec<Alarm>>,
}

#[derive(Debug)]
struct Alarm {
    concerns: fn(&Event) -> bool,
    notify: Arc<Notify>,
}

/// The newest events, without a hole.
#[derive(Debug)]
struct Ring {
    /// The first is 1, so that 0 can say: after nothing.
    next: u64,
    events: VecDeque<FeedEvent>,
    /// Of their JSON.
    bytes: usize,
    most_events: usize,
    most_bytes: usize,
}

impl Ring {
    fn new(most_events: usize) -> Self {
        Self {
            next: 1,
            events: VecDeque::new(),
            bytes: 0,
            most_events,
            most_bytes: most_events * BYTES_EACH,
        }
    }

    /// Keeps an event, and lets the oldest go that there is no room for: all of them
    /// when one is larger than the whole ring.
    fn push(&mut self, name: &'static str, json: Arc<str>) -> u64 {
        let seq = self.next;
        self.next += 1;
        self.bytes += json.len();
        self.events.push_back(FeedEvent { seq, name, json });
        while self.events.len() > self.most_events || self.bytes > self.most_bytes {
            let Some(oldest) = self.events.pop_front() else {
                break;
            };
            self.bytes -= oldest.json.len();
        }
        seq
    }

    /// The number of the oldest event that is kept, or of the next one.
    fn oldest(&self) -> u64 {
        self.next - self.events.len() as u64
    }

    fn get(&self, seq: u64) -> Option<&FeedEvent> {
        let at = seq.checked_sub(self.oldest())?;
        self.events.get(usize::try_from(at).ok()?)
    }
}

/// Events were missed that are no longer kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gap;

/// A place in the feed.
#[derive(Debug)]
pub struct Follower {
    inner: Arc<Inner>,
    next: u64,
    newest: watch::Receiver<u64>,
}

impl Follower {
    /// The next event, as soon as there is one. Whoever is too slow is told so once,
    /// and continues with what happens from now.
    pub async fn next(&mut self) -> Result<FeedEvent, Gap> {
        loop {
            self.newest.borrow_and_update();
            if let Some(told) = self.try_next() {
                return told;
            }
            // The sender lives as long as `inner`.
            let _ = self.newest.changed().await;
        }
    }

    fn try_next(&mut self) -> Option<Result<FeedEvent, Gap>> {
        let ring = self.inner.ring();
        if self.next >= ring.next {
            return None;
        }
        if let Some(event) = ring.get(self.next).cloned() {
            self.next += 1;
            return Some(Ok(event));
        }
        self.next = ring.next;
        Some(Err(Gap))
    }
}

/// What a new listener gets first, and then live.
#[derive(Debug)]
pub struct Subscription {
    /// Something was missed that is no longer kept: fetch everything again.
    pub gap: bool,
    /// The newest event at that moment, when everything up to it is known.
    pub position: Option<u64>,
    /// Begins with what was missed and is still kept.
    pub live: Follower,
}

impl Subscription {
    /// What was missed.
    #[cfg(test)]
    pub fn missed(mut self) -> Vec<FeedEvent> {
        std::iter::from_fn(|| self.live.try_next()?.ok()).collect()
    }
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
                newest: watch::channel(0).0,
                ring: Mutex::new(Ring::new(keep.max(16))),
                alarms: Mutex::default(),
            }),
        }
    }

    pub fn publish(&self, event: Event) {
        let name = event.name();
        let json = match event.to_json() {
            Ok(json) => Arc::from(json),
            Err(error) => {
                tracing::error!(%error, name, "an event could not be serialised");
                return;
            }
        };
        let seq = self.inner.ring().push(name, json);
        // Two that publish at once may come here in any order.
        self.inner.newest.send_if_modified(|newest| {
            let is_newer = *newest < seq;
            *newest = seq.max(*newest);
            is_newer
        });
        for alarm in self.inner.alarms().iter() {
            if (alarm.concerns)(&event) {
                alarm.notify.notify_one();
            }
        }
    }

    /// Is notified of events of a kind from now on.
    pub fn alarm(&self, concerns: fn(&Event) -> bool) -> Arc<Notify> {
        let notify = Arc::new(Notify::new());
        self.inner.alarms().push(Alarm {
            concerns,
            notify: Arc::clone(&notify),
        });
        notify
    }

    /// The `id:` of an event.
    pub fn id(&self, seq: u64) -> String {
        format!("{}-{seq}", self.inner.run)
    }

    /// The id of the newest event: what is read now is true up to here.
    pub fn position(&self) -> String {
        let last = self.inner.ring().next - 1;
        self.id(last)
    }

    /// Follows from after `last_id` (a `Last-Event-ID`), or from now.
    pub fn subscribe(&self, last_id: Option<&str>) -> Subscription {
        let ring = self.inner.ring();
        let newest = ring.next - 1;
        let known = last_id.map(|id| {
            id.rsplit_once('-')
                .filter(|(run, _)| *run == self.inner.run)
                .and_then(|(_, seq)| seq.parse::<u64>().ok())
                .filter(|seq| *seq <= newest && *seq + 1 >= ring.oldest())
        });
        let last = known.flatten().unwrap_or(newest);
        Subscription {
            gap: known == Some(None),
            position: (last == newest).then_some(newest),
            live: Follower {
                inner: Arc::clone(&self.inner),
                next: last + 1,
                newest: self.inner.newest.subscribe(),
            },
        }
    }
}

impl Inner {
    fn ring(&self) -> MutexGuard<'_, Ring> {
        self.ring.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn alarms(&self) -> MutexGuard<'_, Vec<Alarm>> {
        self.alarms.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
