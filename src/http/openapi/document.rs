//! How the description is made.

use super::{Shape, shape};
use crate::http::api;
use crate::http::error::Problem;
use crate::http::routes::route::AnswerKind;
use crate::http::routes::{Access, ROUTES, Route};
use serde_json::{Map, Value, json};

pub(super) fn document() -> Value {
    let mut schemas = Map::new();
    let mut paths = Map::new();
    let problem = reference(&shape::<Problem>(), &mut schemas);
    for route in ROUTES {
        if matches!(route.reply, AnswerKind::Page | AnswerKind::LivePage { .. }) {
            continue;
        }
        let item = paths
            .entry(route.path.to_owned())
            .or_insert_with(|| json!({}));
        item[route.method.to_lowercase()] = operation(route, &problem, &mut schemas);
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "DockerMate",
            // Of the API. Anonymous clients are not told which program answers them.
            "version": "1",
            "description": "A script logs in with POST /api/auth/login and sends the `session_token` as \
                `Authorization: Bearer` or as the cookie `session`. A browser has it in the cookie \
                `__Host-dockermate` and sends the `page_key` of the login as the header `X-DockerMate-Key` \
                beside it, or for a WebSocket or a download a `ticket` as a query parameter. \
                Every error is an application/problem+json document (RFC 9457) with a stable code in `error`.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "description": "The session_token of a script's login."},
                "session": {"type": "apiKey", "in": "cookie", "name": "session", "description": "The same as a cookie."},
                "browser": {"type": "apiKey", "in": "cookie", "name": "__Host-dockermate"},
                "page_key": {"type": "apiKey", "in": "header", "name": "X-DockerMate-Key"},
                "ticket": {"type": "apiKey", "in": "query", "name": "ticket", "description": "Of POST /api/auth/ticket; good for one request."},
            },
        },
    })
}

fn reference(shape: &Shape, schemas: &mut Map<String, Value>) -> Value {
    for (name, schema) in &shape.others {
        schemas
            .entry(name.clone())
            .or_insert_with(|| serde_json::to_value(schema).unwrap_or_default());
    }
    schemas
        .entry(shape.name.clone())
        .or_insert_with(|| serde_json::to_value(&shape.schema).unwrap_or_default());
    json!({"$ref": format!("#/components/schemas/{}", shape.name)})
}

fn operation(route: &Route, problem: &Value, schemas: &mut Map<String, Value>) -> Value {
    let mut operation = json!({
        "operationId": operation_id(route),
        "summary": route.doc,
        "tags": [tag(route.path)],
        "parameters": parameters(route),
        "responses": responses(route, problem, schemas),
    });
    if matches!(route.access, Access::Session | Access::Account) {
        let mut security =
            json!([{"bearer": []}, {"session": []}, {"browser": [], "page_key": []}]);
        if route.method == "GET"
            && let Some(security) = security.as_array_mut()
        {
            security.push(json!({"browser": [], "ticket": []}));
        }
        operation["security"] = security;
    } else {
        operation["security"] = json!([]);
    }
    if let Some(body) = route.body {
        let required = !matches!(route.reply, AnswerKind::Operation);
        let schema = reference(&body(), schemas);
        operation["requestBody"] = json!({
            "required": required,
            "content": {"application/json": {"schema": schema}},
        });
    }
    operation
}

fn parameters(route: &Route) -> Vec<Value> {
    let in_path = route
        .path
        .split('/')
        .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
        .map(|name| json!({"name": name, "in": "path", "required": true, "schema": {"type": "string"}}));
    let in_query = route
        .query
        .iter()
        .map(|name| json!({"name": name, "in": "query", "required": false, "schema": {"type": "string"}}));
    in_path.chain(in_query).collect()
}

fn responses(route: &Route, problem: &Value, schemas: &mut Map<String, Value>) -> Value {
    let content = |schema: Value| json!({"application/json": {"schema": schema}});
    let mut responses = match route.reply {
        AnswerKind::Json(shape) => {
            let schema = reference(&shape(), schemas);
            json!({"200": {"description": "Done.", "content": content(schema)}})
        }
        AnswerKind::Created(shape) => {
            let schema = reference(&shape(), schemas);
            json!({"201": {"description": "Created.", "content": content(schema)}})
        }
        AnswerKind::Operation => {
            let done = reference(&shape::<crate::model::operation::Operation>(), schemas);
            let plan = reference(&shape::<crate::model::plan::Plan>(), schemas);
            let accepted = reference(&shape::<api::containers::Accepted>(), schemas);
            json!({
                "200": {
                    "description": "The finished operation; with dry_run=true the plan.",
                    "content": content(json!({"oneOf": [done, plan]})),
                },
                "202": {
                    "description": "Started; sent with `Prefer: respond-async`.",
                    "content": content(accepted),
                },
            })
        }
        AnswerKind::NoContent => json!({"204": {"description": "Done."}}),
        AnswerKind::Events => json!({"200": {
            "description": "A stream of events.",
            "content": {"text/event-stream": {"schema": {"type": "string"}}},
        }}),
        AnswerKind::Socket => json!({"101": {"description": "A WebSocket."}}),
        AnswerKind::Other(media) => json!({"200": {
            "description": "The document.",
            "content": {media: {"schema": {"type": "string"}}},
        }}),
        AnswerKind::Page | AnswerKind::LivePage { .. } => json!({}),
    };
    if route.query.contains(&"dry_run") && !matches!(route.reply, AnswerKind::Operation) {
        let plan = reference(&shape::<crate::model::plan::Plan>(), schemas);
        let mut either = vec![plan];
        either.extend(
            responses["200"]["content"]["application/json"]
                .get("schema")
                .cloned(),
        );
        responses["200"] = json!({
            "description": "Done; with dry_run=true the plan.",
            "content": content(json!({"oneOf": either})),
        });
    }
    responses["default"] = json!({
        "description": "A problem.",
        "content": {"application/problem+json": {"schema": problem}},
    });
    responses
}

fn tag(path: &str) -> &str {
    let rest = path.strip_prefix("/api/").unwrap_or(path);
    let word = rest.split(['/', '.']).find(|part| !part.is_empty());
    word.unwrap_or("system")
}

/// `get_containers_id_logs`: unique, because method and path are.
fn operation_id(route: &Route) -> String {
    let path: String = route
        .path
        .trim_start_matches("/api/")
        .chars()
        .filter(|c| !matches!(c, '{' | '}'))
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
        .collect();
    format!("{}_{}", route.method.to_lowercase(), path.trim_matches('_'))
}
