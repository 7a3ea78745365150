//! The commands that recreate a container together with its dependents, as the
//! program does it.
//!
//! Invariant: whatever step fails, the old containers run under their own names
//! afterwards, or the command says that they do not. In every form the old ones
//! are renamed first, so that a name that is taken changes nothing; the new ones
//! are created before an old one stops, because the engine removes an old one
//! with `--rm` together with its anonymous volumes unless another container uses
//! them (docker container run, "Clean up (--rm)").

mod chain;
mod script;

use super::arguments::{RunArguments, run_arguments};
use super::layout::Layout;
use super::quote::quote;
use crate::domain::images::Pull;
use crate::model::command::Commands;
use crate::model::container::State;
use crate::model::spec::ContainerSpec;

/// A container that is recreated.
#[derive(Debug, Clone)]
pub struct RecreatedContainer {
    /// What the new one will be, with the name of both.
    pub spec: ContainerSpec,
    /// The state of the old one.
    pub state: State,
    /// The engine removes the old one when it stops.
    pub auto_remove: bool,
}

/// How it is done.
#[derive(Debug, Clone)]
pub struct RecreateCommandOptions {
    /// For the image of the first; those of its dependents must be there.
    pub pull: Pull,
    /// Seconds that a new one without a health check must stay up.
    pub stable_seconds: u64,
    /// Gets its name first, and the new one is created from it.
    pub tag: Option<TaggedImage>,
}

/// An image, and the name that it is to have.
#[derive(Debug, Clone)]
pub struct TaggedImage {
    /// Its id, or its repository with its digest.
    pub image: String,
    pub tag: String,
    /// It has to be pulled first, by its digest.
    pub is_pulled: bool,
}

const TAGS: &str = "Gives the image the name that it had before.";

/// The commands for a group: the container that is asked for, then its
/// dependents, none before one that it depends on.
pub fn recreate(
    group: &[RecreatedContainer],
    options: &RecreateCommandOptions,
    endpoint: Option<&str>,
) -> Commands {
    let endpoint = endpoint.filter(|endpoint| !endpoint.is_empty());
    let short: Vec<Member> = group
        .iter()
        .enumerate()
        .map(|(at, container)| {
            let mut member = Member::new(container);
            let image = &container.spec.image;
            let dashes = if image.starts_with('-') { "-- " } else { "" };
            member.follow_image(endpoint, &format!("{dashes}{}", quote(image)));
            match options.pull {
                // A dependent never asks a registry.
                _ if at > 0 => member.arguments.pull(Pull::Never),
                // The image is pulled before anything is renamed.
                Pull::Always | Pull::Missing => {}
                Pull::Never => member.arguments.pull(Pull::Never),
            }
            member
        })
        .collect();
    Commands {
        simple: chain::chain(&short, options, endpoint, Layout::Line),
        intermediate: chain::chain(&short, options, endpoint, Layout::Lines),
        advanced: script::script(group, options, endpoint),
    }
}

/// How the old one was, and so how the new one is to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Activity {
    Running,
    Paused,
    Stopped,
}

/// A container of the group as the short forms write it.
struct Member {
    name: String,
    image: String,
    platform: Option<String>,
    arguments: RunArguments,
    activity: Activity,
    /// The old one is gone once it has stopped.
    vanishes: bool,
    /// Its label names the image's id, which only the engine knows.
    follows_image: bool,
}

impl Member {
    fn new(container: &RecreatedContainer) -> Self {
        let spec = &container.spec;
        let activity = match container.state {
            State::Running | State::Restarting => Activity::Running,
            State::Paused => Activity::Paused,
            _ => Activity::Stopped,
        };
        Self {
            name: spec.name.clone().unwrap_or_default(),
            image: spec.image.clone(),
            platform: spec.platform.clone(),
            arguments: run_arguments(spec),
            activity,
            vanishes: container.auto_remove && activity != Activity::Stopped,
            follows_image: false,
        }
    }

    /// What the old one is called until it is removed.
    fn old_name(&self) -> String {
        format!("{}-old", self.name)
    }

    /// Compose notes the id of the image in a label and takes a container whose
    /// note is another for outdated: the new one's must name the new image.
    fn follow_image(&mut self, endpoint: Option<&str>, image: &str) {
        const LABEL: &str = "com.docker.compose.image=";
        let docker = docker(endpoint);
        let note = self.arguments.flags.iter_mut().find(|flag| {
            let value = flag.value.as_deref();
            flag.flag.name == "label" && value.is_some_and(|value| value.starts_with(LABEL))
        });
        if let Some(note) = note {
            note.shell = Some(format!(
                "{LABEL}\"$({docker} image inspect --format '{{{{.Id}}}}' {image})\""
            ));
            note.meaning = Some(
                "Compose compares this with the image to find outdated containers.".to_owned(),
            );
            self.follows_image = true;
        }
    }
}

/// The client with the engine's address, where a command needs it again.
fn docker(endpoint: Option<&str>) -> String {
    match endpoint {
        None => "docker".to_owned(),
        Some(endpoint) => format!("docker -H {}", quote(endpoint)),
    }
}

#[cfg(test)]
mod tests;
