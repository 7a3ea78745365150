//! Server-sent events: chunks as they come, a comment when nothing does, a
//! clean end when the process stops.

use super::body;
use super::call::Call;
use super::context::Context;
use super::reply::{NO_STORE, Reply};
use crate::domain::auth::Session;
use crate::error::{Error, Kind, Result};
use bytes::Bytes;
use futures_util::{Stream, StreamExt as _};
use hyper::Response;
use hyper::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue};
use serde::Serialize;
use std::fmt::Write as _;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{OwnedSemaphorePermit, watch};

/// Shorter than what proxies and phones cut after.
const QUIET: Duration = Duration::from_secs(25);
/// How often a stream asks whether its session has run out, or was ended by
/// another process. What ends one in this process says so at once.
pub const CHECK: Duration = Duration::from_secs(15);

/// One event. `data` is JSON, so it has no line breaks.
pub fn event(id: Option<&str>, kind: &str, data: &str) -> Bytes {
    let mut text = String::with_capacity(data.len() + kind.len() + 48);
    if let Some(id) = id {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "id: {id}");
    }
    let _ = write!(text, "event: {kind}\ndata: {data}\n\n");
    Bytes::from(text)
}

pub fn event_json<T: Serialize + ?Sized>(id: Option<&str>, kind: &str, value: &T) -> Bytes {
    event(id, kind, &serde_json::to_string(value).unwrap_or_default())
}

/// A place among the open streams of this host.
pub fn permit(context: &Context) -> Result<OwnedSemaphorePermit> {
    Arc::clone(&context.streams)
        .try_acquire_owned()
        .map_err(|_| {
            Error::new(
                Kind::Busy,
                "The maximum number of live streams is open. Close some and try again.",
            )
            .code("too_many_streams")
        })
}

/// The answer. The permit is given back when the client goes; the stream ends
/// with the session it was opened in.
pub fn reply(
    call: &Call,
    permit: OwnedSemaphorePermit,
    events: impl Stream<Item = Bytes> + Send + 'static,
) -> Reply {
    let chunks = within_session(call, events, Some(b": quiet\n\n"));
    let mut reply = Response::new(body::holding(body::stream(chunks), Some(permit)));
    let headers = reply.headers_mut();
    headers.insert(
        CONTENT_TYPE,
        HeaderValue::from_static("text/event-stream; charset=utf-8"),
    );
    headers.insert(CACHE_CONTROL, NO_STORE);
    unbuffered(&mut reply);
    reply
}

/// What comes bit by bit is passed on at once by nginx, too, which waits for a few
/// kilobytes otherwise.
pub fn unbuffered(reply: &mut Reply) {
    let off = HeaderValue::from_static("no");
    reply.headers_mut().insert("x-accel-buffering", off);
}

/// A stream that ends with the session of the call, and with the program. `quiet`
/// is sent when nothing else was for a while.
pub fn within_session(
    call: &Call,
    chunks: impl Stream<Item = Bytes> + Send + 'static,
    quiet: Option<&'static [u8]>,
) -> impl Stream<Item = Bytes> + Send + 'static {
    struct State {
        chunks: Pin<Box<dyn Stream<Item = Bytes> + Send>>,
        context: Arc<Context>,
        session: Option<Session>,
        endings: watch::Receiver<u64>,
        checked: Instant,
        /// When something is sent although nothing has come.
        quiet_at: tokio::time::Instant,
    }
    let mut endings = call.context.auth.endings();
    // The session may have ended since it was looked up.
    endings.mark_changed();
    let state = State {
        chunks: Box::pin(chunks),
        context: Arc::clone(&call.context),
        session: call.session.clone(),
        endings,
        checked: Instant::now(),
        quiet_at: tokio::time::Instant::now() + QUIET,
    };
    futures_util::stream::unfold(state, move |mut state| async move {
        loop {
            let chunk = tokio::select! {
                biased;
                () = state.context.life.stop.cancelled() => return None,
                Ok(()) = state.endings.changed() => None,
                next = state.chunks.next() => Some(next?),
                () = tokio::time::sleep_until(state.quiet_at) => {
                    state.quiet_at += QUIET;
                    quiet.map(Bytes::from_static)
                }
            };
            if chunk.is_none() || state.checked.elapsed() >= CHECK {
                state.checked = Instant::now();
                let session = state.session.as_ref();
                if !session.is_none_or(|session| state.context.auth.is_live(session)) {
                    return None;
                }
            }
            if let Some(chunk) = chunk {
                state.quiet_at = tokio::time::Instant::now() + QUIET;
                return Some((chunk, state));
            }
        }
    })
}
