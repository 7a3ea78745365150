//! Work that goes on by itself, each piece a task that ends when the process
//! stops. Nothing here runs because a page is open.

mod certificate;
mod recover;
mod sweep;
mod watchdog;

use crate::domain::auth::Auth;
use crate::domain::containers::Containers;
use crate::domain::operations::{Operations, Recovery};
use crate::domain::system::System;
use crate::domain::tls::{Acme, Tls};
use crate::lifecycle::Lifecycle;
use crate::model::engine::EngineStatus;
use std::sync::Arc;
use tokio::sync::watch;

/// Who looks after what the listeners present.
pub struct Certificates {
    pub tls: Arc<Tls>,
    pub acme: Arc<Acme>,
}

/// What brings interrupted operations to an end.
pub struct Recoveries {
    pub operations: Operations,
    /// One for each kind of journal entry.
    pub recoveries: Vec<Arc<dyn Recovery>>,
    pub engine_status: watch::Receiver<EngineStatus>,
}

pub fn start(
    life: &Lifecycle,
    recoveries: Recoveries,
    containers: Arc<Containers>,
    system: Arc<System>,
    certificates: Certificates,
    auth: Arc<Auth>,
    cleanup: crate::domain::cleanup::Cleanup,
) {
    let tracker = &life.tracker;
    tracker.spawn(recover::run(recoveries, life.stop.clone()));
    tracker.spawn(containers.follow(life.stop.clone()));
    tracker.spawn(certificate::run(
        system,
        certificates,
        auth,
        life.stop.clone(),
    ));
    tracker.spawn(sweep::run(cleanup, life.stop.clone()));
    tracker.spawn(watchdog::run(life.stop.clone()));
}
