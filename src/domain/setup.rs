//! The first start: all of the wizard's answers, or none.

use crate::domain::auth::{self, Auth, LoginResult};
use crate::domain::security::Client;
use crate::domain::settings::{SettingsPatch, SettingsService};
use crate::domain::tls::{Acme, OrderRequest, Tls, off_thread};
use crate::error::Result;
use std::sync::Arc;

/// What the wizard collected.
#[derive(Debug)]
pub struct SetupAnswers {
    pub password: String,
    pub settings: SettingsPatch,
    /// Certificate chain and private key, PEM.
    pub custom_certificate: Option<(String, String)>,
    /// Ordered once the host is set up: the wizard does not wait for the internet.
    pub acme: Option<OrderRequest>,
    pub setup_token: Option<String>,
    pub token_required: bool,
}

/// Checks everything that can be checked before anything is changed.
pub async fn complete(
    auth: &Auth,
    settings: &SettingsService,
    tls: &Arc<Tls>,
    acme: &Arc<Acme>,
    answers: SetupAnswers,
    client: &Client,
) -> Result<LoginResult> {
    auth.admit_setup(
        answers.setup_token.as_deref(),
        answers.token_required,
        client,
    )
    .await?;
    auth::require("password", &answers.password)?;
    let settings_after = settings.preview(answers.settings)?;
    let _alone = auth.setting_up.lock().await;
    if auth.is_set_up() {
        return Err(auth::already_set_up());
    }
    let custom = answers.custom_certificate.is_some();
    if let Some((certificate, private_key)) = answers.custom_certificate {
        let tls = Arc::clone(tls);
        off_thread(move || tls.use_custom(&certificate, &private_key)).await?;
    }
    let outcome = auth
        .set_up(answers.password, settings_after.clone(), client)
        .await;
    match outcome {
        Ok(login) => {
            settings.replace(settings_after);
            if let Some(order) = answers.acme
                && let Err(error) = acme.begin(order, client)
            {
                tracing::warn!(%error, "the certificate order could not be started");
            }
            Ok(login)
        }
        Err(error) => {
            // The disk is full, most likely: the certificate goes back too.
            if custom {
                let tls = Arc::clone(tls);
                if let Err(second) = off_thread(move || tls.use_local()).await {
                    tracing::error!(%second, "the custom certificate could not be removed");
                }
            }
            Err(error)
        }
    }
}
