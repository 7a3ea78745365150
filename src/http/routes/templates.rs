//! Templates.

use super::route::Access::Session;
use super::route::AnswerKind::{Created, Either, Json, NoContent};
use super::route::{Route, route};
use crate::domain::templates::{
    ImportRequest, SaveTemplate, SavedTemplate, TemplateList, TemplatePatch,
};
use crate::http::api::templates;
use crate::http::openapi::shape;
use crate::http::preview::DRY_RUN;
use crate::model::spec::ContainerSpec;
use crate::model::template::{Answers, Imported, TemplateDetail, TemplateFile};

pub(super) const TEMPLATES: &[Route] = &[
    route("list_templates", "GET", "/api/templates", Session, |c| Box::pin(templates::list(c)), Json(shape::<TemplateList>), "List your templates and the built-in library, each with whether it fits this host.").query(templates::LIST),
    route("create_template", "POST", "/api/templates", Session, |c| Box::pin(templates::save(c)), Created(shape::<SavedTemplate>), "Save a template from a configuration or from a container. With dry_run=true get what would be saved.").errors(&[404, 503, 507]).query(&[DRY_RUN]).body(shape::<SaveTemplate>),
    route("import_templates", "POST", "/api/templates/import", Session, |c| Box::pin(templates::import(c)), Json(shape::<Imported>), "Import a Portainer template file, a DockerMate export or docker run commands. With dry_run=true get a preview.").errors(&[507]).query(&[templates::PREVIEW]).body(shape::<ImportRequest>),
    route("get_template", "GET", "/api/templates/{id}", Session, |c| Box::pin(templates::get(c)), Either(shape::<TemplateDetail>, shape::<TemplateFile>), "Get one template with its questions; with format=export as a document for another host, without passwords.").query(&[templates::FORMAT]),
    route("update_template", "PUT", "/api/templates/{id}", Session, |c| Box::pin(templates::update(c)), Json(shape::<TemplateDetail>), "Change one of your templates. Fields that are left out keep their values. With dry_run=true get what would change.").errors(&[507]).query(&[DRY_RUN]).body(shape::<TemplatePatch>),
    route("delete_template", "DELETE", "/api/templates/{id}", Session, |c| Box::pin(templates::delete(c)), NoContent, "Delete one of your templates. Containers created from it are kept. With dry_run=true get the plan.").errors(&[507]).query(&[DRY_RUN]),
    route("render_template", "POST", "/api/templates/{id}/render", Session, |c| Box::pin(templates::render(c)), Json(shape::<ContainerSpec>), "Get the configuration that these answers give. Nothing is created.").optional_body(shape::<Answers>),
];
