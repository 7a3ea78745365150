//! Work that the program does without a request. Nothing here runs because a
//! page is open.

mod apply_updates;
mod certificate;
mod check_updates;
mod database_copy;
mod driver;
mod late_containers;
mod network_use;
mod recover;
mod sweep;
mod watchdog;

pub use apply_updates::ApplyUpdates;
pub use certificate::Certificates;
pub use check_updates::CheckUpdates;
pub use database_copy::CopyDatabase;
pub use late_containers::LateContainers;
pub use network_use::NoteNetworkUse;
pub use recover::Recoveries;
pub use sweep::Sweep;

use crate::domain::background_jobs::BackgroundJobs;
use crate::lifecycle::Lifecycle;
use std::sync::Arc;

/// Every background job.
pub struct Jobs {
    pub recoveries: Recoveries,
    pub late_containers: LateContainers,
    pub certificates: Certificates,
    pub sweep: Sweep,
    pub database_copy: CopyDatabase,
    pub check_updates: CheckUpdates,
    pub apply_updates: ApplyUpdates,
    pub network_use: NoteNetworkUse,
}

pub fn start(life: &Lifecycle, background_jobs: &Arc<BackgroundJobs>, jobs: Jobs) {
    driver::start(life, background_jobs, jobs.recoveries);
    driver::start(life, background_jobs, jobs.late_containers);
    driver::start(life, background_jobs, jobs.certificates);
    driver::start(life, background_jobs, jobs.sweep);
    driver::start(life, background_jobs, jobs.database_copy);
    driver::start(life, background_jobs, jobs.check_updates);
    driver::start(life, background_jobs, jobs.apply_updates);
    driver::start(life, background_jobs, jobs.network_use);
    life.tracker.spawn(watchdog::run(life.stop.clone()));
}
