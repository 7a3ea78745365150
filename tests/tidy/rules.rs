//! The rules, each over one file: what it breaks, as `file:line: why`.

use super::source::{Named, Source};

/// Rooms by floor, lowest first. Imports run strictly downward. The lowest and
/// the highest floor are one family each; elsewhere neighbours do not know each other.
const FLOORS: [&[&str]; 5] = [
    &[
        "model",
        "error",
        "config",
        "lifecycle",
        "activator",
        "https",
    ],
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
pub const NEIGHBOURS: &[(&str, &str, &str)] = &[
    ("*", "operations", "whatever takes long is an operation"),
    ("*", "feed", "whatever changes is told to the browsers"),
    (
        "*",
        "settings",
        "whatever decides asks what the owner has set",
    ),
    (
        "*",
        "environments",
        "whatever changes a container asks its environment",
    ),
    (
        "containers",
        "saved_configurations",
        "a configuration is saved before the container is changed",
    ),
    (
        "containers",
        "volumes",
        "a deletion may take anonymous volumes along",
    ),
    (
        "containers",
        "update_status",
        "a container is shown with what is known of its updates",
    ),
    (
        "updates",
        "update_status",
        "a check finds out what containers are shown with",
    ),
    (
        "updates",
        "containers",
        "which containers there are, and in which environment",
    ),
    ("convert", "compose", "a Compose file is read"),
    ("convert", "commands", "commands are made of it"),
    ("convert", "images", "when a command pulls"),
    ("convert", "run_line", "commands become a Compose file"),
    ("convert", "containers", "containers become a Compose file"),
    (
        "networks",
        "containers",
        "who is on a network, and what a change of a container needs",
    ),
    (
        "networks",
        "commands",
        "a plan shows the command that does the same",
    ),
    (
        "creation",
        "containers",
        "names, environments and annotations of the containers that exist",
    ),
    (
        "creation",
        "commands",
        "a plan shows the commands that do the same",
    ),
    ("creation", "images", "the image is pulled beforehand"),
    (
        "creation",
        "networks",
        "some engines connect all but the first network afterwards",
    ),
    (
        "creation",
        "saved_configurations",
        "a saved configuration is restored by creating its container",
    ),
    (
        "creation",
        "recreate",
        "an interrupted creation is recovered by the same job",
    ),
    (
        "recreate",
        "containers",
        "who depends on whom, environments and annotations",
    ),
    (
        "recreate",
        "creation",
        "the checks of a creation hold for a replacement too",
    ),
    (
        "recreate",
        "commands",
        "a plan shows the commands that do the same",
    ),
    ("recreate", "images", "the image is pulled beforehand"),
    (
        "recreate",
        "networks",
        "some engines connect all but the first network afterwards",
    ),
    (
        "recreate",
        "saved_configurations",
        "a configuration is saved before the container is replaced",
    ),
    (
        "registries",
        "updates",
        "what registries said, and what a new login lets be looked up",
    ),
    (
        "registries",
        "commands",
        "a plan shows the commands that do the same",
    ),
    (
        "registries",
        "security",
        "who stored or removed a login is written down",
    ),
    ("exec", "containers", "a command runs in a known container"),
    (
        "exec",
        "commands",
        "a plan shows the commands that do the same",
    ),
    ("exec", "security", "who ran a command is written down"),
    (
        "containers",
        "commands",
        "a plan shows the commands that do the same",
    ),
    ("commands", "images", "a command pulls as the program would"),
    (
        "images",
        "commands",
        "a plan shows the commands that do the same",
    ),
    (
        "images",
        "containers",
        "the environment of a container that uses an image",
    ),
    (
        "images",
        "saved_configurations",
        "an image that a saved configuration needs is kept",
    ),
    (
        "containers",
        "images",
        "the command that creates a container again pulls what is missing",
    ),
    (
        "templates",
        "run_line",
        "a pasted run line becomes a template",
    ),
    ("auth", "security", "who came in is written down"),
    ("setup", "auth", "the wizard sets the first password"),
    ("setup", "security", "who set it up is written down"),
    ("setup", "tls", "the wizard takes a certificate"),
    (
        "tls",
        "security",
        "a certificate that came by an order is written down",
    ),
    (
        "system",
        "tls",
        "the names of the host are the certificate's",
    ),
    (
        "system",
        "attention",
        "what is wrong with the host asks for attention",
    ),
    (
        "updates",
        "recreate",
        "an update is a recreation from the newer image",
    ),
    (
        "updates",
        "images",
        "the newer image is pulled, and so is an earlier one",
    ),
    (
        "updates",
        "saved_configurations",
        "each update saves the configuration that a rollback returns to",
    ),
    (
        "updates",
        "environments",
        "an environment says whether its containers are updated by themselves, and in which order",
    ),
    (
        "updates",
        "settings",
        "the schedule and the maintenance windows",
    ),
];

/// Names of files that say nothing about what is in them.
const EMPTY_NAMES: [&str; 7] = [
    "util", "utils", "helpers", "common", "manager", "misc", "mod",
];

fn floor(room: &str) -> Option<usize> {
    FLOORS.iter().position(|rooms| rooms.contains(&room))
}

/// Where every path leads that starts at the crate or climbs with `super`.
fn inner_paths(source: &Source) -> Vec<Named> {
    from_crate(source, source.named(&["crate", "dockermate", "super"]))
}

/// The same paths, from the crate on.
fn from_crate(source: &Source, mut named: Vec<Named>) -> Vec<Named> {
    let module = source.module();
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

/// What `domain` passes on of an adapter could be reached by `http` and `jobs`.
pub fn adapters_stay_behind_domain(source: &Source) -> Vec<String> {
    if source.module().first() != Some(&"domain") {
        return Vec::new();
    }
    let mut passed_on = source.passed_on();
    passed_on.retain(|one| matches!(one.segments[0].as_str(), "crate" | "super"));
    from_crate(source, passed_on)
        .into_iter()
        .filter(|one| {
            let room = one.segments.first();
            room.is_some_and(|room| FLOORS[ADAPTERS].contains(&room.as_str()))
        })
        .map(|one| {
            format!(
                "{}: `domain` passes on `{}`: http and jobs must not reach adapters through it",
                source.at(one.line),
                one.segments.join("::")
            )
        })
        .collect()
}

pub fn floors(source: &Source) -> Vec<String> {
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
pub fn neighbours(source: &Source, parts: &[String]) -> Vec<String> {
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

pub fn homes(source: &Source) -> Vec<String> {
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
pub fn model_is_still(source: &Source) -> Vec<String> {
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

pub fn no_panic(source: &Source) -> Vec<String> {
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

pub fn no_unsafe(source: &Source) -> Vec<String> {
    if source.path == "src/store/database.rs" {
        return Vec::new();
    }
    let lines = source.code.iter().enumerate();
    lines
        .filter(|(_, code)| has_word(code, "unsafe"))
        .map(|(line, _)| {
            format!(
                "{}: `unsafe` has its only place in src/store/database.rs",
                source.at(line)
            )
        })
        .collect()
}

pub fn opens_with_doc(source: &Source) -> Vec<String> {
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

pub fn has_a_name(source: &Source) -> Vec<String> {
    let stem = source
        .path
        .rsplit('/')
        .next()
        .unwrap_or_default()
        .trim_end_matches(".rs");
    if EMPTY_NAMES.contains(&stem) {
        vec![format!(
            "{}: `{stem}` is not a name for a file; `x/` has its sibling `x.rs`",
            source.path
        )]
    } else {
        Vec::new()
    }
}

pub fn no_ignored_test(source: &Source) -> Vec<String> {
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
