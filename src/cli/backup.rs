//! `dockermate backup FILE`: a copy of the database, and beside it a copy of
//! the key that decrypts what is sealed in it.

use super::{UNAVAILABLE, USAGE, complain, open_database, say};
use crate::config::Config;
use crate::host::hardware::Hardware;
use crate::store::{KEY_FILE, StoreError, copy_key};
use std::fs;
use std::path::Path;

pub fn run(config: &Config, operands: &[String]) -> u8 {
    let [target] = operands else {
        complain("a file name is required: dockermate backup FILE");
        return USAGE;
    };
    // Before a copy is made that would be left without its key.
    let key = format!("{target}.key");
    if config.data_dir.join(KEY_FILE).exists() && fs::symlink_metadata(&key).is_ok() {
        let error = StoreError::BackupExists { path: key };
        complain(&error.to_string());
        return UNAVAILABLE;
    }
    let hardware = Hardware::detect();
    let outcome = open_database(config, hardware.profile(config.profile))
        .and_then(|store| store.backup(Path::new(target)));
    let bytes = match outcome {
        Ok(bytes) => bytes,
        Err(error) => {
            complain(&error.to_string());
            return UNAVAILABLE;
        }
    };
    let copied = copy_key(&config.data_dir, Path::new(&key));
    say(&format!(
        "{bytes} bytes written to {target}. To restore: stop DockerMate, copy it to {}, start again.",
        config.data_dir.join("db/data.mdb").display()
    ));
    match copied {
        Ok(true) => {
            say(&format!(
                "{key} decrypts the saved configurations in it; restore it to {}. Store the two in different places.",
                config.data_dir.join(KEY_FILE).display()
            ));
            0
        }
        Ok(false) => 0,
        Err(error) => {
            complain(&format!(
                "the key could not be copied to {key} ({error}). Without it a restore contains everything except saved configurations"
            ));
            UNAVAILABLE
        }
    }
}
