//! How busy the containers are: once, or live for as long as somebody reads; and
//! how busy they were.

use crate::domain::stats::Watching;
use crate::error::{Error, Kind, Result};
use crate::http::call::Call;
use crate::http::context::Context;
use crate::http::query::{Parameter, choice, word};
use crate::http::reply::{self, Reply};
use crate::http::sse;
use crate::model::stats_history::HistorySpan;
use bytes::Bytes;
use futures_util::{Stream, StreamExt as _, stream};
use std::sync::Arc;

pub const STREAM: Parameter = choice(
    "stream",
    "Stream samples instead of answering with one; what `Accept: text/event-stream` asks for, too.",
);

pub const SPAN: Parameter = word(
    "span",
    &HistorySpan::WORDS,
    Some("5m"),
    "How far back: 5 minutes, an hour in points of a minute, or a day in points of five minutes.",
);

pub async fn history(call: Call) -> Result<Reply> {
    let span = HistorySpan::of(call.query.word(&SPAN).unwrap_or_default());
    let id = call.param("id")?;
    reply::json(&call.context.stats.history(id, span).await?)
}

pub async fn one(call: Call) -> Result<Reply> {
    let stats = &call.context.stats;
    let id = call.param("id")?;
    if !is_live(&call) {
        return reply::json(&stats.once(id).await?);
    }
    let id = stats.measurable(id)?.id.clone();
    let permit = sse::permit(&call.context)?;
    let watching = stats.watch(Some(id.clone()));
    let events = of_one(Arc::clone(&call.context), id, watching);
    Ok(sse::reply(&call, permit, events))
}

pub async fn all(call: Call) -> Result<Reply> {
    let stats = &call.context.stats;
    if !is_live(&call) {
        return reply::json(&*stats.once_all().await?);
    }
    let permit = sse::permit(&call.context)?;
    let watching = stats.watch(None);
    let state = Some((Arc::clone(&call.context), watching));
    let events = stream::unfold(state, |state| async move {
        let (context, mut watching) = state?;
        let round = watching.next().await?;
        if let Err(error) = context.stats.available() {
            return Some((interrupted(&error), None));
        }
        let event = sse::event_json(None, "samples", &*round);
        Some((event, Some((context, watching))))
    });
    // What the small lines of a list show, so that they are full at once.
    let recent = sse::event_json(None, "history", &stats.recent());
    let events = stream::once(async { recent }).chain(events);
    Ok(sse::reply(&call, permit, events))
}

fn is_live(call: &Call) -> bool {
    let asked = call.accepts("text/event-stream");
    call.query.flag_or(&STREAM, asked)
}

/// The end of figures that broke off, with the reason.
fn interrupted(error: &Error) -> Bytes {
    let reason = serde_json::json!({"error": error.message});
    sse::event_json(None, "end", &reason)
}

/// Its samples, and a word at the end when it stops.
fn of_one(
    context: Arc<Context>,
    id: String,
    watching: Watching,
) -> impl Stream<Item = Bytes> + Send {
    let state = Some((context, id, watching));
    stream::unfold(state, |state| async move {
        let (context, id, mut watching) = state?;
        loop {
            let round = watching.next().await?;
            if let Some(sample) = round.items.iter().find(|one| one.id == id) {
                let event = sse::event_json(None, "sample", sample);
                return Some((event, Some((context, id, watching))));
            }
            match context.stats.measurable(&id) {
                Ok(_) => {}
                Err(error) if error.kind == Kind::EngineUnavailable => {
                    return Some((interrupted(&error), None));
                }
                Err(_) => return Some((sse::event(None, "end", "{}"), None)),
            }
        }
    })
}
