//! Templates.

use super::route::Access::Session;
use super::route::AnswerKind::{Created, Json, NoContent};
use super::route::{Route, route};
use crate::domain::templates::{
    ImportRequest, SaveTemplate, SavedTemplate, TemplateList, TemplatePatch,
};
use crate::http::api::templates;
use crate::http::openapi::shape;
use crate::http::preview::DRY_RUN;
use crate::model::spec::ContainerSpec;
use crate::model::template::{Answers, Imported, TemplateDetail};

pub(super) const TEMPLATES: &[Route] = &[
    route("GET", "/api/templates", Session, |c| Box::pin(templates::list(c)), Json(shape::<TemplateList>), "List your templates and the built-in library, each with whether it fits this host.").query(templates::LIST),
    route("POST", "/api/templates", Session, |c| Box::pin(templates::save(c)), Created(shape::<SavedTemplate>), "Save a template from a configuration or from a container. With dry_run=true get what would be saved.").query(DRY_RUN).body(shape::<SaveTemplate>),
    route("POST", "/api/templates/import", Session, |c| Box::pin(templates::import(c)), Json(shape::<Imported>), "Import a Portainer template file, a DockerMate export or docker run commands. With dry_run=true get a preview.").query(DRY_RUN).body(shape::<ImportRequest>),
    route("GET", "/api/templates/{id}", Session, |c| Box::pin(templates::get(c)), Json(shape::<TemplateDetail>), "Get one template with its questions; with format=export as a document for another host, without passwords.").query(templates::GET),
    route("PUT", "/api/templates/{id}", Session, |c| Box::pin(templates::update(c)), Json(shape::<TemplateDetail>), "Change one of your templates. Fields that are left out keep their values. With dry_run=true get what would change.").query(DRY_RUN).body(shape::<TemplatePatch>),
    route("DELETE", "/api/templates/{id}", Session, |c| Box::pin(templates::delete(c)), NoContent, "Delete one of your templates. Containers created from it are kept. With dry_run=true get the plan.").query(DRY_RUN),
    route("POST", "/api/templates/{id}/render", Session, |c| Box::pin(templates::render(c)), Json(shape::<ContainerSpec>), "Get the configuration that these answers give. Nothing is created.").body(shape::<Answers>),
];
