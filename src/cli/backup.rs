//! `dockermate backup FILE`: a copy of the database that opens by itself.

use super::{UNAVAILABLE, USAGE, complain, say};
use crate::app;
use crate::config::Config;
use crate::host::hardware::Hardware;
use crate::store::Store;
use std::path::Path;

pub fn run(config: &Config, operands: &[String]) -> u8 {
    let [target] = operands else {
        complain("name the file to write: dockermate backup FILE");
        return USAGE;
    };
    let hardware = Hardware::detect();
    let sizes = app::sizes(hardware.profile(config.profile));
    let outcome = Store::open_beside(&config.data_dir, sizes)
        .and_then(|store| store.backup(Path::new(target)));
    match outcome {
        Ok(bytes) => {
            say(&format!(
                "{bytes} bytes written to {target}. To restore: stop DockerMate, put it at \
                 {}, start again.",
                config.data_dir.join("db/data.mdb").display()
            ));
            0
        }
        Err(error) => {
            complain(&error.to_string());
            UNAVAILABLE
        }
    }
}
