//! Compose files and stacks.

use super::route::Access::Session;
use super::route::AnswerKind::Json;
use super::route::{Route, route};
use crate::domain::compose::{ComposeValidation, ValidateRequest};
use crate::http::api::compose;
use crate::http::openapi::shape;

pub(super) const COMPOSE: &[Route] = &[
    route("validate_compose", "POST", "/api/stacks/validate", Session, |c| Box::pin(compose::validate(c)), Json(shape::<ComposeValidation>), "Check a Compose file, or several with their environment files, and get the model that they mean. Nothing is stored or deployed.").body(shape::<ValidateRequest>),
];
