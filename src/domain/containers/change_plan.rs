//! What a change of a container that keeps running will do, in the order of the act.

use super::action_commands::one_after_another;
use super::{ContainerUpdate, Containers};
use crate::domain::commands;
use crate::domain::environments::some_of;
use crate::model::command::Commands;
use crate::model::container::{Container, ContainerView};
use crate::model::plan::Plan;
use crate::model::spec::bytes_text;
use serde_json::{Map, Value};

impl Containers {
    /// Those that have something from a container by its name. Where they have it by
    /// its id, they keep it.
    fn refer_by_name(&self, container: &Container) -> Option<String> {
        let all = self.engine.containers().ok()?;
        let names: Vec<&str> = all
            .iter()
            .filter(|other| other.id != container.id && other.shares.contains(&container.name))
            .map(|other| other.name.as_str())
            .collect();
        let refer = if names.len() == 1 { "refers" } else { "refer" };
        (!names.is_empty()).then(|| {
            format!(
                "{} {refer} to {} by this name (volumes, link or namespace of another container) and will look for it in vain when created again.",
                some_of(&names),
                container.name
            )
        })
    }

    pub(super) fn change_plan(
        &self,
        view: &ContainerView,
        change: &ContainerUpdate,
        update: &Map<String, Value>,
        name: Option<&str>,
    ) -> Plan {
        let old = &view.container.name;
        let endpoint = self.engine.cli_endpoint();
        let mut steps = Vec::new();
        let mut warnings = Vec::new();
        for (key, value) in update {
            let shown = match (key.as_str(), value) {
                (key, Value::Number(n)) if key.starts_with("Memory") => {
                    bytes_text(n.as_i64().unwrap_or(0))
                }
                ("RestartPolicy", policy) => policy
                    .get("Name")
                    .and_then(Value::as_str)
                    .unwrap_or("")
                    .to_owned(),
                ("NanoCpus", Value::Number(n)) => format!("{}", n.as_f64().unwrap_or(0.0) / 1e9),
                (_, Value::String(text)) => text.clone(),
                (_, other) => other.to_string(),
            };
            steps.push(format!(
                "Set {key} of {old} to {shown}, while it keeps running."
            ));
        }
        if let Some(name) = name {
            steps.push(format!("Rename {old} to {name}."));
            warnings.push("Other containers reach it under its new name only.".to_owned());
            warnings.extend(self.refer_by_name(&view.container));
            if view.container.stack.is_some() {
                warnings.push("Compose finds its containers by their labels and may restore the old name at the next deployment.".to_owned());
            }
        }
        if !change.annotation().is_empty() {
            steps.push("Save its annotations in DockerMate.".to_owned());
        }
        // What its environment protects it from would be allowed afterwards.
        let moves = self.moves(view, change.environment.as_ref());
        let touches = name.is_some() || !update.is_empty() || moves;
        // In the order of the act.
        let limits = (!update.is_empty())
            .then(|| commands::update(old, &change.spec(update), endpoint.as_deref()));
        let renamed = name.map(|name| commands::rename(old, name, endpoint.as_deref()));
        let each: Vec<Commands> = limits.into_iter().chain(renamed).collect();
        let commands = (!each.is_empty()).then(|| one_after_another(&each));
        Plan {
            title: format!("Change {old}"),
            steps,
            warnings,
            keeps: vec![
                "The container itself: it is not recreated, and its processes keep running."
                    .to_owned(),
            ],
            needs: touches
                .then(|| self.need_for_change(view, "change"))
                .flatten(),
            offers: Vec::new(),
            commands,
        }
    }
}
