//! Images without a name that others were built on: pure.
//!
//! The engine keeps them while something is built on them. Once that has gone, such
//! an image is one of its own, which may be needed, or goes as well.

use crate::model::image::ImageView;
use std::collections::{HashMap, HashSet};

/// What each image was built on, by the id of the child.
pub(super) type Parents = HashMap<String, String>;

/// Of those without a name that the list does not show, all that nothing is built on
/// once `gone` are gone, the nearest first. `is_kept` says of each whether it stays.
pub(super) fn orphans(
    gone: &[ImageView],
    nameless: Vec<ImageView>,
    parents: &Parents,
    mut is_kept: impl FnMut(&ImageView) -> bool,
) -> Vec<ImageView> {
    let mut children: HashMap<&str, Vec<&str>> = HashMap::new();
    for (child, parent) in parents {
        children.entry(parent).or_default().push(child);
    }
    let mut without: HashSet<String> = gone.iter().map(|view| view.image.id.clone()).collect();
    let mut rest = nameless;
    let mut found = Vec::new();
    loop {
        let is_orphan = |view: &ImageView| {
            let built = children.get(view.image.id.as_str());
            built.is_some_and(|built| built.iter().all(|child| without.contains(*child)))
        };
        let Some(at) = rest.iter().position(is_orphan) else {
            return found;
        };
        let next = rest.swap_remove(at);
        if !is_kept(&next) {
            without.insert(next.image.id.clone());
            found.push(next);
        }
    }
}

/// How many images it was built on: what is built on another has more.
pub(super) fn depth(id: &str, parents: &Parents) -> usize {
    ancestors(id, parents).count()
}

/// The images that it was built on, the nearest first.
pub(super) fn ancestors<'a>(id: &str, parents: &'a Parents) -> impl Iterator<Item = &'a str> {
    let first = parents.get(id).map(String::as_str);
    let next = |id: &&'a str| parents.get(*id).map(String::as_str);
    // An engine that tells of a circle does not hold us up.
    std::iter::successors(first, next).take(parents.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::images::find;
    use crate::model::image::ImageSummary;
    use std::sync::Arc;

    fn view(id: &str) -> ImageView {
        find::view(&Arc::new(ImageSummary::named(id, &[])), &[])
    }

    fn ids(views: &[ImageView]) -> Vec<&str> {
        views.iter().map(|view| view.image.id.as_str()).collect()
    }

    #[test]
    fn images_that_nothing_is_built_on_any_more_are_found_and_needed_ones_stay() {
        // base <- step <- web, base <- other
        let parents: Parents = [("web", "step"), ("step", "base"), ("other", "base")]
            .map(|(child, parent)| (child.to_owned(), parent.to_owned()))
            .into();
        let nameless = || vec![view("base"), view("step")];
        let found = |gone: &[&str], kept: &str| {
            let gone: Vec<ImageView> = gone.iter().map(|id| view(id)).collect();
            let orphans = orphans(&gone, nameless(), &parents, |view| view.image.id == kept);
            ids(&orphans).join(" ")
        };
        assert_eq!(found(&["web"], ""), "step");
        assert_eq!(found(&["web", "other"], ""), "step base");
        assert_eq!(found(&["web", "other"], "step"), "");
        assert_eq!(found(&["other"], ""), "");
        assert_eq!(depth("web", &parents), 2);
        assert_eq!(
            ancestors("web", &parents).collect::<Vec<_>>(),
            ["step", "base"]
        );
        let circle: Parents = [("a", "b"), ("b", "a")]
            .map(|(child, parent)| (child.to_owned(), parent.to_owned()))
            .into();
        assert_eq!(depth("a", &circle), 2);
    }
}
