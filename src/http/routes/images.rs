//! Images: what one proposes for a container, and pulling it.

use super::route::Access::Session;
use super::route::AnswerKind::{Json, Operation};
use super::route::{Route, route};
use crate::domain::creation::ImageProposals;
use crate::http::api::images;
use crate::http::openapi::shape;

pub(super) const IMAGES: &[Route] = &[
    route("get_image_proposals", "GET", "/api/images/proposals", Session, |c| Box::pin(images::proposals(c)), Json(shape::<ImageProposals>), "Get what an image on this host proposes for a container: the ports it exposes, the folders it keeps data in, and its variables.").errors(&[503]).query(images::PROPOSALS),
    route("pull_image", "POST", "/api/images/pull", Session, |c| Box::pin(images::pull(c)), Operation, "Pull an image from its registry.").errors(&[502, 503, 507]).query(images::PULL),
];
