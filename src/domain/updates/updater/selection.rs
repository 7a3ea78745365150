//! Which containers are updated without being asked for one by one, and why others
//! are not.
//!
//! Invariants: a container is judged together with those that are recreated with it;
//! what an operation works on is left alone, under whichever of its names.

use super::Updater;
use crate::domain::containers::dependents;
use crate::domain::environments::{Environments, Impact, PRODUCTION};
use crate::error::Result;
use crate::model::container::{Container, ContainerView, lasting_name};
use crate::model::environment::Confirmation;
use crate::model::operation::Target;
use crate::model::plan::Need;
use crate::model::reference::Reference;
use crate::model::update::UpdateState;
use crate::model::update_history::UpdateTrigger;
use crate::model::update_policy::UpdatePolicy;
use std::collections::BTreeMap;

const BUSY: &str = "another operation is working on it.";

/// What would be updated, in order, and what not, with the reason.
#[derive(Debug, Default)]
pub(super) struct Selection {
    pub chosen: Vec<Chosen>,
    pub skipped: Vec<(String, String)>,
}

#[derive(Debug)]
pub(super) struct Chosen {
    pub view: ContainerView,
    /// Those that are recreated with it.
    pub dependents: Vec<ContainerView>,
    /// Another tag than its own.
    pub tag: Option<String>,
    /// What it is updated to by itself: a digest or a tag.
    pub version: Option<String>,
}

impl Updater {
    /// Of these, by name, id or id prefix, or of all.
    pub(super) fn select(&self, containers: Option<&[String]>) -> Result<Selection> {
        self.updates.refresh();
        let views = match containers {
            None => self.containers.views()?,
            Some(names) => names
                .iter()
                .map(|name| self.containers.get(name))
                .collect::<Result<_>>()?,
        };
        // Who names it wants to hear of it.
        let is_named = containers.is_some();
        let mut selection = Selection::default();
        for view in views {
            let name = view.container.name.clone();
            let why = if is_temporary(&view.container) {
                Some("it is part of an operation that replaces it.".to_owned())
            } else if !has_update(&view) {
                Some("no newer image of its tag is known.".to_owned())
            } else {
                None
            };
            if let Some(why) = why {
                if is_named {
                    selection.skipped.push((name, why));
                }
                continue;
            }
            let dependents = self.dependents_of(&view.container)?;
            match self.why_skipped(&view, &dependents, UpdateTrigger::UpdateAll) {
                Some(why) => selection.skipped.push((name, why)),
                None => selection.chosen.push(Chosen {
                    view,
                    dependents,
                    tag: None,
                    version: None,
                }),
            }
        }
        selection.sort();
        Ok(selection)
    }

    /// What those that are updated, and those that are recreated with them, ask for.
    pub(super) fn need_for(&self, selection: &Selection) -> Option<Need> {
        let views = selection.chosen.iter().flat_map(Chosen::group);
        let targets: BTreeMap<String, Confirmation> = views
            .map(|view| (view.container.name.clone(), self.asks(view)))
            .collect();
        let targets: Vec<_> = targets
            .into_iter()
            .map(|(name, asks)| (asks, name))
            .collect();
        Environments::need_for_many(&targets, "update")
    }

    fn asks(&self, view: &ContainerView) -> Confirmation {
        let environment = view.environment.as_deref();
        self.environments.confirmation(environment, Impact::Change)
    }

    /// Those that are recreated when it is.
    pub(super) fn dependents_of(&self, container: &Container) -> Result<Vec<ContainerView>> {
        let all = self.engine.containers()?;
        let found = dependents(&all, container).into_iter();
        Ok(found.map(|other| self.containers.view(other)).collect())
    }

    /// Why it is not updated, although there is something to update it to.
    pub(super) fn why_skipped(
        &self,
        view: &ContainerView,
        dependents: &[ContainerView],
        trigger: UpdateTrigger,
    ) -> Option<String> {
        let container = &view.container;
        if let Some(why) = untouchable(container) {
            return Some(why.to_owned());
        }
        let is_automatic = trigger == UpdateTrigger::Automatic;
        if !is_automatic && let Some(code) = self.by_hand_only(view) {
            return Some(format!(
                "it is tagged {code}, whose containers are updated one by one, by hand."
            ));
        }
        if self.is_reserved(container) {
            return Some(BUSY.to_owned());
        }
        dependents.iter().find_map(|other| {
            let why = self.why_kept(other, container, is_automatic)?;
            Some(format!(
                "{} depends on it and would be recreated with it, but {why}",
                other.container.name
            ))
        })
    }

    /// Why one is not recreated because of another.
    fn why_kept(
        &self,
        view: &ContainerView,
        owner: &Container,
        is_automatic: bool,
    ) -> Option<String> {
        let container = &view.container;
        if let Some(why) = untouchable(container) {
            return Some(why.to_owned());
        }
        if self.updates.is_ignored(container) {
            return Some("its policy is to ignore updates.".to_owned());
        }
        if self.is_reserved(container) {
            return Some(BUSY.to_owned());
        }
        // Somebody has chosen for it that it is.
        let is_chosen = is_automatic && self.updates.policy_of(view).policy == UpdatePolicy::Auto;
        let shares = shares_tag(container, owner) && !is_chosen;
        if is_automatic && (shares || self.moves(container)) {
            return Some(format!(
                "it would move to another image, too: what {} names. Update them by hand.",
                container.image
            ));
        }
        let code = self.by_hand_only(view)?;
        (!is_chosen).then(|| format!("it is tagged {code}. Update them together, by hand."))
    }

    /// Whether its reference names another image on this host than it was created from:
    /// recreated along with another it is that one's.
    pub(super) fn moves(&self, container: &Container) -> bool {
        let Ok(reference) = Reference::parse(&container.image) else {
            return false;
        };
        let (Ok(images), Some(_)) = (self.engine.images(), &reference.tag) else {
            return false;
        };
        let names_it = |tag: &String| {
            Reference::parse(tag).is_ok_and(|tag| tag.canonical() == reference.canonical())
        };
        images
            .iter()
            .find(|image| image.tags.iter().any(names_it))
            .is_some_and(|image| image.id != container.image_id)
    }

    /// The environment whose containers are not updated along with others.
    fn by_hand_only(&self, view: &ContainerView) -> Option<String> {
        let code = self.updates.counting_code(view)?;
        let asks_for_name = self
            .environments
            .find(&code)
            .is_some_and(|found| found.confirmation == Confirmation::TypeName);
        (code == PRODUCTION || asks_for_name).then_some(code)
    }

    fn is_reserved(&self, container: &Container) -> bool {
        let target = Target::container(container.name.as_str());
        self.operations.is_reserved(&target)
    }

    /// Why one that was chosen is not updated after all. Its turn may come long after
    /// it was chosen, so everything is asked for again. `id` is what it has now.
    pub(super) async fn why_not_any_more(
        &self,
        chosen: &Chosen,
        id: &str,
        trigger: UpdateTrigger,
    ) -> Result<Option<String>> {
        self.updates.refresh();
        let mut views = self.containers.views()?.into_iter();
        let Some(view) = views.find(|view| view.container.id == id) else {
            return Ok(Some(
                "it was removed, or replaced by another container, meanwhile.".to_owned(),
            ));
        };
        let name = &view.container.name;
        if self.is_reserved(&view.container) {
            return Ok(Some(BUSY.to_owned()));
        }
        if *name != chosen.view.container.name {
            return Ok(Some(format!("it is called {name} now.")));
        }
        let dependents = self.dependents_of(&view.container)?;
        if let Some(why) = self.why_skipped(&view, &dependents, trigger) {
            return Ok(Some(why));
        }
        if trigger == UpdateTrigger::Automatic {
            return self.why_not_due(chosen, &view).await;
        }
        if !has_update(&view) {
            return Ok(Some(
                "no newer image of its tag is known any more.".to_owned(),
            ));
        }
        let now = Chosen {
            view,
            dependents,
            tag: None,
            version: None,
        };
        Ok(self.asks_more(chosen, &now).then(|| {
            "its environment, or what depends on it, was changed since this was confirmed."
                .to_owned()
        }))
    }

    /// Whether somebody would have had to be asked for more than was told.
    fn asks_more(&self, then: &Chosen, now: &Chosen) -> bool {
        now.group().any(|view| {
            let known = then
                .group()
                .find(|known| known.container.name == view.container.name);
            known.is_none_or(|known| self.asks(known) < self.asks(view))
        })
    }
}

/// Whether the pull of one moves the tag of the other.
pub(super) fn shares_tag(one: &Container, other: &Container) -> bool {
    let of = |container: &Container| {
        let reference = Reference::parse(&container.image).ok()?;
        reference.digest.is_none().then(|| reference.canonical())
    };
    of(one).is_some() && of(one) == of(other)
}

impl Chosen {
    /// What is not tried twice in a short time: the container, and what it is updated to.
    pub fn attempt(&self) -> Option<(String, String)> {
        Some((self.view.container.name.clone(), self.version.clone()?))
    }

    /// It, and those that are recreated with it.
    fn group(&self) -> impl Iterator<Item = &ContainerView> {
        std::iter::once(&self.view).chain(&self.dependents)
    }
}

impl Selection {
    /// Those that matter least come first.
    pub fn sort(&mut self) {
        self.chosen.sort_by_key(|Chosen { view, .. }| {
            let rank = rank(view.environment.as_deref());
            (rank, view.container.name.clone())
        });
    }
}

fn rank(environment: Option<&str>) -> u8 {
    match environment {
        Some("DEV") => 0,
        Some("SANDBOX") => 1,
        None => 2,
        Some("UAT") => 4,
        Some(_) => 3,
    }
}

/// Whether it has its name only while it is being replaced, or replaces another.
pub(super) fn is_temporary(container: &Container) -> bool {
    lasting_name(&container.name) != container.name
}

fn has_update(view: &ContainerView) -> bool {
    let status = view.update.as_ref();
    status.is_some_and(|status| status.state == UpdateState::UpdateAvailable)
}

/// Why it is never recreated by us.
pub(super) fn untouchable(container: &Container) -> Option<&'static str> {
    if container.is_self {
        return Some("DockerMate runs in it or reaches the engine through it.");
    }
    container
        .orchestrator
        .is_some()
        .then_some("an orchestrator manages it.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn development_comes_first_and_acceptance_testing_last() {
        let mut all = [
            Some("UAT"),
            None,
            Some("SANDBOX"),
            Some("MINE"),
            Some("DEV"),
        ];
        all.sort_by_key(|code| rank(*code));
        assert_eq!(
            all,
            [
                Some("DEV"),
                Some("SANDBOX"),
                None,
                Some("MINE"),
                Some("UAT")
            ]
        );
    }
}
