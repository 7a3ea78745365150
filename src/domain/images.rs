//! Images: whether one is on this host, and pulling it.

mod pull;

pub use pull::Pull;

use crate::engine::Engine;
use crate::registry::LoginFiles;

/// The images of the engine.
#[derive(Debug, Clone)]
pub struct Images {
    engine: Engine,
    logins: LoginFiles,
}

impl Images {
    pub fn new(engine: Engine, logins: LoginFiles) -> Self {
        Self { engine, logins }
    }
}
