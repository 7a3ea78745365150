//! The host, its engine, its certificate, and what changes on it.

use super::route::Access::{Public, Session};
use super::route::AnswerKind::{Events, Json, NoContent, Other};
use super::route::{Route, route};
use crate::http::api::{background_jobs, events, setup, system};
use crate::http::openapi::shape;
use crate::http::preview::DRY_RUN;
use crate::model::certificate::CertificateInfo;
use crate::model::job::JobStatus;
use crate::model::profile::ProfileView;
use crate::model::system::HostSample;

pub(super) const SYSTEM: &[Route] = &[
    route("GET", "/api/system", Session, |c| Box::pin(system::info(c)), Json(shape::<system::SystemInfo>), "Get the version, folders, addresses, engine and licenses."),
    route("GET", "/api/system/profile", Session, |c| Box::pin(system::profile(c)), Json(shape::<ProfileView>), "Get the hardware profile and how each value was detected."),
    route("GET", "/api/system/stats", Session, |c| Box::pin(system::stats(c)), Json(shape::<HostSample>), "Get one sample of the host's CPU, memory and disk usage."),
    route("POST", "/api/system/engine/retry", Session, |c| Box::pin(system::retry_engine(c)), NoContent, "Retry the engine connection now instead of waiting for the next attempt.").query(DRY_RUN),
    route("GET", "/api/system/jobs", Session, |c| Box::pin(background_jobs::list(c)), Json(shape::<background_jobs::JobList>), "List the background jobs with their schedules, last results and next runs."),
    route("POST", "/api/system/jobs/{id}/run", Session, |c| Box::pin(background_jobs::run(c)), Json(shape::<JobStatus>), "Run a background job now. A job that is running is run once more afterwards.").query(DRY_RUN),
    route("GET", "/api/system/https", Session, |c| Box::pin(system::https(c)), Json(shape::<CertificateInfo>), "Get the HTTPS certificate in use."),
    route("PUT", "/api/system/https", Session, |c| Box::pin(system::put_https(c)), Json(shape::<CertificateInfo>), "Use a self-signed certificate, upload one, or order one from Let's Encrypt (answers with the certificate or the reason for the failure within two minutes).").query(DRY_RUN).body(shape::<setup::HttpsChoice>),
    route("POST", "/api/system/https/renew", Session, |c| Box::pin(system::renew_https(c)), Json(shape::<CertificateInfo>), "Renew the certificate now.").query(DRY_RUN),
    route("GET", "/ca.crt", Public, |c| Box::pin(system::ca(c)), Other("application/x-x509-ca-cert"), "Download the certificate of the local authority, to install in browsers."),
    route("GET", "/ca.mobileconfig", Public, |c| Box::pin(system::mobileconfig(c)), Other("application/x-apple-aspen-config"), "Download the certificate of the local authority as a profile for Apple devices."),
    route("GET", "/healthz", Public, |c| Box::pin(system::alive(c)), Json(shape::<system::Alive>), "Check that DockerMate is responding."),
    route("GET", "/api/openapi.json", Public, |c| Box::pin(system::openapi(c)), Other("application/json"), "Get this API description."),
    route("GET", "/api/events", Session, |c| Box::pin(events::stream(c)), Events, "Stream changes: engine, container, container_removed, image, image_removed, network, network_removed, volume, volume_removed, inventory, operation, job, settings, environments; with host=1 also host.").query(&["host", "after"]),
];
