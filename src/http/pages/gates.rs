//! The pages before the door: setup and login, as documents whose forms work
//! without scripts. A form that is refused comes back with what was typed,
//! except secrets.

use super::{plain, value};
use crate::domain::auth::LoginResult;
use crate::error::{Error, Kind, Result};
use crate::http::api;
use crate::http::call::Call;
use crate::http::error as problem;
use crate::http::query::{Parameter, text};
use crate::http::renderer::embed;
use crate::http::reply::{self, Reply};
use hyper::StatusCode;
use serde_json::{Value, json};

/// A longer path is none that a page of ours has.
pub const LONGEST_NEXT: usize = 1000;
/// Where to go after the login.
pub const NEXT: Parameter = text("next", "");

/// Field and message of an error, for the form it came from.
fn form_errors(error: &Error) -> Value {
    let field = match &error.kind {
        Kind::Invalid { field: Some(field) } => field.to_string(),
        _ => "form".to_owned(),
    };
    json!({ field: error.message })
}

async fn setup_document(call: &Call, extra: Value) -> Result<String> {
    let setup = value(&api::setup::info(call).await)?;
    let block = json!({"page": "setup", "title": "Setup", "data": setup});
    let mut all = json!({"setup": setup, "page_json": embed(&block)});
    if let (Some(all), Value::Object(extra)) = (all.as_object_mut(), extra) {
        all.extend(extra);
    }
    plain(&call.context, &call.nonce, "setup", "Setup", all)
}

pub async fn setup(call: Call) -> Result<Reply> {
    Ok(reply::html(
        StatusCode::OK,
        setup_document(&call, json!({})).await?,
    ))
}

pub async fn setup_post(mut call: Call) -> Result<Reply> {
    call.client.is_browser = true;
    let form = call.form().await?;
    let field = |name: &str| {
        form.iter()
            .find(|(key, value)| key == name && !value.trim().is_empty())
            .map(|(_, value)| value.clone())
    };
    let outcome = match field("password_repeat") {
        Some(repeat) if field("password") != Some(repeat.clone()) => Err(Error::invalid(
            "password_repeat",
            "The passwords do not match.",
        )),
        _ => {
            let request = api::setup::SetupRequest::from_form(&field);
            api::setup::complete(&call, request).await
        }
    };
    match outcome {
        Ok(login) => signed_in(&call, &login, "/"),
        Err(error) => {
            // What was typed comes back, except secrets.
            let values: serde_json::Map<String, Value> = form
                .iter()
                .filter(|(name, _)| !name.contains("password") && name != "private_key")
                .map(|(name, text)| (name.clone(), Value::String(text.clone())))
                .collect();
            let extra = json!({"errors": form_errors(&error), "values": values});
            let status = status_of(&error);
            Ok(reply::html(status, setup_document(&call, extra).await?))
        }
    }
}

/// The first page after a login: its script keeps the page key, and opens the next one.
/// No redirect could carry the key without showing it in an address.
fn signed_in(call: &Call, login: &LoginResult, next: &str) -> Result<Reply> {
    let block = json!({"page_key": login.page_key, "next": next});
    let extra = json!({"page_json": embed(&block)});
    let text = plain(&call.context, &call.nonce, "signed-in", "Signed in", extra)?;
    let mut reply = reply::html(StatusCode::OK, text);
    api::auth::give_cookies(call, login, &mut reply)?;
    Ok(reply)
}

pub async fn login(call: Call) -> Result<Reply> {
    let next = call.query.text(&NEXT).map_or("", safe_next);
    let extra = json!({"values": {"next": next}});
    let text = plain(&call.context, &call.nonce, "login", "Sign in", extra)?;
    Ok(reply::html(StatusCode::OK, text))
}

pub async fn login_post(mut call: Call) -> Result<Reply> {
    // Only browsers send forms.
    call.client.is_browser = true;
    let form = call.form().await?;
    let field = |name: &str| {
        form.iter()
            .find(|(key, _)| key == name)
            .map_or("", |(_, value)| value.as_str())
    };
    let remember = matches!(field("remember"), "true" | "on" | "1");
    let next = safe_next(field("next")).to_owned();
    let password = field("password").to_owned();
    match call
        .context
        .auth
        .login(
            password,
            remember,
            &call.client,
            call.named_session.as_ref(),
        )
        .await
    {
        Ok(login) => {
            let target = if login.force_password_change {
                "/settings#security"
            } else {
                &next
            };
            signed_in(&call, &login, target)
        }
        Err(error) if error.kind == Kind::Internal => Err(error),
        Err(error) => {
            let extra = json!({
                "errors": {"password": error.message},
                "values": {"next": next, "remember": if remember { "true" } else { "" }},
            });
            let text = plain(&call.context, &call.nonce, "login", "Sign in", extra)?;
            let mut reply = reply::html(status_of(&error), text);
            problem::decorate(&error, &mut reply);
            Ok(reply)
        }
    }
}

fn status_of(error: &Error) -> StatusCode {
    StatusCode::from_u16(problem::problem(error).status).unwrap_or(StatusCode::BAD_REQUEST)
}

/// Only a path of ours: never another site, however it is spelled.
fn safe_next(next: &str) -> &str {
    let path = next.split(['?', '#']).next().unwrap_or_default();
    // Resolved, `/.//host` is `//host`: another site's address.
    let resolves_to_itself = !path.contains("//")
        && path.split('/').all(|segment| {
            let segment = segment.to_ascii_lowercase().replace("%2e", ".");
            segment != "." && segment != ".."
        });
    let ours = next.len() <= LONGEST_NEXT
        && next.starts_with('/')
        && resolves_to_itself
        && !next.contains('\\')
        && !next.chars().any(char::is_control);
    if ours { next } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn redirect_after_login_never_leaves_the_site() {
        for bad in [
            "//evil.example",
            "https://evil.example",
            "/\\evil.example",
            "",
            "/a\r\nb",
            "/.//evil.example/x",
            "/a/..//evil.example",
            "/%2E//evil.example",
            "/a/.%2e/x",
            "/a//evil.example",
            &format!("/{}", "x".repeat(1000)),
        ] {
            assert_eq!(safe_next(bad), "/", "{bad}");
        }
        for good in ["/", "/containers/x?tab=logs", "/a.b/..c?of=//x/../y#//"] {
            assert_eq!(safe_next(good), good);
        }
    }
}
