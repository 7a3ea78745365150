//! The first start.

use super::route::Access::SetupOnly;
use super::route::AnswerKind::{Created, Json};
use super::route::{Route, route};
use crate::domain::auth::{LoginResult, Strength};
use crate::http::api::{auth, setup};
use crate::http::openapi::shape;

pub(super) const SETUP: &[Route] = &[
    route(
        "GET",
        "/api/setup",
        SetupOnly,
        |c| Box::pin(setup::get(c)),
        Json(shape::<setup::SetupInfo>),
        "Get everything the first-start wizard shows.",
    ),
    route(
        "POST",
        "/api/setup",
        SetupOnly,
        |c| Box::pin(setup::post(c)),
        Created(shape::<LoginResult>),
        "Complete the setup and log in. Only the password is required.",
    )
    .body(shape::<setup::SetupRequest>),
    route(
        "POST",
        "/api/setup/password",
        SetupOnly,
        |c| Box::pin(auth::password_strength(c)),
        Json(shape::<Strength>),
        "Check a password against every rule. Nothing is stored.",
    )
    .body(shape::<auth::PasswordRequest>),
];
