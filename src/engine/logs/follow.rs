//! What is still to be asked for after an answer of a followed log.
//!
//! An answer ends when its container stops, and also when a proxy closes a quiet
//! connection, the engine restarts, or it cannot read its own file. So the end of
//! an answer is the end of the log only if the container does not run; otherwise
//! the log is asked for again, from where it was.
//!
//! Engines leave out the end of a followed log when the container stops (Docker
//! 20.10 a last line without an end, Podman 5.8 more than that), so it is read
//! once more from where it was. Podman also leaves out lines between those of
//! `tail` and the first new ones, so there the log is read up to now before it is
//! followed. What it drops from the middle of a burst that a container ends with
//! is not seen; only a log that is not followed has it.

use super::super::error::EngineError;
use super::super::handle::Engine;
use super::request;
use crate::model::container::{Container, State};
use crate::model::logs::LogQuery;
use crate::model::timestamp::Timestamp;
use hyper::body::Incoming;
use std::time::Duration;
use tokio::time::{Instant, sleep};

const SHORTEST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// An answer that lasted so long was a followed one, even if the container was quiet.
const LASTED: Duration = Duration::from_secs(3);
/// How often the engine may end an answer at once without a new line, or fail to
/// give the rest of a log whose container has stopped.
const FRUITLESS: u32 = 5;

#[derive(Debug)]
pub(super) struct Follow {
    engine: Engine,
    id: String,
    query: LogQuery,
    /// When the log was first asked for.
    began: Timestamp,
    /// The answer that is being read.
    answer: Answer,
    opened: Instant,
    pause: Duration,
    fruitless: u32,
    /// Of the container when it was last looked at.
    state: State,
    started_at: Option<Timestamp>,
}

/// What the engine was asked for last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
    /// What there was, before it is followed.
    Before,
    Followed,
    /// The rest of a log whose container has stopped.
    Last,
}

/// How an answer came to its end.
#[derive(Debug)]
pub(super) struct AnswerEnd {
    /// Whether it had a line that was not known.
    pub progress: bool,
    /// `None` when it was ended in good order.
    pub cause: Option<EngineError>,
    /// From which moment on there may be lines that were not read.
    pub since: Option<i128>,
}

impl Follow {
    /// `followed` says whether the first answer is.
    pub fn new(engine: &Engine, container: &Container, query: &LogQuery, followed: bool) -> Self {
        Self {
            engine: engine.clone(),
            id: container.id.clone(),
            query: query.clone(),
            began: Timestamp::now(),
            answer: if followed {
                Answer::Followed
            } else {
                Answer::Before
            },
            opened: Instant::now(),
            pause: SHORTEST_PAUSE,
            fruitless: 0,
            state: container.state,
            started_at: container.started_at,
        }
    }

    /// Whether the answer began with the last lines of the log.
    pub fn has_tail(&self) -> bool {
        self.query.tail.is_some()
    }

    /// The next answer; `None` at the end of the log. Waits while the engine does
    /// not answer.
    pub async fn next_answer(&mut self, end: AnswerEnd) -> Result<Option<Incoming>, EngineError> {
        if end.cause.is_none() && (self.answer == Answer::Last || self.is_past_until()) {
            return Ok(None);
        }
        self.begin_at(end.since);
        let followed = self.answer == Answer::Followed;
        let lasted = followed && self.opened.elapsed() >= LASTED;
        // A connection that breaks says nothing about the log; but a log that does
        // not grow must be read to its end at some time.
        let broken = is_broken(end.cause.as_ref());
        if end.progress || lasted || self.answer == Answer::Before {
            self.pause = SHORTEST_PAUSE;
            self.fruitless = 0;
        } else if !(followed && broken) {
            self.fruitless += 1;
        }
        let mut waited = self.answer == Answer::Before;
        loop {
            let container = match self.engine.current(&self.id).await {
                Ok(Some(container)) => container,
                Ok(None) => return Ok(None),
                Err(error) if error.is_about_the_connection() => {
                    self.wait().await;
                    continue;
                }
                Err(error) => return Err(error),
            };
            let runs = !matches!(
                container.state,
                State::Created | State::Exited | State::Dead | State::Removing
            );
            self.look(&container);
            let unreadable_rest = self.answer == Answer::Last && !runs && !broken;
            if unreadable_rest || self.fruitless >= FRUITLESS {
                return Err(given_up(end.cause, container.state));
            }
            let all_was_there = container.finished_at.is_some_and(|at| at < self.began);
            if !runs && all_was_there && end.cause.is_none() {
                return Ok(None);
            }
            // Between two runs nothing is written.
            let waits = container.state == State::Restarting;
            if waits || !waited {
                self.wait().await;
            }
            waited = true;
            if waits {
                continue;
            }
            self.query.follow = runs;
            match request::open(&self.engine, &self.id, &self.query).await {
                Ok(body) => {
                    self.answer = if runs { Answer::Followed } else { Answer::Last };
                    self.opened = Instant::now();
                    return Ok(Some(body));
                }
                Err(EngineError::NotFound(_)) => return Ok(None),
                Err(error) if error.is_about_the_connection() && runs => {}
                Err(
                    error @ (EngineError::Engine { .. }
                    | EngineError::Unavailable(_)
                    | EngineError::BrokeOff(_)
                    | EngineError::Timeout { .. }),
                ) => {
                    self.fruitless += 1;
                    if self.fruitless >= FRUITLESS {
                        return Err(error);
                    }
                }
                Err(error) => return Err(error),
            }
            waited = false;
        }
    }

    /// What the engine said of another state or run says nothing about this one.
    fn look(&mut self, container: &Container) {
        if (container.state, container.started_at) != (self.state, self.started_at) {
            self.state = container.state;
            self.started_at = container.started_at;
            self.fruitless = 0;
        }
    }

    /// Nothing that is written from now on is asked for.
    fn is_past_until(&self) -> bool {
        let now_ns = i128::from(Timestamp::now().0) * 1_000_000;
        self.query.until_ns.is_some_and(|until| until < now_ns)
    }

    /// The next answer has the lines from a moment on.
    fn begin_at(&mut self, since: Option<i128>) {
        if since.is_some() {
            self.query.since_ns = since.max(self.query.since_ns);
        } else if self.query.tail.is_some() {
            let began_ns = i128::from(self.began.0) * 1_000_000;
            self.query.since_ns = self.query.since_ns.max(Some(began_ns));
        }
        self.query.tail = None;
    }

    async fn wait(&mut self) {
        sleep(self.pause).await;
        self.pause = (self.pause * 2).min(LONGEST_PAUSE);
    }
}

fn is_broken(cause: Option<&EngineError>) -> bool {
    cause.is_some_and(EngineError::is_about_the_connection)
}

/// The engine ends the log at the same place each time.
fn given_up(cause: Option<EngineError>, state: State) -> EngineError {
    let although = match state {
        State::Running => " although the container is running",
        State::Paused => " although the container is only paused",
        _ => "",
    };
    let text = format!(
        "The engine cannot read further in this log{although}. \
         Its log file is probably damaged: recreate the container to begin a new one."
    );
    match cause {
        Some(EngineError::Engine { message, .. }) => {
            EngineError::LogDamaged(format!("{text} The engine reported: {message}"))
        }
        Some(cause) if cause.is_about_the_connection() => cause,
        _ => EngineError::LogDamaged(text),
    }
}
