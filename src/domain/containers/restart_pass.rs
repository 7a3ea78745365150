//! Restarts one container after another, in the order of who uses whom. One that
//! uses a container which could not be restarted is left as it is: it would be
//! stopped, and could not be started again.

use super::consequences::is_active;
use super::dependencies::depends_on;
use crate::engine::Engine;
use crate::error::{Error, Kind, Result};
use crate::model::container::Container;
use crate::model::timestamp::nanoseconds;
use serde_json::Value;
use std::sync::Arc;

/// Restarts one after another; what uses one that could not be restarted is
/// left as it is.
#[derive(Debug, Default)]
pub(super) struct Pass {
    pub restarted: Vec<Arc<Container>>,
    broken: Vec<Arc<Container>>,
    pub problems: Vec<String>,
}

impl Pass {
    /// # Errors
    /// When the engine does not answer.
    pub async fn restart(&mut self, engine: &Engine, id: &str, name: &str) -> Result<()> {
        // Others may have stopped or removed it meanwhile.
        let Some(user) = engine.current(id).await?.filter(|user| is_active(user)) else {
            return Ok(());
        };
        if let Some(broken) = self.broken.iter().find(|one| depends_on(&user, one)) {
            self.problems.push(format!(
                "{name} was not restarted, because it uses {}.",
                broken.name
            ));
            self.broken.push(user);
            return Ok(());
        }
        match engine
            .restart_container(id, None)
            .await
            .map_err(Error::from)
        {
            Ok(_) => self.restarted.push(user),
            Err(error) if error.kind == Kind::EngineUnavailable => return Err(error),
            Err(error) => {
                self.problems
                    .push(format!("{name} could not be restarted: {}", error.message));
                self.broken.push(user);
            }
        }
        Ok(())
    }

    pub fn names(&self) -> impl Iterator<Item = String> {
        self.restarted.iter().map(|user| user.name.clone())
    }
}

pub(super) async fn started_at(engine: &Engine, id: &str) -> Result<Option<String>> {
    if engine.find_container(id).await?.is_none() {
        return Ok(None);
    }
    let inspect = engine.inspect_container(id).await?.0;
    Ok(Some(text_of_start(&inspect)))
}

pub(super) fn text_of_start(inspect: &Value) -> String {
    let text = inspect.pointer("/State/StartedAt").and_then(Value::as_str);
    text.unwrap_or_default().to_owned()
}

pub(super) fn is_before(one: &str, other: &str) -> bool {
    nanoseconds(one) < nanoseconds(other)
}
