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
        "list_operations",
        "GET",
        "/api/operations",
        Session,
        |c| Box::pin(operations::list(c)),
        Json(shape::<OperationList>),
        "List operations, newest first.",
    )
    .query(&[operations::LIMIT]),
    route(
        "get_operation",
        "GET",
        "/api/operations/{id}",
        Session,
        |c| Box::pin(operations::get(c)),
        Json(shape::<Operation>),
        "Get one operation.",
    ),
    route(
        "cancel_operation",
        "DELETE",
        "/api/operations/{id}",
        Session,
        |c| Box::pin(operations::cancel(c)),
        Json(shape::<Operation>),
        "Cancel a running operation. Changes made so far are rolled back.",
    )
    .query(&[DRY_RUN]),
    route(
        "discard_operation",
        "POST",
        "/api/operations/{id}/discard",
        Session,
        |c| Box::pin(operations::discard(c)),
        Json(shape::<Operation>),
        "Discard an interrupted operation that cannot be recovered. Its containers stay as they are.",
    ).errors(&[503, 507])
    .query(&[DRY_RUN]),
];
