//! Answers: JSON, HTML, text, redirects.

use super::body::{self, Body};
use crate::error::{Error, Result};
use bytes::Bytes;
use hyper::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue, LOCATION};
use hyper::{Response, StatusCode};
use serde::Serialize;

pub type Reply = Response<Body>;

/// The bytes of an answer that is not sent piece by piece, beside its body.
#[derive(Debug, Clone)]
pub struct Whole(pub Bytes);

pub const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");

pub fn with(status: StatusCode, content_type: &'static str, bytes: impl Into<Bytes>) -> Reply {
    let bytes = bytes.into();
    let mut reply = Response::new(body::full(bytes.clone()));
    reply.extensions_mut().insert(Whole(bytes));
    *reply.status_mut() = status;
    let headers = reply.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(CACHE_CONTROL, NO_STORE);
    reply
}

pub fn json<T: Serialize + ?Sized>(value: &T) -> Result<Reply> {
    json_status(StatusCode::OK, value)
}

pub fn json_status<T: Serialize + ?Sized>(status: StatusCode, value: &T) -> Result<Reply> {
    let bytes = serde_json::to_vec(value)
        .map_err(|error| Error::internal("The response could not be written.").source(error))?;
    Ok(with(status, "application/json", bytes))
}

pub fn text(status: StatusCode, text: impl Into<Bytes>) -> Reply {
    with(status, "text/plain; charset=utf-8", text)
}

pub fn html(status: StatusCode, text: String) -> Reply {
    with(status, "text/html; charset=utf-8", text)
}

pub fn no_content() -> Reply {
    let mut reply = Response::new(body::empty());
    *reply.status_mut() = StatusCode::NO_CONTENT;
    reply.headers_mut().insert(CACHE_CONTROL, NO_STORE);
    reply
}

/// A redirect with a sentence for those who do not follow it.
pub fn redirect(status: StatusCode, to: &str) -> Reply {
    let shown = escape(to);
    let mut reply = html(
        status,
        format!(
            "<!doctype html><title>DockerMate</title><p>Continue at <a href=\"{shown}\">{shown}</a>.</p>\n"
        ),
    );
    if let Ok(to) = HeaderValue::from_str(to) {
        reply.headers_mut().insert(LOCATION, to);
    }
    reply
}

fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}
