//! Operations.

use super::route::Access::Session;
use super::route::AnswerKind::Json;
use super::route::{Route, route};
use crate::http::api::operations::{self, OperationList};
use crate::http::openapi::shape;
use crate::http::preview::DRY_RUN;
use crate::model::operation::Operation;

pub(super) const OPERATIONS: &[Route] = &[
    route(
        "GET",
        "/api/operations",
        Session,
        |c| Box::pin(operations::list(c)),
        Json(shape::<OperationList>),
        "List operations, newest first.",
    )
    .query(&["limit"]),
    route(
        "GET",
        "/api/operations/{id}",
        Session,
        |c| Box::pin(operations::get(c)),
        Json(shape::<Operation>),
        "Get one operation.",
    ),
    route(
        "DELETE",
        "/api/operations/{id}",
        Session,
        |c| Box::pin(operations::cancel(c)),
        Json(shape::<Operation>),
        "Cancel a running operation. Changes made so far are rolled back.",
    )
    .query(DRY_RUN),
    route(
        "POST",
        "/api/operations/{id}/discard",
        Session,
        |c| Box::pin(operations::discard(c)),
        Json(shape::<Operation>),
        "Discard an interrupted operation that cannot be recovered. Its containers stay as they are.",
    )
    .query(DRY_RUN),
];
