//! What an action comes to, which follows from the container and not from the
//! verb: a container created with `--rm` is removed by the engine once it stops
//! (`docker run --rm`), and those that use another's network, process or IPC
//! namespace or volumes lose them with it.

use super::dependencies::dependents;
use super::{Action, ActionOptions, Containers};
use crate::domain::environments::{Impact, some_of};
use crate::error::Result;
use crate::model::container::{Container, ContainerView, State};
use crate::model::plan::{Need, NeedKind};
use std::sync::Arc;

/// Signals that end no process unless it chooses so (signal(7)).
const HARMLESS: [&str; 12] = [
    "CHLD", "CLD", "CONT", "URG", "WINCH", "STOP", "TSTP", "TTIN", "TTOU", "17", "18", "28",
];

/// Whether it runs, in whatever way.
pub(super) fn is_active(container: &Container) -> bool {
    matches!(
        container.state,
        State::Running | State::Paused | State::Restarting
    )
}

/// Whether the container is gone after the action. A restart keeps it: the
/// engine suspends `--rm` for that.
pub(super) fn removes(container: &Container, action: Action, options: &ActionOptions) -> bool {
    let vanishes = container.auto_remove && is_active(container);
    match action {
        Action::Delete => true,
        Action::Stop => vanishes,
        Action::Kill => vanishes && ends(options),
        Action::Start | Action::Restart | Action::Pause | Action::Unpause => false,
    }
}

fn ends(options: &ActionOptions) -> bool {
    let signal = options.signal.as_deref().unwrap_or("KILL");
    let signal = signal.to_ascii_uppercase();
    let signal = signal.strip_prefix("SIG").unwrap_or(&signal);
    !HARMLESS.contains(&signal)
}

/// Whether those that use the container are left without what they use.
fn disturbs(action: Action, options: &ActionOptions) -> bool {
    match action {
        Action::Stop | Action::Restart | Action::Delete => true,
        Action::Kill => ends(options),
        Action::Start | Action::Pause | Action::Unpause => false,
    }
}

/// What the action means for the container itself, if that is anything.
pub(super) fn impact(
    container: &Container,
    action: Action,
    options: &ActionOptions,
) -> Option<Impact> {
    if removes(container, action, options) {
        return Some(Impact::Change);
    }
    let interrupts = match action {
        // Any signal may be the one that an image is stopped with (STOPSIGNAL).
        Action::Stop | Action::Restart | Action::Pause | Action::Kill => is_active(container),
        Action::Start | Action::Unpause | Action::Delete => false,
    };
    interrupts.then_some(Impact::Interruption)
}

/// What an action on one container means for others.
#[derive(Debug, Default)]
pub(super) struct Others {
    /// What they have lost comes back only when they are started again, or never.
    pub disturbed: Vec<Arc<Container>>,
    /// They are restarted with it.
    pub restarted: Vec<Arc<Container>>,
}

impl Containers {
    /// Those that use the container's namespaces or volumes and notice the
    /// action, and those that use theirs. A stop is noticed by what runs.
    pub(super) fn disturbed(
        &self,
        container: &Container,
        action: Action,
        options: &ActionOptions,
    ) -> Result<Vec<Arc<Container>>> {
        if !disturbs(action, options) {
            return Ok(Vec::new());
        }
        let mut users = self.users_of(container)?;
        users.retain(|user| action == Action::Delete || is_active(user));
        Ok(users)
    }

    /// Those that use the container's namespaces or volumes, directly or not.
    pub(super) fn users_of(&self, container: &Container) -> Result<Vec<Arc<Container>>> {
        Ok(dependents(&self.engine.containers()?, container))
    }

    /// The environment that decides how an action is asked for: of the
    /// container itself, and of those that are disturbed, the strictest; with its name.
    pub(super) fn asking(
        &self,
        view: &ContainerView,
        impact: Option<Impact>,
        others: &Others,
        verb: &str,
    ) -> Option<(Option<String>, String, Need)> {
        let name = &view.container.name;
        let own = impact.map(|impact| (view.environment.clone(), name.clone(), impact));
        let disturbed = others.disturbed.iter().map(|user| (user, Impact::Change));
        let restarted = others
            .restarted
            .iter()
            .map(|user| (user, Impact::Interruption));
        let others = disturbed.chain(restarted).map(|(user, impact)| {
            let user = self.view(Arc::clone(user));
            (user.environment, user.container.name.clone(), impact)
        });
        let strictness = |need: &Need| need.kind.confirmation();
        let mut strictest: Option<(Option<String>, String, Need)> = None;
        for (environment, name, impact) in own.into_iter().chain(others) {
            let need = self
                .environments
                .need(environment.as_deref(), impact, &name, verb);
            let Some(need) = need else { continue };
            let stricter = strictest
                .as_ref()
                .is_none_or(|(_, _, known)| strictness(&need) > strictness(known));
            if stricter {
                strictest = Some((environment, name, need));
            }
        }
        strictest
    }

    /// What must be confirmed for an action on one container.
    pub(super) fn need_for_action(
        &self,
        view: &ContainerView,
        impact: Option<Impact>,
        others: &Others,
        verb: &str,
    ) -> Option<Need> {
        let (environment, asks, need) = self.asking(view, impact, others, verb)?;
        let name = &view.container.name;
        if asks == *name {
            return Some(need);
        }
        let code = environment.unwrap_or_default();
        let (confirm, how) = match need.kind {
            NeedKind::TypeName => (name.clone(), format!("type {name}")),
            NeedKind::Yes => ("yes".to_owned(), "confirm".to_owned()),
        };
        Some(Need {
            kind: need.kind,
            confirm,
            reason: format!("{asks} uses {name} and is tagged {code}: {how} to {verb} {name}."),
        })
    }
}

/// The sentence about those that are disturbed; `None` when there are none.
pub(super) fn warning(
    name: &str,
    disturbed: &[Arc<Container>],
    action: Action,
    restarts: bool,
) -> Option<String> {
    let names: Vec<&str> = disturbed.iter().map(|user| user.name.as_str()).collect();
    if names.is_empty() {
        return None;
    }
    let (who, uses) = (
        some_of(&names),
        if names.len() == 1 { "uses" } else { "use" },
    );
    let what =
        format!("{who} {uses} the network, process or IPC namespace or the volumes of {name}");
    Some(match action {
        Action::Delete => format!(
            "{what} and cannot be started again without it. Recreate {name} instead if it is to be replaced."
        ),
        Action::Restart if restarts => format!("{what} and will be restarted too."),
        Action::Restart => format!(
            "{what} and must be restarted afterwards (restart_dependents) to use them again."
        ),
        _ => format!(
            "{what} and will lose them. When {name} is started again, they must be restarted (restart_dependents)."
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stop_and_kill_remove_a_running_auto_remove_container_and_restart_does_not() {
        let plain = Container::running("web");
        let rm = Container {
            auto_remove: true,
            ..Container::running("web")
        };
        let stopped = Container {
            state: State::Created,
            ..rm.clone()
        };
        let options = ActionOptions::default();
        let signal = |signal: &str| ActionOptions {
            signal: Some(signal.to_owned()),
            ..ActionOptions::default()
        };
        assert!(removes(&rm, Action::Stop, &options));
        assert!(removes(&rm, Action::Kill, &options));
        assert!(removes(&rm, Action::Kill, &signal("term")));
        assert!(!removes(&rm, Action::Kill, &signal("SIGWINCH")));
        assert!(!removes(&rm, Action::Restart, &options));
        assert!(!removes(&plain, Action::Stop, &options));
        assert!(!removes(&stopped, Action::Stop, &options));
        assert!(removes(&plain, Action::Delete, &options));
    }
}
