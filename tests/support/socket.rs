//! A WebSocket to a terminal, as a page or a program would hold it.

use super::client::{COOKIE, Client, Tls};
use super::wait::SOON;
use serde_json::Value;
use std::io;
use std::time::{Duration, Instant};
use tungstenite::client::IntoClientRequest as _;
use tungstenite::{Error, HandshakeError, Message, WebSocket};

pub struct Socket {
    inner: WebSocket<Tls>,
    /// Everything that was shown.
    pub shown: String,
    /// Bytes of it.
    pub bytes: usize,
    /// The text messages.
    pub said: Vec<Value>,
    /// How it was closed.
    pub closed: Option<u16>,
}

/// A refused upgrade: status and code.
pub type Refused = (u16, String);

impl Client {
    /// Opens one with our session, from a page of ours.
    #[track_caller]
    pub fn socket(&self, path: &str) -> Socket {
        let origin = format!("https://localhost:{}", self.port);
        self.try_socket(path, &[("Origin", &origin)])
            .unwrap_or_else(|refused| panic!("{path}: {refused:?}"))
    }

    pub fn try_socket(&self, path: &str, headers: &[(&str, &str)]) -> Result<Socket, Refused> {
        let stream = self.connect().unwrap();
        let url = format!("wss://localhost:{}{path}", self.port);
        let mut request = url.into_client_request().unwrap();
        if let Some(session) = &self.session {
            let cookie = format!("session={session}").parse().unwrap();
            request.headers_mut().insert("cookie", cookie);
        } else if let Some(browser) = &self.browser {
            // Without the page key: a socket cannot carry it.
            let cookie = format!("{COOKIE}={}", browser.cookie).parse().unwrap();
            request.headers_mut().insert("cookie", cookie);
        }
        for (name, value) in headers {
            let name: tungstenite::http::HeaderName = name.parse().unwrap();
            request.headers_mut().append(name, value.parse().unwrap());
        }
        match tungstenite::client(request, stream) {
            Ok((inner, _)) => {
                let wait = Some(Duration::from_millis(100));
                inner.get_ref().sock.set_read_timeout(wait).unwrap();
                Ok(Socket {
                    inner,
                    shown: String::new(),
                    bytes: 0,
                    said: Vec::new(),
                    closed: None,
                })
            }
            Err(HandshakeError::Failure(Error::Http(answer))) => {
                let body = answer.body().clone().unwrap_or_default();
                let problem: Value = serde_json::from_slice(&body).unwrap_or_default();
                let code = problem["error"].as_str().unwrap_or_default().to_owned();
                Err((answer.status().as_u16(), code))
            }
            Err(error) => panic!("{path}: {error}"),
        }
    }
}

impl Socket {
    /// Takes what has come. False when nothing did for a moment.
    pub fn read(&mut self) -> bool {
        match self.inner.read() {
            Ok(Message::Binary(bytes)) => {
                self.bytes += bytes.len();
                self.shown.push_str(&String::from_utf8_lossy(&bytes));
            }
            Ok(Message::Text(text)) => self.said.push(serde_json::from_str(&text).unwrap()),
            Ok(Message::Close(frame)) => {
                self.closed = Some(frame.map_or(1005, |frame| frame.code.into()));
            }
            Ok(_) => {}
            Err(Error::Io(error))
                if matches!(
                    error.kind(),
                    io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut
                ) =>
            {
                return false;
            }
            Err(_) => {
                self.closed = self.closed.or(Some(1006));
                return false;
            }
        }
        true
    }

    /// Reads until it is so.
    #[track_caller]
    pub fn until(&mut self, what: &str, is_so: impl Fn(&Self) -> bool) {
        let deadline = Instant::now() + SOON;
        while !is_so(self) {
            assert!(
                Instant::now() < deadline && self.closed.is_none_or(|_| is_so(self)),
                "not so: {what}; closed: {:?}, said: {:?}, shown: {:?}",
                self.closed,
                self.said,
                self.shown
            );
            self.read();
        }
    }

    #[track_caller]
    pub fn shows(&mut self, text: &str) {
        self.until(text, |socket| socket.shown.contains(text));
    }

    pub fn type_in(&mut self, text: &str) {
        let bytes = text.as_bytes().to_vec();
        self.inner.send(Message::binary(bytes)).unwrap();
    }

    pub fn steer(&mut self, message: &Value) {
        self.inner.send(Message::text(message.to_string())).unwrap();
    }

    /// Says good-bye.
    pub fn close(mut self) {
        let _ = self.inner.close(None);
        let _ = self.inner.flush();
    }
}
