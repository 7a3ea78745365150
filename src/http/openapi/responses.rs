//! What a route answers: its successes, and every error that it can answer.

use super::schemas::Schemas;
use super::shape;
use crate::http::api;
use crate::http::error::Problem;
use crate::http::preview::DRY_RUN;
use crate::http::routes::route::AnswerKind;
use crate::http::routes::{Access, Route};
use crate::model::operation::Operation;
use crate::model::plan::Plan;
use serde_json::{Map, Value, json};

/// Status, name among the shared responses, and when it is answered.
const ERRORS: &[(u16, &str, &str)] = &[
    (
        400,
        "Invalid",
        "The request is not understood: a wrong value (`field` names it), an unknown field or parameter, or a body that is not JSON.",
    ),
    (
        401,
        "Unauthenticated",
        "The session is missing or has ended, or the password is wrong.",
    ),
    (
        403,
        "Forbidden",
        "Not allowed: the password must be changed first, the request names a host that is not this one, or a page of another site sent it.",
    ),
    (404, "NotFound", "The named thing does not exist."),
    (
        409,
        "Conflict",
        "The state of the thing, or of another one, forbids it; or the setup is not complete.",
    ),
    (413, "TooLarge", "The request body is too large."),
    (
        422,
        "KeyReused",
        "The `Idempotency-Key` was sent with another request before.",
    ),
    (
        428,
        "ConfirmationRequired",
        "It must be confirmed: send the text in `confirm` as the parameter `confirm`, or the named risks as `acknowledge`.",
    ),
    (
        429,
        "RateLimited",
        "Too many attempts. Wait as long as `Retry-After` says.",
    ),
    (500, "Internal", "An internal error. The log has more."),
    (
        502,
        "Unreachable",
        "A registry or a certificate authority cannot be reached, or does not work.",
    ),
    (
        503,
        "Unavailable",
        "The container engine cannot be reached, or too much is being done at once.",
    ),
    (
        507,
        "StorageFull",
        "The change was not saved: the disk is full, or the database was deleted. What was saved before is not affected.",
    ),
];

pub(super) fn headers() -> Value {
    json!({
        "RetryAfter": {
            "description": "Seconds to wait before the next attempt.",
            "required": true,
            "schema": {"type": "integer", "minimum": 0},
        },
        "Attachment": {
            "description": "Names the file that a browser saves it as.",
            "schema": {"type": "string"},
        },
        "SessionCookie": {
            "description": "Sets or clears the cookie of the session.",
            "required": true,
            "schema": {"type": "string"},
        },
        "ETag": {
            "description": "Changes with the document.",
            "required": true,
            "schema": {"type": "string"},
        },
    })
}

/// One event of a stream (<https://html.spec.whatwg.org/multipage/server-sent-events.html>).
pub(super) fn event() -> Value {
    json!({
        "type": "object",
        "description": "One event of a `text/event-stream`.",
        "required": ["data", "event"],
        "properties": {
            "id": {"type": "string", "description": "What to send as `Last-Event-ID` to continue after it."},
            "event": {"type": "string", "description": "Its type."},
            "data": {"type": "string", "contentMediaType": "application/json"},
            "retry": {"type": "integer", "minimum": 0, "description": "Milliseconds to wait before connecting again."},
        },
    })
}

fn header(name: &str) -> Value {
    json!({"$ref": format!("#/components/headers/{name}")})
}

pub(super) fn shared(schemas: &mut Schemas) -> Value {
    let problem = schemas.reference(&shape::<Problem>());
    let all = ERRORS.iter().map(|&(status, name, when)| {
        let mut response = json!({
            "description": when,
            "content": {"application/problem+json": {"schema": problem}},
        });
        if matches!(status, 429 | 503) {
            response["headers"] = json!({"Retry-After": header("RetryAfter")});
        }
        (name.to_owned(), response)
    });
    all.collect::<Map<_, _>>().into()
}

pub(super) fn responses(route: &Route, schemas: &mut Schemas) -> Value {
    let mut all = successes(route, schemas);
    for &(status, name, when) in ERRORS {
        if !can_answer(route, status) {
            continue;
        }
        let shared = format!("#/components/responses/{name}");
        all[status.to_string()] = if route.path.starts_with("/api/") {
            json!({"$ref": shared})
        } else {
            // What a browser opens by itself gets its errors as a page.
            let problem = schemas.reference(&shape::<Problem>());
            json!({"description": when, "content": {
                "application/problem+json": {"schema": problem},
                "text/html": {"schema": {"type": "string"}},
            }})
        };
    }
    all
}

fn can_answer(route: &Route, status: u16) -> bool {
    route.errors.contains(&status)
        || match status {
            // The Host header and the query; what page asks; what cannot be foreseen.
            400 | 403 | 500 => true,
            401 => matches!(route.access, Access::Session | Access::Account),
            404 => route.path.contains('{'),
            409 => route.access != Access::Public,
            // Too many bodies at once are 503.
            // With a key the body is read in any case.
            413 | 503 => route.body.is_some() || route.takes_key(),
            422 => route.takes_key(),
            428 => route.takes("confirm") || route.takes("acknowledge"),
            _ => false,
        }
}

fn successes(route: &Route, schemas: &mut Schemas) -> Value {
    // OpenAPI 3.1 does not say whether a stream is described by its text or by one
    // of its events, and programs read it either way.
    let event = || {
        let one = json!({"$ref": "#/components/schemas/ServerSentEvent"});
        json!({"schema": {"anyOf": [one, {"type": "string"}]}})
    };
    let text = || json!({"schema": {"type": "string"}});
    let file = |media: &str| match media {
        "application/x-tar" => json!({"schema": {"type": "string", "format": "binary"}}),
        _ => text(),
    };
    let content = |schema: Value| json!({"application/json": {"schema": schema}});
    let mut all = match route.reply {
        AnswerKind::Json(shape) => {
            let schema = schemas.reference(&shape());
            json!({"200": {"description": "Done.", "content": content(schema)}})
        }
        AnswerKind::Created(shape) => {
            let schema = schemas.reference(&shape());
            json!({"201": {"description": "Created.", "content": content(schema)}})
        }
        AnswerKind::Either(one, other) => {
            let either = [schemas.reference(&one()), schemas.reference(&other())];
            json!({"200": {
                "description": "Done.",
                "headers": {"Content-Disposition": header("Attachment")},
                "content": content(json!({"anyOf": either})),
            }})
        }
        AnswerKind::Operation => {
            let done = schemas.reference(&shape::<Operation>());
            let accepted = schemas.reference(&shape::<api::containers::Accepted>());
            json!({
                "200": {"description": "The finished operation.", "content": content(done)},
                "202": {
                    "description": "Started; with `Prefer: respond-async`, or asked again by its `Idempotency-Key` after a restart.",
                    "content": content(accepted),
                },
            })
        }
        AnswerKind::NoContent => json!({"204": {"description": "Done."}}),
        AnswerKind::Events => json!({"200": {
            "description": "A stream of events.",
            "content": {"text/event-stream": event()},
        }}),
        AnswerKind::Sample(shape) => {
            let mut content = content(schemas.reference(&shape()));
            content["text/event-stream"] = event();
            json!({"200": {"description": "A sample, or a stream of samples.", "content": content}})
        }
        AnswerKind::Log => json!({"200": {
            "description": "The log, or a stream of it: events `lines` (a list of lines) and `end`.",
            "headers": {"Content-Disposition": header("Attachment")},
            "content": {"text/plain": text(), "text/event-stream": event()},
        }}),
        // There is no 2xx: whatever is not a WebSocket is an error.
        AnswerKind::Socket => json!({
            "101": {"description": "A WebSocket."},
            "default": {"$ref": "#/components/responses/Invalid"},
        }),
        AnswerKind::Download(media) => json!({"200": {
            "description": "The file.",
            "headers": {"Content-Disposition": header("Attachment")},
            "content": {media: file(media)},
        }}),
        AnswerKind::Description => json!({
            "200": {
                "description": "The document.",
                "headers": {"ETag": header("ETag")},
                "content": content(json!({"type": "object"})),
            },
            "304": {"description": "Not changed.", "headers": {"ETag": header("ETag")}},
        }),
        AnswerKind::Page | AnswerKind::LivePage { .. } => json!({}),
    };
    let is_preview = |one: &&crate::http::query::Parameter| one.doc == DRY_RUN.doc;
    if route.query.iter().any(|one| is_preview(&one)) {
        with_plan(&mut all, schemas);
    }
    if matches!(
        route.name,
        "log_in" | "log_out" | "complete_setup" | "change_password"
    ) {
        for status in ["200", "201", "204"] {
            if let Some(response) = all.get_mut(status) {
                response["headers"] = json!({"Set-Cookie": header("SessionCookie")});
            }
        }
    }
    all
}

/// With `dry_run=true` the answer is the plan.
fn with_plan(all: &mut Value, schemas: &mut Schemas) {
    let plan = schemas.reference(&shape::<Plan>());
    let Some(done) = all.get_mut("200") else {
        all["200"] = json!({
            "description": "With `dry_run=true`: the plan.",
            "content": {"application/json": {"schema": plan}},
        });
        return;
    };
    let schema = &mut done["content"]["application/json"]["schema"];
    *schema = json!({"anyOf": [schema.take(), plan]});
    let description = done["description"].as_str().unwrap_or_default();
    done["description"] = format!("{description} With `dry_run=true`: the plan.").into();
}
