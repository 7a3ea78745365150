//! Who depends on whom, and so who comes first.

use crate::model::container::{Container, ContainerView};
use std::collections::HashSet;
use std::sync::Arc;

/// Whether a container lives in another's namespaces, uses its volumes, or is
/// linked to it. A reference is a name, an id, or at least its short form.
pub fn depends_on(container: &Container, owner: &Container) -> bool {
    container.shares.iter().any(|reference| {
        reference == &owner.name || (reference.len() >= 12 && owner.id.starts_with(reference))
    })
}

/// All that depend on a container, and on those in turn.
pub fn dependents(all: &[Arc<Container>], owner: &Container) -> Vec<Arc<Container>> {
    let sharing: Vec<_> = all.iter().filter(|one| !one.shares.is_empty()).collect();
    let mut known = HashSet::from([owner.id.clone()]);
    let mut found: Vec<Arc<Container>> = Vec::new();
    loop {
        let next = sharing.iter().find(|one| {
            !known.contains(&one.id)
                && (depends_on(one, owner) || found.iter().any(|user| depends_on(one, user)))
        });
        let Some(next) = next else {
            return found;
        };
        known.insert(next.id.clone());
        found.push(Arc::clone(next));
    }
}

/// Groups in order: within one, nobody depends on another. What depends on
/// itself in a circle comes last, together.
pub(super) fn levels(views: Vec<ContainerView>, owners_first: bool) -> Vec<Vec<ContainerView>> {
    let mut rest = views;
    let mut levels = Vec::new();
    while !rest.is_empty() {
        let free: Vec<bool> = rest
            .iter()
            .map(|view| {
                !rest
                    .iter()
                    .any(|other| needs(&view.container, &other.container))
            })
            .collect();
        if !free.contains(&true) {
            levels.push(std::mem::take(&mut rest));
            break;
        }
        let mut free = free.into_iter();
        let (level, later) = rest.into_iter().partition(|_| free.next().unwrap_or(false));
        levels.push(level);
        rest = later;
    }
    if !owners_first {
        levels.reverse();
    }
    levels
}

/// Whether `one` needs `other` to run: namespaces, volumes, links, or what its
/// Compose file says (`com.docker.compose.depends_on`: `service:condition:…`).
pub fn needs(one: &Container, other: &Container) -> bool {
    if one.id == other.id {
        return false;
    }
    let compose = one.stack.is_some()
        && one.stack == other.stack
        && one
            .labels
            .get("com.docker.compose.depends_on")
            .is_some_and(|list| {
                list.split(',')
                    .map(|entry| entry.split(':').next().unwrap_or(entry))
                    .any(|service| !service.is_empty() && Some(service) == other.service.as_deref())
            });
    compose || depends_on(one, other)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view(name: &str, shares: &[&str], depends: &str) -> ContainerView {
        ContainerView::of(Container {
            labels: [(
                "com.docker.compose.depends_on".to_owned(),
                depends.to_owned(),
            )]
            .into(),
            shares: shares.iter().map(|s| (*s).to_owned()).collect(),
            stack: Some("s".to_owned()),
            service: Some(name.to_owned()),
            ..Container::running(name)
        })
    }

    #[test]
    fn dependents_of_dependents_are_found_and_a_circle_ends() {
        let all: Vec<Arc<Container>> = [("a1", "c1"), ("b1", "a1"), ("c1", "b1"), ("d1", "")]
            .into_iter()
            .map(|(name, shares)| Arc::clone(&view(name, &[shares], "").container))
            .collect();
        let found = dependents(&all, &all[0]);
        let names: Vec<&str> = found.iter().map(|one| one.name.as_str()).collect();
        assert_eq!(names, ["b1", "c1"]);
        assert!(dependents(&all, &all[3]).is_empty());
    }

    #[test]
    fn dependencies_come_before_their_dependents_or_after_them_in_reverse() {
        let names = |levels: &[Vec<ContainerView>]| -> Vec<Vec<String>> {
            levels
                .iter()
                .map(|level| {
                    level
                        .iter()
                        .map(|view| view.container.name.clone())
                        .collect()
                })
                .collect()
        };
        let views = vec![
            view(
                "web",
                &[],
                "db:service_healthy:false,cache:service_started:true",
            ),
            view("db", &[], ""),
            view("side", &["web"], ""),
            view("cache", &[], ""),
        ];
        assert_eq!(
            names(&levels(views.clone(), true)),
            [vec!["db", "cache"], vec!["web"], vec!["side"]]
        );
        assert_eq!(
            names(&levels(views, false)),
            [vec!["side"], vec!["web"], vec!["db", "cache"]]
        );
        let circle = vec![view("a1", &["b1"], ""), view("b1", &["a1"], "")];
        assert_eq!(names(&levels(circle, true)), [vec!["a1", "b1"]]);
    }
}
