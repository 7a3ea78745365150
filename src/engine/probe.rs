//! What trying an address gave, for `dockermate doctor`.

/// What one address gave, for `dockermate doctor`.
#[derive(Debug, Clone)]
pub struct Probe {
    /// `unix:///var/run/docker.sock`.
    pub endpoint: String,
    /// Whether the socket's path exists; `None` for TCP or when it cannot be told.
    pub exists: Option<bool>,
    /// Whether this process may open it; `None` as above.
    pub permitted: Option<bool>,
    /// The engine, or a sentence with the way out.
    pub answer: Result<ProbeAnswer, String>,
}

/// An engine that answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProbeAnswer {
    pub product: String,
    pub version: String,
    /// The version that would be spoken.
    pub api_version: String,
    pub max_api_version: String,
    /// The engine's own warnings.
    pub warnings: Vec<String>,
    /// A sentence for each request that it needs to allow and does not.
    pub refused: Vec<String>,
}
