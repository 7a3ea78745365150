//! Images: the list, one, what can be done with them, what one proposes for a
//! container, and the build cache.

use super::route::Access::Session;
use super::route::AnswerKind::{Download, Json, Operation};
use super::route::{Route, route};
use crate::domain::creation::ImageProposals;
use crate::domain::images::{CachePrune, ImageBulkRequest, ImageList, PruneRequest, TagRequest};
use crate::http::api::{image_archives, images};
use crate::http::openapi::shape;
use crate::model::build_cache::BuildCache;
use crate::model::command::Commands;
use crate::model::image::{ImageDetail, ImageSharing, PrunePreview};

const TAR: &str = "application/x-tar";

pub(super) const IMAGES: &[Route] = &[
    route("list_images", "GET", "/api/images", Session, |c| Box::pin(images::list(c)), Json(shape::<ImageList>), "List images with who uses them, filtered and sorted.").errors(&[503]).query(images::LIST),
    route("get_image", "GET", "/api/images/{id}", Session, |c| Box::pin(images::get(c)), Json(shape::<ImageDetail>), "Get one image by ID, ID prefix, tag or digest: its configuration, history and users.").errors(&[503]),
    route("remove_image", "DELETE", "/api/images/{id}", Session, |c| Box::pin(images::remove(c)), Operation, "Remove an image with all its tags, or one of its tags. An image that a container uses is not removed.").errors(&[503, 507]).query(images::REMOVE),
    route("tag_image", "POST", "/api/images/{id}/tag", Session, |c| Box::pin(images::tag(c)), Operation, "Give an image another name.").errors(&[503, 507]).query(images::TAG).body(shape::<TagRequest>),
    route("get_image_commands", "GET", "/api/images/{id}/commands", Session, |c| Box::pin(images::commands(c)), Json(shape::<Commands>), "Get the commands for an action on an image in three modes.").errors(&[503]).query(images::COMMANDS),
    route("act_on_images", "POST", "/api/images/bulk", Session, |c| Box::pin(images::bulk(c)), Operation, "Remove several images, with a result for each.").errors(&[404, 503, 507]).query(images::BULK).body(shape::<ImageBulkRequest>),
    route("get_image_sharing", "GET", "/api/images/sharing", Session, |c| Box::pin(images::sharing(c)), Json(shape::<ImageSharing>), "Get how much of each image other images have too. The engine is asked about each image once.").errors(&[503]),
    route("get_image_proposals", "GET", "/api/images/proposals", Session, |c| Box::pin(images::proposals(c)), Json(shape::<ImageProposals>), "Get what an image on this host proposes for a container: the ports it exposes, the folders it keeps data in, and its variables.").errors(&[503]).query(images::PROPOSALS),
    route("pull_image", "POST", "/api/images/pull", Session, |c| Box::pin(images::pull(c)), Operation, "Pull an image from its registry.").errors(&[502, 503, 507]).query(images::PULL),
    route("preview_image_prune", "GET", "/api/images/prune", Session, |c| Box::pin(images::preview_prune(c)), Json(shape::<PrunePreview>), "Get which unused images a prune would remove, which stay and why, and what it frees.").errors(&[503]).query(images::PREVIEW_PRUNE),
    route("prune_images", "POST", "/api/images/prune", Session, |c| Box::pin(images::prune(c)), Operation, "Remove images that no container uses: those without a tag, or all. What a saved configuration or an interrupted operation needs is kept.").errors(&[503, 507]).query(images::PRUNE).optional_body(shape::<PruneRequest>),
    route("save_images", "GET", "/api/images/archive", Session, |c| Box::pin(image_archives::save(c)), Download(TAR), "Download images as one tar archive.").errors(&[404, 503]).query(image_archives::SAVE),
    route("load_images", "POST", "/api/images/load", Session, |c| Box::pin(image_archives::load(c)), Operation, "Load images from a tar archive, which is the body of the request. It is passed on to the engine as it comes, however large it is.").errors(&[503, 507]).query(image_archives::LOAD).upload(TAR),
    route("get_build_cache", "GET", "/api/build-cache", Session, |c| Box::pin(images::build_cache(c)), Json(shape::<BuildCache>), "Get the build cache of the engine. An engine without one says so.").errors(&[503]),
    route("prune_build_cache", "POST", "/api/build-cache/prune", Session, |c| Box::pin(images::prune_cache(c)), Operation, "Remove build cache that no build uses.").errors(&[503, 507]).query(images::PRUNE).optional_body(shape::<CachePrune>),
];
