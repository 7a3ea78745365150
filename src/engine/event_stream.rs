//! The engine's event stream as it is read: line by line, within bounds, and of each
//! event only what is looked at. An event has all labels of its container in it, which
//! whoever made that has written.
//!
//! Invariant: whatever cannot be read as an event is a hint to compare everything.

use super::error::EngineError;
use super::events::{self, Hint};
use super::lines::{Line, Lines};
use super::transport::Transport;
use super::wire::encode;
use futures_util::future::BoxFuture;
use hyper::body::Incoming;
use hyper::{Method, Response};

pub(super) struct EventStream(State);

enum State {
    /// The head of a quiet stream may take any time.
    Opening(BoxFuture<'static, Result<Response<Incoming>, EngineError>>),
    Open(Lines<Incoming>),
}

impl EventStream {
    /// What happens, or has happened since the engine's clock said `since`. Nothing is
    /// asked for before the first [`Self::next`].
    pub fn new(transport: &Transport, since: Option<i64>) -> Self {
        let filters = serde_json::json!(events::filters()).to_string();
        let mut path = format!("/events?filters={}", encode(&filters));
        if let Some(since) = since {
            path.push_str(&format!("&since={since}"));
        }
        let transport = transport.clone();
        Self(State::Opening(Box::pin(async move {
            transport.open(Method::GET, &path, None, "").await
        })))
    }

    /// What the next event asks for. The end of the stream is an error: the engine is
    /// going away. Dropped while it waits, it loses nothing.
    pub async fn next(&mut self) -> Result<Option<Hint>, EngineError> {
        loop {
            match &mut self.0 {
                State::Opening(opening) => {
                    let response = opening.await.map_err(|error| match error {
                        EngineError::Unavailable(_) | EngineError::Protocol(_) => lost(),
                        answered => answered,
                    })?;
                    self.0 = State::Open(Lines::new(response.into_body()));
                }
                State::Open(lines) => {
                    return match lines.next().await {
                        Ok(Some(Line::Whole(line))) => Ok(events::read(&line)),
                        Ok(Some(Line::TooLong)) => Ok(Some(Hint::Compare)),
                        Ok(None) => Err(lost()),
                        Err(error) => {
                            tracing::debug!(%error, "the event stream broke off");
                            Err(lost())
                        }
                    };
                }
            }
        }
    }
}

fn lost() -> EngineError {
    EngineError::Unavailable(
        "The engine closed the connection: it is stopping or restarting.".to_owned(),
    )
}
