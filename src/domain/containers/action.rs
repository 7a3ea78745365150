//! The actions on a container, and what can be asked of each.

use crate::error::{Error, Result};
use serde::Deserialize;
use utoipa::ToSchema;

/// The actions of the API and the interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    Start,
    Stop,
    Restart,
    Pause,
    Unpause,
    Kill,
    Delete,
}

/// How an action is done. What is left out follows the container.
#[derive(Debug, Clone, Default, Deserialize, PartialEq, Eq, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ActionOptions {
    /// Seconds before a stop becomes a kill; 0 to 3600.
    pub timeout: Option<u32>,
    /// `SIGTERM`, `TERM` or a number.
    pub signal: Option<String>,
    /// Delete: also while it runs.
    #[serde(skip)]
    pub force: bool,
    /// Delete: its anonymous volumes too.
    #[serde(skip)]
    pub volumes: bool,
    /// Keep its environment, description, notes and tags for the next container
    /// of its name: of a container created with `--rm`, which goes when it stops.
    pub keep_annotations: bool,
    /// Start and restart: restart those that use its namespaces or volumes too.
    pub restart_dependents: bool,
}

impl Action {
    pub fn word(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Stop => "stop",
            Self::Restart => "restart",
            Self::Pause => "pause",
            Self::Unpause => "unpause",
            Self::Kill => "kill",
            Self::Delete => "delete",
        }
    }

    /// The word of the interface, as a title begins.
    pub(super) fn verb(self) -> &'static str {
        match self {
            Self::Start => "Start",
            Self::Stop => "Stop",
            Self::Restart => "Restart",
            Self::Pause => "Pause",
            Self::Unpause => "Resume",
            Self::Kill => "Kill",
            Self::Delete => "Delete",
        }
    }

    pub(super) fn title(self, name: &str) -> String {
        format!("{} {name}", self.verb())
    }

    /// How it went, as a sentence.
    pub(super) fn done(self, name: &str, changed: bool) -> String {
        match (self, changed) {
            (Self::Start, true) => format!("{name} is running."),
            (Self::Start, false) => format!("{name} was running already."),
            (Self::Stop, true) => format!("{name} has stopped."),
            (Self::Stop, false) => format!("{name} had stopped already."),
            (Self::Restart, _) => format!("{name} was restarted."),
            (Self::Pause, _) => format!("{name} is paused."),
            (Self::Unpause, _) => format!("{name} was resumed."),
            (Self::Kill, _) => format!("{name} was sent the signal."),
            (Self::Delete, _) => format!("{name} was deleted."),
        }
    }
}

impl ActionOptions {
    pub(super) fn check(&self, action: Action) -> Result<()> {
        check_restart(action, self)?;
        if self.timeout.is_some_and(|seconds| seconds > 3600) {
            return Err(Error::invalid("timeout", "At most 3600 seconds."));
        }
        if self.timeout.is_some() && !matches!(action, Action::Stop | Action::Restart) {
            return Err(Error::invalid(
                "timeout",
                format!("{} has no timeout.", action.word()),
            ));
        }
        let Some(signal) = &self.signal else {
            return Ok(());
        };
        if !matches!(action, Action::Stop | Action::Kill) {
            return Err(Error::invalid(
                "signal",
                format!("{} takes no signal.", action.word()),
            ));
        }
        let good = !signal.is_empty()
            && signal.len() <= 16
            && signal
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'+' || b == b'-')
            && !signal.starts_with('-');
        if good {
            Ok(())
        } else {
            Err(Error::invalid(
                "signal",
                "A signal is a name such as SIGTERM or a number.",
            ))
        }
    }
}

/// Dependents are restarted only after what has started.
fn check_restart(action: Action, options: &ActionOptions) -> Result<()> {
    if options.restart_dependents && !matches!(action, Action::Start | Action::Restart) {
        return Err(Error::invalid(
            "restart_dependents",
            format!(
                "{} does not support restart_dependents, only start and restart do.",
                action.verb()
            ),
        ));
    }
    if options.keep_annotations && !matches!(action, Action::Delete | Action::Stop | Action::Kill) {
        return Err(Error::invalid(
            "keep_annotations",
            "keep_annotations is only allowed where the container is removed: delete, and stop or kill of a container created with --rm.",
        ));
    }
    Ok(())
}
