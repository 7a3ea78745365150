//! Compose files and stacks.

use super::route::Access::Session;
use super::route::AnswerKind::Json;
use super::route::{Route, route};
use crate::domain::compose::{ComposeValidation, ValidateRequest};
use crate::domain::convert::{ComposeInput, ComposeText, RunCommand, RunScript};
use crate::http::api::compose::{self, ContainerNames};
use crate::http::openapi::shape;

pub(super) const COMPOSE: &[Route] = &[
    route("validate_compose", "POST", "/api/stacks/validate", Session, |c| Box::pin(compose::validate(c)), Json(shape::<ComposeValidation>), "Check a Compose file, or several with their environment files, and get the model that they mean. Nothing is stored or deployed.").body(shape::<ValidateRequest>),
    route("convert_run_to_compose", "POST", "/api/convert/run-to-compose", Session, |c| Box::pin(compose::run_to_compose(c)), Json(shape::<ComposeText>), "Convert pasted `docker run` commands to a Compose file, with a warning for whatever it cannot say. Nothing is run.").body(shape::<RunCommand>),
    route("convert_compose_to_run", "POST", "/api/convert/compose-to-run", Session, |c| Box::pin(compose::compose_to_run(c)), Json(shape::<RunScript>), "Convert a Compose file to a script of `docker` commands, with a warning for whatever they do not do. Nothing is run.").body(shape::<ComposeInput>),
    route("convert_containers_to_compose", "POST", "/api/convert/containers-to-compose", Session, |c| Box::pin(compose::containers_to_compose(c)), Json(shape::<ComposeText>), "Convert containers to a Compose file: what was set for them, without what their images say.").errors(&[404, 503]).body(shape::<ContainerNames>),
];
