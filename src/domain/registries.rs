//! Registries: which ones images come from, where the login at each is, and logins
//! that are entered here: stored, deleted, and tried at the registry itself.
//!
//! Invariant: a secret comes in and goes out to its registry, and is part of no
//! answer, message, event or log.

mod change;
mod check;
mod list;
mod login_test;
mod stored;

pub use change::RegistryLoginRequest;
pub use list::{LoginOrigin, RegistryList, RegistryLoginView, RegistryView};
pub use login_test::{LoginTestOutcome, LoginTestRequest, LoginTestResult};
pub use stored::StoredLogins;

use crate::domain::security::SecurityLog;
use crate::domain::updates::Updates;
use crate::engine::Engine;
use crate::registry::{LoginFiles, RegistryClient};
use crate::store::Store;
use std::sync::Arc;
use tokio::sync::Semaphore;

/// Logins that are tried at the same time.
const TESTS: usize = 4;

#[derive(Debug)]
pub struct Registries {
    store: Store,
    engine: Engine,
    client: RegistryClient,
    files: LoginFiles,
    updates: Arc<Updates>,
    security: SecurityLog,
    /// Permits to try a login.
    tests: Semaphore,
}

/// What the room is made of, as `app` put it together.
#[derive(Debug)]
pub struct RegistryParts {
    pub store: Store,
    pub engine: Engine,
    pub client: RegistryClient,
    pub files: LoginFiles,
    pub updates: Arc<Updates>,
    pub security: SecurityLog,
}

impl Registries {
    pub fn new(parts: RegistryParts) -> Arc<Self> {
        Arc::new(Self {
            store: parts.store,
            engine: parts.engine,
            client: parts.client,
            files: parts.files,
            updates: parts.updates,
            security: parts.security,
            tests: Semaphore::new(TESTS),
        })
    }
}
