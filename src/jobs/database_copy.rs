//! Keeps a copy of the database. A look a day, a copy a week.

use super::driver::{Job, Next, Ran};
use crate::domain::background_jobs::{JobInfo, Schedule};
use crate::domain::database_copy::DatabaseCopy;
use crate::error::Result;
use crate::model::spec::bytes_said;
use futures_util::future::BoxFuture;
use std::time::Duration;

const DAY: Duration = Duration::from_hours(24);

pub struct CopyDatabase(pub DatabaseCopy);

impl Job for CopyDatabase {
    fn info(&self) -> JobInfo {
        JobInfo {
            id: "copy_database",
            title: "Copy the database",
            description: "Keeps a copy that is at most a week old in the data folder (db/weekly.mdb).",
            schedule: Schedule::Every(DAY),
        }
    }

    fn run(&mut self) -> BoxFuture<'_, Result<Ran>> {
        Box::pin(async {
            let result = match self.0.run().await? {
                None => "The last copy is recent enough.".to_owned(),
                Some(bytes) => format!("Copied, {}.", bytes_said(bytes)),
            };
            Ok(Ran::new(result, Next::Scheduled))
        })
    }
}
