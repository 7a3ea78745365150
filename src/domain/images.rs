//! Images: whether one is on this host, and pulling it.

mod pull;

pub use pull::Pull;

use crate::engine::Engine;

/// The images of the engine.
#[derive(Debug, Clone)]
pub struct Images {
    engine: Engine,
}

impl Images {
    pub fn new(engine: Engine) -> Self {
        Self { engine }
    }
}
