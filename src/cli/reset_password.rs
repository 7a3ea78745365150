//! `dockermate reset-password`: a temporary password for who owns the console.

use super::{UNAVAILABLE, complain, say};
use crate::app;
use crate::config::Config;
use crate::domain::auth;
use crate::domain::security::{Client, record_blocking};
use crate::error::Error;
use crate::host::hardware::Hardware;
use crate::model::profile::Profile;
use crate::store::Store;

pub fn run(config: &Config) -> u8 {
    let hardware = Hardware::detect();
    let profile = hardware.profile(config.profile);
    let outcome = Store::open_beside(&config.data_dir, app::sizes(profile))
        .map_err(|error| error.to_string())
        .and_then(|store| reset(&store, profile).map_err(|error| error.to_string()));
    match outcome {
        Ok(Some(password)) => {
            say(&format!("Temporary Password: {password}"));
            say("Force password change on next login: Yes");
            say("Every session has ended.");
            0
        }
        Ok(None) => {
            complain("no password is set yet. Open DockerMate in a browser and set one");
            UNAVAILABLE
        }
        Err(error) => {
            complain(&error);
            UNAVAILABLE
        }
    }
}

/// The new temporary password, or `None` before the first start is finished.
pub fn reset(store: &Store, profile: &Profile) -> Result<Option<String>, Error> {
    let Some(user) = store.user()? else {
        return Ok(None);
    };
    let password = auth::temporary()?;
    let cost = profile.scrypt;
    let hash = auth::hash_blocking(cost.log_n, cost.r, cost.p, &password)?;
    store.replace_password_blocking(&auth::reset(user, hash))?;
    record_blocking(store, &Client::console(), "password_reset");
    Ok(Some(password))
}
