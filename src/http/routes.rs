//! The whole HTTP surface: a table a resource, joined to one. The router, the
//! OpenAPI document and the test that every endpoint refuses anonymous
//! requests are made from it.

mod auth;
mod compose;
mod containers;
mod environments;
mod images;
mod networks;
mod operations;
mod pages;
mod registries;
pub(super) mod route;
mod run_lines;
mod saved_configurations;
mod settings;
mod setup;
mod system;
mod templates;
mod updates;

pub use route::{Access, AnswerKind, Route};

const TABLES: &[&[Route]] = &[
    pages::PAGES,
    setup::SETUP,
    auth::AUTH,
    settings::SETTINGS,
    environments::ENVIRONMENTS,
    system::SYSTEM,
    compose::COMPOSE,
    containers::CONTAINERS,
    images::IMAGES,
    networks::NETWORKS,
    registries::REGISTRIES,
    updates::UPDATES,
    run_lines::RUN_LINES,
    saved_configurations::SAVED_CONFIGURATIONS,
    templates::TEMPLATES,
    operations::OPERATIONS,
];

/// Every route, resource by resource.
pub const ROUTES: &[Route] = &join::<{ count(TABLES) }>(TABLES);

const fn count(tables: &[&[Route]]) -> usize {
    let (mut total, mut table) = (0, 0);
    while table < tables.len() {
        total += tables[table].len();
        table += 1;
    }
    total
}

/// `N` is the number of routes in all tables, checked when the program is compiled.
const fn join<const N: usize>(tables: &[&[Route]]) -> [Route; N] {
    let mut all = [tables[0][0]; N];
    let (mut next, mut table) = (0, 0);
    while table < tables.len() {
        let mut at = 0;
        while at < tables[table].len() {
            all[next] = tables[table][at];
            next += 1;
            at += 1;
        }
        table += 1;
    }
    all
}
