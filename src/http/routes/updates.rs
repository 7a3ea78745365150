//! Updates of the images of containers.

use super::route::Access::Session;
use super::route::AnswerKind::{Json, Operation};
use super::route::{Route, route};
use crate::domain::updates::{UpdateOverview, UpdateReview};
use crate::http::api::updates;
use crate::http::openapi::shape;

pub(super) const UPDATES: &[Route] = &[
    route("list_updates", "GET", "/api/updates", Session, |c| Box::pin(updates::list(c)), Json(shape::<UpdateOverview>), "List which containers have newer images, when registries were asked last, and what they said of their limits.").errors(&[503]),
    route("check_updates", "POST", "/api/updates/check", Session, |c| Box::pin(updates::check(c)), Operation, "Ask the registries for newer images, of all containers or of one. Nothing is pulled or changed.").errors(&[404, 502, 503, 507]).query(updates::CHECK),
    route("review_update", "GET", "/api/updates/{container}/review", Session, |c| Box::pin(updates::review(c)), Json(shape::<UpdateReview>), "Compare the image of a container with a newer one before it is pulled: dates, versions, layers, and the differences of their configurations.").errors(&[409, 502, 503]).query(updates::REVIEW),
];
