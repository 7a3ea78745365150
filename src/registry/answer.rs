//! An answer that is read to its end, within bounds of size and time.
//!
//! Invariant: all that are large take their place in one room, and keep it until they
//! are dropped: many at once wait for each other instead of adding up.

use super::error::RegistryError;
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderMap};
use hyper::{Response, StatusCode};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout_at};

/// What is read of an answer that says what is wrong: it is not shown.
const LARGEST_PROBLEM: usize = 16 * 1024;

#[derive(Debug)]
pub(super) struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
    /// The server's address, unless a proxy is in between.
    pub peer: Option<IpAddr>,
    _place: Option<OwnedSemaphorePermit>,
}

/// What is read of an answer before it takes a place.
const SMALL: usize = 16 * 1024;
/// Bytes of all answers together that are larger.
const ALL: usize = 4 * 1024 * 1024;
const UNIT: usize = 1024;

/// The room for what is large, of every session.
#[derive(Debug, Clone)]
pub(super) struct Room(Arc<Semaphore>);

impl Room {
    pub fn new() -> Self {
        Self(Arc::new(Semaphore::new(ALL / UNIT)))
    }

    /// `None` only when there is no room for so much at all.
    async fn take(&self, bytes: usize) -> Option<OwnedSemaphorePermit> {
        let units = u32::try_from(bytes.min(ALL) / UNIT).ok()?;
        Arc::clone(&self.0).acquire_many_owned(units).await.ok()
    }
}

/// How much of an answer is read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bound {
    pub what: &'static str,
    pub bytes: usize,
}

impl Answer {
    pub fn text(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Without parameters, in lower case.
    pub fn media_type(&self) -> String {
        let text = self.text(CONTENT_TYPE.as_str()).unwrap_or_default();
        let bare = text.split(';').next().unwrap_or_default();
        bare.trim().to_ascii_lowercase()
    }

    pub fn length(&self) -> Option<u64> {
        self.text(CONTENT_LENGTH.as_str())?.parse().ok()
    }
}

/// Why a body was not read.
pub(super) enum Unread {
    Broken(hyper::Error),
    Silent,
    Failed(RegistryError),
}

/// Reads the body, which may take so long; the wait for a place does not count. That of
/// an answer without success is cut off.
pub(super) async fn read(
    response: Response<Incoming>,
    bound: Bound,
    registry: &str,
    (peer, room, time): (Option<IpAddr>, &Room, Duration),
) -> Result<Answer, Unread> {
    let (head, mut body) = response.into_parts();
    let is_success = head.status.is_success();
    let too_large = || {
        Unread::Failed(RegistryError::TooLarge {
            registry: registry.to_owned(),
            what: bound.what,
            limit: bound.bytes,
        })
    };
    let limit = if is_success {
        bound.bytes
    } else {
        LARGEST_PROBLEM
    };
    let announced = hyper::body::Body::size_hint(&body).lower();
    if is_success && announced > limit as u64 {
        return Err(too_large());
    }
    let mut read = BytesMut::new();
    let mut place = None;
    let mut began = Instant::now();
    while let Some(frame) = timeout_at(began + time, body.frame())
        .await
        .map_err(|_| Unread::Silent)?
    {
        let frame = frame.map_err(Unread::Broken)?;
        let Some(data) = frame.data_ref() else {
            continue;
        };
        if read.len() + data.len() > limit {
            if is_success {
                return Err(too_large());
            }
            break;
        }
        if place.is_none() && read.len() + data.len() > SMALL {
            let waiting = Instant::now();
            place = room.take(limit).await;
            began += waiting.elapsed();
            // One that says how long it is grows once.
            read.reserve(usize::try_from(announced).unwrap_or(0).min(limit));
        }
        read.extend_from_slice(data);
    }
    Ok(Answer {
        status: head.status,
        headers: head.headers,
        body: read.freeze(),
        peer,
        _place: place,
    })
}
