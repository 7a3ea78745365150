//! What a request carries beside its body.

use super::document::tag;
use crate::http::kept_answers::{LONGEST, SHORTEST};
use crate::http::query::{Parameter, ParameterKind};
use crate::http::routes::Route;
use crate::http::routes::route::AnswerKind;
use serde_json::{Value, json};

/// Headers that several routes read.
pub(super) fn shared() -> Value {
    json!({
        "Prefer": {
            "name": "Prefer",
            "in": "header",
            "required": false,
            "description": "`respond-async` (RFC 7240): answer with 202 and the operation's id once it has \
                started, and do not wait for its end.",
            "schema": {"type": "string"},
            "example": "respond-async",
        },
        "IdempotencyKey": {
            "name": "Idempotency-Key",
            "in": "header",
            "required": false,
            "description": "A random id that the client gives this change \
                (draft-ietf-httpapi-idempotency-key-header). Sent again with the same id because the answer \
                was lost, the change is not made again: the answer is that of the first request, with the \
                header `Idempotency-Replayed: true`. Answers are kept for a day, and until DockerMate \
                restarts; after that the answer is 202 with the id of the operation that the request \
                started (its `request_id`). Answers 401, 428, 429, 503 and 507 are not kept.",
            "schema": {
                "type": "string",
                "minLength": SHORTEST,
                "maxLength": LONGEST,
                "pattern": "^[A-Za-z0-9_-]+$",
            },
        },
        "LastEventId": {
            "name": "Last-Event-ID",
            "in": "header",
            "required": false,
            "description": "The `id` of the last event that was received: the stream continues after it.",
            "schema": {"type": "string"},
        },
        "IfNoneMatch": {
            "name": "If-None-Match",
            "in": "header",
            "required": false,
            "description": "The `ETag` of what is known already.",
            "schema": {"type": "string"},
        },
    })
}

pub(super) fn parameters(route: &Route) -> Vec<Value> {
    let in_path = route
        .path
        .split('/')
        .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
        .map(|name| {
            json!({
                "name": name,
                "in": "path",
                "required": true,
                "description": about(route.path),
                // One segment of a path, without control characters.
                "schema": {"type": "string", "minLength": 1, "pattern": "^[^\\u0000-\\u001f\\u007f-\\u009f]+$"},
            })
        });
    let in_query = route.query.iter().map(in_query);
    let header = match route.reply {
        AnswerKind::Operation => Some("Prefer"),
        AnswerKind::Events | AnswerKind::Log => Some("LastEventId"),
        AnswerKind::Description => Some("IfNoneMatch"),
        _ => None,
    };
    let key = route.takes_key().then_some("IdempotencyKey");
    let headers = header.into_iter().chain(key);
    let headers = headers.map(|name| json!({"$ref": format!("#/components/parameters/{name}")}));
    in_path.chain(in_query).chain(headers).collect()
}

/// What is named in a path.
fn about(path: &str) -> &'static str {
    match tag(path) {
        "containers" => "Name, id, or the beginning of the id.",
        "environments" => "Code of the environment.",
        "auth" => "Id of the session.",
        "system" => "Id of the background job.",
        "backups" => "Id of the saved configuration.",
        "operations" => "Id of the operation.",
        _ => "Id of the template.",
    }
}

fn in_query(parameter: &Parameter) -> Value {
    let mut described = json!({
        "name": parameter.name,
        "in": "query",
        "required": false,
        "description": parameter.doc,
        // Counts as left out.
        "allowEmptyValue": true,
        "schema": schema(&parameter.kind),
    });
    if let ParameterKind::Word { known, .. } = parameter.kind
        && known.iter().any(|word| word.starts_with('-'))
    {
        // For generators of clients, whose names have no minus.
        let names = known.iter().map(|word| match word.strip_prefix('-') {
            Some(word) => format!("{}_DESCENDING", word.to_uppercase()),
            None => word.to_uppercase(),
        });
        described["schema"]["x-enum-varnames"] = names.collect::<Vec<_>>().into();
    }
    if matches!(parameter.kind, ParameterKind::List(_)) {
        described["style"] = "form".into();
        described["explode"] = true.into();
    }
    described
}

fn schema(kind: &ParameterKind) -> Value {
    let mut schema = match *kind {
        ParameterKind::Text => json!({"type": "string"}),
        ParameterKind::Flag(_) => json!({"type": "boolean"}),
        ParameterKind::Number {
            least, most, none, ..
        } => {
            let number = json!({"type": "integer", "minimum": least, "maximum": most});
            match none {
                Some(word) => json!({"anyOf": [number, {"type": "string", "enum": [word]}]}),
                None => number,
            }
        }
        ParameterKind::Word { known, .. } => json!({"type": "string", "enum": known}),
        ParameterKind::List([]) => json!({"type": "array", "items": {"type": "string"}}),
        ParameterKind::List(known) => {
            json!({"type": "array", "items": {"type": "string", "enum": known}})
        }
        ParameterKind::Moment => json!({"anyOf": [
            {"type": "string", "format": "date-time"},
            {"type": "number", "minimum": 0, "exclusiveMaximum": 100_000_000_000_u64},
        ]}),
    };
    let default = match *kind {
        ParameterKind::Flag(default) => default.map(Value::from),
        ParameterKind::Number { default, none, .. } => {
            default.map(Value::from).or(none.map(Value::from))
        }
        ParameterKind::Word { default, .. } => default.map(Value::from),
        _ => None,
    };
    if let Some(default) = default {
        schema["default"] = default;
    }
    schema
}
