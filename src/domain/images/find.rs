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
pub fn find<'a>(images: &'a [Arc<ImageSummary>], reference: &str) -> Result<&'a Arc<ImageSummary>> {
    let wanted = tagged(reference);
    let exact = images.iter().find(|image| {
        image.id == reference
            || digits(&image.id) == reference
            || image.tags.contains(&wanted)
            || image.digests.iter().any(|digest| digest == reference)
    });
    let by_short_name = || {
        images
            .iter()
            .find(|image| image.tags.iter().any(|tag| is_same_name(tag, &wanted)))
    };
    if let Some(found) = exact.or_else(by_short_name) {
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

/// `docker.io/library/nginx:1` is `nginx:1` for Docker, and `localhost/web:1` is `web:1`
/// for Podman.
pub(super) fn is_same_name(one: &str, other: &str) -> bool {
    short(one) == short(other)
}

fn short(reference: &str) -> &str {
    ["docker.io/library/", "docker.io/", "localhost/"]
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
            let found = find(&images, reference).unwrap();
            assert!(Arc::ptr_eq(found, &images[at]), "{reference}");
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
            let error = find(&images, reference).unwrap_err();
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
