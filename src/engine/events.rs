//! The engine's event stream: what is asked for, what an event is about, and how
//! bursts become few requests. Pure, the clock is given.
//!
//! An event is only a hint that something changed: the truth is what inspect
//! or the list says afterwards, so the order and the wording of events do not matter.

use super::resources::Resource;
use super::wire::or_default;
use crate::model::backoff::Backoff;
use crate::model::bounded;
use serde::Deserialize;
use std::collections::{HashMap, HashSet};
use std::time::Duration;
use tokio::time::Instant;

/// A container is inspected at most this often.
const GAP: Duration = Duration::from_millis(100);
/// A list is read at most this often.
const LIST_GAP: Duration = Duration::from_secs(1);

/// Between a request that failed and the next try.
const RETRY: Backoff = Backoff {
    first: Duration::from_millis(500),
    longest: Duration::from_mins(1),
};

/// How long to wait after a number of failures in a row.
pub(super) fn retry_after(failures: u32) -> Duration {
    RETRY.after(failures)
}

/// Actions that change what the inventory holds. Not `exec_*`: a health check
/// that runs a command would wake us every few seconds for nothing; not `mount`
/// of a volume, which changes nothing of it. `died`, `remove` and
/// `loadfromarchive` are Podman's words for `die`, `destroy` and `load`.
const ACTIONS: [&str; 28] = [
    "create",
    "start",
    "die",
    "died",
    "stop",
    "kill",
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
    "commit",
    "pull",
    "tag",
    "untag",
    "delete",
    "import",
    "load",
    "loadfromarchive",
    "build",
    "prune",
];

/// The filter of `GET /events`, so that the engine sends nothing else.
pub(super) fn filters() -> HashMap<String, Vec<String>> {
    let list = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    HashMap::from([
        (
            "type".to_owned(),
            list(&["container", "image", "network", "volume"]),
        ),
        ("event".to_owned(), list(&ACTIONS)),
    ])
}

/// What the engine is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Subject {
    /// A container, by its full id.
    Container(String),
    /// The list of a resource.
    List(Resource),
}

impl Subject {
    fn gap(&self) -> Duration {
        match self {
            Self::Container(_) => GAP,
            Self::List(_) => LIST_GAP,
        }
    }
}

/// What an event asks for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Hint {
    Look(Subject),
    /// Somebody stopped or killed a container.
    StopRequested(String),
    /// A container that was removed.
    Gone(String),
    /// There was something that could not be read: whatever it was about.
    Compare,
}

/// No engine has longer words and ids.
const WORD: usize = 4096;

/// An event, as far as it is looked at (Docker Engine API, `SystemEvents`).
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Event {
    #[serde(deserialize_with = "bounded::text::<WORD, _>")]
    r#type: String,
    #[serde(deserialize_with = "bounded::text::<WORD, _>")]
    action: String,
    #[serde(deserialize_with = "or_default")]
    actor: Actor,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Actor {
    #[serde(rename = "ID", deserialize_with = "bounded::text::<WORD, _>")]
    id: String,
    #[serde(rename = "Attributes", deserialize_with = "or_default")]
    attributes: Attributes,
}

/// The labels of the container are among them.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Attributes {
    #[serde(deserialize_with = "bounded::text::<WORD, _>")]
    signal: String,
    #[serde(deserialize_with = "bounded::text::<WORD, _>")]
    container: String,
}

/// What a line of the stream asks for.
pub(super) fn read(line: &[u8]) -> Option<Hint> {
    if line.trim_ascii().is_empty() {
        return None;
    }
    match serde_json::from_slice(line) {
        Ok(event) => hint(event),
        Err(error) => {
            tracing::debug!(%error, "an event could not be read");
            Some(Hint::Compare)
        }
    }
}

/// What an event is about, if it is about anything that is kept.
fn hint(event: Event) -> Option<Hint> {
    let Event { action, actor, .. } = event;
    let list = |resource| Some(Hint::Look(Subject::List(resource)));
    match (event.r#type.as_str(), action.as_str()) {
        // The container is as it was; there is an image more.
        ("container", "commit") => list(Resource::Images),
        ("container", _) if actor.id.is_empty() => None,
        ("container", "destroy") => Some(Hint::Gone(actor.id)),
        ("container", "stop") => Some(Hint::StopRequested(actor.id)),
        ("container", "kill") if ends_a_program(&actor.attributes.signal) => {
            Some(Hint::StopRequested(actor.id))
        }
        // The end of the container, if it is one, has an event of its own.
        ("container", "kill") => None,
        ("container", _) => Some(Hint::Look(Subject::Container(actor.id))),
        ("network", "connect" | "disconnect") => {
            let id = actor.attributes.container;
            (!id.is_empty()).then_some(Hint::Look(Subject::Container(id)))
        }
        ("network", _) => list(Resource::Networks),
        ("volume", _) => list(Resource::Volumes),
        ("image", _) => list(Resource::Images),
        _ => None,
    }
}

/// Whether a signal is one by which programs are stopped; others tell them something
/// (`HUP`: read the configuration again).
fn ends_a_program(signal: &str) -> bool {
    let name = signal.trim_start_matches("SIG");
    matches!(
        name,
        "2" | "3" | "9" | "15" | "INT" | "QUIT" | "KILL" | "TERM"
    )
}

/// Decides when what events point at is asked for: at once, then at most every
/// tenth of a second (a list every second), one request at a time, and once more
/// if something happened meanwhile. What failed is asked for again, later each
/// time, until it succeeds or the container is gone.
#[derive(Debug, Default)]
pub(super) struct Coalescer {
    due: HashMap<Subject, Instant>,
    last: HashMap<Subject, Instant>,
    busy: HashSet<Subject>,
    again: HashSet<Subject>,
    /// Failures in a row.
    failures: HashMap<Subject, u32>,
}

impl Coalescer {
    /// Something happened to it.
    pub fn touch(&mut self, subject: Subject, now: Instant) {
        if self.busy.contains(&subject) {
            self.again.insert(subject);
        } else {
            let at = self.earliest(&subject, now);
            // A retry that was to come later comes now.
            let due = self.due.entry(subject).or_insert(at);
            *due = at.min(*due);
        }
    }

    /// When to call [`Self::take`] next. Without `retries` those that have failed wait.
    pub fn next(&self, retries: bool) -> Option<Instant> {
        self.waiting(retries).map(|(_, at)| *at).min()
    }

    /// One that is due, and whether it failed the last time; its request must end in
    /// [`Self::finished`] or [`Self::failed`]. Without `retries` it is none that has failed.
    pub fn take(&mut self, now: Instant, retries: bool) -> Option<(Subject, bool)> {
        let subject = self
            .waiting(retries)
            .find(|(_, at)| **at <= now)
            .map(|(subject, _)| subject.clone())?;
        let is_retry = self.failures.contains_key(&subject);
        self.due.remove(&subject);
        self.last
            .retain(|subject, at| now.duration_since(*at) < subject.gap());
        self.last.insert(subject.clone(), now);
        self.busy.insert(subject.clone());
        Some((subject, is_retry))
    }

    fn waiting(&self, retries: bool) -> impl Iterator<Item = (&Subject, &Instant)> {
        let failures = &self.failures;
        self.due
            .iter()
            .filter(move |(subject, _)| retries || !failures.contains_key(subject))
    }

    pub fn finished(&mut self, subject: &Subject, now: Instant) {
        self.busy.remove(subject);
        self.failures.remove(subject);
        if self.again.remove(subject) {
            let at = self.earliest(subject, now);
            self.due.insert(subject.clone(), at);
        }
    }

    /// It could not be read, and is asked for again unless it is gone. Gives how
    /// often in a row it has failed.
    pub fn failed(&mut self, subject: &Subject, now: Instant) -> u32 {
        if !self.busy.remove(subject) {
            return 0;
        }
        self.retry(subject, now)
    }

    /// As [`Self::failed`], for one that was asked for without [`Self::take`].
    pub fn retry(&mut self, subject: &Subject, now: Instant) -> u32 {
        let failures = self.failures.entry(subject.clone()).or_default();
        *failures = failures.saturating_add(1);
        let failures = *failures;
        let later = now + retry_after(failures);
        let happened = self
            .again
            .remove(subject)
            .then(|| self.earliest(subject, now));
        let at = happened.map_or(later, |soon| soon.min(later));
        let due = self.due.entry(subject.clone()).or_insert(at);
        *due = at.min(*due);
        failures
    }

    /// It is gone: nothing more to look at, whatever a request under way gives.
    pub fn forget(&mut self, subject: &Subject) {
        self.due.remove(subject);
        self.again.remove(subject);
        self.busy.remove(subject);
        self.failures.remove(subject);
    }

    fn earliest(&self, subject: &Subject, now: Instant) -> Instant {
        let last = self.last.get(subject);
        last.map_or(now, |last| now.max(*last + subject.gap()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn a() -> Subject {
        Subject::Container("a".into())
    }

    fn taken(taken: Option<(Subject, bool)>) -> Option<Subject> {
        taken.map(|(subject, _)| subject)
    }

    fn event(json: serde_json::Value) -> Option<Hint> {
        read(json.to_string().as_bytes())
    }

    #[test]
    fn container_and_network_events_are_mapped_to_the_affected_container() {
        assert_eq!(
            event(
                serde_json::json!({"Type":"container","Action":"start","Actor":{"ID":"a","Attributes":{}}})
            ),
            Some(Hint::Look(a()))
        );
        assert_eq!(
            event(serde_json::json!({"Type":"container","Action":"destroy","Actor":{"ID":"a"}})),
            Some(Hint::Gone("a".into()))
        );
        assert_eq!(
            event(
                serde_json::json!({"Type":"network","Action":"connect","Actor":{"ID":"n","Attributes":{"container":"a"}}})
            ),
            Some(Hint::Look(a()))
        );
        assert_eq!(
            event(
                serde_json::json!({"Type":"network","Action":"connect","Actor":{"ID":"n","Attributes":{}}})
            ),
            None
        );
        assert_eq!(
            event(serde_json::json!({"Type":"container","Action":"start"})),
            None
        );
    }

    #[test]
    fn labels_in_an_event_are_passed_over_and_one_that_is_not_an_event_compares_everything() {
        let labels: HashMap<String, Vec<u8>> = (0..1000).map(|n| (n.to_string(), vec![])).collect();
        let mut told = serde_json::json!({"Type": "container", "Action": "die", "time": 1,
            "Actor": {"ID": "a", "Attributes": labels}});
        assert_eq!(event(told.clone()), Some(Hint::Look(a())));
        told["Actor"]["Attributes"]["signal"] = "x".repeat(WORD + 1).into();
        assert_eq!(event(told), Some(Hint::Compare));
        assert_eq!(read(b"{"), Some(Hint::Compare));
        assert_eq!(read(b" \r"), None);
    }

    #[test]
    fn stop_and_terminating_signals_are_requests_to_stop_and_other_signals_are_ignored() {
        let kill = |signal: &str| {
            event(serde_json::json!({"Type": "container", "Action": "kill",
                "Actor": {"ID": "a", "Attributes": {"signal": signal}}}))
        };
        let requested = || Some(Hint::StopRequested("a".into()));
        for signal in ["15", "9", "SIGTERM", "KILL"] {
            assert_eq!(kill(signal), requested(), "{signal}");
        }
        assert_eq!(kill("1"), None);
        assert_eq!(kill("SIGUSR1"), None);
        let of = |action: &str| {
            event(serde_json::json!({"Type": "container", "Action": action, "Actor": {"ID": "a"}}))
        };
        assert_eq!(of("stop"), requested());
        assert_eq!(of("kill"), None, "no signal is named");
        assert_eq!(of("die"), Some(Hint::Look(a())));
    }

    #[test]
    fn resource_events_are_mapped_to_the_affected_list_and_subscribed_to() {
        // Docker 20.10 and 28.5, Podman 5.8.
        for (kind, action, resource) in [
            ("image", "tag", Resource::Images),
            ("image", "delete", Resource::Images),
            ("image", "loadfromarchive", Resource::Images),
            ("container", "commit", Resource::Images),
            ("network", "create", Resource::Networks),
            ("network", "destroy", Resource::Networks),
            ("network", "remove", Resource::Networks),
            ("volume", "create", Resource::Volumes),
            ("volume", "remove", Resource::Volumes),
            ("volume", "prune", Resource::Volumes),
        ] {
            let told = serde_json::json!({"Type": kind, "Action": action, "Actor": {"ID": ""}});
            let list = Some(Hint::Look(Subject::List(resource)));
            assert_eq!(event(told), list, "{kind} {action}");
            assert!(ACTIONS.contains(&action), "{action} is asked for");
        }
    }

    #[test]
    fn burst_of_events_about_a_list_reads_it_once_a_second() {
        let mut c = Coalescer::default();
        let images = Subject::List(Resource::Images);
        let t0 = Instant::now();
        let mut reads = 0;
        for ms in (0..3000).step_by(10) {
            let now = t0 + Duration::from_millis(ms);
            c.touch(images.clone(), now);
            if c.take(now, true).is_some() {
                reads += 1;
                c.finished(&images, now);
            }
        }
        assert_eq!(reads, 3);
        assert!(
            c.next(true).is_some(),
            "the last event is still to be followed"
        );
    }

    #[test]
    fn first_event_is_inspected_immediately_and_a_following_burst_once_more() {
        let mut c = Coalescer::default();
        let t0 = Instant::now();
        c.touch(a(), t0);
        assert_eq!(c.next(true), Some(t0));
        assert_eq!(taken(c.take(t0, true)), Some(a()));
        for _ in 0..50 {
            c.touch(a(), t0);
        }
        assert_eq!(c.next(true), None);
        c.finished(&a(), t0);
        assert_eq!(c.next(true), Some(t0 + GAP));
        assert_eq!(c.take(t0, true), None);
        assert_eq!(taken(c.take(t0 + GAP, true)), Some(a()));
        c.finished(&a(), t0 + GAP);
        assert_eq!(c.next(true), None);
    }

    #[test]
    fn failed_inspect_is_retried_with_increasing_delay_until_it_succeeds() {
        let mut c = Coalescer::default();
        let mut now = Instant::now();
        c.touch(a(), now);
        let mut waits = Vec::new();
        for failures in 1..=9 {
            assert_eq!(taken(c.take(now, true)), Some(a()));
            assert_eq!(c.failed(&a(), now), failures);
            let next = c.next(true).unwrap();
            assert_eq!(c.take(next - Duration::from_millis(1), true), None);
            waits.push((next - now).as_millis());
            now = next;
        }
        assert_eq!(
            waits,
            [500, 1000, 2000, 4000, 8000, 16000, 32000, 60000, 60000]
        );
        assert_eq!(taken(c.take(now, true)), Some(a()));
        c.finished(&a(), now);
        assert_eq!(c.next(true), None);
        // The next failure is a first one again.
        now += GAP;
        c.touch(a(), now);
        assert_eq!(taken(c.take(now, true)), Some(a()));
        assert_eq!(c.failed(&a(), now), 1);
    }

    #[test]
    fn new_event_bypasses_the_retry_delay_of_a_failed_inspect() {
        let mut c = Coalescer::default();
        let t0 = Instant::now();
        for _ in 0..6 {
            c.retry(&a(), t0);
        }
        let t1 = t0 + Duration::from_secs(2);
        c.touch(a(), t1);
        assert_eq!(taken(c.take(t1, true)), Some(a()));
        // The same for one that arrives while the inspect is under way.
        c.touch(a(), t1);
        c.failed(&a(), t1);
        assert_eq!(c.next(true), Some(t1 + GAP));
    }

    #[test]
    fn removed_container_is_not_inspected_again_after_a_failed_inspect() {
        let mut c = Coalescer::default();
        let t0 = Instant::now();
        c.touch(a(), t0);
        assert_eq!(taken(c.take(t0, true)), Some(a()));
        c.forget(&a());
        assert_eq!(c.failed(&a(), t0), 0);
        assert_eq!(c.next(true), None);
        let b = Subject::Container("b".into());
        c.retry(&b, t0);
        c.forget(&b);
        assert_eq!(c.next(true), None);
    }

    #[test]
    fn retries_wait_for_a_slot_of_their_own_while_others_are_asked() {
        let mut c = Coalescer::default();
        let t0 = Instant::now();
        let b = Subject::Container("b".into());
        c.retry(&a(), t0);
        let due = c.next(true).unwrap();
        assert_eq!(c.next(false), None);
        assert_eq!(c.take(due, false), None);
        c.touch(b.clone(), due);
        assert_eq!(c.next(false), Some(due));
        assert_eq!(c.take(due, false), Some((b, false)));
        assert_eq!(c.take(due, true), Some((a(), true)));
    }

    proptest! {
        /// However events fall, the last one is followed by an inspect that
        /// began after it, and inspects of one container keep their distance.
        #[test]
        fn last_event_is_always_followed_by_an_inspect_and_inspects_keep_the_gap(steps in proptest::collection::vec((0u64..60, 0u8..4), 1..80)) {
            let mut c = Coalescer::default();
            let start = Instant::now();
            let mut now = start;
            let (mut last_event, mut last_take, mut busy) = (None, None::<Instant>, false);
            for (ms, what) in steps {
                now += Duration::from_millis(ms);
                match what {
                    0 => { c.touch(a(), now); last_event = Some(now); }
                    1 => if c.take(now, true).is_some() {
                        prop_assert!(!busy);
                        if let Some(before) = last_take { prop_assert!(now - before >= GAP); }
                        last_take = Some(now);
                        busy = true;
                    },
                    2 => if busy { c.finished(&a(), now); busy = false; },
                    _ => if busy { c.failed(&a(), now); busy = false; },
                }
            }
            if busy { c.failed(&a(), now); }
            let end = now + RETRY.longest;
            if c.take(end, true).is_some() { last_take = Some(end); }
            if let Some(event) = last_event {
                prop_assert!(last_take.is_some_and(|take| take >= event));
            }
        }
    }
}
