//! Sessions: what a login gives, how a request is recognised by it, how it ends.
//!
//! Tokens are 256 random bits; only their SHA-256 is stored. A session is
//! looked up at every request, so that revoking one takes effect at once, and
//! its last use is written at most every quarter of an hour, so that reading
//! pages does not wear the card.

use super::{Auth, random};
use crate::domain::security::Client;
use crate::error::{Error, Result};
use crate::host::clock;
use crate::model::hex;
use crate::model::security::SessionView;
use crate::model::timestamp::Timestamp;
use crate::store::SessionRecord;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use std::time::Duration;
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
    key: String,
}

/// What a login gives. The token is shown this once.
#[derive(Debug, Clone, Serialize, PartialEq, Eq, ToSchema)]
pub struct LoginResult {
    /// 256 bits, base64url. Also set as the cookie `session`.
    pub session_token: String,
    pub expires_at: Timestamp,
    pub remember: bool,
    pub force_password_change: bool,
}

impl Auth {
    /// The session that a token names, if it is still good.
    pub async fn session(&self, token: &str) -> Result<Option<Session>> {
        let key = token_hash(token);
        let Some(record) = self.store.session(&key)? else {
            return Ok(None);
        };
        let now = Timestamp::now();
        if record.expires_at <= now {
            return Ok(None);
        }
        // A clock that jumped back must not look like a session from the future.
        let seen = record.last_accessed;
        if (seen.plus(TOUCH_EVERY) <= now || seen > now)
            && let Err(error) = self.store.touch_session(key.clone(), now).await
        {
            // A full disk must not lock the owner out of the box that says so.
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
            key,
        }))
    }

    /// Whether a session that was good still is: asked by what stays open.
    pub fn is_live(&self, session: &Session) -> bool {
        match self.store.session(&session.key) {
            Ok(record) => record.is_some_and(|record| record.expires_at > Timestamp::now()),
            Err(_) => true,
        }
    }

    /// The wall clock was set: what was counted from it moves along.
    pub async fn clock_moved(&self, by_ms: i64) {
        if let Err(error) = self.store.shift_sessions(by_ms, clock::built()).await {
            tracing::warn!(%error, "sessions did not follow the clock");
        }
    }

    pub async fn logout(&self, session: &Session, client: &Client) -> Result<()> {
        self.store.remove_session(session.key.clone()).await?;
        self.log.add(client, "logout", true, "").await;
        Ok(())
    }

    /// Live sessions, the most recently used first.
    pub fn sessions(&self, current: &Session) -> Result<Vec<SessionView>> {
        let now = Timestamp::now();
        let mut views: Vec<SessionView> = self
            .store
            .sessions()?
            .into_iter()
            .filter(|(_, record)| record.expires_at > now)
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
            .store
            .sessions()?
            .into_iter()
            .find(|(_, record)| record.id == id);
        let Some((key, record)) = found else {
            return Err(Error::not_found(
                "There is no such session; it may have ended already.",
            ));
        };
        self.store.remove_session(key).await?;
        self.log
            .add(
                client,
                "session_revoked",
                true,
                &format!("of {}", record.ip_address),
            )
            .await;
        Ok(())
    }

    pub(super) fn new_session(
        &self,
        client: &Client,
        remember: bool,
        force_password_change: bool,
    ) -> Result<(LoginResult, String, SessionRecord)> {
        let token = URL_SAFE_NO_PAD.encode(random::<32>()?);
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
        };
        let result = LoginResult {
            session_token: token.clone(),
            expires_at: record.expires_at,
            remember,
            force_password_change,
        };
        Ok((result, token_hash(&token), record))
    }
}

fn token_hash(token: &str) -> String {
    hex::encode(&Sha256::digest(token.as_bytes()))
}
