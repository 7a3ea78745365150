//! `?dry_run=true`: what a change would do, with the command line that does
//! the same. Nothing is changed by it.

use super::call::Call;
use super::query::{Parameter, flag};
use super::reply::{self, Reply};
use crate::domain::commands::{Request, request};
use crate::error::Result;
use crate::model::plan::Plan;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// Of every change that can be previewed.
pub const DRY_RUN: Parameter = flag(
    "dry_run",
    false,
    "Only plan the change: answer with what would happen, what must be confirmed, and the commands that do the same.",
);

/// Whether only the plan is wanted.
pub fn wanted(call: &Call) -> bool {
    call.query.flag(&DRY_RUN)
}

/// A JSON body, and the same for the command that is shown.
pub async fn body<T: DeserializeOwned>(call: &mut Call) -> Result<(T, Value)> {
    let bytes = call.bytes().await?;
    let typed = call.parse(&bytes)?;
    Ok((typed, call.parse(&bytes)?))
}

/// The plan with its commands: the request itself, without `dry_run`.
pub fn preview(call: &Call, plan: Plan, body: Option<Value>) -> Result<Reply> {
    let body = body.map(|body| body.to_string());
    let commands = request(&Request {
        base: &base(call),
        method: call.method.as_str(),
        path: &path(call.uri.path(), call.uri.query()),
        body: body.as_deref(),
    });
    let commands = Some(commands);
    reply::json(&Plan { commands, ..plan })
}

/// The plan of a change that carries a secret, which no command line should.
pub fn secret(plan: &Plan) -> Result<Reply> {
    reply::json(plan)
}

/// The address at which the caller found us.
fn base(call: &Call) -> String {
    let host = call
        .uri
        .authority()
        .map(ToString::to_string)
        .or_else(|| call.header("host").map(ToOwned::to_owned));
    match host {
        Some(host) => format!("https://{host}"),
        None => call.context.system.expected_url(),
    }
}

fn path(path: &str, query: Option<&str>) -> String {
    let mut rest = form_urlencoded::Serializer::new(String::new());
    for (name, value) in form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
        if name != "dry_run" {
            rest.append_pair(&name, &value);
        }
    }
    match rest.finish() {
        rest if rest.is_empty() => path.to_owned(),
        rest => format!("{path}?{rest}"),
    }
}

#[cfg(test)]
mod tests {
    use super::path;

    #[test]
    fn dry_run_is_removed_from_the_path_of_the_equivalent_command() {
        assert_eq!(path("/api/settings", Some("dry_run=true")), "/api/settings");
        assert_eq!(
            path("/api/x", Some("move_to=A%26B&dry_run=1&c=d")),
            "/api/x?move_to=A%26B&c=d"
        );
        assert_eq!(path("/api/x", None), "/api/x");
    }
}
