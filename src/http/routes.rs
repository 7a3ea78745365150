//! The whole surface, one line a thing. The router, the OpenAPI document and
//! the test that every endpoint refuses strangers are made from this table.

use super::api::{
    auth, backups, containers, environments, events, exec, logs, operations, run_lines, settings,
    setup, stats, system, templates, terminal,
};
use super::call::Call;
use super::openapi::{Shape, shape};
use super::pages;
use super::preview::DRY_RUN;
use super::reply::Reply;
use crate::domain::auth as who;
use crate::domain::containers as boxes;
use crate::domain::environments as worlds;
use crate::domain::settings::SettingsPatch;
use crate::domain::templates as patterns;
use crate::error::Result;
use crate::model;
use std::future::Future;
use std::pin::Pin;

/// Who may call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Anybody, always.
    Public,
    /// Anybody, until the first password is set.
    SetupOnly,
    /// Anybody, from then on.
    Entry,
    /// A session.
    Session,
    /// A session, even one that must change its password first.
    Account,
}

pub type Answer = Pin<Box<dyn Future<Output = Result<Reply>> + Send>>;
pub type Handler = fn(Call) -> Answer;

/// A line of the table.
#[derive(Debug, Clone, Copy)]
pub struct Route {
    pub method: &'static str,
    pub path: &'static str,
    pub access: Access,
    pub handler: Handler,
    /// One sentence for the API description; empty for pages.
    pub doc: &'static str,
    pub query: &'static [&'static str],
    pub body: Option<fn() -> Shape>,
    pub reply: Kind,
}

/// What an answer is.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    Json(fn() -> Shape),
    Created(fn() -> Shape),
    /// An operation at its end, or 202 with its id under `Prefer: respond-async`.
    Operation,
    NoContent,
    /// `text/event-stream`.
    Events,
    /// A WebSocket.
    Socket,
    /// Another media type.
    Other(&'static str),
    /// A page: not part of the API description.
    Page,
}

use Access::{Account, Entry, Public, Session, SetupOnly};

const fn route(
    method: &'static str,
    path: &'static str,
    access: Access,
    handler: Handler,
    reply: Kind,
    doc: &'static str,
) -> Route {
    Route {
        method,
        path,
        access,
        handler,
        doc,
        query: &[],
        body: None,
        reply,
    }
}

impl Route {
    const fn query(mut self, names: &'static [&'static str]) -> Self {
        self.query = names;
        self
    }

    const fn body(mut self, shape: fn() -> Shape) -> Self {
        self.body = Some(shape);
        self
    }
}

const fn page(path: &'static str, access: Access, handler: Handler) -> Route {
    route("GET", path, access, handler, Kind::Page, "")
}

const fn action(path: &'static str, handler: Handler, doc: &'static str) -> Route {
    route("POST", path, Session, handler, Kind::Operation, doc)
        .query(containers::ACT)
        .body(shape::<boxes::Options>)
}

#[rustfmt::skip]
pub const ROUTES: &[Route] = &[
    // Pages
    page("/", Session, |c| Box::pin(pages::dashboard(c))),
    page("/containers", Session, |c| Box::pin(pages::containers(c))),
    page("/containers/new", Session, |c| Box::pin(pages::create(c))),
    page("/containers/{id}/edit", Session, |c| Box::pin(pages::edit(c))),
    page("/containers/{id}", Session, |c| Box::pin(pages::container(c))),
    page("/templates", Session, |c| Box::pin(pages::templates(c))),
    page("/operations", Session, |c| Box::pin(pages::operations(c))),
    page("/settings", Account, |c| Box::pin(pages::settings(c))),
    page("/setup", SetupOnly, |c| Box::pin(pages::setup(c))),
    route("POST", "/setup", SetupOnly, |c| Box::pin(pages::setup_post(c)), Kind::Page, ""),
    page("/login", Entry, |c| Box::pin(pages::login(c))),
    route("POST", "/login", Entry, |c| Box::pin(pages::login_post(c)), Kind::Page, ""),
    page("/favicon.ico", Public, |c| Box::pin(system::favicon(c))),
    // First start
    route("GET", "/api/setup", SetupOnly, |c| Box::pin(setup::get(c)), Kind::Json(shape::<setup::SetupInfo>), "Everything that the first-start wizard shows."),
    route("POST", "/api/setup", SetupOnly, |c| Box::pin(setup::post(c)), Kind::Created(shape::<who::LoginResult>), "Finish the first start. Only the password is required; afterwards the caller is logged in.").body(shape::<setup::SetupRequest>),
    route("POST", "/api/setup/password", Public, |c| Box::pin(auth::password_strength(c)), Kind::Json(shape::<who::Strength>), "How good a password is, rule by rule. Nothing is stored.").body(shape::<auth::PasswordRequest>),
    // Who
    route("POST", "/api/auth/login", Entry, |c| Box::pin(auth::login(c)), Kind::Json(shape::<who::LoginResult>), "Log in with the password. The answer's token is also set as the cookie `session`.").body(shape::<auth::LoginRequest>),
    route("POST", "/api/auth/logout", Account, |c| Box::pin(auth::logout(c)), Kind::NoContent, "End this session."),
    route("GET", "/api/auth/session", Account, |c| Box::pin(auth::session(c)), Kind::Json(shape::<auth::SessionState>), "Whether this session is good, and until when."),
    route("POST", "/api/auth/change-password", Account, |c| Box::pin(auth::change_password(c)), Kind::Json(shape::<who::LoginResult>), "Change the password. Every session ends; the answer carries a new one.").body(shape::<auth::ChangePassword>).query(DRY_RUN),
    route("GET", "/api/auth/sessions", Account, |c| Box::pin(auth::sessions(c)), Kind::Json(shape::<auth::SessionList>), "Every live session."),
    route("DELETE", "/api/auth/sessions/{id}", Account, |c| Box::pin(auth::revoke(c)), Kind::NoContent, "End a session.").query(DRY_RUN),
    route("GET", "/api/security/events", Session, |c| Box::pin(auth::security_events(c)), Kind::Json(shape::<auth::SecurityEventList>), "The security log, newest first.").query(&["limit"]),
    // Settings
    route("GET", "/api/settings", Session, |c| Box::pin(settings::get(c)), Kind::Json(shape::<model::settings::Settings>), "The settings."),
    route("PATCH", "/api/settings", Session, |c| Box::pin(settings::patch(c)), Kind::Json(shape::<model::settings::Settings>), "Change some settings; what is left out stays.").body(shape::<SettingsPatch>).query(DRY_RUN),
    route("GET", "/api/environments", Session, |c| Box::pin(environments::list(c)), Kind::Json(shape::<environments::EnvironmentList>), "The environments with their rules, in order."),
    route("POST", "/api/environments", Session, |c| Box::pin(environments::post(c)), Kind::Created(shape::<model::environment::Environment>), "Add an environment. Only its code is required.").body(shape::<worlds::EnvironmentPatch>).query(DRY_RUN),
    route("PUT", "/api/environments/order", Session, |c| Box::pin(environments::order(c)), Kind::Json(shape::<environments::EnvironmentList>), "Put the environments in another order: every code, once.").body(shape::<worlds::EnvironmentOrder>).query(DRY_RUN),
    route("PUT", "/api/environments/{code}", Session, |c| Box::pin(environments::put(c)), Kind::Json(shape::<model::environment::Environment>), "Rename or recolour an environment, or change its rules; what is left out stays.").body(shape::<worlds::EnvironmentPatch>).query(DRY_RUN),
    route("DELETE", "/api/environments/{code}", Session, |c| Box::pin(environments::delete(c)), Kind::NoContent, "Delete an environment of your own. What is tagged with it gets `move_to`; without that, it must be unused.").query(environments::DELETE),
    // The box
    route("GET", "/api/system", Session, |c| Box::pin(system::info(c)), Kind::Json(shape::<system::SystemInfo>), "Version, folders, addresses, engine, licences."),
    route("GET", "/api/system/profile", Session, |c| Box::pin(system::profile(c)), Kind::Json(shape::<model::profile::ProfileView>), "The hardware profile, and how each value was found."),
    route("GET", "/api/system/stats", Session, |c| Box::pin(system::stats(c)), Kind::Json(shape::<model::system::HostSample>), "How busy the box is, once."),
    route("POST", "/api/system/engine/retry", Session, |c| Box::pin(system::retry_engine(c)), Kind::NoContent, "Try to reach the engine now instead of at the next turn.").query(DRY_RUN),
    route("GET", "/api/system/https", Session, |c| Box::pin(system::https(c)), Kind::Json(shape::<model::certificate::CertificateInfo>), "The certificate that this box shows."),
    route("PUT", "/api/system/https", Session, |c| Box::pin(system::put_https(c)), Kind::Json(shape::<model::certificate::CertificateInfo>), "Use the own authority's certificate, bring one, or order one from Let's Encrypt (answers when it is there, or why not, within two minutes).").body(shape::<setup::HttpsChoice>).query(DRY_RUN),
    route("POST", "/api/system/https/renew", Session, |c| Box::pin(system::renew_https(c)), Kind::Json(shape::<model::certificate::CertificateInfo>), "Issue or order the certificate anew now.").query(DRY_RUN),
    route("GET", "/ca.crt", Public, |c| Box::pin(system::ca(c)), Kind::Other("application/x-x509-ca-cert"), "The local authority's certificate, to install in browsers."),
    route("GET", "/ca.mobileconfig", Public, |c| Box::pin(system::mobileconfig(c)), Kind::Other("application/x-apple-aspen-config"), "The same as a profile for Apple devices."),
    route("GET", "/healthz", Public, |c| Box::pin(system::alive(c)), Kind::Json(shape::<system::Alive>), "Whether this program answers."),
    route("GET", "/api/openapi.json", Public, |c| Box::pin(system::openapi(c)), Kind::Other("application/json"), "This description."),
    // Containers
    route("GET", "/api/containers", Session, |c| Box::pin(containers::list(c)), Kind::Json(shape::<boxes::Page>), "Containers: filter, sort, page.").query(containers::LIST),
    route("GET", "/api/containers/{id}", Session, |c| Box::pin(containers::get(c)), Kind::Json(shape::<model::container::ContainerDetail>), "Everything about one container. The id may be a name, an id, or its beginning."),
    route("POST", "/api/containers", Session, |c| Box::pin(containers::create(c)), Kind::Operation, "Make one, and start it unless start=false. The image is pulled when it is not here. Risks are taken with acknowledge=limit,mounts.").query(containers::CREATE).body(shape::<model::spec::ContainerSpec>),
    route("GET", "/api/containers/validate-name", Session, |c| Box::pin(containers::validate_name(c)), Kind::Json(shape::<boxes::NameCheck>), "Whether a name can be given, and free ones close to it.").query(&["name", "environment"]),
    route("GET", "/api/containers/choices", Session, |c| Box::pin(containers::choices(c)), Kind::Json(shape::<crate::domain::creation::Choices>), "What a new container can be made with: images, networks, volumes, runtimes, and the ports in use."),
    route("POST", "/api/containers/bulk", Session, |c| Box::pin(containers::bulk(c)), Kind::Operation, "One act on many, with a result for each.").query(containers::ACT).body(shape::<boxes::Bulk>),
    route("PUT", "/api/containers/{id}", Session, |c| Box::pin(containers::put(c)), Kind::Json(shape::<model::container::ContainerView>), "What changes while it goes on: your own notes, its name, limits and restart policy.").query(containers::ACT).body(shape::<boxes::Change>),
    route("GET", "/api/containers/{id}/spec", Session, |c| Box::pin(containers::spec(c)), Kind::Json(shape::<model::spec::ContainerSpec>), "What it was made with, ready to be sent to POST /api/containers; with duplicate=true under a free name and without what can exist only once.").query(&["duplicate"]),
    route("POST", "/api/containers/{id}/recreate", Session, |c| Box::pin(containers::recreate(c)), Kind::Operation, "Make it anew, with changes or without, beside the old one; whatever fails puts the old one back.").query(containers::RECREATE).body(shape::<crate::domain::recreate::Recreate>),
    route("DELETE", "/api/containers/{id}", Session, |c| Box::pin(containers::delete(c)), Kind::Operation, "Delete it. Its image and named volumes stay; anonymous volumes too, unless asked.").query(containers::DELETE),
    action("/api/containers/{id}/start", |c| Box::pin(containers::start(c)), "Start it."),
    action("/api/containers/{id}/stop", |c| Box::pin(containers::stop(c)), "Stop it, gracefully first."),
    action("/api/containers/{id}/restart", |c| Box::pin(containers::restart(c)), "Restart it."),
    action("/api/containers/{id}/pause", |c| Box::pin(containers::pause(c)), "Freeze its processes."),
    action("/api/containers/{id}/unpause", |c| Box::pin(containers::unpause(c)), "Let its processes go on."),
    action("/api/containers/{id}/kill", |c| Box::pin(containers::kill(c)), "Send it a signal, SIGKILL unless named."),
    route("GET", "/api/containers/{id}/logs", Session, |c| Box::pin(logs::logs(c)), Kind::Events, "Its log: `text/plain`, or live and resumable as `text/event-stream`.").query(logs::QUERY),
    route("GET", "/api/containers/{id}/commands", Session, |c| Box::pin(containers::commands(c)), Kind::Json(shape::<model::command::Commands>), "The command line of an action, in three modes; `run` reproduces the container.").query(&["action"]),
    // Pasted commands
    route("POST", "/api/convert/run-to-spec", Session, |c| Box::pin(run_lines::run_to_spec(c)), Kind::Json(shape::<crate::domain::run_line::Conversion>), "What a pasted `docker run` makes, with a remark wherever something needs a look. Nothing is run.").body(shape::<crate::domain::run_line::RunText>),
    route("POST", "/api/convert/spec-to-run", Session, |c| Box::pin(run_lines::spec_to_run(c)), Kind::Json(shape::<model::command::Commands>), "The command line that makes a container, in three modes.").body(shape::<run_lines::SpecText>),
    // Configurations before a change
    route("GET", "/api/backups", Session, |c| Box::pin(backups::list(c)), Kind::Json(shape::<backups::BackupList>), "Configurations put by before a change, newest first; of one container by name.").query(&["container"]),
    route("GET", "/api/backups/{id}", Session, |c| Box::pin(backups::get(c)), Kind::Json(shape::<crate::domain::saved_configurations::BackupDetail>), "One, with the specification."),
    route("POST", "/api/backups/{id}/restore", Session, |c| Box::pin(backups::restore(c)), Kind::Operation, "Make the container of a backup again. Its name must be free. Risks are taken with acknowledge=limit,mounts.").query(backups::RESTORE),
    route("DELETE", "/api/backups/{id}", Session, |c| Box::pin(backups::delete(c)), Kind::NoContent, "Forget one.").query(&["dry_run"]),
    route("POST", "/api/containers/{id}/exec", Session, |c| Box::pin(exec::run(c)), Kind::Json(shape::<model::exec::ExecResult>), "Run one command in it and wait for its end; with dry_run=true the plan.").query(&["dry_run"]).body(shape::<crate::domain::exec::ExecRequest>),
    route("GET", "/api/containers/{id}/terminal", Session, |c| Box::pin(terminal::open(c)), Kind::Socket, "A shell in it, over a WebSocket: binary messages are bytes, text messages are JSON (`resize`, `ack`; `exit`, `error`).").query(terminal::QUERY),
    // Templates
    route("GET", "/api/templates", Session, |c| Box::pin(templates::list(c)), Kind::Json(shape::<patterns::TemplateList>), "Templates: your own and the built-in library, each with whether it fits this box.").query(templates::LIST),
    route("POST", "/api/templates", Session, |c| Box::pin(templates::save(c)), Kind::Created(shape::<patterns::SavedTemplate>), "Save a template of your own, from a description or from a container. With dry_run, what would be saved.").query(DRY_RUN).body(shape::<patterns::SaveTemplate>),
    route("POST", "/api/templates/import", Session, |c| Box::pin(templates::import(c)), Kind::Json(shape::<model::template::Imported>), "Import a Portainer template file, an export of DockerMate or docker run lines. With dry_run, a preview.").query(DRY_RUN).body(shape::<patterns::ImportRequest>),
    route("GET", "/api/templates/{id}", Session, |c| Box::pin(templates::get(c)), Kind::Json(shape::<model::template::TemplateDetail>), "One template with its questions; with format=export as a document for another box, without passwords.").query(templates::GET),
    route("PUT", "/api/templates/{id}", Session, |c| Box::pin(templates::update(c)), Kind::Json(shape::<model::template::TemplateDetail>), "Change a template of your own; what is left out stays. With dry_run, what would change.").query(DRY_RUN).body(shape::<patterns::TemplatePatch>),
    route("DELETE", "/api/templates/{id}", Session, |c| Box::pin(templates::delete(c)), Kind::NoContent, "Delete a template of your own. Containers that were made from it stay. With dry_run, what would happen.").query(DRY_RUN),
    route("POST", "/api/templates/{id}/render", Session, |c| Box::pin(templates::render(c)), Kind::Json(shape::<model::spec::ContainerSpec>), "The container that these answers make of a template. Nothing is made yet.").body(shape::<model::template::Answers>),
    route("GET", "/api/containers/{id}/stats", Session, |c| Box::pin(stats::one(c)), Kind::Json(shape::<model::stats::ContainerSample>), "How busy it is, once; live as `text/event-stream` (`sample`, and `end` when it stops).").query(stats::QUERY),
    route("GET", "/api/stats", Session, |c| Box::pin(stats::all(c)), Kind::Json(shape::<model::stats::StatsSnapshot>), "How busy everything that runs is, once; live as `text/event-stream` (`samples`).").query(stats::QUERY),
    // What goes on
    route("GET", "/api/operations", Session, |c| Box::pin(operations::list(c)), Kind::Json(shape::<operations::OperationList>), "Operations, newest first.").query(&["limit"]),
    route("GET", "/api/operations/{id}", Session, |c| Box::pin(operations::get(c)), Kind::Json(shape::<model::operation::Operation>), "One operation."),
    route("DELETE", "/api/operations/{id}", Session, |c| Box::pin(operations::cancel(c)), Kind::Json(shape::<model::operation::Operation>), "Ask a running operation to end early. It puts back what it changed.").query(DRY_RUN),
    route("GET", "/api/events", Session, |c| Box::pin(events::stream(c)), Kind::Events, "What changes, live: engine, container, container_removed, inventory, operation, settings, environments; with host=1 also host.").query(&["host", "after"]),
];
