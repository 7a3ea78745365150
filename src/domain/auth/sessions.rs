//! Sessions: what a login gives, how a request is recognised by it, how it ends.
//!
//! Tokens are 256 random bits; only their SHA-256 is stored. A session is
//! looked up at every request, so that revoking one takes effect at once, and
//! its last use is written at most every quarter of an hour, so that reading
//! pages does not wear the card.
//!
//! Invariant: a browser's session needs more than its cookie. Cookies belong to
//! a host and not to a port (RFC 6265, 8.5), so every program on another port of
//! this host receives ours. The page key does not leave the origin: pages keep it
//! in their own storage and send it as a header.

use super::{Auth, random};
use crate::domain::security::Client;
use crate::error::{Error, Result};
use crate::host::clock;
use crate::model::hex;
use crate::model::security::SessionView;
use crate::model::timestamp::Timestamp;
use crate::store::{SessionBinding, SessionRecord};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use std::time::Duration;
use tokio::sync::watch;
use utoipa::ToSchema;

/// How exact `last_accessed` is.
const TOUCH_EVERY: Duration = Duration::from_mins(15);

/// A valid session, as a request sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    pub id: String,
    pub expires_at: Timestamp,
    pub remember: bool,
    /// The password was reset: nothing but changing it is allowed.
    pub force_password_change: bool,
    binding: SessionBinding,
    key: String,
}

impl Session {
    /// Whether it belongs to a browser, and so needs its page key.
    pub fn is_browsers(&self) -> bool {
        matches!(self.binding, SessionBinding::Browser { .. })
    }

    /// Whether this is the key that the login gave with the cookie.
    pub fn has_page_key(&self, page_key: &str) -> bool {
        match &self.binding {
            SessionBinding::Browser { page_key_hash } => token_hash(page_key) == *page_key_hash,
            SessionBinding::Script => false,
        }
    }

    /// Names the session, for what is kept of it in memory.
    pub(super) fn key(&self) -> &str {
        &self.key
    }
}

/// What a login gives. The secrets are shown this once.
#[derive(Debug, Clone, Serialize, PartialEq, Eq, ToSchema)]
pub struct LoginResult {
    /// Only for scripts, which send it as `Authorization: Bearer` or as the
    /// cookie `session`. A browser has it in the cookie `__Host-dockermate` alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session_token: Option<String>,
    /// Only for browsers, whose pages send it as the header `X-DockerMate-Key`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page_key: Option<String>,
    /// The token, for the cookie.
    #[serde(skip)]
    pub cookie: String,
    pub expires_at: Timestamp,
    pub remember: bool,
    pub force_password_change: bool,
}

impl Auth {
    /// The session that a token names, if it is still good.
    pub async fn session(&self, token: &str) -> Result<Option<Session>> {
        let key = token_hash(token);
        let Some(record) = self.record(&key)? else {
            return Ok(None);
        };
        let now = Timestamp::now();
        let Some(binding) = record.bound_to.filter(|_| record.expires_at > now) else {
            return Ok(None);
        };
        // A clock that jumped back must not look like a session from the future.
        let seen = record.last_accessed;
        if (seen.plus(TOUCH_EVERY) <= now || seen > now)
            && let Err(error) = self.store.touch_session(key.clone(), now).await
        {
            // A full disk must not lock the owner out of the host that says so.
            tracing::warn!(%error, "the last use of the session could not be stored");
        }
        let force = self
            .store
            .user()?
            .is_some_and(|user| user.force_password_change);
        Ok(Some(Session {
            id: record.id,
            expires_at: record.expires_at,
            remember: record.remember,
            force_password_change: force,
            binding,
            key,
        }))
    }

    /// Whether a session that was good still is: asked by what stays open.
    pub fn is_live(&self, session: &Session) -> bool {
        match self.record(&session.key) {
            Ok(record) => record.is_some_and(|record| record.expires_at > Timestamp::now()),
            Err(_) => true,
        }
    }

    /// Changes whenever sessions were ended: what stays open asks again then.
    pub fn endings(&self) -> watch::Receiver<u64> {
        self.ended.subscribe()
    }

    pub(super) fn note_ended(&self) {
        self.ended.send_modify(|times| *times += 1);
    }

    /// The wall clock was set: what was counted from it moves along.
    pub async fn clock_moved(&self, by_ms: i64) {
        self.unstored().shift(by_ms, clock::built());
        if let Err(error) = self.store.shift_sessions(by_ms, clock::built()).await {
            tracing::warn!(%error, "sessions did not follow the clock");
        }
    }

    pub async fn logout(&self, session: &Session, client: &Client) -> Result<()> {
        self.remove(session.key.clone()).await?;
        self.log.add(client, "logout", true, "").await;
        self.note_ended();
        Ok(())
    }

    /// Live sessions, the most recently used first.
    pub fn sessions(&self, current: &Session) -> Result<Vec<SessionView>> {
        let now = Timestamp::now();
        let mut views: Vec<SessionView> = self
            .records()?
            .into_iter()
            .filter(|(_, record)| record.expires_at > now && record.bound_to.is_some())
            .map(|(_, record)| SessionView {
                current: record.id == current.id,
                id: record.id,
                created_at: record.created_at,
                expires_at: record.expires_at,
                last_accessed: record.last_accessed,
                ip_address: record.ip_address,
                user_agent: record.user_agent,
                remember: record.remember,
            })
            .collect();
        views.sort_by_key(|view| std::cmp::Reverse(view.last_accessed));
        Ok(views)
    }

    pub async fn revoke(&self, id: &str, client: &Client) -> Result<()> {
        let found = self
            .records()?
            .into_iter()
            .find(|(_, record)| record.id == id);
        let Some((key, record)) = found else {
            return Err(Error::not_found(
                "There is no such session; it may have ended already.",
            ));
        };
        self.remove(key).await?;
        self.log
            .add(
                client,
                "session_revoked",
                true,
                &format!("of {}", record.ip_address),
            )
            .await;
        self.note_ended();
        Ok(())
    }

    pub(super) fn new_session(
        &self,
        client: &Client,
        remember: bool,
        force_password_change: bool,
    ) -> Result<(LoginResult, String, SessionRecord)> {
        let token = URL_SAFE_NO_PAD.encode(random::<32>()?);
        let page_key = if client.is_browser {
            Some(URL_SAFE_NO_PAD.encode(random::<32>()?))
        } else {
            None
        };
        let now = Timestamp::now();
        let life = if remember {
            self.remember
        } else {
            self.session
        };
        let record = SessionRecord {
            id: hex::encode(&random::<8>()?),
            created_at: now,
            expires_at: now.plus(life),
            last_accessed: now,
            user_agent: client.user_agent.clone(),
            ip_address: client.ip.to_string(),
            remember,
            bound_to: Some(match &page_key {
                Some(page_key) => SessionBinding::Browser {
                    page_key_hash: token_hash(page_key),
                },
                None => SessionBinding::Script,
            }),
        };
        let result = LoginResult {
            session_token: page_key.is_none().then(|| token.clone()),
            page_key,
            cookie: token.clone(),
            expires_at: record.expires_at,
            remember,
            force_password_change,
        };
        Ok((result, token_hash(&token), record))
    }
}

pub(super) fn token_hash(token: &str) -> String {
    hex::encode(&Sha256::digest(token.as_bytes()))
}
