//! Opening a connection: name look-up, proxy, TCP, TLS and HTTP together, within
//! one limit of time.

use super::connection::{BoxedStream, Connection, Form, OutgoingBody};
use super::proxy::Proxy;
use super::{ClientError, HttpOrigin, Proxies, Reach, Trust};
use hyper::header::HeaderValue;
use rustls::pki_types::ServerName;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio::time::timeout;

/// One of several addresses of a host: the next one is tried then.
const EACH_ADDRESS: Duration = Duration::from_secs(4);
/// A proxy's answer to `CONNECT`.
const PROXY_ANSWER: usize = 16 * 1024;

/// Cheap to clone: a handle.
#[derive(Debug, Clone)]
pub struct Connector {
    proxies: Arc<Proxies>,
    limit: Duration,
}

impl Connector {
    /// `limit` is for everything up to the first request.
    pub fn new(proxies: Arc<Proxies>, limit: Duration) -> Self {
        Self { proxies, limit }
    }

    /// Opens a connection; over TLS the server's certificate is one that `trust` trusts.
    pub async fn connect<B: OutgoingBody>(
        &self,
        origin: &HttpOrigin,
        trust: &Trust,
        reach: Reach,
    ) -> Result<Connection<B>, ClientError> {
        let opening = Box::pin(self.open(origin, trust, reach));
        timeout(self.limit, opening)
            .await
            .map_err(|_| ClientError::Silent {
                host: origin.authority(),
            })?
    }

    async fn open<B: OutgoingBody>(
        &self,
        origin: &HttpOrigin,
        trust: &Trust,
        reach: Reach,
    ) -> Result<Connection<B>, ClientError> {
        let Some(proxy) = self.proxies.of(origin) else {
            let (stream, peer) = tcp(origin, reach).await?;
            return secured(Box::new(stream), origin, Form::Direct, Some(peer), trust).await;
        };
        let (stream, _) = tcp(&proxy.origin, Reach::Anywhere).await?;
        let mut stream: BoxedStream = Box::new(stream);
        if proxy.origin.is_https {
            stream = tls(stream, &proxy.origin, trust).await?.0;
        }
        if !origin.is_https {
            let form = Form::ThroughProxy {
                login: proxy.login.clone(),
            };
            return Connection::http1(stream, origin, form, None).await;
        }
        tunnel(&mut stream, proxy, origin).await?;
        secured(stream, origin, Form::Direct, None, trust).await
    }
}

async fn secured<B: OutgoingBody>(
    stream: BoxedStream,
    origin: &HttpOrigin,
    form: Form,
    peer: Option<IpAddr>,
    trust: &Trust,
) -> Result<Connection<B>, ClientError> {
    if !origin.is_https {
        return Connection::http1(stream, origin, form, peer).await;
    }
    let (stream, is_http2) = tls(stream, origin, trust).await?;
    if is_http2 {
        Connection::http2(stream, origin, peer).await
    } else {
        Connection::http1(stream, origin, form, peer).await
    }
}

/// Names that are looked up at the same time. Each needs a thread, of which passwords
/// and files need some too, and a name server may be slow.
const LOOK_UPS: usize = 16;

/// The addresses of a name.
///
/// # Errors
/// The resolver's.
pub async fn look_up(origin: &HttpOrigin) -> io::Result<Vec<SocketAddr>> {
    static PLACES: Semaphore = Semaphore::const_new(LOOK_UPS);
    let _place = PLACES.acquire().await.map_err(io::Error::other)?;
    let found = tokio::net::lookup_host((origin.host.as_str(), origin.port)).await?;
    Ok(found.collect())
}

/// An address that is out of reach is not connected to at all.
async fn tcp(origin: &HttpOrigin, reach: Reach) -> Result<(TcpStream, IpAddr), ClientError> {
    let failed = |cause: io::Error| ClientError::Connect {
        host: origin.authority(),
        cause,
    };
    let found = look_up(origin).await;
    let mut last = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
    let mut is_private = false;
    for address in found.map_err(failed)? {
        if !reach.allows(address.ip()) {
            is_private = true;
            continue;
        }
        match timeout(EACH_ADDRESS, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => {
                // Requests are small and wait for nothing.
                let _ = stream.set_nodelay(true);
                return Ok((stream, address.ip()));
            }
            Ok(Err(error)) => last = error,
            Err(_) => last = io::ErrorKind::TimedOut.into(),
        }
    }
    if is_private {
        return Err(ClientError::Private {
            host: origin.authority(),
        });
    }
    Err(failed(last))
}

/// The stream, and whether HTTP/2 was agreed on.
async fn tls(
    stream: BoxedStream,
    origin: &HttpOrigin,
    trust: &Trust,
) -> Result<(BoxedStream, bool), ClientError> {
    let name = ServerName::try_from(origin.host.clone())
        .map_err(|_| ClientError::Address(origin.host.clone()))?;
    let connector = tokio_rustls::TlsConnector::from(Arc::clone(&trust.0));
    let stream = connector
        .connect(name, stream)
        .await
        .map_err(|cause| ClientError::Trust {
            host: origin.authority(),
            cause,
        })?;
    let is_http2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
    Ok((Box::new(stream), is_http2))
}

/// `CONNECT` (RFC 9110, 9.3.6).
async fn tunnel(
    stream: &mut BoxedStream,
    proxy: &Proxy,
    origin: &HttpOrigin,
) -> Result<(), ClientError> {
    let refused = |why: String| ClientError::Proxy {
        proxy: proxy.origin.authority(),
        host: origin.authority(),
        why,
    };
    let host = if origin.host.contains(':') {
        format!("[{}]:{}", origin.host, origin.port)
    } else {
        format!("{}:{}", origin.host, origin.port)
    };
    let mut request = format!("CONNECT {host} HTTP/1.1\r\nHost: {host}\r\n");
    if let Some(login) = proxy.login.as_ref().and_then(header_text) {
        request.push_str(&format!("Proxy-Authorization: {login}\r\n"));
    }
    request.push_str("\r\n");
    let mut answer = Vec::new();
    let exchanged = async {
        stream.write_all(request.as_bytes()).await?;
        // The server behind it says nothing before it is spoken to: what is read is
        // the proxy's answer and no more.
        while !answer.ends_with(b"\r\n\r\n") && answer.len() < PROXY_ANSWER {
            let mut piece = [0; 512];
            let read = stream.read(&mut piece).await?;
            if read == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            answer.extend_from_slice(&piece[..read]);
        }
        Ok::<_, io::Error>(())
    };
    exchanged
        .await
        .map_err(|error| refused(error.to_string()))?;
    let first = String::from_utf8_lossy(&answer);
    let status = first.split_whitespace().nth(1).unwrap_or_default();
    if status == "200" {
        return Ok(());
    }
    let status: String = status
        .chars()
        .filter(char::is_ascii_digit)
        .take(3)
        .collect();
    Err(refused(format!("it answers with status {status:?}")))
}

fn header_text(value: &HeaderValue) -> Option<&str> {
    value.to_str().ok()
}

#[cfg(test)]
mod tests {
    use super::super::Protocols;
    use super::*;
    use bytes::Bytes;
    use http_body_util::Empty;

    #[tokio::test]
    async fn address_out_of_reach_is_not_connected_to() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let port = listener.local_addr().unwrap().port();
        let uri = format!("http://localhost:{port}/").parse().unwrap();
        let origin = HttpOrigin::of(&uri).unwrap();
        let trust = Trust::unverified(None, Protocols::Http1).unwrap();
        let connector = Connector::new(Arc::default(), Duration::from_secs(5));
        let reached: Result<Connection<Empty<Bytes>>, _> =
            connector.connect(&origin, &trust, Reach::Internet).await;
        let error = reached.unwrap_err();
        assert!(matches!(error, ClientError::Private { .. }), "{error}");
        let nobody = listener.accept().unwrap_err();
        assert_eq!(nobody.kind(), io::ErrorKind::WouldBlock);
        let reached: Result<Connection<Empty<Bytes>>, _> =
            connector.connect(&origin, &trust, Reach::Anywhere).await;
        assert!(reached.unwrap().peer().is_some());
    }
}
