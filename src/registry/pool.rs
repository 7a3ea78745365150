//! The connections to one origin while a session lasts: one of HTTP/2 for
//! everything, or as many of HTTP/1.1 as are used at once. Requests without
//! side effects are repeated when the connection broke or the server failed.

use super::answer::{Answer, Bound, Room, Unread, read};
use super::error::RegistryError;
use super::limits;
use crate::https::{ClientError, Connection, Connector, HttpOrigin, Reach, Trust};
use crate::model::backoff::chance;
use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{CONTENT_TYPE, HeaderMap, HeaderValue, USER_AGENT};
use hyper::{Method, Request};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::{sleep, timeout};

type Body = Full<Bytes>;

const AGENT: &str = concat!("DockerMate/", env!("CARGO_PKG_VERSION"));
/// Tries of a request that fails in a way that may be over soon.
const TRIES: u32 = 3;
/// The first pause; the second is longer.
const PAUSE: Duration = Duration::from_millis(300);
/// A server that asks for a longer pause has failed.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// How long a registry is waited for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Timeouts {
    /// From the request to the head of its answer.
    pub answer: Duration,
    /// From there to its end.
    pub body: Duration,
}

/// A request, which may be sent more than once.
#[derive(Debug, Clone)]
pub(super) struct Query {
    pub method: Method,
    /// Path and query.
    pub path: String,
    pub headers: HeaderMap,
    /// Of a form that is posted.
    pub form: Option<String>,
    pub bound: Bound,
}

impl Query {
    pub fn get(path: impl Into<String>, bound: Bound) -> Self {
        Self {
            method: Method::GET,
            path: path.into(),
            headers: HeaderMap::new(),
            form: None,
            bound,
        }
    }
}

#[derive(Debug)]
pub(super) struct Pool {
    pub origin: HttpOrigin,
    connector: Connector,
    trust: Trust,
    timeouts: Timeouts,
    room: Room,
    idle: Mutex<Idle>,
    /// Held while the first connection is opened: it decides how many there will be.
    first: tokio::sync::Mutex<()>,
}

#[derive(Debug, Default)]
struct Idle {
    shared: Option<Connection<Body>>,
    single: Vec<Connection<Body>>,
    /// Whether it speaks only HTTP/1.1; `None` before the first connection.
    is_http1: Option<bool>,
}

/// Why there is no answer.
#[derive(Debug)]
pub(super) enum Failure {
    /// What was tried last.
    Client(ClientError),
    Registry(RegistryError),
}

impl Failure {
    /// The server does not answer at all.
    pub fn is_about_the_server(&self) -> bool {
        matches!(
            self,
            Self::Client(ClientError::Silent { .. } | ClientError::Connect { .. })
        )
    }
}

impl Pool {
    pub fn new(
        origin: HttpOrigin,
        connector: Connector,
        trust: Trust,
        timeouts: Timeouts,
        room: Room,
    ) -> Self {
        Self {
            origin,
            connector,
            trust,
            timeouts,
            room,
            idle: Mutex::default(),
            first: tokio::sync::Mutex::default(),
        }
    }

    fn idle(&self) -> MutexGuard<'_, Idle> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A connection that is open and free.
    fn free(&self) -> Option<Connection<Body>> {
        let mut idle = self.idle();
        if let Some(shared) = idle.shared.as_ref().filter(|shared| shared.is_open()) {
            return shared.share();
        }
        idle.shared = None;
        while let Some(connection) = idle.single.pop() {
            if connection.is_open() {
                return Some(connection);
            }
        }
        None
    }

    async fn connection(&self, reach: Reach) -> Result<Connection<Body>, ClientError> {
        if let Some(free) = self.free() {
            return Ok(free);
        }
        let known = self.idle().is_http1;
        let guard = if known == Some(true) {
            None
        } else {
            let guard = self.first.lock().await;
            if let Some(free) = self.free() {
                return Ok(free);
            }
            Some(guard)
        };
        let opened = self
            .connector
            .connect(&self.origin, &self.trust, reach)
            .await?;
        let mut idle = self.idle();
        let shared = opened.share();
        idle.is_http1 = Some(shared.is_none());
        idle.shared = shared;
        drop(idle);
        drop(guard);
        Ok(opened)
    }

    fn give_back(&self, connection: Connection<Body>) {
        if connection.is_open() && connection.share().is_none() {
            self.idle().single.push(connection);
        }
    }

    /// The answer, after as many tries as it takes, from an address within reach.
    pub async fn ask(&self, query: &Query, reach: Reach) -> Result<Answer, Failure> {
        let most = if query.form.is_some() { 1 } else { TRIES };
        let mut tries = 1;
        loop {
            let failure = match self.ask_once(query, reach).await {
                Ok(answer) if answer.status.is_server_error() && tries < most => {
                    let pause = limits::retry_after(&answer.headers).unwrap_or(Duration::ZERO);
                    if pause > LONGEST_PAUSE {
                        return Ok(answer);
                    }
                    sleep(pause.max(pause_after(tries))).await;
                    tries += 1;
                    continue;
                }
                Ok(answer) => return Ok(answer),
                Err(failure) => failure,
            };
            let may_pass = matches!(
                failure,
                Failure::Client(ClientError::Broken { .. } | ClientError::Connect { .. })
            );
            if !may_pass || tries >= most {
                return Err(failure);
            }
            sleep(pause_after(tries)).await;
            tries += 1;
        }
    }

    async fn ask_once(&self, query: &Query, reach: Reach) -> Result<Answer, Failure> {
        let mut connection = self.connection(reach).await.map_err(Failure::Client)?;
        // One that was opened for somebody with a longer reach.
        if connection.peer().is_some_and(|peer| !reach.allows(peer)) {
            return Err(Failure::Client(ClientError::Private {
                host: self.origin.authority(),
            }));
        }
        let silent = || {
            Failure::Client(ClientError::Silent {
                host: self.origin.authority(),
            })
        };
        let request = request(query).map_err(|why| {
            Failure::Registry(RegistryError::invalid(&self.origin.authority(), why))
        })?;
        let answered = timeout(self.timeouts.answer, connection.send(request)).await;
        let response = answered.map_err(|_| silent())?.map_err(Failure::Client)?;
        let authority = self.origin.authority();
        let within = (connection.peer(), &self.room, self.timeouts.body);
        let answer = match read(response, query.bound, &authority, within).await {
            Ok(answer) => answer,
            Err(Unread::Silent) => return Err(silent()),
            Err(Unread::Failed(error)) => return Err(Failure::Registry(error)),
            Err(Unread::Broken(cause)) => {
                return Err(Failure::Client(ClientError::Broken {
                    host: authority,
                    cause,
                }));
            }
        };
        self.give_back(connection);
        Ok(answer)
    }
}

fn pause_after(tries: u32) -> Duration {
    PAUSE * tries + PAUSE.mul_f64(chance())
}

fn request(query: &Query) -> Result<Request<Body>, String> {
    let mut request = Request::builder()
        .method(query.method.clone())
        .uri(&query.path)
        .body(Full::from(query.form.clone().unwrap_or_default()))
        .map_err(|_| "an address in it cannot be read".to_owned())?;
    *request.headers_mut() = query.headers.clone();
    let headers = request.headers_mut();
    headers.insert(USER_AGENT, HeaderValue::from_static(AGENT));
    if query.form.is_some() {
        headers.insert(
            CONTENT_TYPE,
            HeaderValue::from_static("application/x-www-form-urlencoded"),
        );
    }
    Ok(request)
}
