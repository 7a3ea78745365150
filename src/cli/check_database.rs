//! `dockermate check-database`: reads everything once. A damaged file may end
//! this process with a signal, which tells as much as an error.

use super::{complain, say};
use crate::config::Config;
use crate::store::read_everything;

pub fn run(config: &Config) -> u8 {
    match read_everything(&config.data_dir) {
        Ok(records) => {
            say(&format!("{records} records can be read."));
            0
        }
        Err(error) => {
            complain(&error);
            1
        }
    }
}
