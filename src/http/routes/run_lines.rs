//! Run commands: from a pasted command to a configuration, and back.

use super::route::Access::Session;
use super::route::AnswerKind::Json;
use super::route::{Route, route};
use crate::domain::run_line::{Conversion, RunText};
use crate::http::api::run_lines::{self, SpecText};
use crate::http::openapi::shape;
use crate::model::command::Commands;

pub(super) const RUN_LINES: &[Route] = &[
    route("convert_run_to_spec", "POST", "/api/convert/run-to-spec", Session, |c| Box::pin(run_lines::run_to_spec(c)), Json(shape::<Conversion>), "Convert pasted `docker run` commands to container configurations, with a remark wherever attention is needed. Nothing is run.").body(shape::<RunText>),
    route("convert_spec_to_run", "POST", "/api/convert/spec-to-run", Session, |c| Box::pin(run_lines::spec_to_run(c)), Json(shape::<Commands>), "Convert a container configuration to the command that creates it, in three modes.").body(shape::<SpecText>),
];
