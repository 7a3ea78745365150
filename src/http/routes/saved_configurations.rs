//! Configurations that were saved before a change.

use super::route::Access::Session;
use super::route::AnswerKind::{Json, NoContent, Operation};
use super::route::{Route, route};
use crate::domain::saved_configurations::BackupDetail;
use crate::http::api::{backups, containers};
use crate::http::openapi::shape;
use crate::http::preview::DRY_RUN;

pub(super) const SAVED_CONFIGURATIONS: &[Route] = &[
    route("list_backups", "GET", "/api/backups", Session, |c| Box::pin(backups::list(c)), Json(shape::<backups::BackupList>), "List saved configurations, newest first; for one container by name.").query(backups::LIST),
    route("get_backup", "GET", "/api/backups/{id}", Session, |c| Box::pin(backups::get(c)), Json(shape::<BackupDetail>), "Get one saved configuration."),
    route("restore_backup", "POST", "/api/backups/{id}/restore", Session, |c| Box::pin(backups::restore(c)), Operation, "Create a container from a saved configuration. Its name must be free. Accept risks with acknowledge=limit,mounts.").errors(&[502, 503, 507]).query(containers::RESTORE),
    route("delete_backup", "DELETE", "/api/backups/{id}", Session, |c| Box::pin(backups::delete(c)), NoContent, "Delete a saved configuration.").errors(&[507]).query(&[DRY_RUN]),
];
