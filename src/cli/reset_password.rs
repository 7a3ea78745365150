//! `dockermate reset-password`: a temporary password for who owns the console.

use super::{UNAVAILABLE, complain, open_database, say};
use crate::config::Config;
use crate::domain::auth;
use crate::host::hardware::Hardware;

pub fn run(config: &Config) -> u8 {
    let hardware = Hardware::detect();
    let profile = hardware.profile(config.profile);
    let outcome = open_database(config, profile)
        .map_err(|error| error.to_string())
        .and_then(|store| {
            auth::reset_blocking(&store, hardware.hashing(profile).cost)
                .map_err(|error| error.to_string())
        });
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
