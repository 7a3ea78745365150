//! Work that goes on by itself, each piece a task that ends when the process
//! stops. Nothing here runs because a page is open.

mod certificate;
mod recover;
mod sweep;
mod watchdog;

use crate::domain::auth::Auth;
use crate::domain::containers::Containers;
use crate::domain::creation::Creation;
use crate::domain::recreate::Recreator;
use crate::domain::system::System;
use crate::domain::tls::{Acme, Tls};
use crate::lifecycle::Lifecycle;
use std::sync::Arc;

/// Who looks after what the listeners present.
pub struct Certificates {
    pub tls: Arc<Tls>,
    pub acme: Arc<Acme>,
}

#[expect(clippy::too_many_arguments, reason = "each job has what it works with")]
pub fn start(
    life: &Lifecycle,
    recreator: Arc<Recreator>,
    containers: Arc<Containers>,
    creation: Arc<Creation>,
    system: Arc<System>,
    certificates: Certificates,
    auth: Arc<Auth>,
    cleanup: crate::domain::cleanup::Cleanup,
) {
    let tracker = &life.tracker;
    tracker.spawn(recover::run(
        recreator,
        Arc::clone(&containers),
        creation,
        life.stop.clone(),
    ));
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
