//! A request that is answered before its body was read: refused early, or of a
//! route that takes none.
//!
//! Left unread, the rest of the body costs the client its connection: hyper
//! closes it after the answer without saying so, and the next request on it is
//! lost; or bytes that still come reset it, and the answer is lost. So the rest
//! is read, as far and as long as a well-behaved client sends.

use super::header_budget::HeldRequest;
use bytes::Bytes;
use http_body_util::BodyExt as _;
use hyper::Version;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::header::{EXPECT, HeaderMap};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

const MOST: usize = 1024 * 1024;
/// Over HTTP/2 the answer reaches the client beside a body that is larger, and so the
/// end of the request alone is lost; some clients (curl 7.88) lose a small one with it.
const MOST_OF_HTTP2: usize = 64 * 1024;
const LONGEST: Duration = Duration::from_secs(2);

/// A request's body; what is left of it when it is dropped can be had from [`Rest`].
#[derive(Debug)]
pub struct RequestBody {
    incoming: Option<Incoming>,
    rest: Arc<Mutex<Option<Incoming>>>,
    held: Arc<HeldRequest>,
}

/// What nobody has read.
#[derive(Debug)]
pub struct Rest {
    left: Arc<Mutex<Option<Incoming>>>,
    most: usize,
    held: Arc<HeldRequest>,
}

/// `None` where an unread body does no harm: a client that waits for `100 Continue` has
/// sent nothing.
pub fn watch(
    body: Incoming,
    version: Version,
    headers: &HeaderMap,
    held: &Arc<HeldRequest>,
) -> (RequestBody, Option<Rest>) {
    let rest = Arc::default();
    let body_of_call = RequestBody {
        incoming: Some(body),
        rest: Arc::clone(&rest),
        held: Arc::clone(held),
    };
    let most = if version < Version::HTTP_2 {
        MOST
    } else {
        MOST_OF_HTTP2
    };
    let matters = !headers.contains_key(EXPECT);
    let rest = Rest {
        left: rest,
        most,
        held: Arc::clone(held),
    };
    (body_of_call, matters.then_some(rest))
}

impl RequestBody {
    /// Cancelled when its request is to end.
    pub fn end(&self) -> CancellationToken {
        self.held.end()
    }

    /// The body itself, for a handler that passes it on; what it leaves is still read
    /// to its end.
    pub fn take(&mut self) -> Self {
        Self {
            incoming: self.incoming.take(),
            rest: Arc::clone(&self.rest),
            held: Arc::clone(&self.held),
        }
    }
}

impl Rest {
    /// Reads it, once the body has been dropped. Over HTTP/2, and without a
    /// session, only while few others do: a proxy opens connection after connection for
    /// requests that wait here.
    pub async fn drain(self, of_http2: &Semaphore) {
        let left = { self.left.lock().unwrap_or_else(PoisonError::into_inner) }.take();
        let Some(body) = left else {
            return;
        };
        let needs_turn = self.most == MOST_OF_HTTP2 && !self.held.is_proved();
        let turn = needs_turn.then(|| of_http2.try_acquire());
        if matches!(turn, Some(Err(_))) {
            return;
        }
        let read = tokio::time::timeout(LONGEST, read(body, self.most));
        if read.await == Ok(true) {
            self.held.body_ended();
        }
    }
}

/// Whether that was all.
async fn read(mut body: Incoming, most: usize) -> bool {
    let mut read = 0;
    while let Some(Ok(frame)) = body.frame().await {
        read += frame.data_ref().map_or(0, Bytes::len);
        if read > most {
            return false;
        }
    }
    true
}

impl Drop for RequestBody {
    fn drop(&mut self) {
        // One that was passed on is not ours to leave.
        let Some(body) = self.incoming.take() else {
            return;
        };
        let left = Some(body).filter(|body| !body.is_end_stream());
        if left.is_none() {
            self.held.body_ended();
        }
        *self.rest.lock().unwrap_or_else(PoisonError::into_inner) = left;
    }
}

impl Body for RequestBody {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let Some(body) = &mut self.incoming else {
            return Poll::Ready(None);
        };
        let frame = ready!(Pin::new(body).poll_frame(context));
        if !matches!(frame, Some(Ok(_))) {
            self.held.body_ended();
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.incoming.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.incoming
            .as_ref()
            .map_or_else(SizeHint::default, Body::size_hint)
    }
}
