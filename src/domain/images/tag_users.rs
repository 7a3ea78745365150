//! The containers that were created from a tag: recreated, each gets what the tag
//! names by then, so their environments ask before it moves or goes.

use super::{ImageService, find};
use crate::domain::environments::{self, Impact};
use crate::error::Result;
use crate::model::container::Container;
use crate::model::environment::Confirmation;
use crate::model::plan::{Need, NeedKind};
use std::sync::Arc;

impl ImageService {
    /// The containers that were created with this reference, of whatever image it
    /// names by now.
    pub(super) fn created_from(&self, tag: &str) -> Result<Vec<Arc<Container>>> {
        let all = self.engine.containers()?;
        let (wanted, naming) = (find::tagged(tag), self.naming());
        Ok(all
            .iter()
            .filter(|container| naming.is_same(&find::tagged(&container.image), &wanted))
            .cloned()
            .collect())
    }

    /// What must be confirmed when a tag changes that containers were created from.
    pub(super) fn need_for_tag(
        &self,
        tag: &str,
        users: &[Arc<Container>],
        verb: &str,
    ) -> Option<Need> {
        let asks = users.iter().map(|user| {
            let view = self.containers.view(Arc::clone(user));
            let environment = view.environment.unwrap_or_default();
            let asks = self
                .environments
                .confirmation(Some(&environment), Impact::Change);
            (asks, environment, user.name.clone())
        });
        let (asks, environment, name) = asks.max_by_key(|(asks, ..)| *asks)?;
        let (kind, confirm, how) = match asks {
            Confirmation::None => return None,
            Confirmation::Yes => (NeedKind::Yes, "yes", "confirm".to_owned()),
            Confirmation::TypeName => (NeedKind::TypeName, tag, format!("type {tag}")),
        };
        Some(Need {
            kind,
            confirm: confirm.to_owned(),
            reason: format!(
                "{name} was created from {tag} and is tagged {environment}: {how} to {verb} the tag."
            ),
        })
    }
}

impl ImageService {
    /// What must be confirmed when an image goes with all its tags, and what is to be
    /// said of it: the strictest of what each tag needs.
    pub(super) fn need_for_tags(&self, tags: &[String]) -> Result<(Option<Need>, Vec<String>)> {
        let (mut need, mut warnings): (Option<Need>, Vec<String>) = (None, Vec::new());
        for tag in tags {
            let users = self.created_from(tag)?;
            warnings.extend(missing_then(tag, &users));
            let own = self.need_for_tag(tag, &users, "remove");
            let is_stricter = |own: &Need| own.kind == NeedKind::TypeName || need.is_none();
            need = own.filter(is_stricter).or(need);
        }
        Ok((need, warnings))
    }
}

/// What it means for the containers that were created from a tag when it goes.
pub(super) fn missing_then(tag: &str, users: &[Arc<Container>]) -> Option<String> {
    (!users.is_empty()).then(|| {
        format!(
            "{} created from {tag}: it must be pulled or tagged again before they can be recreated.",
            were(users)
        )
    })
}

/// "web and db were".
pub(super) fn were(users: &[Arc<Container>]) -> String {
    let names: Vec<&str> = users.iter().map(|user| user.name.as_str()).collect();
    let verb = if names.len() == 1 { "was" } else { "were" };
    format!("{} {verb}", environments::some_of(&names))
}
