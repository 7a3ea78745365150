//! `dockermate check-database`: reads everything once. A damaged file may end
//! this process with a signal, which tells as much as an error.

use super::{UNAVAILABLE, complain, say};
use crate::store::{CheckError, DAMAGED, read_everything};
use std::path::Path;

pub fn run(data_dir: &Path) -> u8 {
    match read_everything(data_dir) {
        Ok(records) => {
            say(&format!("{records} records can be read."));
            0
        }
        Err(error) => {
            complain(&error.to_string());
            match error {
                CheckError::Damaged(_) => DAMAGED,
                CheckError::Failed(_) | CheckError::Grown => UNAVAILABLE,
            }
        }
    }
}
