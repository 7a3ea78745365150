//! HTTP to one engine: connecting (socket, TCP, TLS), a small pool of idle
//! connections, and requests. It is bollard's transport, and the way to the
//! few answers that bollard does not pass on unchanged.
//!
//! Why not bollard's own: it opens a connection for every request, it has no
//! connect timeout, and it never sends the version that it negotiated.
//! Invariant: every request but `/version` and `/_ping` names the negotiated
//! version in its path.

use super::address::Host;
use super::error::EngineError;
use super::filter;
use super::tls;
use bytes::{Bytes, BytesMut};
use futures_util::Stream;
use http_body_util::{BodyExt, Either, Full, StreamBody};
use hyper::body::{Body as HttpBody, Frame, Incoming};
use hyper::client::conn::http1::{self, SendRequest};
use hyper::header::{CONNECTION, CONTENT_TYPE, HOST, HeaderValue, UPGRADE};
use hyper::http::uri::PathAndQuery;
use hyper::upgrade::Upgraded;
use hyper::{Method, Request, Response, StatusCode, Uri};
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use serde_json::Value;
use std::io;
use std::path::Path;
use std::pin::Pin;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};
use tokio::time::timeout;

/// How long connecting may take, TLS included.
pub(super) const CONNECT: Duration = Duration::from_secs(5);
/// How long an ordinary request may take, its answer read.
pub(super) const REQUEST: Duration = Duration::from_secs(30);
/// The largest answer that is a list, of containers or images say: thousands of them.
const MOST_OF_LIST: usize = 64 * MIB;
/// The largest answer about one thing.
const MOST_OF_ONE: usize = 16 * MIB;
/// So much of an error's body is read.
const MOST_OF_ERROR: usize = 64 * 1024;
/// Characters of an error's message; the rest says nothing to a person.
const MOST_OF_MESSAGE: usize = 4000;
const MIB: usize = 1024 * 1024;
/// Connections kept for the next request; [`Transport::trim`] leaves one.
const POOL: usize = 8;
/// No status of the engine's: stands for its 304 ("already so"), which bollard
/// does not tell from success.
pub(super) const ALREADY: u16 = 399;

/// bollard's request body.
type Body = Either<
    Full<Bytes>,
    StreamBody<Pin<Box<dyn Stream<Item = Result<Frame<Bytes>, io::Error>> + Send>>>,
>;
type BollardResult = Result<Response<Incoming>, bollard::errors::Error>;

/// Cheap to clone: a handle.
#[derive(Debug, Clone)]
pub(super) struct Transport(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    host: Host,
    authority: HeaderValue,
    tls: Option<Arc<ClientConfig>>,
    /// `/v1.41`, set once negotiated.
    prefix: OnceLock<String>,
    idle: Mutex<Vec<SendRequest<Body>>>,
}

impl Transport {
    /// Reads the certificates, connects to nothing yet.
    ///
    /// # Errors
    /// A sentence about the certificates or the address.
    pub fn new(host: Host, cert_folder: Option<&Path>) -> Result<Self, String> {
        let tls = match &host {
            Host::Tcp { tls: true, .. } => Some(tls::client_config(cert_folder)?),
            _ => None,
        };
        let authority = HeaderValue::from_str(&host.authority())
            .map_err(|_| format!("\"{host}\" cannot be an address"))?;
        Ok(Self(Arc::new(Inner {
            host,
            authority,
            tls,
            prefix: OnceLock::new(),
            idle: Mutex::default(),
        })))
    }

    /// From now on requests name this version. Only the first call counts.
    pub fn set_version(&self, major: usize, minor: usize) {
        let _ = self.0.prefix.set(format!("/v{major}.{minor}"));
    }

    /// The host's address.
    pub fn host(&self) -> &Host {
        &self.0.host
    }

    /// `GET`, with the whole answer read.
    pub async fn get(&self, path: &str, what: &str) -> Result<Bytes, EngineError> {
        self.call(Method::GET, path, None, REQUEST, what).await
    }

    /// `POST` of JSON, with the whole answer read.
    pub async fn post(&self, path: &str, body: &Value, what: &str) -> Result<Bytes, EngineError> {
        self.call(Method::POST, path, Some(body), REQUEST, what)
            .await
    }

    /// Sends JSON (or nothing) and gives the bytes of a 2xx answer. The engine's
    /// 304 ("already so") is [`ALREADY`] among the errors.
    pub async fn call(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
        limit: Duration,
        what: &str,
    ) -> Result<Bytes, EngineError> {
        let work = async {
            let response = self.open(method, path, body, what).await?;
            whole(response.into_body(), path).await
        };
        within(limit, work).await
    }

    /// Sends, and gives the 2xx answer with its body still to be read. Waits for
    /// the head of the answer without limit; the caller sets one.
    pub async fn open(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
        what: &str,
    ) -> Result<Response<Incoming>, EngineError> {
        self.ask(request(method, path, body)?, what).await
    }

    /// Asks for a pull, with the login for its registry; the answer tells how far it is.
    pub async fn pull(
        &self,
        path: &str,
        login: Option<HeaderValue>,
        what: &str,
    ) -> Result<Response<Incoming>, EngineError> {
        let mut request = request(Method::POST, path, None)?;
        if let Some(login) = login {
            request.headers_mut().insert("X-Registry-Auth", login);
        }
        self.ask(request, what).await
    }

    /// Sends an archive of images as it comes; the answer tells what was loaded.
    pub async fn load(
        &self,
        archive: impl Stream<Item = Result<Frame<Bytes>, io::Error>> + Send + 'static,
    ) -> Result<Response<Incoming>, EngineError> {
        let archive: Pin<Box<dyn Stream<Item = _> + Send>> = Box::pin(archive);
        let request = Request::builder()
            .method(Method::POST)
            .uri("/images/load?quiet=0")
            .header(CONTENT_TYPE, HeaderValue::from_static("application/x-tar"))
            .body(Either::Right(StreamBody::new(archive)))
            .map_err(|e| EngineError::Protocol(e.to_string()))?;
        self.ask(request, "the archive").await
    }

    /// Sends JSON and takes the connection over: from the answer's head on it
    /// carries bytes both ways (Docker Engine API, `ExecStart`, "Hijacking").
    pub async fn upgrade(
        &self,
        path: &str,
        body: &Value,
        what: &str,
    ) -> Result<Upgraded, EngineError> {
        let mut request = request(Method::POST, path, Some(body))?;
        let headers = request.headers_mut();
        headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
        headers.insert(UPGRADE, HeaderValue::from_static("tcp"));
        let work = async {
            let response = self.ask(request, what).await?;
            if response.status() != StatusCode::SWITCHING_PROTOCOLS {
                return Err(EngineError::Protocol(format!(
                    "status {} where the connection should have been handed over; a proxy between \
                     DockerMate and the engine may not let that through",
                    response.status().as_u16()
                )));
            }
            hyper::upgrade::on(response)
                .await
                .map_err(|e| EngineError::Protocol(e.to_string()))
        };
        within(REQUEST, work).await
    }

    /// The answer when it is a good one, its body still to be read.
    async fn ask(
        &self,
        request: Request<Body>,
        what: &str,
    ) -> Result<Response<Incoming>, EngineError> {
        // Connecting is the largest part of every future above; here it is one word.
        Box::pin(self.send(request))
            .await
            .map_err(|e| EngineError::from_bollard(e, what))
    }

    /// Closes what is idle beyond the usual few, after a burst.
    pub fn trim(&self) {
        self.idle().truncate(1);
    }

    /// For bollard: the same requests through its own interface. Every answer that is
    /// not a good one is an error here, so that it is read within bounds, and the answer
    /// of a proxy is told from the engine's, whoever asked.
    pub async fn send(&self, request: Request<Body>) -> BollardResult {
        let asked = asked(&request);
        let response = self.exchange(request).await?;
        let status = response.status();
        if status.is_success() || status == StatusCode::SWITCHING_PROTOCOLS {
            return Ok(response);
        }
        let body = if filter::has_proxys_head(status, response.headers()) {
            None
        } else {
            let body = error_body(response.into_body(), REQUEST).await;
            Some(body).filter(|body| !filter::is_proxys(status, body))
        };
        let Some(body) = body else {
            let told = EngineError::Filtered(filter::sentence(status, &asked));
            return Err(io::Error::other(told).into());
        };
        Err(bollard::errors::Error::DockerResponseServerError {
            status_code: status.as_u16(),
            message: message_of(&body),
        })
    }

    /// Whether the engine takes new connections. One that is being stopped answers those
    /// that it has until it has stopped every container. Any answer will do.
    pub async fn ping_new_connection(&self) -> Result<(), EngineError> {
        let work = async {
            let mut sender = self.connect().await?;
            let mut request = request(Method::GET, "/_ping", None).map_err(io::Error::other)?;
            self.rewrite(&mut request)?;
            sender.send_request(request).await?;
            Ok::<_, bollard::errors::Error>(())
        };
        match timeout(CONNECT, work).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(EngineError::Unavailable(
                "The engine takes no new connections; it is probably being stopped.".to_owned(),
            )),
        }
    }

    async fn exchange(&self, mut request: Request<Body>) -> BollardResult {
        let lasting = is_stream(request.uri().path());
        self.rewrite(&mut request)?;
        loop {
            let Some(mut sender) = self.take_idle() else {
                break;
            };
            match sender.try_send_request(request).await {
                Ok(response) => return Ok(self.finish(sender, response, lasting)),
                // An idle connection that the engine has closed: the request was not sent.
                Err(mut error) => match error.take_message() {
                    Some(unsent) => request = unsent,
                    None => return Err(error.into_error().into()),
                },
            }
        }
        let mut sender = match timeout(CONNECT, self.connect()).await {
            Ok(connected) => connected?,
            Err(_) => return Err(io::Error::from(io::ErrorKind::TimedOut).into()),
        };
        let response = sender.send_request(request).await?;
        Ok(self.finish(sender, response, lasting))
    }

    /// Origin form, with the version and the `Host` header.
    fn rewrite(&self, request: &mut Request<Body>) -> Result<(), bollard::errors::Error> {
        let path = request
            .uri()
            .path_and_query()
            .map_or("/", PathAndQuery::as_str);
        let bare = path.starts_with("/version") || path.starts_with("/_ping");
        let prefix = self
            .0
            .prefix
            .get()
            .filter(|_| !bare)
            .map_or("", String::as_str);
        let uri: Uri = format!("{prefix}{path}").parse()?;
        *request.uri_mut() = uri;
        request.headers_mut().insert(HOST, self.0.authority.clone());
        Ok(())
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<SendRequest<Body>>> {
        self.0.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take_idle(&self) -> Option<SendRequest<Body>> {
        let mut idle = self.idle();
        idle.retain(|sender| !sender.is_closed());
        let at = idle.iter().position(SendRequest::is_ready)?;
        Some(idle.swap_remove(at))
    }

    /// Puts the connection back. It becomes ready once the body has been read,
    /// and closes by itself if the body is dropped half-way. One that carries
    /// a lasting stream is not worth a place.
    fn finish(
        &self,
        sender: SendRequest<Body>,
        mut response: Response<Incoming>,
        lasting: bool,
    ) -> Response<Incoming> {
        if response.status() == StatusCode::NOT_MODIFIED
            && let Ok(status) = StatusCode::from_u16(ALREADY)
        {
            *response.status_mut() = status;
        }
        let mut idle = self.idle();
        if !lasting && idle.len() < POOL {
            idle.push(sender);
        }
        drop(idle);
        response
    }

    async fn connect(&self) -> Result<SendRequest<Body>, bollard::errors::Error> {
        match &self.0.host {
            Host::Unix(path) => handshake(UnixStream::connect(path).await?).await,
            Host::Tcp { host, port, .. } => {
                let stream = TcpStream::connect((host.as_str(), *port)).await?;
                stream.set_nodelay(true)?;
                // A cable that is pulled must not leave the event stream waiting for ever.
                let probes = socket2::TcpKeepalive::new()
                    .with_time(Duration::from_secs(30))
                    .with_interval(Duration::from_secs(10))
                    .with_retries(3);
                socket2::SockRef::from(&stream).set_tcp_keepalive(&probes)?;
                match &self.0.tls {
                    None => handshake(stream).await,
                    Some(config) => {
                        let name = tls::server_name(host).map_err(io::Error::other)?;
                        let connector = tokio_rustls::TlsConnector::from(Arc::clone(config));
                        handshake(connector.connect(name, stream).await?).await
                    }
                }
            }
        }
    }
}

async fn handshake<S>(stream: S) -> Result<SendRequest<Body>, bollard::errors::Error>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    // Ends when the engine closes it, or when the sender and the body are dropped.
    tokio::spawn(async move {
        if let Err(error) = connection.with_upgrades().await {
            tracing::debug!(%error, "connection to the engine ended");
        }
    });
    Ok(sender)
}

/// All of a body. One that is larger than any answer to `path` is not read to its end.
async fn whole<B>(body: B, path: &str) -> Result<Bytes, EngineError>
where
    B: HttpBody<Data = Bytes>,
    B::Error: std::fmt::Display,
{
    let most = if is_list(path) {
        MOST_OF_LIST
    } else {
        MOST_OF_ONE
    };
    let mut body = std::pin::pin!(body);
    // Into one piece at once: collected in pieces first it would be in memory twice.
    let mut read = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| {
            EngineError::BrokeOff(format!("The engine's answer broke off ({error})."))
        })?;
        let Ok(data) = frame.into_data() else {
            continue;
        };
        if read.len() + data.len() > most {
            return Err(EngineError::TooLarge {
                path: path.split('?').next().unwrap_or_default().to_owned(),
                megabytes: most / MIB,
            });
        }
        read.extend_from_slice(&data);
    }
    Ok(read.freeze())
}

/// The beginning of an error's body, whatever comes of it in time.
async fn error_body(mut body: impl HttpBody<Data = Bytes> + Unpin, limit: Duration) -> Vec<u8> {
    let mut read = Vec::new();
    let reading = async {
        while read.len() < MOST_OF_ERROR
            && let Some(Ok(frame)) = body.frame().await
        {
            if let Ok(data) = frame.into_data() {
                let room = MOST_OF_ERROR - read.len();
                read.extend_from_slice(&data[..data.len().min(room)]);
            }
        }
    };
    // Without its end it says enough.
    let _ = timeout(limit, reading).await;
    read
}

/// Whether the answer tells of everything of a kind.
fn is_list(path: &str) -> bool {
    let bare = path.split('?').next().unwrap_or_default();
    matches!(
        bare,
        "/containers/json" | "/images/json" | "/networks" | "/volumes" | "/system/df"
    )
}

/// At most so long.
pub(super) async fn within<T>(
    limit: Duration,
    work: impl Future<Output = Result<T, EngineError>>,
) -> Result<T, EngineError> {
    timeout(limit, work)
        .await
        .unwrap_or(Err(EngineError::Timeout {
            seconds: limit.as_secs(),
        }))
}

/// `GET /containers/json`, to be told in an error.
fn asked(request: &Request<Body>) -> String {
    format!("{} {}", request.method(), request.uri().path())
}

fn request(method: Method, path: &str, body: Option<&Value>) -> Result<Request<Body>, EngineError> {
    let mut request = Request::builder().method(method).uri(path);
    if body.is_some() {
        request = request.header(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    }
    let bytes = body.map(ToString::to_string).unwrap_or_default();
    request
        .body(Either::Left(Full::from(bytes)))
        .map_err(|e| EngineError::Protocol(e.to_string()))
}

/// Answers that go on for as long as somebody reads them, or that take the
/// connection over.
fn is_stream(path: &str) -> bool {
    let taken_over = path.starts_with("/exec/") && path.ends_with("/start");
    let archive = matches!(path, "/images/get" | "/images/load");
    taken_over || archive || path.ends_with("/events") || path.ends_with("/logs")
}

/// `{"message": "…"}`, or whatever a proxy in between wrote.
fn message_of(body: &[u8]) -> String {
    #[derive(serde::Deserialize)]
    struct Answer {
        message: String,
    }
    let message = serde_json::from_slice::<Answer>(body).map_or_else(
        |_| String::from_utf8_lossy(body).into_owned(),
        |answer| answer.message,
    );
    let message = message.trim();
    match message.char_indices().nth(MOST_OF_MESSAGE) {
        Some((end, _)) => format!("{}…", &message[..end]),
        None => message.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn error_message_is_extracted_from_json_or_plain_text_body() {
        assert_eq!(
            message_of(br#"{"message":"No such container: x"}"#),
            "No such container: x"
        );
        assert_eq!(message_of(b"Bad Gateway\n"), "Bad Gateway");
    }

    #[test]
    fn long_error_message_is_cut_whatever_its_form() {
        let long = "ä".repeat(100_000);
        let json = serde_json::json!({"message": long}).to_string();
        let cut = format!("{}…", "ä".repeat(MOST_OF_MESSAGE));
        assert_eq!(message_of(json.as_bytes()), cut);
        assert_eq!(message_of(long.as_bytes()), cut);
        let fits = "ä".repeat(MOST_OF_MESSAGE);
        assert_eq!(message_of(fits.as_bytes()), fits);
    }

    /// A body of so many megabytes that never ends by itself.
    fn endless(
        read: Arc<std::sync::atomic::AtomicUsize>,
    ) -> impl HttpBody<Data = Bytes, Error = io::Error> + Unpin {
        let piece = Bytes::from(vec![b'x'; MIB]);
        StreamBody::new(futures_util::stream::repeat_with(move || {
            read.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            Ok(Frame::data(piece.clone()))
        }))
    }

    #[tokio::test]
    async fn answer_without_end_is_read_up_to_its_bound_and_refused() {
        for (path, most) in [
            ("/containers/abc/json", 16),
            ("/containers/json?all=1", 64),
            ("/networks", 64),
            ("/networks/abc", 16),
        ] {
            let read = Arc::default();
            let error = whole(endless(Arc::clone(&read)), path).await.unwrap_err();
            let told = crate::error::Error::from(error).message;
            assert!(told.contains(&format!("larger than {most} MB")), "{told}");
            assert_eq!(read.load(std::sync::atomic::Ordering::Relaxed), most + 1);
        }
        let small = whole(Full::new(Bytes::from_static(b"{}")), "/info").await;
        assert_eq!(small, Ok(Bytes::from_static(b"{}")));
    }

    #[tokio::test]
    async fn body_of_an_error_is_read_up_to_its_bound() {
        let read = Arc::default();
        let body = error_body(endless(Arc::clone(&read)), REQUEST).await;
        assert_eq!(body.len(), MOST_OF_ERROR);
        assert_eq!(read.load(std::sync::atomic::Ordering::Relaxed), 1);
    }

    #[tokio::test]
    async fn body_of_an_error_that_never_comes_is_not_waited_for() {
        let silent = StreamBody::new(futures_util::stream::pending::<
            Result<Frame<Bytes>, io::Error>,
        >());
        let body = error_body(silent, Duration::from_millis(50)).await;
        assert!(body.is_empty());
    }

    #[test]
    fn negotiated_api_version_is_prefixed_to_request_paths_except_version() {
        let transport = Transport::new(Host::Unix("/x".into()), None).unwrap();
        let path_of = |path: &str| {
            let mut request = Request::builder()
                .uri(format!("http://localhost{path}"))
                .body(Either::Left(Full::default()))
                .unwrap();
            transport.rewrite(&mut request).unwrap();
            assert_eq!(request.headers()[HOST], "localhost");
            request.uri().to_string()
        };
        assert_eq!(path_of("/containers/json?all=1"), "/containers/json?all=1");
        transport.set_version(1, 41);
        assert_eq!(
            path_of("/containers/json?all=1"),
            "/v1.41/containers/json?all=1"
        );
        assert_eq!(path_of("/version"), "/version");
    }
}
