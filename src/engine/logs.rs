//! What a container wrote, as lines. The engine is asked for timestamps and
//! they are taken off again, so a reader can resume where it stopped, to the
//! nanosecond. Nothing is read ahead of the consumer.

mod decode;

use super::error::EngineError;
use super::handle::Engine;
use super::transport::REQUEST;
use crate::model::container::{Container, State};
use crate::model::logs::{LogLine, LogPosition, LogQuery, LogSource};
use crate::model::timestamp::{Timestamp, nanoseconds};
use decode::{Decoder, Pieces};
use futures_util::{Stream, StreamExt};
use http_body_util::BodyExt;
use hyper::Method;
use hyper::body::Incoming;
use std::fmt::Write as _;
use tokio::time::timeout;

impl Engine {
    /// `GET /containers/{id}/logs`. The request is made now, so that a wrong
    /// name or a driver without reading is an error before a stream begins;
    /// the lines are read as they are taken. The stream ends when the log does
    /// or, with `follow`, when the container stops or is removed. After an
    /// error nothing more comes.
    ///
    /// # Errors
    /// [`EngineError::LogsUnreadable`] and those of [`Engine::get`].
    pub async fn logs(
        &self,
        reference: &str,
        query: &LogQuery,
    ) -> Result<impl Stream<Item = Result<LogLine, EngineError>> + Send + use<>, EngineError> {
        let record = self.shared.record(reference)?;
        let mut first = query.clone();
        first.follow &= !self.is_podman();
        let rest = query.follow.then(|| Rest {
            engine: self.clone(),
            id: record.container.id.clone(),
            query: query.clone(),
            began: Timestamp::now(),
            followed: first.follow,
        });
        let response = self.open_log(&record.container.id, &first).await?;
        let pieces = self.pieces(&record.container);
        let reader = Reader {
            body: response,
            decoder: Decoder::new(pieces),
            pieces,
            since: query.since_ns,
            until: query.until_ns,
            over: false,
            places: Places::default(),
            rest,
        };
        let stop = self.shared.stop.clone();
        Ok(futures_util::stream::unfold(reader, Reader::next).take_until(stop.cancelled_owned()))
    }
}

impl Engine {
    async fn open_log(&self, id: &str, query: &LogQuery) -> Result<Incoming, EngineError> {
        let client = self.shared.client()?;
        let path = path(id, query);
        let opening = client.transport.open(Method::GET, &path, None, id);
        // Podman sends the head of a followed log with its first line only.
        let answer = if query.follow {
            opening.await?
        } else {
            timeout(REQUEST, opening)
                .await
                .unwrap_or(Err(EngineError::Timeout {
                    seconds: REQUEST.as_secs(),
                }))?
        };
        Ok(answer.into_body())
    }

    fn pieces(&self, container: &Container) -> Pieces {
        if !self.is_podman() {
            return Pieces::Full;
        }
        Pieces::Any {
            started: container.started_at.map(|at| i128::from(at.0) * 1_000_000),
        }
    }
}

/// The engine counts in seconds: `since` is rounded down and `until` up, and
/// [`Reader`] drops what is outside.
fn path(id: &str, query: &LogQuery) -> String {
    const SECOND: i128 = 1_000_000_000;
    let flag = |set: bool| i32::from(set);
    let mut path = format!(
        "/containers/{id}/logs?timestamps=1&stdout={}&stderr={}&follow={}",
        flag(query.stdout),
        flag(query.stderr),
        flag(query.follow)
    );
    match query.tail {
        Some(lines) => _ = write!(path, "&tail={lines}"),
        None => path.push_str("&tail=all"),
    }
    if let Some(since) = query.since_ns {
        _ = write!(path, "&since={}", since.max(0).div_euclid(SECOND));
    }
    if let Some(until) = query.until_ns {
        _ = write!(
            path,
            "&until={}",
            (until.max(0) + SECOND - 1).div_euclid(SECOND)
        );
    }
    path
}

struct Reader {
    body: Incoming,
    decoder: Decoder,
    pieces: Pieces,
    since: Option<i128>,
    until: Option<i128>,
    over: bool,
    places: Places,
    rest: Option<Rest>,
}

/// How far stdout and stderr were read, each of which is in order.
#[derive(Debug, Default)]
struct Places {
    /// In the answers before this one.
    read: [LogPosition; 2],
    /// In this one.
    reached: [LogPosition; 2],
    /// The moment of the first line of this one.
    first: [Option<i128>; 2],
}

impl Places {
    /// Whether the line was not in the answers before.
    fn is_new(&mut self, source: LogSource, ns: i128) -> bool {
        let at = source as usize;
        self.reached[at] = self.reached[at].next(ns);
        self.first[at].get_or_insert(ns);
        self.reached[at] > self.read[at]
    }

    /// The answer is over. One that began with the last lines (`tail`) and has
    /// but one moment does not tell how many of that moment are before it.
    fn finish(&mut self, tail: bool) {
        for at in 0..2 {
            let mut reached = self.reached[at];
            if tail && self.first[at] == Some(reached.ns) {
                reached.line = u32::MAX;
            }
            self.read[at] = self.read[at].max(reached);
        }
        self.reached = Default::default();
        self.first = Default::default();
    }

    /// From which moment on there may be lines that were not read.
    fn since(&self) -> Option<i128> {
        let read = self.read.iter().filter(|read| read.line > 0);
        read.map(|read| read.ns).min()
    }
}

/// What is still to be asked for after an answer. Engines leave out the end of a
/// followed log when the container stops (Docker 20.10 a last line without an end,
/// Podman 5.8 more than that), so it is read once more from where it was. Podman
/// also leaves out lines between those of `tail` and the first new ones, so there
/// the log is read up to now before it is followed. What it drops from the middle
/// of a burst that a container ends with is not seen; only a log that is not followed has it.
struct Rest {
    engine: Engine,
    id: String,
    query: LogQuery,
    began: Timestamp,
    followed: bool,
}

impl Rest {
    /// The next answer, of lines from a moment on; `None` when the container is gone.
    async fn open(&mut self, since: Option<i128>) -> Result<Option<Incoming>, EngineError> {
        if since.is_some() {
            self.query.since_ns = since.max(self.query.since_ns);
        } else if self.query.tail.is_some() {
            let began_ns = i128::from(self.began.0) * 1_000_000;
            self.query.since_ns = self.query.since_ns.max(Some(began_ns));
        }
        self.query.tail = None;
        let Some(container) = self.engine.current(&self.id).await? else {
            return Ok(None);
        };
        let ended = matches!(
            container.state,
            State::Created | State::Exited | State::Dead
        );
        if ended && container.finished_at.is_some_and(|at| at < self.began) {
            // All of it was there when it was first asked for.
            return Ok(None);
        }
        self.query.follow = !self.followed && !ended;
        self.followed = true;
        match self.engine.open_log(&self.id, &self.query).await {
            Ok(body) => Ok(Some(body)),
            Err(EngineError::NotFound(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

impl Reader {
    async fn next(mut self) -> Option<(Result<LogLine, EngineError>, Self)> {
        loop {
            match self.decoder.next() {
                Some(Ok(line)) if self.takes(&line) => return Some((Ok(line), self)),
                Some(Ok(_)) => continue,
                Some(Err(error)) if !self.over => {
                    self.over = true;
                    self.decoder = Decoder::default();
                    return Some((Err(error), self));
                }
                Some(Err(_)) => return None,
                None if self.over => return None,
                None => {}
            }
            match self.body.frame().await {
                Some(Ok(frame)) => {
                    if let Ok(data) = frame.into_data() {
                        self.decoder.push(&data);
                    }
                }
                Some(Err(error)) => {
                    self.over = true;
                    let told = EngineError::Unavailable(format!(
                        "The log broke off: the engine closed the connection ({error})."
                    ));
                    return Some((Err(told), self));
                }
                None => match self.open_rest().await {
                    Ok(true) => {}
                    Ok(false) => {
                        self.over = true;
                        self.decoder.finish();
                    }
                    Err(error) => {
                        self.over = true;
                        return Some((Err(error), self));
                    }
                },
            }
        }
    }

    async fn open_rest(&mut self) -> Result<bool, EngineError> {
        let Some(mut rest) = self.rest.take() else {
            return Ok(false);
        };
        let open = self.decoder.open_since();
        self.places.finish(rest.query.tail.is_some());
        let since = self.places.since();
        let since = match (since, open) {
            (Some(since), Some(open)) => Some(since.min(open)),
            (since, open) => since.or(open),
        };
        let Some(body) = rest.open(since).await? else {
            return Ok(false);
        };
        self.body = body;
        // A line that came in part is read again as a whole.
        self.decoder = Decoder::new(self.pieces);
        if rest.query.follow {
            self.rest = Some(rest);
        }
        Ok(true)
    }

    /// Whether the line was asked for and not given before.
    fn takes(&mut self, line: &LogLine) -> bool {
        // A line without a readable time is not hidden.
        let Some(at) = nanoseconds(&line.time) else {
            return true;
        };
        self.places.is_new(line.stream, at)
            && self.since.is_none_or(|since| at >= since)
            && self.until.is_none_or(|until| at <= until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn log_query_rounds_since_down_and_until_up_to_whole_seconds() {
        let query = LogQuery {
            tail: Some(10),
            since_ns: Some(1_700_000_000_999_999_999),
            until_ns: Some(1_700_000_001_000_000_001),
            stdout: true,
            ..LogQuery::default()
        };
        assert_eq!(
            path("abc", &query),
            "/containers/abc/logs?timestamps=1&stdout=1&stderr=0&follow=0&tail=10&since=1700000000&until=1700000002"
        );
        assert!(path("abc", &LogQuery::default()).ends_with("&tail=all"));
    }
}
