//! Which image a reference means, and who uses an image: pure.

use crate::error::{Error, Kind, Result};
use crate::model::container::{Container, State};
use crate::model::image::{ImageSummary, ImageUser, ImageView};
use std::collections::HashMap;
use std::sync::Arc;

/// Digits by which an image can be named, as few as the CLI ever shows.
const SHORTEST: usize = 4;

/// By id, tag, `name@sha256:…`, or a beginning of the id that fits one image, in
/// that order.
///
/// # Errors
/// Not found; a conflict when it fits several.
pub fn find<'a>(
    images: &'a [Arc<ImageSummary>],
    reference: &str,
    naming: Naming,
) -> Result<&'a Arc<ImageSummary>> {
    let wanted = tagged(reference);
    let exact = images.iter().find(|image| {
        image.id == reference
            || digits(&image.id) == reference
            || image.tags.contains(&wanted)
            || image.digests.iter().any(|digest| digest == reference)
    });
    let by_other_name = || {
        let distance = |image: &Arc<ImageSummary>| {
            let tags = image.tags.iter();
            tags.filter_map(|tag| naming.distance(tag, &wanted)).min()
        };
        let named = images
            .iter()
            .filter_map(|image| Some((distance(image)?, image)));
        named.min_by_key(|(far, _)| *far).map(|(_, image)| image)
    };
    if let Some(found) = exact.or_else(by_other_name) {
        return Ok(found);
    }
    let start = digits(reference);
    let is_id = start.len() >= SHORTEST && start.bytes().all(|b| b.is_ascii_hexdigit());
    let mut fitting = images
        .iter()
        .filter(|image| is_id && digits(&image.id).starts_with(start));
    match (fitting.next(), fitting.next()) {
        (Some(one), None) => Ok(one),
        (Some(_), Some(_)) => Err(Error::new(
            Kind::Conflict,
            format!("{reference} fits more than one image. Give more digits of the ID, or a tag."),
        )
        .code("ambiguous_reference")),
        _ => Err(missing(reference)),
    }
}

pub(super) fn missing(reference: &str) -> Error {
    Error::not_found(format!(
        "The image {reference} does not exist on this host. It may have been removed; reload the list."
    ))
    .code("image_not_found")
}

fn digits(id: &str) -> &str {
    id.strip_prefix("sha256:").unwrap_or(id)
}

/// Without a tag the engine means `latest`.
pub(super) fn tagged(reference: &str) -> String {
    let last = reference.rsplit('/').next().unwrap_or(reference);
    if last.contains(':') || reference.contains('@') {
        reference.to_owned()
    } else {
        format!("{reference}:latest")
    }
}

/// How an engine completes the names of images.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Naming {
    /// `docker.io/library/nginx:1` is `nginx:1`, and `localhost/web:1` is a name of its own.
    Docker,
    /// The same, but `web:1` may also be `localhost/web:1`.
    Podman,
}

impl Naming {
    /// How far a tag is from a name that may mean it: 0 when they are the same text;
    /// `None` when they are two names.
    fn distance(self, tag: &str, name: &str) -> Option<u8> {
        let is_local = |long: &str, short: &str| long.strip_prefix("localhost/") == Some(short);
        if tag == name {
            return Some(0);
        }
        if self == Self::Podman && (is_local(tag, name) || is_local(name, tag)) {
            return Some(1);
        }
        (short(tag) == short(name)).then_some(2)
    }

    pub fn is_same(self, one: &str, other: &str) -> bool {
        self.distance(one, other).is_some()
    }

    /// Of an image's tags the one that is meant.
    pub fn own<'a>(self, tags: &'a [String], wanted: &str) -> Option<&'a String> {
        let fitting = tags
            .iter()
            .filter_map(|tag| Some((self.distance(tag, wanted)?, tag)));
        fitting.min_by_key(|(far, _)| *far).map(|(_, tag)| tag)
    }
}

fn short(reference: &str) -> &str {
    ["docker.io/library/", "docker.io/"]
        .iter()
        .find_map(|prefix| reference.strip_prefix(prefix))
        .unwrap_or(reference)
}

/// The containers that were created from an image, by name.
pub(super) fn users(containers: &[Arc<Container>], id: &str) -> Vec<ImageUser> {
    let mut users: Vec<ImageUser> = containers
        .iter()
        .filter(|container| container.image_id == id)
        .map(|container| ImageUser {
            name: container.name.clone(),
            id: container.id.clone(),
            running: matches!(
                container.state,
                State::Running | State::Paused | State::Restarting
            ),
        })
        .collect();
    users.sort();
    users
}

pub(super) fn view(image: &Arc<ImageSummary>, containers: &[Arc<Container>]) -> ImageView {
    ImageView {
        used_by: users(containers, &image.id),
        is_dangling: image.tags.is_empty(),
        image: Arc::clone(image),
    }
}

/// All of them. What uses them is looked up once, however many there are.
pub(super) fn views(images: &[Arc<ImageSummary>], containers: &[Arc<Container>]) -> Vec<ImageView> {
    let mut by_image: HashMap<&str, Vec<Arc<Container>>> = HashMap::new();
    for container in containers {
        let of_image = by_image.entry(container.image_id.as_str()).or_default();
        of_image.push(Arc::clone(container));
    }
    images
        .iter()
        .map(|image| {
            view(
                image,
                by_image.get(image.id.as_str()).map_or(&[], Vec::as_slice),
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn images() -> Vec<Arc<ImageSummary>> {
        let id = |start: &str| format!("sha256:{start:0<64}");
        let mut pinned = ImageSummary::named(&id("bb00"), &[]);
        pinned.digests = vec!["ghcr.io/a/b@sha256:11".to_owned()];
        [
            ImageSummary::named(&id("aa11"), &["docker.io/library/nginx:latest", "web:1"]),
            ImageSummary::named(&id("aa12"), &["localhost/own:2"]),
            pinned,
        ]
        .map(Arc::new)
        .into()
    }

    #[test]
    fn image_is_found_by_id_tag_digest_and_unambiguous_beginning_of_its_id() {
        let images = images();
        for (reference, at) in [
            (images[0].id.as_str(), 0),
            (&images[0].id[7..], 0),
            ("nginx", 0),
            ("nginx:latest", 0),
            ("web:1", 0),
            ("own:2", 1),
            ("localhost/own:2", 1),
            ("ghcr.io/a/b@sha256:11", 2),
            ("sha256:aa11", 0),
            ("aa12", 1),
        ] {
            let found = find(&images, reference, Naming::Podman).unwrap();
            assert!(Arc::ptr_eq(found, &images[at]), "{reference}");
        }
    }

    #[test]
    fn name_with_localhost_is_another_one_on_docker_and_the_nearest_tag_is_taken() {
        let images: [Arc<ImageSummary>; 2] = [
            ImageSummary::named("sha256:1", &["docker.io/library/web:1"]),
            ImageSummary::named("sha256:2", &["localhost/web:1"]),
        ]
        .map(Arc::new);
        let id = |reference: &str, naming| {
            let found = find(&images, reference, naming);
            found.ok().map(|image| image.id.as_str())
        };
        assert_eq!(id("web:1", Naming::Docker), Some("sha256:1"));
        assert_eq!(id("web:1", Naming::Podman), Some("sha256:2"));
        assert_eq!(id("localhost/web:1", Naming::Docker), Some("sha256:2"));
        assert_eq!(find(&images[1..], "web:1", Naming::Docker).ok(), None);
        let same = |naming: Naming, one: &str, other: &str| naming.is_same(one, other);
        assert!(!same(Naming::Docker, "localhost/web:1", "web:1"));
        assert!(same(Naming::Podman, "localhost/web:1", "web:1"));
        let two = ("docker.io/library/web:1", "localhost/web:1");
        assert!(!same(Naming::Podman, two.0, two.1), "these are two names");
        let tags = ["localhost/web:1".to_owned(), "web:1".to_owned()];
        for naming in [Naming::Docker, Naming::Podman] {
            for tag in &tags {
                assert_eq!(naming.own(&tags, tag), Some(tag));
            }
        }
    }

    #[test]
    fn ambiguous_and_unknown_references_are_refused() {
        let mut images = images();
        images.push(Arc::new(ImageSummary::named("sha256:aa115", &[])));
        for (reference, code) in [
            ("aa11", "ambiguous_reference"),
            ("aa1", "image_not_found"),
            ("web", "image_not_found"),
            ("", "image_not_found"),
            ("web:2", "image_not_found"),
        ] {
            let error = find(&images, reference, Naming::Docker).unwrap_err();
            assert_eq!(error.code, Some(code), "{reference}");
        }
    }

    #[test]
    fn users_are_the_containers_of_the_image_by_name() {
        let of = |name: &str, image: &str, state| {
            Arc::new(Container {
                image_id: image.to_owned(),
                state,
                ..Container::running(name)
            })
        };
        let containers = [
            of("b", "x", State::Exited),
            of("a", "x", State::Running),
            of("c", "y", State::Running),
        ];
        let users = users(&containers, "x");
        let told: Vec<_> = users.iter().map(|one| (&*one.name, one.running)).collect();
        assert_eq!(told, [("a", true), ("b", false)]);
    }
}
