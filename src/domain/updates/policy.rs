//! Which policy applies to a container: its own, a label's, or its environment's.
//! Pure.
//!
//! Invariants: a rule that nobody chose for the container updates nothing by itself
//! that is production, or that was there before DockerMate; it takes no other major
//! version of a database.

use crate::model::environment::{AutoUpdate, Environment};
use crate::model::settings::UpdateSettings;
use crate::model::update_policy::{
    EffectivePolicy, PolicySource, UpdatePolicy, UpdateRange, UpdateRules,
};
use std::collections::BTreeMap;

/// `auto`, `notify` or `ignore`.
const LABEL: &str = "dockermate.update";
/// `digest`, `patch`, `minor` or `major`.
const RANGE_LABEL: &str = "dockermate.update.range";
const WATCHTOWER: &str = "com.centurylinklabs.watchtower.enable";
const WATCHTOWER_MONITORS: &str = "com.centurylinklabs.watchtower.monitor-only";
/// These two only tell of updates.
const TELLERS: [&str; 2] = ["wud.watch", "diun.enable"];
const UNDERSTOOD: [&str; 6] = [
    LABEL,
    RANGE_LABEL,
    WATCHTOWER,
    WATCHTOWER_MONITORS,
    TELLERS[0],
    TELLERS[1],
];

/// What is known of a container when its policy is looked for.
#[derive(Debug)]
pub(super) struct Subject<'a> {
    pub rules: &'a UpdateRules,
    pub labels: &'a BTreeMap<String, String>,
    pub environment: Option<&'a Environment>,
    pub is_production: bool,
    /// It was there when DockerMate first looked.
    pub was_before: bool,
}

pub(super) fn effective(
    subject: &Subject<'_>,
    settings: &UpdateSettings,
    automatic: bool,
    stable_seconds: u64,
) -> EffectivePolicy {
    let rules = subject.rules;
    let (mut policy, source) = match (rules.policy, of_labels(subject.labels)) {
        (Some(policy), _) => (policy, PolicySource::User),
        (None, Some(policy)) => (policy, PolicySource::Label),
        (None, None) => match subject.environment.map(|found| found.auto_update) {
            Some(AutoUpdate::Always) => (UpdatePolicy::Auto, PolicySource::Environment),
            Some(AutoUpdate::Ask | AutoUpdate::Never) => {
                (UpdatePolicy::Notify, PolicySource::Environment)
            }
            None => (UpdatePolicy::Notify, PolicySource::Default),
        },
    };
    let mut reason = None;
    if policy == UpdatePolicy::Auto && source != PolicySource::User {
        reason = if subject.is_production {
            Some(
                "It is production, which is updated by itself only where that was chosen for the container.",
            )
        } else if source == PolicySource::Environment && !automatic {
            Some("Automatic updates are switched off in the settings.")
        } else if source == PolicySource::Environment && subject.was_before {
            Some(
                "It was there before DockerMate, so it is updated by itself only where that was chosen for the container.",
            )
        } else {
            None
        };
        if reason.is_some() {
            policy = UpdatePolicy::Notify;
        }
    }
    EffectivePolicy {
        policy,
        source,
        range: rules
            .range
            .or_else(|| range_of_label(subject.labels))
            .unwrap_or_default(),
        soak_days: rules.soak_days.unwrap_or(settings.soak_days),
        stable_seconds: rules.stable_seconds.unwrap_or(stable_seconds),
        reason: reason.map(ToOwned::to_owned),
        rules: rules.clone(),
    }
}

/// What concerns updates of a container's labels, without those that it has from its
/// image. Of an image that is not known any of them may be: what permits something is
/// left out.
pub(super) fn own_labels(
    of_container: &BTreeMap<String, String>,
    of_image: Option<&BTreeMap<String, String>>,
) -> BTreeMap<String, String> {
    UNDERSTOOD
        .iter()
        .filter_map(|key| Some((*key, of_container.get(*key)?)))
        .filter(|(key, value)| {
            is_own(key, value, of_image) || of_image.is_none() && !permits(key, value.trim())
        })
        .map(|(key, value)| (key.to_owned(), value.clone()))
        .collect()
}

/// Whether a label was given to the container, as far as is known of its image.
pub(super) fn is_own(
    key: &str,
    value: &String,
    of_image: Option<&BTreeMap<String, String>>,
) -> bool {
    of_image.is_some_and(|of_image| of_image.get(key) != Some(value))
}

/// The environment whose rules count where the label of an image names one, and the host
/// is of another: that of the label may forbid, and only the host's permits.
pub(super) fn careful(
    named: Option<Environment>,
    host: Option<Environment>,
) -> Option<Environment> {
    named
        .filter(|named| named.auto_update != AutoUpdate::Always)
        .or(host)
}

/// Whether a label lets something happen that would not happen without it.
fn permits(key: &str, value: &str) -> bool {
    match key {
        LABEL => value == "auto",
        RANGE_LABEL => value != "digest",
        WATCHTOWER => !matches!(value.to_ascii_lowercase().as_str(), "false" | "0"),
        _ => false,
    }
}

/// Whether no registry is to be asked for it.
pub(super) fn ignores(rules: &UpdateRules, labels: &BTreeMap<String, String>) -> bool {
    rules.policy.or_else(|| of_labels(labels)) == Some(UpdatePolicy::Ignore)
}

fn range_of_label(labels: &BTreeMap<String, String>) -> Option<UpdateRange> {
    Some(match labels.get(RANGE_LABEL)?.trim() {
        "digest" => UpdateRange::Digest,
        "patch" => UpdateRange::Patch,
        "minor" => UpdateRange::Minor,
        "major" => UpdateRange::Major,
        _ => return None,
    })
}

/// Our own label, else what the container says to other updaters.
fn of_labels(labels: &BTreeMap<String, String>) -> Option<UpdatePolicy> {
    let of = |key: &str| labels.get(key).map(|value| value.trim());
    let flag = |key: &str| match of(key)?.to_ascii_lowercase().as_str() {
        "true" | "1" => Some(true),
        "false" | "0" => Some(false),
        _ => None,
    };
    match of(LABEL) {
        Some("auto") => return Some(UpdatePolicy::Auto),
        Some("notify") => return Some(UpdatePolicy::Notify),
        Some("ignore") => return Some(UpdatePolicy::Ignore),
        _ => {}
    }
    if flag(WATCHTOWER_MONITORS) == Some(true) {
        return Some(UpdatePolicy::Notify);
    }
    match flag(WATCHTOWER) {
        Some(true) => return Some(UpdatePolicy::Auto),
        Some(false) => return Some(UpdatePolicy::Ignore),
        None => {}
    }
    for key in TELLERS {
        match flag(key) {
            Some(true) => return Some(UpdatePolicy::Notify),
            Some(false) => return Some(UpdatePolicy::Ignore),
            None => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(
        rules: Option<UpdatePolicy>,
        labels: &[(&str, &str)],
        environment: Option<&str>,
        was_before: bool,
        automatic: bool,
    ) -> (UpdatePolicy, PolicySource, bool) {
        let all = Environment::built_in();
        let environment = environment.map(|code| all.iter().find(|one| one.code == code).unwrap());
        let labels = labels
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect();
        let rules = UpdateRules {
            policy: rules,
            ..UpdateRules::default()
        };
        let subject = Subject {
            rules: &rules,
            labels: &labels,
            environment,
            is_production: environment.is_some_and(|one| one.code == "PRD"),
            was_before,
        };
        let found = effective(&subject, &UpdateSettings::default(), automatic, 30);
        (found.policy, found.source, found.reason.is_some())
    }

    #[test]
    fn own_choice_comes_before_labels_and_labels_before_the_environment() {
        use PolicySource as S;
        use UpdatePolicy as P;
        let ours = |value| [("dockermate.update", value)];
        for (case, expected) in [
            (
                policy(None, &[], None, false, true),
                (P::Notify, S::Default, false),
            ),
            (
                policy(None, &[], Some("DEV"), false, true),
                (P::Auto, S::Environment, false),
            ),
            (
                policy(None, &[], Some("DEV"), true, true),
                (P::Notify, S::Environment, true),
            ),
            (
                policy(None, &[], Some("DEV"), false, false),
                (P::Notify, S::Environment, true),
            ),
            (
                policy(None, &[], Some("UAT"), false, true),
                (P::Notify, S::Environment, false),
            ),
            (
                policy(None, &ours("auto"), None, true, false),
                (P::Auto, S::Label, false),
            ),
            (
                policy(None, &ours("auto"), Some("PRD"), false, true),
                (P::Notify, S::Label, true),
            ),
            (
                policy(Some(P::Auto), &ours("ignore"), Some("PRD"), true, false),
                (P::Auto, S::User, false),
            ),
            (
                policy(Some(P::Ignore), &[], Some("DEV"), false, true),
                (P::Ignore, S::User, false),
            ),
            (
                policy(None, &ours("sometimes"), None, false, true),
                (P::Notify, S::Default, false),
            ),
        ] {
            assert_eq!(case, expected);
        }
    }

    #[test]
    fn label_of_the_image_is_not_the_owners() {
        let labels = |all: &[(&str, &str)]| -> BTreeMap<String, String> {
            let all = all.iter();
            all.map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
                .collect()
        };
        let of_container = labels(&[
            ("dockermate.update", "auto"),
            ("dockermate.update.range", "minor"),
            ("maintainer", "me"),
        ]);
        let of_image = labels(&[
            ("dockermate.update", "auto"),
            ("dockermate.update.range", "major"),
        ]);
        let own = own_labels(&of_container, Some(&of_image));
        assert_eq!(own, labels(&[("dockermate.update.range", "minor")]));
        assert!(own_labels(&of_container, None).is_empty());
        let refuses = labels(&[("dockermate.update", "ignore")]);
        assert_eq!(own_labels(&refuses, None), refuses);
        let all = own_labels(&of_container, Some(&BTreeMap::new()));
        assert_eq!(all.len(), 2, "what is not about updates is left out");
    }

    #[test]
    fn environment_that_an_image_names_only_forbids() {
        let all = Environment::built_in();
        let of = |code: &str| all.iter().find(|one| one.code == code).cloned();
        for (named, host, expected) in [
            ("DEV", "PRD", Some("PRD")),
            ("DEV", "", None),
            ("DEV", "DEV", Some("DEV")),
            ("PRD", "DEV", Some("PRD")),
            ("UAT", "DEV", Some("UAT")),
            ("", "DEV", Some("DEV")),
        ] {
            let found = careful(of(named), of(host)).map(|one| one.code);
            assert_eq!(found.as_deref(), expected, "{named} on {host}");
        }
    }

    #[test]
    fn labels_of_other_updaters_are_understood() {
        for (key, value, expected) in [
            (
                "com.centurylinklabs.watchtower.enable",
                "true",
                UpdatePolicy::Auto,
            ),
            (
                "com.centurylinklabs.watchtower.enable",
                "False",
                UpdatePolicy::Ignore,
            ),
            (
                "com.centurylinklabs.watchtower.monitor-only",
                "true",
                UpdatePolicy::Notify,
            ),
            ("wud.watch", "false", UpdatePolicy::Ignore),
            ("diun.enable", "true", UpdatePolicy::Notify),
        ] {
            let (found, source, _) = policy(None, &[(key, value)], None, false, true);
            assert_eq!(
                (found, source),
                (expected, PolicySource::Label),
                "{key}={value}"
            );
        }
    }
}
