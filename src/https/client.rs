//! A client with a connection for each request: for what is rare, a pool would
//! only hold memory between.

use super::connection::OutgoingBody;
use super::{ClientError, Connector, HttpOrigin, Protocols, Proxies, Reach, Trust};
use http_body_util::Limited;
use hyper::body::Incoming;
use hyper::{Request, Response};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;

/// Name look-up, TCP and TLS together.
const CONNECT: Duration = Duration::from_secs(15);
/// From the request to the head of its answer.
const ANSWER: Duration = Duration::from_secs(30);
/// No answer that is asked for here comes near it.
const LARGEST: usize = 1024 * 1024;

/// Cheap to clone: a handle.
#[derive(Debug, Clone)]
pub struct HttpsClient {
    connector: Connector,
    trust: Trust,
}

impl HttpsClient {
    /// `extra` is a PEM file with a further authority.
    pub fn new(extra: Option<&Path>) -> Result<Self, ClientError> {
        let extra: Vec<&Path> = extra.into_iter().collect();
        Ok(Self {
            connector: Connector::new(Arc::new(Proxies::from_environment()), CONNECT),
            trust: Trust::new(&extra, None, Protocols::Http1)?,
        })
    }

    /// Asks over HTTPS, and gives the answer with its body still to be read.
    pub async fn send<B: OutgoingBody>(
        &self,
        request: Request<B>,
    ) -> Result<Response<Limited<Incoming>>, ClientError> {
        let origin = HttpOrigin::of(request.uri())?;
        if !origin.is_https {
            return Err(ClientError::Address(request.uri().to_string()));
        }
        let mut connection = self
            .connector
            .connect(&origin, &self.trust, Reach::Anywhere)
            .await?;
        let answer = timeout(ANSWER, connection.send(request)).await;
        let answer = answer.map_err(|_| ClientError::Silent {
            host: origin.authority(),
        })??;
        Ok(answer.map(|body| Limited::new(body, LARGEST)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use http_body_util::Empty;

    #[tokio::test]
    async fn https_client_accepts_only_https_urls() {
        let client = HttpsClient::new(None).unwrap();
        for address in ["http://ca.example/x", "/x"] {
            let request = Request::get(address).body(Empty::<Bytes>::new()).unwrap();
            let error = client.send(request).await.unwrap_err();
            assert!(matches!(error, ClientError::Address(_)), "{error}");
        }
    }
}
