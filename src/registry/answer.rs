//! An answer that is read to its end, within bounds of size and time.

use super::error::RegistryError;
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderMap};
use hyper::{Response, StatusCode};

/// What is read of an answer that says what is wrong: it is not shown.
const LARGEST_PROBLEM: usize = 64 * 1024;

#[derive(Debug)]
pub(super) struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
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
    Failed(RegistryError),
}

/// Reads the body. That of an answer without success is cut off.
pub(super) async fn read(
    response: Response<Incoming>,
    bound: Bound,
    registry: &str,
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
    while let Some(frame) = body.frame().await {
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
        read.extend_from_slice(data);
    }
    Ok(Answer {
        status: head.status,
        headers: head.headers,
        body: read.freeze(),
    })
}
