//! Logging in, sessions and the security log.

use super::route::Access::{Account, Entry, Session};
use super::route::AnswerKind::{Json, NoContent};
use super::route::{Route, route};
use crate::domain::auth::{LoginResult, Strength, TicketView};
use crate::http::api::auth;
use crate::http::openapi::shape;
use crate::http::preview::DRY_RUN;

pub(super) const AUTH: &[Route] = &[
    route(
        "log_in",
        "POST",
        "/api/auth/login",
        Entry,
        |c| Box::pin(auth::login(c)),
        Json(shape::<LoginResult>),
        "Log in with the password. A browser gets its token as a cookie and a page key; a script gets the token.",
    ).errors(&[401, 429, 507])
    .body(shape::<auth::LoginRequest>),
    route(
        "log_out",
        "POST",
        "/api/auth/logout",
        Account,
        |c| Box::pin(auth::logout(c)),
        NoContent,
        "End this session.",
    ).errors(&[507]),
    route(
        "create_ticket",
        "POST",
        "/api/auth/ticket",
        Account,
        |c| Box::pin(auth::ticket(c)),
        Json(shape::<TicketView>),
        "Get a ticket for one GET request that cannot carry the page key: a WebSocket or a download.",
    ),
    route(
        "get_session",
        "GET",
        "/api/auth/session",
        Account,
        |c| Box::pin(auth::session(c)),
        Json(shape::<auth::SessionState>),
        "Get the state of this session and when it expires.",
    ),
    route(
        "change_password",
        "POST",
        "/api/auth/change-password",
        Account,
        |c| Box::pin(auth::change_password(c)),
        Json(shape::<LoginResult>),
        "Change the password. Every session ends; the answer carries a new one.",
    ).errors(&[429, 507])
    .query(&[DRY_RUN])
    .body(shape::<auth::ChangePassword>),
    route(
        "check_password",
        "POST",
        "/api/auth/password-strength",
        Account,
        |c| Box::pin(auth::password_strength(c)),
        Json(shape::<Strength>),
        "Check a new password against every rule. Nothing is stored.",
    )
    .body(shape::<auth::PasswordRequest>),
    route(
        "list_sessions",
        "GET",
        "/api/auth/sessions",
        Account,
        |c| Box::pin(auth::sessions(c)),
        Json(shape::<auth::SessionList>),
        "List the active sessions.",
    ),
    route(
        "end_session",
        "DELETE",
        "/api/auth/sessions/{id}",
        Account,
        |c| Box::pin(auth::revoke(c)),
        NoContent,
        "End a session.",
    ).errors(&[507])
    .query(&[DRY_RUN]),
    route(
        "list_security_events",
        "GET",
        "/api/security/events",
        Session,
        |c| Box::pin(auth::security_events(c)),
        Json(shape::<auth::SecurityEventList>),
        "List the security log, newest first.",
    )
    .query(&[auth::EVENTS_LIMIT]),
];
