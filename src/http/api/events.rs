//! The one live stream of a browser.

use crate::domain::feed::{Feed, FeedEvent, Gap};
use crate::error::Result;
use crate::http::call::Call;
use crate::http::context::Context;
use crate::http::query::{Parameter, flag, text};
use crate::http::reply::Reply;
use crate::http::sse;
use bytes::Bytes;
use futures_util::stream;
use std::sync::Arc;

pub const QUERY: &[Parameter] = &[HOST, AFTER];
const HOST: Parameter = flag(
    "host",
    false,
    "Also send `host`, samples of the host's resource usage.",
);
const AFTER: Parameter = text(
    "after",
    "Id of the last event that is known, where `Last-Event-ID` cannot be sent.",
);

/// `GET /api/events`: what changed since `Last-Event-ID`, or else since `after`
/// (what a page says of itself), then what changes.
pub async fn stream(call: Call) -> Result<Reply> {
    let with_host = call.query.flag(&HOST);
    let context = &call.context;
    let permit = sse::permit(context)?;
    // One that cannot be read is none of ours: a gap, not a first visit.
    let last_id = call
        .headers
        .get("last-event-id")
        .map(|id| id.to_str().unwrap_or_default());
    let subscription = context.feed.subscribe(last_id.or(call.query.text(&AFTER)));
    let mut first = vec![Bytes::from_static(b"retry: 2000\n\n")];
    // The state of the engine first: whoever reconnects must not trust an old one.
    // It carries a number too: a listener to whom nothing happened can resume as well.
    let position = subscription.position.map(|last| context.feed.id(last));
    first.push(sse::event_json(
        position.as_deref(),
        "engine",
        &context.system.engine_status(),
    ));
    if subscription.gap {
        first.push(afresh(context));
    }
    let watching = with_host.then(|| context.system.watch_samples());
    let state = (Arc::clone(context), subscription.live, watching);
    let live = stream::unfold(state, |(context, mut live, mut watching)| async move {
        let chunk = loop {
            let sample = async {
                match &mut watching {
                    Some(watching) => watching.receiver.recv().await.ok(),
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                event = live.next() => match event {
                    Ok(event) => break encode(&context.feed, &event),
                    // Too slow to keep up: start afresh rather than guess.
                    Err(Gap) => break afresh(&context),
                },
                sample = sample => if let Some(sample) = sample {
                    break sse::event_json(None, "host", &sample);
                },
            }
        };
        Some((chunk, (context, live, watching)))
    });
    let events = futures_util::StreamExt::chain(stream::iter(first), live);
    Ok(sse::reply(&call, permit, events))
}

/// Everything that a browser keeps by itself, and the word to fetch the rest.
fn afresh(context: &Context) -> Bytes {
    let mut all = vec![
        sse::event_json(None, "engine", &context.system.engine_status()),
        sse::event_json(None, "settings", &context.settings.get()),
    ];
    if let Ok(operations) = context.operations.list(8) {
        let events = operations
            .iter()
            .rev()
            .map(|operation| sse::event_json(None, "operation", operation));
        all.extend(events);
    }
    all.push(sse::event(None, "inventory", "{}"));
    Bytes::from(all.concat())
}

fn encode(feed: &Feed, event: &FeedEvent) -> Bytes {
    sse::event(Some(&feed.id(event.seq)), event.name, &event.json)
}
