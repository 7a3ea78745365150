//! What a connection is doing: whether it has anything to do, and whether its peer reads.

use super::body::Body;
use bytes::Bytes;
use http_body_util::BodyExt as _;
use hyper::body::Frame;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};
use tokio::sync::{Notify, OwnedSemaphorePermit};

/// What one connection is doing.
#[derive(Debug, Clone, Default)]
pub struct Traffic {
    inner: Arc<Counter>,
}

#[derive(Debug, Default)]
struct Counter {
    open: Mutex<Vec<Arc<Answer>>>,
    has_answered: AtomicBool,
    changed: Notify,
}

/// Since when the peer has asked for nothing more of an answer; `None` while it
/// is we who have nothing for it yet.
type Answer = Mutex<Option<Instant>>;

/// A request that is being answered, its body included.
#[derive(Debug)]
pub struct Busy {
    counter: Arc<Counter>,
    answer: Arc<Answer>,
    /// To answer it, if its connection has few.
    _permit: Option<OwnedSemaphorePermit>,
}

impl Traffic {
    pub fn begin(&self, permit: Option<OwnedSemaphorePermit>) -> Busy {
        let answer: Arc<Answer> = Arc::default();
        self.inner.open().push(Arc::clone(&answer));
        self.inner.changed.notify_one();
        Busy {
            counter: Arc::clone(&self.inner),
            answer,
            _permit: permit,
        }
    }

    /// Whether a request is being answered.
    pub fn is_busy(&self) -> bool {
        !self.inner.open().is_empty()
    }

    /// Whether a request has been answered, or given up.
    pub fn has_answered(&self) -> bool {
        self.inner.has_answered.load(Ordering::Acquire)
    }

    /// Ends when there has been no request for as long as `limit` says, which is
    /// asked again and again.
    pub async fn quiet(&self, limit: impl Fn() -> Duration) {
        const LOOK_EVERY: Duration = Duration::from_secs(5);
        let mut since = Instant::now();
        loop {
            let change = self.inner.changed.notified();
            if !self.inner.open().is_empty() {
                change.await;
                since = Instant::now();
                continue;
            }
            let left = limit().saturating_sub(since.elapsed());
            if left.is_zero() {
                return;
            }
            if tokio::time::timeout(left.min(LOOK_EVERY), change)
                .await
                .is_ok()
            {
                since = Instant::now();
            }
        }
    }

    /// Ends when the peer has asked for no more of any answer for about this
    /// long: a window of HTTP/2 that stays shut, for example.
    pub async fn stalled(&self, limit: Duration) {
        loop {
            tokio::time::sleep(limit / 2).await;
            let open = self.inner.open();
            // One that is read, or that waits for us, keeps the others.
            let stalled = open.iter().all(|answer| {
                let since = *answer.lock().unwrap_or_else(PoisonError::into_inner);
                since.is_some_and(|since| since.elapsed() >= limit)
            });
            if stalled && !open.is_empty() {
                return;
            }
            drop(open);
        }
    }
}

impl Counter {
    fn open(&self) -> MutexGuard<'_, Vec<Arc<Answer>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Busy {
    fn note(&self, waits_for_peer: bool) {
        let mut since = self.answer.lock().unwrap_or_else(PoisonError::into_inner);
        *since = waits_for_peer.then(Instant::now);
    }

    /// The body of the answer, which is busy until it was sent or given up.
    pub fn watch(self, body: Body) -> Body {
        self.note(true);
        Watched {
            body,
            rest: Bytes::new(),
            busy: self,
        }
        .boxed_unsync()
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.counter.has_answered.store(true, Ordering::Release);
        let mut open = self.counter.open();
        open.retain(|answer| !Arc::ptr_eq(answer, &self.answer));
        drop(open);
        self.counter.changed.notify_one();
    }
}

/// In pieces: whoever takes a whole answer at once and sends it byte by byte
/// would seem to have read it.
const PIECE: usize = 16 * 1024;

struct Watched {
    body: Body,
    /// Of the last frame.
    rest: Bytes,
    busy: Busy,
}

impl hyper::body::Body for Watched {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<std::io::Result<Frame<Bytes>>>> {
        if self.rest.is_empty() {
            let frame = Pin::new(&mut self.body).poll_frame(context);
            self.busy.note(frame.is_ready());
            let Poll::Ready(Some(Ok(frame))) = frame else {
                return frame;
            };
            match frame.into_data() {
                Ok(data) => self.rest = data,
                Err(other) => return Poll::Ready(Some(Ok(other))),
            }
        } else {
            self.busy.note(true);
        }
        let length = self.rest.len().min(PIECE);
        Poll::Ready(Some(Ok(Frame::data(self.rest.split_to(length)))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> hyper::body::SizeHint {
        let rest = self.rest.len() as u64;
        let mut hint = self.body.size_hint();
        let (lower, upper) = (hint.lower() + rest, hint.upper().map(|upper| upper + rest));
        if let Some(upper) = upper {
            hint.set_upper(upper);
        }
        hint.set_lower(lower);
        hint
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn connection_becomes_idle_only_after_its_requests_have_ended() {
        let traffic = Traffic::default();
        let busy = traffic.begin(None);
        let wait = Duration::from_millis(20);
        let early = tokio::time::timeout(wait * 10, traffic.quiet(|| wait)).await;
        assert!(early.is_err(), "a request is open");
        drop(busy);
        let late = tokio::time::timeout(Duration::from_secs(20), traffic.quiet(|| wait)).await;
        assert!(late.is_ok());
    }

    #[tokio::test]
    async fn connection_is_stalled_once_the_peer_reads_none_of_its_answers() {
        let limit = Duration::from_millis(40);
        let traffic = Traffic::default();
        let is_stalled = async |traffic: &Traffic, patience: u32| {
            tokio::time::timeout(limit * patience, traffic.stalled(limit))
                .await
                .is_ok()
        };
        assert!(!is_stalled(&traffic, 5).await, "there is no answer");
        // We have nothing for it yet.
        let waiting = traffic.begin(None);
        let mut silent = traffic
            .begin(None)
            .watch(super::super::body::stream(futures_util::stream::pending()));
        let first = tokio::time::timeout(limit, silent.frame()).await;
        assert!(first.is_err(), "nothing comes");
        let unread = traffic.begin(None).watch(super::super::body::full("x"));
        assert!(!is_stalled(&traffic, 5).await, "others are read");
        drop((waiting, silent));
        assert!(is_stalled(&traffic, 500).await);
        drop(unread);
    }

    #[tokio::test]
    async fn large_body_is_sent_in_pieces_and_whole() {
        let bytes: Vec<u8> = (0..100_000_u32).map(|n| n.to_be_bytes()[3]).collect();
        let traffic = Traffic::default();
        let mut body = traffic
            .begin(None)
            .watch(super::super::body::full(bytes.clone()));
        let (mut read, mut pieces) = (Vec::new(), 0);
        while let Some(frame) = body.frame().await {
            let left = hyper::body::Body::size_hint(&body).exact().unwrap();
            let data = frame.unwrap().into_data().unwrap();
            read.extend_from_slice(&data);
            assert!(data.len() <= PIECE);
            assert_eq!(left, (bytes.len() - read.len()) as u64);
            assert_eq!(
                hyper::body::Body::is_end_stream(&body),
                read.len() == bytes.len()
            );
            pieces += 1;
        }
        assert_eq!((pieces, read), (7, bytes));
    }
}
