//! What a container wrote, as lines. The engine is asked for timestamps and
//! they are taken off again, so a reader can resume where it stopped, to the
//! nanosecond. Nothing is read ahead of the consumer.

mod decode;

use super::error::EngineError;
use super::handle::Engine;
use super::transport::{REQUEST, Transport};
use crate::model::container::{Container, State};
use crate::model::logs::{LogLine, LogQuery};
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
        let client = self.shared.client()?;
        let mut rest = (query.follow && self.is_podman()).then(|| Rest {
            transport: client.transport.clone(),
            reference: reference.to_owned(),
            id: record.container.id.clone(),
            query: query.clone(),
            began_ns: i128::from(Timestamp::now().0) * 1_000_000,
        });
        let mut first = query.clone();
        first.follow &= rest.is_none();
        let path = path(&record.container.id, &first);
        let opening = client.transport.open(Method::GET, &path, None, reference);
        let response = timeout(REQUEST, opening)
            .await
            .unwrap_or(Err(EngineError::Timeout {
                seconds: REQUEST.as_secs(),
            }))?;
        if matches!(
            record.container.state,
            State::Created | State::Exited | State::Dead
        ) {
            rest = None;
        }
        let pieces = self.pieces(&record.container);
        let reader = Reader {
            body: response.into_body(),
            decoder: Decoder::new(pieces),
            pieces,
            since: query.since_ns,
            until: query.until_ns,
            over: false,
            reached: Position::default(),
            skip: Position::default(),
            rest,
        };
        let stop = self.shared.stop.clone();
        Ok(futures_util::stream::unfold(reader, Reader::next).take_until(stop.cancelled_owned()))
    }
}

impl Engine {
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
    reached: Position,
    /// What was given before this answer began.
    skip: Position,
    rest: Option<Rest>,
}

/// The moment of a line, and its number among those of the same moment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Position {
    ns: i128,
    line: u32,
}

impl Position {
    fn next(self, ns: i128) -> Self {
        let line = if ns == self.ns { self.line + 1 } else { 1 };
        Self { ns, line }
    }
}

/// What is still to be asked for after an answer. Podman (seen on 5.8) leaves out
/// lines of a followed log: between those of `tail` and the first new ones, and
/// when the container stops. So the log is read up to now, then followed, and
/// after its end once more read from where it was.
struct Rest {
    transport: Transport,
    reference: String,
    id: String,
    query: LogQuery,
    began_ns: i128,
}

impl Rest {
    /// `None` when there is no more, as when the container was removed.
    async fn open(&mut self, reached: Position) -> Option<Incoming> {
        if reached.line > 0 {
            self.query.since_ns = Some(reached.ns);
        } else if self.query.tail == Some(0) {
            self.query.since_ns = self.query.since_ns.max(Some(self.began_ns));
        }
        self.query.tail = None;
        let path = path(&self.id, &self.query);
        // Without a limit: Podman sends the head with the first line only.
        let answer = self
            .transport
            .open(Method::GET, &path, None, &self.reference)
            .await;
        answer.ok().map(hyper::Response::into_body)
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
                None => {
                    if !self.open_rest().await {
                        self.over = true;
                        self.decoder.finish();
                    }
                }
            }
        }
    }

    async fn open_rest(&mut self) -> bool {
        let Some(mut rest) = self.rest.take() else {
            return false;
        };
        let Some(body) = rest.open(self.reached).await else {
            return false;
        };
        self.body = body;
        // A line that came in part is read again as a whole.
        self.decoder = Decoder::new(self.pieces);
        if self.reached.line > 0 {
            self.skip = self.reached;
        }
        self.since = rest.query.since_ns;
        self.reached = Position::default();
        if rest.query.follow {
            rest.query.follow = false;
            self.rest = Some(rest);
        }
        true
    }

    /// Whether the line was asked for and not given before.
    fn takes(&mut self, line: &LogLine) -> bool {
        // A line without a readable time is not hidden.
        let Some(at) = nanoseconds(&line.time) else {
            return true;
        };
        self.reached = self.reached.next(at);
        self.reached > self.skip
            && self.since.is_none_or(|since| at >= since)
            && self.until.is_none_or(|until| at <= until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_enclose_the_nanoseconds() {
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
