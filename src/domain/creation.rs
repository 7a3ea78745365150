//! Creating containers: what can be known beforehand, the plan, and the
//! creation itself, which leaves nothing half created behind.

mod check;
mod choices;
mod create;
mod late;
mod proposals;
mod recovery;
mod request;
mod restore;

pub use check::{Checks, Findings};
pub use choices::{Choices, NetworkChoice, PortInUse};
pub use create::CreateOptions;
pub use proposals::{ImageProposals, ProposedPort, ProposedVariable};
pub use recovery::CreationRecovery;

use crate::domain::containers::Containers;
use crate::domain::images::Images;
use crate::domain::operations::Operations;
use crate::domain::saved_configurations::SavedConfigurations;
use crate::engine::Engine;
use crate::model::profile::Profile;
use std::sync::Arc;

#[derive(Debug)]
pub struct Creation {
    engine: Engine,
    operations: Operations,
    containers: Arc<Containers>,
    images: Images,
    saved: Arc<SavedConfigurations>,
    checks: Arc<Checks>,
    profile: &'static Profile,
}

/// What [`Creation`] is made of, as `app` put it together.
#[derive(Debug)]
pub struct CreationParts {
    pub engine: Engine,
    pub operations: Operations,
    pub containers: Arc<Containers>,
    pub images: Images,
    pub saved: Arc<SavedConfigurations>,
    pub checks: Arc<Checks>,
    pub profile: &'static Profile,
}

impl Creation {
    pub fn new(parts: CreationParts) -> Arc<Self> {
        Arc::new(Self {
            engine: parts.engine,
            operations: parts.operations,
            containers: parts.containers,
            images: parts.images,
            saved: parts.saved,
            checks: parts.checks,
            profile: parts.profile,
        })
    }
}
