//! Login, sessions, the password, the security log.

use crate::domain::auth::{LoginResult, Strength, TicketView, strength};
use crate::error::Result;
use crate::http::call::Call;
use crate::http::cookie;
use crate::http::preview::{self, preview};
use crate::http::query::{Parameter, number};
use crate::http::reply::{self, Reply};
use crate::model::security::{SecurityEvent, SessionView};
use crate::model::timestamp::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub const EVENTS_LIMIT: Parameter = number("limit", (1, 1000), 100, "The most entries to list.");

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LoginRequest {
    pub password: String,
    /// 7 days instead of 8 hours.
    #[serde(default)]
    pub remember: bool,
    /// Accepted for password managers; there is one user.
    #[serde(default)]
    #[expect(dead_code, reason = "there is one user, whatever it is called")]
    pub username: Option<String>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasswordRequest {
    pub password: String,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangePassword {
    pub current_password: String,
    pub new_password: String,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct SessionState {
    pub authenticated: bool,
    pub expires_at: Timestamp,
    pub remember: bool,
    pub force_password_change: bool,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct SessionList {
    pub items: Vec<SessionView>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct SecurityEventList {
    pub items: Vec<SecurityEvent>,
}

fn with_cookie(call: &Call, login: &LoginResult) -> Result<Reply> {
    let mut reply = reply::json(login)?;
    give_cookies(call, login, &mut reply)?;
    Ok(reply)
}

/// The cookie of a session, and for a browser the one of its device.
pub fn give_cookies(call: &Call, login: &LoginResult, reply: &mut Reply) -> Result<()> {
    cookie::put(reply, cookie::set(&call.cookie_name, login));
    // Also after a change of the password, which makes the old one worthless.
    if call.client.is_browser {
        cookie::put(reply, cookie::set_device(call.context.auth.new_device()?));
    }
    Ok(())
}

pub async fn login(mut call: Call) -> Result<Reply> {
    let request: LoginRequest = call.json().await?;
    let login = call
        .context
        .auth
        .login(
            request.password,
            request.remember,
            &call.client,
            call.named_session.as_ref(),
        )
        .await?;
    with_cookie(&call, &login)
}

pub async fn logout(call: Call) -> Result<Reply> {
    call.context
        .auth
        .logout(call.session()?, &call.client)
        .await?;
    let mut reply = reply::no_content();
    cookie::put(&mut reply, cookie::clear(&call.cookie_name));
    Ok(reply)
}

pub async fn ticket(call: Call) -> Result<Reply> {
    let ticket: TicketView = call.context.auth.issue_ticket(call.session()?)?;
    reply::json(&ticket)
}

pub async fn session(call: Call) -> Result<Reply> {
    let session = call.session()?;
    reply::json(&SessionState {
        authenticated: true,
        expires_at: session.expires_at,
        remember: session.remember,
        force_password_change: session.force_password_change,
    })
}

pub async fn change_password(mut call: Call) -> Result<Reply> {
    let dry_run = preview::wanted(&call);
    let request: ChangePassword = call.json().await?;
    if dry_run {
        let (old, new) = (&request.current_password, &request.new_password);
        let (auth, session) = (&call.context.auth, call.session()?);
        let plan = auth.plan_change_password(session, old, new, &call.client);
        return preview::secret(&plan.await?);
    }
    let login = call
        .context
        .auth
        .change_password(
            call.session()?,
            request.current_password,
            request.new_password,
            &call.client,
        )
        .await?;
    with_cookie(&call, &login)
}

pub async fn sessions(call: Call) -> Result<Reply> {
    let items = call.context.auth.sessions(call.session()?)?;
    reply::json(&SessionList { items })
}

pub async fn revoke(call: Call) -> Result<Reply> {
    let id = call.param("id")?;
    if preview::wanted(&call) {
        let plan = call.context.auth.plan_revoke(call.session()?, id)?;
        return preview(&call, plan, None);
    }
    call.context.auth.revoke(id, &call.client).await?;
    let mut reply = reply::no_content();
    if call.session()?.id == id {
        cookie::put(&mut reply, cookie::clear(&call.cookie_name));
    }
    Ok(reply)
}

pub async fn password_strength(mut call: Call) -> Result<Reply> {
    let request: PasswordRequest = call.json().await?;
    let found: Strength = strength(&request.password);
    reply::json(&found)
}

pub async fn security_events(call: Call) -> Result<Reply> {
    let most = call.query.number(&EVENTS_LIMIT);
    let items = call.context.security.list(most)?;
    reply::json(&SecurityEventList { items })
}
