//! Pages. The document of a live page is an empty frame, the same for everybody
//! who holds a session's cookie; its script asks for the page's data, as JSON
//! from the same address, and proves with the page key that it may. Setup and
//! login stand outside the frame, in `pages/gates`.

mod gates;

pub use gates::{LONGEST_NEXT, NEXT, login, login_post, setup, setup_post};

mod create;

mod networks;

pub use create::{QUERY as NEW_CONTAINER, create, edit};
pub use networks::{TOPOLOGY, network, networks, ports, topology};

use super::call::Call;
use super::context::Context;
use super::error as problem;
use super::reply::{self, Reply};
use super::{api, assets};
use crate::domain::attention;
use crate::domain::templates::TemplateQuery;
use crate::error::{Error, Kind, Result};
use crate::model::status::StatusName;
use hyper::StatusCode;
use hyper::header::HeaderValue;
use serde::Serialize;
use serde_json::{Value, json};

/// What surrounds the data of every page.
/// `position` is where the feed stood before the page's data was read.
fn frame_data(context: &Context, position: &str, force_password_change: bool) -> Value {
    let settings = context.settings.get();
    let profile = &context.system.profile_view;
    json!({
        "version": env!("CARGO_PKG_VERSION"),
        "host_name": settings.host_name,
        "host_environment": settings.host_environment,
        "environments": context.environments.list(),
        "skill_level": settings.skill_level,
        "theme": settings.theme,
        "engine": context.system.engine_status(),
        "profile": {
            "name": profile.name,
            "title": profile.title,
            "max_containers": profile.max_containers,
            "limits": profile.limits,
            "cpu_cores": profile.cpu_cores,
            "memory_bytes": profile.memory_bytes,
            "reduced_motion": profile.reduced_motion,
        },
        "counts": context.containers.counts(),
        "updates": context.updates.summary(),
        "statuses": StatusName::NAMES,
        "operations": context.operations.running_now(),
        "force_password_change": force_password_change,
        "asset_base": assets::base(),
        "hostname": context.config.hostname,
        "feed": position,
    })
}

/// The document of a live page.
pub fn frame(context: &Context, nonce: &str, name: &str, title: &str) -> Result<Reply> {
    let extra = json!({"page": name});
    let text = plain(context, nonce, "page", title, extra)?;
    Ok(varying(reply::html(StatusCode::OK, text)))
}

/// The data of a live page.
fn page(call: &Call, position: &str, name: &str, title: &str, data: Value) -> Result<Reply> {
    let context = &call.context;
    let forced = call
        .session
        .as_ref()
        .is_some_and(|session| session.force_password_change);
    let frame = frame_data(context, position, forced);
    let block = json!({"page": name, "title": title, "frame": frame, "data": data});
    Ok(varying(reply::json(&block)?))
}

/// One address, two forms: nothing between us may mix them up.
fn varying(mut reply: Reply) -> Reply {
    reply
        .headers_mut()
        .append(hyper::header::VARY, HeaderValue::from_static("accept"));
    reply
}

fn value<T: Serialize>(of: &T) -> Result<Value> {
    serde_json::to_value(of)
        .map_err(|error| Error::internal("The page's data could not be written.").source(error))
}

pub async fn dashboard(call: Call) -> Result<Reply> {
    let position = call.context.feed.position();
    let context = &call.context;
    let (views, as_of) = context.containers.last_known().unzip();
    let host = context.system.sample().await;
    // What is not known to be so any longer needs nothing done about it.
    let current = views.as_deref().filter(|_| as_of.flatten().is_none());
    let mut attention = attention::list(
        current.unwrap_or_default(),
        |code| context.environments.alert_level(code),
        context.system.profile,
        &host,
        &context.system.engine_status(),
        &context.system.condition(),
        &context.tls.info(),
    );
    attention.extend(attention::failed_updates(&context.updater.recent()?));
    attention.extend(attention::unrecovered(&context.operations.unrecovered()?));
    attention.sort_by_key(|item| item.level);
    let data = json!({
        "containers": views,
        "as_of": as_of.flatten(),
        "host": host,
        "operations": context.operations.list(8)?,
        "settings": context.settings.get(),
        "attention": attention,
    });
    page(&call, &position, "dashboard", "Dashboard", data)
}

pub async fn containers(call: Call) -> Result<Reply> {
    let position = call.context.feed.position();
    let (items, as_of) = call.context.containers.last_known().unzip();
    let data = json!({"items": items, "as_of": as_of.flatten()});
    page(&call, &position, "containers", "Containers", data)
}

pub async fn container(call: Call) -> Result<Reply> {
    let position = call.context.feed.position();
    let reference = call.param("id")?.to_owned();
    let (title, data) = match call.context.containers.detail(&reference).await {
        Ok(detail) => (detail.view.container.name.clone(), value(&detail)?),
        Err(error) if matches!(error.kind, Kind::NotFound | Kind::EngineUnavailable) => (
            reference.clone(),
            json!({
                "missing": true,
                "name": reference,
                "engine_unavailable": error.kind == Kind::EngineUnavailable,
                "reason": error.message,
                "last_known": call.context.containers.last_known_of(&reference),
            }),
        ),
        Err(error) => return Err(error),
    };
    page(&call, &position, "container", &title, data)
}

pub async fn images(call: Call) -> Result<Reply> {
    let position = call.context.feed.position();
    let data = match call.context.images.views() {
        Ok(items) => json!({"items": items}),
        Err(error) => json!({"items": null, "reason": error.message}),
    };
    page(&call, &position, "images", "Images", data)
}

pub async fn updates(call: Call) -> Result<Reply> {
    let position = call.context.feed.position();
    let context = &call.context;
    let (views, as_of) = context.containers.last_known().unzip();
    let data = json!({
        "containers": views,
        "as_of": as_of.flatten(),
        "summary": context.updates.summary(),
        "history": context.updater.history(None)?,
    });
    page(&call, &position, "updates", "Updates", data)
}

pub async fn registries(call: Call) -> Result<Reply> {
    let position = call.context.feed.position();
    let data = value(&call.context.registries.list().await?)?;
    page(&call, &position, "registries", "Registries", data)
}

pub async fn templates(call: Call) -> Result<Reply> {
    let position = call.context.feed.position();
    let data = value(&call.context.templates.list(&TemplateQuery::default()))?;
    page(&call, &position, "templates", "Templates", data)
}

pub async fn operations(call: Call) -> Result<Reply> {
    let position = call.context.feed.position();
    let data = json!({"operations": call.context.operations.list(200)?});
    page(&call, &position, "operations", "Operations", data)
}

pub async fn settings(call: Call) -> Result<Reply> {
    let position = call.context.feed.position();
    let context = &call.context;
    let data = json!({
        "settings": context.settings.get(),
        "health_intervals": api::environments::intervals(context.system.profile),
        "profile": context.system.profile_view,
        "https": context.tls.info(),
        "sessions": context.auth.sessions(call.session()?)?,
        "events": context.security.list(100)?,
        "system": api::system::system_info(context),
        "jobs": context.background_jobs.list(),
        "skill_levels": api::setup::skill_levels(),
    });
    page(&call, &position, "settings", "Settings", data)
}

/// A document without anybody's data.
fn plain(
    context: &Context,
    nonce: &str,
    template: &str,
    title: &str,
    extra: Value,
) -> Result<String> {
    let settings = context.settings.get();
    let mut values = json!({
        "asset_base": assets::base(),
        "title": title,
        "page": template,
        "nonce": nonce,
        "frame": {
            "theme": settings.theme,
            "skill_level": settings.skill_level,
            "host_name": settings.host_name,
            "profile": {"reduced_motion": context.system.profile.reduced_motion},
        },
        "values": {},
        "page_json": "{}",
        "loader": assets::LOADER,
    });
    if let (Some(values), Value::Object(extra)) = (values.as_object_mut(), extra) {
        values.extend(extra);
    }
    context.pages.render(&format!("{template}.html"), &values)
}

pub fn error(context: &Context, error: &Error, nonce: &str) -> Reply {
    let found = problem::problem(error);
    let status = StatusCode::from_u16(found.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let extra = json!({"error": {
        "status": found.status, "title": found.title, "detail": found.detail, "code": found.error,
    }});
    let mut reply = match plain(context, nonce, "error", found.title, extra) {
        Ok(text) => reply::html(status, text),
        Err(second) => {
            tracing::error!(%second, detail = second.detail, "the error page could not be made");
            reply::text(status, found.detail)
        }
    };
    problem::decorate(error, &mut reply);
    reply
}
