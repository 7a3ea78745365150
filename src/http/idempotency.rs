//! `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header): a change that is
//! sent again with the same key, because its answer was lost, is not made again:
//! it is answered as the first one was.
//!
//! Invariants: under one key one request is carried out, and it is carried out to
//! its end although its client leaves. After a restart of the program an operation
//! still carries the key that started it.

use super::api::containers::Accepted;
use super::call::Call;
use super::kept_answers::{Claim, Fingerprint, KeptAnswers, mark};
use super::off_workers::OffWorkers;
use super::reply::{self, Reply};
use super::routes::route::Handler;
use crate::domain::operations::{ClientRequest, with_request};
use crate::error::{Error, Result};
use crate::model::hex;
use hyper::StatusCode;
use hyper::http::uri::PathAndQuery;
use sha2::{Digest as _, Sha256};
use std::sync::Arc;

/// Carries out the request, unless one with this key was before.
pub async fn answer(mut call: Call, handler: Handler, key: String) -> Result<Reply> {
    let context = Arc::clone(&call.context);
    let read = call.bytes().await?;
    let fingerprint = fingerprint(&call, &read);
    call.read = Some(read);
    let request = ClientRequest {
        id: key,
        fingerprint: hex::encode(&fingerprint),
    };
    if let Some(operation) = context.operations.started_earlier(&request)? {
        let mut reply = reply::json_status(StatusCode::ACCEPTED, &Accepted { operation })?;
        mark(&mut reply);
        return Ok(reply);
    }
    let claimed = loop {
        // There is one user: who had to log in again may ask again.
        match KeptAnswers::claim(&context.answers, &request.id, fingerprint)? {
            Claim::First(claimed) => break claimed,
            Claim::Known(kept) => return kept.reply(),
            // When it is over its answer is known, unless that is not kept.
            Claim::UnderWay(mut first) => while first.changed().await.is_ok() {},
        }
    };
    let turns = Arc::clone(&context.turns);
    let work = with_request(request, OffWorkers::new((handler)(call), &turns));
    context
        .life
        .tracker
        .spawn(async move { claimed.keep(work.await).await })
        .await
        .unwrap_or_else(|error| Err(Error::internal("The request was interrupted.").source(error)))
}

fn fingerprint(call: &Call, body: &[u8]) -> Fingerprint {
    // Without the host: HTTP/2 names it here, HTTP/1 does not.
    let path = call.uri.path_and_query().map_or("/", PathAndQuery::as_str);
    let head = format!("{} {path}\n", call.method);
    Sha256::new()
        .chain_update(head)
        .chain_update(body)
        .finalize()
        .into()
}
