//! Settings.

use crate::domain::settings::SettingsPatch;
use crate::error::Result;
use crate::http::call::Call;
use crate::http::preview::{self, preview};
use crate::http::reply::{self, Reply};

pub async fn get(call: Call) -> Result<Reply> {
    reply::json(&call.context.settings.get())
}

pub async fn patch(mut call: Call) -> Result<Reply> {
    let dry_run = preview::wanted(&call);
    let (patch, body): (SettingsPatch, _) = preview::body(&mut call).await?;
    let settings = &call.context.settings;
    if dry_run {
        return preview(&call, settings.plan(patch)?, Some(body));
    }
    let concerns_updates = patch.updates.is_some();
    let changed = settings.patch(patch).await?;
    if concerns_updates {
        call.context.updates.settings_changed();
    }
    reply::json(&changed)
}
