//! The host, its engine, its certificate, and what changes on it.

use super::route::Access::{Public, Session};
use super::route::AnswerKind::{Description, Download, Events, Json, NoContent};
use super::route::{Route, route};
use crate::http::api::{background_jobs, events, setup, system};
use crate::http::openapi::shape;
use crate::http::preview::DRY_RUN;
use crate::model::certificate::CertificateInfo;
use crate::model::job::JobStatus;
use crate::model::profile::ProfileView;
use crate::model::system::HostSample;

pub(super) const SYSTEM: &[Route] = &[
    route("get_system", "GET", "/api/system", Session, |c| Box::pin(system::info(c)), Json(shape::<system::SystemInfo>), "Get the version, folders, addresses, engine and licenses."),
    route("get_profile", "GET", "/api/system/profile", Session, |c| Box::pin(system::profile(c)), Json(shape::<ProfileView>), "Get the hardware profile and how each value was detected."),
    route("get_host_stats", "GET", "/api/system/stats", Session, |c| Box::pin(system::stats(c)), Json(shape::<HostSample>), "Get one sample of the host's CPU, memory and disk usage."),
    route("retry_engine", "POST", "/api/system/engine/retry", Session, |c| Box::pin(system::retry_engine(c)), NoContent, "Retry the engine connection now instead of waiting for the next attempt.").query(&[DRY_RUN]),
    route("list_jobs", "GET", "/api/system/jobs", Session, |c| Box::pin(background_jobs::list(c)), Json(shape::<background_jobs::JobList>), "List the background jobs with their schedules, last results and next runs."),
    route("run_job", "POST", "/api/system/jobs/{id}/run", Session, |c| Box::pin(background_jobs::run(c)), Json(shape::<JobStatus>), "Run a background job now. A job that is running is run once more afterwards.").query(&[DRY_RUN]),
    route("get_certificate", "GET", "/api/system/https", Session, |c| Box::pin(system::https(c)), Json(shape::<CertificateInfo>), "Get the HTTPS certificate in use."),
    route("change_certificate", "PUT", "/api/system/https", Session, |c| Box::pin(system::put_https(c)), Json(shape::<CertificateInfo>), "Use a self-signed certificate, upload one, or order one from Let's Encrypt (answers with the certificate or the reason for the failure within two minutes).").errors(&[429, 502, 507]).query(&[DRY_RUN]).body(shape::<setup::HttpsChoice>),
    route("renew_certificate", "POST", "/api/system/https/renew", Session, |c| Box::pin(system::renew_https(c)), Json(shape::<CertificateInfo>), "Renew the certificate now.").errors(&[429, 502, 507]).query(&[DRY_RUN]),
    route("get_ca_certificate", "GET", "/ca.crt", Public, |c| Box::pin(system::ca(c)), Download("application/x-x509-ca-cert"), "Download the certificate of the local authority, to install in browsers."),
    route("get_ca_profile", "GET", "/ca.mobileconfig", Public, |c| Box::pin(system::mobileconfig(c)), Download("application/x-apple-aspen-config"), "Download the certificate of the local authority as a profile for Apple devices."),
    route("check_health", "GET", "/healthz", Public, |c| Box::pin(system::alive(c)), Json(shape::<system::Alive>), "Check that DockerMate is responding."),
    route("get_openapi", "GET", "/api/openapi.json", Public, |c| Box::pin(system::openapi(c)), Description, "Get this API description."),
    route("stream_events", "GET", "/api/events", Session, |c| Box::pin(events::stream(c)), Events, "Stream changes: engine, container, container_removed, image, image_removed, network, network_removed, volume, volume_removed, inventory, operation, job, settings, environments; with host=1 also host.").errors(&[503]).query(events::QUERY),
];
