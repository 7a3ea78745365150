//! The commands that do the same as an action on a container, for the shell.

use super::Containers;
use super::action::{Action, ActionOptions};
use super::volume_removal::VolumeRemoval;
use crate::domain::commands::{self, ContainerAction};
use crate::domain::images::Pull;
use crate::error::{Error, Result};
use crate::model::command::{Command, Commands, Explanation};
use crate::model::container::{Container, ContainerView};
use std::sync::Arc;

impl Containers {
    /// The commands of one action on a container, for the shell.
    pub async fn commands(&self, reference: &str, action: &str) -> Result<Commands> {
        if action == "run" {
            return self.run_commands(reference).await;
        }
        let view = self.get(reference)?;
        let action = ContainerAction::from_word(action).ok_or_else(|| {
            Error::invalid(
                "action",
                format!(
                    "{action:?} is not an action. Known: run, {}.",
                    ContainerAction::WORDS.join(", ")
                ),
            )
        })?;
        Ok(commands::container(
            &action,
            &view.container.name,
            self.engine.cli_endpoint().as_deref(),
        ))
    }

    /// The commands that make this container again, as it was made.
    async fn run_commands(&self, reference: &str) -> Result<Commands> {
        let detail = self.detail(reference).await?;
        Ok(commands::run(
            &detail.spec,
            true,
            Pull::Missing,
            self.endpoint().as_deref(),
        ))
    }

    /// The engine's address, when the CLI would not find it by itself.
    pub fn endpoint(&self) -> Option<String> {
        self.engine.cli_endpoint()
    }

    pub(super) fn commands_for(
        &self,
        view: &ContainerView,
        action: Action,
        options: &ActionOptions,
        volumes: &VolumeRemoval,
    ) -> Result<Commands> {
        let action = match action {
            Action::Start => ContainerAction::Start,
            Action::Stop => ContainerAction::Stop {
                timeout: options.timeout,
                signal: options.signal.clone(),
            },
            Action::Restart => ContainerAction::Restart {
                timeout: options.timeout,
            },
            Action::Pause => ContainerAction::Pause,
            Action::Unpause => ContainerAction::Unpause,
            Action::Kill => ContainerAction::Kill {
                signal: options.signal.clone(),
            },
            Action::Delete => ContainerAction::Delete {
                force: options.force,
                volumes: volumes.by_engine,
                and_volumes: volumes.by_name.clone(),
            },
        };
        let endpoint = self.engine.cli_endpoint();
        let own = commands::container(&action, &view.container.name, endpoint.as_deref());
        if !options.restart_dependents {
            return Ok(own);
        }
        let users = self.restarted_with(view)?;
        let mut all = vec![own];
        all.extend(self.restart_commands(&users));
        Ok(one_after_another(&all))
    }

    /// The commands that restart those that use what was started.
    pub(super) fn restart_commands(&self, users: &[Arc<Container>]) -> Vec<Commands> {
        let endpoint = self.engine.cli_endpoint();
        let restart = ContainerAction::Restart { timeout: None };
        users
            .iter()
            .map(|user| commands::container(&restart, &user.name, endpoint.as_deref()))
            .collect()
    }
}

/// The commands of several, in the order in which they are to be run.
pub(super) fn one_after_another(each: &[Commands]) -> Commands {
    let join = |pick: fn(&Commands) -> &Command, between: &str| {
        let texts: Vec<&str> = each.iter().map(|all| pick(all).text.as_str()).collect();
        let mut explain: Vec<Explanation> = Vec::new();
        for explanation in each.iter().flat_map(|all| &pick(all).explain) {
            if !explain.contains(explanation) {
                explain.push(explanation.clone());
            }
        }
        Command {
            text: texts.join(between),
            explain,
        }
    };
    Commands {
        simple: join(|commands| &commands.simple, "\n"),
        intermediate: join(|commands| &commands.intermediate, "\n"),
        advanced: join(|commands| &commands.advanced, "\n\n"),
    }
}
