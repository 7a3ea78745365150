//! Going out over HTTP and HTTPS: whom to trust, how to connect, through which
//! proxy, and for how long to wait. Registries and authorities are asked over it.
//!
//! Invariant: connecting, the head of an answer and its size have limits.

mod client;
mod connect;
mod connection;
mod origin;
mod proxy;
mod trust;

pub use client::HttpsClient;
pub use connect::{Connector, look_up};
pub use connection::Connection;
pub use origin::{HttpOrigin, Reach};
pub use proxy::Proxies;
pub use trust::{ClientIdentity, Protocols, Trust, Unverified};

use std::io;

#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    #[error("{0} is not an https address")]
    Address(String),
    #[error("{path} is not a valid list of certificate authorities: {cause}")]
    Roots { path: String, cause: String },
    #[error("{host} cannot be reached: {cause}")]
    Connect { host: String, cause: io::Error },
    #[error("the proxy {proxy} does not connect to {host}: {why}")]
    Proxy {
        proxy: String,
        host: String,
        why: String,
    },
    #[error("the certificate of {host} is not trusted: {cause}")]
    Trust { host: String, cause: io::Error },
    #[error("{host} is an address of a private network")]
    Private { host: String },
    #[error("{host} does not respond")]
    Silent { host: String },
    #[error("the connection to {host} was lost: {cause}")]
    Broken { host: String, cause: hyper::Error },
}

impl ClientError {
    /// The server speaks TLS, and its certificate is not one to trust.
    pub fn is_about_the_certificate(&self) -> bool {
        let Self::Trust { cause, .. } = self else {
            return false;
        };
        let inner = cause.get_ref().and_then(|inner| inner.downcast_ref());
        matches!(inner, Some(rustls::Error::InvalidCertificate(_)))
    }
}
