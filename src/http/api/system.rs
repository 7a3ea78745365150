//! The host: what it is, how busy, its certificate, its authority.

use crate::domain::operations::Started;
use crate::domain::tls::off_thread;
use crate::error::Result;
use crate::http::api::setup::HttpsChoice;
use crate::http::assets;
use crate::http::call::Call;
use crate::http::context::Context;
use crate::http::preview::{self, preview};
use crate::http::reply::{self, Reply};
use crate::model::certificate::HttpsMode;
use crate::model::engine::EngineStatus;
use crate::model::profile::ProfileName;
use crate::model::timestamp::Timestamp;
use hyper::StatusCode;
use hyper::header::{CONTENT_DISPOSITION, HeaderValue};
use serde::Serialize;
use serde_json::json;
use std::sync::Arc;
use utoipa::ToSchema;

#[derive(Debug, Serialize, ToSchema)]
pub struct SystemInfo {
    pub version: &'static str,
    pub commit: &'static str,
    pub target: &'static str,
    pub started_at: Timestamp,
    pub data_dir: String,
    pub stacks_dir: String,
    pub exports_dir: String,
    /// Bytes of the database file.
    pub database_bytes: u64,
    pub urls: Vec<String>,
    /// What the operating system calls this machine.
    pub machine: String,
    /// What is asked for over mDNS, without `.local`.
    pub hostname: String,
    /// What is announced; absent while it is not.
    pub mdns_name: Option<String>,
    pub profile_name: ProfileName,
    pub engine: EngineStatus,
    /// Third-party crates: name, version, licence.
    #[schema(value_type = Vec<Object>)]
    pub licences: serde_json::Value,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Alive {
    /// `ok`.
    pub status: &'static str,
}

pub fn system_info(context: &Context) -> SystemInfo {
    let licences = assets::licences()
        .and_then(|bytes| serde_json::from_slice(&bytes).ok())
        .unwrap_or_default();
    SystemInfo {
        version: env!("CARGO_PKG_VERSION"),
        commit: env!("DOCKERMATE_COMMIT"),
        target: env!("DOCKERMATE_TARGET"),
        started_at: context.system.started_at,
        data_dir: context.config.data_dir.display().to_string(),
        stacks_dir: context.config.stacks_dir.display().to_string(),
        exports_dir: context.config.exports_dir.display().to_string(),
        database_bytes: context.system.database_bytes(),
        urls: context.system.urls(),
        machine: context.system.machine.clone(),
        hostname: context.config.hostname.clone(),
        mdns_name: context.system.mdns_name(),
        profile_name: context.system.profile.name,
        engine: context.system.engine_status(),
        licences,
    }
}

pub async fn info(call: Call) -> Result<Reply> {
    reply::json(&system_info(&call.context))
}

pub async fn profile(call: Call) -> Result<Reply> {
    reply::json(&call.context.system.profile_view)
}

pub async fn stats(call: Call) -> Result<Reply> {
    reply::json(&call.context.system.sample().await)
}

pub async fn https(call: Call) -> Result<Reply> {
    reply::json(&call.context.tls.info())
}

pub async fn put_https(mut call: Call) -> Result<Reply> {
    let dry_run = preview::wanted(&call);
    let choice: HttpsChoice = call.json().await?;
    if dry_run {
        return preview_https(&call, choice);
    }
    let context = &call.context;
    let tls = Arc::clone(&context.tls);
    context.acme.must_be_idle()?;
    let info = match choice {
        HttpsChoice::SelfSigned {} => off_thread(move || tls.use_local()).await?,
        HttpsChoice::Custom {
            certificate,
            private_key,
        } => off_thread(move || tls.use_custom(&certificate, &private_key)).await?,
        HttpsChoice::Acme {
            domains,
            email,
            agree_terms,
        } => {
            let order = context
                .acme
                .check_order(&domains, email.as_deref(), agree_terms)?;
            return ordered(&call, context.acme.begin(order, &call.client)?).await;
        }
    };
    changed(&call, &format!("now {}", info.fingerprint_sha256)).await;
    reply::json(&info)
}

fn preview_https(call: &Call, choice: HttpsChoice) -> Result<Reply> {
    let tls = &call.context.tls;
    match choice {
        HttpsChoice::SelfSigned {} => {
            let body = json!({"mode": "self_signed"});
            preview(call, tls.plan_local(), Some(body))
        }
        HttpsChoice::Custom {
            certificate,
            private_key,
        } => preview::secret(&tls.plan_custom(&certificate, &private_key)?),
        HttpsChoice::Acme {
            domains,
            email,
            agree_terms,
        } => {
            let email = email.as_deref();
            let plan = call.context.acme.plan(&domains, email, agree_terms)?;
            let body =
                json!({"mode": "acme", "domains": domains, "email": email, "agree_terms": true});
            preview(call, plan, Some(body))
        }
    }
}

pub async fn renew_https(call: Call) -> Result<Reply> {
    if preview::wanted(&call) {
        let plan = match call.context.acme.plan_renew() {
            Some(plan) => plan,
            None => call.context.tls.plan_renew()?,
        };
        return preview(&call, plan, None);
    }
    let tls = Arc::clone(&call.context.tls);
    if tls.info().mode == HttpsMode::Acme {
        let started = call.context.acme.renew(&call.client)?;
        return ordered(&call, started).await;
    }
    let info = off_thread(move || tls.renew()).await?;
    let details = format!("renewed, now {}", info.fingerprint_sha256);
    changed(&call, &details).await;
    reply::json(&info)
}

/// The certificate once it has come; an order ends within two minutes.
async fn ordered(call: &Call, started: Started) -> Result<Reply> {
    started.finished().await?;
    reply::json(&call.context.tls.info())
}

async fn changed(call: &Call, details: &str) {
    call.context
        .security
        .add(&call.client, "certificate_changed", true, details)
        .await;
}

pub async fn retry_engine(call: Call) -> Result<Reply> {
    if preview::wanted(&call) {
        return preview(&call, call.context.system.plan_retry(), None);
    }
    call.context.system.retry_engine();
    Ok(reply::no_content())
}

pub async fn alive(_call: Call) -> Result<Reply> {
    reply::json(&Alive { status: "ok" })
}

pub async fn ca(call: Call) -> Result<Reply> {
    let mut reply = reply::with(
        StatusCode::OK,
        "application/x-x509-ca-cert",
        call.context.tls.ca_pem(),
    );
    attach(&mut reply, "dockermate-ca.crt");
    Ok(reply)
}

pub async fn mobileconfig(call: Call) -> Result<Reply> {
    let host = call.context.settings.get().host_name;
    let mut reply = reply::with(
        StatusCode::OK,
        "application/x-apple-aspen-config",
        call.context.tls.mobileconfig(&host),
    );
    attach(&mut reply, "dockermate.mobileconfig");
    Ok(reply)
}

fn attach(reply: &mut Reply, name: &str) {
    if let Ok(value) = HeaderValue::from_str(&format!("attachment; filename=\"{name}\"")) {
        reply.headers_mut().insert(CONTENT_DISPOSITION, value);
    }
}

pub async fn openapi(call: Call) -> Result<Reply> {
    // Without its hash: it is asked for by this name after an update, too.
    assets::serve("-/openapi.json", &call.method, &call.headers)
}

pub async fn favicon(call: Call) -> Result<Reply> {
    assets::serve(
        &format!("{}/img/favicon.svg", assets::HASH),
        &call.method,
        &call.headers,
    )
}
