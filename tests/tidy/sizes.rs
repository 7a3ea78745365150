//! How large files are, and that the name of a public type is its own.

use super::source::{Source, below};
use std::collections::BTreeMap;

const MEDIAN: usize = 130;
const NINE_OF_TEN: usize = 320;

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
    let shared = places.iter().filter(|(_, files)| files.len() > 1);
    let broken: Vec<String> = shared
        .map(|(name, files)| {
            format!(
                "`{name}` is the name of {} public types: {}",
                files.len(),
                files.join(", ")
            )
        })
        .collect();
    assert!(broken.is_empty(), "\n{}\n", broken.join("\n"));
}
