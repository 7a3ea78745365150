//! The one live stream of a browser.

use crate::domain::feed::{Feed, FeedEvent};
use crate::error::Result;
use crate::http::call::Call;
use crate::http::reply::Reply;
use crate::http::sse;
use bytes::Bytes;
use futures_util::stream;
use tokio::sync::broadcast::error::RecvError;

/// `GET /api/events`: what changed since `Last-Event-ID`, then what changes.
pub async fn stream(call: Call) -> Result<Reply> {
    let query = call.query(&["host"])?;
    let with_host = query.flag("host", false)?;
    let context = &call.context;
    let permit = sse::permit(context)?;
    let feed = context.feed.clone();
    // One that cannot be read is none of ours: a gap, not a first visit.
    let last_id = call
        .headers
        .get("last-event-id")
        .map(|id| id.to_str().unwrap_or_default());
    let subscription = feed.subscribe(last_id);
    let mut first = vec![Bytes::from_static(b"retry: 2000\n\n")];
    // The state of the engine first: whoever reconnects must not trust an old one.
    first.push(sse::event_json(
        None,
        "engine",
        &context.system.engine_status(),
    ));
    if subscription.gap {
        first.push(sse::event(None, "inventory", "{}"));
    }
    first.extend(subscription.missed.iter().map(|event| encode(&feed, event)));
    let watching = with_host.then(|| context.system.watch_samples());
    let state = (feed, subscription.live, watching);
    let live = stream::unfold(state, |(feed, mut live, mut watching)| async move {
        let chunk = loop {
            let sample = async {
                match &mut watching {
                    Some(watching) => watching.receiver.recv().await.ok(),
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                event = live.recv() => match event {
                    Ok(event) => break encode(&feed, &event),
                    // Too slow to keep up: start afresh rather than guess.
                    Err(RecvError::Lagged(_)) => break sse::event(None, "inventory", "{}"),
                    Err(RecvError::Closed) => return None,
                },
                sample = sample => if let Some(sample) = sample {
                    break sse::event_json(None, "host", &sample);
                },
            }
        };
        Some((chunk, (feed, live, watching)))
    });
    let events = futures_util::StreamExt::chain(stream::iter(first), live);
    Ok(sse::reply(context, permit, events))
}

fn encode(feed: &Feed, event: &FeedEvent) -> Bytes {
    sse::event(Some(&feed.id(event.seq)), event.kind, &event.data)
}
