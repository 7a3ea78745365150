//! A small HTTPS client, on a connection for each request, that can also be
//! rude: raw bytes, odd headers, half requests.

use super::wait::SOON;
use serde_json::Value;
use socket2::{Domain, Socket, Type};
use std::io::{self, BufReader, Read, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Instant;
use tokio_rustls::rustls::client::danger::{
    HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier,
};
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use tokio_rustls::rustls::{
    self, ClientConfig, ClientConnection, DigitallySignedStruct, SignatureScheme, StreamOwned,
};

pub type Tls = StreamOwned<ClientConnection, TcpStream>;

#[derive(Debug, Clone)]
pub struct Client {
    pub port: u16,
    /// The session of a script.
    pub session: Option<String>,
    /// What a browser that is signed in already has.
    pub browser: Option<BrowserSession>,
    /// The loopback address that it comes from; all of 127.0.0.0/8 are this machine's.
    pub from: Option<Ipv4Addr>,
}

/// A session as a browser holds it.
#[derive(Debug, Clone)]
pub struct BrowserSession {
    /// The value of the cookie.
    pub cookie: String,
    pub page_key: String,
}

pub const COOKIE: &str = "__Host-dockermate";

impl BrowserSession {
    /// Of an answer to a browser's login, setup or change of the password.
    #[track_caller]
    pub fn of(answer: &Answer) -> Self {
        let cookie = answer.header("set-cookie").unwrap_or_default();
        let value = cookie
            .strip_prefix(COOKIE)
            .and_then(|rest| rest.strip_prefix('='))
            .and_then(|rest| rest.split(';').next())
            .unwrap_or_else(|| panic!("{} {cookie}: {}", answer.status, answer.text()));
        Self {
            cookie: value.to_owned(),
            page_key: answer.json()["page_key"].as_str().unwrap().to_owned(),
        }
    }
}

#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {} {}", self.status, self.text()))
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// The stable code of a problem document, which it must be.
    #[track_caller]
    pub fn problem(&self) -> String {
        assert_eq!(
            self.header("content-type"),
            Some("application/problem+json"),
            "{} {}",
            self.status,
            self.text()
        );
        let problem = self.json();
        assert_eq!(problem["status"], self.status, "{problem}");
        problem["error"].as_str().unwrap().to_owned()
    }
}

impl Client {
    pub fn new(port: u16) -> Self {
        Self {
            port,
            session: None,
            browser: None,
            from: None,
        }
    }

    /// The same from another address.
    pub fn from(&self, address: Ipv4Addr) -> Self {
        Self {
            from: Some(address),
            ..self.clone()
        }
    }

    /// Signs in as a browser does.
    #[track_caller]
    pub fn browser_login(&self, password: &str) -> BrowserSession {
        let origin = format!("https://localhost:{}", self.port);
        let body = serde_json::json!({"password": password}).to_string();
        BrowserSession::of(&self.send(
            "POST",
            "/api/auth/login",
            &[("Origin", &origin), ("Sec-Fetch-Site", "same-origin")],
            body.as_bytes(),
        ))
    }

    /// The same with another session.
    pub fn with(&self, session: &str) -> Self {
        Self {
            port: self.port,
            session: Some(session.to_owned()),
            browser: None,
            from: self.from,
        }
    }

    /// The same as the browser that is signed in, not as a script.
    pub fn as_browser(&self) -> Self {
        Self {
            session: None,
            ..self.clone()
        }
    }

    /// A TLS connection that speaks HTTP/1.1.
    pub fn connect(&self) -> io::Result<Tls> {
        self.connect_with(config())
    }

    /// The same, offering HTTP/2.
    pub fn connect_h2(&self) -> io::Result<Tls> {
        let mut config = ClientConfig::clone(&config());
        config.alpn_protocols = vec![b"h2".to_vec()];
        self.connect_with(Arc::new(config))
    }

    fn connect_with(&self, config: Arc<ClientConfig>) -> io::Result<Tls> {
        let to = SocketAddr::from((Ipv4Addr::LOCALHOST, self.port));
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
        if let Some(from) = self.from {
            socket.bind(&SocketAddr::from((from, 0)).into())?;
        }
        socket.connect(&to.into())?;
        let socket = TcpStream::from(socket);
        socket.set_read_timeout(Some(SOON))?;
        socket.set_nodelay(true)?;
        let name = ServerName::try_from("localhost").unwrap();
        let connection = ClientConnection::new(config, name).map_err(io::Error::other)?;
        Ok(StreamOwned::new(connection, socket))
    }

    /// The bytes of a request with our session in it.
    pub fn request(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Vec<u8> {
        let mut text = format!("{method} {path} HTTP/1.1\r\n");
        if !headers
            .iter()
            .any(|(name, _)| name.eq_ignore_ascii_case("host"))
        {
            text.push_str(&format!("Host: localhost:{}\r\n", self.port));
        }
        if let Some(session) = &self.session {
            text.push_str(&format!("Cookie: session={session}\r\n"));
        } else if let Some(BrowserSession { cookie, page_key }) = &self.browser {
            text.push_str(&format!(
                "Cookie: {COOKIE}={cookie}\r\nX-DockerMate-Key: {page_key}\r\n"
            ));
        }
        for (name, value) in headers {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        if !body.is_empty() || matches!(method, "POST" | "PUT" | "PATCH") {
            text.push_str(&format!("Content-Length: {}\r\n", body.len()));
        }
        text.push_str("Connection: close\r\n\r\n");
        let mut bytes = text.into_bytes();
        bytes.extend(body);
        bytes
    }

    pub fn try_send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> io::Result<Answer> {
        let mut stream = self.connect()?;
        // A server that refuses early may close before everything is written.
        let _ = stream.write_all(&self.request(method, path, headers, body));
        read_answer(&mut BufReader::new(stream))
    }

    pub fn try_json(&self, method: &str, path: &str, body: &Value) -> io::Result<Answer> {
        let headers = [("Content-Type", "application/json")];
        self.try_send(method, path, &headers, body.to_string().as_bytes())
    }

    #[track_caller]
    pub fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        self.try_send(method, path, headers, body)
            .unwrap_or_else(|error| panic!("{method} {path}: {error}"))
    }

    pub fn try_get(&self, path: &str) -> Option<Answer> {
        self.try_send("GET", path, &[], b"").ok()
    }

    #[track_caller]
    pub fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[], b"")
    }

    /// The data of a page.
    #[track_caller]
    pub fn page(&self, path: &str) -> Answer {
        self.send("GET", path, &[("Accept", "application/json")], b"")
    }

    #[track_caller]
    pub fn json(&self, method: &str, path: &str, body: &Value) -> Answer {
        self.send(
            method,
            path,
            &[("Content-Type", "application/json")],
            body.to_string().as_bytes(),
        )
    }

    #[track_caller]
    pub fn post(&self, path: &str, body: &Value) -> Answer {
        self.json("POST", path, body)
    }

    #[track_caller]
    pub fn delete(&self, path: &str) -> Answer {
        self.send("DELETE", path, &[], b"")
    }

    /// Opens a stream of events.
    #[track_caller]
    pub fn events(&self, path: &str, last_id: Option<&str>) -> Events {
        let mut stream = self.connect().unwrap();
        let mut headers = vec![("Accept", "text/event-stream")];
        if let Some(id) = last_id {
            headers.push(("Last-Event-ID", id));
        }
        stream
            .write_all(&self.request("GET", path, &headers, b""))
            .unwrap();
        let mut reader = BufReader::new(stream);
        let (status, headers) = read_head(&mut reader).unwrap();
        assert_eq!(status, 200, "{headers:?}");
        Events {
            reader,
            rest: String::new(),
            quiet: 0,
        }
    }
}

/// Events as they come, off a chunked body.
pub struct Events {
    reader: BufReader<Tls>,
    rest: String,
    quiet: u32,
}

#[derive(Debug, Clone)]
pub struct Event {
    pub id: Option<String>,
    pub kind: String,
    pub data: Value,
}

impl Events {
    /// The next event; `None` when the stream has ended.
    pub fn next(&mut self) -> Option<Event> {
        loop {
            if let Some((block, rest)) = self.rest.split_once("\n\n") {
                let block = block.to_owned();
                self.rest = rest.to_owned();
                let field = |name: &str| {
                    block
                        .lines()
                        .find_map(|line| line.strip_prefix(name))
                        .map(|value| value.trim().to_owned())
                };
                let Some(kind) = field("event:") else {
                    // A comment keeps the connection open; two of them, and
                    // what the test waits for does not come.
                    self.quiet += u32::from(block.starts_with(": quiet"));
                    assert!(self.quiet < 2, "nothing comes");
                    continue;
                };
                return Some(Event {
                    id: field("id:"),
                    kind,
                    data: serde_json::from_str(&field("data:").unwrap_or_default()).unwrap(),
                });
            }
            let chunk = read_chunk(&mut self.reader).ok()?;
            if chunk.is_empty() {
                return None;
            }
            self.rest.push_str(&String::from_utf8_lossy(&chunk));
        }
    }

    /// Reads on until an event fits.
    #[track_caller]
    pub fn find(&mut self, what: &str, fits: impl Fn(&Event) -> bool) -> Event {
        let deadline = Instant::now() + SOON;
        loop {
            assert!(Instant::now() < deadline, "not within {SOON:?}: {what}");
            let event = self
                .next()
                .unwrap_or_else(|| panic!("the stream ended before: {what}"));
            if fits(&event) {
                return event;
            }
        }
    }
}

pub fn read_answer(reader: &mut impl io::BufRead) -> io::Result<Answer> {
    let (status, headers) = read_head(reader)?;
    let header = |name: &str| {
        headers
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.clone())
    };
    let mut body = Vec::new();
    if header("transfer-encoding").is_some_and(|value| value == "chunked") {
        loop {
            let chunk = read_chunk(reader)?;
            if chunk.is_empty() {
                break;
            }
            body.extend(chunk);
        }
    } else if let Some(length) = header("content-length") {
        let length: u64 = length.parse().map_err(io::Error::other)?;
        reader.take(length).read_to_end(&mut body)?;
    }
    Ok(Answer {
        status,
        headers,
        body,
    })
}

fn read_head(reader: &mut impl io::BufRead) -> io::Result<(u16, Vec<(String, String)>)> {
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let status = line
        .split(' ')
        .nth(1)
        .and_then(|text| text.parse().ok())
        .ok_or_else(|| io::Error::other(format!("no status line: {line:?}")))?;
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let line = line.trim_end();
        if line.is_empty() {
            return Ok((status, headers));
        }
        if let Some((name, value)) = line.split_once(':') {
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
    }
}

fn read_chunk(reader: &mut impl io::BufRead) -> io::Result<Vec<u8>> {
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let size = usize::from_str_radix(line.trim(), 16).map_err(io::Error::other)?;
    let mut chunk = vec![0; size + 2];
    reader.read_exact(&mut chunk)?;
    chunk.truncate(size);
    Ok(chunk)
}

fn config() -> Arc<ClientConfig> {
    static CONFIG: std::sync::OnceLock<Arc<ClientConfig>> = std::sync::OnceLock::new();
    Arc::clone(CONFIG.get_or_init(|| {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(AcceptsAnyCertificate))
            .with_no_client_auth();
        Arc::new(config)
    }))
}

/// The tests that are about certificates look at them themselves.
#[derive(Debug)]
struct AcceptsAnyCertificate;

impl ServerCertVerifier for AcceptsAnyCertificate {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        rustls::crypto::ring::default_provider()
            .signature_verification_algorithms
            .supported_schemes()
    }
}
