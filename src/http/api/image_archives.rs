//! Images as tar archives: a download and an upload, each passed on piece by piece.

use crate::domain::images::LoadRequest;
use crate::error::Result;
use crate::http::body;
use crate::http::call::Call;
use crate::http::preview::{self, DRY_RUN};
use crate::http::query::{Parameter, words};
use crate::http::reply::{self, NO_STORE, Reply};
use crate::http::sse;
use futures_util::{StreamExt as _, TryStreamExt as _};
use http_body_util::BodyExt as _;
use hyper::Response;
use hyper::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE, HeaderValue};
use std::io;

pub const SAVE: &[Parameter] = &[IMAGE];
const IMAGE: Parameter = words(
    "image",
    &[],
    "IDs or tags of the images, at most 100; an image is saved with all its tags.",
);

pub const LOAD: &[Parameter] = &[DRY_RUN];

pub async fn save(call: Call) -> Result<Reply> {
    // It holds a connection to the engine for as long as it takes.
    let permit = sse::permit(&call.context)?;
    let (file, pieces) = call.context.images.save(&call.query.all(&IMAGE)).await?;
    let pieces = pieces.map(|piece| {
        piece.map_err(|error| {
            tracing::warn!(%error, "a download of images was cut off");
            io::Error::other(error)
        })
    });
    let mut reply = Response::new(body::holding(body::fallible_stream(pieces), permit));
    let headers = reply.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-tar"));
    headers.insert(CACHE_CONTROL, NO_STORE);
    // The name has only letters, digits and `._-`.
    if let Ok(name) = HeaderValue::from_str(&format!("attachment; filename=\"{file}\"")) {
        headers.insert(CONTENT_DISPOSITION, name);
    }
    Ok(reply)
}

pub async fn load(mut call: Call) -> Result<Reply> {
    if preview::wanted(&call) {
        return reply::json(&call.context.images.plan_load());
    }
    let total = call
        .header("content-length")
        .and_then(|length| length.parse().ok());
    let pieces = call.body.take().into_data_stream();
    let upload = pieces.map_err(|error: hyper::Error| error.to_string());
    let started = call.context.images.load(LoadRequest {
        upload: Box::pin(upload),
        total,
    })?;
    // Answered before its end, the upload would end with its connection.
    reply::json(&started.finished().await?)
}
