//! Configurations that were saved before a change.

use super::route::Access::Session;
use super::route::AnswerKind::{Json, NoContent, Operation};
use super::route::{Route, route};
use crate::domain::saved_configurations::BackupDetail;
use crate::http::api::backups;
use crate::http::openapi::shape;

pub(super) const SAVED_CONFIGURATIONS: &[Route] = &[
    route("GET", "/api/backups", Session, |c| Box::pin(backups::list(c)), Json(shape::<backups::BackupList>), "List saved configurations, newest first; for one container by name.").query(&["container"]),
    route("GET", "/api/backups/{id}", Session, |c| Box::pin(backups::get(c)), Json(shape::<BackupDetail>), "Get one saved configuration."),
    route("POST", "/api/backups/{id}/restore", Session, |c| Box::pin(backups::restore(c)), Operation, "Create a container from a saved configuration. Its name must be free. Accept risks with acknowledge=limit,mounts.").query(backups::RESTORE),
    route("DELETE", "/api/backups/{id}", Session, |c| Box::pin(backups::delete(c)), NoContent, "Delete a saved configuration.").query(&["dry_run"]),
];
