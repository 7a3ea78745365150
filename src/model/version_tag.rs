//! Versions in tags, and which other tag of a repository is a newer one of the
//! same family: the same prefix, precision and variant, and the same kind of
//! number. Pure.
//!
//! Invariant: what is called newer is greater by its numbers, and differs from
//! the present tag in nothing else.

use serde::Serialize;
use std::cmp::Ordering;
use utoipa::ToSchema;

/// What may stand before the numbers.
const PREFIXES: [&str; 5] = ["version-", "release-", "v", "V", ""];
const MOST_NUMBERS: usize = 5;
const LONGEST_TAG: usize = 128;

/// Words of versions that are not finished, or that name no version.
const UNFINISHED: [&str; 20] = [
    "alpha",
    "beta",
    "rc",
    "pre",
    "preview",
    "prerelease",
    "dev",
    "devel",
    "develop",
    "nightly",
    "snapshot",
    "canary",
    "edge",
    "unstable",
    "test",
    "testing",
    "experimental",
    "next",
    "master",
    "main",
];

/// The newest tags of the same family, by the number that differs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct NewerVersions {
    /// The same major and minor version.
    pub patch: Option<String>,
    /// The same major version.
    pub minor: Option<String>,
    pub major: Option<String>,
}

impl NewerVersions {
    pub fn is_empty(&self) -> bool {
        self.patch.is_none() && self.minor.is_none() && self.major.is_none()
    }
}

/// A tag that names a version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionTag {
    prefix: &'static str,
    /// From the major version on.
    numbers: Vec<u64>,
    /// Numbers that are a date.
    is_calendar: bool,
    /// `-alpine`, without the number of the build.
    variant: String,
    /// `-ls45`, `-r2`: counts builds of one version.
    build: Option<u64>,
}

impl VersionTag {
    /// `None` for a tag that names no version, or one that is not finished.
    pub fn parse(tag: &str) -> Option<Self> {
        if tag.len() > LONGEST_TAG {
            return None;
        }
        let starts = |rest: &str| rest.starts_with(|c: char| c.is_ascii_digit());
        let (prefix, rest) = PREFIXES
            .into_iter()
            .find_map(|prefix| Some((prefix, tag.strip_prefix(prefix)?)))
            .filter(|(_, rest)| starts(rest))?;
        let end = rest
            .find(|c: char| !c.is_ascii_digit() && c != '.')
            .unwrap_or(rest.len());
        let (version, suffix) = rest.split_at(end);
        let numbers: Vec<u64> = version
            .split('.')
            .map(|number| number.parse().ok())
            .collect::<Option<_>>()?;
        if numbers.len() > MOST_NUMBERS || !(suffix.is_empty() || suffix.starts_with(['-', '_'])) {
            return None;
        }
        if is_unfinished(suffix) {
            return None;
        }
        let (variant, build) = split_build(suffix);
        Some(Self {
            prefix,
            is_calendar: is_calendar(&numbers, version)?,
            numbers,
            variant,
            build,
        })
    }

    /// Whether another tag differs in its numbers only.
    fn is_family(&self, other: &Self) -> bool {
        self.prefix == other.prefix
            && self.numbers.len() == other.numbers.len()
            && self.is_calendar == other.is_calendar
            && self.variant == other.variant
            && self.build.is_some() == other.build.is_some()
    }

    fn order(&self, other: &Self) -> Ordering {
        (&self.numbers, self.build).cmp(&(&other.numbers, other.build))
    }

    /// The first number that is greater in another tag of the family.
    fn step_to(&self, other: &Self) -> Option<Step> {
        if !self.is_family(other) || self.order(other) != Ordering::Less {
            return None;
        }
        let mut pairs = self.numbers.iter().zip(&other.numbers);
        Some(match pairs.position(|(own, theirs)| own != theirs) {
            Some(0) => Step::Major,
            Some(1) => Step::Minor,
            _ => Step::Patch,
        })
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Patch,
    Minor,
    Major,
}

/// Whether two tags name different major versions, in whichever direction.
pub fn is_major_step(one: &str, other: &str) -> bool {
    let major = |tag: &str| VersionTag::parse(tag)?.numbers.first().copied();
    major(one)
        .zip(major(other))
        .is_some_and(|(one, other)| one != other)
}

/// The newest patch, minor and major version of the same family as `current`.
pub fn newer<'a>(current: &str, tags: impl IntoIterator<Item = &'a str>) -> NewerVersions {
    let Some(current) = VersionTag::parse(current) else {
        return NewerVersions::default();
    };
    let mut best: [Option<(VersionTag, &str)>; 3] = [None, None, None];
    for tag in tags {
        let Some(version) = VersionTag::parse(tag) else {
            continue;
        };
        let Some(step) = current.step_to(&version) else {
            continue;
        };
        let place = &mut best[step as usize];
        // Of two ways to write one version the shorter.
        let is_better = place
            .as_ref()
            .is_none_or(|(known, text)| match known.order(&version) {
                Ordering::Less => true,
                Ordering::Equal => (tag.len(), tag) < (text.len(), text),
                Ordering::Greater => false,
            });
        if is_better {
            *place = Some((version, tag));
        }
    }
    let [patch, minor, major] = best.map(|found| found.map(|(_, tag)| tag.to_owned()));
    NewerVersions {
        patch,
        minor,
        major,
    }
}

fn is_unfinished(suffix: &str) -> bool {
    suffix
        .split(|c: char| !c.is_ascii_alphabetic())
        .any(|word| UNFINISHED.contains(&word.to_ascii_lowercase().as_str()))
}

/// The variant, and the number of the build where the last part is one.
fn split_build(suffix: &str) -> (String, Option<u64>) {
    let whole = || (suffix.to_owned(), None);
    let Some((variant, last)) = suffix.rsplit_once('-') else {
        return whole();
    };
    for word in ["ls", "r", "build", "b", ""] {
        let Some(digits) = last.strip_prefix(word) else {
            continue;
        };
        let is_number = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
        if is_number && let Ok(build) = digits.parse() {
            return (format!("{variant}-{word}"), Some(build));
        }
    }
    whole()
}

/// Whether the numbers are a date; `None` for a number that is neither a version
/// nor a date, such as a hash that happens to have no letters.
fn is_calendar(numbers: &[u64], text: &str) -> Option<bool> {
    let first = numbers.first().copied()?;
    let digits = text.split('.').next().map_or(0, str::len);
    if digits < 6 {
        return Some((1900..2200).contains(&first));
    }
    let year = text.get(..4)?.parse::<u64>().ok()?;
    let month = text.get(4..6)?.parse::<u64>().ok()?;
    let day = text
        .get(6..8)
        .map_or(Some(1), |day| day.parse::<u64>().ok())?;
    let is_date =
        (1900..2200).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day);
    (is_date && digits <= 14).then_some(true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(current: &str, tags: &[&str]) -> [Option<String>; 3] {
        let found = newer(current, tags.iter().copied());
        [found.patch, found.minor, found.major]
    }

    #[test]
    fn newest_patch_minor_and_major_of_the_same_family_are_found() {
        for (current, tags, expected) in [
            (
                "1.25-alpine",
                &[
                    "latest",
                    "1.25",
                    "1.26",
                    "1.26-alpine",
                    "1.27-alpine",
                    "2.0-alpine",
                    "1.28-bookworm",
                    "1.24-alpine",
                ][..],
                [None, Some("1.27-alpine"), Some("2.0-alpine")],
            ),
            (
                "1.2.3",
                &[
                    "1.2.4", "1.2.10", "1.3.0", "1.3.9", "2.0.1", "3.0.0", "1.2", "1", "2",
                    "latest",
                ],
                [Some("1.2.10"), Some("1.3.9"), Some("3.0.0")],
            ),
            ("1.2.3", &["2021.11.28", "20240101", "2024.1.0"], [None; 3]),
            (
                "1.2.3",
                &[
                    "1.2.4-rc1",
                    "1.2.4-beta",
                    "1.3.0-alpha.1",
                    "2.0.0-dev",
                    "1.2.4-nightly",
                    "1.2.4b1",
                ],
                [None; 3],
            ),
            (
                "1.2.3",
                &["v1.2.4", "1.2.4-alpine", "1.2.4-arm64", "1.2.4.5"],
                [None; 3],
            ),
            (
                "v1.2.3",
                &["v1.2.4", "1.2.5", "v2.0.0"],
                [Some("v1.2.4"), None, Some("v2.0.0")],
            ),
            (
                "17",
                &["16", "18", "18.1", "19-alpine", "2024"],
                [None, None, Some("18")],
            ),
            (
                "1.2.3-arm64",
                &["1.2.4-arm64", "1.2.5-amd64"],
                [Some("1.2.4-arm64"), None, None],
            ),
            (
                "2024.1.3",
                &["2024.1.4", "2024.2.0", "2025.1.0", "2025.2.0b1", "3.0.0"],
                [Some("2024.1.4"), Some("2024.2.0"), Some("2025.1.0")],
            ),
            (
                "20240101",
                &["20240301", "20231201", "1234567890", "2"],
                [None, None, Some("20240301")],
            ),
            (
                "10.9.1-ls12",
                &["10.9.1-ls13", "10.9.2-ls1", "10.10.0-ls2", "10.9.9"],
                [Some("10.9.2-ls1"), Some("10.10.0-ls2"), None],
            ),
            (
                "1.4.2-debian-12-r3",
                &["1.4.2-debian-12-r10", "1.4.2-debian-11-r20"],
                [Some("1.4.2-debian-12-r10"), None, None],
            ),
            (
                "version-1.2.3",
                &["version-1.2.4", "1.2.5"],
                [Some("version-1.2.4"), None, None],
            ),
            ("latest", &["1.2.3", "2"], [None; 3]),
            ("alpine3.18", &["alpine3.19"], [None; 3]),
            ("1.2.3-rc1", &["1.2.3", "1.2.4"], [None; 3]),
            ("1234567", &["2345678"], [None; 3]),
            ("99999999999999999999999", &["1"], [None; 3]),
            ("1..2", &["1.3"], [None; 3]),
        ] {
            let expected = expected.map(|tag| tag.map(ToOwned::to_owned));
            assert_eq!(of(current, tags), expected, "{current}");
        }
    }

    proptest! {
        #[test]
        fn newer_tags_are_greater_and_of_the_same_family(
            current in "v?[0-9]{1,3}(\\.[0-9]{1,2}){0,2}(-alpine|-arm64|-ls[0-9])?",
            tags in proptest::collection::vec("v?[0-9]{1,4}(\\.[0-9]{1,2}){0,3}(-alpine|-arm64|-ls[0-9]|-rc1)?", 0..20),
        ) {
            let found = newer(&current, tags.iter().map(String::as_str));
            let own = VersionTag::parse(&current);
            for tag in [&found.patch, &found.minor, &found.major].into_iter().flatten() {
                let own = own.as_ref().unwrap();
                let version = VersionTag::parse(tag).unwrap();
                prop_assert!(own.is_family(&version), "{} {}", current, tag);
                prop_assert_eq!(own.order(&version), Ordering::Less);
                prop_assert!(tags.contains(tag));
                // Nothing is offered from where it was offered to in the same step.
                prop_assert!(!tag.contains("rc"));
            }
        }

        #[test]
        fn order_is_that_of_the_numbers(a in proptest::collection::vec(0_u64..1900, 1..4), b in proptest::collection::vec(0_u64..1900, 1..4)) {
            let text = |numbers: &[u64]| numbers.iter().map(u64::to_string).collect::<Vec<_>>().join(".");
            let found = newer(&text(&a), [text(&b).as_str()]);
            prop_assert_eq!(!found.is_empty(), a.len() == b.len() && a < b);
        }

        #[test]
        fn any_text_is_parsed_or_not(text in ".{0,40}") {
            VersionTag::parse(&text);
        }
    }
}
