//! Updates of the images of containers.

use super::route::Access::Session;
use super::route::AnswerKind::{Json, Operation};
use super::route::{Route, route};
use crate::domain::updates::{
    AvailableUpdates, UpdateAllRequest, UpdateOverview, UpdateRequest, UpdateReview,
};
use crate::http::api::updates;
use crate::http::openapi::shape;
use crate::model::update_history::UpdateHistory;
use crate::model::update_policy::{EffectivePolicy, UpdateRules};

pub(super) const UPDATES: &[Route] = &[
    route("list_updates", "GET", "/api/updates", Session, |c| Box::pin(updates::list(c)), Json(shape::<UpdateOverview>), "List which containers have newer images, when registries were asked last, and what they said of their limits.").errors(&[503]),
    route("check_updates", "POST", "/api/updates/check", Session, |c| Box::pin(updates::check(c)), Operation, "Ask the registries for newer images, of all containers or of one. Nothing is pulled or changed.").errors(&[404, 502, 503, 507]).query(updates::CHECK),
    route("review_update", "GET", "/api/updates/review/{container}", Session, |c| Box::pin(updates::review(c)), Json(shape::<UpdateReview>), "Compare the image of a container with a newer one before it is pulled: dates, versions, layers, and the differences of their configurations.").errors(&[409, 502, 503]).query(updates::REVIEW),
    route("available_updates", "GET", "/api/updates/available", Session, |c| Box::pin(updates::available(c)), Json(shape::<AvailableUpdates>), "List the containers that have a newer image of their tag, or a tag with a newer version.").errors(&[503]),
    route("apply_update", "POST", "/api/updates/apply", Session, |c| Box::pin(updates::apply(c)), Operation, "Update a container: save its configuration, pull the image, replace the container, watch the new one, and roll back when it does not work.").errors(&[404, 502, 503, 507]).query(updates::APPLY).body(shape::<UpdateRequest>),
    route("apply_all_updates", "POST", "/api/updates/apply-all", Session, |c| Box::pin(updates::apply_all(c)), Operation, "Update every container whose tag is a newer image now, one after another: development first, production never.").errors(&[404, 503]).query(updates::APPLY_ALL).optional_body(shape::<UpdateAllRequest>),
    route("update_policy", "GET", "/api/updates/policy/{container}", Session, |c| Box::pin(updates::policy(c)), Json(shape::<EffectivePolicy>), "Read which update policy applies to a container, and what decided it.").errors(&[503]),
    route("set_update_policy", "PUT", "/api/updates/policy/{container}", Session, |c| Box::pin(updates::set_policy(c)), Json(shape::<EffectivePolicy>), "Choose how a container is updated: by itself, by hand, or not at all, and how far.").errors(&[503, 507]).query(updates::POLICY).body(shape::<UpdateRules>),
    route("update_history", "GET", "/api/updates/history", Session, |c| Box::pin(updates::history(c)), Json(shape::<UpdateHistory>), "List updates that were made or tried, newest first.").query(updates::HISTORY),
    route("rollback_update", "POST", "/api/updates/rollback/{id}", Session, |c| Box::pin(updates::rollback(c)), Operation, "Take an update back: the container becomes what was saved before it, from the image that it had.").errors(&[404, 502, 503, 507]).query(updates::APPLY),
];
