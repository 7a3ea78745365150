//! The house rules as tests over the source itself, so that they hold without
//! anybody remembering them.
//!
//! What follows a rule is the program; unit tests beside it may reach for more.

mod scanner;
mod source;

use source::{Named, Source, below, root};

/// Rooms by floor, lowest first. Imports run strictly downward. The lowest and
/// the highest floor are one family each; elsewhere neighbours are strangers.
const FLOORS: [&[&str]; 5] = [
    &["model", "error", "config", "lifecycle", "activator"],
    &["store", "engine", "registry", "host", "outbox"],
    &["domain"],
    &["http", "jobs"],
    &["main", "cli", "app"],
];
const ADAPTERS: usize = 1;
const DOORS: usize = 3;

/// Libraries that only one place may name.
const HOMES: [(&[&str], &str); 8] = [
    (&["heed"], "src/store"),
    (&["bollard"], "src/engine"),
    (&["hyper", "server"], "src/http"),
    (&["hyper", "service"], "src/http"),
    (&["hyper_util", "server"], "src/http"),
    (&["tera"], "src/http"),
    (&["sysinfo"], "src/host"),
    (&["mdns_sd"], "src/host"),
];

/// What one part of `domain` may use of another, and why. `*` is every part.
const NEIGHBOURS: [(&str, &str, &str); 5] = [
    ("*", "operations", "whatever takes long is an operation"),
    ("*", "events", "whatever changes is told to the browsers"),
    (
        "*",
        "settings",
        "whatever decides asks what the owner has set",
    ),
    (
        "containers",
        "commands",
        "a plan shows the commands that do the same",
    ),
    (
        "containers",
        "environments",
        "production asks before it is changed",
    ),
];

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

/// Not part of the project: made by git and cargo.
const MADE: [&str; 2] = [".git", "target"];

/// Names of files that say nothing about what is in them.
const EMPTY_NAMES: [&str; 7] = [
    "util", "utils", "helpers", "common", "manager", "misc", "mod",
];

fn floor(room: &str) -> Option<usize> {
    FLOORS.iter().position(|rooms| rooms.contains(&room))
}

// === The rules, each over one file ===

/// Where every path leads that starts at the crate or climbs with `super`.
fn inner_paths(source: &Source) -> Vec<Named> {
    let module = source.module();
    let mut named = source.named(&["crate", "dockermate", "super"]);
    for one in &mut named {
        let ups = one.segments.iter().take_while(|s| *s == "super").count();
        let base: &[&str] = if ups == 0 {
            &[]
        } else {
            &module[..module.len().saturating_sub(ups)]
        };
        let rest = one.segments.split_off(ups.max(1));
        one.segments = base.iter().map(|s| (*s).to_owned()).chain(rest).collect();
    }
    named
}

fn floors(source: &Source) -> Vec<String> {
    let module = source.module();
    let Some(&room) = module.first() else {
        return Vec::new(); // lib.rs is the map, and names every room.
    };
    let Some(from) = floor(room) else {
        return vec![format!("{}: the room `{room}` is on no floor", source.path)];
    };
    let mut broken = Vec::new();
    for named in inner_paths(source) {
        let Some(other) = named.segments.first().map(String::as_str) else {
            continue;
        };
        let Some(to) = floor(other).filter(|_| other != room) else {
            continue;
        };
        let why = if to > from {
            "imports run downward"
        } else if to == from && (from == ADAPTERS || from == DOORS) {
            "neighbours on this floor never import each other"
        } else if from == DOORS && to == ADAPTERS {
            "http and jobs reach adapters only through domain"
        } else {
            continue;
        };
        broken.push(format!(
            "{}: `{room}` names `{}`: {why}",
            source.at(named.line),
            named.segments.join("::")
        ));
    }
    broken
}

/// `parts` are the modules that `domain` has.
fn neighbours(source: &Source, parts: &[String]) -> Vec<String> {
    let module = source.module();
    let ["domain", part, ..] = module[..] else {
        return Vec::new();
    };
    let allowed = |other: &str| {
        NEIGHBOURS
            .iter()
            .any(|(from, to, _)| (*from == "*" || *from == part) && *to == other)
    };
    let mut broken = Vec::new();
    for named in inner_paths(source) {
        if let [domain, other, ..] = &named.segments[..]
            && domain == "domain"
            && other != part
            && parts.contains(other)
            && !allowed(other)
        {
            broken.push(format!(
                "{}: `domain::{part}` names `domain::{other}`, which is not on the list NEIGHBOURS",
                source.at(named.line)
            ));
        }
    }
    broken
}

fn homes(source: &Source) -> Vec<String> {
    let mut broken = Vec::new();
    for (library, home) in HOMES {
        if source
            .path
            .strip_prefix(home)
            .is_some_and(|rest| rest.starts_with(['/', '.']))
        {
            continue;
        }
        for named in source.named(&library[..1]) {
            if named
                .segments
                .iter()
                .zip(library)
                .all(|(is, wanted)| is == wanted)
                && named.segments.len() >= library.len()
            {
                broken.push(format!(
                    "{}: `{}` is named only under {home}",
                    source.at(named.line),
                    library.join("::")
                ));
            }
        }
    }
    broken
}

/// Nouns only: a type that holds an address is one, a socket is not.
fn model_is_still(source: &Source) -> Vec<String> {
    if source.module().first() != Some(&"model") {
        return Vec::new();
    }
    let outside = |path: &[String]| {
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        match path[..] {
            ["std", "fs" | "process" | "env" | "thread", ..] | ["std", "net"] | ["tokio", ..] => {
                true
            }
            ["std", "net", name, ..] => !(name.starts_with("Ip") || name.starts_with("SocketAddr")),
            _ => false,
        }
    };
    let paths = source.named(&["std", "tokio"]).into_iter();
    let mut broken: Vec<String> = paths
        .filter(|named| outside(&named.segments))
        .map(|named| {
            format!(
                "{}: model does no I/O, and names `{}`",
                source.at(named.line),
                named.segments.join("::")
            )
        })
        .collect();
    for (line, code) in source.program() {
        if has_word(code, "async") || has_word(code, "await") {
            broken.push(format!("{}: model has nothing async", source.at(line)));
        }
    }
    broken
}

fn no_panic(source: &Source) -> Vec<String> {
    const WAYS: [&str; 6] = [
        ".unwrap()",
        ".expect(",
        ".unwrap_err()",
        ".expect_err(",
        "unwrap_unchecked(",
        "get_unchecked(",
    ];
    const MACROS: [&str; 4] = ["panic!", "todo!", "unimplemented!", "unreachable!"];
    let panics = |code: &str| {
        WAYS.iter().any(|way| code.contains(way))
            || MACROS
                .iter()
                .any(|name| has_word(code, &name[..name.len() - 1]) && code.contains(name))
    };
    source
        .program()
        .filter(|(line, code)| panics(code) && !proven(source, *line))
        .map(|(line, _)| {
            format!(
                "{}: can panic; handle it, or prove above it: `// Cannot fail: …`",
                source.at(line)
            )
        })
        .collect()
}

/// Whether the comment above the statement of this line says why it cannot fail.
fn proven(source: &Source, mut line: usize) -> bool {
    let comment = |line: usize| source.lines[line].trim_start().starts_with("//");
    // To the first line of the statement …
    while line > 0
        && !comment(line - 1)
        && !source.code[line - 1].trim_end().ends_with([';', '{', '}'])
        && !source.code[line - 1].trim().is_empty()
    {
        line -= 1;
    }
    // … and up through the comment above it.
    while line > 0 && comment(line - 1) {
        line -= 1;
        if source.lines[line]
            .trim_start()
            .starts_with("// Cannot fail:")
        {
            return true;
        }
    }
    false
}

fn no_unsafe(source: &Source) -> Vec<String> {
    if source.path == "src/store/open.rs" {
        return Vec::new();
    }
    let lines = source.code.iter().enumerate();
    lines
        .filter(|(_, code)| has_word(code, "unsafe"))
        .map(|(line, _)| {
            format!(
                "{}: `unsafe` has its only place in src/store/open.rs",
                source.at(line)
            )
        })
        .collect()
}

fn opens_with_doc(source: &Source) -> Vec<String> {
    if source
        .lines
        .first()
        .is_some_and(|line| line.starts_with("//!"))
    {
        Vec::new()
    } else {
        vec![format!(
            "{}: a file opens with `//!`: what it is for",
            source.at(0)
        )]
    }
}

fn has_a_name(source: &Source) -> Vec<String> {
    let stem = source
        .path
        .rsplit('/')
        .next()
        .unwrap_or_default()
        .trim_end_matches(".rs");
    if EMPTY_NAMES.contains(&stem) {
        vec![format!(
            "{}: `{stem}` is no name for a file; `x/` has its sibling `x.rs`",
            source.path
        )]
    } else {
        Vec::new()
    }
}

fn no_ignored_test(source: &Source) -> Vec<String> {
    let lines = source.code.iter().enumerate();
    lines
        .filter(|(_, code)| code.contains("#[ignore"))
        .map(|(line, _)| format!("{}: a test runs, or it is not there", source.at(line)))
        .collect()
}

fn has_word(code: &str, word: &str) -> bool {
    code.split(|c: char| !c.is_alphanumeric() && c != '_')
        .any(|one| one == word)
}

// === The rules, over the whole house ===

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
