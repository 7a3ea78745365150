//! Registries and the logins at them.

use super::route::Access::Session;
use super::route::AnswerKind::{Json, NoContent};
use super::route::{Route, route};
use crate::domain::registries::{
    LoginTestRequest, LoginTestResult, RegistryList, RegistryLoginRequest, RegistryView,
};
use crate::http::api::registries;
use crate::http::openapi::shape;
use crate::http::preview::DRY_RUN;

pub(super) const REGISTRIES: &[Route] = &[
    route("list_registries", "GET", "/api/registries", Session, |c| Box::pin(registries::list(c)), Json(shape::<RegistryList>), "List the registries that images come from or that have a login, where each login is, and what they said of their limits. No secret is shown."),
    route("set_registry_login", "PUT", "/api/registries/{registry}/login", Session, |c| Box::pin(registries::put(c)), Json(shape::<RegistryView>), "Store a user name and a password or token for a registry, encrypted. It comes before a login of docker login.").errors(&[404, 409, 507]).query(&[DRY_RUN]).body(shape::<RegistryLoginRequest>),
    route("delete_registry_login", "DELETE", "/api/registries/{registry}/login", Session, |c| Box::pin(registries::delete(c)), NoContent, "Delete the login that is stored for a registry. Those of docker login stay.").errors(&[507]).query(&[DRY_RUN]),
    route("test_registry_login", "POST", "/api/registries/{registry}/login/test", Session, |c| Box::pin(registries::test(c)), Json(shape::<LoginTestResult>), "Ask a registry whether it accepts the login in the body, or without one the login that is used for it now. Nothing is stored.").errors(&[404]).optional_body(shape::<LoginTestRequest>),
];
