//! Settings.

use super::route::Access::Session;
use super::route::AnswerKind::Json;
use super::route::{Route, route};
use crate::domain::settings::SettingsPatch;
use crate::http::api::settings;
use crate::http::openapi::shape;
use crate::http::preview::DRY_RUN;
use crate::model::settings::Settings;

pub(super) const SETTINGS: &[Route] = &[
    route(
        "get_settings",
        "GET",
        "/api/settings",
        Session,
        |c| Box::pin(settings::get(c)),
        Json(shape::<Settings>),
        "Get the settings.",
    ),
    route(
        "update_settings",
        "PATCH",
        "/api/settings",
        Session,
        |c| Box::pin(settings::patch(c)),
        Json(shape::<Settings>),
        "Change settings. Fields that are left out keep their values.",
    )
    .errors(&[507])
    .query(&[DRY_RUN])
    .body(shape::<SettingsPatch>),
];
