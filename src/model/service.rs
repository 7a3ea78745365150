//! Where a person opens what a container serves.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// An address of a service, for a browser.
#[derive(Debug, Clone, Serialize, PartialEq, Eq, ToSchema)]
pub struct ServiceAddress {
    pub source: AddressSource,
    /// The whole address, where somebody has set it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// A port of this host. The host is what the caller reaches this host by, unless
    /// `host` says something else.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// The one address of this host at which the port is open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// Where on that port the page is, if not at its root.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    pub scheme: WebScheme,
    /// The scheme is what the port answered, not what its number suggests.
    pub checked: bool,
}

/// The machine whose ports the engine opens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EnginePlace {
    /// This one.
    Here,
    /// One of this name or address.
    Elsewhere(String),
    /// Its address says nothing to a browser: a socket proxy in a container, most likely.
    Unknown,
}

/// Who says so, in the order in which they count.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, PartialEq, Eq, PartialOrd, Ord, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AddressSource {
    /// The owner of this host.
    User,
    /// Labels of a dashboard (homepage, Unraid).
    Dashboard,
    /// Labels of a reverse proxy (Traefik, Caddy).
    Proxy,
    /// A published port, or one of a container in the host's network.
    Port,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize, PartialEq, Eq, PartialOrd, Ord, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum WebScheme {
    Http,
    Https,
}

impl WebScheme {
    pub fn name(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }
}
