//! Programs run inside a container: one command to its end, or a terminal.

mod command;
mod ending;
mod greeting;
mod launch;
mod refusal;
mod shells;
mod terminal;

pub use command::{CommandWords, ExecRequest};
pub use terminal::{
    Ended, Terminal, TerminalControl, TerminalReader, TerminalRequest, TerminalWriter,
};

use crate::domain::containers::Containers;
use crate::domain::security::SecurityLog;
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::model::container::{ContainerView, State};
use std::sync::Arc;

#[derive(Debug)]
pub struct ExecService {
    engine: Engine,
    containers: Arc<Containers>,
    security: SecurityLog,
}

impl ExecService {
    pub fn new(engine: Engine, containers: Arc<Containers>, security: SecurityLog) -> Arc<Self> {
        Arc::new(Self {
            engine,
            containers,
            security,
        })
    }

    /// The container, if a command can run in it.
    fn running(&self, reference: &str) -> Result<ContainerView> {
        let view = self.containers.get(reference)?;
        let name = &view.container.name;
        let sentence = match view.container.state {
            State::Running => return Ok(view),
            State::Paused => format!("{name} is paused. Resume it first."),
            State::Restarting => {
                format!("{name} is restarting. Wait until it runs, and look at its log.")
            }
            _ => {
                format!("{name} does not run. Start it first: a command needs a running container.")
            }
        };
        Err(Error::conflict(sentence).code("container_not_running"))
    }
}
