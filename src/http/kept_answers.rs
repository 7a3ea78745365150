//! The keys of changes (`Idempotency-Key`), and what changes with a key were
//! answered.
//!
//! Invariants: answers are kept in memory only, bounded in number, size and time;
//! those that say "try later" are not kept, so that the same key may be sent again.

use super::reply::Reply;
use super::{body, error};
use crate::domain::operations::key_reused;
use crate::error::{Error, Kind, OUTCOME_UNKNOWN, Result};
use bytes::Bytes;
use http_body_util::BodyExt as _;
use hyper::body::Body as _;
use hyper::header::{HeaderMap, HeaderName, HeaderValue, SET_COOKIE};
use hyper::{Response, StatusCode};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::watch;

pub const HEADER: &str = "idempotency-key";
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");
/// Length of a key.
pub const SHORTEST: usize = 8;
pub const LONGEST: usize = 64;

/// Requests that are remembered, for how long, and how large their answers are.
const MOST: usize = 256;
const TIME: Duration = Duration::from_hours(24);
const LARGEST: u64 = 64 * 1024;
const LARGEST_OF_ALL: usize = 4 * 1024 * 1024;

pub type Fingerprint = [u8; 32];

/// The key of a request.
///
/// # Errors
/// Names the header, when its value is not a key.
pub fn key(headers: &HeaderMap) -> Result<Option<String>> {
    let mut values = headers.get_all(HEADER).iter();
    let Some(first) = values.next() else {
        return Ok(None);
    };
    let is_known = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let text = first.to_str().unwrap_or_default();
    if values.next().is_some()
        || !(SHORTEST..=LONGEST).contains(&text.len())
        || !text.as_bytes().iter().all(is_known)
    {
        return Err(Error::invalid(
            "Idempotency-Key",
            format!(
                "The header Idempotency-Key must be one value of {SHORTEST} to {LONGEST} letters, digits, - and _. Send a new random one with each change, or leave the header out."
            ),
        ));
    }
    Ok(Some(text.to_owned()))
}

/// Says that the answer was given before.
pub fn mark(reply: &mut Reply) {
    reply
        .headers_mut()
        .insert(REPLAYED, HeaderValue::from_static("true"));
}

/// An answer that was given.
#[derive(Debug)]
pub struct Kept {
    status: StatusCode,
    headers: HeaderMap,
    /// `None`: it is too large to be kept.
    body: Option<Bytes>,
}

impl Kept {
    fn size(&self) -> usize {
        self.body.as_ref().map_or(0, Bytes::len)
    }

    pub fn reply(&self) -> Result<Reply> {
        let Some(bytes) = &self.body else {
            return Err(Error::conflict(
                "This request was carried out before, but its answer was too large to be kept. Get the current state instead of sending it again.",
            )
            .code("answer_not_kept"));
        };
        let mut reply = Response::new(body::full(bytes.clone()));
        *reply.status_mut() = self.status;
        *reply.headers_mut() = self.headers.clone();
        mark(&mut reply);
        Ok(reply)
    }

    /// What is kept of an answer, which is given all the same.
    async fn of(reply: Reply) -> (Self, Reply) {
        let (parts, incoming) = reply.into_parts();
        let is_small = incoming
            .size_hint()
            .exact()
            .is_some_and(|size| size <= LARGEST);
        let mut kept = Self {
            status: parts.status,
            headers: parts.headers.clone(),
            body: None,
        };
        kept.headers.remove(SET_COOKIE);
        if !is_small {
            return (kept, Response::from_parts(parts, incoming));
        }
        // An answer of known size is in memory already, and does not fail.
        let Ok(collected) = incoming.collect().await else {
            return (kept, Response::from_parts(parts, body::empty()));
        };
        let bytes = collected.to_bytes();
        kept.body = Some(bytes.clone());
        (kept, Response::from_parts(parts, body::full(bytes)))
    }
}

/// Nothing was decided: the same request may be sent again.
fn may_be_sent_again(status: u16) -> bool {
    matches!(status, 401 | 428 | 429 | 503 | 507)
}

/// The answers that are remembered.
#[derive(Debug, Default)]
pub struct KeptAnswers {
    entries: Mutex<Entries>,
}

#[derive(Debug, Default)]
struct Entries {
    by_name: BTreeMap<String, Entry>,
    /// Counts what was ever claimed and what was ever answered.
    count: u64,
}

#[derive(Debug)]
struct Entry {
    number: u64,
    fingerprint: Fingerprint,
    since: Instant,
    stage: Stage,
}

#[derive(Debug)]
enum Stage {
    UnderWay(watch::Receiver<()>),
    Over(Arc<Kept>),
}

/// What a request with a key is to be answered by.
#[derive(Debug)]
pub enum Claim {
    First(ClaimedKey),
    UnderWay(watch::Receiver<()>),
    Known(Arc<Kept>),
}

/// The place of a request that is carried out. Those that wait for its answer are
/// woken when this is dropped; without an answer it is as if it had never come.
#[derive(Debug)]
pub struct ClaimedKey {
    answers: Arc<KeptAnswers>,
    name: String,
    _under_way: watch::Sender<()>,
}

impl KeptAnswers {
    pub fn claim(this: &Arc<Self>, name: &str, fingerprint: Fingerprint) -> Result<Claim> {
        let mut entries = this.lock();
        entries.forget_old();
        if let Some(entry) = entries.by_name.get(name) {
            if entry.fingerprint != fingerprint {
                return Err(key_reused());
            }
            return Ok(match &entry.stage {
                Stage::UnderWay(first) => Claim::UnderWay(first.clone()),
                Stage::Over(kept) => Claim::Known(Arc::clone(kept)),
            });
        }
        if entries.by_name.len() >= MOST && !entries.forget_oldest() {
            return Err(Error::new(
                Kind::Busy,
                "Too many changes are being made at once. Try again in a moment.",
            ));
        }
        let (under_way, first) = watch::channel(());
        entries.count += 1;
        let entry = Entry {
            number: entries.count,
            fingerprint,
            since: Instant::now(),
            stage: Stage::UnderWay(first),
        };
        entries.by_name.insert(name.to_owned(), entry);
        Ok(Claim::First(ClaimedKey {
            answers: Arc::clone(this),
            name: name.to_owned(),
            _under_way: under_way,
        }))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Entries> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entries {
    fn forget_old(&mut self) {
        self.by_name.retain(|_, entry| {
            matches!(entry.stage, Stage::UnderWay(_)) || entry.since.elapsed() < TIME
        });
    }

    /// False when none is over.
    fn forget_oldest(&mut self) -> bool {
        let over = self
            .by_name
            .iter()
            .filter(|(_, entry)| matches!(entry.stage, Stage::Over(_)));
        let oldest = over.min_by_key(|(_, entry)| entry.number);
        let Some(name) = oldest.map(|(name, _)| name.clone()) else {
            return false;
        };
        self.by_name.remove(&name).is_some()
    }

    fn size(&self) -> usize {
        let sizes = self.by_name.values().map(|entry| match &entry.stage {
            Stage::Over(kept) => kept.size(),
            Stage::UnderWay(_) => 0,
        });
        sizes.sum()
    }
}

impl ClaimedKey {
    /// Keeps the answer, and gives it.
    pub async fn keep(self, outcome: Result<Reply>) -> Result<Reply> {
        let (reply, failed) = match outcome {
            Ok(reply) => (reply, None),
            Err(found) => (error::reply(&found), Some(found)),
        };
        let (kept, reply) = Kept::of(reply).await;
        // Then the engine may be doing what it was asked for.
        let is_unknown = failed
            .as_ref()
            .and_then(|error| error.code)
            .is_some_and(|code| OUTCOME_UNKNOWN.contains(&code));
        if is_unknown || !may_be_sent_again(kept.status.as_u16()) {
            let mut entries = self.answers.lock();
            // As old as its answer: a long request is not the first to be forgotten.
            entries.count += 1;
            let number = entries.count;
            if let Some(entry) = entries.by_name.get_mut(&self.name) {
                entry.number = number;
                entry.since = Instant::now();
                entry.stage = Stage::Over(Arc::new(kept));
            }
            while entries.size() > LARGEST_OF_ALL && entries.forget_oldest() {}
        }
        failed.map_or(Ok(reply), Err)
    }
}

impl Drop for ClaimedKey {
    fn drop(&mut self) {
        let mut entries = self.answers.lock();
        let is_open = entries
            .by_name
            .get(&self.name)
            .is_some_and(|entry| matches!(entry.stage, Stage::UnderWay(_)));
        if is_open {
            entries.by_name.remove(&self.name);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::reply;
    use super::*;

    fn claim(answers: &Arc<KeptAnswers>, name: &str, print: u8) -> Result<Claim> {
        KeptAnswers::claim(answers, name, [print; 32])
    }

    #[track_caller]
    fn first(answers: &Arc<KeptAnswers>, name: &str) -> ClaimedKey {
        match claim(answers, name, 1) {
            Ok(Claim::First(place)) => place,
            other => panic!("{other:?}"),
        }
    }

    fn text(size: usize) -> Reply {
        reply::text(StatusCode::CREATED, vec![b'x'; size])
    }

    async fn done(answers: &Arc<KeptAnswers>, name: &str, outcome: Result<Reply>) {
        let _ = first(answers, name).keep(outcome).await;
    }

    #[test]
    fn key_is_one_value_of_allowed_length_and_characters() {
        let read = |values: &[&str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(HEADER, value.parse().unwrap());
            }
            key(&headers)
        };
        assert_eq!(read(&[]).unwrap(), None);
        assert_eq!(read(&["aZ09-_aa"]).unwrap().as_deref(), Some("aZ09-_aa"));
        let longest = "a".repeat(64);
        assert!(read(&[&longest]).unwrap().is_some());
        for wrong in [
            &["short12"][..],
            &[&"a".repeat(65)],
            &["\"12345678\""],
            &["12345678 9"],
            &[""],
            &["12345678", "12345678"],
        ] {
            let error = read(wrong).unwrap_err();
            assert!(error.message.contains("Idempotency-Key"), "{error}");
            assert!(matches!(error.kind, Kind::Invalid { field: Some(_) }));
        }
    }

    #[tokio::test]
    async fn answer_is_given_again_with_its_status_headers_and_body() {
        let answers = Arc::default();
        let given = first(&answers, "a").keep(Ok(text(3))).await.unwrap();
        assert!(!given.headers().contains_key(REPLAYED));
        let Ok(Claim::Known(kept)) = claim(&answers, "a", 1) else {
            panic!("it is not known");
        };
        let again = kept.reply().unwrap();
        assert_eq!(again.status(), StatusCode::CREATED);
        assert_eq!(again.headers()["content-type"], "text/plain; charset=utf-8");
        assert_eq!(again.headers()[REPLAYED], "true");
        let body = again.into_body().collect().await.unwrap();
        assert_eq!(&*body.to_bytes(), b"xxx");
        let reused = claim(&answers, "a", 2).unwrap_err();
        assert_eq!(reused.kind, Kind::KeyReused);
    }

    #[tokio::test]
    async fn error_is_kept_unless_it_says_try_later() {
        let answers = Arc::default();
        done(&answers, "conflict", Err(Error::conflict("Taken."))).await;
        assert!(matches!(
            claim(&answers, "conflict", 1),
            Ok(Claim::Known(_))
        ));
        for kind in [
            Kind::Busy,
            Kind::EngineUnavailable,
            Kind::StorageFull,
            Kind::Unauthenticated,
            Kind::RateLimited { retry_after_s: 1 },
            Kind::ConfirmationRequired {
                confirm: "web".to_owned(),
            },
        ] {
            done(&answers, "later", Err(Error::new(kind, "Not now."))).await;
        }
        drop(first(&answers, "later"));
        drop(first(&answers, "later"));
    }

    #[tokio::test]
    async fn second_request_waits_for_the_first_and_takes_its_place_if_that_is_dropped() {
        let answers = Arc::default();
        let place = first(&answers, "a");
        let Ok(Claim::UnderWay(mut wait)) = claim(&answers, "a", 1) else {
            panic!("it is not under way");
        };
        let mut waiting = tokio::spawn(async move { while wait.changed().await.is_ok() {} });
        assert!(claim(&answers, "a", 2).is_err());
        let early = tokio::time::timeout(Duration::from_millis(20), &mut waiting).await;
        assert!(early.is_err(), "it waits while the first is under way");
        drop(place);
        waiting.await.unwrap();
        drop(first(&answers, "a"));
    }

    #[tokio::test]
    async fn answers_are_bounded_in_number_and_size_and_oldest_go_first() {
        let answers = Arc::default();
        let open = first(&answers, "open");
        for number in 0..300 {
            done(&answers, &format!("{number}"), Ok(text(1))).await;
        }
        assert_eq!(answers.lock().by_name.len(), MOST);
        assert!(matches!(claim(&answers, "299", 1), Ok(Claim::Known(_))));
        assert!(matches!(claim(&answers, "open", 1), Ok(Claim::UnderWay(_))));
        drop(first(&answers, "0"));
        // It began before all others and ends after them.
        let _ = open.keep(Ok(text(1))).await;
        done(&answers, "300", Ok(text(1))).await;
        assert!(matches!(claim(&answers, "open", 1), Ok(Claim::Known(_))));
        for number in 0..100 {
            done(&answers, &format!("large-{number}"), Ok(text(64 * 1024))).await;
        }
        assert!(answers.lock().size() <= LARGEST_OF_ALL);
        done(&answers, "too large", Ok(text(64 * 1024 + 1))).await;
        let Ok(Claim::Known(kept)) = claim(&answers, "too large", 1) else {
            panic!("it is not known");
        };
        assert_eq!(kept.reply().unwrap_err().code, Some("answer_not_kept"));
    }

    #[test]
    fn too_many_requests_under_way_are_refused() {
        let answers = Arc::default();
        let places: Vec<ClaimedKey> = (0..MOST)
            .map(|number| first(&answers, &number.to_string()))
            .collect();
        assert_eq!(claim(&answers, "more", 1).unwrap_err().kind, Kind::Busy);
        drop(places);
        drop(first(&answers, "more"));
    }
}
