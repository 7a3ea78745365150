//! No file needs, by way of others, a file that needs it.
//!
//! A parent and its children are one unit: `x.rs` opens what is in `x/`, and a
//! child may climb to it with `super`. What a file takes from a parent that only
//! passes it on counts as taken from where it is defined.

use super::source::{Source, below, texts_below};
use std::collections::{BTreeMap, BTreeSet};

type Path = Vec<String>;

/// The files of the program by their module.
struct Files<'a>(BTreeMap<Path, &'a Source>);

impl<'a> Files<'a> {
    fn new(sources: &'a [Source]) -> Self {
        let program = sources
            .iter()
            .filter(|source| source.program().next().is_some() && !source.module().is_empty());
        Self(
            program
                .map(|source| (owned(&source.module()), source))
                .collect(),
        )
    }

    /// Every path that a file names, from the crate on: also those that begin
    /// with the name of an imported module.
    fn named(&self, module: &Path) -> Vec<Path> {
        let Some(source) = self.0.get(module) else {
            return Vec::new();
        };
        let children = self
            .0
            .keys()
            .filter(|other| other.len() == module.len() + 1 && other.starts_with(module));
        let mut heads: BTreeMap<&str, Path> = children
            .map(|child| (child[module.len()].as_str(), child.clone()))
            .collect();
        heads.insert("crate", Path::new());
        heads.insert("self", module.clone());
        let parent = &module[..module.len() - 1];
        heads.insert("super", parent.to_vec());
        let mut paths = resolved(source, &heads);
        let imported: BTreeMap<&str, Path> = paths
            .iter()
            .filter(|path| self.0.contains_key(*path))
            .filter_map(|path| Some((path.last()?.as_str(), path.clone())))
            .filter(|(name, _)| !heads.contains_key(name))
            .collect();
        let more = resolved(source, &imported);
        paths.extend(more);
        paths
    }

    /// The module whose file defines what a path leads to.
    fn definition(&self, path: &Path, imports: &BTreeMap<Path, Vec<Path>>) -> Option<Path> {
        let mut path = path.clone();
        // Each round follows one import; no program passes a name on so often.
        for _ in 0..8 {
            let module = (1..=path.len())
                .rev()
                .map(|length| path[..length].to_vec())
                .find(|module| self.0.contains_key(module))?;
            let Some(name) = path.get(module.len()) else {
                return Some(module);
            };
            let passed_on = imports[&module].iter().find(|import| {
                import.last() == Some(name) && !import.starts_with(&path[..=module.len()])
            });
            let Some(import) = passed_on.filter(|_| !defines(self.0[&module], name)) else {
                return Some(module);
            };
            path = [import, &path[module.len() + 1..]].concat();
        }
        None
    }

    /// What each file needs. Parents and children are left out.
    fn needs(&self) -> BTreeMap<Path, BTreeSet<Path>> {
        let named: BTreeMap<Path, Vec<Path>> = self
            .0
            .keys()
            .map(|module| (module.clone(), self.named(module)))
            .collect();
        let needed = |module: &Path| {
            named[module]
                .iter()
                .filter_map(|path| self.definition(path, &named))
                .filter(|other| !other.starts_with(module) && !module.starts_with(other))
                .collect()
        };
        self.0
            .keys()
            .map(|module| (module.clone(), needed(module)))
            .collect()
    }
}

/// Whether the file has an item of this name itself.
fn defines(source: &Source, name: &str) -> bool {
    const KINDS: [&str; 8] = [
        "fn", "struct", "enum", "trait", "type", "const", "static", "mod",
    ];
    source.program().any(|(_, code)| {
        let words: Vec<&str> = code
            .split(|c: char| !c.is_alphanumeric() && c != '_')
            .collect();
        words
            .windows(2)
            .any(|pair| KINDS.contains(&pair[0]) && pair[1] == name)
    })
}

/// The paths of a file that begin with one of the names, each of which stands
/// for a module.
fn resolved(source: &Source, heads: &BTreeMap<&str, Path>) -> Vec<Path> {
    let roots: Vec<&str> = heads.keys().copied().collect();
    let paths = source.named(&roots).into_iter().map(|named| {
        let mut rest = &named.segments[1..];
        let mut path = heads[named.segments[0].as_str()].clone();
        while let [first, tail @ ..] = rest
            && first == "super"
        {
            path.pop();
            rest = tail;
        }
        if let [before @ .., last] = rest
            && last == "self"
        {
            rest = before;
        }
        [&path, rest].concat()
    });
    paths.collect()
}

fn owned(module: &[&str]) -> Path {
    module.iter().map(|part| (*part).to_owned()).collect()
}

/// What each file needs, by path.
type Needs = BTreeMap<String, BTreeSet<String>>;

/// Groups of files of which each needs, by way of others, every other.
fn circles(needs: &Needs) -> Vec<String> {
    let reached = |from: &String| {
        let mut seen = BTreeSet::new();
        let mut open: Vec<&String> = needs[from].iter().collect();
        while let Some(next) = open.pop() {
            if seen.insert(next) {
                open.extend(&needs[next]);
            }
        }
        seen
    };
    let reach: BTreeMap<&String, BTreeSet<&String>> =
        needs.keys().map(|one| (one, reached(one))).collect();
    let mut known = BTreeSet::new();
    let mut found = Vec::new();
    for one in needs.keys() {
        let members: Vec<&String> = reach[one]
            .iter()
            .copied()
            .filter(|other| reach[other].contains(one))
            .collect();
        if members.len() < 2 || !known.insert(members.clone()) {
            continue;
        }
        let ties: Vec<String> = members
            .iter()
            .flat_map(|from| {
                let inside = needs[*from].iter().filter(|to| members.contains(to));
                inside.map(move |to| format!("{from} needs {to}"))
            })
            .collect();
        found.push(ties.join(", "));
    }
    found
}

fn needs_of_sources(sources: &[Source]) -> Needs {
    let files = Files::new(sources);
    let path = |module: &Path| files.0[module].path.clone();
    let needs = files.needs();
    let paths = needs
        .iter()
        .map(|(module, needed)| (path(module), needed.iter().map(path).collect()));
    paths.collect()
}

/// What the scripts of the interface import, but for those that are loaded when
/// they are wanted.
fn needs_of_scripts(files: &[(String, String)]) -> Needs {
    let imported = |path: &str, text: &str| -> BTreeSet<String> {
        let quoted = text.lines().filter_map(|line| {
            let rest = line.rsplit_once("from \"")?.1;
            rest.strip_suffix("\";").filter(|to| to.starts_with('.'))
        });
        let found = quoted.map(|to| {
            let mut parts: Vec<&str> = path.split('/').collect();
            parts.pop();
            for part in to.split('/') {
                match part {
                    "." => {}
                    ".." => _ = parts.pop(),
                    part => parts.push(part),
                }
            }
            parts.join("/")
        });
        found
            .filter(|to| files.iter().any(|(other, _)| other == to))
            .collect()
    };
    let needs = files
        .iter()
        .map(|(path, text)| (path.clone(), imported(path, text)));
    needs.collect()
}

#[test]
fn files_need_each_other_one_way_only() {
    let mut found = circles(&needs_of_sources(&below("src")));
    let scripts = texts_below("web/js", &["js"]);
    assert!(scripts.len() > 50, "the scripts are not there");
    found.extend(circles(&needs_of_scripts(&scripts)));
    assert!(found.is_empty(), "circles:\n{}\n", found.join("\n"));
}

#[test]
fn circle_of_scripts_is_seen() {
    let file = |path: &str, text: &str| (path.to_owned(), text.to_owned());
    let found = circles(&needs_of_scripts(&[
        file("web/js/a.js", "import { b } from \"./c/b.js\";\n"),
        file("web/js/c/b.js", "import {\n  a,\n} from \"../a.js\";\n"),
        file("web/js/d.js", "import { a } from \"./a.js\";\n"),
    ]));
    assert_eq!(
        found,
        ["web/js/a.js needs web/js/c/b.js, web/js/c/b.js needs web/js/a.js"]
    );
}

fn of(files: &[(&str, &str)]) -> Vec<String> {
    let sources: Vec<Source> = files
        .iter()
        .map(|(path, text)| Source::new(path, text))
        .collect();
    circles(&needs_of_sources(&sources))
}

#[test]
fn circle_of_two_siblings_is_seen() {
    let found = of(&[
        ("src/a.rs", "mod b;\nmod c;\n"),
        ("src/a/b.rs", "use super::c::C;\npub struct B;\n"),
        ("src/a/c.rs", "use super::b::B;\npub struct C;\n"),
    ]);
    assert_eq!(
        found,
        ["src/a/b.rs needs src/a/c.rs, src/a/c.rs needs src/a/b.rs"]
    );
}

#[test]
fn circle_over_three_rooms_and_a_name_passed_on_is_seen() {
    let found = of(&[
        ("src/a.rs", "mod b;\npub use b::B;\n"),
        ("src/a/b.rs", "pub struct B(crate::c::C);\n"),
        ("src/c.rs", "use crate::d;\npub struct C(d::e::E);\n"),
        ("src/d.rs", "pub mod e;\n"),
        ("src/d/e.rs", "use crate::a::B;\npub struct E(B);\n"),
    ]);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(
        found[0].contains("src/d/e.rs needs src/a/b.rs"),
        "{}",
        found[0]
    );
}

#[test]
fn parent_and_child_and_one_way_are_fine() {
    let found = of(&[
        (
            "src/a.rs",
            "mod b;\nmod c;\npub use b::B;\npub struct A;\nfn f() { c::g() }\n",
        ),
        ("src/a/b.rs", "use super::A;\npub struct B;\n"),
        (
            "src/a/c.rs",
            "use super::{A, B};\npub fn g() {}\n#[cfg(test)]\nmod tests { use crate::d::D; }\n",
        ),
        ("src/d.rs", "use crate::a::c::g;\npub struct D;\n"),
    ]);
    assert_eq!(found, Vec::<String>::new());
}
