//! The HTTPS client. A connection for each request: what goes out here is
//! rare, and a pool would only hold memory between.
//!
//! It trusts the public authorities that the program carries, those of the
//! machine, and one more where the owner named it. Invariant: connecting, the
//! head of an answer and its size have limits.

use bytes::Bytes;
use http_body_util::Limited;
use hyper::body::{Body, Incoming};
use hyper::client::conn::http1;
use hyper::header::{HOST, HeaderValue};
use hyper::{Request, Response, Uri};
use hyper_util::rt::TokioIo;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::timeout;

/// Name look-up, TCP and TLS together.
const CONNECT: Duration = Duration::from_secs(15);
/// From the request to the head of its answer.
const ANSWER: Duration = Duration::from_secs(30);
/// No answer that is asked for here comes near it.
const LARGEST: usize = 1024 * 1024;

/// Where distributions keep the authorities that the machine trusts.
const SYSTEM_BUNDLES: [&str; 4] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/cert.pem",
    "/etc/ssl/ca-bundle.pem",
];

#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    #[error("{0} is not an https address")]
    Address(String),
    #[error("{path} is not a valid list of certificate authorities: {cause}")]
    Roots { path: String, cause: String },
    #[error("{host} cannot be reached: {cause}")]
    Connect { host: String, cause: io::Error },
    #[error("the certificate of {host} is not trusted: {cause}")]
    Trust { host: String, cause: io::Error },
    #[error("{host} does not respond")]
    Silent { host: String },
    #[error("the connection to {host} was lost: {cause}")]
    Broken { host: String, cause: hyper::Error },
}

/// Cheap to clone: a handle.
#[derive(Debug, Clone)]
pub(super) struct Client(Arc<ClientConfig>);

impl Client {
    /// `extra` is a PEM file with a further authority.
    pub fn new(extra: Option<&Path>) -> Result<Self, ClientError> {
        let mut roots = RootCertStore::empty();
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
        if let Some(bundle) = SYSTEM_BUNDLES.iter().map(Path::new).find(|p| p.exists()) {
            // A list of the machine that is damaged leaves the public ones.
            if let Ok(certificates) = read(bundle) {
                roots.add_parsable_certificates(certificates);
            }
        }
        if let Some(path) = extra {
            for certificate in read(path)? {
                roots
                    .add(certificate)
                    .map_err(|cause| unusable(path, &cause))?;
            }
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(rustls::DEFAULT_VERSIONS)
            .map_err(|cause| unusable(Path::new("TLS"), &cause))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self(Arc::new(config)))
    }

    /// Asks, and gives the answer with its body still to be read.
    pub async fn send<B>(
        &self,
        mut request: Request<B>,
    ) -> Result<Response<Limited<Incoming>>, ClientError>
    where
        B: Body<Data = Bytes> + Send + 'static,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let (host, port) = target(request.uri())?;
        let path = request.uri().path_and_query().cloned();
        let authority = request.uri().authority().map(ToString::to_string);
        let authority = authority.and_then(|text| HeaderValue::from_str(&text).ok());
        if let (Some(path), Some(authority)) = (path, authority) {
            *request.uri_mut() = path.into();
            request.headers_mut().insert(HOST, authority);
        }
        let silent = || ClientError::Silent { host: host.clone() };
        let broken = |cause| ClientError::Broken {
            host: host.clone(),
            cause,
        };
        let connection = timeout(CONNECT, self.connect(&host, port));
        let stream = connection.await.map_err(|_| silent())??;
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream))
            .await
            .map_err(broken)?;
        // Ends with the answer's body, or when that is dropped.
        tokio::spawn(connection);
        let answer = timeout(ANSWER, sender.send_request(request));
        let answer = answer.await.map_err(|_| silent())?.map_err(broken)?;
        Ok(answer.map(|body| Limited::new(body, LARGEST)))
    }

    async fn connect(
        &self,
        host: &str,
        port: u16,
    ) -> Result<tokio_rustls::client::TlsStream<TcpStream>, ClientError> {
        let name = ServerName::try_from(host.to_owned())
            .map_err(|_| ClientError::Address(host.to_owned()))?;
        let stream =
            TcpStream::connect((host, port))
                .await
                .map_err(|cause| ClientError::Connect {
                    host: host.to_owned(),
                    cause,
                })?;
        let connector = tokio_rustls::TlsConnector::from(Arc::clone(&self.0));
        connector
            .connect(name, stream)
            .await
            .map_err(|cause| ClientError::Trust {
                host: host.to_owned(),
                cause,
            })
    }
}

/// Host, without the brackets of an IPv6 address, and port.
fn target(uri: &Uri) -> Result<(String, u16), ClientError> {
    match (uri.scheme_str(), uri.host()) {
        (Some("https"), Some(host)) => Ok((
            host.trim_matches(['[', ']']).to_owned(),
            uri.port_u16().unwrap_or(443),
        )),
        _ => Err(ClientError::Address(uri.to_string())),
    }
}

fn read(path: &Path) -> Result<Vec<CertificateDer<'static>>, ClientError> {
    let found = CertificateDer::pem_file_iter(path)
        .map_err(|cause| unusable(path, &cause))?
        .collect::<Result<Vec<_>, _>>()
        .map_err(|cause| unusable(path, &cause))?;
    if found.is_empty() {
        return Err(unusable(path, &"it contains no certificate"));
    }
    Ok(found)
}

fn unusable(path: &Path, cause: &dyn std::fmt::Display) -> ClientError {
    ClientError::Roots {
        path: path.display().to_string(),
        cause: cause.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn https_client_accepts_only_https_urls() {
        let of = |text: &str| target(&text.parse().unwrap()).ok();
        assert_eq!(of("https://ca.example/x"), Some(("ca.example".into(), 443)));
        assert_eq!(of("https://[::1]:14000/x"), Some(("::1".into(), 14000)));
        assert_eq!(of("http://ca.example/x"), None);
        assert_eq!(of("/x"), None);
    }

    #[test]
    fn missing_or_empty_ca_file_is_rejected_with_a_clear_error() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("root.pem");
        let error = Client::new(Some(&path)).unwrap_err();
        assert!(error.to_string().contains("root.pem"), "{error}");
        std::fs::write(&path, "no certificate").unwrap();
        let error = Client::new(Some(&path)).unwrap_err();
        assert!(error.to_string().contains("no certificate"), "{error}");
        assert!(Client::new(None).is_ok());
    }
}
