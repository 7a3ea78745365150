//! The model that a service is a part of.

use super::fields::text;
use crate::domain::compose::Node;

/// What a service is part of.
pub struct Around<'a> {
    pub project: &'a str,
    /// The whole model.
    pub model: &'a Node,
    /// The name of the container that a service has.
    pub container_of: &'a dyn Fn(&str) -> String,
    pub warnings: Vec<String>,
}

impl Around<'_> {
    pub fn warn(&mut self, service: &str, why: &str) {
        self.warnings.push(format!("{service}: {why}."));
    }

    /// The name that a network or a volume has on the engine.
    pub fn real_name(&self, group: &str, key: &str) -> String {
        let named = self.model.get(group).and_then(|all| all.get(key));
        named
            .and_then(|one| text(one, "name"))
            .unwrap_or_else(|| format!("{}_{key}", self.project))
    }
}
