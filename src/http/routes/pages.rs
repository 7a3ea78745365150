//! The pages of the web interface. They are not part of the API description.

use super::route::Access::{Account, Entry, Public, Session, SetupOnly};
use super::route::AnswerKind::Page;
use super::route::{Route, route};
use super::route::{live_page, page};
use crate::http::{api::system, pages};

pub(super) const PAGES: &[Route] = &[
    live_page("/", Session, ("dashboard", "Dashboard"), |c| {
        Box::pin(pages::dashboard(c))
    }),
    live_page("/containers", Session, ("containers", "Containers"), |c| {
        Box::pin(pages::containers(c))
    }),
    live_page(
        "/containers/new",
        Session,
        ("create", "New container"),
        |c| Box::pin(pages::create(c)),
    )
    .query(pages::NEW_CONTAINER),
    live_page("/containers/{id}/edit", Session, ("create", "Edit"), |c| {
        Box::pin(pages::edit(c))
    }),
    live_page(
        "/containers/{id}",
        Session,
        ("container", "Container"),
        |c| Box::pin(pages::container(c)),
    ),
    live_page("/images", Session, ("images", "Images"), |c| {
        Box::pin(pages::images(c))
    }),
    live_page("/networks", Session, ("networks", "Networks"), |c| {
        Box::pin(pages::networks(c))
    }),
    live_page("/networks/{id}", Session, ("network", "Network"), |c| {
        Box::pin(pages::network(c))
    }),
    live_page("/topology", Session, ("topology", "Topology"), |c| {
        Box::pin(pages::topology(c))
    })
    .query(pages::TOPOLOGY),
    live_page("/ports", Session, ("ports", "Ports"), |c| {
        Box::pin(pages::ports(c))
    }),
    live_page("/updates", Session, ("updates", "Updates"), |c| {
        Box::pin(pages::updates(c))
    }),
    live_page("/registries", Session, ("registries", "Registries"), |c| {
        Box::pin(pages::registries(c))
    }),
    live_page("/templates", Session, ("templates", "Templates"), |c| {
        Box::pin(pages::templates(c))
    }),
    live_page("/operations", Session, ("operations", "Operations"), |c| {
        Box::pin(pages::operations(c))
    }),
    live_page("/settings", Account, ("settings", "Settings"), |c| {
        Box::pin(pages::settings(c))
    }),
    page("/setup", SetupOnly, |c| Box::pin(pages::setup(c))),
    route(
        "",
        "POST",
        "/setup",
        SetupOnly,
        |c| Box::pin(pages::setup_post(c)),
        Page,
        "",
    ),
    page("/login", Entry, |c| Box::pin(pages::login(c))).query(&[pages::NEXT]),
    route(
        "",
        "POST",
        "/login",
        Entry,
        |c| Box::pin(pages::login_post(c)),
        Page,
        "",
    ),
    page("/favicon.ico", Public, |c| Box::pin(system::favicon(c))),
];
