//! The lines of a log, over as many answers of the engine as it takes.

use super::super::error::EngineError;
use super::super::handle::Engine;
use super::decode::{Decoder, Pieces};
use super::follow::{AnswerEnd, Follow};
use super::positions::Positions;
use super::request;
use crate::model::container::Container;
use crate::model::logs::{LogLine, LogQuery};
use crate::model::timestamp::nanoseconds;
use http_body_util::BodyExt as _;
use hyper::body::Incoming;

pub(super) struct Reader {
    body: Incoming,
    decoder: Decoder,
    pieces: Pieces,
    since: Option<i128>,
    until: Option<i128>,
    over: bool,
    positions: Positions,
    /// Of a log that is followed.
    follow: Option<Follow>,
}

impl Reader {
    pub async fn open(
        engine: &Engine,
        container: &Container,
        query: &LogQuery,
    ) -> Result<Self, EngineError> {
        let mut first = query.clone();
        first.follow &= !engine.is_podman();
        let follow = query
            .follow
            .then(|| Follow::new(engine, container, query, first.follow));
        let pieces = pieces(engine, container);
        Ok(Self {
            body: request::open(engine, &container.id, &first).await?,
            decoder: Decoder::new(pieces),
            pieces,
            since: query.since_ns,
            until: query.until_ns,
            over: false,
            positions: Positions::default(),
            follow,
        })
    }

    /// The next line, or why there are no more.
    pub async fn next(mut self) -> Option<(Result<LogLine, EngineError>, Self)> {
        loop {
            match self.decoder.next() {
                Some(Ok(line)) if self.takes(&line) => return Some((Ok(line), self)),
                Some(Ok(_)) => continue,
                None if self.over => return None,
                Some(Err(_)) if self.over => return None,
                Some(Err(error)) => {
                    if let Err(error) = self.continue_after(Some(error)).await {
                        return Some((Err(error), self.ended()));
                    }
                    continue;
                }
                None => {}
            }
            let cause = match self.body.frame().await {
                Some(Ok(frame)) => {
                    if let Ok(data) = frame.into_data() {
                        self.decoder.push(&data);
                    }
                    continue;
                }
                Some(Err(error)) => Some(EngineError::Unavailable(format!(
                    "The log broke off: the engine closed the connection ({error})."
                ))),
                None => None,
            };
            if let Err(error) = self.continue_after(cause).await {
                return Some((Err(error), self.ended()));
            }
        }
    }

    /// After an error nothing more comes.
    fn ended(mut self) -> Self {
        self.over = true;
        self.decoder = Decoder::default();
        self
    }

    /// The answer has ended: opens the next one, or ends the log.
    async fn continue_after(&mut self, cause: Option<EngineError>) -> Result<(), EngineError> {
        let next = match (&mut self.follow, cause) {
            (None, Some(cause)) => return Err(cause),
            (None, None) => None,
            (Some(follow), cause) => {
                let progress = self.positions.finish(follow.has_tail());
                let open = self.decoder.open_since();
                let since = match (self.positions.since(), open) {
                    (Some(since), Some(open)) => Some(since.min(open)),
                    (since, open) => since.or(open),
                };
                let end = AnswerEnd {
                    progress,
                    cause,
                    since,
                };
                follow.next_answer(end).await?
            }
        };
        if let Some(body) = next {
            self.body = body;
            // A line that came in part is read again as a whole.
            self.decoder = Decoder::new(self.pieces);
        } else {
            self.over = true;
            self.decoder.finish();
        }
        Ok(())
    }

    /// Whether the line was asked for and not given before.
    fn takes(&mut self, line: &LogLine) -> bool {
        // A line without a readable time is not hidden.
        let Some(at) = nanoseconds(&line.time) else {
            return true;
        };
        self.positions.is_new(line.stream, at)
            && self.since.is_none_or(|since| at >= since)
            && self.until.is_none_or(|until| at <= until)
    }
}

fn pieces(engine: &Engine, container: &Container) -> Pieces {
    if !engine.is_podman() {
        return Pieces::Full;
    }
    Pieces::Any {
        started: container.started_at.map(|at| i128::from(at.0) * 1_000_000),
    }
}
