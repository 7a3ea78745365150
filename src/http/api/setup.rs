//! The first start, as data and as one request.

use crate::domain::auth::{LoginResult, Rule, strength};
use crate::domain::settings::SettingsPatch;
use crate::domain::setup::{self, SetupAnswers};
use crate::error::Result;
use crate::http::call::Call;
use crate::http::reply::{self, Reply};
use crate::model::certificate::CertificateInfo;
use crate::model::container::Level;
use crate::model::environment::HostMode;
use crate::model::profile::ProfileView;
use hyper::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Everything that the wizard shows.
#[derive(Debug, Serialize, ToSchema)]
pub struct SetupInfo {
    /// The token from the console is needed: the request comes from another
    /// network, or the database of an earlier installation is missing.
    pub token_required: bool,
    /// The keys of an earlier installation are there, and its database is not.
    pub database_lost: bool,
    pub password_rules: Vec<Rule>,
    pub profile: ProfileView,
    pub https: CertificateInfo,
    /// Where this host can be opened.
    pub urls: Vec<String>,
    pub host_environments: Vec<HostEnvironment>,
    pub host_name: String,
    pub skill_levels: Vec<SkillLevel>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct HostEnvironment {
    pub code: String,
    pub name: String,
    pub description: String,
}

/// How much the pages show and explain.
#[derive(Debug, Serialize, ToSchema)]
pub struct SkillLevel {
    pub code: Level,
    pub name: &'static str,
    pub description: &'static str,
}

pub fn skill_levels() -> Vec<SkillLevel> {
    let describe = |code: Level| SkillLevel {
        code,
        name: code.title(),
        description: code.description(),
    };
    Level::ALL.into_iter().map(describe).collect()
}

/// Only the password is required.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetupRequest {
    pub password: String,
    #[serde(default)]
    pub host_environment: Option<HostMode>,
    #[serde(default)]
    pub host_name: Option<String>,
    /// Beginner where it is left out.
    #[serde(default = "first_level")]
    pub skill_level: Level,
    #[serde(default)]
    pub https: Option<HttpsChoice>,
    #[serde(default)]
    pub setup_token: Option<String>,
}

fn first_level() -> Level {
    Level::Beginner
}

/// Which certificate the host shows.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(tag = "mode", rename_all = "snake_case", deny_unknown_fields)]
pub enum HttpsChoice {
    /// From the local authority that the first start made.
    SelfSigned {},
    /// The user's own, PEM.
    Custom {
        certificate: String,
        private_key: String,
    },
    /// Ordered from Let's Encrypt, or the authority of `--acme-directory`. It
    /// must reach this host under each name on port 80.
    Acme {
        domains: Vec<String>,
        /// Where the authority may write to.
        #[serde(default)]
        email: Option<String>,
        /// Must be true.
        #[serde(default)]
        agree_terms: bool,
    },
}

impl SetupRequest {
    /// From the fields of the page's form.
    pub fn from_form(field: &impl Fn(&str) -> Option<String>) -> Self {
        let https = match field("https_mode").as_deref() {
            Some("custom") => Some(HttpsChoice::Custom {
                certificate: field("certificate").unwrap_or_default(),
                private_key: field("private_key").unwrap_or_default(),
            }),
            Some("acme") => Some(HttpsChoice::Acme {
                domains: field("domains")
                    .unwrap_or_default()
                    .split([',', ' ', '\n', '\r', '\t'])
                    .map(ToOwned::to_owned)
                    .collect(),
                email: field("email"),
                agree_terms: field("agree_terms").is_some(),
            }),
            _ => None,
        };
        Self {
            password: field("password").unwrap_or_default(),
            host_environment: field("host_environment").map(HostMode::of),
            host_name: field("host_name"),
            skill_level: match field("skill_level").as_deref() {
                Some("intermediate") => Level::Intermediate,
                Some("advanced") => Level::Advanced,
                _ => first_level(),
            },
            https,
            setup_token: field("setup_token"),
        }
    }
}

/// Somebody on this network needs none, unless the database was lost.
async fn needs_token(call: &Call) -> bool {
    call.context.auth.asks_everybody_for_token() || !call.is_at_home().await
}

pub async fn info(call: &Call) -> SetupInfo {
    let context = &call.context;
    let single = context.environments.list();
    let single = single.iter().map(|known| HostEnvironment {
        code: known.code.clone(),
        name: known.name.clone(),
        description: known.description.clone(),
    });
    let mixed = HostEnvironment {
        code: HostMode::MIXED.to_owned(),
        name: "Mixed".to_owned(),
        description: "Mixed: each container has its own environment.".to_owned(),
    };
    SetupInfo {
        token_required: needs_token(call).await,
        database_lost: context.auth.asks_everybody_for_token(),
        password_rules: strength("").rules,
        profile: context.system.profile_view.clone(),
        https: context.tls.info(),
        urls: context.system.urls(),
        host_environments: single.chain([mixed]).collect(),
        host_name: context.settings.get().host_name,
        skill_levels: skill_levels(),
    }
}

/// One wizard, from JSON or from the form.
pub async fn complete(call: &Call, request: SetupRequest) -> Result<LoginResult> {
    let context = &call.context;
    let (mut custom, mut acme) = (None, None);
    match request.https {
        Some(HttpsChoice::Custom {
            certificate,
            private_key,
        }) => custom = Some((certificate, private_key)),
        Some(HttpsChoice::Acme {
            domains,
            email,
            agree_terms,
        }) => {
            acme = Some(
                context
                    .acme
                    .check_order(&domains, email.as_deref(), agree_terms)?,
            );
        }
        Some(HttpsChoice::SelfSigned {}) | None => {}
    }
    let answers = SetupAnswers {
        password: request.password,
        settings: SettingsPatch {
            host_environment: request.host_environment,
            host_name: request.host_name,
            skill_level: Some(request.skill_level),
            ..SettingsPatch::default()
        },
        custom_certificate: custom,
        acme,
        setup_token: request.setup_token,
        token_required: needs_token(call).await,
    };
    setup::complete(
        &context.auth,
        &context.settings,
        &context.tls,
        &context.acme,
        answers,
        &call.client,
    )
    .await
}

pub async fn get(call: Call) -> Result<Reply> {
    reply::json(&info(&call).await)
}

pub async fn post(mut call: Call) -> Result<Reply> {
    let request: SetupRequest = call.json().await?;
    let login = complete(&call, request).await?;
    let mut reply = reply::json_status(StatusCode::CREATED, &login)?;
    super::auth::give_cookies(&call, &login, &mut reply)?;
    Ok(reply)
}
