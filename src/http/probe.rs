//! Asks a running appliance on this machine whether it answers.
//!
//! The certificate is not checked against an authority: the question goes to
//! an address of this machine and carries no secret.

use crate::https::Unverified;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;
use tokio_rustls::rustls;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, ClientConnection};

/// `GET /healthz`: the body of a 200.
pub fn ask(target: SocketAddr, within: Duration) -> std::io::Result<String> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(std::io::Error::other)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Unverified(provider)))
        .with_no_client_auth();
    let name = ServerName::IpAddress(target.ip().into());
    let mut tls = ClientConnection::new(Arc::new(config), name).map_err(std::io::Error::other)?;
    let mut socket = TcpStream::connect_timeout(&target, within)?;
    socket.set_read_timeout(Some(within))?;
    socket.set_write_timeout(Some(within))?;
    let mut stream = rustls::Stream::new(&mut tls, &mut socket);
    stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
    let mut answer = Vec::new();
    let read = std::io::Read::take(&mut stream, 64 * 1024).read_to_end(&mut answer);
    let text = String::from_utf8_lossy(&answer).into_owned();
    if let Err(error) = read
        && answer.is_empty()
    {
        return Err(error);
    }
    let (head, body) = text
        .split_once("\r\n\r\n")
        .ok_or_else(|| std::io::Error::other("the answer is not HTTP"))?;
    if head.starts_with("HTTP/1.1 200 ") {
        Ok(body.trim().to_owned())
    } else {
        let status = head.lines().next().unwrap_or_default();
        Err(std::io::Error::other(status.to_owned()))
    }
}
