//! What is known of updates of one container: from the image that it runs and
//! from what the registry said last. Pure.
//!
//! Invariants: nothing is up to date that was not seen; digests are compared with
//! those of the same repository, or with the id of the content itself.

use crate::model::container::Container;
use crate::model::image::ImageSummary;
use crate::model::reference::{Reference, is_image_id};
use crate::model::timestamp::Timestamp;
use crate::model::update::{UnknownReason, UpdateState, UpdateStatus};
use crate::model::version_tag::NewerVersions;
use crate::store::{ProblemRecord, UpdateRecord};
use std::collections::BTreeMap;

/// What a container was made with, as far as updates are concerned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Subject {
    /// A tag, whose digest is looked up. A pinned one is looked up for information.
    Tag {
        reference: Reference,
        is_pinned: bool,
    },
    /// A digest without a tag, or the id of an image.
    Fixed(Option<Reference>),
    LocalBuild(Reference),
    Invalid(String),
}

/// The digests by which a registry may name what a container runs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct LocalDigests {
    /// Of the repository itself.
    repository: Vec<String>,
    /// Of the content: its id, and its manifest where the engine tells it.
    content: Vec<String>,
}

impl LocalDigests {
    /// `image` is what the engine lists under the container's image id.
    pub fn of(container: &Container, image: Option<&ImageSummary>, reference: &Reference) -> Self {
        let digests = image.map_or(&[][..], |image| &image.digests);
        let repository = digests
            .iter()
            .filter_map(|text| {
                let named = Reference::parse(text).ok()?;
                named
                    .digest
                    .clone()
                    .filter(|_| named.is_same_repository(reference))
            })
            .collect();
        let ids = [Some(&container.image_id), container.image_manifest.as_ref()];
        let content = ids.into_iter().flatten().filter(|id| !id.is_empty());
        Self {
            repository,
            content: content.cloned().collect(),
        }
    }

    fn has(&self, digest: &str) -> bool {
        let mut all = self.repository.iter().chain(&self.content);
        all.any(|one| one == digest)
    }

    pub fn has_any(&self, digests: &[&str]) -> bool {
        digests.iter().any(|digest| self.has(digest))
    }

    /// As it is shown.
    fn shown(&self, is_same: bool, latest: Option<&str>) -> Option<String> {
        let latest = latest.filter(|_| is_same);
        latest
            .map(ToOwned::to_owned)
            .or_else(|| self.repository.last().cloned())
    }

    /// Whether it is what a registry said a tag is: the same digest, or one that stands
    /// for the same image.
    pub fn is(&self, record: &UpdateRecord) -> bool {
        record
            .digest
            .as_deref()
            .is_some_and(|digest| self.has(digest))
            || record.platforms.iter().any(|platform| {
                let parts = [&platform.manifest, &platform.config];
                parts.into_iter().flatten().any(|digest| self.has(digest))
            })
    }
}

pub(super) fn subject(container: &Container, image: Option<&ImageSummary>) -> Subject {
    if is_image_id(&container.image) || is_short_id(container) {
        return Subject::Fixed(None);
    }
    let reference = match Reference::parse(&container.image) {
        Ok(reference) => reference,
        Err(why) => return Subject::Invalid(why),
    };
    if reference.digest.is_some() {
        return match &reference.tag {
            Some(tag) => Subject::Tag {
                reference: reference.with_tag(tag),
                is_pinned: true,
            },
            None => Subject::Fixed(Some(reference)),
        };
    }
    // Podman names what it builds so; a registry has a port or a dot.
    if reference.registry == "localhost" || is_local_build(container, image, &reference) {
        return Subject::LocalBuild(reference);
    }
    Subject::Tag {
        reference,
        is_pinned: false,
    }
}

/// Made with the beginning of the image's id.
fn is_short_id(container: &Container) -> bool {
    let id = container
        .image_id
        .strip_prefix("sha256:")
        .unwrap_or_default();
    container.image.len() >= 12 && id.starts_with(&container.image)
}

/// The engine knows no registry that has it. With the containerd image store every
/// image has a digest, so that this cannot be told there.
fn is_local_build(
    container: &Container,
    image: Option<&ImageSummary>,
    reference: &Reference,
) -> bool {
    let Some(image) = image else {
        return false;
    };
    let is_content = |digest: &String| digest.ends_with(&image.id);
    let knows_content = container.image_manifest.is_some() || image.digests.iter().any(is_content);
    !knows_content
        && LocalDigests::of(container, Some(image), reference)
            .repository
            .is_empty()
}

/// Everything that is known of one container's updates.
pub(super) fn verdict(
    container: &Container,
    image: Option<&ImageSummary>,
    is_ignored: bool,
    record: impl Fn(&str) -> Option<(UpdateRecord, Option<Timestamp>)>,
) -> UpdateStatus {
    let bare = |state, reference: Option<&Reference>, message: &str| UpdateStatus {
        state,
        reason: None,
        message: message.to_owned(),
        reference: reference.map(Reference::familiar),
        current_digest: None,
        latest_digest: None,
        latest_since: None,
        newer: NewerVersions::default(),
        newer_since: BTreeMap::new(),
        checked_at: None,
    };
    if is_ignored {
        return bare(
            UpdateState::Ignored,
            Reference::parse(&container.image).ok().as_ref(),
            "Its policy is to ignore updates, so no registry is asked.",
        );
    }
    match subject(container, image) {
        Subject::Invalid(why) => UpdateStatus {
            reason: Some(UnknownReason::InvalidReference),
            ..bare(UpdateState::Unknown, None, &why)
        },
        Subject::Fixed(Some(reference)) => UpdateStatus {
            current_digest: reference.digest.clone(),
            ..bare(
                UpdateState::Pinned,
                Some(&reference),
                "It was created with a digest, which never changes.",
            )
        },
        Subject::Fixed(None) => bare(
            UpdateState::Pinned,
            None,
            "It was created with the ID of an image, which never changes.",
        ),
        Subject::LocalBuild(reference) => bare(
            UpdateState::LocalBuild,
            Some(&reference),
            "Its image has no digest of a registry: it was built or loaded on this host.",
        ),
        Subject::Tag {
            reference,
            is_pinned,
        } => {
            let local = LocalDigests::of(container, image, &reference);
            let base = bare(UpdateState::Unknown, Some(&reference), "");
            match record(&reference.canonical()) {
                None => UpdateStatus {
                    reason: Some(UnknownReason::NotChecked),
                    message: format!("{reference} was not looked up yet."),
                    current_digest: local.shown(false, None),
                    ..base
                },
                Some((record, checked_at)) => {
                    let status = UpdateStatus { checked_at, ..base };
                    tagged(status, &reference, &local, &record, is_pinned)
                }
            }
        }
    }
}

fn tagged(
    base: UpdateStatus,
    reference: &Reference,
    local: &LocalDigests,
    record: &UpdateRecord,
    is_pinned: bool,
) -> UpdateStatus {
    let is_same = local.is(record);
    let latest = record.digest.as_deref();
    let status = UpdateStatus {
        current_digest: local.shown(is_same, latest),
        latest_digest: record.digest.clone(),
        latest_since: record.since,
        newer_since: record.newer_since.clone(),
        newer: NewerVersions {
            patch: record.patch.clone(),
            minor: record.minor.clone(),
            major: record.major.clone(),
        },
        ..base
    };
    let said = |state, message: String| UpdateStatus {
        state,
        message,
        ..status.clone()
    };
    if is_pinned {
        let now = match latest {
            Some(_) if !is_same => format!(" {reference} is another image now."),
            _ => String::new(),
        };
        return said(
            UpdateState::Pinned,
            format!("It was created with a digest, which never changes.{now}"),
        );
    }
    let problem = record.problem.as_ref();
    let after = problem.map_or_else(String::new, |problem| {
        format!(" The last look failed: {}", problem.message)
    });
    match latest {
        Some(_) if is_same && problem.is_none() => match newest(&status.newer) {
            None => said(
                UpdateState::UpToDate,
                format!("It runs what {reference} is."),
            ),
            Some(tag) => said(
                UpdateState::NewerVersion,
                format!(
                    "It runs what {reference} is. {} is a newer version.",
                    reference.with_tag(tag)
                ),
            ),
        },
        Some(_) if !is_same && is_not_for_platform(record) => UpdateStatus {
            reason: Some(UnknownReason::Platform),
            ..said(
                UpdateState::Unknown,
                format!(
                    "{reference} is another image now, which does not exist for this platform."
                ),
            )
        },
        Some(_) if !is_same => said(
            UpdateState::UpdateAvailable,
            format!("{reference} is a newer image than the one that it runs.{after}"),
        ),
        _ => unknown(&status, reference, problem),
    }
}

fn unknown(
    status: &UpdateStatus,
    reference: &Reference,
    problem: Option<&ProblemRecord>,
) -> UpdateStatus {
    let (reason, message) = problem.map_or_else(
        || {
            (
                UnknownReason::NotChecked,
                format!("{reference} was not looked up yet."),
            )
        },
        |problem| (problem.reason, problem.message.clone()),
    );
    UpdateStatus {
        state: UpdateState::Unknown,
        reason: Some(reason),
        message,
        ..status.clone()
    }
}

/// The one that is the smallest step.
pub(super) fn newest(newer: &NewerVersions) -> Option<&str> {
    let all = [&newer.patch, &newer.minor, &newer.major];
    all.into_iter().flatten().next().map(String::as_str)
}

fn is_not_for_platform(record: &UpdateRecord) -> bool {
    let mut all = record.platforms.iter();
    !record.platforms.is_empty() && all.all(|platform| platform.manifest.is_none())
}

#[cfg(test)]
mod tests;
