//! Sessions and the things worth remembering about who came in, or tried to.

use super::timestamp::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A session as its owner sees it; the token itself is never shown again.
#[derive(Debug, Clone, Serialize, PartialEq, Eq, ToSchema)]
pub struct SessionView {
    pub id: String,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
    /// To within a quarter of an hour, so that reading a page writes nothing.
    pub last_accessed: Timestamp,
    pub ip_address: String,
    pub user_agent: String,
    /// The one this request came with.
    pub current: bool,
    pub remember: bool,
}

/// A line of the security log.
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq, Eq, ToSchema)]
pub struct SecurityEvent {
    pub id: u64,
    /// `login`, `login_failed`, `login_blocked`, `logout`, `password_changed`,
    /// `password_reset`, `session_revoked`, `setup_completed`, `setup_refused`,
    /// `certificate_changed`, `certificate_failed`, `container.exec`,
    /// `container.terminal`, `container.terminal_closed`,
    /// `registry_login_saved`, `registry_login_removed`.
    pub event_type: String,
    pub ip_address: String,
    pub user_agent: String,
    pub success: bool,
    pub details: String,
    pub created_at: Timestamp,
}
