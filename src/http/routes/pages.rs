//! The pages of the web interface. They are not part of the API description.

use super::route::Access::{Account, Entry, Public, Session, SetupOnly};
use super::route::AnswerKind::Page;
use super::route::page;
use super::route::{Route, route};
use crate::http::{api::system, pages};

pub(super) const PAGES: &[Route] = &[
    page("/", Session, |c| Box::pin(pages::dashboard(c))),
    page("/containers", Session, |c| Box::pin(pages::containers(c))),
    page("/containers/new", Session, |c| Box::pin(pages::create(c))),
    page("/containers/{id}/edit", Session, |c| {
        Box::pin(pages::edit(c))
    }),
    page("/containers/{id}", Session, |c| {
        Box::pin(pages::container(c))
    }),
    page("/templates", Session, |c| Box::pin(pages::templates(c))),
    page("/operations", Session, |c| Box::pin(pages::operations(c))),
    page("/settings", Account, |c| Box::pin(pages::settings(c))),
    page("/setup", SetupOnly, |c| Box::pin(pages::setup(c))),
    route(
        "POST",
        "/setup",
        SetupOnly,
        |c| Box::pin(pages::setup_post(c)),
        Page,
        "",
    ),
    page("/login", Entry, |c| Box::pin(pages::login(c))),
    route(
        "POST",
        "/login",
        Entry,
        |c| Box::pin(pages::login_post(c)),
        Page,
        "",
    ),
    page("/favicon.ico", Public, |c| Box::pin(system::favicon(c))),
];
