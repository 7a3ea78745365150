//! How large files are, and that the name of a public type is its own.

use super::source::{Source, below};
use std::collections::BTreeMap;

const MEDIAN: usize = 130;
/// The aim is 320; it may only become less.
const NINE_OF_TEN: usize = 340;

/// Names of public types that are defined more than once, and how often. They
/// may only become fewer.
const SHARED_NAMES: &[(&str, usize)] = &[
    ("Change", 2),
    ("Command", 2),
    ("Containers", 2),
    ("Level", 2),
    ("Options", 2),
    ("Outcome", 2),
    ("Setting", 2),
];

fn lines(source: &Source) -> usize {
    source.test.iter().filter(|test| !**test).count()
}

/// A file of tests only counts for nothing.
fn sizes() -> Vec<(usize, String)> {
    let mut sizes: Vec<(usize, String)> = below("src")
        .iter()
        .map(|source| (lines(source), source.path.clone()))
        .filter(|(lines, _)| *lines > 0)
        .collect();
    sizes.sort();
    sizes
}

#[test]
fn files_are_small() {
    let sizes = sizes();
    let median = sizes[sizes.len() / 2].0;
    assert!(
        median <= MEDIAN,
        "half of the files have more than {median} lines without tests; at most {MEDIAN}"
    );
    let (large, _) = sizes[sizes.len() * 9 / 10];
    let last: Vec<&(usize, String)> = sizes.iter().rev().take(sizes.len() / 10).collect();
    assert!(
        large <= NINE_OF_TEN,
        "one file in ten has more than {large} lines without tests; at most {NINE_OF_TEN}: {last:?}"
    );
}

/// The public types that a file defines.
fn types(source: &Source) -> Vec<String> {
    let mut found = Vec::new();
    for (_, line) in source.program() {
        for kind in ["struct", "enum", "trait", "type"] {
            let name = line
                .strip_prefix("pub ")
                .or_else(|| line.strip_prefix("pub(crate) "))
                .and_then(|rest| rest.strip_prefix(kind))
                .and_then(|rest| rest.strip_prefix(' '));
            if let Some(rest) = name {
                let name: String = rest
                    .chars()
                    .take_while(|c| c.is_alphanumeric() || *c == '_')
                    .collect();
                found.push(name);
            }
        }
    }
    found
}

#[test]
fn public_types_have_a_name_of_their_own() {
    let mut places: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for source in below("src") {
        for name in types(&source) {
            places.entry(name).or_default().push(source.path.clone());
        }
    }
    let mut broken = Vec::new();
    for (name, files) in &places {
        let allowed = SHARED_NAMES.iter().find(|(known, _)| known == name);
        let most = allowed.map_or(1, |(_, count)| *count);
        if files.len() > most {
            broken.push(format!(
                "`{name}` is the name of {} public types: {}",
                files.len(),
                files.join(", ")
            ));
        } else if files.len() < most {
            broken.push(format!(
                "`{name}` names {} types, not {most}: lower SHARED_NAMES",
                files.len()
            ));
        }
    }
    for (name, _) in SHARED_NAMES {
        if !places.contains_key(*name) {
            broken.push(format!(
                "`{name}` is not there: remove it from SHARED_NAMES"
            ));
        }
    }
    assert!(broken.is_empty(), "\n{}\n", broken.join("\n"));
}
