//! Environments and their rules.

use super::route::Access::Session;
use super::route::AnswerKind::{Created, Json, NoContent};
use super::route::{Route, route};
use crate::domain::environments::{EnvironmentOrder, EnvironmentPatch};
use crate::http::api::environments::{self, EnvironmentList};
use crate::http::openapi::shape;
use crate::http::preview::DRY_RUN;
use crate::model::environment::Environment;

pub(super) const ENVIRONMENTS: &[Route] = &[
    route("list_environments", "GET", "/api/environments", Session, |c| Box::pin(environments::list(c)), Json(shape::<EnvironmentList>), "List the environments and their rules in display order."),
    route("create_environment", "POST", "/api/environments", Session, |c| Box::pin(environments::post(c)), Created(shape::<Environment>), "Add an environment. Only its code is required.").errors(&[507]).query(&[DRY_RUN]).body(shape::<EnvironmentPatch>),
    route("order_environments", "PUT", "/api/environments/order", Session, |c| Box::pin(environments::order(c)), Json(shape::<EnvironmentList>), "Reorder the environments. Send every code once.").errors(&[507]).query(&[DRY_RUN]).body(shape::<EnvironmentOrder>),
    route("update_environment", "PUT", "/api/environments/{code}", Session, |c| Box::pin(environments::put(c)), Json(shape::<Environment>), "Change the name, color or rules of an environment. Fields that are left out keep their values.").errors(&[507]).query(&[DRY_RUN]).body(shape::<EnvironmentPatch>),
    route("delete_environment", "DELETE", "/api/environments/{code}", Session, |c| Box::pin(environments::delete(c)), NoContent, "Delete a custom environment. Its containers move to `move_to`; without it, the environment must be unused.").errors(&[503, 507]).query(environments::DELETE),
];
