//! Every state, on both image stores, and the ways in which others went wrong.

use super::*;
use crate::store::PlatformRecord;

fn digest(c: char) -> String {
    format!("sha256:{}", c.to_string().repeat(64))
}

fn container(image: &str, id: char) -> Container {
    Container {
        image: image.to_owned(),
        image_id: digest(id),
        ..Container::running("web")
    }
}

/// As the engine lists it: `names` with the digit of their digest.
fn image(id: char, names: &[(&str, char)]) -> ImageSummary {
    ImageSummary {
        id: digest(id),
        tags: Vec::new(),
        digests: names
            .iter()
            .map(|(name, c)| format!("{name}@{}", digest(*c)))
            .collect(),
        platform: None,
        size_bytes: 0,
        created_at: None,
        labels: std::collections::BTreeMap::new(),
    }
}

fn seen(c: char) -> UpdateRecord {
    UpdateRecord {
        digest: Some(digest(c)),
        ..UpdateRecord::default()
    }
}

fn of(container: &Container, image: &ImageSummary, record: Option<UpdateRecord>) -> UpdateStatus {
    verdict(container, Some(image), false, |_| {
        record.clone().map(|record| (record, None))
    })
}

fn state(container: &Container, image: &ImageSummary, record: Option<UpdateRecord>) -> UpdateState {
    of(container, image, record).state
}

#[test]
fn digest_of_the_tag_is_compared_with_the_one_of_its_own_repository() {
    let web = container("nginx:1.27", 'c');
    let several = image('c', &[("mirror.lan/nginx", 'b'), ("nginx", 'a')]);
    assert_eq!(
        state(&web, &several, Some(seen('a'))),
        UpdateState::UpToDate
    );
    // The digest that another repository has for the same image says nothing here.
    assert_eq!(
        state(&web, &several, Some(seen('b'))),
        UpdateState::UpdateAvailable
    );
    let podman = image('c', &[("docker.io/library/nginx", 'a')]);
    assert_eq!(state(&web, &podman, Some(seen('a'))), UpdateState::UpToDate);
    assert_eq!(state(&web, &several, None), UpdateState::Unknown);
    assert_eq!(
        of(&web, &several, None).reason,
        Some(UnknownReason::NotChecked)
    );
}

#[test]
fn another_index_of_the_same_image_is_not_an_update() {
    let stands_for = |manifest: char, config: char| UpdateRecord {
        platforms: vec![PlatformRecord {
            platform: "linux/amd64".to_owned(),
            manifest: Some(digest(manifest)),
            config: Some(digest(config)),
        }],
        ..seen('f')
    };
    // overlay2: the id is the configuration's digest.
    let web = container("nginx:1.27", 'c');
    let local = image('c', &[("nginx", 'a')]);
    assert_eq!(
        state(&web, &local, Some(stands_for('d', 'c'))),
        UpdateState::UpToDate
    );
    // The engine holds the platform's manifest where the tag names an index.
    assert_eq!(
        state(&web, &local, Some(stands_for('a', 'e'))),
        UpdateState::UpToDate
    );
    assert_eq!(
        state(&web, &local, Some(stands_for('d', 'e'))),
        UpdateState::UpdateAvailable
    );
    // containerd: the id is the index, and the container names its manifest.
    let web = Container {
        image_manifest: Some(digest('d')),
        ..container("nginx:1.27", 'a')
    };
    let local = image('a', &[("nginx", 'a')]);
    assert_eq!(
        state(&web, &local, Some(stands_for('d', 'e'))),
        UpdateState::UpToDate
    );
    assert_eq!(
        state(&web, &local, Some(stands_for('b', 'e'))),
        UpdateState::UpdateAvailable
    );
    // Its image lost the tag, and with it every digest that the engine lists.
    let dangling = image('a', &[]);
    assert_eq!(
        state(&web, &dangling, Some(seen('a'))),
        UpdateState::UpToDate
    );
    assert_eq!(
        state(&web, &dangling, Some(seen('b'))),
        UpdateState::UpdateAvailable
    );
}

#[test]
fn pins_and_ids_are_never_updated_by_themselves() {
    let pinned = container(&format!("nginx:1.27@{}", digest('a')), 'c');
    let local = image('c', &[("nginx", 'a')]);
    let status = of(&pinned, &local, Some(seen('b')));
    assert_eq!(status.state, UpdateState::Pinned);
    assert_eq!(status.latest_digest, Some(digest('b')));
    assert!(
        status.message.contains("another image now"),
        "{}",
        status.message
    );
    let alone = container(&format!("nginx@{}", digest('a')), 'c');
    assert_eq!(state(&alone, &local, None), UpdateState::Pinned);
    for id in [digest('c'), "c".repeat(64), "c".repeat(12)] {
        assert_eq!(
            state(&container(&id, 'c'), &local, None),
            UpdateState::Pinned,
            "{id}"
        );
    }
}

#[test]
fn image_without_a_digest_of_its_repository_is_a_local_build() {
    let web = container("app:1", 'c');
    assert_eq!(
        state(&web, &image('c', &[]), Some(seen('a'))),
        UpdateState::LocalBuild
    );
    // Built here and pushed under another name.
    let pushed = image('c', &[("registry.lan/app", 'a')]);
    assert_eq!(state(&web, &pushed, None), UpdateState::LocalBuild);
    let podman = container("localhost/app:1", 'c');
    let local = image('c', &[("localhost/app", 'a')]);
    assert_eq!(state(&podman, &local, None), UpdateState::LocalBuild);
    // The containerd image store gives every image a digest.
    let everything = image('a', &[("app", 'a')]);
    assert_eq!(
        state(&container("app:1", 'a'), &everything, None),
        UpdateState::Unknown
    );
}

#[test]
fn failed_look_never_makes_an_image_up_to_date_and_keeps_an_update_that_was_seen() {
    let failed = |record: UpdateRecord| UpdateRecord {
        problem: Some(ProblemRecord {
            reason: UnknownReason::RateLimited,
            message: "Too many requests.".to_owned(),
            retry_at: None,
        }),
        ..record
    };
    let web = container("nginx:1.27", 'c');
    let local = image('c', &[("nginx", 'a')]);
    for record in [UpdateRecord::default(), seen('a')] {
        let status = of(&web, &local, Some(failed(record)));
        assert_eq!(status.state, UpdateState::Unknown);
        assert_eq!(status.reason, Some(UnknownReason::RateLimited));
        assert_eq!(status.message, "Too many requests.");
    }
    let status = of(&web, &local, Some(failed(seen('b'))));
    assert_eq!(status.state, UpdateState::UpdateAvailable);
    assert!(
        status.message.contains("Too many requests."),
        "{}",
        status.message
    );
}

#[test]
fn newer_versions_are_told_of_a_tag_that_is_the_same() {
    let web = container("nginx:1.25-alpine", 'c');
    let local = image('c', &[("nginx", 'a')]);
    let newer = |record: UpdateRecord| UpdateRecord {
        minor: Some("1.27-alpine".to_owned()),
        ..record
    };
    let status = of(&web, &local, Some(newer(seen('a'))));
    assert_eq!(status.state, UpdateState::NewerVersion);
    assert!(
        status.message.contains("nginx:1.27-alpine"),
        "{}",
        status.message
    );
    let status = of(&web, &local, Some(newer(seen('b'))));
    assert_eq!(status.state, UpdateState::UpdateAvailable);
    assert_eq!(status.newer.minor.as_deref(), Some("1.27-alpine"));
}

#[test]
fn new_image_that_does_not_exist_for_the_platform_is_not_offered() {
    let web = container("nginx:1.27", 'c');
    let local = image('c', &[("nginx", 'a')]);
    let record = UpdateRecord {
        platforms: vec![PlatformRecord {
            platform: "linux/arm/v6".to_owned(),
            ..PlatformRecord::default()
        }],
        ..seen('b')
    };
    let status = of(&web, &local, Some(record));
    assert_eq!(status.reason, Some(UnknownReason::Platform));
}

#[test]
fn name_that_cannot_be_read_is_told_as_such() {
    let web = container("Not A Name", 'c');
    let status = of(&web, &image('c', &[]), None);
    assert_eq!(status.reason, Some(UnknownReason::InvalidReference));
}
