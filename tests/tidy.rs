//! The house rules as tests over the source itself, so that they hold without
//! anybody remembering them.
//!
//! They are about the program; unit tests beside it may reach for more.

mod circles;
mod rules;
mod scanner;
mod sizes;
mod source;
mod words;

use rules::{
    NEIGHBOURS, adapters_stay_behind_domain, floors, has_a_name, homes, model_is_still, neighbours,
    no_ignored_test, no_panic, no_unsafe, opens_with_doc,
};
use source::{Source, below, root};

/// Everything there is at the top level.
const TOP: [&str; 15] = [
    "Cargo.toml",
    "Cargo.lock",
    "src",
    "web",
    "cross",
    "image",
    "tests",
    "README.md",
    "LICENSE",
    ".ci",
    ".cargo",
    ".gitignore",
    ".clippy.toml",
    ".rustfmt.toml",
    ".deny.toml",
];

/// Not part of the project: made by git, cargo and proptest.
const MADE: [&str; 3] = [".git", "target", "proptest-regressions"];

fn hold(folder: &str, rule: impl Fn(&Source) -> Vec<String>) {
    let sources = below(folder);
    assert!(!sources.is_empty(), "no source in {folder}");
    let broken: Vec<String> = sources.iter().flat_map(rule).collect();
    assert!(broken.is_empty(), "\n{}\n", broken.join("\n"));
}

#[test]
fn imports_run_downward() {
    hold("src", floors);
}

#[test]
fn domain_does_not_pass_on_adapters() {
    hold("src", adapters_stay_behind_domain);
}

#[test]
fn parts_of_domain_know_few_others() {
    let parts: Vec<String> = below("src")
        .iter()
        .filter_map(|source| match source.module()[..] {
            ["domain", part, ..] => Some(part.to_owned()),
            _ => None,
        })
        .collect();
    hold("src", |source| neighbours(source, &parts));
    for (from, to, why) in NEIGHBOURS {
        assert!(
            from != to && !why.is_empty(),
            "NEIGHBOURS: {from} → {to}: why?"
        );
    }
}

#[test]
fn libraries_stay_at_home() {
    hold("src", homes);
}

#[test]
fn model_does_nothing() {
    hold("src", model_is_still);
}

#[test]
fn nothing_panics() {
    hold("src", no_panic);
}

#[test]
fn unsafe_is_in_one_place() {
    hold("src", no_unsafe);
}

#[test]
fn files_say_what_they_are_for() {
    hold("src", opens_with_doc);
    hold("tests", opens_with_doc);
}

#[test]
fn files_have_names() {
    hold("src", has_a_name);
    hold("tests", has_a_name);
}

#[test]
fn no_test_is_skipped() {
    hold("src", no_ignored_test);
    hold("tests", no_ignored_test);
}

#[test]
fn nothing_else_at_the_top() {
    let names = std::fs::read_dir(root())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let strange: Vec<String> = names
        .filter(|name| !TOP.contains(&name.as_str()) && !MADE.contains(&name.as_str()))
        .collect();
    assert!(
        strange.is_empty(),
        "does not belong at the top level: {strange:?}"
    );
}

#[test]
fn banned_crates_are_not_locked() {
    let deny: toml::Table = std::fs::read_to_string(root().join(".deny.toml"))
        .unwrap()
        .parse()
        .unwrap();
    let banned: Vec<&str> = deny["bans"]["deny"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["crate"].as_str().unwrap())
        .collect();
    for known in [
        "openssl",
        "native-tls",
        "aws-lc-rs",
        "aws-lc-sys",
        "reqwest",
        "bincode",
    ] {
        assert!(banned.contains(&known), ".deny.toml no longer bans {known}");
    }
    let lock: toml::Table = std::fs::read_to_string(root().join("Cargo.lock"))
        .unwrap()
        .parse()
        .unwrap();
    let locked = lock["package"]
        .as_array()
        .unwrap()
        .iter()
        .map(|package| package["name"].as_str().unwrap());
    let bad: Vec<&str> = locked.filter(|name| banned.contains(name)).collect();
    assert!(
        bad.is_empty(),
        "in Cargo.lock, though .deny.toml bans them: {bad:?}"
    );
}
