//! How the description is made.

use super::parameters::{self, parameters};
use super::responses::{self, responses};
use super::schemas::Schemas;
use crate::http::routes::{Access, ROUTES, Route};
use serde_json::{Map, Value, json};

/// What a path begins with, its group, and what that is about.
const TAGS: &[(&str, &str, &str)] = &[
    ("/api/setup", "setup", "The first start."),
    (
        "/api/auth/",
        "auth",
        "Login, sessions and the password. A script logs in with `log_in` and sends the `session_token` with every request.",
    ),
    ("/api/security/", "auth", ""),
    (
        "/api/containers",
        "containers",
        "Containers: the list, actions, changes, logs, commands, terminals and statistics.",
    ),
    ("/api/stats", "containers", ""),
    (
        "/api/convert/",
        "convert",
        "From `docker run` commands to configurations, and back.",
    ),
    (
        "/api/images",
        "images",
        "Images: the list, pulling, tagging, removing, saving and loading, and the build cache.",
    ),
    ("/api/build-cache", "images", ""),
    (
        "/api/networks",
        "networks",
        "Networks: the list, sizing, creating and removing, who is on them, addresses and reserved ranges.",
    ),
    (
        "/api/templates",
        "templates",
        "Your templates and the built-in library.",
    ),
    (
        "/api/backups",
        "backups",
        "Configurations that were saved before a change.",
    ),
    (
        "/api/environments",
        "environments",
        "Environments and their rules.",
    ),
    (
        "/api/operations",
        "operations",
        "Operations, running and past.",
    ),
    ("/api/settings", "settings", "The settings."),
    (
        "/",
        "system",
        "The host, its engine, its certificate, and what changes on it.",
    ),
];

pub(super) fn document() -> Value {
    let mut schemas = Schemas::default();
    schemas.add("ServerSentEvent", responses::event());
    let mut paths = Map::new();
    for route in ROUTES.iter().filter(|route| !route.is_page()) {
        let item = paths
            .entry(route.path.to_owned())
            .or_insert_with(|| json!({}));
        item[route.method.to_lowercase()] = operation(route, &mut schemas);
    }
    let shared = responses::shared(&mut schemas);
    let tags: Vec<Value> = TAGS
        .iter()
        .filter(|(_, _, about)| !about.is_empty())
        .map(|(_, name, about)| json!({"name": name, "description": about}))
        .collect();
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "DockerMate",
            // Of the API. Anonymous clients are not told which program answers them.
            "version": "1",
            "description": "A script logs in with POST /api/auth/login and sends the `session_token` as \
                `Authorization: Bearer` or as the cookie `session`. A browser has it in the cookie \
                `__Host-dockermate` and sends the `page_key` of the login as the header `X-DockerMate-Key` \
                beside it, or for a WebSocket or a download a `ticket` as a query parameter.\n\n\
                Every error is an application/problem+json document (RFC 9457) with a stable code in `error`.\n\n\
                Request bodies are JSON, whatever their content type says. A field or a query parameter \
                that is not described is refused. A query parameter without a value counts as left out; \
                `1`, `yes` and `on` also mean true, `0`, `no` and `off` false; a list is repeated or \
                separated by commas.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "/"}],
        "tags": tags,
        "paths": paths,
        "components": {
            "schemas": schemas.into_json(),
            "parameters": parameters::shared(),
            "headers": responses::headers(),
            "responses": shared,
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "description": "The session_token of a script's login."},
                "session": {"type": "apiKey", "in": "cookie", "name": "session", "description": "The same as a cookie."},
                "browser": {"type": "apiKey", "in": "cookie", "name": "__Host-dockermate", "description": "The cookie of a browser's login."},
                "page_key": {"type": "apiKey", "in": "header", "name": "X-DockerMate-Key", "description": "The page_key of a browser's login."},
                "ticket": {"type": "apiKey", "in": "query", "name": "ticket", "description": "Of POST /api/auth/ticket; good for one request."},
            },
        },
    })
}

fn operation(route: &Route, schemas: &mut Schemas) -> Value {
    let (summary, rest) = sentences(route.doc);
    let mut operation = json!({
        "operationId": route.name,
        "summary": summary,
        "tags": [tag(route.path)],
        "parameters": parameters(route),
        "responses": responses(route, schemas),
        "security": security(route),
    });
    if !rest.is_empty() {
        operation["description"] = rest.into();
    }
    if let Some(media) = route.upload {
        operation["requestBody"] = json!({
            "required": true,
            "content": {media: {"schema": {"type": "string", "format": "binary"}}},
        });
    }
    if let Some(body) = route.body {
        let schema = schemas.reference(&body());
        operation["requestBody"] = json!({
            "required": !route.is_body_optional,
            "content": {"application/json": {"schema": schema}},
        });
    }
    operation
}

fn security(route: &Route) -> Value {
    if !matches!(route.access, Access::Session | Access::Account) {
        return json!([]);
    }
    let mut security = vec![
        json!({"bearer": []}),
        json!({"session": []}),
        json!({"browser": [], "page_key": []}),
    ];
    if route.method == "GET" {
        security.push(json!({"browser": [], "ticket": []}));
    }
    security.into()
}

/// The first sentence, and the others.
fn sentences(doc: &str) -> (&str, &str) {
    match doc.find(". ") {
        Some(end) => (&doc[..=end], &doc[end + 2..]),
        None => (doc, ""),
    }
}

pub(super) fn tag(path: &str) -> &'static str {
    TAGS.iter()
        .find(|(start, _, _)| path.starts_with(start))
        .map_or("system", |(_, name, _)| name)
}
