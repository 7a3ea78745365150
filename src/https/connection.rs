//! An open connection that requests are sent on: HTTP/2 for many at once, or
//! HTTP/1.1 for one after the other.

use super::{ClientError, HttpOrigin};
use bytes::Bytes;
use hyper::body::{Body, Incoming};
use hyper::client::conn::{http1, http2};
use hyper::header::{HOST, HeaderName, HeaderValue};
use hyper::{Request, Response, Uri};
use hyper_util::rt::{TokioExecutor, TokioIo};
use std::net::IpAddr;
use tokio::io::{AsyncRead, AsyncWrite};

const PROXY_AUTHORIZATION: HeaderName = hyper::header::PROXY_AUTHORIZATION;

/// What is read ahead of whoever waits for it. A look at many registries has many
/// connections.
const BUFFER: usize = 64 * 1024;

pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}
pub(super) type BoxedStream = Box<dyn Stream>;

/// A body that can be sent.
pub trait OutgoingBody:
    Body<Data = Bytes, Error: Into<Box<dyn std::error::Error + Send + Sync>>> + Send + Unpin + 'static
{
}

impl<B> OutgoingBody for B
where
    B: Body<Data = Bytes> + Send + Unpin + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
}

/// How a request is written.
#[derive(Clone)]
pub(super) enum Form {
    Direct,
    /// Plain HTTP through a proxy, which is told the whole address (RFC 9112, 3.2.2).
    ThroughProxy {
        login: Option<HeaderValue>,
    },
}

enum Sender<B> {
    Http1(http1::SendRequest<B>),
    Http2(http2::SendRequest<B>),
}

/// Closed when it is dropped and the answers on it are read.
pub struct Connection<B> {
    sender: Sender<B>,
    origin: HttpOrigin,
    form: Form,
    peer: Option<IpAddr>,
}

impl<B> std::fmt::Debug for Connection<B> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Connection({})", self.origin)
    }
}

impl<B: OutgoingBody> Connection<B> {
    pub(super) async fn http1(
        stream: BoxedStream,
        origin: &HttpOrigin,
        form: Form,
        peer: Option<IpAddr>,
    ) -> Result<Self, ClientError> {
        let (sender, connection) = http1::Builder::new()
            .max_buf_size(BUFFER)
            .handshake(TokioIo::new(stream))
            .await
            .map_err(|cause| broken(origin, cause))?;
        // Ends with the last answer, or when the sender is dropped.
        tokio::spawn(connection);
        Ok(Self {
            sender: Sender::Http1(sender),
            origin: origin.clone(),
            form,
            peer,
        })
    }

    pub(super) async fn http2(
        stream: BoxedStream,
        origin: &HttpOrigin,
        peer: Option<IpAddr>,
    ) -> Result<Self, ClientError> {
        let (sender, connection) = http2::Builder::new(TokioExecutor::new())
            // Answers are small: manifests, lists of tags.
            .initial_stream_window_size(BUFFER as u32)
            .initial_connection_window_size(4 * BUFFER as u32)
            .handshake(TokioIo::new(stream))
            .await
            .map_err(|cause| broken(origin, cause))?;
        tokio::spawn(connection);
        Ok(Self {
            sender: Sender::Http2(sender),
            origin: origin.clone(),
            form: Form::Direct,
            peer,
        })
    }

    /// A second handle on a connection that carries several requests at once.
    pub fn share(&self) -> Option<Self> {
        match &self.sender {
            Sender::Http1(_) => None,
            Sender::Http2(sender) => Some(Self {
                sender: Sender::Http2(sender.clone()),
                origin: self.origin.clone(),
                form: self.form.clone(),
                peer: self.peer,
            }),
        }
    }

    pub fn is_open(&self) -> bool {
        match &self.sender {
            Sender::Http1(sender) => !sender.is_closed(),
            Sender::Http2(sender) => !sender.is_closed(),
        }
    }

    /// The server's address, unless a proxy is in between.
    pub fn peer(&self) -> Option<IpAddr> {
        self.peer
    }

    /// Sends a request, whose address names only path and query or is one of this
    /// connection's origin.
    pub async fn send(
        &mut self,
        mut request: Request<B>,
    ) -> Result<Response<Incoming>, ClientError> {
        let path = request
            .uri()
            .path_and_query()
            .map_or("/", |path| path.as_str());
        let absolute = format!("{}{path}", self.origin);
        let is_http2 = matches!(self.sender, Sender::Http2(_));
        let through_proxy = matches!(self.form, Form::ThroughProxy { .. });
        let written = if is_http2 || through_proxy {
            &absolute
        } else {
            path
        };
        let uri: Uri = written
            .parse()
            .map_err(|_| ClientError::Address(absolute.clone()))?;
        *request.uri_mut() = uri;
        if !is_http2 && let Ok(host) = HeaderValue::from_str(&self.origin.authority()) {
            request.headers_mut().insert(HOST, host);
        }
        if let Form::ThroughProxy { login: Some(login) } = &self.form {
            request
                .headers_mut()
                .insert(PROXY_AUTHORIZATION, login.clone());
        }
        let answer = match &mut self.sender {
            Sender::Http1(sender) => {
                sender
                    .ready()
                    .await
                    .map_err(|cause| broken(&self.origin, cause))?;
                sender.send_request(request).await
            }
            Sender::Http2(sender) => sender.send_request(request).await,
        };
        answer.map_err(|cause| broken(&self.origin, cause))
    }
}

fn broken(origin: &HttpOrigin, cause: hyper::Error) -> ClientError {
    ClientError::Broken {
        host: origin.authority(),
        cause,
    }
}
