//! The first start.

use super::route::Access::SetupOnly;
use super::route::AnswerKind::{Created, Json};
use super::route::{Route, route};
use crate::domain::auth::{LoginResult, Strength};
use crate::http::api::{auth, setup};
use crate::http::openapi::shape;

pub(super) const SETUP: &[Route] = &[
    route(
        "get_setup",
        "GET",
        "/api/setup",
        SetupOnly,
        |c| Box::pin(setup::get(c)),
        Json(shape::<setup::SetupInfo>),
        "Get everything the first-start wizard shows.",
    ),
    route(
        "complete_setup",
        "POST",
        "/api/setup",
        SetupOnly,
        |c| Box::pin(setup::post(c)),
        Created(shape::<LoginResult>),
        "Complete the setup and log in. Only the password is required.",
    )
    .errors(&[403, 429, 507])
    .body(shape::<setup::SetupRequest>),
    route(
        "check_setup_password",
        "POST",
        "/api/setup/password",
        SetupOnly,
        |c| Box::pin(auth::password_strength(c)),
        Json(shape::<Strength>),
        "Check a password against every rule. Nothing is stored.",
    )
    .body(shape::<auth::PasswordRequest>),
];
