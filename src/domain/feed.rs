//! The one stream of changes that every browser follows.
//!
//! Events are serialised once, numbered, and the last few are kept, so that a
//! browser which reconnects gets what it missed or is told to start afresh.

use crate::model::hex;
use serde::Serialize;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::broadcast;

/// One event: `kind` is the SSE event name, `data` its JSON.
#[derive(Debug, Clone)]
pub struct FeedEvent {
    pub seq: u64,
    pub kind: &'static str,
    pub data: Arc<str>,
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

    pub fn publish<T: Serialize + ?Sized>(&self, kind: &'static str, value: &T) {
        let data = match serde_json::to_string(value) {
            Ok(data) => Arc::from(data),
            Err(error) => {
                tracing::error!(%error, kind, "an event could not be serialised");
                return;
            }
        };
        let mut recent = self.recent();
        let event = FeedEvent {
            seq: recent.next,
            kind,
            data,
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
    fn a_listener_resumes_or_is_told_of_the_gap() {
        let feed = Feed::new(16);
        let start = feed.position();
        assert!(!feed.subscribe(Some(&start)).gap);
        for n in 0..5 {
            feed.publish("notice", &n);
        }
        assert_eq!(feed.subscribe(Some(&start)).missed.len(), 5);
        assert!(feed.subscribe(Some(&feed.position())).missed.is_empty());
        let id = feed.id(2);
        let resumed = feed.subscribe(Some(&id));
        let missed: Vec<u64> = resumed.missed.iter().map(|event| event.seq).collect();
        assert_eq!(missed, [3, 4, 5]);
        assert!(!resumed.gap);
        for n in 0..40 {
            feed.publish("notice", &n);
        }
        assert!(feed.subscribe(Some(&id)).gap);
        assert!(feed.subscribe(Some("another-2")).gap);
        assert!(feed.subscribe(Some("rubbish")).gap);
        assert!(feed.subscribe(Some(&feed.id(999))).gap);
        assert!(!feed.subscribe(None).gap);
    }
}
