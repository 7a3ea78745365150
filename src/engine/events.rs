//! The engine's event stream: what is asked for, which container an event is
//! about, and how bursts become few inspects. Pure, the clock is given.
//!
//! An event is only a hint that something changed: the truth is what inspect
//! says afterwards, so the order and the wording of events do not matter.

use bollard::models::{EventMessage, EventMessageTypeEnum};
use std::collections::{HashMap, HashSet};
use std::time::Duration;
use tokio::time::Instant;

/// A container is inspected at most this often.
pub(super) const GAP: Duration = Duration::from_millis(100);

/// Between a request that failed and the next try: doubled each time, up to
/// [`LONGEST_RETRY`].
const FIRST_RETRY: Duration = Duration::from_millis(500);
const LONGEST_RETRY: Duration = Duration::from_mins(1);

/// How long to wait after a number of failures in a row.
pub(super) fn retry_after(failures: u32) -> Duration {
    let factor = 2_u32.saturating_pow(failures.saturating_sub(1).min(16));
    FIRST_RETRY.saturating_mul(factor).min(LONGEST_RETRY)
}

/// Actions that change what the inventory holds. Not `exec_*`: a health check
/// that runs a command would wake us every few seconds for nothing. `died` and
/// `remove` are Podman's words for `die` and `destroy`.
const ACTIONS: [&str; 17] = [
    "create",
    "start",
    "die",
    "died",
    "stop",
    "pause",
    "unpause",
    "rename",
    "update",
    "destroy",
    "remove",
    "restart",
    "oom",
    "health_status",
    "connect",
    "disconnect",
    "init",
];

/// The filter of `GET /events`, so that the engine sends nothing else.
pub(super) fn filters() -> HashMap<String, Vec<String>> {
    let list = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    HashMap::from([
        ("type".to_owned(), list(&["container", "network"])),
        ("event".to_owned(), list(&ACTIONS)),
    ])
}

/// What an event asks for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Hint {
    Look(String),
    Gone(String),
}

/// The container that an event is about, if any.
pub(super) fn hint(event: EventMessage) -> Option<Hint> {
    let actor = event.actor?;
    match event.typ {
        Some(EventMessageTypeEnum::CONTAINER) => {
            let id = actor.id.filter(|id| !id.is_empty())?;
            let gone = matches!(event.action.as_deref(), Some("destroy"));
            Some(if gone { Hint::Gone(id) } else { Hint::Look(id) })
        }
        Some(EventMessageTypeEnum::NETWORK) => {
            let id = actor.attributes?.remove("container")?;
            (!id.is_empty()).then_some(Hint::Look(id))
        }
        _ => None,
    }
}

/// Decides when a container that events point at is inspected: at once, then
/// at most every [`GAP`], one inspect at a time, and once more if something
/// happened meanwhile. One that failed is asked again, later each time, until
/// it succeeds or the container is gone.
#[derive(Debug, Default)]
pub(super) struct Coalescer {
    due: HashMap<String, Instant>,
    last: HashMap<String, Instant>,
    busy: HashSet<String>,
    again: HashSet<String>,
    /// Failures in a row.
    failures: HashMap<String, u32>,
}

impl Coalescer {
    /// Something happened to it.
    pub fn touch(&mut self, id: String, now: Instant) {
        if self.busy.contains(&id) {
            self.again.insert(id);
        } else {
            let at = self.earliest(&id, now);
            // A retry that was to come later comes now.
            let due = self.due.entry(id).or_insert(at);
            *due = at.min(*due);
        }
    }

    /// When to call [`Self::take`] next.
    pub fn next(&self) -> Option<Instant> {
        self.due.values().min().copied()
    }

    /// One that is due; its inspect must end in [`Self::finished`] or [`Self::failed`].
    pub fn take(&mut self, now: Instant) -> Option<String> {
        let id = self
            .due
            .iter()
            .find(|(_, at)| **at <= now)
            .map(|(id, _)| id.clone())?;
        self.due.remove(&id);
        self.last.retain(|_, at| now.duration_since(*at) < GAP);
        self.last.insert(id.clone(), now);
        self.busy.insert(id.clone());
        Some(id)
    }

    pub fn finished(&mut self, id: &str, now: Instant) {
        self.busy.remove(id);
        self.failures.remove(id);
        if self.again.remove(id) {
            let at = self.earliest(id, now);
            self.due.insert(id.to_owned(), at);
        }
    }

    /// It could not be inspected, and is asked for again unless it is gone.
    /// Gives how often in a row it has failed.
    pub fn failed(&mut self, id: &str, now: Instant) -> u32 {
        if !self.busy.remove(id) {
            return 0;
        }
        self.retry(id, now)
    }

    /// As [`Self::failed`], for one that was asked for without [`Self::take`].
    pub fn retry(&mut self, id: &str, now: Instant) -> u32 {
        let failures = self.failures.entry(id.to_owned()).or_default();
        *failures = failures.saturating_add(1);
        let failures = *failures;
        let later = now + retry_after(failures);
        let happened = self.again.remove(id).then(|| self.earliest(id, now));
        let at = happened.map_or(later, |soon| soon.min(later));
        let due = self.due.entry(id.to_owned()).or_insert(at);
        *due = at.min(*due);
        failures
    }

    /// It is gone: nothing more to look at, whatever an inspect under way gives.
    pub fn forget(&mut self, id: &str) {
        self.due.remove(id);
        self.again.remove(id);
        self.busy.remove(id);
        self.failures.remove(id);
    }

    fn earliest(&self, id: &str, now: Instant) -> Instant {
        self.last.get(id).map_or(now, |last| now.max(*last + GAP))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn event(json: serde_json::Value) -> Option<Hint> {
        hint(serde_json::from_value(json).unwrap())
    }

    #[test]
    fn events_name_their_container() {
        assert_eq!(
            event(
                serde_json::json!({"Type":"container","Action":"start","Actor":{"ID":"a","Attributes":{}}})
            ),
            Some(Hint::Look("a".into()))
        );
        assert_eq!(
            event(serde_json::json!({"Type":"container","Action":"destroy","Actor":{"ID":"a"}})),
            Some(Hint::Gone("a".into()))
        );
        assert_eq!(
            event(
                serde_json::json!({"Type":"network","Action":"connect","Actor":{"ID":"n","Attributes":{"container":"a"}}})
            ),
            Some(Hint::Look("a".into()))
        );
        assert_eq!(
            event(
                serde_json::json!({"Type":"network","Action":"create","Actor":{"ID":"n","Attributes":{}}})
            ),
            None
        );
        assert_eq!(
            event(serde_json::json!({"Type":"container","Action":"start"})),
            None
        );
    }

    #[test]
    fn the_first_event_is_looked_at_at_once_and_a_burst_once_more() {
        let mut c = Coalescer::default();
        let t0 = Instant::now();
        c.touch("a".into(), t0);
        assert_eq!(c.next(), Some(t0));
        assert_eq!(c.take(t0).as_deref(), Some("a"));
        for _ in 0..50 {
            c.touch("a".into(), t0);
        }
        assert_eq!(c.next(), None);
        c.finished("a", t0);
        assert_eq!(c.next(), Some(t0 + GAP));
        assert_eq!(c.take(t0), None);
        assert_eq!(c.take(t0 + GAP).as_deref(), Some("a"));
        c.finished("a", t0 + GAP);
        assert_eq!(c.next(), None);
    }

    #[test]
    fn failed_inspect_is_asked_again_later_each_time_until_it_succeeds() {
        let mut c = Coalescer::default();
        let mut now = Instant::now();
        c.touch("a".into(), now);
        let mut waits = Vec::new();
        for failures in 1..=9 {
            assert_eq!(c.take(now).as_deref(), Some("a"));
            assert_eq!(c.failed("a", now), failures);
            let next = c.next().unwrap();
            assert_eq!(c.take(next - Duration::from_millis(1)), None);
            waits.push((next - now).as_millis());
            now = next;
        }
        assert_eq!(
            waits,
            [500, 1000, 2000, 4000, 8000, 16000, 32000, 60000, 60000]
        );
        assert_eq!(c.take(now).as_deref(), Some("a"));
        c.finished("a", now);
        assert_eq!(c.next(), None);
        // The next failure is a first one again.
        now += GAP;
        c.touch("a".into(), now);
        assert_eq!(c.take(now).as_deref(), Some("a"));
        assert_eq!(c.failed("a", now), 1);
    }

    #[test]
    fn event_about_a_container_whose_inspect_failed_is_looked_at_without_the_wait() {
        let mut c = Coalescer::default();
        let t0 = Instant::now();
        for _ in 0..6 {
            c.retry("a", t0);
        }
        let t1 = t0 + Duration::from_secs(2);
        c.touch("a".into(), t1);
        assert_eq!(c.take(t1).as_deref(), Some("a"));
        // The same for one that arrives while the inspect is under way.
        c.touch("a".into(), t1);
        c.failed("a", t1);
        assert_eq!(c.next(), Some(t1 + GAP));
    }

    #[test]
    fn container_that_is_gone_is_not_asked_for_again_when_its_inspect_fails() {
        let mut c = Coalescer::default();
        let t0 = Instant::now();
        c.touch("a".into(), t0);
        assert_eq!(c.take(t0).as_deref(), Some("a"));
        c.forget("a");
        assert_eq!(c.failed("a", t0), 0);
        assert_eq!(c.next(), None);
        c.retry("b", t0);
        c.forget("b");
        assert_eq!(c.next(), None);
    }

    proptest! {
        /// However events fall, the last one is followed by an inspect that
        /// began after it, and inspects of one container keep their distance.
        #[test]
        fn nothing_is_missed_and_nothing_is_hammered(steps in proptest::collection::vec((0u64..60, 0u8..4), 1..80)) {
            let mut c = Coalescer::default();
            let start = Instant::now();
            let mut now = start;
            let (mut last_event, mut last_take, mut busy) = (None, None::<Instant>, false);
            for (ms, what) in steps {
                now += Duration::from_millis(ms);
                match what {
                    0 => { c.touch("a".into(), now); last_event = Some(now); }
                    1 => if c.take(now).is_some() {
                        prop_assert!(!busy);
                        if let Some(before) = last_take { prop_assert!(now - before >= GAP); }
                        last_take = Some(now);
                        busy = true;
                    },
                    2 => if busy { c.finished("a", now); busy = false; },
                    _ => if busy { c.failed("a", now); busy = false; },
                }
            }
            if busy { c.failed("a", now); }
            let end = now + LONGEST_RETRY;
            if c.take(end).is_some() { last_take = Some(end); }
            if let Some(event) = last_event {
                prop_assert!(last_take.is_some_and(|take| take >= event));
            }
        }
    }
}
