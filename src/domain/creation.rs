//! Creating containers: what can be known beforehand, the plan, and the
//! creation itself, which leaves nothing half-made behind.

mod check;
mod choices;
mod create;
mod restore;

pub use check::{Checks, Findings};
pub use choices::{Choices, NetworkChoice, PortInUse};
pub use create::CreateOptions;

use crate::domain::containers::Containers;
use crate::domain::images::Images;
use crate::domain::operations::Operations;
use crate::domain::recreate::Recreator;
use crate::domain::saved_configurations::SavedConfigurations;
use crate::engine::Engine;
use crate::model::profile::Profile;
use crate::store::Store;
use std::sync::Arc;

#[derive(Debug)]
pub struct Creation {
    engine: Engine,
    store: Store,
    operations: Operations,
    containers: Arc<Containers>,
    images: Images,
    saved: Arc<SavedConfigurations>,
    checks: Arc<Checks>,
    recreator: Arc<Recreator>,
    profile: &'static Profile,
}

/// What [`Creation`] is made of, as `app` put it together.
#[derive(Debug)]
pub struct CreationParts {
    pub engine: Engine,
    pub store: Store,
    pub operations: Operations,
    pub containers: Arc<Containers>,
    pub images: Images,
    pub saved: Arc<SavedConfigurations>,
    pub checks: Arc<Checks>,
    pub recreator: Arc<Recreator>,
    pub profile: &'static Profile,
}

impl Creation {
    pub fn new(parts: CreationParts) -> Arc<Self> {
        Arc::new(Self {
            engine: parts.engine,
            store: parts.store,
            operations: parts.operations,
            containers: parts.containers,
            images: parts.images,
            saved: parts.saved,
            checks: parts.checks,
            recreator: parts.recreator,
            profile: parts.profile,
        })
    }
}
